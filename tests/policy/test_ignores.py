from __future__ import annotations

import datetime

import pytest

from dunnage.model import Problem
from dunnage.policy.ignores import Ignore, apply, names, unknown

TODAY = datetime.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("ignore", "accepted"),
    [
        ({"rule": "debug/log-file"}, True),
        ({"rule": "debug"}, True),
        ({"rule": "debug/*"}, True),
        ({"rule": "*/log-file"}, True),
        ({"rule": "debug/log"}, False),
        ({"rule": "debug", "path": "*.log"}, True),
        ({"rule": "debug", "path": "/a.log"}, True),
        ({"rule": "debug", "path": "package/a.log"}, True),
        ({"rule": "debug", "path": "b.log"}, False),
        ({"rule": "debug", "artifact": "dist/*"}, True),
        ({"rule": "debug", "artifact": "x-*.tgz"}, True),
        ({"rule": "debug", "artifact": "*.whl"}, False),
        ({"fingerprint": "debug/log-file:package/a.log"}, True),
        ({"fingerprint": "ab"}, False),
        ({"rule": "debug", "fingerprint": "ab"}, False),
    ],
)
def test_all_that_is_given_must_match(finding, ignore, accepted):
    marked, _, notes = apply([finding()], [], [Ignore("why", file="f.toml", **ignore)], TODAY)
    assert marked[0].suppressed == ("f.toml: why" if accepted else None)
    assert len(notes) == (not accepted)


@pytest.mark.parametrize(
    "path", ["vendor/in.whl/a.py", "package/vendor/**", "vendor/in.whl", "a.py"]
)
def test_a_path_may_lead_through_nested_archives(finding, path):
    found = finding(path="a.py", trail=("x.tgz", "package/vendor/in.whl"))
    marked, _, _ = apply([found], [], [Ignore("why", rule="debug", path=path)], TODAY)
    assert marked[0].suppressed


def test_an_artifact_wide_finding_has_no_path(finding):
    accepted = [Ignore("why", rule="debug", path="*.log")]
    marked, _, _ = apply([finding(path=None)], [], accepted, TODAY)
    assert marked[0].suppressed is None


def test_an_ignore_counts_until_its_day_ends(finding):
    last = Ignore("why", rule="debug", until=TODAY, file="f", origin="ignore 1")
    assert apply([finding()], [], [last], TODAY)[0][0].suppressed
    marked, _, notes = apply([finding()], [], [last], TODAY + datetime.timedelta(1))
    assert marked[0].suppressed is None
    assert notes == ["f: ignore 1 (debug) has expired on 2026-11-22"]


def test_an_ignore_that_matches_nothing_is_told_and_one_behind_another_is_not(finding):
    ignores = [
        Ignore("one", rule="debug", file="f", origin="ignore 1"),
        Ignore("two", rule="debug/log-file", file="f", origin="ignore 2"),
        Ignore("three", rule="secret", path="docs/**", file="f", origin="ignore 3"),
    ]
    marked, _, notes = apply([finding()], [], ignores, TODAY)
    assert marked[0].suppressed == "f: one"
    assert notes == ["f: ignore 3 (secret in docs/**) matched nothing"]


@pytest.mark.parametrize(
    ("ignore", "accepted"),
    [
        ({"problem": "*", "path": "go/**/testdata/**"}, True),
        ({"problem": "*", "path": "testdata/"}, True),
        ({"problem": "*damaged*", "path": "*.zip"}, True),
        ({"problem": "*", "path": "*.zip", "artifact": "app*"}, True),
        ({"problem": "*encrypted*", "path": "*.zip"}, False),
        ({"problem": "*", "path": "go/*.zip"}, False),
        ({"problem": "*", "path": "*.zip", "artifact": "other*"}, False),
        ({"rule": "*"}, False),
    ],
)
@pytest.mark.parametrize("path", [None, "in.js"])
def test_problems_are_accepted_by_path(ignore, accepted, path):
    trail = ("app.tar", "blobs/sha256/ab", "go/src/testdata/bad.zip")
    problem = Problem("app.tar", trail, path, "the zip is damaged: no end record")
    _, marked, notes = apply([], [problem], [Ignore("why", file="f.toml", **ignore)], TODAY)
    assert marked[0].suppressed == ("f.toml: why" if accepted else None)
    assert len(notes) == (not accepted)


def test_what_accepts_a_problem_accepts_no_finding_and_nothing_of_the_whole_target(finding):
    accepted = [Ignore("why", problem="*", path="*", file="f", origin="ignore 1")]
    whole = Problem("x", ("x",), None, "interrupted: the rest was not looked at")
    marked, problems, notes = apply([finding()], [whole], accepted, TODAY)
    assert marked[0].suppressed is problems[0].suppressed is None
    assert notes == ["f: ignore 1 (problem '*' in *) matched nothing"]


def test_unknown_rules_are_found():
    rules = ["secret/x", "debug/y"]
    assert unknown(["secret", "debug/*", "debug/y", "debug/z", "sec"], rules) == ["debug/z", "sec"]
    assert not names("secret", "secrets/x")
