"""How many findings count."""

from __future__ import annotations

from collections.abc import Iterable

from dunnage.model import Finding, Severity


def tally(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many findings of each severity count."""
    counts = dict.fromkeys(Severity, 0)
    for found in findings:
        if found.suppressed is None:
            counts[found.severity] += 1
    return counts
