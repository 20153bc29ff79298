"""What the structural rules say beyond their examples: severity by kind and place."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import random
import subprocess
from pathlib import Path

import pytest

from dunnage import Finding, Severity
from dunnage.testing import (
    bundled,
    docker_archive,
    layer,
    lint,
    npm_tarball,
    render,
    tar_archive,
)
from dunnage_rules.structures import rules
from dunnage_rules.verifiers import pem
from dunnage_rules.verifiers.encoded import encoded

RULES = rules()


def findings(path: str, content: bytes | str) -> list[Finding]:
    return list(lint(tar_archive({path: content}), RULES).findings)


def said(path: str, content: bytes | str) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity.label) for finding in findings(path, content)]


def block(kind: str = "rsa", newline: str = "\n", seed: int = 1) -> str:
    return pem.block(random.Random(seed), kind, newline)


@pytest.mark.parametrize("kind", ["rsa", "ec", "dsa", "pkcs8", "ed25519", "openssh", "pgp"])
def test_plain_private_keys_are_errors(kind: str) -> None:
    assert said("app/key.pem", block(kind)) == [("secret/private-key", "error")]


@pytest.mark.parametrize("kind", ["encrypted", "openssh-encrypted", "pgp-encrypted"])
def test_encrypted_private_keys_are_notes(kind: str) -> None:
    assert said("app/key.pem", block(kind)) == [("secret/private-key", "note")]


@pytest.mark.parametrize("path", ["tests/key.pem", "t/unit/keys.py", "docs/a.txt", "README.md"])
def test_keys_where_they_are_tried_out_are_notes(path: str) -> None:
    assert said(path, block()) == [("secret/private-key", "note")]


PROBE = "try { sig = crypto.sign(null, data, KEY);\n ok = crypto.verify(null, data, key, sig); }"


@pytest.mark.parametrize(
    ("behind", "level"),
    [
        (PROBE.replace("KEY", "key"), "note"),
        ("try{a=b.sign(null,e,key),c=b.verify(null,e,key,a)}catch(d){}", "note"),
        (PROBE, "error"),
        ("", "error"),
    ],
)
def test_a_key_that_is_tried_at_once_is_a_note(behind: str, level: str) -> None:
    code = f"var key = '{block('ed25519', chr(92) + 'n')}';\nvar data = 'a';\n{behind}\n"
    assert said("lib/keys.js", code) == [("secret/private-key", level)]


@pytest.mark.parametrize("path", ["tests/keys.gz", "docs/a.txt.gz", "tests/keys.tar"])
def test_so_are_those_in_archives_where_they_are_tried_out(path: str) -> None:
    key = block()
    packed = tar_archive({"a": key}) if path.endswith(".tar") else gzip.compress(key.encode())
    assert [f.severity.label for f in lint(tar_archive({path: packed}), RULES).findings] == ["note"]


def test_one_key_however_written_is_one_finding() -> None:
    files = {
        "a/key.pem": block(),
        "a/key.json": json.dumps({"key": block()}),
        "a/key.env": f'KEY="{block(newline=chr(92) + "n")}"',
        "a/key.b64": base64.b64encode(block().encode()),
    }
    (finding,) = lint(tar_archive(files), RULES).findings
    assert finding.places == 4


def test_self_test_keys_of_a_library_are_notes_and_a_lone_key_in_a_program_is_none_of_them() -> (
    None
):
    words = b"\0gnutls_x509 self-test failed\0FIPS140-3 known answer\0"
    keys = [block("rsa", seed=seed).encode() for seed in (1, 2)]
    library = b"\x7fELF\2\1\1" + bytes(64) + words + b"\0".join(keys) + bytes(64)
    assert said("lib/libx.so", library) == [("secret/private-key", "note")] * 2
    program = b"\x7fELF\2\1\1" + bytes(64) + keys[0] + bytes(64)
    assert said("bin/x", program) == [("secret/private-key", "error")]


def test_service_accounts_have_a_rule_of_their_own() -> None:
    document = {
        "type": "service_account",
        "private_key_id": "0" * 8,
        "private_key": block("pkcs8"),
        "client_email": "ci@acme.iam.gserviceaccount.com",
    }
    assert said("key.json", json.dumps(document)) == [("secret/gcp-service-account-key", "error")]


def keystore(tags: list[int], password: str) -> bytes:
    def text(value: bytes) -> bytes:
        return len(value).to_bytes(2, "big") + value

    def blob(value: bytes) -> bytes:
        return len(value).to_bytes(4, "big") + value

    data = b"\xfe\xed\xfe\xed" + (2).to_bytes(4, "big") + len(tags).to_bytes(4, "big")
    for tag in tags:
        data += tag.to_bytes(4, "big") + text(b"alias") + bytes(8)
        if tag == 1:
            data += blob(bytes(100)) + (1).to_bytes(4, "big")
        data += text(b"X.509") + blob(bytes(80))
    salt = password.encode("utf-16-be") + b"Mighty Aphrodite"
    return data + hashlib.sha1(salt + data).digest()


@pytest.mark.parametrize(
    ("tags", "password", "expected"),
    [
        ([1], "changeit", "error"),
        ([2, 1], "q7Zx9KfTw2", "warning"),
        ([2, 2, 2], "changeit", None),
        ([], "changeit", None),
    ],
)
def test_java_key_stores(tags: list[int], password: str, expected: str | None) -> None:
    levels = [
        f.severity.label
        for f in findings("a.bin", keystore(tags, password))
        if f.rule == "secret/key-store"
    ]
    assert levels == ([expected] if expected else [])


@pytest.mark.parametrize("kind", [pem.rsa, pem.ec, pem.dsa, pem.pkcs8, pem.ed25519])
def test_der_keys(kind: object) -> None:
    data = kind(random.Random(5))  # type: ignore[operator]  # one of the builders
    assert said("a.bin", data) == [("secret/der-private-key", "error")]
    assert said("a.bin", data[:-30]) == []


@pytest.mark.integration
def test_stores_that_openssl_makes(tmp_path: Path) -> None:
    def openssl(*arguments: str) -> None:
        try:
            subprocess.run(["openssl", *arguments], cwd=tmp_path, check=True, capture_output=True)
        except FileNotFoundError:
            pytest.skip("openssl is not installed")

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k", "-out", "c",
            "-subj", "/CN=x", "-days", "1")  # fmt: skip
    for name, password in (("known.p12", "changeit"), ("none.p12", ""), ("own.p12", "q7Zx9K")):
        openssl("pkcs12", "-export", "-inkey", "k", "-in", "c", "-out", name,
                "-passout", f"pass:{password}")  # fmt: skip
    openssl("x509", "-in", "c", "-outform", "DER", "-out", "c.der")
    level = {}
    for name in ("known.p12", "none.p12", "own.p12", "c.der", "c", "k"):
        found = [
            f
            for f in findings(f"a/{name}", (tmp_path / name).read_bytes())
            if f.rule.startswith("secret/")
        ]
        level[name] = [f.severity.label for f in found]
    assert level == {
        "known.p12": ["error"],
        "none.p12": ["error"],
        "own.p12": ["warning"],
        "c.der": [],
        "c": [],
        "k": ["error"],
    }


@pytest.mark.parametrize(
    ("template", "expected"),
    [("{jwt}", "warning"), ("{jwt:4102444800}", "warning"), ("{jwt:1516239022}", "note")],
)
def test_expired_web_tokens_are_notes(template: str, expected: str) -> None:
    (finding,) = findings("a.txt", render(template))
    assert (finding.rule, finding.severity.label) == ("secret/jwt", expected)
    assert "sub" in finding.message
    assert "user-" not in finding.message, "claims are named, their values are not"


def test_web_tokens_that_name_nobody_are_notes() -> None:
    def token(**claims: str) -> str:
        parts = ({"alg": "HS256"}, claims)
        head = (encoded(json.dumps(part).encode()) for part in parts)
        return ".".join((*head, render("{base64url:43}")))

    (finding,) = findings("README.txt", token(source="emulator", value="demo"))
    assert finding.severity.label == "note"
    (finding,) = findings("README.txt", token(source="emulator", user_id="8123"))
    assert finding.severity.label == "warning"


@pytest.mark.parametrize(
    "claims", [{"sub": "johndoe"}, {"sub": "1", "iss": "https://op.example.com"}]
)
def test_web_tokens_of_made_up_names_are_notes(claims: dict[str, str]) -> None:
    head = (encoded(json.dumps(part).encode()) for part in ({"alg": "ES256"}, claims))
    (finding,) = findings("README.md", ".".join((*head, render("{base64url:43}"))))
    assert finding.severity.label == "note"


@pytest.mark.parametrize(("name", "level"), [("s.yml", "error"), ("s.yml.ejs", "warning")])
def test_what_a_generator_writes_is_its_default(name: str, level: str) -> None:
    text = render("apiVersion: v1\nkind: Secret\ndata:\n  gossip-key: {base64-text}\n")
    assert said(f"templates/{name}", text) == [("secret/kubernetes-secret", level)]


def test_terraform_state_names_the_attribute() -> None:
    state = {
        "version": 4,
        "terraform_version": "1.9.0",
        "outputs": {"a": {"value": "Q" + "7Zx9KfTw2Lm", "sensitive": True}},
        "resources": [
            {
                "type": "aws_db_instance",
                "name": "db",
                "instances": [
                    {"attributes": {"master_password": "kT9" + "wq2LmB4vRx", "engine": "mysql"}}
                ],
            }
        ],
    }
    messages = [f.message for f in findings("a/terraform.tfstate", json.dumps(state))
                if f.rule == "secret/terraform-state"]  # fmt: skip
    assert any("master_password of aws_db_instance.db" in message for message in messages)
    assert len(messages) == 2


@pytest.mark.parametrize(
    ("path", "expected"),
    [(".env", "error"), ("a/.env.local", "error"), ("app.ini", "warning"),
     ("Dockerfile", "warning"), ("a.py", "note"), (".env.example", "note")],
)  # fmt: skip
def test_assignments_count_in_configuration_only(path: str, expected: str) -> None:
    text = f'SERVICE_TOKEN="{render("{base62:32}")}"\n'
    assert said(path, text) == [("secret/generic-assignment", expected)]


@pytest.mark.parametrize(
    ("path", "severity"), [("src/a.py", Severity.ERROR), ("tests/a.py", Severity.NOTE)]
)
def test_a_wallets_key_in_a_test_is_a_note(path: str, severity: Severity) -> None:
    wallets = [rule for rule in bundled().rules if rule.id == "secret/bitcoin-private-key"]
    text = render("wallet = '{bitcoin-wif}'\n", "tried")
    assert [found.severity for found in lint(tar_archive({path: text}), wallets).findings] == [
        severity
    ]


def packet(tag: int, body: bytes) -> bytes:
    """A packet of OpenPGP with a length of two bytes."""
    return bytes((0x80 | tag << 2 | 1,)) + len(body).to_bytes(2, "big") + body


def secret_key(usage: int) -> bytes:
    """An RSA key of OpenPGP's version 4, and a user id."""
    numbers = b"".join((len(part) * 8).to_bytes(2, "big") + part for part in (b"\xc3" * 64, b"\3"))
    body = b"\4" + bytes(4) + b"\1" + numbers + bytes((usage,)) + bytes(range(130))
    return packet(5, body) + packet(13, b"acme")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (secret_key(0), "error"),
        (secret_key(254), "note"),
        (b"(11:private-key(3:rsa(1:n3:abc)))", "error"),
        (b"(21:protected-private-key(3:rsa(1:n3:abc)))", "note"),
        (b"Created: 20260101T000000\nKey: (private-key (rsa (n #00#)))\n", "error"),
        (b"Key: (protected-private-key (ecc (curve Ed25519)))\n", "note"),
        (secret_key(0)[:-30], None),
        (packet(6, secret_key(0)[3:80]), None),
        (b"\x95\1" + bytes(400), None),
        (b"Created: 2026\nKey: of another kind\n", None),
        (b"Created: 20260101\n", None),
    ],
)
def test_openpgp_keys_without_armour(data: bytes, expected: str | None) -> None:
    found = [f for f in findings("a.bin", data) if f.rule == "secret/openpgp-private-key"]
    assert [each.severity.name.lower() for each in found] == ([expected] if expected else [])


@pytest.mark.parametrize("sign", ["+", "-"])
def test_keys_in_patches(sign: str) -> None:
    key = render("{pem-body:ec}", f"patch {sign}")
    text = "diff --git a/k b/k\n@@ -0,0 +1,5 @@\n" + "".join(
        f"{sign}{line}\n" for line in key.splitlines()
    )
    assert "secret/private-key" in {f.rule for f in findings("a.patch", text.encode())}


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ('echo "', '" >> key.pem'),
        ("printf '%s\\n' '", "' >> key.pem"),
        ("  echo ", ">> key.pem\r"),
        ('f.write("', '\\n")'),
        ('  sb.append("', '\\n");'),
        ('    - "', '"'),
    ],
)
def test_keys_that_are_written_line_by_line(before: str, behind: str) -> None:
    text = "".join(f"{before}{line}{behind}\n" for line in block().splitlines())
    assert said("a.sh", text) == [("secret/private-key", "error")]
    assert said("a.sh", text.replace("A", "!")) == []


@pytest.mark.parametrize(
    ("patched", "severity"), [("b/test/server.key", "note"), ("b/src/server.key", "error")]
)
def test_a_key_in_a_patch_of_a_test_is_a_note(patched: str, severity: str) -> None:
    body = "".join(f"+{line}\n" for line in block().splitlines())
    text = f"--- /dev/null\n+++ {patched}\n@@ -0,0 +1,28 @@\n{body}"
    assert {each[1] for each in said("a.patch", text)} == {severity}


def test_the_fix_for_an_env_is_that_of_what_packs_it() -> None:
    text = f"DB_PASSWORD={render('{base62:14}')}\n"
    (finding,) = lint(npm_tarball({"dist/.env": text}), RULES).findings
    assert ".npmignore" in (finding.fix or "")
    app = {"app/package.json": '{"name": "app", "version": "1"}', "app/.env": text}
    (finding,) = lint(tar_archive(docker_archive([layer(app)])), RULES).findings
    assert "`.env*` to .dockerignore" in (finding.fix or "")


@pytest.mark.parametrize("name", [".env", ".env.local", ".env~", ".env copy", ".env.1", ".env.bak"])
def test_a_setting_in_an_env_and_its_copies_is_an_error(name: str) -> None:
    text = f"DB_PASSWORD={render('{base62:14}')}\n"
    assert said(f"dist/{name}", text) == [("secret/generic-setting", "error")]
