"""A value whose name says that it is a secret, in no format of its own: the noisiest rule."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dunnage import Entry, Example, Hit, Match, Rule, Severity, classes, entropy, innocent, rule
from dunnage_rules.verifiers.credentials import is_sample_password
from dunnage_rules.verifiers.encoded import text_of

_NAMES = (
    "passwd",
    "password",
    "passphrase",
    "secret",
    "token",
    "api[_.-]?key",
    "access[_.-]?key",
    "private[_.-]?key",
    "encryption[_.-]?key",
    "signing[_.-]?key",
    "auth[_.-]?key",
    "master[_.-]?key",
    "credential",
)
_LEADS = tuple(f"(?i:{name})" for name in _NAMES)
_ASSIGNED = r"[\"'\]]{0,2}[ \t]{0,8}(?::=|=>|[:=])[ \t]{0,8}"
_IN_VALUE = r"[^\s\"'`,;<>(){}\[\]\\]"
_PATTERN = (
    rf"(?:{'|'.join(_LEADS)})(?P<tail>[A-Za-z0-9_.-]{{0,24}}){_ASSIGNED}"
    rf"(?P<quote>[\"'`]?)(?P<secret>{_IN_VALUE}{{8,150}})(?:[\"'`,;\s)\]}}<]|\z)"
)
_GATE = rf"[A-Za-z0-9_.-]{{0,24}}{_ASSIGNED}[\"'`]?{_IN_VALUE}{{8}}"

_CONFIGURATION = re.compile(
    r"""(?ix) (?:^|/)(?:
        \.env(?:\.[\w-]+)* | [\w.-]*\.env | \.envrc | \.?secrets?(?:\.\w+)?
      | \.?credentials?(?:\.\w+)?
      | [\w.-]*\.(?:ini|cfg|conf|config|cnf|properties|ya?ml|toml|tfvars|plist|reg|service)
      | (?:app)?settings[\w.-]*\.json | [\w.-]*config(?:uration)?[\w.-]*\.json
      | [\w.-]*(?:secrets?|credentials)[\w.-]*\.json
      | (?:default|local|production|prod|development|dev|staging)\.json
      | \.\w+rc | [\w.-]*\.auto\.tfvars\.json
      | (?:Docker|Container|Vagrant|Jenkins|Proc)file[\w.-]* | [\w.-]*\.dockerfile
      | [\w.-]*\.(?:sh|bash|zsh|fish|ksh|ps1|psm1|bat|cmd) | \.(?:bash|zsh)\w* | \.profile
      | Makefile
    )$"""
)
_SAMPLE_FILE = re.compile(
    r"""(?ix) (?:^|[/._-])(?:
        example|sample|template|tmpl|dist|defaults?|schema|mock|fixtures?|openapi|swagger|locales?
      | lang|i18n|translations?|messages
    )(?:[/._-]|$) | (?:^|/)(?:package(?:-lock)?|tsconfig|composer|bower)\.json$ | lock\.ya?ml$"""
)
_BORING_TAIL = re.compile(
    rb"""(?ix) (?:
        name|id|file|path|dir|url|uri|endpoint|type|len(?:gth)?|size|field|label|hint|policy|regex
      | spec|data|pattern|prefix|suffix|format|count|expir\w*|ttl|age|timeout|version
      | hash(?:er|ed|es)?
      | algorithm|alg|class|strategy|provider|store|manager|service|env|var|variable|ref|arn|header
      | param\w*|key_?name|issuer|audience|scope|enabled|required|message|text|title|error
      | placeholder|validat\w*|input|attr\w*|column|selector|cookie|rotation|mode|source|location
    )s?$"""
)
_BORING_HEAD = re.compile(
    rb"(?i)(?:next|continuation|page|paging|cursor|csrf|xsrf|verification|cache|cached|masked|invalid|upload"
    rb"|sync|public|publishable|idempotency|client[_-]?request|session)[_.-]?\Z"
)
_UUID = re.compile(rb"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_HEX = re.compile(rb"[0-9a-f]{32,128}")
_LEET = bytes.maketrans(b"013457@$!", b"oieastasi")
_WORD = re.compile(
    rb"(?i)pass|secret|token|admin|test|change|demo|default|example|user|welcome|hello|12345|qwert"
)


@rule(
    "secret/generic-assignment",
    severity=Severity.WARNING,
    pattern=_PATTERN,
    leads=_LEADS,
    gate=_GATE,
    rank=0,
    lower=True,
    fix="Change it and read it from the environment; if it is none, use a value that says so.",
    source="https://cwe.mitre.org/data/definitions/798.html",
    tags=("generic",),
    match=(
        Example("DB_PASSWORD={base62:14}\n", ".env"),
        Example("api_token: {base62:32}\n", "config/production.yml"),
        Example('client_secret = "{base62:40}"\n', "settings.ini"),
        Example("ENV APP_SECRET_TOKEN={base62:32}\n", "Dockerfile"),
        Example('const apiKey = "{base62:40}";', "index.js"),
    ),
    miss=(
        Example("PASSWORD=changeme\n", ".env", "a placeholder"),
        Example("PASSWORD=${{DB_PASSWORD}}\n", ".env", "a reference"),
        Example('password: "Passwort123"\n', "messages.yml", "a translation"),
        Example("tokenUrl: https://acme.io/oauth/token\n", "openapi.yml", "an address"),
        Example("const token = tokens[position + 1];", "parser.js", "code"),
        Example('secretKey: "resetPasswordToken"', "index.js", "a name"),
        Example('tokenHash = "{hex:64}"', "index.js", "a hash"),
    ),
)
def assignment(entry: Entry, match: Match) -> Iterator[Hit]:
    """Value of a name that says it is a secret.

    In configuration (.env, .ini, .yml, a Dockerfile, a shell script) it is a warning; in code,
    where most such names hold something else, a note, and only for values that look generated.
    Placeholders, references, words, paths, hashes and UUIDs are nothing."""
    value = match.secret
    tail, before = (
        match.groups.get("tail", b""),
        match.window[max(0, match.start - 20) : match.start],
    )
    if _BORING_TAIL.search(tail) or _BORING_HEAD.search(before) or _UUID.match(value):
        return
    if value.startswith(b"eyJ"):
        return  # the JWT rule says what it is
    configured = _CONFIGURATION.search(entry.path) is not None
    sample = _SAMPLE_FILE.search(entry.path) is not None
    quoted = bool(match.groups.get("quote"))
    if configured and not sample:
        if _looks_chosen(value, match.line()):
            yield Hit("value of a secret's name, in configuration", span=match.span, secret=value)
    elif quoted and _looks_generated(value, match.line()):
        message = "value of a secret's name, in code"
        yield Hit(message, span=match.span, secret=value, severity=Severity.NOTE)


def _looks_chosen(value: bytes, line: bytes) -> bool:
    """A password that somebody made up: letters and digits, and no word written in digits."""
    found = classes(value)
    if not {"letter", "digit"} <= found or entropy(value) < 2.9:
        return False
    if len(value) < 20 and _WORD.search(value.translate(_LEET)):
        return False
    if innocent(value, line, True) or is_sample_password(value):
        return False
    plain = (text_of(value) or "").strip().encode()  # "password" in base64 is no better
    return not plain or not (innocent(plain, b"", True) or is_sample_password(plain))


def _looks_generated(value: bytes, line: bytes) -> bool:
    """Letters and digits mixed as a generator or a careful person mixes them, or long hex; nothing
    that a name in code is."""
    found = classes(value)
    digits = sum(48 <= byte < 58 for byte in value)
    mixed = {"letter", "digit"} <= found and len(value) >= 10 and entropy(value) >= 3.2
    hexed = _HEX.fullmatch(value) is not None
    if not mixed or digits < 2 or (hexed and entropy(value) < 3.0):
        return False
    if len(found) < 4 and not hexed and len(value) < 16:  # one case, no symbol: an identifier
        return False
    if _WORD.search(value.translate(_LEET)) or _WORD.search(value):
        return False
    return not innocent(value, line, True)


def rules() -> list[Rule]:
    """All of this noun."""
    return [assignment]
