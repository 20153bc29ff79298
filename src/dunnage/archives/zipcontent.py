"""Gives zip members their content and says what is wrong with it."""

from __future__ import annotations

from collections.abc import Generator

from dunnage.archives.limits import SMALL, Budget
from dunnage.archives.notes import Item
from dunnage.archives.oddities import Oddities
from dunnage.archives.space import Space
from dunnage.archives.tarfields import text
from dunnage.archives.zipdata import ZipMember, small, unreadable
from dunnage.archives.zipfields import Given, Place
from dunnage.errors import ArchiveError
from dunnage.model import Entry, Flaw, Kind


class ZipContents:
    """The contents of one zip, held against the budget as they come. ``aside`` are entries for what
    a member's headers hold, given before it. ``given`` notes what was given, if that is asked."""

    def __init__(self, space: Space, budget: Budget, odd: Oddities) -> None:
        self.space = space
        self.budget = budget
        self.odd = odd
        self.aside: list[Entry] = []
        self.given: Given | None = None
        self._out = 0

    def member(
        self, path: str, name: bytes, kind: Kind, mode: int, place: Place
    ) -> Generator[Item, None, int]:
        """A member's content. Returns how many packed bytes it took, -1 when that is not known."""
        budget, space = self.budget, self.space
        if self.given is not None:
            self.given.add(name, place)
        if self.aside:
            yield from self.aside
            self.aside.clear()
        why = unreadable(place)
        if why is not None:
            yield Flaw(why, path)
            yield Entry(path, name, kind, place.size, mode, data=b"")
            return -1
        if kind is Kind.DIR and not place.packed:
            yield Entry(path, name, kind, 0, mode)
            return 0
        if place.size <= SMALL and place.packed <= SMALL:
            data = small(space.get(place.start, place.packed), place)
            if data is not None:
                self._grow(len(data))
                yield self._entry(path, name, kind, mode, data)
                return place.packed
        member = ZipMember(space.source, place, budget, path)
        data, fault = _begin(member, budget)
        if data is not None:
            self._grow(0)
            if fault is not None:
                yield Flaw(fault, path)
            yield self._entry(path, name, kind, mode, data)
            return member.verdict.used
        yield Entry(path, name, kind, place.size, mode, source=member)
        member.let_go()
        verdict = member.verdict
        self._out += verdict.size
        self._grow(0)
        return verdict.used if verdict.done else -1

    def _entry(self, path: str, name: bytes, kind: Kind, mode: int, data: bytes) -> Entry:
        entry = Entry(path, name, kind, len(data), mode, data=data)
        if kind is Kind.SYMLINK:
            entry.link = text(data[:4096])
            self.odd.link(entry)
        return entry

    def _grow(self, size: int) -> None:
        self._out += size
        self.budget.expand(size)
        self.budget.ratio(self._out, self.space.size)


def _begin(member: ZipMember, budget: Budget) -> tuple[bytes | None, str | None]:
    """A member's whole content if it is small, whatever it claims to be, with what is wrong with
    it; None if it is large. What was read of it then is given again by its first stream."""
    parts: list[bytes] = []
    size, fault = 0, None
    stream = member.open()
    try:
        while part := stream.read(SMALL):
            parts.append(part)
            size += len(part)
            if size > SMALL:
                member.begun(parts, stream)
                return None, None
    except ArchiveError as error:
        if budget.spent:
            raise
        fault = str(error)
    stream.close()
    return b"".join(parts), fault
