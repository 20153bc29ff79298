"""Internal words: texts that say of themselves that they must not leave. The user's own words are
in the core: ``dunnage.codenames``."""

from __future__ import annotations

from dunnage import Rule


def rules() -> list[Rule]:
    """The rules of this group that need code."""
    from dunnage_rules.words import hosts, markings

    return [found for module in (hosts, markings) for found in module.rules()]
