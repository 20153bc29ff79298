"""Tables and JSON on standard output."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from dunnage.cli.outputs import standard_output
from dunnage.escape import disarm, escape


def say(lines: Iterable[str]) -> None:
    """Print lines. Raises Undelivered when standard output is closed or full."""
    with standard_output() as out:
        for line in lines:
            out.write(disarm(line).rstrip().encode("utf-8", "backslashreplace") + b"\n")


def say_json(document: Any) -> None:
    """Print JSON. Raises as :func:`say`."""
    with standard_output() as out:
        out.write(json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n")


def table(rows: Sequence[Sequence[str]], most: int = 48) -> list[str]:
    """Rows in columns, as wide as their widest cell (but not wider than ``most``); the last as it
    is."""
    shown = [[escape(cell) for cell in row] for row in rows]
    columns = max((len(row) for row in shown), default=0)
    widths = [
        min(most, max((len(row[n]) for row in shown if len(row) > n), default=0))
        for n in range(columns)
    ]
    return [
        "  ".join(cell.ljust(widths[n]) if n < len(row) - 1 else cell for n, cell in enumerate(row))
        for row in shown
    ]
