"""The shared rule set: a plugin like any other.

Declarative rules are the TOML files in the folders below; rules that need code are in modules,
each with a function ``rules()``.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from dunnage import Documents, Rule, Verifier, hookimpl, load_rules

CODED = ("archive", "debug", "leftovers", "structures", "words")
"""The packages whose ``rules()`` gives the rules that need code."""

TRIED = ("crypto.toml", "tunnels.toml", "wallets.toml")
"""The files of rules on keys of wallets and tunnels, which tests and documents are full of."""


@hookimpl
def register_verifiers() -> list[Verifier]:
    """The checks that our declarative rules ask for; anyone's may."""
    from dunnage_rules.verifiers import verifiers

    return list(verifiers())


@hookimpl
def register_rules(verifiers: Mapping[str, Verifier], documents: Documents) -> list[Rule]:
    """Every rule, declarative and coded."""
    from dunnage_rules.structures.trying import noted_where_tried

    found: list[Rule] = []
    for path in _declared(files(__name__)):
        rules = load_rules(path.read_text(encoding="utf-8"), path.name, verifiers, documents)
        found += map(noted_where_tried, rules) if path.name in TRIED else rules
    for name in CODED:
        found += importlib.import_module(f"{__name__}.{name}").rules()
    return found


def _declared(folder: Any) -> Iterator[Any]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            yield from _declared(item)
        elif item.name.endswith(".toml"):
            yield item
