"""Streams of untrusted bytes that were begun, counted, or looked into before they are read."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, cast

from dunnage.archives import sniff_tail
from dunnage.archives.magics import DISK_HEAD
from dunnage.engine.position import characters
from dunnage.errors import ArchiveError
from dunnage.model import Source

HEAD = 4096
"""How many bytes of a content decide what it is."""

TAIL = 66 << 10
"""Where the end record of a zip may stand: its 22 bytes and the longest comment."""

WINDOW = 1 << 20
"""How many new bytes of a large entry are looked at in one go."""


def full(stream: BinaryIO, count: int) -> bytes:
    """``count`` bytes of a stream, fewer only at its end."""
    parts = []
    while count > 0 and (part := stream.read(count)):
        parts.append(part)
        count -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def ending(stream: BinaryIO, count: int) -> bytes:
    """The last ``count`` bytes of a stream, read from front to back."""
    last = b""
    while part := stream.read(1 << 20):
        last = (last + part)[-count:]
    return last


class _Chained(io.RawIOBase):
    """Bytes that were read already, then the rest of their stream."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def read(self, count: int = -1) -> bytes:
        if self._head:
            if count < 0:
                head, self._head = self._head, b""
                return head + self._rest.read()
            head, self._head = self._head[:count], self._head[count:]
            return head
        return self._rest.read(count)


def chained(head: bytes, rest: BinaryIO) -> BinaryIO:
    """One stream of bytes that were read already and of what follows them."""
    return cast("BinaryIO", _Chained(head, rest))


class Counted:
    """A stream that counts what was read of it, and keeps its last 512 bytes."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.count = 0
        self.tail = b""

    def read(self, count: int = -1) -> bytes:
        """As the stream."""
        data: bytes = self._stream.read(count)
        self.count += len(data)
        if data:
            self.tail = (self.tail + data[-512:])[-512:]
        return data


class Blanked:
    """A stream with ``spans`` (start, end, start, …) of it in blanks, as many as they have
    characters; lines end where they ended."""

    def __init__(self, stream: Any, spans: Sequence[int]) -> None:
        self._stream = stream
        self._spans = spans
        self._next = 0
        self._at = 0

    def read(self, count: int = -1) -> bytes:
        """As the stream; fewer bytes where characters had several."""
        while data := self._stream.read(count):
            low, self._at = self._at, self._at + len(data)
            if out := self._blanked(data, low, self._at):
                return out
        return b""

    def _blanked(self, data: bytes, low: int, high: int) -> bytes:
        spans, at = self._spans, low
        parts: list[bytes] = []
        while self._next < len(spans) and spans[self._next] < high:
            start, end = spans[self._next], spans[self._next + 1]
            start = max(start, at)
            parts += data[at - low : start - low], _blank(data[start - low : end - low])
            at = min(end, high)
            if end > high:
                break
            self._next += 2
        return b"".join((*parts, data[at - low :])) if parts else data


def _blank(part: bytes) -> bytes:
    if b"\n" in part:
        return b"\n".join(map(_blank, part.split(b"\n")))
    return b" " * characters(part)


class Peeked:
    """A source whose first bytes were read to see what it is: its first stream begins with them."""

    def __init__(self, source: Source, head: bytes, stream: BinaryIO) -> None:
        self._source = source
        self._first: BinaryIO | None = chained(head, stream)
        self.size = source.size
        self.slice_of = source.slice_of

    def open(self) -> BinaryIO:
        """The stream that was begun, then fresh ones. Raises as the source's ``open``."""
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return self._source.open()


def peeked(source: Source) -> tuple[bytes, str | None, Source]:
    """The first bytes of a source, the format that the end of a file shows, and the source to go
    on with."""
    stream = source.open()
    head = full(stream, DISK_HEAD)
    if source.slice_of is not None and source.size is not None:
        with stream, source.open() as again:
            low = max(0, source.size - TAIL)
            again.seek(low)
            return head, sniff_tail(again.read(TAIL)), source
    return head, None, Peeked(source, head, stream)


def chunks(data: bytes) -> Iterator[tuple[bytes, bool]]:
    """The windows of a content in memory, each with whether it is the last."""
    for low in range(0, len(data), WINDOW):
        yield data[low : low + WINDOW], low + WINDOW >= len(data)


def windows(head: bytes, stream: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """The windows of a stream that began with ``head``. Where it breaks, what came before is given
    first, as the last."""
    part = head
    while True:
        try:
            more = stream.read(WINDOW)
        except ArchiveError:
            yield part, True
            raise
        if not more:
            yield part, True
            return
        if len(part) >= WINDOW:
            yield part, False
            part = more
        else:
            part += more
