"""Notebooks that were run."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dunnage import Entry, Hit, Rule, Severity, rule

_MOST = 64 << 20


@rule(
    "leftover/notebook-output",
    severity=Severity.NOTE,
    paths=("*.ipynb",),
    content=True,
    fold="artifact",
    fix={
        "pypi": "`jupyter nbconvert --clear-output --inplace FILE`, or nbstripout as a Git filter.",
        "any": "`jupyter nbconvert --clear-output --inplace FILE`.",
    },
    source="https://nbformat.readthedocs.io/en/latest/format_description.html",
)
def notebook_output(entry: Entry) -> Iterator[Hit]:
    """A notebook with the outputs of its last run.

    Outputs hold rows of data, paths in tracebacks and whatever was printed.

    Clear them. Fine in documentation, where outputs are the point.
    """
    data = entry.read(_MOST)
    if b'"outputs"' not in data or b'"output_type"' not in data:
        return
    try:
        cells = json.loads(data).get("cells") or []
        outputs = sum(1 for cell in cells if isinstance(cell, dict) and cell.get("outputs"))
    except (ValueError, AttributeError, RecursionError):
        return
    if outputs:
        yield Hit("a notebook with the outputs of its last run")


def rules() -> list[Rule]:
    """The rules of this module."""
    return [notebook_output]
