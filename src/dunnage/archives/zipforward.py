"""A zip that is too large to hold and comes in a stream: read from front to back by its local
headers, and held against its central directory when that arrives.

Source: PKWARE APPNOTE.TXT 6.3.10.
"""

from __future__ import annotations

import itertools
from array import array
from bisect import bisect_left
from collections.abc import Generator, Iterator
from typing import BinaryIO

from dunnage.archives.labels import Labels
from dunnage.archives.limits import Budget
from dunnage.archives.notes import BLOCK, Item, extra
from dunnage.archives.oddities import Oddities
from dunnage.archives.parts import Passing
from dunnage.archives.raw import Raw
from dunnage.archives.zipdata import unreadable
from dunnage.archives.zipfields import (
    CENTRAL,
    DESCRIPTOR,
    END,
    FULL32,
    LOCAL,
    Place,
    descriptor,
    kind_and_mode,
    member_name,
    zip64,
)
from dunnage.archives.zippassing import PassingContents, Tally
from dunnage.lazy import lazy_regex
from dunnage.model import Entry, Flaw

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END64, _LOCATOR = b"PK\x06\x06", b"PK\x06\x07"
_RECORD = lazy_regex(rb"PK(?:\x03\x04|\x01\x02|\x05\x06|\x06\x06|\x06\x07)")


class ForwardZip:
    """The members as their local headers have them."""

    format = "zip"

    def __init__(self, stream: BinaryIO, budget: Budget, *, digests: bool = False) -> None:
        self._raw = Raw(stream, digests)
        self._budget = budget
        self._odd = Oddities()
        self._contents = PassingContents(self._raw, budget, self._odd)
        self._places, self._keys = array("Q"), array("q")
        self._named = bytearray()
        self._shift = self._records_met = 0
        self.labels = Labels()
        self.digest: str | None = None
        self.inner_digest: str | None = None

    def __iter__(self) -> Iterator[Item]:
        try:
            yield from self._records()
            missing = self._named.count(0)
            if missing:
                self._odd.add(
                    "hidden-member",
                    f"the central directory does not name {missing} members: only a reader that"
                    " follows the local headers sees them",
                )
            yield from self._odd.rest()
            self.digest = self._raw.digest()
        finally:
            self._raw.close()

    def _records(self) -> Iterator[Item]:
        raw, odd, ended = self._raw, self._odd, False
        while sign := raw.take(4):
            self._budget.tick()
            if odd.extra:
                yield from odd.taken()
            if sign == _LOCAL and not ended:
                if not (yield from self._member()):
                    return
            elif sign == _CENTRAL and not ended:
                yield from self._central()
            elif sign == _LOCATOR and not ended:
                raw.take(16)
            elif sign == _END64 and not ended:
                size = int.from_bytes(raw.take(8), "little")
                raw.take(min(size, 64 << 10))
            elif sign == _END and not ended:
                end = sign + raw.take(18)
                if len(end) < END.size:
                    break
                *_, count, _, _, length = END.unpack(end)
                if comment := raw.take(length):
                    yield extra("(zip comment)", comment)
                if len(comment) < length:
                    yield Flaw("truncated: the zip ends in its comment")
                if (self._records_met - count) & 0xFFFF and count != 0xFFFF:
                    yield Flaw(
                        f"the end record counts {count} members, the central directory holds"
                        f" {self._records_met}"
                    )
                ended = True
            else:
                raw.unread(sign)
                yield from self._bytes(ended)
        if not ended:
            yield Flaw("the zip has no end record: truncated, or damaged")

    def _bytes(self, ended: bool) -> Iterator[Item]:
        """Bytes that are no record, up to the next one, or to the end behind the end record."""
        raw = self._raw
        start = raw.offset
        name = "(bytes after the end)" if ended else f"(bytes between members at {start})"
        what = iter(lambda: raw.chunk(BLOCK), b"") if ended else self._until_record(1)
        lead = next(what, b"")
        while lead and not lead.strip(b"\0"):
            lead = next(what, b"")
        if not lead:
            return
        kind = "leading-data" if not start else "trailing-data"
        self._odd.add(kind, f"bytes at {start} belong to no member: no tool unpacks them")
        yield from self._odd.taken()
        source = Passing(itertools.chain((lead,), what), name, None)
        yield Entry(name, name.encode(), source=source)
        source.finish()

    def _until_record(self, least: int) -> Iterator[bytes]:
        """Blocks up to where a record may begin, ``least`` bytes from here on."""
        raw = self._raw
        while part := raw.chunk(BLOCK):
            found = _RECORD.search(part, least)
            if found:
                raw.unread(part[found.start() :])
                yield part[: found.start()]
                return
            if len(part) > 3 and (more := raw.chunk(BLOCK)):
                raw.unread(part[-3:] + more)  # a sign may lie over the edge
                part = part[:-3]
            yield part
            least = 0

    def _member(self) -> Generator[Item, None, bool]:
        """A member; returns False where its end cannot be found."""
        raw, budget, at = self._raw, self._budget, self._raw.offset - 4
        budget.count_entry()
        head = _LOCAL + raw.take(26)
        if len(head) < LOCAL.size:
            yield Flaw("truncated: the zip ends in a local header")
            return False
        _, _, flags, method, _, _, crc, packed, size, names, extras = LOCAL.unpack(head)
        budget.path(names)
        name, more = raw.take(names), raw.take(extras)
        if packed == FULL32 or size == FULL32:
            size, packed, _ = zip64(more, size, packed, 0)
        self.labels.add(more)
        path = member_name(name, flags)
        kind, mode = kind_and_mode(name, 0, 0)
        self._odd.look(path, name, kind)
        yield from self._odd.taken()
        open_ended = bool(flags & DESCRIPTOR and not packed)
        place = Place(0, packed, size, method, None if open_ended else crc, flags)
        begun = raw.offset
        why = unreadable(place)
        if why is not None:
            yield Flaw(why, path)
            yield Entry(path, name, kind, size, mode, data=b"")
            if open_ended:
                yield Flaw(
                    "where the member ends cannot be told: what follows was not opened", path
                )
                return False
        tally = Tally()
        if not (
            yield from self._contents.member(path, name, kind, mode, place, open_ended, why, tally)
        ):
            return False
        if flags & DESCRIPTOR:
            data = raw.take(24)
            told = descriptor(data, tally.crc, raw.offset - len(data) - begun, tally.size, (8, 4))
            raw.unread(data[told:])
            if not told and why is None:
                yield Flaw("the CRC or a size behind the content does not match", path)
        elif why is None and (tally.crc, tally.size) != (crc, size):
            yield Flaw("the CRC or the size of the content does not match", path)
        if why is not None:
            tally.crc, tally.size = crc, size
        stop = packed if not open_ended else tally.used
        self._places.append(at)
        self._keys.append(hash((name, method, tally.crc, tally.size, stop)))
        self._named.append(0)
        return True

    def _central(self) -> Iterator[Item]:
        """A record of the central directory, held against the member that it names."""
        raw, odd = self._raw, self._odd
        head = _CENTRAL + raw.take(42)
        if len(head) < CENTRAL.size:
            yield Flaw("truncated: the zip ends in its central directory")
            return
        self._records_met += 1
        fixed = CENTRAL.unpack(head)
        flags, method, crc, packed, size = fixed[3], fixed[4], *fixed[7:10]
        offset = fixed[16]
        name, more, comment = raw.take(fixed[10]), raw.take(fixed[11]), raw.take(fixed[12])
        size, packed, offset = zip64(more, size, packed, offset)
        self.labels.add(more)
        path = member_name(name, flags)
        if comment:
            yield extra(f"(zip header of {path})", comment)
        if self._places and not any(self._named):
            self._shift = self._places[0] - offset  # what stands before a zip moves all offsets
        at = bisect_left(self._places, offset + self._shift)
        if at >= len(self._places) or self._places[at] != offset + self._shift:
            yield Flaw("the member's local header is not where the central directory says", path)
            return
        self._named[at] = 1
        if self._keys[at] != hash((name, method, crc, size, packed)):
            odd.add("header-mismatch", "local header and central directory disagree", path)
            yield from odd.taken()
            yield Flaw(
                "what the central directory makes of the member could not be looked at: the zip"
                " came in a stream and is too large to hold",
                path,
            )
