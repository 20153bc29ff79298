"""Internal words: texts that say of themselves that they must not leave, and the user's own."""

from __future__ import annotations

from dunnage import Rule
from dunnage_rules.words.own import own_words

__all__ = ["own_words", "rules"]


def rules() -> list[Rule]:
    """The rules of this group that need code."""
    from dunnage_rules.words import hosts, markings

    return [found for module in (hosts, markings) for found in module.rules()]
