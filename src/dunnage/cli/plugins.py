"""``dunnage plugins``: what is loaded, from where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from dunnage.cli.options import Json, NoPlugin, Plugin, split


def plugins(plugin: Plugin = None, no_plugin: NoPlugin = None, json: Json = False) -> None:
    """List the plugins that are loaded and what they bring.

    \b
    Examples:
      dunnage plugins
      dunnage plugins --plugin acme.py
    """
    from dunnage.cli.listings import say, say_json, table
    from dunnage.plugins import load_plugins

    loaded = load_plugins(plugin or (), (), split(no_plugin))
    rules = Counter(loaded.owners.values())
    if json:
        say_json(
            [
                {
                    "name": item.name,
                    "origin": item.origin,
                    "bundled": item.bundled,
                    "rules": rules[item.name],
                }
                for item in loaded.loaded
            ]
        )
        return
    rows = [["plugin", "from", "rules"]]
    rows += [[item.name, item.origin, str(rules[item.name] or "")] for item in loaded.loaded]
    parts: dict[str, Sequence[Any]] = {
        "adapters": loaded.adapters,
        "resolvers": loaded.resolvers,
        "formats": loaded.reporters,
    }
    say(
        [
            *table(rows),
            "",
            *(
                f"{word}: {', '.join(sorted(part.name for part in found))}"
                for word, found in parts.items()
            ),
            f"rules: {len(loaded.rules)}",
        ]
    )
