from __future__ import annotations

import datetime

import pytest

from dunnage.errors import ExitCode, UsageError
from dunnage.model import Problem, Run, Severity, Summary
from dunnage.policy.decide import decide, require_known
from dunnage.policy.ignores import Ignore
from dunnage.policy.verdict import threshold, verdict

PROBLEM = Problem("x", ("x",), None, "damaged")


def run_of(*findings, problems=(), complete=True):
    summary = Summary("x", "", "", "", "", None, 0, 0, 0, complete)
    return Run((summary,), findings, problems, {})


@pytest.mark.parametrize(
    ("level", "fail_on", "code"),
    [
        (Severity.ERROR, "error", ExitCode.FINDINGS),
        (Severity.WARNING, "error", ExitCode.CLEAN),
        (Severity.WARNING, "warning", ExitCode.FINDINGS),
        (Severity.NOTE, "note", ExitCode.FINDINGS),
        (Severity.ERROR, "never", ExitCode.CLEAN),
    ],
)
def test_findings_fail_the_run_from_a_level_on(finding, level, fail_on, code):
    assert verdict(run_of(finding(severity=level)), threshold(fail_on)) is code


def test_findings_go_before_problems_and_problems_before_clean(finding):
    found = finding(severity=Severity.ERROR)
    assert verdict(run_of(found, problems=[PROBLEM]), Severity.ERROR) is ExitCode.FINDINGS
    assert verdict(run_of(found, problems=[PROBLEM]), None) is ExitCode.INCOMPLETE
    assert verdict(run_of(problems=[PROBLEM]), Severity.ERROR) is ExitCode.INCOMPLETE
    assert verdict(run_of(complete=False), Severity.ERROR) is ExitCode.INCOMPLETE
    assert verdict(run_of(), Severity.ERROR) is ExitCode.CLEAN


def test_what_is_accepted_does_not_fail_the_run(finding):
    run = decide(
        run_of(finding(severity=Severity.ERROR)),
        [Ignore("why", rule="debug"), Ignore("why", rule="gone", file="f", origin="ignore 2")],
        None,
        "",
        datetime.date(2026, 11, 22),
    )
    assert verdict(run, Severity.ERROR) is ExitCode.CLEAN
    assert run.notes == ["f: ignore 2 (gone) matched nothing"]


def test_a_problem_that_is_accepted_does_not_fail_the_run():
    inside = Problem("x", ("x",), "testdata/bad.zip", "damaged")
    run = run_of(problems=[inside], complete=False)
    accepted = [Ignore("why", problem="*", path="testdata/")]
    decided = decide(run, accepted, None, "", datetime.date(2026, 11, 22))
    assert verdict(decided, Severity.ERROR) is ExitCode.CLEAN
    run = run_of(problems=[inside, PROBLEM], complete=False)
    decided = decide(run, accepted, None, "", datetime.date(2026, 11, 22))
    assert verdict(decided, Severity.ERROR) is ExitCode.INCOMPLETE


def test_a_level_that_is_none():
    with pytest.raises(
        UsageError, match="fail-on: 'high' is not one of note, warning, error, never"
    ):
        threshold("high")


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("debug/source-maps", "did you mean debug/source-map?"),
        ("secrets", "did you mean secret?"),
        ("zzz", "`dunnage rules` lists them"),
    ],
)
def test_a_misspelt_rule_is_an_error(pattern, meant):
    with pytest.raises(UsageError) as caught:
        require_known("--ignore", [pattern], ["debug/source-map", "secret/x"])
    assert str(caught.value) == f"--ignore: there is no rule or group {pattern!r}; {meant}"
