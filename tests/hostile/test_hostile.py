"""Every odd archive, at every nesting: the secret is found, and what is odd is told."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import differing
import named
import others
import planted
from cases import NESTINGS, cases

from dunnage.engine import Settings, check
from dunnage.testing import bundled, render

TOKEN = render("{github-token:ghp_}", "hostile")
TEXT = f'const t = "{TOKEN}";\n'.encode()
FOUND = {"secret/github-token", "secret/url-credentials"}
CASES = cases(TEXT) | planted.cases(TEXT) | named.cases(TOKEN.encode()) | others.cases(TEXT)
CASES |= differing.cases(TEXT)
NO_ODDITY_IN_LAYERS = (
    "case-twins",
    "tar-twins",
    "behind-a-link",
    "tar-reserved",
    "tar-trailing-dot",
)
"""Where images run, twins are two files, links lead nowhere else, and no name is reserved."""


@dataclass
class Told:
    """What the report says of one target."""

    rules: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    text: str = ""


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    """One run over all of them: one bad target does not stop the others."""
    folder = tmp_path_factory.mktemp("hostile")
    paths = []
    for nesting, wrap in NESTINGS.items():
        for name, case in CASES.items():
            path = folder / f"{nesting}+{name}"
            path.write_bytes(wrap(case.data))
            paths.append(str(path))
    run = check(paths, Settings(jobs=2), bundled())
    found: dict[str, Told] = defaultdict(Told)
    for finding in run.findings:
        one = found[Path(finding.artifact).name]
        one.rules.append(finding.rule)
        one.text += f"{finding.message}{finding.excerpt}{finding.path}{finding.trail[1:]}"
        one.text += repr(finding.raw_path)
    for problem in run.problems:
        one = found[Path(problem.artifact).name]
        one.problems.append(problem.message)
        one.text += f"{problem.message}{problem.path}{problem.trail[1:]}"
    return found


@pytest.mark.parametrize("nesting", list(NESTINGS))
@pytest.mark.parametrize("name", list(CASES))
def test_nothing_is_silent(name: str, nesting: str, told: dict[str, Told]) -> None:
    if (name, nesting) == ("tar-and-zip", "in-gzip"):
        pytest.skip("nothing unpacks the content of a gzip file as a zip")
    case, said = CASES[name], told[f"{nesting}+{name}"]
    if nesting == "itself" and "it is no archive" in said.text:
        return  # nothing was looked at, and that is said
    assert not case.found or FOUND & set(said.rules), said
    if nesting == "in-layer" and name in NO_ODDITY_IN_LAYERS:
        return
    odd = any(rule.startswith("archive/") for rule in said.rules)
    assert not case.told or odd or said.problems, said
    assert TOKEN not in said.text
    assert not re.search("failed: |Traceback|Error:", " ".join(said.problems)), said
