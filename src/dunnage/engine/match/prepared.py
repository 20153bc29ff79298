"""What the matcher is made of: what each event asks, and the Hyperscan database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from dunnage.engine.match.database import Part, compiled


class Ask(Struct, frozen=True, array_like=True):
    """What an event asks: may the rule with this number match here? ``low`` and ``high`` are the
    lengths in bytes of what Hyperscan matched, ``longest`` that of the whole pattern. One that is
    ``anchored`` found (a part of) the pattern itself, the others a word near it. ``first`` are the
    bytes that a match may begin with (in Latin-1), none where they may be many."""

    rule: int
    low: int
    high: int
    longest: int
    anchored: bool
    first: str = ""


class Prepared(Struct):
    """The ids of ``expressions`` count ``events`` and, after them, the signs. ``events`` are what
    each expression asks; ``direct`` the rules that Hyperscan does not look for, and whether their
    shape is anchored. ``database`` is that of all expressions once it was made. As long as there
    was little to look at, it is not: ``words`` are the literals that spare it, and ``part`` is the
    database of those expressions that were needed."""

    events: Sequence[Sequence[Ask]]
    direct: Mapping[int, bool]
    expressions: Sequence[bytes]
    words: Sequence[bytes] = ()
    database: Any = None
    part: Part | None = None
    made: Callable[[Prepared], None] | None = None
    new: bool = False

    def whole(self) -> Any:
        """The database of all expressions, made now if it is not there."""
        if self.database is None:
            self.database = compiled(self.expressions, range(len(self.expressions)))
            self.new = True
            self.save()
        return self.database

    def keep(self, part: Part) -> None:
        """Take the database of some expressions."""
        self.part = part
        self.new = True

    def save(self) -> None:
        """Write into the cache what was made since it was read."""
        if self.new and self.made is not None:
            self.made(self)
        self.new = False
