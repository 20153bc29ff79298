"""Amounts, as people read them."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number and its noun.

    >>> counted(1, "file"), counted(31910, "file"), counted(2, "entry", "entries")
    ('1 file', '31,910 files', '2 entries')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def amount(size: int) -> str:
    """A number of bytes for people, in powers of ten as registries and package managers give it.

    >>> amount(999), amount(999_500), amount(59_800_000), amount(2_000_000_000_000)
    ('999 B', '1.0 MB', '59.8 MB', '2000 GB')
    """
    if size < 1000:
        return f"{size} B"
    value = float(size)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.5 or unit == "GB":
            break
    return f"{value:.0f} {unit}" if value >= 99.95 else f"{value:.1f} {unit}"
