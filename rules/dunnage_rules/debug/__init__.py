"""What debugging leaves in a release: symbols, source maps, dumps, profiles, paths."""

from __future__ import annotations

from dunnage import Rule


def rules() -> list[Rule]:
    """The rules of this group that need code."""
    from dunnage_rules.debug import (
        buildpath,
        bytecode,
        compiled,
        development,
        dumps,
        dwarf,
        instrumented,
        pdb,
        profiles,
        reference,
        sourcemap,
        symboltable,
    )

    modules = (
        buildpath,
        bytecode,
        compiled,
        development,
        dumps,
        dwarf,
        instrumented,
        pdb,
        profiles,
        reference,
        sourcemap,
        symboltable,
    )
    return [found for module in modules for found in module.rules()]
