"""Files in which tools keep credentials: where they lie, and what in them is one.

The places are those of the tools' own documentation. The content decides: an empty file, or one
without a secret in it, is no finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from dunnage import Entry, Hit, Rule, Severity, Span, rule
from dunnage_oci import keyed

_LIMIT = 4 << 20


class Keeper(Struct, frozen=True):
    """A tool's file. ``secret`` finds what must not ship, as its group ``secret``."""

    what: str
    globs: Sequence[str]
    secret: bytes
    source: str


_VALUE = rb"""["']?(?P<secret>[^\s"'<>$#{][^\s"'<>#]{3,})"""

KEEPERS: Sequence[Keeper] = (
    Keeper(
        "Docker's registry credentials",
        ("**/.docker/config.json", "**/.dockercfg", "**/containers/auth.json"),
        rb'"(?:auth|password|identitytoken|registrytoken)"\s*:\s*"(?P<secret>[^"]{4,})"',
        "https://docs.docker.com/reference/cli/docker/login/",
    ),
    Keeper(
        "AWS credentials",
        ("**/.aws/credentials", "**/.aws/config"),
        rb"(?i)aws_(?:secret_access_key|session_token)\s*=\s*(?P<secret>[A-Za-z0-9/+=]{16,})",
        "https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html",
    ),
    Keeper(
        "passwords of .netrc",
        ("**/.netrc", "**/_netrc"),
        rb"(?:^|\s)password\s+" + _VALUE,
        "https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html",
    ),
    Keeper(
        "git's stored credentials",
        ("**/.git-credentials", "**/.config/git/credentials"),
        rb"://[^\s:@/]*:(?P<secret>[^\s@/]{4,})@",
        "https://git-scm.com/docs/git-credential-store",
    ),
    Keeper(
        "npm's credentials",
        ("**/.npmrc", "usr/etc/npmrc", "usr/local/etc/npmrc"),
        rb"(?:_authToken|_auth|_password)\s*=\s*" + _VALUE,
        "https://docs.npmjs.com/cli/v11/configuring-npm/npmrc",
    ),
    Keeper(
        "Yarn's credentials",
        ("**/.yarnrc.yml",),
        rb"(?:npmAuthToken|npmAuthIdent):\s*" + _VALUE,
        "https://yarnpkg.com/configuration/yarnrc",
    ),
    Keeper(
        "PyPI credentials",
        ("**/.pypirc",),
        rb"(?m)^\s*password\s*[=:]\s*" + _VALUE,
        "https://packaging.python.org/en/latest/specifications/pypirc/",
    ),
    Keeper(
        "pip's index credentials",
        ("**/pip.conf", "**/.pip/pip.conf"),
        rb"://[^\s:@/]*:(?P<secret>[^\s@/${]{4,})@",
        "https://pip.pypa.io/en/stable/topics/authentication/",
    ),
    Keeper(
        "Cargo's credentials",
        ("**/.cargo/credentials", "**/.cargo/credentials.toml", "usr/local/cargo/credentials*"),
        rb"(?m)^\s*(?:token|secret-key)\s*=\s*" + _VALUE,
        "https://doc.rust-lang.org/cargo/reference/config.html#credentials",
    ),
    Keeper(
        "RubyGems' credentials",
        ("**/.gem/credentials",),
        rb"(?m)^\s*:?[\w.-]*(?:api_key|rubygems)[\w.-]*:\s*" + _VALUE,
        "https://guides.rubygems.org/api-key-scopes/",
    ),
    Keeper(
        "Composer's credentials",
        ("**/.composer/auth.json", "**/composer/auth.json"),
        rb'"(?:password|[\w.-]+\.[a-z]+)"\s*:\s*"(?P<secret>[^"]{8,})"',
        "https://getcomposer.org/doc/articles/authentication-for-private-packages.md",
    ),
    Keeper(
        "Maven's credentials",
        ("**/.m2/settings.xml",),
        rb"<(?:password|passphrase)>\s*(?P<secret>[^<${\s][^<]{3,}?)\s*</",
        "https://maven.apache.org/settings.html#servers",
    ),
    Keeper(
        "a kubeconfig",
        ("**/.kube/config", "**/kubeconfig", "etc/kubernetes/*.conf", "etc/rancher/k3s/k3s.yaml"),
        rb"(?:client-key-data|token|password):\s*" + _VALUE,
        "https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/",
    ),
    Keeper(
        "Google Cloud credentials",
        (
            "**/gcloud/application_default_credentials.json",
            "**/gcloud/legacy_credentials/**/adc.json",
        ),
        rb'"(?:refresh_token|private_key|client_secret)"\s*:\s*"(?P<secret>[^"]{8,})"',
        "https://cloud.google.com/docs/authentication/application-default-credentials",
    ),
    Keeper(
        "Azure credentials",
        (
            "**/.azure/accessTokens.json",
            "**/.azure/msal_token_cache.json",
            "**/.azure/service_principal_entries.json",
        ),
        rb'"(?:refreshToken|accessToken|secret|client_secret)"\s*:\s*"(?P<secret>[^"]{16,})"',
        "https://learn.microsoft.com/cli/azure/azure-cli-configuration",
    ),
    Keeper(
        "GitHub CLI's token",
        ("**/.config/gh/hosts.yml", "**/.config/hub"),
        rb"oauth_token:\s*" + _VALUE,
        "https://cli.github.com/manual/gh_auth_login",
    ),
    Keeper(
        "a Vault token",
        ("**/.vault-token",),
        rb"\A\s*(?P<secret>[^\s]{16,})\s*\Z",
        "https://developer.hashicorp.com/vault/docs/commands/token-helper",
    ),
    Keeper(
        "Terraform's credentials",
        ("**/.terraform.d/credentials.tfrc.json", "**/.terraformrc"),
        rb'"?token"?\s*[:=]\s*"(?P<secret>[^"$]{8,})"',
        "https://developer.hashicorp.com/terraform/cli/config/config-file",
    ),
    Keeper(
        "PostgreSQL passwords",
        ("**/.pgpass",),
        rb"(?m)^[^#\n]*?:[^:\n]*:[^:\n]*:[^:\n]*:(?P<secret>[^\n]{1,})$",
        "https://www.postgresql.org/docs/current/libpq-pgpass.html",
    ),
    Keeper(
        "MySQL passwords",
        ("**/.my.cnf", "**/.mylogin.cnf"),
        rb"(?m)^\s*password\s*=\s*" + _VALUE,
        "https://dev.mysql.com/doc/refman/8.4/en/option-files.html",
    ),
    Keeper(
        "S3 credentials",
        ("**/.s3cfg", "**/.boto", "**/.passwd-s3fs"),
        rb"(?m)^\s*(?:secret_key|aws_secret_access_key|gs_secret_access_key)\s*=\s*" + _VALUE,
        "https://s3tools.org/kb/item14.htm",
    ),
    Keeper(
        "rclone's remotes",
        ("**/rclone/rclone.conf", "**/.rclone.conf"),
        rb"(?m)^\s*(?:pass|password|token|secret_access_key|client_secret|key)\s*=\s*(?P<secret>\S{6,})",
        "https://rclone.org/docs/#config-file",
    ),
)

_BY_GLOB = tuple((glob, keeper) for keeper in KEEPERS for glob in keeper.globs)


@rule(
    "image/credential-file",
    severity=Severity.ERROR,
    ecosystems=("oci",),
    content=True,
    rank=5,
    paths=tuple(glob for glob, _ in _BY_GLOB),
    fix="Keep the file out of the image: use `RUN --mount=type=secret,id=NAME,target=PATH`, "
    "add it to .dockerignore, and revoke what was in it.",
    source="https://docs.docker.com/build/building/secrets/",
)
def credential_file(entry: Entry) -> Iterator[Hit]:
    """A file in which a tool keeps credentials, with credentials in it.

    ``.docker/config.json``, ``.aws/credentials``, ``.netrc``, ``.git-credentials``, ``.npmrc``, a
    kubeconfig and their like belong to a person or a build, not to an image. Deleted in a later
    instruction they are still in the layer below. A file without a secret in it is fine.
    (A private SSH key is found by its content, wherever it lies.)
    """
    data = entry.read(_LIMIT)
    if not data.strip():
        return
    for keeper in KEEPERS:
        if not any(_matches(entry.path, glob) for glob in keeper.globs):
            continue
        for found in re.finditer(keeper.secret, data):
            secret = found["secret"]
            if _placeholder(secret):
                continue
            yield Hit(keeper.what, span=Span(*found.span("secret")), secret=secret.strip())


@rule(
    "image/empty-password",
    severity=Severity.ERROR,
    ecosystems=("oci",),
    content=True,
    paths=("etc/shadow", "etc/shadow-", "etc/passwd"),
    fix="Lock the account: `passwd -l NAME`, or write `!` into the second field.",
    source="https://man7.org/linux/man-pages/man5/shadow.5.html",
)
def empty_password(entry: Entry) -> Iterator[Hit]:
    """An account without a password: the second field of its line in shadow(5) or passwd(5) is
    empty.

    Whoever reaches a login, ``su`` or a service that asks PAM becomes that user, often root, by
    pressing Enter."""
    data = entry.read(_LIMIT)
    for found in re.finditer(
        rb"(?m)^(?P<user>[a-z_][a-z0-9_.-]{0,31}\$?)::(?P<rest>[^:\n]*:)", data
    ):
        user = found["user"].decode()
        yield Hit(
            f"the account {user} has an empty password",
            span=Span(*found.span("user")),
            severity=None if user == "root" or entry.name == "shadow" else Severity.WARNING,
        )


def _matches(path: str, glob: str) -> bool:
    """Whether ``path`` lies where ``glob`` says: whole components, ``**/`` for any folder, ``*``
    inside a component."""
    expression = re.escape(glob).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return re.fullmatch(expression, path.removeprefix("./").lstrip("/")) is not None


def _placeholder(secret: bytes) -> bool:
    text = secret.decode("utf-8", "surrogateescape").strip()
    return keyed.by_name("password", text) is None


RULES: Sequence[Rule] = (credential_file, empty_password)
