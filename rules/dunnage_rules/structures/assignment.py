"""A value whose name says that it is a secret, in no format of its own: the noisiest rule."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from dunnage import Artifact, Entry, Example, Hit, Match, Rule, Severity, lazy_regex, replace, rule
from dunnage_rules.structures.configuration import (
    CONFIGURATION_PATHS,
    is_configuration,
    is_document,
    is_dotenv,
    is_sample,
)
from dunnage_rules.structures.likeness import is_boring, looks_chosen, looks_generated
from dunnage_rules.structures.notation import QUOTED, SAID, SET

_NAMES = (
    "passwd",
    "password",
    "passphrase",
    "secret",
    "token",
    "api[ _.-]?key",
    "access[ _.-]?key",
    "private[ _.-]?key",
    "encryption[ _.-]?key",
    "signing[ _.-]?key",
    "auth[ _.-]?key",
    "master[ _.-]?key",
    "credential",
    "[_.-]pwd",
    "[_.-]pass",
)
_LEADS = tuple(f"(?i:{name})" for name in _NAMES)
_TAIL = r"[A-Za-z0-9_.-]{0,24}"
_IN_VALUE = r"[^\s\"'`,;<>(){}\[\]\\]"
_NAMED = rf"(?:{'|'.join(_LEADS)})(?P<tail>{_TAIL})"
_QUOTED = rf"{_NAMED}{QUOTED}(?P<secret>{_IN_VALUE}{{8,}})(?:\\{{0,3}}[\"'`]|&quot;)"
_BARE = rf"{_NAMED}{SET}(?P<secret>{_IN_VALUE}{{8,}})(?:[,;\s)\]}}<\"'`\\]|\z)"
_SAID = rf"{_NAMED}{SAID}(?P<secret>[\w+/.=~!@#$%^*-]{{10,}})(?:[,;\s)\]}}<\"'`\\&|]|\z)"
_ENOUGH = (
    rf"(?={_IN_VALUE}{{0,40}}[0-9]){_IN_VALUE}{{8}}"  # in the shortest value, there is a digit
)
_WHOLE_TAIL = _TAIL + r"(?![A-Za-z0-9_.-])"  # what follows begins with none of these
_QUOTED_GATE = _WHOLE_TAIL + QUOTED + _ENOUGH
_BARE_GATE = _WHOLE_TAIL + SET + _ENOUGH
_SAID_GATE = _WHOLE_TAIL + SAID + r"(?=[\w+/.=~!@#$%^*-]{0,40}[0-9])[\w+/.=~!@#$%^*-]{10}"

_SAID_LEAST = 12
_CLOSE_LEAST = 20  # behind a mere blank or colon
# Behind a mere blank in a log, it is the name of a key and nothing else.
_NAMED_SO = lazy_regex(
    rb"(?i)(?:(?:api|secret|access)[ _-]?key|(?:client|api|app)[ _-]?secret"
    rb"|(?:api|auth|access)[ _-]?token)[ \t]{1,2}\Z"
)
# With a mere blank between, the name is an option's: --api-key a1b2.
_OPTION = lazy_regex(rb"(?:[=:|>,(]|is:?)[ \t]{1,8}\Z|--[\w-]{1,60}[ \t]{1,2}\Z")
# Code, a constant, a version, a number, a formula.
_DOTTED = lazy_regex(
    rb"[*&]?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){1,8}|\d+\.\d+\.[\w.+-]+|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
    rb"|[A-Z]+[A-Z0-9]*(?:_[A-Z0-9]{1,12}){1,6}"
    rb"|(?:[a-z]{1,12}|\d{1,6})(?:[*/](?:[a-z]{1,12}|\d{1,6})){2,12}"
)
_FIX = "Change it and read it from the environment; if it is none, use a value that says so."
_IN_CONFIGURATION = "value named as a password, key or token, in configuration"
# What a process reads its own secrets from, and hardly anything but: none ships on purpose.
_IN_DOTENV = ".env"
_DOTENV_FIX = {
    "npm": 'List what ships under "files" in package.json, or add `.env*` to .npmignore',
    "pypi": "setuptools: `global-exclude .env*` in MANIFEST.in; hatch: "
    '`exclude = [".env*"]` under [tool.hatch.build]; Poetry: `exclude = ["**/.env*"]` under '
    "[tool.poetry]",
    "crates": '`exclude = [".env*"]` in Cargo.toml',
    "oci": "Add `.env*` to .dockerignore and give it to the container when it starts "
    "(`docker run --env-file .env`)",
    "any": "Leave the file out when you pack (`.env*` in .dockerignore, for an image)",
}


def _weigh(hit: Hit, artifact: Artifact) -> Hit | None:
    if hit.facts != _IN_DOTENV:
        return hit
    # A package that lies in an image is not packed by its own tool.
    packed = "oci" if artifact.kind in ("project", "installed") else artifact.ecosystem
    fix = _DOTENV_FIX.get(packed, _DOTENV_FIX["any"])
    return replace(hit, fix=f"{fix}; change what is in it.", facts=None)


_generic = partial(
    rule,
    leads=_LEADS,
    rank=0,
    lower=True,
    fix=_FIX,
    source="https://cwe.mitre.org/data/definitions/798.html",
    tags=("generic",),
)


@_generic(
    "secret/generic-setting",
    severity=Severity.WARNING,
    weigh=_weigh,
    pattern=_BARE,
    gate=_BARE_GATE,
    paths=CONFIGURATION_PATHS,
    match=(
        Example("DB_PASSWORD={base62:14}\n", ".env"),
        Example("DB_PASSWORD={base62:14}\n", "package/dist/.env"),
        Example("DB_PASSWORD={base62:14}\n", "app/.env.1"),
        Example("DB_PASSWORD={base62:14}\n", "services/messages/.env.production"),
        Example("api_token: {base62:32}\n", "config/production.yml"),
        Example("ENV APP_SECRET_TOKEN={base62:32}\n", "Dockerfile"),
    ),
    miss=(
        Example("PASSWORD=changeme\n", ".env", "a placeholder"),
        Example("DB_PASSWORD={base62:14}\n", "app/.env.dist", "a sample"),
        Example("DB_PASSWORD={base62:14}\n", "templates/vue/.env", "a sample"),
        Example("PASSWORD=${{DB_PASSWORD}}\n", ".env", "a reference"),
        Example("password: Maglev#123\n", "playbook.yml", "a word and 123"),
        Example("tokenUrl: https://acme.io/oauth/token\n", "openapi.yml", "an address"),
        Example("set\\-cred \\-\\-password={base62:15}\n", "set-credentials.1", "a manual"),
    ),
)
def setting(entry: Entry, match: Match) -> Iterator[Hit]:
    """Value of a secret's name, in configuration.

    A setting whose name ends in password, token, secret or the like, in an .env, .ini, .yml, a
    Dockerfile or a shell script; in an .env, which holds a process's own secrets, it is an error.
    Placeholders, references, words, paths, hashes and UUIDs are nothing; in an .env.example or a
    translation it is nothing either."""
    if is_boring(match) or is_sample(entry.path) or is_document(entry.path):
        return
    if looks_chosen(match.secret, match.line()):
        yield _configured(entry, match)


@_generic(
    "secret/generic-assignment",
    severity=Severity.WARNING,
    weigh=_weigh,
    pattern=_QUOTED,
    gate=_QUOTED_GATE,
    match=(
        Example('client_secret = "{base62:40}"\n', "settings.ini"),
        Example('const apiKey = "{base62:40}";', "index.js"),
        Example('{{"mcpServers": {{"a": {{"env": {{"A_API_KEY": "{base62:40}"}}}}}}}}', "mcp.json"),
        Example('SUPER_SECRET = "{base62:40}"', "app.py"),
        Example('std::string Acme::Client::kApiKey = "{base62:40}";', "client.cc"),
    ),
    miss=(
        Example('password: "Passwort123"\n', "messages.yml", "a translation"),
        Example("const token = tokens[position + 1];", "parser.js", "code"),
        Example('secretKey: "resetPasswordToken"', "index.js", "a name"),
        Example('tokenHash = "{hex:64}"', "index.js", "a hash"),
        Example('"hashed_secret": "{hex:40}",', ".secrets.baseline", "a hash"),
        Example('["encryptionKey", xdr.lookup("Curve25519Public")]', "a.js", "a name"),
        Example('{{"csrfmiddlewaretoken": "{base62:32}"}}', "a.html", "a form's token"),
        Example('["a","alloc","token","writeUInt16BE","copy"]', "a.js.map", "a list of names"),
        Example(
            '"ram_off",\n    "ram_en_pwdet",\n    "ram_cbw2040_cfg",\n    "ram_s",\n',
            "a.py",
            "names",
        ),
        Example('"AWS::SecretsManager::Secret": "{hex:16}"', "a.json", "a type"),
        Example('@pulumi.type_token("aws:ec2/vpcIpamPool:VpcIpamPool")', "a.py", "a type"),
        Example('"password": "md5$salt${hex:32}"', "a.json", "a hash"),
        Example("secret 'Microsoft.KeyVault/vaults/secrets@2023-07-01'", "a.json", "a type"),
        Example("x = TokenId.parse('sess_123-custom-org_456')", "a.ts", "what is taken apart"),
        Example('"a-pmid-lookup": "org.pass",\n"enumz-chimney_2.12": "io",', "a.json", "names"),
        Example('apiKey:"{hex:32}",indexName:"docs"', "a.js", "an index that pages search"),
        Example("password_encryption = 'scram-sha-256'", "a.py", "an algorithm"),
        Example('("setPassword", "boolean", "vim.version.v9_1_0_0", F)', "a.py", "names"),
        Example("password: 'bm90IG15IHJlYWwgcGFzc3dvcmQ='", "a.js", "words in base64"),
        Example('Prefixes.PRIVATE_KEY: "ed25519-priv-"', "a.ts", "what values begin with"),
        Example('TokenCounter("gpt-5.6-luna")', "a.py", "what is counted"),
        Example('("qwen2_5_omni_token2wav", "qwen2_5_omni"),', "a.py", "the name again"),
        Example('"token_bytes": "{base64:16}"', "a.json", "a tokenizer's"),
        Example('Ec2Token = "AWS4-HMAC-SHA256"', "a.go", "an algorithm"),
        Example("'-----BEGIN RSA PRIVATE KEY-----',\n'MIIE{base64:60}',", "a.py", "a key's line"),
        Example("do_not_specialize=['a_tokens', 'b256_cur_max_seq_len']", "a.py", "names"),
        Example("hasattr(req_to_token_pool, 'write_c128')", "a.py", "a name"),
        Example("getattr(credentials, '_private_key_pkcs12', None)", "a.py", "a name"),
        Example("credentials.with_quota_project('acme-web-81723')", "a.py", "a project"),
        Example('cl_git_pass(git_path_lstat("r/mode2/is2/important2.1", &st));', "a.c", "a check"),
    ),
)
def assignment(entry: Entry, match: Match) -> Iterator[Hit]:
    """Quoted value of a name that says it is a secret.

    In an .env it is an error; in other configuration (.ini, .yml, a Dockerfile, a shell script) a
    warning; in code, where most such names hold something else, a note, and only for values that
    look generated. Placeholders, references, words, paths, hashes and UUIDs are nothing."""
    if is_boring(match):
        return
    value = match.secret
    sample = is_sample(entry.path)
    if is_configuration(entry.path) and not sample:
        if looks_chosen(value, match.line()):
            yield _configured(entry, match)
    elif looks_generated(value, match.line()):
        message = "value named as a password, key or token, in code"
        yield Hit(message, span=match.span, secret=value, severity=Severity.NOTE)


@_generic(
    "secret/generic-mention",
    severity=Severity.NOTE,
    pattern=_SAID,
    gate=_SAID_GATE,
    match=(
        Example("<apiKey>{base62:32}</apiKey>", "app.xml"),
        Example("https://api.acme.io/v1/items?api_key={base62:32}&page=2", "README.md"),
        Example("INFO using access_token={hex:40} for acme", "build.log"),
        Example("API key: {base62:32}", "NOTES.md"),
        Example("the API key for production is {base62:32}.", "NOTES.txt"),
        Example("INFO [acme] using client secret {hex:40}", "build.log"),
    ),
    miss=(
        Example("<passwordLabel>{base62:20}</passwordLabel>", "a.xml", "a label"),
        Example("https://acme.io/?token=your-token-goes-here-1234", "README.md", "a placeholder"),
        Example("secret: see https://acme.io/docs/12/secrets", "README.md", "an address"),
        Example('"output_cost_per_token": 1.124998e-05,', "prices.json", "a number"),
        Example("encryptionKey: AeadAes256CbcHmac256EncryptionKey;", "a.ts", "a type"),
        Example("private key is *ed25519.PrivateKey, expected", "tool", "a type"),
        Example("self._private_key_pkcs12 = private_key_pkcs12", "a.py", "the same name"),
        Example("privateKey = SECP256K1_PREFIX + derived", "a.js", "a constant"),
        Example(
            "Credential={base62:12}/20260102/eu-west-1/s3/aws4_request, Signed", "a.md", "a scope"
        ),
        Example("1k tokens with tokens = h*w*seconds*24/1024;", "a.json", "a formula"),
    ),
)
def mention(entry: Entry, match: Match) -> Iterator[Hit]:
    """Value of a secret's name, in an address, an element or a sentence.

    A parameter of an address, an XML element, a log, a document: a note, and only for values that
    look generated. Placeholders, references, words, paths, hashes and UUIDs are nothing."""
    if is_boring(match) or is_sample(entry.path):
        return
    value = match.secret
    if len(value) < _SAID_LEAST or _DOTTED.fullmatch(value):
        return
    before = match.window[: match.secret_span[0]]
    if before[-1:] in b" \t:" and not _OPTION.search(before[-100:]):
        if len(value) < _CLOSE_LEAST:
            return
        if before[-1:] != b":" and not _NAMED_SO.search(before[-100:]):
            return
    if looks_generated(value, match.line()):
        yield Hit("value named as a password, key or token", span=match.span, secret=value)


_NO_KEY = lazy_regex(
    rb"(?i)(?:public|publishable|anon|site|sort|cache|primary|partition|row|s3|object|vite|react_app)"
    rb"(?:_[0-9a-z_]{0,40})?\Z"
)
"""What the names of keys hold that pages carry, or that are none."""

_OTHERS = lazy_regex(rb"(?i)(?:api|access|private|encryption|signing|auth|master)_\Z")
"""The names that the rule on settings knows."""


@_generic(
    "secret/generic-key",
    severity=Severity.NOTE,
    weigh=_weigh,
    leads=(),
    pattern=(
        r"[0-9A-Za-z]_(?:KEY|key)[ \t]?[=: ][ \t]?[\"']?(?P<secret>[\w+/=~!@#$%^*-]{20,})"
        r"(?:[\s\"',]|\z)"
    ),
    paths=(".env*", "*.env", ".envrc", "*Dockerfile*", "*Containerfile*"),
    match=(
        Example("ACME_KEY={base62:32}\n", ".env"),
        Example('FROM alpine\nENV ACME_KEY "{hex:32}"\n', "Dockerfile"),
    ),
    miss=(
        Example("NEXT_PUBLIC_ACME_KEY={base62:32}\n", ".env", "in every page"),
        Example("RECAPTCHA_SITE_KEY={base62:32}\n", ".env", "in every page"),
        Example("ACME_KEY=arn-aws-kms-eu-central-1-acme\n", ".env", "a name"),
        Example("ACME_KEY={hex:32}\n", ".env.example", "a sample"),
    ),
)
def key(entry: Entry, match: Match) -> Iterator[Hit]:
    """Value of a name that ends in KEY, in an .env or a Dockerfile.

    In an .env it is an error, in a Dockerfile a note, and only for values that look generated. Keys
    that pages carry (``PUBLIC``, ``SITE``) and those of caches and tables are nothing."""
    if is_boring(match) or is_sample(entry.path):
        return
    before = match.window[max(0, match.start - 60) : match.start + 2]
    if _NO_KEY.search(before) or _OTHERS.search(before):
        return
    if looks_generated(match.secret, match.line()):
        hit = _configured(entry, match)
        yield hit if hit.severity else replace(hit, severity=Severity.NOTE)


def _configured(entry: Entry, match: Match) -> Hit:
    if not is_dotenv(entry.path):
        return Hit(_IN_CONFIGURATION, span=match.span, secret=match.secret)
    return Hit(
        _IN_CONFIGURATION,
        span=match.span,
        secret=match.secret,
        severity=Severity.ERROR,
        facts=_IN_DOTENV,
    )


def rules() -> list[Rule]:
    """All of this noun."""
    return [setting, assignment, mention, key]
