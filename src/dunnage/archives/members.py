"""Archives whose members lie plain: of those the ones are given that are opened in their turn."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage.archives.limits import SMALL
from dunnage.archives.notes import BLOCK, Inside, Item, extra
from dunnage.archives.parts import Passing, part_of
from dunnage.archives.raw import Raw
from dunnage.archives.sniff import sniff, sniff_named
from dunnage.model import Entry, Flaw, MemorySource

HEAD = 4096


class Members(Inside):
    """One whose members follow each other plain."""

    def _member(self, raw: Raw, name: str, size: int, *, counted: bool = False) -> Iterator[Item]:
        """A member of ``size`` bytes, which come next, if it is an archive; passes it. It is
        counted unless it was."""
        if not counted:
            self._budget.count_entry()
        at = raw.offset
        head = raw.take(min(size, HEAD))
        left = size - len(head)
        if not opens(head, size) and not sniff_named(name, head):
            left = _passed(raw, left)
        elif size <= SMALL:
            data = head + raw.take(left)
            left = size - len(data)
            yield extra(name, data)
        elif self._source.slice_of is not None or isinstance(self._source, MemorySource):
            # It can be read again, as several rules do where a file in it is too large to hold.
            yield Entry(name, name.encode(), size=size, source=part_of(self._source, at, size))
            left = _passed(raw, left)
        else:
            source = Passing(_blocks(raw, head, left), name, size)
            yield Entry(name, name.encode(), size=size, source=source)
            left = size - source.finish()
        if left > 0:
            yield Flaw(f"truncated: {left} bytes of a member are missing", name)


def opens(head: bytes, size: int = 0) -> bool:
    """Whether content of ``size`` bytes (0: not known) that begins with ``head`` is opened, or
    named."""
    from dunnage.archives.hidden import opener_of  # which knows the archives that have members

    return sniff(head) is not None or opener_of(head, None, size) is not None


def _passed(raw: Raw, left: int) -> int:
    """Pass ``left`` bytes; returns how many of them are missing."""
    while left > 0 and (part := raw.chunk(min(left, BLOCK))):
        left -= len(part)
    return left


def _blocks(raw: Raw, head: bytes, left: int) -> Iterator[bytes]:
    yield head
    while left > 0 and (part := raw.chunk(min(left, BLOCK))):
        left -= len(part)
        yield part
