"""Amounts, as people read them."""

from __future__ import annotations


def size(count: int) -> str:
    """Bytes in decimal units: ``59.8 MB``."""
    if count < 1000:
        return f"{count} bytes" if count != 1 else "1 byte"
    value = float(count)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.95 or unit == "GB":
            return f"{value:.1f} {unit}"
    raise AssertionError


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: ``1 source file``, ``2,000 source files``."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
