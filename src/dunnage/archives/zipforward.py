"""A zip that is too large to hold and comes in a stream: read from front to back by its local
headers, and held against its central directory when that arrives.

Source: PKWARE APPNOTE.TXT 6.3.10.
"""

from __future__ import annotations

import itertools
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Generator, Iterator
from typing import BinaryIO, cast

from msgspec.structs import replace

from dunnage.archives.labels import Labels
from dunnage.archives.limits import SMALL, Budget
from dunnage.archives.notes import BLOCK, Item, extra
from dunnage.archives.oddities import Oddities
from dunnage.archives.parts import ByteStream, Passing
from dunnage.archives.raw import Raw
from dunnage.archives.zipdata import blocks, unreadable
from dunnage.archives.zipfields import (
    CENTRAL,
    DESCRIPTOR,
    END,
    FULL32,
    LOCAL,
    Place,
    kind_and_mode,
    member_name,
    zip64,
)
from dunnage.errors import ArchiveError, LimitError
from dunnage.lazy import lazy_regex
from dunnage.model import Entry, Flaw, Kind

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END64, _LOCATOR, _DESCRIPTOR = b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"
_RECORD = lazy_regex(rb"PK(?:\x03\x04|\x01\x02|\x05\x06|\x06\x06|\x06\x07)")
_STORED = 0
_NARROW, _WIDE = 4, 8


class ForwardZip:
    """The members as their local headers have them."""

    format = "zip"

    def __init__(self, stream: BinaryIO, budget: Budget, *, digests: bool = False) -> None:
        self._raw = Raw(stream, digests)
        self._budget = budget
        self._odd = Oddities()
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
        tally = _Tally()
        if not (yield from self._content(path, name, kind, mode, place, open_ended, why, tally)):
            return False
        if flags & DESCRIPTOR:
            told = self._descriptor(raw.offset - begun, tally)
            if told is None and why is None:
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

    def _content(
        self,
        path: str,
        name: bytes,
        kind: Kind,
        mode: int,
        place: Place,
        open_ended: bool,
        why: str | None,
        tally: _Tally,
    ) -> Generator[Item, None, bool]:
        raw, budget = self._raw, self._budget
        begun = raw.offset
        if open_ended and place.method == _STORED:
            inner, parts = raw, self._stored()
        elif open_ended:
            inner, parts = raw, blocks(raw, replace(place, flags=place.flags | 2), budget)
        else:
            inner = Raw(_limited(raw, place.packed))
            parts = blocks(inner, place, budget) if why is None else iter(())
        content = tally.counted(parts, budget)
        held: list[bytes] = []
        fault = None
        try:
            while tally.size <= SMALL and (part := next(content, b"")):
                held.append(part)
            if tally.size <= SMALL:
                if why is None:
                    yield Entry(path, name, kind, tally.size, mode, data=b"".join(held))
            else:
                source = Passing(itertools.chain(held, content), path, None)
                yield Entry(path, name, kind, place.size, mode, source=source)
                source.finish()
        except LimitError:
            raise
        except ArchiveError as error:
            fault = str(error)
            if held and tally.size <= SMALL:
                yield Entry(path, name, kind, tally.size, mode, data=b"".join(held))
        if tally.fault or fault:
            yield Flaw(tally.fault or fault or "", path)
        tally.used = raw.offset - begun
        if open_ended:
            if tally.fault or fault:
                yield Flaw(
                    "where the member ends cannot be told: what follows was not opened", path
                )
                return False
            return True
        rest = sum(map(len, iter(lambda: inner.chunk(BLOCK), b"")))
        if rest and why is None and not (tally.fault or fault):
            self._odd.add(
                "trailing-data", f"{rest} bytes lie behind the end of the compressed content", path
            )
            yield Flaw("what lies behind the compressed content was not looked at", path)
        if raw.offset - begun < place.packed:
            yield Flaw(f"truncated: {place.packed - raw.offset + begun} bytes are missing", path)
        return True

    def _stored(self) -> Iterator[bytes]:
        """A stored content up to the descriptor that has its size."""
        raw, passed = self._raw, 0
        while part := raw.chunk(BLOCK):
            if len(part) < 24:
                part += raw.take(24)
            at = part.find(_DESCRIPTOR)
            while at >= 0:
                if at + 24 > len(part):
                    break
                size = (passed + at) & FULL32
                if int.from_bytes(part[at + 8 : at + 12], "little") == size:
                    raw.unread(part[at:])
                    yield part[:at]
                    return
                at = part.find(_DESCRIPTOR, at + 4)
            keep = len(part) - 23
            more = raw.chunk(BLOCK)
            raw.unread((part[keep:] if more else b"") + more)
            part = part[:keep] if more else part
            passed += len(part)
            yield part
        raise ArchiveError("the content ends early: truncated")

    def _descriptor(self, packed: int, tally: _Tally) -> int | None:
        """Pass the data descriptor; None when none fits."""
        data = self._raw.take(24)
        lead = 4 if data[:4] == _DESCRIPTOR else 0
        for width in (_WIDE, _NARROW):
            fields = data[lead : lead + 4 + 2 * width]
            most = (1 << 8 * width) - 1
            if fields == tally.crc.to_bytes(4, "little") + b"".join(
                (value & most).to_bytes(width, "little") for value in (packed, tally.size)
            ):
                self._raw.unread(data[lead + len(fields) :])
                return lead + len(fields)
        self._raw.unread(data)
        return None

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


class _Tally:
    """What has come of a content. ``used`` is how many packed bytes it took."""

    def __init__(self) -> None:
        self.crc = self.size = self.used = 0
        self.fault: str | None = None

    def counted(self, parts: Iterator[bytes], budget: Budget) -> Iterator[bytes]:
        """The same blocks, counted. Damage ends them: it is kept in ``fault`` and raised."""
        try:
            for part in parts:
                self.crc = zlib.crc32(part, self.crc)
                self.size += len(part)
                budget.expand(len(part))
                yield part
        except LimitError:
            raise
        except ArchiveError as error:
            self.fault = str(error)
            raise


def _limited(raw: Raw, size: int) -> BinaryIO:
    left = [size]

    def take(most: int) -> bytes:
        part = raw.chunk(min(most, left[0])) if left[0] else b""
        left[0] -= len(part)
        return part

    return cast("BinaryIO", ByteStream(take))
