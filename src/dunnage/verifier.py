"""Named checks of secrets, which declarative rules can ask for."""

from __future__ import annotations

import enum
from collections.abc import Callable

from msgspec import Struct

from dunnage.model import Match


class Verdict(enum.Enum):
    """What a verifier says of a candidate: proven, likely, doubtful (a wrong checksum), not a
    secret."""

    CERTAIN = "certain"
    LIKELY = "likely"
    DOUBTFUL = "doubtful"
    NO = "no"


class Verifier(Struct, frozen=True):
    """A named check that a declarative rule can ask for. ``make(random, *arguments)`` builds a
    value that the check accepts, for examples."""

    name: str
    check: Callable[[Match], Verdict]
    make: Callable[..., str | None] | None = None
