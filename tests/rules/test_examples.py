"""Every rule's examples, ours as anyone's: what must match does, what must not does not."""

from __future__ import annotations

import pytest

from dunnage import Example, Rule
from dunnage.testing import bundled, check_examples, lint, render, tar_archive

EXEMPLIFIED = [rule for rule in bundled().rules if rule.match or rule.miss]
SECRETS = [rule for rule in bundled().rules if rule.group == "secret"]


def text_of(rule: Rule, kind: str, number: int, example: Example) -> str:
    return render(example.template, f"{rule.id} {kind} {number}")


@pytest.mark.parametrize("rule", EXEMPLIFIED, ids=lambda rule: rule.id)
def test_examples(rule: Rule) -> None:
    """All in one archive, each in a folder of its own: a rule whose paths hold only at an archive's
    root would not work in a package either. (A rule that folds says one thing of an archive.)"""
    if rule.fold:
        assert check_examples(rule) == []
        return
    files: dict[str, str] = {}
    for kind, examples in (("hit", rule.match), ("none", rule.miss)):
        for number, example in enumerate(examples):
            folder = f"{kind}-{number}"
            files[f"{folder}/{example.path or 'file.txt'}"] = text_of(rule, kind, number, example)
    run = lint(tar_archive(files), [rule])
    found = {(finding.path or "").partition("/")[0] for finding in run.findings}
    wanted = {path.partition("/")[0] for path in files if path.startswith("hit")}
    assert found == wanted


@pytest.mark.parametrize("rule", SECRETS, ids=lambda rule: rule.id)
def test_is_documented(rule: Rule) -> None:
    assert rule.summary
    assert rule.why
    assert rule.fix
    assert rule.source.startswith("https://")
    if rule.pattern is not None:
        assert rule.match, "an example that must match"
        assert rule.miss, "an example that must not"
        assert all(example.reason for example in rule.miss), "why it must not"


def test_breadth() -> None:
    assert len(SECRETS) >= 250
    assert len({rule.provider for rule in SECRETS if rule.provider}) >= 180
