"""Whether a value beside a secret's name is one: what the name says besides, what the value looks
like."""

from __future__ import annotations

from dunnage import Match, classes, entropy, innocent, lazy_regex
from dunnage_rules.verifiers.credentials import is_sample_password
from dunnage_rules.verifiers.encoded import object_of, text_of

_BORING_TAIL = lazy_regex(
    rb"""(?ix) (?:
        name|id|file|path|dir|url|uri|endpoint|type|len(?:gth)?|size|count(?:er)?|encryption|bytes|plan|field|label|hint|policy|regex
      | spec|data|pattern|prefix|suffix|format|expir\w*|ttl|age|timeout|version
      | hash(?:er|ed|es)?
      | algorithm|alg|class|strategy|provider|store|manager|service|env|var|variable|ref|arn|header
      | param\w*|key_?name|issuer|audience|scope|enabled|required|message|text|title|error
      | placeholder|validat\w*|input|attr\w*|column|selector|cookie|symbol|address|rotation|mode
      | source|location|project|region|bucket
    )s?$"""
)
_BORING_START = lazy_regex(rb"(?i)i[sz]|ify|\.(?!key|token|secret|pass)[a-z]{3,}")
_BORING_HEAD = lazy_regex(
    rb"(?i)(?:next|continuation|page|authenticity|checksum|hash(?:ed)?|paging|cursor"
    rb"|version|[cx]srf(?:[_-]?middleware)?|verification|cache|cached|masked|invalid|upload|sync|public|publishable|idempotency"
    rb"|client[_-]?request|session|rate[_-]?limit|(?<![A-Z])(?:spl|per|type)|posthog(?:[_-]?project)?"
    rb"|dummy|fake|mock|example|sample)[_./-]?\Z|[\"'][A-Z]\w{1,40}::\w{1,40}::\w{0,40}\Z"
)
_ASKING = lazy_regex(
    rb"(?i)\.(?:parse|find|has|extract|match|test|split|indexof|includes|(?:starts|ends)with|equals?"
    rb"|compare|contains)\w*\Z"
)
"""What a tail ends with when the value is asked for or taken apart: TokenId.parse("…")."""

_IN_LIST = lazy_regex(rb"""["'`][\w.$-]{0,40}\Z""")
_SEVERAL = lazy_regex(rb"""["'`]\s{0,2}[,:]\s{0,40}\Z""")
_MORE = lazy_regex(rb"""\s{0,2},\s{0,40}["'`]|\s{0,2}:\s""")
_SEARCHED = lazy_regex(rb"""["'`],\s{0,40}["']?indexName\b""")
"""What follows the key with which a page searches an index, for everybody."""
_NAME_BYTES = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz-."
_UUID = lazy_regex(rb"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_DRAWN = lazy_regex(rb"(?i)[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""A UUID of random bits (RFC 9562, 5.4)."""

_SURELY = lazy_regex(
    rb"(?i)(?:api|access|auth|secret|private|signing|encryption|master)[ _.-]?(?:key|token|secret)"
    rb"|(?:client|app|consumer|shared|webhook)[ _.-]?secret|passw(?:or)?d"
)
"""Names whose value is a secret though it is a UUID, which is mostly an id."""
_ADDRESS = lazy_regex(rb"0x[0-9A-Fa-f]{40}")  # of an account or a contract
_HEX = lazy_regex(rb"[0-9a-f]{32,128}")
_LEET = bytes.maketrans(b"013457@$!", b"oieastasi")
_WORD = lazy_regex(
    rb"(?i)pass|secret|token|admin|test|change|demo|default|example|user|welcome|hello|12345|qwert"
)
_COUNTED = lazy_regex(rb"[A-Za-z]{3,12}[#@!._-]?123[!@#]?")  # what a document's author types
_LONG_ENOUGH = 14
_LONGEST = 1000
"""Bytes of a value: what is longer is a document, an image, a table."""
_CALL = lazy_regex(rb"(?i)[_.-]pass\(")
_SALTED = lazy_regex(
    rb"(?:unsalted_)?(?:md5|sha\d{1,3}|crypt|bcrypt\w*|scrypt|argon2\w*|pbkdf2\w*)\$"
)
_CALLED_SO = lazy_regex(
    rb"[a-z0-9](?:Key|Token|Secret|Password|Credential)s?\Z|\.\.\.\Z|\A[\w-]{1,20}[-_:]\Z"
)
"""What ends as a name does, was cut, or is what values begin with."""
_PUBLIC = lazy_regex(rb"phc_|.{0,150}/aws4_request\b")
"""PostHog's project key, which every page carries; what AWS's signatures name the key by."""
_SNAKE = lazy_regex(rb"_{0,2}[a-z]{1,12}\d{0,4}(?:_[a-z]{1,12}\d{0,4}){2,8}")


def is_boring(match: Match) -> bool:
    """Whether the name says that its value is no secret after all, or the value is an id."""
    tail = match.groups.get("tail", b"")
    before = match.window[max(0, match.start - 60) : match.start]
    head = _BORING_HEAD.search(before)
    if head and head[0].lower().startswith(b"session") and match.text[:6].lower() == b"secret":
        head = None  # what signs the sessions, and no session
    if _BORING_TAIL.search(tail) or _BORING_START.match(tail) or _ASKING.search(tail) or head:
        return True
    between = match.window[match.start : match.secret_span[0]]
    if b"-----" in between or (match.text[1:5] == b"pass" and _CALL.match(between)):
        return True  # the first line of a key in PEM; a check that passes, in C
    if _SEARCHED.match(match.window, match.secret_span[1]):
        return True
    name = before[len(before.rstrip(_NAME_BYTES)) :] + between
    if _is_listed(match, between) or match.secret in name:
        return True  # or the same name again: private_key_1 = private_key_1
    if len(match.secret) > _LONGEST or _is_object(match.secret) or _ADDRESS.fullmatch(match.secret):
        return True
    if not _UUID.match(match.secret.lstrip(b"/")):
        return False
    return not (_SURELY.search(name) and _DRAWN.fullmatch(match.secret))


def _is_object(value: bytes) -> bool:
    """Whether it is JSON in base64, which is looked into, or a JSON web token, on which there is a
    rule."""
    if not value.startswith(b"eyJ"):
        return False
    return all(object_of(part) is not None for part in value.split(b".", 2)[:2])


def _is_listed(match: Match, between: bytes) -> bool:
    """Whether name and value are two of a list of texts, as compilers and source maps write it."""
    if between[len(match.groups.get("tail", b"")) :].strip(b"\"'` \t\r\n")[-1:] != b",":
        return False
    before = match.window[max(0, match.start - 100) : match.start]
    name = _IN_LIST.search(before)
    behind = match.window[match.secret_span[1] + 1 : match.secret_span[1] + 48]
    return bool(name and _SEVERAL.search(before[: name.start()]) and _MORE.match(behind))


def looks_chosen(value: bytes, line: bytes) -> bool:
    """A password that somebody made up: letters and digits, and no word written in digits."""
    found = classes(value)
    if not {"letter", "digit"} <= found or entropy(value) < 2.9:
        return False
    if len(value) < 20 and (_WORD.search(value.translate(_LEET)) or _COUNTED.fullmatch(value)):
        return False
    if innocent(value, line, True) or is_sample_password(value):
        return False
    return not _says_something(value)


def _says_something(value: bytes) -> bool:
    """Whether the value is base64 of words or a sample: "password" in base64 is no better."""
    plain = (text_of(value) or "").strip().encode()
    return bool(plain) and bool(innocent(plain, b"", True) or is_sample_password(plain))


def looks_generated(value: bytes, line: bytes) -> bool:
    """Letters and digits mixed as a generator or a careful person mixes them, or long hex; nothing
    that a name in code is."""
    found = classes(value)
    digits = sum(48 <= byte < 58 for byte in value)
    mixed = {"letter", "digit"} <= found and len(value) >= 10 and entropy(value) >= 3.2
    hexed = _HEX.fullmatch(value) is not None
    least = 1 if {"upper", "lower"} <= found and len(value) >= _LONG_ENOUGH else 2
    if not mixed or digits < least or (hexed and entropy(value) < 3.0):
        return False
    if not hexed and len(value) < 16 and len(classes(value.replace(b"_", b""))) < 4:
        return False  # one case, no symbol: an identifier
    if _SNAKE.fullmatch(value):
        return False
    if _WORD.search(value.translate(_LEET)) or _WORD.search(value):
        return False
    if _SALTED.match(value) or _PUBLIC.match(value) or _CALLED_SO.search(value):
        return False
    return not innocent(value, line, True) and not _says_something(value)
