"""The contents of a zip's members while the zip passes in a stream."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Generator, Iterator
from typing import BinaryIO, cast

from msgspec.structs import replace

from dunnage.archives.limits import SMALL, Budget
from dunnage.archives.notes import BLOCK, Item
from dunnage.archives.oddities import Oddities
from dunnage.archives.parts import ByteStream, Passing
from dunnage.archives.raw import Raw
from dunnage.archives.zipdata import blocks
from dunnage.archives.zipfields import DESCRIBED, FULL32, Place
from dunnage.errors import ArchiveError, LimitError
from dunnage.model import Entry, Flaw, Kind

_STORED = 0


class Tally:
    """What has come of a content. ``used`` is how many packed bytes it took."""

    def __init__(self) -> None:
        self.crc = self.size = self.used = 0
        self.fault: str | None = None

    def counted(self, parts: Iterator[bytes], budget: Budget) -> Iterator[bytes]:
        """The same blocks, counted. Damage ends them: it is kept in ``fault`` and raised."""
        try:
            for part in filter(None, parts):
                self.crc = zlib.crc32(part, self.crc)
                self.size += len(part)
                budget.expand(len(part))
                yield part
        except LimitError:
            raise
        except ArchiveError as error:
            self.fault = str(error)
            raise


class PassingContents:
    """Gives the members of one zip their content and says what is wrong with it."""

    def __init__(self, raw: Raw, budget: Budget, odd: Oddities) -> None:
        self.raw = raw
        self.budget = budget
        self.odd = odd

    def member(
        self,
        path: str,
        name: bytes,
        kind: Kind,
        mode: int,
        place: Place,
        open_ended: bool,
        why: str | None,
        tally: Tally,
    ) -> Generator[Item, None, bool]:
        """A member's content; ``why`` says that it cannot be unpacked, ``open_ended`` that only
        the content says where it ends. Returns False where that cannot be found."""
        raw, budget = self.raw, self.budget
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
            self.odd.add(
                "trailing-data", f"{rest} bytes lie behind the end of the compressed content", path
            )
            yield Flaw("what lies behind the compressed content was not looked at", path)
        if raw.offset - begun < place.packed:
            yield Flaw(f"truncated: {place.packed - raw.offset + begun} bytes are missing", path)
        return True

    def _stored(self) -> Iterator[bytes]:
        """A stored content up to the descriptor that has its size."""
        raw, passed = self.raw, 0
        while part := raw.chunk(BLOCK):
            if len(part) < 24:
                part += raw.take(24)
            at = part.find(DESCRIBED)
            while at >= 0:
                if at + 24 > len(part):
                    break
                size = (passed + at) & FULL32
                if int.from_bytes(part[at + 8 : at + 12], "little") == size:
                    raw.unread(part[at:])
                    yield part[:at]
                    return
                at = part.find(DESCRIBED, at + 4)
            keep = len(part) - 23
            more = raw.chunk(BLOCK)
            raw.unread((part[keep:] if more else b"") + more)
            part = part[:keep] if more else part
            passed += len(part)
            yield part
        raise ArchiveError("the content ends early: truncated")


def _limited(raw: Raw, size: int) -> BinaryIO:
    left = [size]

    def take(most: int) -> bytes:
        part = raw.chunk(min(most, left[0])) if left[0] else b""
        left[0] -= len(part)
        return part

    return cast("BinaryIO", ByteStream(take))
