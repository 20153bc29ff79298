"""What follows from all paths of an archive, found once for all who ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

_Known = TypeVar("_Known", bound=Mapping[str, Any])
_Made = TypeVar("_Made")


def derived(known: _Known, make: Callable[[_Known], _Made]) -> _Made:
    """What ``make``, a function of a module, gives of an artifact's ``index`` or of a listing's
    ``documents``. It is asked once of each: a rule that weighs thousands of hits goes through the
    paths once, and not for each hit."""
    kept: dict[object, Any] | None = getattr(known, "derived", None)
    if kept is None:
        return make(known)
    if make not in kept:
        kept[make] = make(known)
    made: _Made = kept[make]
    return made
