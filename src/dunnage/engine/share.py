"""What the processes that look at one target have used of its limits, together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.archives import Budget

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import SynchronizedArray

    Totals = SynchronizedArray[float]

COUNTED = (
    "entries",
    "archives",
    "expanded",
    "bombs",
    "told",
    "names",
    "parsed",
    "tried",
    "met",
)
"""What of a budget is counted over all processes, beside the time of their processors."""


class Share:
    """One process's part in a target: after each call its ``budget`` knows what all have used."""

    def __init__(self, totals: Totals, budget: Budget) -> None:
        self._totals = totals
        self._budget = budget
        self._known = [0.0] * (len(COUNTED) + 1)

    def __call__(self) -> None:
        """Add what was used here since the last call, and take over what all came to."""
        budget, totals = self._budget, self._totals
        mine = [*(getattr(budget, name) for name in COUNTED), budget.used]
        with totals.get_lock():
            known = [totals[n] + here - self._known[n] for n, here in enumerate(mine)]
            totals[:] = known
        self._known = known
        for name, count in zip(COUNTED, known, strict=False):
            setattr(budget, name, int(count))
        budget.used = known[-1]
