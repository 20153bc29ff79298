"""What is said of an archive: counted, so that the walk of a target ends where it is too much."""

from __future__ import annotations

from typing import TypeVar

from dunnage.archives import Budget

_Said = TypeVar("_Said")


class Told(list[_Said]):
    """Hits or problems of an archive. ``append`` counts, and ``withdraw`` takes what was counted
    back; the walk holds the count against the target's limit."""

    __slots__ = ("_budget",)

    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self._budget = budget

    def append(self, said: _Said) -> None:
        """One more."""
        self._budget.told += 1
        super().append(said)

    def withdraw(self, first: int) -> None:
        """Take back all from number ``first`` on."""
        self._budget.told -= len(self) - first
        del self[first:]
