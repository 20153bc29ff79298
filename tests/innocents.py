"""Innocent lines in the forms they have in the wild, each with the reason why it is no secret.

They are generated: each family is a few forms times what fills them, by seeded randomness, so that
nothing here looks like a live key and there are hundreds of them."""

from __future__ import annotations

import base64
import random
import uuid
from collections.abc import Iterator
from itertools import product

_RNG = random.Random("innocent")

_PLACEHOLDERS = [
    "changeme",
    "change-me",
    "CHANGE_ME",
    "changeit",
    "your-api-key",
    "YOUR_TOKEN_HERE",
    "<token>",
    "<your-password>",
    "xxxxxxxx",
    "XXXXXXXXXXXXXXXX",
    "********",
    "••••••••",
    "...",
    "REDACTED",
    "[redacted]",
    "example",
    "example-key",
    "sample_token",
    "dummy",
    "placeholder",
    "insert-key-here",
    "replace-me",
    "TODO",
    "todo",
    "put-your-key-here",
    "my-secret-token",
    "not-a-real-key",
    "fake",
    "00000000000000000000",
    "1234567890abcdef",
    "abcdefghijklmnop",
    "aaaaaaaaaaaaaaaaaaaaaaaa",
]
_REFERENCES = [
    "${API_KEY}",
    "$API_KEY",
    "%API_KEY%",
    "{{ api_key }}",
    "{{secrets.API_KEY}}",
    "<%= ENV['KEY'] %>",
    "#{ENV['KEY']}",
    "@API_KEY@",
    "process.env.API_KEY",
    "os.environ['API_KEY']",
    "os.getenv('KEY')",
    "getenv('API_KEY')",
    "ENC[AES256_GCM,data]",
    "vault:secret/data/app#key",
    "ssm:/app/key",
    "arn:aws:secretsmanager:eu-west-1:1:secret:app",
    "!Ref ApiKey",
    "%s",
    "%(password)s",
    "${{ secrets.K }}",
    "$(cat /run/secrets/key)",
    "op://vault/item/field",
    'System.getenv("KEY")',
    "env('API_KEY')",
    "import.meta.env.VITE_KEY",
    "config.get('key')",
    "__API_KEY__",
    "file:///run/secrets/key",
]
_NAMES = [
    "password",
    "secret",
    "token",
    "api_key",
    "apiKey",
    "client_secret",
    "private_key",
    "auth_token",
]
_CODE = [
    "getPassword()",
    "self.password",
    "this.token",
    "tokens[i + 1]",
    "null",
    "undefined",
    "None",
    "str",
    "string | null",
    "resetPasswordToken",
    "user.password",
    "form.get('password')",
    "request.headers['x-api-key']",
    "crypto.randomBytes(32)",
    "secrets.token_hex()",
    "PasswordField",
    "token_type_ids",
    "AccessTokenResponse",
    "TOKEN_EXPIRED_ERROR",
    "ConvertTo-SecureString",
]
_ASSIGNED = [
    '{name} = "{value}"',
    "{name}: {value}",
    '"{name}": "{value}",',
    "{NAME}={value}",
    "{name} := '{value}'",
]
_WORDS = [
    "Passwort vergessen",
    "Mot de passe oublié",
    "Contraseña",
    "Введите пароль",
    "パスワード",
    "Password:",
    "Enter your password",
    "Reset password",
    "Invalid token",
    "Forgot your password?",
]


def _hex(length: int) -> str:
    return "".join(_RNG.choice("0123456789abcdef") for _ in range(length))


def _base64(size: int) -> str:
    return base64.b64encode(_RNG.randbytes(size)).decode()


def lines() -> Iterator[tuple[str, str, str]]:
    """Each innocent line: the path it stands in, the text, the reason."""
    for value, form in product(_PLACEHOLDERS, _ASSIGNED):
        yield "config.py", _filled(form, value), "a placeholder"
    for value, form in product(_PLACEHOLDERS, _ASSIGNED[1:4:2]):
        yield ".env", _filled(form, value), "a placeholder"
    for value, form in product(_REFERENCES, _ASSIGNED):
        yield "settings.yml", _filled(form, value), "a reference, resolved elsewhere"
    for value, form in product(_CODE, _ASSIGNED[:3]):
        yield "app.js", _filled(form, value), "code"
    for value, name in product(_WORDS, _NAMES[:4]):
        yield "locale/de.po", f'msgid "{name}"\nmsgstr "{value}"\n', "a translation"
        yield "locales/de.json", f'{{"{name}": "{value}"}}', "a translation"
    for _ in range(12):
        yield "package-lock.json", f'"integrity": "sha512-{_base64(64)}"', "an integrity hash"
        yield "RECORD", f"pkg/token.py,sha256={_base64(32)[:43]},1234", "a line of RECORD"
        yield "go.sum", f"example.org/secret v1.0.0 h1:{_base64(32)}", "a line of go.sum"
        yield "poetry.lock", f'{{file = "secret-1.whl", hash = "sha256:{_hex(64)}"}}', "a hash"
        yield (
            "a.js",
            f'var tokenId = "{uuid.UUID(int=_RNG.getrandbits(128), version=4)}";',
            "a UUID",
        )
        yield "a.txt", f"commit {_hex(40)}\nmerge {_hex(40)}", "git's digests"
        yield "a.txt", f"md5sum: {_hex(32)}  secret.txt", "a digest"
        yield "a.html", f'<script nonce="{_base64(16)}" integrity="sha384-{_base64(48)}">', "SRI"
        yield "a.css", f"url(data:image/png;base64,{_base64(300)})", "an image"
        yield "a.js.map", f'{{"mappings":"{_base64(200)}"}}', "a map's mappings"
        yield "index.html", f'<link href="/assets/token.{_hex(20)}.js">', "a file's content hash"
        yield (
            "id_rsa.pub",
            f"ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB{_base64(279)} me@host",
            "a public key",
        )
        yield (
            "ca.pem",
            f"-----BEGIN CERTIFICATE-----\nMIID{_base64(300)}\n-----END",
            "a certificate",
        )
        yield "k.pem", f"-----BEGIN PUBLIC KEY-----\nMIIB{_base64(240)}\n-----END", "a public key"
        yield "Dockerfile", f"ENV GPG_KEY={_hex(40).upper()}", "a public key's fingerprint"
        yield "users.json", f'"password": "md5$seasalt${_hex(32)}"', "a salted hash"
        yield "checksums.txt", f"sentry-cli-Linux-x86_64={_hex(64)}", "a checksum, by its platform"
        yield "doc.py", f'access_token = "{_hex(12)}.{_hex(24)}..."', "a value that is cut"
        yield "postinst", f"secret='`head -c {_RNG.randrange(9, 40)} /dev/urandom`'", "a command"
        yield "a.ts", f'const ETAG = "W/{_hex(32)}";', "an ETag"
        yield "firebase.js", f'appId: "1:{_RNG.randrange(10**11)}:web:{_hex(22)}"', "a public id"
        yield "a.js", f'posthog.init("phc_{_hex(43)}")', "a key made for browsers"
        yield "a.js", f'Stripe("pk_live_{_hex(24)}")', "a publishable key"
    for size, name in ((20, "sha1"), (32, "sha256"), (48, "sha384"), (64, "sha512")):
        for _ in range(12):
            digest = base64.urlsafe_b64encode(_RNG.randbytes(size)).decode().rstrip("=")
            start = _RNG.choice(("m0-", "sk-", "hf_", "re_", "gsk_", "pat-", "r8_"))
            digest = start + digest[len(start) :]
            form = _RNG.choice(("RECORD", "a.json"))
            text = f"pkg/a.py,{name}={digest},12" if form == "RECORD" else digest
            if form != "RECORD":
                text = f'"integrity": "{name}-{digest}"'
            yield form, text, "a digest that begins as a token does"
    yield from _headers()
    yield from _urls()
    yield from _names()


def _filled(form: str, value: str) -> str:
    name = _RNG.choice(_NAMES)
    return form.format(name=name, NAME=name.upper(), value=value) + "\n"


_STARTS = """
    ion_ sk_ sk_test_ re_ ptr_ ak_ ext_ sc_ test_ live_ mat_ mct_ syt_ api- cli- api_ tr_
    up_ pa- pb_ fw_ gb_ sm_ md- as- ck- db- nk- fc- mb_ dag_ app- pat_ cs_ eo_ pl_ rc_
    cal_ lin_ key- key_ at_ tk_ ls- aio_ flp_ kit_ tnt_ odt_ dub_ sess- ico- ntn_ hf_ gsk_
    r8_ sgp_ hbp_ cog_ eu_
""".split()  # noqa: SIM905 - readable as text
_PARTS = """
    get set user token handler request response index value parse build create update
    delete client server config option default error message session cache state node
    child parent module export import function array object string number buffer stream
    reader writer context manager service provider factory adapter internal register
    callback listener event async promise result record field column table query filter
    group order limit offset page total item
""".split()  # noqa: SIM905 - readable as text
_NEAR = """
    checkout cko_ phabricator conduit composio steel_ lob_ svix matrix resend twilio
""".split()  # noqa: SIM905 - readable as text


def _names() -> Iterator[tuple[str, str, str]]:
    """Names in code that begin as tokens do and are as long."""
    for start, near in product(_STARTS, _NEAR[::3]):
        words = [_RNG.choice(_PARTS) for _ in range(12)]
        length = _RNG.choice((16, 20, 24, 27, 28, 32, 36, 40, 43, 44, 48, 64))
        for name in (
            "_".join(words),
            "".join(word.title() for word in words),
            "-".join(words),
            "_".join(
                f"{word}{_RNG.randrange(90)}" if n % 4 == 1 else word
                for n, word in enumerate(words)
            ),
        ):
            body = name[:length].rstrip("_-")
            form = _RNG.choice(_CODE_FORMS)
            yield "src/a.js", f"// {near}\n" + form.replace("NAME", start + body), "a name in code"
        hashed = f"{start}{words[0]}__{_hex(5)}"
        yield "a.css", f"/* {near} */ .{hashed}{{color:red}}", "a class with a hash"
        small = "".join(_RNG.choice("abcdefghijklmnopqrstuvwxyz$_") for _ in range(2))
        yield (
            "a.min.js",
            f"var {near},{start}=function({small},e){{return {small}.{words[1]}?e[{start}]:null}}",
            "minified code",
        )


_CODE_FORMS = (
    "var x = NAME;",
    'this.emit("NAME", value);',
    "#define NAME 1",
    '<div class="NAME">',
    "import { x } from './NAME'",
    "{ NAME: true, other: 1 }",
)


def _headers() -> Iterator[tuple[str, str, str]]:
    for kind in ("RSA ", "EC ", "", "OPENSSH ", "ENCRYPTED ", "DSA "):
        begin, end = f"-----BEGIN {kind}PRIVATE KEY-----", f"-----END {kind}PRIVATE KEY-----"
        yield "parser.py", f'if line == "{begin}":\n    inside = True\n', "a parser"
        yield "parser.go", f'var pemStart = []byte("\\n{begin}")', "a parser"
        yield "doc.md", f"{begin}\n...\n{end}", "a document, cut"
        yield "doc.rst", f"{begin}\nMIIEpAIBAAKCAQEA...\n{end}", "a document, cut"
        yield "fmt.js", f'return "{begin}\\n" + body + "\\n{end}";', "a writer"
        yield "t.yml", f"key: |\n  {begin}\n  <your key here>\n  {end}", "a template"
        yield "re.py", f'KEY = re.compile(r"{begin}[^-]+{end}")', "a pattern"


def _urls() -> Iterator[tuple[str, str, str]]:
    for scheme in ("http", "https", "ftp", "postgres", "mysql", "redis", "amqp", "mongodb"):
        for user, password, host in (
            ("user", "password", "host"),
            ("user", "pass", "example.com"),
            ("username", "password", "localhost:8080"),
            ("<user>", "<password>", "db"),
            ("${USER}", "${PASS}", "acme.io"),
            ("{user}", "{password}", "acme.io"),
            ("%s", "%s", "acme.io"),
            ("root", "root", "127.0.0.1"),
            ("scott", "tiger", "localhost"),
            ("guest", "guest", "rabbit"),
            ("postgres", "postgres", "db"),
            ("admin", "changeme", "acme.io"),
            ("me", "xxxx", "acme.io"),
            ("user", "***", "acme.io"),
        ):
            yield "README.md", f"{scheme}://{user}:{password}@{host}/path", "no password"
        yield "a.txt", f"{scheme}://acme.io:8443/a@b", "a port"
        yield "a.txt", f"{scheme}://git@acme.io/a.git", "a user alone"
