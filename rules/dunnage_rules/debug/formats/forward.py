"""Reading a stream by offsets that only grow, so that a 2 GB library costs no memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

Opener = Callable[[], BinaryIO]
"""Gives a fresh stream from the first byte."""

_STEP = 1 << 20


class Forward:
    """A stream and how far it has been read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.position = 0

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes, fewer at the end of the stream."""
        parts = []
        while count > 0 and (part := self._stream.read(min(count, _STEP))):
            parts.append(part)
            count -= len(part)
            self.position += len(part)
        return b"".join(parts)

    def skip_to(self, offset: int) -> bool:
        """Move on to ``offset``. False when the stream ends before it or has passed it."""
        if offset < self.position:
            return False
        while self.position < offset:
            part = self._stream.read(min(offset - self.position, _STEP))
            if not part:
                return False
            self.position += len(part)
        return True


def pieces(opener: Opener, wanted: list[tuple[int, int]]) -> list[bytes]:
    """The bytes at each ``(offset, length)`` of ``wanted``, in the order asked for.

    Ranges that overlap or go back cost another pass, at most three; what lies beyond the end
    is empty."""
    found: dict[int, bytes] = {}
    left = sorted(range(len(wanted)), key=lambda number: wanted[number])
    for _ in range(3):
        if not left:
            break
        again = []
        with opener() as stream:
            reader = Forward(stream)
            for number in left:
                offset, length = wanted[number]
                if offset < reader.position:
                    again.append(number)
                elif reader.skip_to(offset):
                    found[number] = reader.take(length)
        left = again
    return [found.get(number, b"") for number in range(len(wanted))]
