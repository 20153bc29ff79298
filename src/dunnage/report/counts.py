"""How reports count, and how they say numbers."""

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


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number and its noun.

    >>> count(1, "file"), count(31910, "file"), count(2, "entry", "entries")
    ('1 file', '31,910 files', '2 entries')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def amount(size: int) -> str:
    """A number of bytes for people, in powers of ten as registries and package managers give it.

    >>> amount(999), amount(59_800_000)
    ('999 B', '59.8 MB')
    """
    value = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5 or unit == "GB":
            return f"{size} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")
