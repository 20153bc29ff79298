"""The parts of a buffer that belong to entries, one behind the other."""

from __future__ import annotations

import bisect
import operator
from collections.abc import Sequence
from typing import Any

from msgspec import Struct


class Region(Struct, frozen=True):
    """A part of a buffer that belongs to one entry. Matches begin in [accept_low, accept_high);
    ``offset`` is where ``low`` lies in the entry."""

    low: int
    high: int
    accept_low: int
    accept_high: int
    offset: int
    owner: Any


def region_at(regions: Sequence[Region], position: int) -> int:
    """The number of the region that holds ``position``, or of the one before it."""
    return max(bisect.bisect_right(regions, position, key=_low_of) - 1, 0)


_low_of = operator.attrgetter("low")
