"""What one target may cost, and the running count of what it has cost."""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct

from dunnage.errors import LimitError, StartAgain

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30

SMALL = MIB
"""Content up to this many bytes is given in memory; larger is streamed."""

RATIO_FLOOR = 256 * MIB
"""The ratio counts only when a stream has grown past this many bytes."""

AFTER_A_BOMB = 8 * MIB
"""So little does a stream have to grow when another of the same target was a bomb."""

LONG_NAME = 128
MOST_NAMES = 64 * MIB
"""What names have beyond 128 bytes may come to so much in all: an index keeps them."""

LARGE_TARGET = 4 * GIB
ALL_TO_ONE = 8
"""Once a target has expanded to more than 4 GiB, all of it together may have come to an eighth of
the ratio that one stream may have: many streams below a stream's own bounds are a bomb, too."""

LONG = 20.0
SLOW, FULL = 0.1, 10
"""A target may take the processor 20 seconds, and a tenth of one for each MiB of its size and of
what it expands to, up to ten times its size. Large honest ones take a quarter of the latter at
most: what is looked at so slowly was made to be."""

CLOCK = 0.1
"""So many seconds pass before the processor's clock is asked again: it is a system call."""

MOST_PARSED = 96 * MIB
"""What the manifests of a target may take in memory when they have been read."""

MOST_BOMBS = 64
"""After so many, the rest of the target is not looked at."""

CANDIDATES_PER_KIB = 4
"""So many candidates may be tried for each KiB that is looked at, beside max_candidates."""


_COUNTED = frozenset({"entries", "expanded", "archives", "findings", "ratio"})
"""The limits that all of a target counts against: what of it is met depends on what came before."""

_WHOLE = _COUNTED - {"ratio"} | {"seconds"}
"""The limits with which the whole target comes to its end."""


class Limits(Struct, frozen=True):
    """The most that one target may cost. No honest artifact is known to meet one of these.

    Sizes are in bytes. ``max_entries`` and ``max_expanded`` count over the whole target, nested
    archives included; ``max_ratio`` is expanded to compressed bytes of one stream, once it
    has grown past 256 MiB; ``max_header`` bounds one extension header; ``max_window`` the memory
    that a zstd or xz stream asks for; ``max_sources`` the source files that are taken out of one
    source map; ``max_candidates`` the places that look like a match of a rule and are tried, beside
    four for each KiB looked at, of which ordinary packages hold less than one. ``max_archives``
    counts what is opened inside the target, ``max_findings`` what is said of it, problems included,
    and also what is said of all targets of a run: a finding takes the memory and the time of ten
    entries.
    """

    max_depth: int = 8
    max_entries: int = 1_200_000
    max_expanded: int = 20 * GIB
    max_ratio: int = 1000
    max_path: int = 64 * KIB
    max_header: int = MIB
    max_window: int = 128 * MIB
    max_sources: int = 250_000
    max_candidates: int = 200_000
    max_archives: int = 100_000
    max_findings: int = 100_000
    max_seconds: float = 600.0


def limit_names() -> list[str]:
    """What the limits are called by those who set them, in order."""
    return sorted(name.removeprefix("max_") for name in Limits.__struct_fields__)


def limit_defaults() -> list[str]:
    """The limits as one sets them, with what they are otherwise, in order: ``expanded=20G``."""
    return [f"{name}={_short(getattr(Limits(), f'max_{name}'))}" for name in limit_names()]


def _short(value: float) -> str:
    for unit, letter in ((GIB, "G"), (MIB, "M"), (KIB, "k")):
        if value % unit == 0:
            return f"{value // unit:.0f}{letter}"
    return f"{value:.0f}"


class Budget:
    """The limits of one target and what it has used of them; shared by all archives inside it.

    ``clock`` gives seconds and only ever grows, ``work`` those of this process alone, ``used`` the
    latter since the target was begun; ``tried`` is what was needed of max_candidates, in 1,024ths,
    and ``met`` counts the times that a limit was met which the whole target shares. Where other
    processes look at parts of the target, ``share`` adds to all counts what these have used, and
    StartAgain is raised when one of them meets such a limit. Every method that counts raises
    LimitError, whose text names the limit and its setting.
    """

    __slots__ = (
        "archives",
        "bombs",
        "candidates",
        "clock",
        "due",
        "entries",
        "expanded",
        "held",
        "limits",
        "lowest",
        "met",
        "names",
        "parsed",
        "share",
        "size",
        "spent",
        "started",
        "stopped",
        "told",
        "tried",
        "used",
        "work",
        "worked",
    )

    def __init__(
        self,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        work: Callable[[], float] = time.process_time,
    ) -> None:
        self.limits = limits or Limits()
        self.clock, self.work = clock, work
        self.started, self.worked = clock(), work()
        self.due = self.started
        self.used = 0.0
        self.share: Callable[[], None] | None = None
        self.size: int | None = None
        self.entries = self.archives = self.told = 0
        self.candidates = self.lowest = self.limits.max_candidates * 1024
        self.tried = 0
        self.expanded = 0
        self.held = 0
        self.bombs = self.met = 0
        self.names = self.parsed = 0
        self.stopped = False
        self.spent = False

    def count_entry(self) -> None:
        """One more member. Raises LimitError beyond max_entries; looks at the clock at times."""
        self.entries += 1
        if self.entries > self.limits.max_entries:
            raise self.exceeded("more members than are looked at", "entries")
        if not self.entries & 255:
            self.tick()

    def count_archive(self) -> None:
        """One more archive inside. Raises LimitError beyond max_archives."""
        self.archives += 1
        if self.archives > self.limits.max_archives:
            raise self.exceeded("more archives inside than are opened", "archives")

    def count_told(self) -> None:
        """Hold how much has been ``told`` of the target against max_findings."""
        if self.told >= self.limits.max_findings:
            raise self.exceeded("there is more to tell than is told", "findings")

    def parse(self, data: bytes) -> int | None:
        """The room in bytes that is taken for what a manifest may have in it; None if there is too
        little for it to be read."""
        room = room_of(data)
        if self.parsed + room > MOST_PARSED:
            self._meet()
            return None
        self.parsed += room
        return room

    def expand(self, size: int) -> None:
        """``size`` more bytes came out of a member or a compressed stream. ``self.size`` is that of
        the target, None if it is not known."""
        self.expanded += size
        if self.bombs >= MOST_BOMBS:
            self.spent = True
            raise self.exceeded(f"holds {self.bombs} decompression bombs", "ratio")
        if self.expanded > self.limits.max_expanded:
            raise self.exceeded("expands to more than is looked at", "expanded")
        most = self.limits.max_ratio * (self.size or 1)
        if self.size and self.expanded > LARGE_TARGET and self.expanded * ALL_TO_ONE > most:
            self.spent = True
            raise self.exceeded("all of it expands like a decompression bomb", "ratio")
        self.tick()

    def ratio(self, out: int, taken: int) -> None:
        """Hold ``out`` bytes that came of ``taken`` compressed ones against max_ratio."""
        floor = AFTER_A_BOMB if self.bombs else RATIO_FLOOR
        if out > floor and out > self.limits.max_ratio * max(taken, 1):
            self.bombs += 1
            raise self.exceeded("expands like a decompression bomb", "ratio")

    def header(self, size: int) -> None:
        """Hold the size of an extension header against max_header."""
        if size > self.limits.max_header:
            raise self.exceeded("an extension header is too large", "header")

    def path(self, size: int) -> None:
        """Hold the length of a name against max_path. Long names also count together, since an
        index keeps them all."""
        if size > self.limits.max_path:
            raise self.exceeded("a name is too long", "path")
        if size > LONG_NAME:
            self.names += size - LONG_NAME
            if self.names > MOST_NAMES:
                self.spent = True
                self._meet()
                raise self.exceeded(f"long names take more than {MOST_NAMES >> 20} MiB", "path")

    def window(self, size: int) -> None:
        """Hold the memory that a stream asks for against max_window."""
        if size > self.limits.max_window:
            raise self.exceeded("asks for too large a window", "window")

    def sources(self, count: int) -> None:
        """Hold the number of source files that came out of a map against max_sources."""
        if count > self.limits.max_sources:
            raise self.exceeded("more source files in a map than are taken out", "sources")

    def looked(self, size: int) -> None:
        """``size`` bytes are looked at, for which some candidates may be tried."""
        self.candidates += size * CANDIDATES_PER_KIB

    def may_try(self) -> bool:
        """Whether one more candidate may be tried; counts it."""
        if self.candidates < 1024:
            self._meet()
            return False
        self.candidates -= 1024
        if self.candidates < self.lowest:
            self.tried += self.lowest - self.candidates
            self.lowest = self.candidates
        return True

    def tick(self) -> None:
        """Look at the clock. Raises LimitError beyond max_seconds."""
        now = self.clock()
        if now - self.started > self.limits.max_seconds:
            raise self.exceeded("takes too long", "seconds")
        if now < self.due:
            return
        self.due = now + CLOCK
        before, self.worked = self.worked, self.work()
        self.used += self.worked - before
        if self.share is not None:
            self.share()
        if self._late():
            raise self.exceeded("takes too long for its size", "seconds")
        if self.share is not None and self.met:
            raise StartAgain

    def over(self) -> bool:
        """Whether several processes looked at the target and together came to the end of a limit,
        if not to that of its time, which is another each time."""
        if self.share is None or self.stopped:
            return False
        self.share()
        most = self.limits
        return not self._late() and (
            self.met > 0
            or self.entries > most.max_entries
            or self.archives > most.max_archives
            or self.expanded > most.max_expanded
            or self.told >= most.max_findings
            or self.tried > most.max_candidates * 1024
            or self.names > MOST_NAMES
            or self.parsed > MOST_PARSED
        )

    def _late(self) -> bool:
        """Whether the target has taken the processor longer than one of its size may. Whoever
        allows more seconds in all allows more of these."""
        size = self.size
        if not size:
            return False
        most = LONG + SLOW * (size + min(self.expanded, FULL * size)) / MIB
        return self.used > most * self.limits.max_seconds / Limits().max_seconds

    def exceeded(self, what: str, limit: str) -> LimitError:
        """The error that names a limit and its setting. Notes in ``spent`` that the whole target
        has come to its end."""
        self.spent = self.spent or limit in _WHOLE
        if limit in _COUNTED:
            self._meet()
        value = getattr(self.limits, f"max_{limit}")
        return LimitError(f"{what} (limit max_{limit} = {value}, set with --limit {limit}=N)")

    def _meet(self) -> None:
        self.met += 1
        if self.share is not None:
            self.share()
            if not self._late():
                raise StartAgain


def room_of(document: bytes) -> int:
    """How many bytes a JSON document, a table or a list of fields may take when it has been read:
    each item some 64."""
    items = len(document) - len(document.translate(None, b",{[\n"))
    return len(document) + 64 * items
