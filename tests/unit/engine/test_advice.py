"""What a secret's fix says of the file that holds it."""

from __future__ import annotations

import pytest

from dunnage import Artifact, Rule, Severity
from dunnage.engine.advice import fix_of
from dunnage.model import Listing, Subject
from dunnage.testing import crate, lint, npm_tarball, render, sdist, wheel

KEEP_OUT = "Keep {path} out: {name} in the list."


def rule(name: str) -> Rule:
    return Rule(name, Subject.ENTRY, Severity.ERROR, "", lambda: (), fix="Revoke it.", paths=["*"])


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("package/lib/.env.local", "Keep lib/.env.local out: .env.local in the list."),
        ("package/.npmrc", "Keep .npmrc out: .npmrc in the list."),
        ("package/certs/dev.key", "Keep certs/dev.key out: dev.key in the list."),
        ("package/lib/env.js", ""),
        ("package/a; rm -rf/.env", ""),
    ],
)
def test_a_file_of_secrets_is_to_be_kept_out(path: str, said: str) -> None:
    artifact = Artifact(
        "npm", "tarball", "", "", {}, Listing("tar", {}, {}), root="package/", keep_out=KEEP_OUT
    )
    assert fix_of(rule("secret/a"), None, path, artifact) == f"Revoke it. {said}".rstrip()
    assert fix_of(rule("debug/a"), None, path, artifact) == "Revoke it."
    assert fix_of(rule("secret/a"), "Do so.", path, artifact) == "Do so."


def test_every_ecosystem_says_it_in_its_own_words() -> None:
    files = {"demo/.env": render("NPM_TOKEN={npm-token}\n", "keep out")}
    for data, words in (
        (npm_tarball(files), 'list what ships under "files" in package.json'),
        (npm_tarball(files, {"files": ["demo"]}), 'end that list with "!demo/.env"'),
        (wheel(files), "`global-exclude .env` in MANIFEST.in"),
        (sdist(files), '`exclude = ["**/.env"]` under [tool.poetry]'),
        (crate(files), '`exclude = ["demo/.env"]` in Cargo.toml'),
    ):
        (finding,) = (f for f in lint(data).findings if f.rule == "secret/npm-token")
        assert "Keep demo/.env out: " in (finding.fix or "")
        assert words in (finding.fix or "")
