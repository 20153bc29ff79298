from __future__ import annotations

import json

import pytest


def test_rules_are_listed(dunnage_):
    out = dunnage_("rules").out
    assert "debug/log-file       warning  Summary of debug/log-file" in out
    assert "3 rules; `dunnage explain RULE` says more" in out
    assert "debug" not in dunnage_("rules", "--group", "secret").out
    described = json.loads(dunnage_("rules", "--group", "debug", "--json").out)
    assert [rule["id"] for rule in described] == ["debug/log-file", "debug/source-map"]
    assert described[1]["fix"]["any"] == "Leave it out."
    assert [r["id"] for r in json.loads(dunnage_("rules", "--ecosystem", "npm", "--json").out)] == [
        "debug/log-file",
        "debug/source-map",
        "secret/github-token",
    ]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("rules --group secrets", "--group: there is no group 'secrets'; there are debug, secret"),
        ("rules --ecosystem perl", "--ecosystem: there is no ecosystem 'perl'"),
        (
            "explain debug/source-maps",
            "there is no rule 'debug/source-maps'; did you mean debug/source-map",
        ),
        ("explain source-map", "there is no rule 'source-map'; did you mean debug/source-map?"),
        ("explain debug", "debug is a group; `dunnage rules --group debug` lists its rules"),
        ("explain zzz", "there is no rule 'zzz'; `dunnage rules` lists them"),
    ],
)
def test_what_there_is_not(dunnage_, words, error):
    result = dunnage_(*words.split())
    assert result.code == 2
    assert error in result.err


def test_a_rule_is_explained(dunnage_):
    assert dunnage_("explain", "debug/source-map").out == (
        """\
debug/source-map (error)

Summary of debug/source-map

It gives the sources away.

Unless they ship anyway.

Fix (npm):
  Add "!**/*.map" to "files".

Fix:
  Leave it out.

Source: https://tc39.es/source-map/
From: dunnage 9.9

Accept one: [[ignore]] rule = "debug/source-map", path = "…", reason = "…" in dunnage.toml
Switch it off: --ignore debug/source-map
"""
    )
    assert "One level lower under test/" in dunnage_("explain", "secret/github-token").out


def test_a_rule_of_ones_own_is_explained(dunnage_, tmp_path):
    (tmp_path / "acme.toml").write_text(
        '[[rule]]\nid = "acme/x"\nsummary = "An x"\npaths = ["*.x"]\nfix = "Drop it."\n'
    )
    out = dunnage_("explain", "acme/x", "--rules", "acme.toml").out
    assert "An x" in out
    assert "Files: *.x" in out


def test_a_rule_is_explained_in_the_width_of_the_terminal(dunnage_, tmp_path, monkeypatch):
    why = "word " * 40
    (tmp_path / "acme.toml").write_text(
        f'[[rule]]\nid = "acme/x"\nsummary = "An x"\npaths = ["*.x"]\nwhy = "{why}"\n'
    )
    monkeypatch.setattr("dunnage.cli.terminal.width", lambda stream: 40)
    lines = dunnage_("explain", "acme/x", "--rules", "acme.toml").out.splitlines()
    assert max(len(line) for line in lines if line.startswith("word")) == 39


def test_plugins_are_listed(dunnage_):
    out = dunnage_("plugins").out
    assert "acme    acme.py" in out
    assert "formats: json, sarif, text" in out
    assert json.loads(dunnage_("plugins", "--json").out) == [
        {"name": "rules", "origin": "dunnage 9.9", "bundled": True, "rules": 3},
        {"name": "acme", "origin": "acme.py", "bundled": False, "rules": 0},
    ]
