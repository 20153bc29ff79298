"""The pages that are made from the code are as the code has it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dunnage.cli.docs import cli_page, rules_page
from dunnage.model import Severity, Subject
from dunnage.plugins import load_plugins
from dunnage.rules import Rule

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def engine() -> None:
    """The real plugins, not those of the other tests."""


def test_cli_md_is_made_from_the_code():
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == cli_page(), "run `make docs`"


def test_rules_md_is_made_from_the_code():
    rules = load_plugins(installed=False).rules
    assert (DOCS / "rules.md").read_text(encoding="utf-8") == rules_page(rules), "run `make docs`"


def test_every_command_and_option_is_on_the_page():
    page = cli_page()
    for word in ("## dunnage\n", "### dunnage check\n", "#### dunnage rules test\n", "`--fail-on`"):
        assert word in page
    assert "`--base` `REF\\|N`" in page


def test_a_rule_on_the_page():
    rule = Rule(
        id="acme/x",
        on=Subject.ENTRY,
        severity=Severity.NOTE,
        summary="An <x>",
        check=lambda entry: iter(()),
        why="Because.",
        fix={"npm": "Drop it.", "any": "Leave it."},
        source="https://acme.example/x",
        provider="Acme",
    )
    assert rules_page([rule]).endswith(
        """
| [acme](#acme) | 1 | 0 | 0 | 1 |

## acme

### acme/x

*note* · An &lt;x>

Because.

Fix (npm): Drop it.

Fix: Leave it.

Source: Acme · <https://acme.example/x>
"""
    )


def test_the_rules_that_pages_and_helps_name_are_there():
    plugins = load_plugins(installed=False)
    known = {rule.id for rule in plugins.rules}
    groups = {rule.group for rule in plugins.rules} - {"image"}
    named = re.compile(
        rf"\b(?:{'|'.join(sorted(groups))})/[a-z][a-z0-9]*(?:-[a-z0-9]+)+(?![\w/.*-])"
    )
    root = Path(__file__).resolve().parents[2]
    pages = [root / "README.md", *(root / "docs").glob("*.md"), root / "CHANGELOG.md"]
    unknown = {
        f"{page.name}: {name}"
        for page in pages
        for name in named.findall(page.read_text("utf-8"))
        if name not in known
    }
    assert unknown == set()
