from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
import pytest

from dunnage.model import Problem, Severity
from dunnage.report.sarif import SarifReporter, artifact_uri

SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-2.1.0.json").read_text())


@pytest.fixture
def sarif(render):
    """Render, and hold against the schema and against what GitHub refuses."""

    def rendered(run, **options):
        log = json.loads(render(SarifReporter(**options), run))
        jsonschema.Draft4Validator(SCHEMA).validate(log)
        accepted_by_github(log)
        return log["runs"][0]

    return rendered


def accepted_by_github(log):
    assert len(log["runs"]) <= 20
    for run in log["runs"]:
        assert len(run["results"]) <= 25_000
        rules = run["tool"]["driver"]["rules"]
        assert all(len(rule["properties"]["tags"]) <= 20 for rule in rules)
        assert all(rule["help"]["text"] and rule["shortDescription"]["text"] for rule in rules)
        for result in run["results"]:
            assert result["message"]["text"]
            assert result["ruleId"] == rules[result["ruleIndex"]]["id"]
            assert result["partialFingerprints"]["primaryLocationLineHash"]
            for location in result["locations"]:
                place = location["physicalLocation"]
                uri = place["artifactLocation"]["uri"]
                assert urlsplit(uri).scheme in ("", "file")
                assert urlsplit(uri).scheme or ":" not in uri.split("/")[0]
                assert place["region"]["startLine"] >= 1
            assert len(result["locations"]) == 1


def test_the_whole_report_is_valid_and_acceptable(sarif, rich_run):
    run = sarif(rich_run)
    assert len(run["results"]) == 129
    assert [result["level"] for result in run["results"]][:4] == ["error"] * 3 + ["warning"]


def test_a_result_names_the_artifact_and_the_place_inside(sarif, rich_run):
    result = sarif(rich_run)["results"][1]
    location = result["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "dist/x-1.0.tgz"
    assert location["logicalLocations"][0] == {
        "name": "src/keys.ts",
        "fullyQualifiedName": "dist/x-1.0.tgz!package/cli.js.map!src/keys.ts",
        "kind": "member",
    }
    assert result["message"]["text"].splitlines() == [
        "x-1.0.tgz → package/cli.js.map → src/keys.ts:3:16: a GitHub access token",
        '… const token = "ghp_A1b2… (40 bytes)"',
        "Also in 3 other places.",
        "Fix: Revoke it, then publish a release without it.",
    ]
    assert result["properties"]["line"] == 3


def test_problems_are_notifications_and_the_run_is_no_success(sarif, rich_run, make):
    invocation = sarif(rich_run)["invocations"][0]
    assert invocation["executionSuccessful"] is False
    levels = [notice["level"] for notice in invocation["toolExecutionNotifications"]]
    assert levels == ["error", "error", "note"]
    first = invocation["toolExecutionNotifications"][0]
    assert "srv/in.zip → a/b.bin: the content is encrypted" in first["message"]["text"]
    assert sarif(make.run())["invocations"][0]["executionSuccessful"] is True


def test_a_problem_that_was_accepted_is_a_note_and_no_failure(sarif, make):
    problem = Problem("x", ("x",), "a/b.zip", "damaged", "dunnage.toml: for tests")
    invocation = sarif(make.run(problems=[problem]))["invocations"][0]
    assert invocation["executionSuccessful"] is True
    (notice,) = invocation["toolExecutionNotifications"]
    assert notice["level"] == "note"
    assert notice["message"]["text"].endswith("damaged (ignored: dunnage.toml: for tests)")


def test_a_rule_explains_itself(sarif, make):
    rule = make.rule(
        "secret/github-token",
        why="Whoever finds it can push.",
        fix={"any": "Revoke it.", "npm": "Unpublish it."},
        source="https://docs.example/tokens",
        tags=[f"tag{n}" for n in range(40)],
    )
    found = make.finding("secret/github-token")
    described = sarif(make.run(found, rules={rule.id: rule}))["tool"]["driver"]["rules"][0]
    assert described["name"] == "SecretGithubToken"
    assert described["helpUri"] == "https://docs.example/tokens"
    assert "Fix (npm): Unpublish it." in described["help"]["markdown"]
    assert described["properties"]["security-severity"] == "8.0"
    assert described["properties"]["tags"][:3] == ["security", "secret", "tag0"]


def test_what_is_suppressed_is_left_out(sarif, rich_run):
    assert "secret/generic" not in {result["ruleId"] for result in sarif(rich_run)["results"]}


def test_more_than_github_takes_keeps_the_worst_and_says_so(render, make):
    findings = [make.finding("debug/x", f"a/{n}", severity=Severity.NOTE) for n in range(25_000)]
    log = json.loads(render(SarifReporter(), make.run(*findings, make.finding("secret/x", "b"))))
    accepted_by_github(log)
    run = log["runs"][0]
    assert len(run["results"]) == 25_000
    assert run["results"][0]["ruleId"] == "secret/x"
    notice = run["invocations"][0]["toolExecutionNotifications"][0]
    assert notice["message"]["text"].startswith(
        "left out here, the least severe of all: 1 finding; "
    )


def test_the_same_fingerprint_twice_stays_two_alerts(sarif, make):
    run = sarif(make.run(make.finding(fingerprint="f"), make.finding(fingerprint="f")))
    hashes = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert hashes == ["f:1", "f:2"]


def test_a_strangers_text_makes_no_link_and_no_command(sarif, render, hostile_run):
    text = sarif(hostile_run)["results"][0]["message"]["text"]
    assert "\\[click\\](https://evil.example)" in text
    raw = render(SarifReporter(), hostile_run)
    assert all(line.isprintable() for line in raw.split("\n"))
    assert "##[" not in raw


@pytest.mark.parametrize(
    ("target", "base", "uri"),
    [
        ("dist/x.tgz", None, "dist/x.tgz"),
        ("./dist/x.tgz", None, "dist/x.tgz"),
        ("/w/dist/x.tgz", "/w", "dist/x.tgz"),
        ("/w2/x.tgz", "/w", "file:///w2/x.tgz"),
        ("a:b.tgz", None, "a%3Ab.tgz"),
        ("myapp:latest", None, "myapp%3Alatest"),
        ("docker://host:5000/a/b:1", None, "host%3A5000/a/b%3A1"),
        ("pkg:npm/x@1", None, "pkg%3Anpm/x%401"),
        ("-", None, "-"),
        ("a\udcff?#.tgz", None, "a%FF%3F%23.tgz"),
        ("a\ud800", None, "a%3F"),
        ("C:\\dist\\x y.whl", None, "file:///C:/dist/x%20y.whl"),
    ],
)
def test_a_target_as_uri(target, base, uri):
    assert artifact_uri(target, base) == uri


def test_descriptions_keep_githubs_limit():
    from dunnage.plugins import load_plugins
    from dunnage.report.sarif import MOST_DESCRIPTION, _rule

    for rule in load_plugins(installed=False).rules:
        said = _rule(rule)
        for key in ("shortDescription", "fullDescription"):
            assert len(said[key]["text"]) <= MOST_DESCRIPTION
        assert rule.why in said["help"]["text"]


@pytest.mark.parametrize("text", ["x" * 3000, "word " * 600])
def test_a_long_description_keeps_its_start(text):
    from dunnage.report.sarif import MOST_DESCRIPTION, _cut

    cut = _cut(text)
    assert MOST_DESCRIPTION - 10 < len(cut) <= MOST_DESCRIPTION
    assert text.startswith(cut.removesuffix(" …"))


def test_long_names_are_cut(sarif, make):
    long = "d/" * 30_000
    found = make.finding(path=long, trail=("x", long, long), message=long)
    problem = Problem("x", ("x", long), long, long)
    assert len(json.dumps(sarif(make.run(found, problems=[problem])))) < 12_000
