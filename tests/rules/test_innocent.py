"""Hundreds of innocent lines raise no alarm, and random secrets are not taken for innocent."""

from __future__ import annotations

import random
import string
from collections import Counter

import pytest
from innocents import lines

from dunnage import Severity, classes, entropy, innocent
from dunnage.testing import bundled, lint, render, tar_archive

LINES = list(dict.fromkeys(lines()))


def test_there_are_hundreds() -> None:
    assert len(LINES) > 800
    assert len({reason for _, _, reason in LINES}) > 20


def test_innocent_lines_raise_no_alarm() -> None:
    files = {f"pkg-{n}/{path}": text for n, (path, text, _) in enumerate(LINES)}
    rules = [rule for rule in bundled().rules if rule.group == "secret"]
    run = lint(tar_archive(files), rules)
    loud = []
    for finding in run.findings:
        number = int((finding.path or "").partition("/")[0].removeprefix("pkg-"))
        if finding.severity > Severity.NOTE:
            loud.append((finding.rule, LINES[number]))
    assert loud == []
    assert len(run.findings) * 100 < len(LINES), Counter(f.rule for f in run.findings)


_ALPHABETS = {
    "base62": string.ascii_letters + string.digits,
    "hex": "0123456789abcdef",
    "base64": string.ascii_letters + string.digits + "+/",
    "base36": string.ascii_lowercase + string.digits,
}


@pytest.mark.parametrize("alphabet", _ALPHABETS)
@pytest.mark.parametrize("length", [20, 36, 64, 120])
@pytest.mark.parametrize("strict", [False, True])
def test_random_values_are_not_innocent(alphabet: str, length: int, strict: bool) -> None:
    rng = random.Random(f"{alphabet}{length}")
    letters = _ALPHABETS[alphabet]
    dropped = Counter(
        innocent("".join(rng.choices(letters, k=length)).encode(), b"", strict) for _ in range(500)
    )
    assert dropped[None] >= 498, dropped


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("${NPM_TOKEN}", "a reference"),
        ("ghp_" + "x" * 36, "a placeholder"),
        ("ghp_" + "0" * 36, "one character repeated"),
        ("AKIA" + "IOSFODNN7" + "EXAMPLE", "a documented sample"),
        ("ghp_1234567890abcdefghijklmnopqrstuvwxyz", "a sequence"),
        ("deadbeefcafe" * 3, "a placeholder"),
        ("sk_live_9Qz7Xf" + "EXAMPLE" + "k2Lw8RtVb4Nc", "a placeholder's word"),
        ("sk-example-key-1234567890abcdef", "a placeholder"),
        ("f0f0f0f0f0f0f0f0f0f0", "a repeated pattern"),
        ("", "empty"),
    ],
)
def test_reasons(value: str, reason: str) -> None:
    assert innocent(value.encode()) == reason


@pytest.mark.parametrize(
    "value",
    [
        "aaaabbbbccccddddeeeeffff00001111",
        "11112222-3333-4444-5555-666677778888",
        "abcd1234efgh5678ijkl9012",
        "abc123def456ghi789",
        "ABCDEFGH12345678abcdefgh",
        "qwerasdfzxcv1234qwer",
        "q1w2e3r4t5y6u7i8o9p0",
        "7f3a9c2e1b5d" * 2,
        "cafebabe" + "7f3a9c2e1b5d",
    ],
)
def test_values_that_were_typed_are_innocent_beside_a_name_only(value: str) -> None:
    assert innocent(value.encode(), strict=True)


@pytest.mark.parametrize(
    "template",
    [
        "ghp_1234567890abcdefghijklmnopqrstuvwxyz",
        "AKIAABCDEFGHIJKLMNOP",
        "sk_live_abcdef0123456789abcdef01",
        "github_pat_{base62:22}_{base62:20}EXAMPLE{base62:32}",
        "glpat-{base62:7}dummy{base62:8}",
        "dop_v1_deadbeef{hex:56}",
        "SG.{base62:22}.abcdefghijklmnopqrstuvwxyz01234567890123456",
    ],
)
def test_tokens_that_were_typed_are_a_doubt(template: str) -> None:
    """A prefix and a length are rarely anything else; whether it opens anything, nobody knows."""
    token = render(template)
    run = lint(tar_archive({"a.py": f'key = "{token}"'}), bundled().rules)
    assert [found.severity for found in run.findings] == [Severity.NOTE]


def test_keys_that_were_typed_are_a_doubt_beside_the_name_of_their_service() -> None:
    files = {
        "a.py": 'datadog_api_key = "0123456789abcdef0123456789abcdef"',
        "b.py": 'api_key = "0123456789abcdef0123456789abcdef"',
    }
    run = lint(tar_archive(files), bundled().rules)
    assert [(found.path, found.severity) for found in run.findings] == [("a.py", Severity.NOTE)]


def test_the_value_of_a_short_option_may_touch_it() -> None:
    token = render("glpat-{base62:20}")
    files = {"a.sh": f"login -u ci -p{token} registry", "b.sh": f"sub-p{token}"}
    run = lint(tar_archive(files), bundled().rules)
    assert {found.path for found in run.findings} == {"a.sh"}


def test_numbers_of_accounts_make_no_sequence() -> None:
    token = render("xoxb-123456789012-1234567890123-{base62:24}")
    run = lint(tar_archive({"a.py": f'key = "{token}"'}), bundled().rules)
    assert [found.severity for found in run.findings] == [Severity.ERROR]


def test_a_field_behind_a_token_is_no_part_of_it() -> None:
    token = render("ghp_{base62:36}")
    files = {
        "a.py": f'print(f"{token}{{newline}}")',
        "b/.npmrc": "//r.acme.io/:_authToken=eyJ2{rest}",
    }
    run = lint(tar_archive(files), bundled().rules)
    assert [(found.path, found.rule) for found in run.findings] == [("a.py", "secret/github-token")]
    assert innocent(b"eyJ2XJzaW9uIjo", b"_authToken=eyJ2XJzaW9uIjo{rest}") == "a reference"


@pytest.mark.parametrize(
    "value",
    [
        "resetPasswordToken",
        "user.password",
        "getToken()",
        "/run/secrets/key",
        "v1.2.3",
        "admin",
        "acme.version.v8_0_3_0",
        "HMAC-SHA256",
        "qwen3.7-max",
    ],
)
def test_words_and_code_are_innocent_beside_a_name_only(value: str) -> None:
    assert innocent(value.encode()) is None
    assert innocent(value.encode(), strict=True)


def test_public_by_its_name() -> None:
    value = b"0f343b0931126a20f133d67c2b018a3b"
    assert innocent(value, b'"integrity": "' + value + b'"', strict=True) == "public by its name"
    assert innocent(value, b'"api_key": "' + value + b'"', strict=True) is None
    assert innocent(value, b"acme.items.readItem('" + value + b"')", strict=True)
    assert innocent(value, b"acme.draft.editAndResend('" + value + b"')", strict=True)
    assert innocent(value, b"acme.setToken('" + value + b"')", strict=True) is None


def test_entropy_and_classes() -> None:
    assert entropy(b"") == 0.0
    assert entropy(b"aaaa") == 0.0
    assert entropy(bytes(range(256))) == 8.0
    assert classes(b"aB3-") == {"lower", "upper", "digit", "letter", "symbol"}
    assert classes(b"") == frozenset()
