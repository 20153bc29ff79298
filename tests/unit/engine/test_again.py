"""Contents that an archive holds several times."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from dunnage import Entry, Hit, Match, Rule, Severity, Subject
from dunnage.engine.look import BATCH, LARGEST_BARE
from dunnage.engine.match.confirm import Matcher
from dunnage.testing import bundled, lint, render, tar_archive

TOKEN = render("{github-token:ghp_}", "again").encode()
PLAIN = b"".join(b"export const answer = %d;\n" % number for number in range(10, 99))


def said(entry: Entry, match: Match) -> Iterator[Hit]:
    yield Hit("it is there")


def rule(name: str, *paths: str) -> Rule:
    return Rule(
        id=f"acme/{name}",
        on=Subject.ENTRY,
        severity=Severity.NOTE,
        summary="",
        check=said,
        pattern="answer = [0-9]{2}",
        paths=list(paths),
    )


def spread(content: bytes) -> dict[str, bytes]:
    """The content in four places, each in a batch of its own."""
    between = "".join(f"{number}: nothing to see\n" for number in range(BATCH // 16)).encode()
    return {f"{n}.{kind}": content if kind == "a" else between for n in range(4) for kind in "ab"}


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the matcher was given."""
    given: list[bytes] = []
    events = Matcher.events

    def noted(self: Matcher, data: bytes) -> object:
        given.append(data)
        return events(self, data)

    monkeypatch.setattr(Matcher, "events", noted)
    return given


def test_what_holds_nothing_is_looked_at_once(looked: list[bytes]) -> None:
    assert not lint(tar_archive(spread(PLAIN)), [rule("x", "*.none")]).findings
    assert sum(data.count(PLAIN) for data in looked) == 1


def test_what_is_too_large_to_be_worth_it_is_looked_at_each_time(looked: list[bytes]) -> None:
    content = b"".join(b"%d\n" % number for number in range(LARGEST_BARE // 5))
    lint(tar_archive(spread(content)), [rule("x", "*.none")])
    assert sum(data.count(content) for data in looked) == 4


@pytest.mark.parametrize(
    "content",
    [
        TOKEN,
        base64.b64encode(b"token = '%s'" % TOKEN),
        f"token = '{TOKEN.decode()}'".encode("utf-16"),
        b"".join(b"\\x%02x" % byte for byte in TOKEN),
    ],
    ids=["plain", "base64", "utf-16", "escaped"],
)
def test_what_holds_something_is_found_in_each_place(content: bytes) -> None:
    github = [rule for rule in bundled().rules if rule.id == "secret/github-token"]
    (found,) = lint(tar_archive(spread(PLAIN + content)), github).findings
    assert found.places == 4


def test_a_rule_for_some_paths_is_asked_of_what_held_nothing_elsewhere() -> None:
    run = lint(tar_archive(spread(PLAIN)), [rule("x", "2.a"), rule("y", "3.*")])
    assert {(found.rule, found.path) for found in run.findings} == {
        ("acme/x", "2.a"),
        ("acme/y", "3.a"),
    }
