"""How a plugin tests its rules: the same few lines for each."""

from __future__ import annotations

from importlib import resources

import dunnage_example
import pytest

from dunnage import Severity, load_rules
from dunnage.testing import check_examples, lint, lint_paths, npm_tarball, render, wheel

DECLARED = load_rules(
    resources.files(dunnage_example).joinpath("rules.toml").read_text(encoding="utf-8"),
    "rules.toml",
)


def test_symbol_files_are_told_by_their_name() -> None:
    paths = ["bin/tool.pdb", "App.dSYM/Contents/Info.plist", "tool.exe", "pdb/readme.md"]
    assert lint_paths(dunnage_example.symbol_file, paths) == [
        "bin/tool.pdb",
        "App.dSYM/Contents/Info.plist",
    ]


@pytest.mark.parametrize("rule", DECLARED, ids=lambda rule: rule.id)
def test_the_examples_in_the_rule_file_hold(rule: object) -> None:
    assert check_examples(rule) == []


def test_a_deploy_key_in_a_wheel() -> None:
    source = render("KEY = 'acme_live_{hex:32}'\n", seed="wheel")
    run = lint(wheel({"acme/settings.py": source}), rules=DECLARED)
    [finding] = run.findings
    assert (finding.rule, finding.severity) == ("acme/deploy-key", Severity.ERROR)
    assert (finding.path, finding.line) == ("acme/settings.py", 1)
    assert source.split("'")[1] not in (finding.excerpt or "")


def test_the_fix_is_in_the_words_of_the_ecosystem() -> None:
    run = lint(npm_tarball({"a.pdb": b"x"}), rules=[dunnage_example.symbol_file])
    assert [finding.fix for finding in run.findings] == ['Leave it out of "files" in package.json.']
