"""Every verifier accepts what its maker makes, and sees a character changed."""

from __future__ import annotations

import base64
import random

import pytest

from dunnage import Match, Verdict, Verifier
from dunnage_rules.verifiers import base58, verifiers
from dunnage_rules.verifiers.bech32 import is_bech32
from dunnage_rules.verifiers.ed25519 import public_key
from dunnage_rules.verifiers.marvin import marvin64
from dunnage_rules.verifiers.pem import block

VERIFIERS = {verifier.name: verifier for verifier in verifiers()}

CHECKSUMMED = [
    "github-token",
    "npm-token",
    "vercel-token",
    "deno-token",
    "apify-token",
    "cloudflare-token",
    "zuplo-key",
    "bitbucket-app-password",
    "atlassian-secret",
    "trello-token",
    "confluent-secret",
    "crates-trusted-publishing",
    "grafana-service-account",
    "atlassian-token",
    "gitlab-routable",
    "matrix-token",
    "synapse-token",
    "polar-token",
    "chief-tools-token",
    "packagist-token",
    "yandex-captcha-key",
    "yandex-static-key",
    "azure-key",
    "azure-functions-key",
    "azure-search-key",
    "azure-annotated-key",
    "nuget-annotated-key",
    "azure-client-secret",
    "azure-devops-token",
    "age-secret-key",
    "nostr-key",
    "solana-keypair",
]
# A wallet's checksum does not tell a live key from a test vector.
WALLETS = ["bitcoin-wif", "extended-private-key", "stellar-seed", "base58check"]


def match(secret: bytes, **groups: bytes) -> Match:
    return Match(secret, 0, len(secret), 0, (0, len(secret)), groups)


def verdict(name: str, secret: str, **groups: bytes) -> Verdict:
    return VERIFIERS[name].check(match(secret.encode(), **groups))


def changed(text: str) -> str:
    """The same with a letter in the middle replaced."""
    at = len(text) * 2 // 3
    return text[:at] + ("Q" if text[at] != "Q" else "R") + text[at + 1 :]


def test_names_are_unique() -> None:
    assert len(VERIFIERS) == len(verifiers())


@pytest.mark.parametrize("name", sorted(VERIFIERS))
def test_accepts_what_it_makes(name: str) -> None:
    verifier: Verifier = VERIFIERS[name]
    assert verifier.make is not None
    for seed in range(10):
        made = verifier.make(random.Random(seed))
        assert made is not None
        assert verifier.check(match(made.encode())) in (Verdict.CERTAIN, Verdict.LIKELY)


@pytest.mark.parametrize("name", CHECKSUMMED)
def test_a_right_checksum_is_certain_and_a_wrong_one_is_not(name: str) -> None:
    make = VERIFIERS[name].make
    assert make is not None
    made = make(random.Random(1))
    assert made is not None
    assert verdict(name, made) is Verdict.CERTAIN
    assert verdict(name, changed(made)) is not Verdict.CERTAIN


@pytest.mark.parametrize("name", WALLETS)
def test_a_wallets_right_checksum_is_likely(name: str) -> None:
    make = VERIFIERS[name].make
    assert make is not None
    made = make(random.Random(1))
    assert made is not None
    assert verdict(name, made) is Verdict.LIKELY
    assert verdict(name, changed(made)) is not Verdict.LIKELY


@pytest.mark.parametrize("prefix", ["ghp_", "gho_", "ghu_", "ghs_"])
def test_github_prefixes(prefix: str) -> None:
    made = VERIFIERS["github-token"].make
    assert made is not None
    token = made(random.Random(2), prefix)
    assert token is not None
    assert token.startswith(prefix)
    assert verdict("github-token", token) is Verdict.CERTAIN
    assert verdict("github-token", token + "abc") is Verdict.LIKELY, "a length we know no sum of"


def test_published_vectors() -> None:
    # RFC 8032, section 7.1, test 1
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc4" + "4449c5697b326919703bac031cae7f60")
    assert public_key(seed).hex().startswith("d75a980182b10ab7d54bfed3c964073a")
    # crates.io's own unit test, BIP 173's valid strings, the WIF of the Bitcoin wiki's sample
    assert verdict("crates-trusted-publishing", "cio_tp_gGK6jurSwKyl9V3Az19z7YEFQI9aoO" + "Od") is (
        Verdict.CERTAIN
    )
    assert is_bech32("A12UEL5L")
    assert is_bech32("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw")
    assert not is_bech32("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxx")
    wif = "".join(("5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4d", "Z1jvhTVqvbTLvyTJ"))
    assert verdict("bitcoin-wif", wif) is Verdict.LIKELY
    graphene = "".join(("5HqUkGuo62BfcJU5vNhTXKJRX", "uUi9QSE6jp8C3uBJ2BVHtB8WSd"))
    assert verdict("bitcoin-wif", graphene) is Verdict.NO
    bootstrap = "".join(("edsk3gUfUPyBSfrS9CCgmCiQs", "TCHGkviBDusMxDJstFtojtc1zcpsh"))
    assert verdict("base58check", bootstrap) is Verdict.NO
    assert verdict("bitcoin-wif", base58.encode(b"\x80" + bytes(31) + b"\7\1")) is Verdict.NO


def test_marvin() -> None:
    # The tests of the .NET runtime
    seed = 0x4FB61A001BDBCC
    assert marvin64(b"", seed) == 0x30ED35C100CD3C7D
    assert marvin64(b"\xaf", seed) == 0x48E73FC77D75DDC1
    assert marvin64(bytes.fromhex("37f495"), seed) == 0xF0B07C789B8CF7E8
    assert marvin64(bytes.fromhex("8642dc59"), seed) == 0x7008F2E87E9CF556
    # The sample in NuGet's documentation of its keys
    sample = "a" * 52 + "JQQJ99ALN5Z0000LZENeS003" + "NUGT3OrW"
    assert verdict("nuget-annotated-key", sample) is Verdict.CERTAIN
    assert verdict("azure-annotated-key", sample) is Verdict.NO, "NuGet's have their own rule"


@pytest.mark.parametrize("signature", ["+ASt", "+ABa", "+AMC", "ACDb", "APIM"])
def test_azure_keys_of_64_bytes(signature: str) -> None:
    made = VERIFIERS["azure-key"].make
    assert made is not None
    key = made(random.Random(5), signature)
    assert key is not None
    assert key[76:80] == signature
    assert verdict("azure-key", key) is Verdict.CERTAIN
    assert verdict("azure-key", changed(key)) is Verdict.DOUBTFUL


def test_azure_keys_without_a_known_checksum() -> None:
    plain = base64.b64encode(random.Random(6).randbytes(64)).decode()
    assert verdict("azure-key", plain) is Verdict.LIKELY, "from before there were signatures"
    grid = plain[:33] + "AZEG" + "AbcdeQ="
    assert verdict("azure-key", grid) is Verdict.LIKELY, "no seed is published"
    assert verdict("azure-client-secret", "abc7Q~" + "x" * 31) is Verdict.LIKELY


def test_age_sample_of_one_letter() -> None:
    assert verdict("age-secret-key", "AGE-SECRET-KEY-1" + "Q" * 58) is Verdict.NO


def test_aws_account_numbers() -> None:
    assert verdict("aws-key-id", "AKIA" + "7" * 16) is Verdict.DOUBTFUL, "10^12 and more"
    assert verdict("aws-key-id", "AKIA" + "ABCDEFGH01890189") is Verdict.DOUBTFUL, "not base32"
    assert verdict("aws-key-id", "AKIA" + "IOSFODNN7" + "EXAMPLE") is Verdict.NO


@pytest.mark.parametrize(
    "secret",
    [
        "a" * 40,
        "0123456789abcdef0123456789abcdef01234567",
        "usr/lib/python/dist/packages/foo/Bar/1/2/3",
    ],
)
def test_no_aws_secret(secret: str) -> None:
    assert verdict("aws-secret", secret) is Verdict.NO


def test_jwt() -> None:
    make = VERIFIERS["jwt"].make
    assert make is not None
    fresh, expired = make(random.Random(3), "4102444800"), make(random.Random(3), "1516239022")
    assert fresh is not None
    assert expired is not None
    assert verdict("jwt", fresh) is Verdict.LIKELY
    assert verdict("jwt", expired) is Verdict.DOUBTFUL
    sample = (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
        "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
        "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
    )
    assert verdict("jwt", sample) is Verdict.NO
    assert verdict("jwt", "eyJhbGci.OiJIUzI1NiJ9.abcdef") is Verdict.NO
    assert verdict("supabase-service-role", fresh) is Verdict.NO


@pytest.mark.parametrize(
    ("password", "user", "host", "expected"),
    [
        ("q7Zx9KfTw2", "deploy", "db.acme.io", Verdict.LIKELY),
        ("postgres", "postgres", "db.acme.io", Verdict.NO),
        ("alice", "alice", "db.acme.io", Verdict.NO),
        ("${DB_PASS}", "u", "db.acme.io", Verdict.NO),
        ("<password>", "u", "db.acme.io", Verdict.NO),
        ("%s", "u", "db.acme.io", Verdict.NO),
        ("{password}", "u", "db.acme.io", Verdict.NO),
        ("***", "u", "db.acme.io", Verdict.NO),
        ("xxxx", "u", "db.acme.io", Verdict.NO),
        ("hunter2", "u", "db.acme.io", Verdict.NO),
        ("p%C3%A4ssword", "u", "db.acme.io", Verdict.NO),
        ("withPwd", "u", "db.acme.io", Verdict.NO),
        ("netrc_pass", "netrc_user", "db.acme.io", Verdict.NO),
        ("BOGUSPASS", "u", "db.acme.io", Verdict.NO),
        ("wrong", "u", "db.acme.io", Verdict.NO),
        ("my-pa%2Fssword", "u", "db.acme.io", Verdict.NO),
        ("badGer7Kx", "u", "db.acme.io", Verdict.LIKELY),
        ("s3cr3tword", "u", "example.com", Verdict.NO),
        ("s3cr3tword", "u", "localhost", Verdict.NO),
        ("q7Zx9-KfTw2", "u", "localhost", Verdict.DOUBTFUL),
        ("daffodil", "will", "ftp.example.org", Verdict.NO),
        ("daffodil", "will", "ftp.acme.org", Verdict.DOUBTFUL),
        ("application_key", "account_id", "bucket", Verdict.NO),
        ("SuperSecret123", "user", "10.255.255.1", Verdict.NO),
        ("USArticle1840", "www.acme.com", "db.acme.io", Verdict.NO),
    ],
)
def test_url_credentials(password: str, user: str, host: str, expected: Verdict) -> None:
    found = verdict("url-credentials", password, user=user.encode(), host=host.encode())
    assert found is expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("rsa", Verdict.LIKELY),
        ("ec", Verdict.LIKELY),
        ("dsa", Verdict.LIKELY),
        ("pkcs8", Verdict.LIKELY),
        ("ed25519", Verdict.LIKELY),
        ("openssh", Verdict.LIKELY),
        ("pgp", Verdict.LIKELY),
        ("encrypted", Verdict.DOUBTFUL),
        ("openssh-encrypted", Verdict.DOUBTFUL),
        ("pgp-encrypted", Verdict.DOUBTFUL),
    ],
)
@pytest.mark.parametrize(
    "newline",
    [
        "\n",
        "\r\n",
        "\\n",
        "\\\\n",
        "\\r\\n",
        '" +\n  "',
        '\\n" +\n  "',
        "\\n\\\n",
        "\n    ",
        "\n# ",
        "',\n '",
    ],
)
def test_private_keys_however_they_are_written(kind: str, expected: Verdict, newline: str) -> None:
    assert verdict("pem-body", block(random.Random(4), kind, newline)) is expected


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq...\n-----END PRIVATE KEY-----",
        '-----BEGIN PRIVATE KEY-----" in text:\n    return load(text)',
        "-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n" + "A" * 64 + "\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n" + "c29tZSB0ZXh0IGFuZCBubyBrZXkgYXQgYWxs" * 3,
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n<key>\n",
    ],
)
def test_no_key_without_a_body_that_parses(text: str) -> None:
    assert verdict("pem-body", text) is Verdict.NO
