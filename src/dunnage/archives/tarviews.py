"""The other readings of a tar: members that only some unpackers see."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dunnage.archives.flow import Flow
from dunnage.archives.limits import SMALL
from dunnage.archives.notes import Item
from dunnage.archives.sniff import valid_header
from dunnage.archives.tarcontent import Contents
from dunnage.archives.tarfields import BLOCK
from dunnage.errors import ArchiveError, LimitError
from dunnage.model import Entry, Flaw, MemorySource, Oddity, Source

_MOST = 16
_HELD = 8 * SMALL

Read = Callable[[Flow, Source], Iterator[Item]]
"""Reads the members of a tar inside another one's content, silently up to its first bad header."""


class Views:
    """Where a reader that took the other of two sizes expects the next header. Where such a place
    lies inside a member of this reading, the members that begin there are given, too; without
    ``read`` they are not."""

    def __init__(self, contents: Contents, read: Read | None) -> None:
        self.ends: set[int] = set()
        self._contents = contents
        self._read = read

    def expect(self, offset: int) -> None:
        """Another reader looks for a header at ``offset``."""
        if len(self.ends) < _MOST and self._read is not None:
            self.ends.add(offset)

    def doubt(self, offset: int, why: str, path: str | None = None) -> None:
        """Another reader looks for a header at ``offset``, and that is odd."""
        self._contents.odd.add(
            "header-mismatch",
            f"readers disagree on where the member ends: {why}",
            path,
        )
        self.expect(offset)

    def inside(self, start: int, span: int) -> list[int]:
        """The places inside a member's content, and no longer expected; those before it were
        headers of this reading as well."""
        passed = sorted(at for at in self.ends if at < start + span or at <= start)
        self.ends.difference_update(passed)
        return [at for at in passed if start <= at < start + span and span]

    def held(self, span: int) -> bytes | None:
        """The content that comes next, if it is small enough to be kept for a second look."""
        flow = self._contents.flow
        if span <= _HELD and flow.need(span) >= span:
            return flow.buf[flow.pos : flow.pos + span]
        return None

    def members(self, start: int, span: int, at: int, held: bytes | None) -> Iterator[Item]:
        """The members that a reader sees who expects a header at ``at``."""
        contents, odd = self._contents, self._contents.odd
        if held is not None:
            source: Source = MemorySource(held[at - start :])
        else:
            source = contents.source(at, start + span - at)
        flow = Flow(_blocks(source), contents.flow.budget, charge=False)
        if flow.need(BLOCK) < BLOCK or not is_header(flow.buf[:BLOCK]):
            return
        for item in self._read(flow, source) if self._read is not None else ():
            if isinstance(item, Entry):
                odd.add(
                    "hidden-member",
                    "only a reader that takes the other of two sizes sees this member",
                    item.path,
                )
                yield from odd.taken()
                yield item
            elif isinstance(item, Oddity) and item.kind != "trailing-data":
                yield item
        past = at + flow.offset
        if past > start + span:
            self.expect(past)

    def look(self, start: int, span: int, held: bytes | None) -> Iterator[Item]:
        """All members of other readings that begin in a content that has passed."""
        for at in self.inside(start, span):
            try:
                yield from self.members(start, span, at, held)
            except LimitError:
                raise
            except (ArchiveError, OSError) as error:
                yield Flaw(f"the members that another reader would see are out of reach: {error}")


def is_header(head: bytes) -> bool:
    """Whether 512 bytes are a valid header; quick to say no."""
    return head[148:156].strip(b" \0").isdigit() and valid_header(head)


def _blocks(source: Source) -> Iterator[bytes]:
    with source.open() as stream:
        while block := stream.read(SMALL):
            yield block
