"""The Hyperscan database: whole, or, while there is little to look at, as much as that needs.

Compiling every expression takes half a second, which a small artifact on a machine that never ran
dunnage would wait for longer than for all the rest. What an expression matches holds the
expression's literal: where that does not occur, the expression need not be looked for. Those that
have none are looked for by RE2 first, which compiles one in a hundredth of Hyperscan's time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import hyperscan

from dunnage.engine.match.pattern import compile_pattern
from dunnage.errors import UsageError

LITTLE = 1 << 20
"""Bytes that are looked at before the whole database is made."""

CALL = 32 << 10
"""What one call counts besides its bytes: each asks for every literal."""

SHORT = 64 << 10
"""Bytes in which an expression without a literal is looked for before it is compiled."""

Part = tuple[Sequence[int], Any]
"""The numbers of some expressions, and the database of these."""

Note = Callable[[int, int, int, int, object], Any]


def compiled(expressions: Sequence[bytes], ids: Sequence[int], *, once: bool = False) -> Any:
    """A database in block mode. ``once`` reports each expression once a scan."""
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = hyperscan.HS_FLAG_DOTALL | (hyperscan.HS_FLAG_SINGLEMATCH if once else 0)
    database.compile(
        expressions=list(expressions),
        ids=list(ids),
        elements=len(expressions),
        flags=[flags] * len(expressions),
    )
    return database


class Scanner:
    """Scans buffers for expressions, whose numbers are their ids. ``whole`` gives the database of
    all of them. ``words`` are their literals in lower case, empty for those that have none: with
    them the whole database is not made before there is much to look at. ``part`` is what was made
    earlier, ``keep`` takes what is made now. Not to be shared between threads."""

    def __init__(
        self,
        expressions: Sequence[bytes],
        whole: Callable[[], Any],
        words: Sequence[bytes] = (),
        part: Part | None = None,
        keep: Callable[[Part], None] | None = None,
    ) -> None:
        self._expressions = expressions
        self._whole = whole
        self._words = words
        self._keep = keep
        self._left = LITTLE
        self._database: Any = None
        self._scratch: Any = None
        self._complete = False
        self._some: set[int] = set()
        if part is not None:
            self._some.update(part[0])
            self._use(part[1])

    def complete(self) -> None:
        """Have the whole database."""
        if not self._complete:
            self._complete = True
            self._use(self._whole())

    def scan(self, data: bytes, note: Note) -> None:
        """Call ``note(id, start, end, flags, context)`` at the end of each match."""
        if not self._complete:
            self._left -= len(data) + CALL
            if self._left < 0 or not self._words:
                self.complete()
            else:
                self._prepare(data)
        if self._database is not None:  # else nothing can match
            self._database.scan(data, match_event_handler=note, scratch=self._scratch)

    def _prepare(self, data: bytes) -> None:
        """Have a database of all expressions that may match in ``data``."""
        lowered = data.lower()
        parts = {lowered[at : at + _PART] for at in range(len(lowered))}
        more = {
            number
            for number, word in enumerate(self._words)
            if number not in self._some
            and (
                (word[:_PART] in parts and word in lowered)
                if len(word) >= _PART
                else word in lowered and may_match(self._expressions[number], data)
            )
        }
        if more:
            self._some |= more
            numbers = sorted(self._some)
            database = compiled([self._expressions[number] for number in numbers], numbers)
            self._use(database)
            if self._keep is not None:
                self._keep((numbers, database))

    def _use(self, database: Any) -> None:
        self._database, self._scratch = database, hyperscan.Scratch(database)


def may_match(expression: bytes, data: bytes) -> bool:
    """Whether it may match in ``data``."""
    pattern = _searched(expression) if len(data) <= SHORT else None
    return pattern is None or pattern.search(data) is not None


@lru_cache(maxsize=128)
def _searched(expression: bytes) -> Any:
    """The expression for RE2, None where Hyperscan knows more: it is asked for every buffer until
    it matches."""
    try:
        return compile_pattern(f"(?s){expression.decode('ascii')}")
    except (UsageError, UnicodeDecodeError):
        return None


_PART = 3  # of most words the first three letters are nowhere, which a set tells at once
