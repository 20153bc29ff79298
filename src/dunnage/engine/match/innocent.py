"""What looks like a secret and is none: placeholders, references, sample values, plain words.

Two strengths. A token with a prefix and a length is rarely anything else, so that only clear
signs count: a documented sample, a long run or sequence, a whole placeholder word. A value known
only by the name beside it (``strict``) is more often code, prose or a hash than a secret, and has
to look random besides.
"""

from __future__ import annotations

import math
import re
from collections import Counter

from dunnage.engine.match.samples import SAMPLES
from dunnage.engine.match.typed import SEPARATOR, sequences, typed
from dunnage.engine.match.words import reads_as_words
from dunnage.lazy import lazy_regex

_MOST = 512  # what follows in a longer secret does not decide

SEEMING = frozenset(("a sequence", "a repeated pattern", "a placeholder's word"))
"""What is no reason against a key that its form or the name of its service speak for,
and a doubt only: tests and documents hold keys that were typed, and so do programs."""

_CONTROL = lazy_regex(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")

# A run of one character. Runs occur by chance in long base64 (zero bytes), hence the share below.
_RUN = lazy_regex(rb"(.)\1{4,}", re.DOTALL)
_MASK = lazy_regex(rb"[xX*#.?_-]{5,}|\*{3}|\.\.\.|\xe2\x80\xa6|(?:\xe2\x80\xa2){3}")
_PERIODIC = lazy_regex(rb"(.{2,24}?)\1{2,}", re.DOTALL)

# Five letters and more: by chance once in a million tokens. Shorter ones must stand alone.
_WORDS = lazy_regex(
    rb"""example|sample|placeholder|change[-_.]?(?:me|this|it)|changeit|redacted|dummy
        |replace[-_.]?(?:me|with|this)
      | your[-_.]|[-_.]your|yourapi|yoursecret|yourtoken|yourpass|(?:^|[-_./])(?:fake|mock|todo
      |fixme|tbd|bogus|foobar|insert|invalid)(?:$|[-_./])
      | not[-_.]?a[-_.]?(?:real|secret|token|key)|[-_.]x{3,}$|put[-_.]?your|goes[-_.]?here|[-_]here$
      |api[-_]?key[-_]here|lorem|ipsum|deadbeef|cafebabe|feedface|baadf00d|0badc0de
      | fake[-_]?(?:api[-_]?)?(?:token|secret|key|pass)|notreal|not-real|hunter2|topsecret
      |top-secret|secretvalue|mytoken|my[-_](?:token|secret|api|key|pass)|test[-_]?(?:token|secret|apikey|api[-_]key)
      | [a-z][-_](?:token|secret|password)[-_]?$
    """,
    re.IGNORECASE | re.VERBOSE,
)

# A name for the value, resolved elsewhere.
_REFERENCE = lazy_regex(
    rb"""^`|\$\{|\$\(|\$\[|^\$[A-Za-z_]\w*$|\{\{|\}\}|\{%|<%|%>|\#\{|^%[A-Za-z_]\w*%$|^%[sdiqrv@]$
        |%\([A-Za-z_]\w*\)[sdr]|^@[A-Za-z_][\w.]*@$|^__[A-Za-z]\w*__$
      | ^<[^>]{0,80}>?$|^\[[^\]]{0,80}\]$|^\{[^}]{0,80}\}$|^\*+$|^[!&*](?:Ref|Sub|env|GetAtt|ENV
      |secret|vault)\b
      | process\.env|os\.environ|os\.getenv|getenv\(|import\.meta|\benv\[|\bENV\[|Deno\.env
      |System\.getenv|env\.|config\[|secrets\.[A-Za-z_]
      | ^ENC\[|^ENC\(|^vault:|^ssm:|^arn:|^sops:|^op://|^doppler:|^aws-?sm:|^gcp-?sm:|^keyring:
      |^secretKeyRef|^resolve:|^\{AES|^akv://|^keyvault:|^@Microsoft\.KeyVault|^file:|^env:
      |^projects/[^/]+/secrets/
    """,
    re.VERBOSE,
)

# A field of a format string, filled at run time: f"Bearer {token}", "api:key-{name:32}".
_FIELD = lazy_regex(rb"\{[A-Za-z_][\w-]{1,40}(?::[\w.:-]{0,40})?\}")

# A value that is code, a path, a type, a number: nothing that generates secrets makes these.
_CODE = lazy_regex(
    rb"""0-9a-f|0-9a-z|a-z0-9|a-za-z|[A-Za-z_]\w*\s?\(|=>|->|::|\w\[|&&|\|\||==.|!=|;\s|^(?:self|this|cls|config|settings
        |options|opts|args|params|props|req|request|res|ctx|context|data|state|module|exports
        |window|document|process)\.[A-Za-z_]
      | ^[A-Za-z_]+\d?(?:\.[A-Za-z_]+(?:\d{1,2}(?:_\d{1,2}){0,4})?){1,6}\??$
      | ^function\b | ^(?:true|false|null|none|nil
      |undefined|string|str|bytes|boolean|int|number|object|any|void|required|optional|nan|yes|no
      |on|off|empty|default)$
      | (?-i:^[.~]{0,2}/[A-Za-z]?[a-z_.-]{1,}(?:/|$))|^\.{1,2}/|^/$|^[A-Za-z]:\\|^[a-z][a-z0-9+.-]*://[^:@/]*(?:/
      |$)|^(?:https?|file|data|mailto|urn|javascript|chrome|about|blob):
      | \.(?:js|mjs|cjs|ts|tsx|jsx|py|pyc|rb|go|rs|java|json|ya?ml|toml|xml|html?|css|scss|less
      |svg|png|jpe?g|gif|webp|ico|woff2?|ttf|eot|map|md|txt|sh|pem|key|crt|cer|p12|pfx|jks|env|ini
      |cfg|conf|zip|t?gz|whl|so|dll|exe|php|lock|wasm|proto|graphql|sql|csv)$
      | ^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$ | ^\d{1,4}(?:[-/.:T]\d{1,4}){1,6}Z?$
      | ^v?\d+\.\d+(?:\.\d+)*(?:[-+.][\w.]+)?$ | ^[\d.,:+-]+$
      | ^[A-Za-z]+(?:[./][A-Za-z]+)+@\d{4}-\d\d-\d\d
      | ^[\w-]*SHA-?(?:1|256|384|512)$
      | ^[a-z]{2,12}[-_]?v?\d{1,2}\.\d{1,2}(?:-[a-z0-9]{1,12}){0,3}$
      | ^LicenseRef-[\w.-]+$ | ^\#[0-9a-fA-F]{3,8}$
      | ^(?:application|text|image|audio|video|font|multipart)/
    """,
    re.VERBOSE | re.IGNORECASE,
)

# The name of what is public though it looks random, with its assignment.
_PUBLIC_NAME = lazy_regex(
    rb"""(?:integrity|checksum|digest|sha-?(?:1|224|256|384|512)|md5|shasum|etag|(?<!code)commit|revision
        |git[-_]?(?:sha|head)|nonce|fingerprint|thumbprint|content[-_]?hash|build[-_]?id
        |public[-_ ]?key|pub[-_]?key|publishable|site[-_]?key|measurement[-_]?id|tracking[-_]?id
        |client[-_]?id|app[-_]?id|tenant[-_]?id|key[-_]?id|uuid|guid|csrf|xsrf|gpg[-_]key|i18n
        |msgid|msgstr|label|placeholder|translation|tooltip|autocomplete|htmlfor|classname
        |input[-_ ]?type|selector)
        [\w.-]{0,16} ["'\])]{0,2} \s{0,4} [:=]?[:=>] \s{0,4} ["'(\[{]{0,3} $
      | [-_](?:darwin|linux|windows|macos|win32|x86_64|aarch64|amd64|arm64|armv[67]\w?
        |i[36]86) [:=]$
      | \.(?:get|(?:read|reply|retrieve|fetch|find|list|show|describe|update|edit|send|resend|cancel
        |delete|remove|destroy|archive|download)(?:[A-Z][a-z]{2,12}){0,3})\(\s{0,4}["'`]$
      | data:[a-z]+/[\w.+-]+;base64,$ | ssh-(?:rsa|ed25519|dss)[ ]$ | "mappings":\s?"$
    """,
    re.VERBOSE | re.IGNORECASE,
)
# A line that only brings in names from elsewhere.
_IMPORT = lazy_regex(rb"\s*(?:from\s+[\w.]+\s+)?import\s+[\w.,\s*()]+$")
_INTEGRITY = lazy_regex(rb"^(?:sha(?:1|256|384|512)[-:=]|h1:|md5[-:])", re.IGNORECASE)
_CRYPT = lazy_regex(
    rb"^\$(?:2[abxy]?|5|6|y|1|argon2\w*|pbkdf2\S*|scrypt|apr1)\$"
    rb"|^(?:unsalted_)?(?:md5|sha\d{1,3}|pbkdf2|bcrypt|argon2|scrypt)_?\w*\$"
)

_PART = 6  # characters of a value that was drawn: most words and prefixes are shorter


def entropy(secret: bytes) -> float:
    """Shannon's entropy in bits per byte of ``secret``; 0.0 when it is empty.

    >>> round(entropy(b"aabb"), 2)
    1.0
    """
    length = len(secret)
    if not length:
        return 0.0
    counts = Counter(secret).values()
    return math.log2(length) - sum(count * math.log2(count) for count in counts) / length


_DIGIT = lazy_regex(rb"[0-9]")
_UPPER = lazy_regex(rb"[A-Z]")
_LOWER = lazy_regex(rb"[a-z]")
_SYMBOL = lazy_regex(rb"[^0-9A-Za-z]")


def classes(secret: bytes) -> frozenset[str]:
    """Which of digit, upper, lower, letter (either case) and symbol occur in ``secret``.

    >>> sorted(classes(b"aB3"))
    ['digit', 'letter', 'lower', 'upper']
    """
    found = set()
    if _DIGIT.search(secret):
        found.add("digit")
    if _UPPER.search(secret):
        found.update(("upper", "letter"))
    if _LOWER.search(secret):
        found.update(("lower", "letter"))
    if _SYMBOL.search(secret):
        found.add("symbol")
    return frozenset(found)


def innocent(secret: bytes, line: bytes = b"", strict: bool = False) -> str | None:
    """Why ``secret`` is none, in a few words; None when nothing speaks for it.

    ``line`` is the line it stands on; leave it out for a token, which has its length, whatever is
    written behind it. ``strict`` is for values known by their neighbour alone.

    >>> innocent(b"${NPM_TOKEN}")
    'a reference'
    """
    value = secret[:_MOST].strip()
    if not value:
        return "empty"
    if value in SAMPLES or value.rstrip(b"=").endswith((b"EXAMPLE", b"EXAMPLEKEY")):
        return "a documented sample"
    if _CONTROL.search(value):
        return "no text"
    if _REFERENCE.search(value) or _FIELD.search(value) or _continued(value, line):
        return "a reference"
    reason = _repetitive(value)
    if strict and (reason is None or reason in SEEMING):
        reason = _weak(value, line) or reason or ("a sequence" if typed(value) else None)
    return reason


def _continued(value: bytes, line: bytes) -> bool:
    """Whether a field follows right behind: what stands here is a part of the value."""
    at = line.find(value)
    while at >= 0:
        at += len(value)
        if _FIELD.match(line, at):
            return True
        at = line.find(value, at)
    return False


def _repetitive(value: bytes) -> str | None:
    size = len(value)
    if _MASK.search(value) and _masked(value):
        return "a placeholder"
    if _WORDS.search(value):
        return "a placeholder's word" if _drawn_besides(value) else "a placeholder"
    run = max((len(found[0]) for found in _RUN.finditer(value)), default=0)
    if run >= 5 and run * (6 if run == 5 else 12) >= size:
        return "one character repeated"
    if (found := _PERIODIC.search(value)) and len(found[0]) * 2 >= size and len(found[0]) >= 10:
        return "a repeated pattern"
    if size >= 12 and len(set(value)) <= 4:
        return "too few characters"
    if size >= 32 and not value.isdigit() and len(set(value) - {45}) <= 8:
        return "too few characters"  # of 32 random hex digits once in 370,000
    covered, longest = sequences(value.lower())
    if longest >= 7 and covered * 2 >= size and not _drawn_behind_ids(value):
        return "a sequence"
    return None


def _drawn_besides(value: bytes) -> bool:
    """Whether a good part of the value was drawn, whatever words stand in it."""
    parts = [part for part in SEPARATOR.split(_WORDS.sub(b"-", value)) if len(part) >= _PART]
    rest = b"".join(parts)
    if len(rest) < 2 * _PART or classes(rest) <= {"letter", "lower", "upper"}:
        return False
    return entropy(rest) >= 3 and sequences(rest.lower())[1] < 7 and not reads_as_words(rest)


def _drawn_behind_ids(value: bytes) -> bool:
    """Whether the sequences are numbers that stand apart, as tests write those of accounts."""
    parts = [part for part in SEPARATOR.split(value) if not part.isdigit()]
    rest = b"".join(parts)
    return len(rest) >= 2 * _PART and sequences(rest.lower())[0] * 2 < len(rest)


def _masked(value: bytes) -> bool:
    """Whether the masking characters make up a good part of the value."""
    masked = sum(len(found[0]) for found in _MASK.finditer(value))
    return (masked >= 5 and masked * 8 >= len(value)) or masked * 3 >= len(value)


def _weak(value: bytes, line: bytes) -> str | None:
    """Why a value known by its neighbour alone is not a secret."""
    if value.endswith((b"...", b"\xe2\x80\xa6")):
        return "a placeholder"
    if _CODE.search(value):
        return "code, a name or a path"
    if _INTEGRITY.search(value) or _CRYPT.search(value):
        return "a hash"
    if b" " in value or b"\t" in value:
        return "prose"
    if _IMPORT.match(line):
        return "code, a name or a path"
    if (at := line.find(value)) > 0 and _PUBLIC_NAME.search(line[max(0, at - 64) : at]):
        return "public by its name"
    if reads_as_words(value):
        return "plain words"
    covered, longest = sequences(value.lower())
    return "a sequence" if longest >= 7 or covered * 3 >= len(value) else None
