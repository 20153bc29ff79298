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
_NAMED = rf"(?:{'|'.join(_LEADS)})(?P<tail>[A-Za-z0-9_.-]{{0,24}}){_ASSIGNED}"
_QUOTED = _NAMED + rf"[\"'`](?P<secret>{_IN_VALUE}{{8,150}})[\"'`]"
_BARE = _NAMED + rf"(?P<secret>{_IN_VALUE}{{8,150}})(?:[,;\s)\]}}<]|\z)"
_QUOTED_GATE = rf"[A-Za-z0-9_.-]{{0,24}}{_ASSIGNED}[\"'`]{_IN_VALUE}{{8}}"
_BARE_GATE = rf"[A-Za-z0-9_.-]{{0,24}}{_ASSIGNED}{_IN_VALUE}{{8}}"

_CONFIGURATION_PATHS = (
    ".env*",
    "*.env",
    ".envrc",
    "*secret*",
    "*credential*",
    "*.ini",
    "*.cfg",
    "*.conf",
    "*.config",
    "*.cnf",
    "*.properties",
    "*.yml",
    "*.yaml",
    "*.toml",
    "*.tfvars",
    "*.reg",
    "*.service",
    ".*rc",
    "*Dockerfile*",
    "*Containerfile*",
    "Vagrantfile",
    "Jenkinsfile*",
    "Procfile",
    "Makefile",
    "*.sh",
    "*.bash",
    "*.zsh",
    "*.fish",
    "*.ksh",
    "*.ps1",
    "*.psm1",
    "*.bat",
    "*.cmd",
    ".bash*",
    ".zsh*",
    ".profile",
)

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


_FIX = "Change it and read it from the environment; if it is none, use a value that says so."
_IN_CONFIGURATION = "value of a secret's name, in configuration"


@rule(
    "secret/generic-setting",
    severity=Severity.WARNING,
    pattern=_BARE,
    leads=_LEADS,
    gate=_BARE_GATE,
    paths=_CONFIGURATION_PATHS,
    rank=0,
    lower=True,
    fix=_FIX,
    source="https://cwe.mitre.org/data/definitions/798.html",
    tags=("generic",),
    match=(
        Example("DB_PASSWORD={base62:14}\n", ".env"),
        Example("api_token: {base62:32}\n", "config/production.yml"),
        Example("ENV APP_SECRET_TOKEN={base62:32}\n", "Dockerfile"),
    ),
    miss=(
        Example("PASSWORD=changeme\n", ".env", "a placeholder"),
        Example("PASSWORD=${{DB_PASSWORD}}\n", ".env", "a reference"),
        Example("tokenUrl: https://acme.io/oauth/token\n", "openapi.yml", "an address"),
    ),
)
def setting(entry: Entry, match: Match) -> Iterator[Hit]:
    """Value of a secret's name, in configuration.

    A setting whose name ends in password, token, secret or the like, in an .env, .ini, .yml, a
    Dockerfile or a shell script. Placeholders, references, words, paths, hashes and UUIDs are
    nothing; in an .env.example or a translation it is nothing either."""
    if _is_boring(match) or _SAMPLE_FILE.search(entry.path):
        return
    if _looks_chosen(match.secret, match.line()):
        yield Hit(_IN_CONFIGURATION, span=match.span, secret=match.secret)


@rule(
    "secret/generic-assignment",
    severity=Severity.WARNING,
    pattern=_QUOTED,
    leads=_LEADS,
    gate=_QUOTED_GATE,
    rank=0,
    lower=True,
    fix=_FIX,
    source="https://cwe.mitre.org/data/definitions/798.html",
    tags=("generic",),
    match=(
        Example('client_secret = "{base62:40}"\n', "settings.ini"),
        Example('const apiKey = "{base62:40}";', "index.js"),
    ),
    miss=(
        Example('password: "Passwort123"\n', "messages.yml", "a translation"),
        Example("const token = tokens[position + 1];", "parser.js", "code"),
        Example('secretKey: "resetPasswordToken"', "index.js", "a name"),
        Example('tokenHash = "{hex:64}"', "index.js", "a hash"),
    ),
)
def assignment(entry: Entry, match: Match) -> Iterator[Hit]:
    """Quoted value of a name that says it is a secret.

    In configuration (.env, .ini, .yml, a Dockerfile, a shell script) it is a warning; in code,
    where most such names hold something else, a note, and only for values that look generated.
    Placeholders, references, words, paths, hashes and UUIDs are nothing."""
    if _is_boring(match):
        return
    value = match.secret
    sample = _SAMPLE_FILE.search(entry.path) is not None
    if _CONFIGURATION.search(entry.path) and not sample:
        if _looks_chosen(value, match.line()):
            yield Hit(_IN_CONFIGURATION, span=match.span, secret=value)
    elif _looks_generated(value, match.line()):
        message = "value of a secret's name, in code"
        yield Hit(message, span=match.span, secret=value, severity=Severity.NOTE)


def _is_boring(match: Match) -> bool:
    """Whether the name says that its value is no secret after all, or the value is a UUID."""
    tail = match.groups.get("tail", b"")
    before = match.window[max(0, match.start - 20) : match.start]
    if _BORING_TAIL.search(tail) or _BORING_HEAD.search(before):
        return True
    # The rule on JSON web tokens says what those are.
    return match.secret.startswith(b"eyJ") or _UUID.match(match.secret) is not None


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
    return [setting, assignment]
