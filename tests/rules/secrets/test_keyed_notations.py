"""A key known by its neighbour is found in every notation that assigns it, and by no other word."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dunnage import Rule, load_rules
from dunnage.templates import render
from dunnage.testing import lint, tar_archive

RULE = """
[[rule]]
id = "acme/key"
summary = "an Acme key"
keyed = { words = ["acme key", "acme token"], value = '[0-9a-f]{40}' }
"""

FOUND = [
    "ACME_KEY=@",
    "export ACME_KEY=@",
    'ACME_KEY="@"',
    "set ACME_KEY=@",
    "$env:ACME_KEY = '@'",
    "ENV ACME_KEY @",
    'ACME_KEY="${ACME_KEY:-@}"',
    "acme.key=@",
    "-Dacme.key=@",
    "--acme-key @",
    "--acme-key=@",
    'acmeKey: "@",',
    'acme_key := "@"',
    'acme_key => "@"',
    'acme_key ::= "@"',
    'acme_key ?= "@"',
    'acme_key || "@"',
    'acme_key ?? "@"',
    'acme_key == "@"',
    'acme_key = b"@"',
    'acme_key = "\\"@\\""',
    'const acmeKey: string = "@";',
    'let acme_key: &str = "@";',
    'var acmeKey string = "@"',
    'String acmeKey = new Secret("@");',
    'acme_key = decode("@")',
    "acmeKey('@')",
    'os.environ["ACME_KEY"] = "@"',
    "os.environ.setdefault('ACME_KEY', '@')",
    'System.setProperty("acme.key", "@");',
    "process.env.ACME_KEY || '@'",
    "define('ACME_KEY', '@');",
    '{"acme_key":"@"}',
    '{\\"acme_key\\":\\"@\\"}',
    '{"acme key": {"token": "@"}}',
    '{"name": "ACME_KEY", "value": "@"}',
    "- name: ACME_KEY\n  value: @\n",
    "acme_key:\n  value: @\n",
    "acme_key: '@'",
    "acme_key: @\n",
    "<acmeKey>@</acmeKey>",
    '<add key="acme.key" value="@"/>',
    "<key>acme_key</key>\n<string>@</string>",
    "Acme-Key: @",
    "Acme-Token: Bearer @",
    "https://api.test/v1?acme_key=@&page=1",
    "https://acme-token.test/v1/things?api_key=@",
    '(acme-key "@")',
    "| acme_key | @ |",
    "acme key is @",
    "acme_key\t@",
]

QUIET = [
    ("ACME_KEY=", "empty"),
    ("ACME_KEY=${ACME_KEY}", "a reference"),
    ("ACME_KEY=$(cat key)", "a command"),
    ("acme_key = os.environ['ACME_KEY']", "a look-up"),
    ("acme_key = settings.acme_key", "a name"),
    ("ACME_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "a placeholder"),
    ("ACME_KEY={hex:64}", "longer than a key"),
    ("ACME_KEY={hex:20}", "shorter than a key"),
    ("acme_key_digest: sha1:@", "a hash"),
    ("acme_key\n\n\n# other\n\nrevision @", "nothing assigns it"),
    ("the acme keyboard, commit @", "prose and a commit"),
    ("TOKEN=@", "another name"),
]


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    return load_rules(RULE, "acme.toml")


def found(rules: Sequence[Rule], texts: Sequence[str]) -> list[int]:
    """Which of the numbered texts the rule finds; each is a file of its own."""
    run = lint(tar_archive({f"{n}.txt": text for n, text in enumerate(texts)}), rules)
    paths = {f.path for f in run.findings}
    return [n for n in range(len(texts)) if f"{n}.txt" in paths]


def test_every_notation_is_read(rules: list[Rule]) -> None:
    texts = [text.replace("@", render("{hex:40}", f"found {n}")) for n, text in enumerate(FOUND)]
    seen = found(rules, texts)
    assert [FOUND[n] for n in range(len(FOUND)) if n not in seen] == []


def test_what_is_no_key_stays_quiet(rules: list[Rule]) -> None:
    texts = []
    for n, (text, _) in enumerate(QUIET):
        value = render("{hex:40}", f"quiet {n}")
        plain = text if "{hex:" not in text else render(text, f"quiet {n}")
        texts.append(plain.replace("@", value))
    assert [QUIET[n] for n in found(rules, texts)] == []
