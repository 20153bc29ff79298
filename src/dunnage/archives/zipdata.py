"""The content of zip members, in memory when it is small, streamed when it is not."""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Iterator
from typing import BinaryIO, cast

from isal import isal_zlib
from isal.igzip_lib import IsalError

from dunnage.archives.codecs import stream_blocks, unxz
from dunnage.archives.deflate import inflate
from dunnage.archives.deflate64 import inflate64
from dunnage.archives.limits import SMALL, Budget
from dunnage.archives.notes import Notes, encrypted
from dunnage.archives.parts import ByteStream, part_of
from dunnage.archives.raw import Raw
from dunnage.archives.zipfields import ENCRYPTED, MASKED, METHODS, STRONG, Place
from dunnage.archives.zstd import unzstd
from dunnage.errors import ArchiveError
from dunnage.model import Source


def unreadable(place: Place) -> str | None:
    """Why a member cannot be read at all, None if it can be tried."""
    if place.flags & (ENCRYPTED | STRONG | MASKED) or place.method == 99:
        return encrypted("the content")
    if place.method not in (0, 8, 9, 12, 14, 93, 20, 95):
        name = METHODS.get(place.method, "unknown")
        return f"compression method {place.method} ({name}) cannot be read"
    return None


def blocks(raw: Raw, place: Place, budget: Budget) -> Iterator[bytes]:
    """The content block by block. Raises ArchiveError where it is damaged; CRC and size are not
    checked here."""
    method = place.method
    if method == 0:
        while part := raw.chunk(SMALL):
            yield part
    elif method == 8:
        yield from inflate(raw, budget, "the deflate stream")
    elif method == 9:
        yield from inflate64(raw, budget, "the Deflate64 stream")
    elif method == 12:
        yield from stream_blocks(raw, budget, "the bzip2 stream", bz2.BZ2Decompressor)
    elif method == 14:
        yield from _lzma(raw, place, budget)
    elif method == 95:
        yield from unxz(raw, budget, Notes())
    elif method in (93, 20):
        yield from unzstd(raw, budget, Notes())
    else:
        raise ArchiveError(unreadable(place) or "cannot be read")


def _lzma(raw: Raw, place: Place, budget: Budget) -> Iterator[bytes]:
    head = raw.take(4)
    size = int.from_bytes(head[2:4], "little")
    properties = raw.take(min(size, 5))
    if len(properties) != 5:
        raise ArchiveError("the LZMA stream is damaged: its properties are cut short")
    rest, lc = divmod(properties[0], 9)
    pb, lp = divmod(rest, 5)
    window = int.from_bytes(properties[1:5], "little")
    budget.window(window)
    filters = [
        {"id": lzma.FILTER_LZMA1, "dict_size": max(window, 4096), "lc": lc, "lp": lp, "pb": pb}
    ]

    def make() -> lzma.LZMADecompressor:
        try:
            return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
        except (lzma.LZMAError, ValueError) as error:
            raise ArchiveError(f"the LZMA stream is damaged: {error}") from None

    left = place.size
    marked = bool(place.flags & 2)
    yield from stream_blocks(raw, budget, "the LZMA stream", make, most=None if marked else left)


def small(data: bytes, place: Place) -> bytes | None:
    """The content of a small deflated or stored member when nothing at all is wrong with it."""
    if place.method == 8:
        engine = isal_zlib.decompressobj(-15)
        try:
            found: bytes = engine.decompress(data, SMALL + 1)
        except IsalError:  # type: ignore[misc] # its stub calls it an instance
            return None
        if not engine.eof or engine.unused_data:
            return None
    elif place.method == 0:
        found = data
    else:
        return None
    if len(found) != place.size or isal_zlib.crc32(found) != place.crc:
        return None
    return found


class Verdict:
    """What reading a member to its end has shown. ``used`` is how many packed bytes it took."""

    __slots__ = ("done", "fault", "size", "used")

    def __init__(self) -> None:
        self.done = False
        self.fault: str | None = None
        self.size = 0
        self.used = 0


class ZipMember:
    """The content of a member, decompressed anew each time it is opened; the CRC is checked at the
    end. ``slice_of`` is given when it is stored. It can be opened ``fresh`` at any time."""

    fresh = True

    def __init__(self, source: Source, place: Place, budget: Budget, path: str) -> None:
        self.size: int | None = place.size
        self._source = source
        self._place = place
        self._budget = budget
        self._path = path
        self._charged = False
        self._first: tuple[list[bytes], BinaryIO] | None = None
        where = source.slice_of
        stored = where is not None and place.method == 0 and place.size == place.packed
        self.slice_of = (where[0], where[1] + place.start) if where and stored else None
        self.verdict = Verdict()

    def open(self) -> BinaryIO:
        """The content from its first byte; reading raises ArchiveError where it is damaged."""
        if self._first is not None:
            parts, begun = self._first
            self._first = None

            def replay(most: int) -> bytes:
                if not parts:
                    return begun.read(most)
                part, parts[0] = parts[0][:most], parts[0][most:]
                if not parts[0]:
                    del parts[0]
                return part

            return cast("BinaryIO", ByteStream(replay, begun.close))
        place, budget = self._place, self._budget
        part = part_of(self._source, place.start, place.packed)
        stream = part.open()
        raw = Raw(stream, reopen=part.open)
        source = filter(None, blocks(raw, place, budget))
        verdict = Verdict()
        self.verdict = verdict
        charge, self._charged = not self._charged, True
        held, crc = b"", 0

        def take(most: int) -> bytes:
            nonlocal held, crc
            if not held:
                try:
                    held = next(source, b"")
                except ArchiveError as error:
                    verdict.fault = verdict.fault or str(error)
                    raise
                verdict.used = raw.offset
                if not held:
                    verdict.done = True
                    self._check(crc, verdict)
                    return b""
                crc = isal_zlib.crc32(held, crc)
                verdict.size += len(held)
                if charge:
                    budget.expand(len(held))
                else:
                    budget.tick()
            part, held = held[:most], held[most:]
            return part

        return cast("BinaryIO", ByteStream(take, stream.close))

    def begun(self, parts: list[bytes], stream: BinaryIO) -> None:
        """Keep what was read already, and the stream that goes on, for the first who opens this."""
        self._first = (parts, stream)

    def let_go(self) -> None:
        """Forget what was kept: nobody came for it."""
        if self._first is not None:
            self._first[1].close()
            self._first = None

    def _check(self, crc: int, verdict: Verdict) -> None:
        place = self._place
        if verdict.fault is None:
            if place.packed > verdict.used and verdict.size < place.size:
                verdict.fault = f"truncated: {place.size - verdict.size} bytes are missing"
            elif place.method == 0 and verdict.size < place.packed:
                verdict.fault = f"truncated: {place.packed - verdict.size} bytes are missing"
            elif place.crc is not None and crc != place.crc:
                verdict.fault = "the CRC of the content does not match"
            elif place.crc is not None and verdict.size != place.size:
                verdict.fault = (
                    f"the content has {verdict.size} bytes, the header says {place.size}"
                )
        if verdict.fault is not None:
            raise ArchiveError(verdict.fault)
