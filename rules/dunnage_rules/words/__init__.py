"""Internal words: texts that say of themselves that they must not leave."""

from __future__ import annotations

from dunnage import Rule


def rules() -> list[Rule]:
    """The rules of this group that need code."""
    return []
