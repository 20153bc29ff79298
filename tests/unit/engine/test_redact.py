from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunnage.engine.redact import MASK, excerpt, redact, snippet

TOKEN = b"ghp_" + b"A1b2" * 9


def place(line: bytes, secret: bytes = TOKEN, **options: bool) -> str:
    start = line.index(secret)
    return excerpt(line, start, start + len(secret), **options)


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        (TOKEN, "ghp_A1b2… (40 bytes)"),
        (b"sk-ant-api03-" + b"q" * 95, "sk-ant-api03-qqqq… (108 bytes)"),
        (b"github_pat_" + b"a" * 82, "github_pat_aaaa… (93 bytes)"),
        (b"AKIA" + b"B" * 16, "AKIA… (20 bytes)"),
        (b"correct horse battery", "corr… (21 bytes)"),
        (b"postgres://bob:longpassword@db.example/x", "postgres:/… (40 bytes)"),
        (b"hunter2", MASK),
        (b"twelve bytes", MASK),
        (b"", MASK),
        ("пароль пароль".encode(), "па… (25 bytes)"),
        (b"\x1b]0;" + b"z" * 36, "\\x1b]0;… (40 bytes)"),
    ],
)
def test_a_secret_is_recognised_and_not_given_away(secret: bytes, shown: str) -> None:
    assert redact(secret) == shown


@pytest.mark.parametrize("label", ["PRIVATE KEY", "RSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK"])
def test_of_a_private_key_only_the_header_is_shown(label: str) -> None:
    secret = f"-----BEGIN {label}-----\n{'Qk' * 400}\n-----END {label}-----".encode()
    assert redact(secret) == f"-----BEGIN {label}-----… ({len(secret)} bytes)"


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (b"//registry.npmjs.org/:_authToken=", b"", "… _authToken={}"),
        (b'const t = "', b'"; const u = "another secret"', '… t = "{}" …'),
        (b'{"id":"another secret","secret":"', b'"}', '… "secret":"{}" …'),
        (b'{\\"token\\":\\"', b'\\"}', '… \\"token\\":\\"{} …'),
        (b"Authorization: Bearer ", b"", "Authorization: Bearer {}"),
        (b"machine x login bob password ", b"", "… password {}"),
        (b"postgres://bob:", b"@db/x", "postgres://bob:{} …"),
        (b"export FOO_TOKEN=", b" BAR=another", "… FOO_TOKEN={} …"),
        (b"curl --token ", b"", "… --token {}"),
        (b"sqlplus -s billing/", b"@//ora:1521/PROD", "sqlplus -s billing/{} …"),
        (b"sh -c 'expdp userid=billing/", b"@ora'", "… expdp userid=billing/{} …"),
        (b"    ", b"", "{}"),
        (b'"', b'"', '"{}"'),
    ],
)
def test_the_name_of_the_secret_is_shown(before: bytes, after: bytes, shown: str) -> None:
    assert place(before + TOKEN + after) == shown.format("ghp_A1b2… (40 bytes)")
    assert place(before + b"hunter2" + after, b"hunter2") == shown.format(MASK)


@pytest.mark.parametrize(
    "before",
    [
        b"anothersecret ",  # no assignment
        b"AKIA1234567890ABCDEF:",  # the other half of a pair
        b"x" * 100 + b"token=",  # the end of a long word
        b"https://ghp_1234567890abcdef:",
        b"use another1234567/",
    ],
)
def test_what_may_be_another_secret_is_not_shown(before: bytes) -> None:
    assert place(before + TOKEN) == "… ghp_A1b2… (40 bytes)"


def test_on_request_the_secret_is_whole() -> None:
    assert place(b"key = " + TOKEN, show=True) == "key = " + TOKEN.decode()


def test_a_place_without_secret_is_cut_and_escaped() -> None:
    line = b"a(1);//# sourceMappingURL=\x1b[31m" + b"x" * 5000
    shown = snippet(line, 5, len(line))
    assert shown.startswith("… //# sourceMappingURL=\\x1b[31mxxx")
    assert len(shown) <= 100


@given(secret=st.binary(max_size=300), before=st.binary(max_size=60), after=st.binary(max_size=60))
def test_never_more_than_a_quarter_whatever_the_bytes(
    secret: bytes, before: bytes, after: bytes
) -> None:
    line = before + secret + after
    shown = excerpt(line, len(before), len(before) + len(secret))
    assert shown.isprintable()
    assert len(shown) <= 100
    if b"BEGIN" not in secret and b"PuTTY" not in secret and secret.isalnum():
        assert secret[: len(secret) // 4 + 1].decode() not in redact(secret)
