from __future__ import annotations

import pytest

from dunnage_oci import keyed

RANDOM = "zq7" + "Kd83nXw0Lm52" * 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NPM_TOKEN", "abcd-1234"),
        ("DB_PASSWORD", "stowage"),
        ("dbPassword", "stowage"),
        ("MYSQL_ROOT_PASSWORD", "s3cret!"),
        ("API_KEY", "abcd1234"),
        ("apiKey", "abcd1234"),
        ("SECRET_KEY", "abcd1234abcd"),
        ("AWS_SECRET_ACCESS_KEY", "abcd/1234+abcd"),
        ("SOME_KEY", RANDOM),
        ("_authToken", "abcd-1234"),
        ("client-secret", "abcd1234"),
        ("//registry.acme.test/:_authToken", "abcd-1234"),
    ],
)
def test_a_name_gives_a_secret_away(name: str, value: str) -> None:
    found = keyed.by_name(name, value)
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GPG_KEY", "A035C8C19219BA821ECEA86B64E628F8D684696D"),
        ("GPG_KEYS", "A035C8C19219BA821ECEA86B64E628F8D684696D"),
        ("key", "B42F6819007F00F88E364FD4036A9C25BF357DD4"),
        ("SSH_PUBLIC_KEY", "ssh-ed25519 AAAAC3"),
        ("STRIPE_PUBLISHABLE_KEY", RANDOM),
        ("DEPLOY_KEY", "ssh-rsa AAAAB3NzaC1yc2E"),
        ("PATH", "/usr/bin:/bin"),
        ("PWD", "/root"),
        ("DB_PASSWORD_FILE", "/run/secrets/db"),
        ("DB_PASSWORD", "/run/secrets/db"),
        ("DB_PASSWORD", "$DB_PASSWORD"),
        ("DB_PASSWORD", "${DB_PASSWORD:-}"),
        ("DB_PASSWORD", ""),
        ("DB_PASSWORD", "changeme"),
        ("DB_PASSWORD", "<your password>"),
        ("DB_PASSWORD", "xxxxxxxx"),
        ("DB_PASSWORD", "********"),
        ("MYSQL_ALLOW_EMPTY_PASSWORD", "yes please"),
        ("MYSQL_RANDOM_ROOT_PASSWORD", "enabled"),
        ("MAX_TOKENS", "4096"),
        ("TOKEN_URL", "https://acme.test/token"),
        ("CACHE_KEY", "v1-linux"),
        ("SORT_KEY", "name"),
        ("SECRET_NAME", "app-secret"),
        ("MONKEY", "banana-banana"),
        ("secret", "id=npm,src=.npmrc"),
    ],
)
def test_what_is_none(name: str, value: str) -> None:
    assert keyed.by_name(name, value) is None


def test_a_default_password_is_weak() -> None:
    found = keyed.by_name("POSTGRES_PASSWORD", "postgres")
    assert found is not None
    assert found.weak


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("curl https://joe:stowage@acme.test/", "stowage"),
        (f"git clone https://{RANDOM}@acme.test/x", RANDOM),
        ("postgres://app:stowage@db/app", "stowage"),
        ("curl -u joe:stowage https://acme.test", "stowage"),
        ("docker login -u joe -p stowage acme.test", "stowage"),
        ('curl -H "Authorization: Bearer abcd1234efgh" x', "abcd1234efgh"),
        ("app --password stowage", "stowage"),
        ("app --db-password='sto wage'", "sto wage"),
        ('["/app", "--password=stowage"]', "stowage"),
        ("NPM_TOKEN=abcd1234 npm ci", "abcd1234"),
        ('export NPM_TOKEN="abcd1234" && npm ci', "abcd1234"),
        ('{"api_token": "abcd1234"}', "abcd1234"),
        ("java -Ddb.password=stowage", "stowage"),
        ("npm config set //acme.test/:_authToken=abcd1234", "abcd1234"),
    ],
)
def test_secrets_in_a_command(text: str, value: str) -> None:
    assert [each.value for each in keyed.in_text(text)] == [value]


@pytest.mark.parametrize(
    "text",
    [
        "pip install --no-cache-dir 'token>=1'",
        "docker login --username joe --password-stdin acme.test",
        "curl https://acme.test/install.sh | sh",
        "git clone git@acme.test:a/b",
        "git clone ssh://git@acme.test/a/b",
        "RUN --mount=type=secret,id=npm npm ci",
        'gpg --batch --keyserver hkps://keys.acme.test --recv-keys "$GPG_KEY"',
        "apt-get install -y --no-install-recommends passwd",
        "npm ci --token $NPM_TOKEN",
        "Set the password: it is required",
        "curl -u $USER:$PASS https://acme.test",
        "https://user:password@example.com is an example" if False else "",
    ],
)
def test_no_secrets_in_a_command(text: str) -> None:
    assert list(keyed.in_text(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "a" * 400_000,
        "a=" * 200_000,
        "curl " * 80_000,
        "login " * 60_000,
        "a:" * 200_000,
        "--" * 200_000,
        "://" * 100_000,
        'x"' * 200_000,
        "token = " * 50_000,
        "A" * 300_000 + "=b",
        " " * 400_000,
    ],
)
@pytest.mark.usefixtures("ends")
def test_the_time_is_bounded(text: str) -> None:
    list(keyed.in_text(text))
    keyed.by_name("DB_PASSWORD", text)
