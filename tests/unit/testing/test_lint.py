"""Rules are run in tests as they are run for users."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dunnage import Entry, Hit, Match, Severity, TargetError, UsageError, load_rules, rule
from dunnage.testing import (
    check_examples,
    lint,
    lint_paths,
    npm_tarball,
    render,
    tar_archive,
    wheel,
)


@rule("acme/log", paths=["*.log"])
def log(entry: Entry) -> Iterator[Hit]:
    """A log."""
    yield Hit("a log")


@rule("acme/word", severity=Severity.ERROR, pattern=r"forbidden-[a-z]+")
def word(entry: Entry, match: Match) -> Iterator[Hit]:
    """A word."""
    yield Hit("a word", span=match.span)


def test_only_the_rules_given_run() -> None:
    data = npm_tarball({"a.log": "forbidden-word\n", ".env": render("T={npm-token}\n")})
    run = lint(data, [word])
    assert [(found.rule, found.path, found.line) for found in run.findings] == [
        ("acme/word", "package/a.log", 1)
    ]
    [artifact] = run.artifacts
    assert (artifact.target, artifact.ecosystem, artifact.name) == ("artifact", "npm", "demo")


def test_without_rules_the_bundled_ones_run() -> None:
    data = npm_tarball({".env": render("NPM_TOKEN={npm-token}\n")})
    found = {(found.rule, found.severity) for found in lint(data).findings}
    assert ("secret/npm-token", Severity.ERROR) in found


def test_a_path_is_checked_as_bytes_are(tmp_path: Path) -> None:
    data = wheel({"demo.py": "forbidden-thing\n"})
    place = tmp_path / "demo-1.0.0-py3-none-any.whl"
    place.write_bytes(data)
    from_path, from_bytes = lint(place, [word]), lint(data, [word], name=str(place))
    assert [found.path for found in from_path.findings] == ["demo.py"]
    assert from_path.findings == from_bytes.findings


def test_settings_reach_the_engine() -> None:
    data = npm_tarball({"a.txt": "forbidden-word"})
    assert lint(data, [word], ignore=["acme"]).findings == []


def test_what_is_no_archive_is_refused() -> None:
    with pytest.raises(TargetError, match=r"^artifact: "):
        lint(b"hello")


def test_a_name_rule_is_tested_with_a_list_of_paths() -> None:
    paths = ["a.log", "lib/b.log", "a.log.txt", "login.py"]
    assert lint_paths(log, paths) == ["a.log", "lib/b.log"]


def test_templates_are_seeded_and_know_the_verifiers() -> None:
    assert render("ghp_{base62:36}", "1") == render("ghp_{base62:36}", "1")
    assert render("ghp_{base62:36}", "1") != render("ghp_{base62:36}", "2")
    assert render("{npm-token}").startswith("npm_")
    assert render("{{a}}") == "{a}"
    with pytest.raises(UsageError, match="no maker 'unknown'"):
        render("{unknown:1}")


def test_examples_that_do_not_hold_are_told() -> None:
    [good, bad] = load_rules(
        """
        [[rule]]
        id = "acme/good"
        summary = "good"
        pattern = '''(?P<secret>acme_[0-9a-f]{32})'''
        match = ["key acme_{hex:32}"]
        miss = ["key acme-{hex:32}"]

        [[rule]]
        id = "acme/bad"
        summary = "bad"
        pattern = '''(?P<secret>acme_[0-9a-f]{32})'''
        match = ["key acme_{hex:31}"]
        miss = ["key acme_{hex:32}"]
        """,
        "test.toml",
    )
    assert check_examples(good) == []
    assert [line.partition(":")[2] for line in check_examples(bad)] == [
        " match 1: did not match: 'key acme_{hex:31}'",
        " miss 1: matched, and must not: 'key acme_{hex:32}'",
    ]


def test_findings_in_a_plain_tar_have_its_paths() -> None:
    run = lint(tar_archive({"a/b.txt": "x\nforbidden-word\n"}, "zstd"), [word])
    assert [(found.path, found.line, found.column) for found in run.findings] == [("a/b.txt", 2, 1)]
