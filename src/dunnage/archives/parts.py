"""Streams over functions, and sources that are parts of others."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from dunnage.errors import NotRereadable
from dunnage.model import Source
from dunnage.sources.file import SliceSource


class ByteStream(io.RawIOBase):
    """A stream over a function that gives up to ``n`` bytes, none at the end."""

    def __init__(
        self, take: Callable[[int], bytes], close: Callable[[], None] | None = None
    ) -> None:
        super().__init__()
        self._take = take
        self._close = close

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return self.readall()
        return self._take(size) if size else b""

    def readall(self) -> bytes:
        return b"".join(iter(lambda: self._take(1 << 20), b""))

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override] # a writable buffer
        part = self._take(len(buffer))
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        if not self.closed and self._close is not None:
            self._close()
        super().close()


class Passing:
    """Content that comes in blocks and passes: it can be opened once, while it is the current
    entry."""

    slice_of = None

    def __init__(self, blocks: Iterator[bytes], what: str, size: int | None) -> None:
        self.size = size
        self._blocks = blocks
        self._what = what
        self._block, self._at = b"", 0
        self._opened = False
        self._passed = 0

    def open(self) -> BinaryIO:
        """The content. Raises NotRereadable the second time; reading raises as its blocks do."""
        if self._opened:
            raise NotRereadable(f"{self._what}: the content has passed")
        self._opened = True
        return cast("BinaryIO", ByteStream(self._take))

    def _take(self, most: int) -> bytes:
        if self._at >= len(self._block):
            self._block, self._at = next(self._blocks, b""), 0
            self._passed += len(self._block)
        part = self._block[self._at : self._at + most]
        self._at += len(part)
        return part

    def finish(self) -> int:
        """Pass what was not read; returns how many bytes there were in all."""
        self._opened = True
        self._block, self._at = b"", 0
        for block in self._blocks:
            self._passed += len(block)
        return self._passed


class Part:
    """``size`` bytes of another source from ``offset`` on; to its end if ``size`` is None."""

    def __init__(self, source: Source, offset: int, size: int | None) -> None:
        self._source = source
        self._offset = offset
        self.size = size
        place = source.slice_of
        self.slice_of = None if place is None else (place[0], place[1] + offset)

    def open(self) -> BinaryIO:
        """A stream of the part. Raises as the source's own."""
        stream = self._source.open()
        left = self._offset
        if stream.seekable():
            stream.seek(left)
        else:
            while left > 0 and (part := stream.read(min(left, 1 << 20))):
                left -= len(part)
        state = [self.size]

        def take(size: int) -> bytes:
            if state[0] is None:
                return stream.read(size)
            part = stream.read(min(size, state[0]))
            state[0] -= len(part)
            return part

        return cast("BinaryIO", ByteStream(take, stream.close))


def part_of(source: Source, offset: int, size: int | None) -> Source:
    """A part of a source; of a local file, one that another process can read."""
    place = source.slice_of
    if place is not None and source.size is not None:
        room = max(source.size - offset, 0)
        return SliceSource(place[0], place[1] + offset, room if size is None else min(size, room))
    return Part(source, offset, size)
