"""The engine: walk, plan, match, place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dunnage.engine.run import Interrupted, check
    from dunnage.engine.settings import Settings

__all__ = ["Interrupted", "Settings", "check"]


def __getattr__(name: str) -> object:
    # Late, because rules need dunnage.engine.match and the facade needs the rules.
    if name in ("check", "Interrupted"):
        from dunnage.engine import run

        return getattr(run, name)
    if name == "Settings":
        from dunnage.engine.settings import Settings

        return Settings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
