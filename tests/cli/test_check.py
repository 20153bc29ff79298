from __future__ import annotations

import json
from pathlib import Path

import pytest

from dunnage.archives.limits import Limits, limit_defaults
from dunnage.engine import Interrupted
from dunnage.errors import TargetError
from dunnage.model import Problem, Severity

PROBLEM = Problem("x.tgz", ("x.tgz",), "a", "damaged")


def test_clean_findings_and_incomplete(dunnage_, engine, finding):
    assert dunnage_("check", "x.tgz").code == 0
    engine.findings = [finding()]
    result = dunnage_("check", "x.tgz")
    assert (result.code, result.err) == (1, "")
    assert "  error  package/a.map  [debug/source-map]" in result.out
    engine.problems = [PROBLEM]
    assert dunnage_("check", "x.tgz").code == 1
    assert dunnage_("check", "x.tgz", "--fail-on", "never").code == 3
    assert engine.targets == ["x.tgz"]


def test_the_user_s_own_words_can_be_selected(dunnage_, engine):
    words = ("--word", "KAIROS", "--select", "words/own", "--severity", "words/own-path=note")
    assert dunnage_("check", "x", *words).code == 0
    assert engine.settings.select == ("words/own",)
    assert dunnage_("check", "x", "--select", "words/own").code == 2


def test_settings_reach_the_engine(dunnage_, engine, tmp_path):
    (tmp_path / "acme.toml").write_text('[[rule]]\nid="acme/x"\nsummary="x"\npaths=["*.x"]\n')
    words = (
        "check x -j 3 --select debug,secret --select acme --ignore debug/log-file "
        "--severity secret=note --word KAIROS --word Capy --platform linux/arm64 --base debian:13 "
        "--own-layers --insecure-registry r.test:5000 --max-depth 2 "
        "--limit seconds=1.5 --limit expanded=2G --rules acme.toml --plugin p.py "
        "--no-plugin oci --show-secrets"
    )
    result = dunnage_(*words.split())
    assert result.code == 0
    told = engine.settings
    assert told.jobs == 3
    assert told.select == ("debug", "secret", "acme")
    assert told.ignore == ("debug/log-file",)
    assert told.severities == {"secret": Severity.NOTE}
    assert told.words == ("KAIROS", "Capy")
    assert told.options["platform"] == "linux/arm64"
    assert told.options["base"] == "debian:13"
    assert told.options["insecure_registry"] == ("r.test:5000",)
    assert "PATH" in told.options["env"]
    assert told.own_layers is True
    assert told.show_secrets is True
    assert told.limits.max_depth == 2
    assert told.limits.max_seconds == 1.5
    assert told.limits.max_expanded == 2 << 30
    plugins, rules, without, _ = engine.loads[0]
    assert [str(one) for one in (*plugins, *rules, *without)] == ["p.py", "acme.toml", "oci"]
    assert "--show-secrets: the report holds whole secrets" in result.err


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (
            "--select debug/source-maps",
            "select: there is no rule or group 'debug/source-maps'; did you",
        ),
        ("--ignore zzz", "ignore: there is no rule or group 'zzz'"),
        ("--severity debug", "--severity: 'debug' is not of the form RULE=LEVEL"),
        ("--severity debug=high", "--severity: 'high' is not one of note, warning, error"),
        (
            "--severity debug=off",
            "'off' is not one of note, warning, error; `ignore` leaves a rule",
        ),
        ("--fail-on high", "fail-on: 'high' is not one of note, warning, error, never"),
        ("--format xml", "there is no format 'xml'; there are json, sarif, text"),
        ("--format json --format sarif", "both go to standard output"),
        ("--format json --output a --format sarif --output a", "both go to a"),
        ("--format json --output gone/a.json", "--output gone/a.json: there is no folder gone"),
        ("--output . --format json", "--output .: is a folder"),
        ("--output a --output b", "--output a: write the --format it belongs to in front of it"),
        ("--color blue", "color: 'blue' is not one of auto, always, never"),
        ("--limit 3", "--limit: '3' is not of the form NAME=VALUE"),
        (
            "--limit dept=3",
            "--limit: there is no limit 'dept'; there are archives, candidates",
        ),
        ("--limit depth=x", "limit depth: 'x' is not a number (such as 300, 64k, 20G)"),
        ("--limit depth=0", "limit depth: 0 is out of range"),
        ("-j -1", "jobs: -1 is less than 0"),
        ("--baseline gone.json", "baseline gone.json: No such file"),
        ("--write-baseline", "--write-baseline: name the file with --baseline FILE"),
        ("--config gone.toml", "gone.toml: No such file"),
        ("--rules gone.toml", "gone.toml: No such file"),
    ],
)
def test_a_usage_error_is_one_line_and_2(dunnage_, words, error):
    result = dunnage_("check", "x", *words.split())
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("dunnage: ")
    assert error in result.err
    assert result.err.count("\n") == 1


def test_the_limits_that_help_tells_are_the_limits(dunnage_, engine):
    told = [word for each in limit_defaults() for word in ("--limit", each)]
    assert dunnage_("check", "x", *told).code == 0
    assert engine.settings.limits == Limits()


@pytest.mark.parametrize("option", ["--output", "--baseline"])
def test_what_may_not_be_written_is_told_before_anything_is_looked_at(
    dunnage_, engine, monkeypatch, option
):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    more = ["--write-baseline"] if option == "--baseline" else []
    result = dunnage_("check", "x", option, "a.json", *more)
    assert (result.code, result.err) == (2, f"dunnage: {option} a.json: you may not write there\n")
    assert engine.targets == ()


def test_an_unknown_option_shows_the_way(dunnage_):
    result = dunnage_("check", "--fial-on", "error", "x")
    assert result.code == 2
    assert "--fail-on" in result.err
    assert "Try 'dunnage check -h' for help" in result.err
    assert dunnage_("check").code == 2
    assert dunnage_("chekc").code == 2


def test_several_reports_at_once(dunnage_, engine, finding, tmp_path):
    engine.findings = [finding()]
    result = dunnage_(
        *["check", "x", "--format", "json", "--output", "a.json"],
        *["--format", "text", "--format", "sarif", "-o", "b.sarif"],
    )
    assert result.code == 1
    assert "[debug/source-map]" in result.out
    assert json.loads((tmp_path / "a.json").read_text())["schema"] == "dunnage-report/1"
    assert json.loads((tmp_path / "b.sarif").read_text())["version"] == "2.1.0"


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("--format json --output a", "{"),
        ("--output=a --format=json", "{"),
        ("--output a", "No findings"),
    ],
)
def test_one_format_and_one_output_pair_in_either_order(dunnage_, tmp_path, words, first):
    assert dunnage_("check", "x", *words.split()).out == ""
    assert (tmp_path / "a").read_text().startswith(first)


def test_standard_output_may_be_named(dunnage_):
    assert dunnage_("check", "x", "--format", "json", "--output", "-").out.startswith("{")


def test_the_report_is_all_that_goes_to_standard_output(dunnage_, engine, finding):
    engine.findings = [finding()]
    json.loads(dunnage_("check", "x", "--format", "json", "-v", "--show-secrets").out)


def test_quiet(dunnage_, engine, finding):
    engine.findings = [finding()]
    assert dunnage_("check", "x", "-q").out == (
        "x.tgz → package/a.map: error: a source map [debug/source-map]\n"
    )
    result = dunnage_("check", "x", "-qq")
    assert (result.code, result.out) == (1, "")


def test_colour(dunnage_, engine, finding, monkeypatch):
    engine.findings = [finding()]
    assert "\x1b[" not in dunnage_("check", "x").out
    assert "\x1b[" in dunnage_("check", "x", "--color", "always").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in dunnage_("check", "x").out
    assert "\x1b[" not in dunnage_("check", "x", "--color", "never").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in dunnage_("check", "x").out


def test_a_target_that_is_not_there(dunnage_, engine):
    engine.raises = TargetError("a\x1b[2J\nb: there is no such file")
    result = dunnage_("check", "x")
    assert result.code == 2
    assert result.err == "dunnage: a\\x1b[2J\\x0ab: there is no such file\n"


def test_a_baseline_is_written_and_hides_what_was_there(dunnage_, engine, finding, tmp_path):
    engine.findings = [finding()]
    result = dunnage_(*["check", "x", "--baseline", "known.json", "--write-baseline"])
    assert result.code == 0
    assert "known.json: written, with 1 finding" in result.out
    assert dunnage_("check", "x", "--baseline", "known.json").code == 0
    engine.findings = [finding(), finding(path="package/new.map")]
    result = dunnage_("check", "x", "--baseline", "known.json")
    assert result.code == 1
    assert "package/new.map" in result.out
    assert "package/a.map" not in result.out
    assert "ignored: 1 by the baseline" in result.out
    engine.findings = []
    assert (
        "no longer found: debug/source-map"
        in dunnage_("check", "x", "--baseline", "known.json").out
    )


def test_a_baseline_does_not_hide_what_could_not_be_looked_at(dunnage_, engine):
    engine.problems = [PROBLEM]
    assert dunnage_(*["check", "x", "--baseline", "known.json", "--write-baseline"]).code == 3


def test_the_configuration_of_the_working_folder(dunnage_, engine, finding, tmp_path):
    engine.findings = [finding(severity=Severity.WARNING), finding("secret/github-token", "t.js")]
    (tmp_path / "known").mkdir()
    (tmp_path / "dunnage.toml").write_text(
        """
        fail-on = "warning"
        ignore = ["debug/log-file", { rule = "secret", path = "t.js", reason = "a sample" }]
        severity = { "secret" = "warning", "debug" = "note" }
        limit = { depth = 3 }
        jobs = 2
        word = ["KAIROS"]
        format = ["json", "text"]
        output = ["known/out.json"]
        """
    )
    result = dunnage_(
        "check", "x", "--severity", "debug=error", "--word", "Capy", "--ignore", "secret"
    )
    assert result.code == 1
    assert engine.settings.severities == {"secret": Severity.WARNING, "debug": Severity.ERROR}
    assert engine.settings.words == ("KAIROS", "Capy")
    assert engine.settings.ignore == ("debug/log-file", "secret")
    assert (engine.settings.jobs, engine.settings.limits.max_depth) == (2, 3)
    assert "ignored: 1 by configuration" in result.out
    report = json.loads((tmp_path / "known" / "out.json").read_text())
    assert report["findings"][1]["suppressed"] == "dunnage.toml: a sample"
    assert dunnage_("check", "x", "--fail-on", "error").code == 0


def test_an_error_in_the_configuration_is_one_line(dunnage_, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.dunnage]\nfial-on = "note"\n')
    result = dunnage_("check", "x")
    assert result.code == 2
    assert result.err == (
        "dunnage: pyproject.toml: fial-on: there is no such key; did you mean fail-on?\n"
    )


@pytest.mark.parametrize("target", [".", "..", "unpacked/.."])
def test_an_artifact_does_not_configure_its_own_check(dunnage_, engine, finding, tmp_path, target):
    (tmp_path / "unpacked").mkdir()
    (tmp_path / "package.json").write_text('{"dunnage": {"ignore": ["debug", "secret"]}}')
    engine.findings = [finding()]
    result = dunnage_("check", target)
    assert result.code == 1
    assert engine.settings.ignore == ()
    assert f"package.json lies inside the target {target}" in result.out
    assert dunnage_("check", target, "--config", "package.json").code == 1
    assert engine.settings.ignore == ("debug", "secret")
    dunnage_("check", "unpacked")
    assert engine.settings.ignore == ("debug", "secret")


def test_paths_in_a_configuration_are_from_its_folder(dunnage_, engine, tmp_path):
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci" / "d.toml").write_text('rules = "acme.toml"\noutput = "out.txt"')
    (tmp_path / "ci" / "acme.toml").write_text("")
    assert dunnage_("check", "x", "--config", "ci/d.toml").code == 0
    assert engine.loads[-1][1] == [Path("ci/acme.toml")]
    assert "No findings" in (tmp_path / "ci" / "out.txt").read_text()


def test_an_interrupted_run_is_reported_as_far_as_it_went(dunnage_, engine, finding):
    engine.findings = [finding()]
    engine.raises = Interrupted(engine.run())
    result = dunnage_("check", "x")
    assert result.code == 130
    assert "package/a.map" in result.out
    assert "stopped by the user" in result.out
    assert "Incomplete" in result.out


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('fail-on = "bad"', "dunnage.toml: fail-on: 'bad' is not one of"),
        ('select = ["nosuch"]', "dunnage.toml: select: there is no rule or group 'nosuch'"),
        ("[limit]\nfoo = 1", "dunnage.toml: limit: there is no limit 'foo'"),
        ("max-depth = 0", "dunnage.toml: max-depth: 0 is less than 1"),
        ("jobs = -4", "dunnage.toml: jobs: -4 is less than 0"),
        ('word = [" "]', "dunnage.toml: word: an empty word is everywhere"),
        ('[tool.dunnage]\nfail-on = "note"', "stand in this file without a table around them"),
        ("verbose = 1", "--verbose counts on the command line only"),
    ],
)
def test_what_is_wrong_in_the_configuration_names_it(dunnage_, tmp_path, text, error):
    (tmp_path / "dunnage.toml").write_text(text)
    result = dunnage_("check", "x")
    assert (result.code, error in result.err) == (2, True), result.err


def test_a_baseline_that_cannot_be_written_is_told_before_the_check(dunnage_, engine):
    result = dunnage_("check", "x", "--baseline", "no/where.json", "--write-baseline")
    assert (result.code, "there is no folder no" in result.err) == (2, True)


def test_the_usage_line_has_no_braces(dunnage_):
    assert "dunnage check [OPTIONS] TARGET..." in dunnage_("check", "--help").out


def test_a_rule_file_without_rules_is_told(dunnage_, engine, tmp_path):
    (tmp_path / "none.toml").write_text("")
    assert (
        "none.toml: there are no rules in it" in dunnage_("check", "x", "--rules", "none.toml").out
    )
    tried = dunnage_("rules", "test", "none.toml")
    assert (tried.code, tried.err) == (2, "dunnage: none.toml: there are no rules in it\n")
