"""The content of tar members, in memory or streamed, and what lies behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dunnage.archives.flow import Flow
from dunnage.archives.flowmember import Member
from dunnage.archives.limits import SMALL
from dunnage.archives.notes import Item, extra
from dunnage.archives.oddities import Oddities
from dunnage.archives.parts import part_of
from dunnage.archives.tarfields import BLOCK
from dunnage.model import Entry, Flaw, Kind, Source

_BEFORE = 512


class Contents:
    """Gives members their content. ``again`` gives the uncompressed bytes of the tar from their
    start once more, or raises NotRereadable."""

    def __init__(self, flow: Flow, again: Callable[[], Source], odd: Oddities) -> None:
        self.flow = flow
        self.again = again
        self.odd = odd

    def missing(self, path: str, count: int) -> Flaw:
        """What is said of a member that is cut short."""
        fault = self.flow.fault
        why = f": {fault}" if fault else ""
        return Flaw(f"truncated: {count} bytes of the content are missing{why}", path)

    def padding(self, path: str, before: bytes, data: bytes) -> Iterator[Item]:
        """Bytes behind a content that should be zero and are not: alone, and with the last bytes
        ``before``, since readers that take another size (GNU.sparse.realsize) read on."""
        self.odd.add(
            "trailing-data", "the padding behind this member is not empty; no tool unpacks it", path
        )
        yield from self.odd.taken()
        yield extra(f"(padding behind {path})", data)
        if before:
            yield extra(f"(end of {path} and padding)", before[-_BEFORE:] + data)

    def source(self, offset: int, size: int | None) -> Source:
        """A part of the uncompressed tar, from its start once more."""
        return part_of(self.again(), offset, size)

    def member(
        self, path: str, raw: bytes, size: int, mode: int, uid: int, gid: int
    ) -> Iterator[Item]:
        """A file whose content comes next in the flow."""
        flow, data = self.flow, b""
        if size <= SMALL or flow.need(SMALL + 1) <= SMALL:
            data = flow.take(min(size, SMALL))
            if len(data) < size:
                yield self.missing(path, size - len(data))
            yield Entry(path, raw, Kind.FILE, size, mode, None, None, data, None, uid, gid)
        else:
            offset = flow.offset
            local = self._local(offset, size)
            if local is not None:
                yield Entry(path, raw, Kind.FILE, size, mode, None, None, None, local, uid, gid)
                missing = size - flow.skip(size)
            else:
                member = Member(flow, size, lambda: self.source(offset, size), path)
                yield Entry(path, raw, Kind.FILE, size, mode, None, None, None, member, uid, gid)
                missing = member.finish()
            if missing:
                yield self.missing(path, missing)
                return
        rest = flow.take(-size % BLOCK)
        if rest.strip(b"\0"):
            yield from self.padding(path, data, rest)

    def _local(self, offset: int, size: int) -> Source | None:
        """The content as a part of a local file, when it lies there whole and plain."""
        if self.flow.total is None or offset + size > self.flow.total:
            return None
        source = self.again()
        return part_of(source, offset, size) if source.slice_of is not None else None


def after_the_end(flow: Flow, again: Callable[[], Source]) -> Iterator[Item]:
    """All that is left in the flow, as one entry."""
    path = "(bytes after the end)"
    have = flow.need(SMALL + 1)
    if have <= SMALL:
        data = flow.take(have)
        if data:
            yield extra(path, data)
        return
    member = Member(flow, None, again, path)
    yield Entry(path, path.encode(), source=member)
    member.finish()
