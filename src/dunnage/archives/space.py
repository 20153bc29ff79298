"""Random access to the bytes of a source, through a window: no memory map, whose pages can vanish
under a reader when another process cuts the file."""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Iterator
from typing import BinaryIO

from dunnage.errors import ArchiveError
from dunnage.model import MemorySource, Source

WINDOW = 2 << 20
HOLD = 192 << 20


class TooLarge(ArchiveError):
    """A source that cannot be sought is larger than what is held. ``blocks`` are its bytes."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__(f"it is larger than the {HOLD >> 20} MiB that can be held")
        self.blocks = blocks


class Space:
    """The bytes of a source by offset. ``source`` is one that can be reopened.

    What can be opened and sought is read in windows; what cannot is read into memory, up to
    192 MiB. Raises TooLarge when it is larger.
    """

    __slots__ = ("_at", "_stream", "_window", "size", "source")

    def __init__(self, source: Source) -> None:
        self._stream: BinaryIO | None = None
        self._at = 0
        self.source = source
        if isinstance(source, MemorySource):
            self._window = source.data
            self.size = len(source.data)
            return
        stream = source.open()
        if source.size is not None and source.slice_of is not None and stream.seekable():
            self.size = source.size
            self._stream = stream
            self._window = b""
            if self.size <= 2 * WINDOW:
                self._fill(0, self.size)
            return
        self._window = _gather(stream)
        stream.close()
        self.size = len(self._window)
        self.source = MemorySource(self._window)

    def twin(self) -> Space:
        """The same bytes through a window of its own; what is in memory has no window."""
        return self if self._stream is None else Space(self.source)

    def _fill(self, offset: int, size: int) -> None:
        stream = self._stream
        if stream is None:
            return
        try:
            stream.seek(offset)
            parts = []
            while size > 0 and (part := stream.read(size)):
                parts.append(part)
                size -= len(part)
        except OSError as error:
            raise ArchiveError(f"cannot be read: {error.strerror or error}") from None
        self._window, self._at = b"".join(parts), offset

    def get(self, offset: int, size: int) -> bytes:
        """``size`` bytes from ``offset``, fewer at the end. ``size`` is at most some MiB."""
        start = offset - self._at
        if start >= 0 and start + size <= len(self._window):
            return self._window[start : start + size]
        if offset < 0 or self._stream is None:
            return self._window[max(start, 0) : max(start + size, 0)]
        self._fill(offset, max(size, WINDOW))
        return self._window[:size]

    def find(self, what: bytes, start: int, end: int) -> int:
        """Where ``what`` first lies between two offsets, -1 if nowhere."""
        size = len(what)
        while end - start >= size:
            low = start - self._at
            if low < 0 or low + size > len(self._window):
                if self._stream is None:
                    return -1
                self._fill(start, WINDOW)
                low = 0
                if len(self._window) < size:
                    return -1
            at = self._window.find(what, low, end - self._at)
            if at >= 0:
                return self._at + at
            start = self._at + len(self._window) - size + 1
        return -1

    def digest(self) -> str:
        """``sha256:…`` of all bytes."""
        found = hashlib.sha256()
        for at in range(0, self.size, WINDOW):
            found.update(self.get(at, WINDOW))
        return "sha256:" + found.hexdigest()

    def close(self) -> None:
        """Close the file beneath."""
        if self._stream is not None:
            self._stream.close()


def _gather(stream: BinaryIO) -> bytes:
    held = io.BytesIO()  # it grows in place: pieces and their join would take twice the memory
    while part := stream.read(1 << 20):
        if held.tell() + len(part) > HOLD:
            held.seek(0)
            raise TooLarge(itertools.chain(_passed(held), (part,), _rest(stream)))
        held.write(part)
    return held.getvalue()


def _passed(held: io.BytesIO) -> Iterator[bytes]:
    with held:
        while part := held.read(1 << 20):
            yield part


def _rest(stream: BinaryIO) -> Iterator[bytes]:
    with stream:
        while part := stream.read(1 << 20):
            yield part
