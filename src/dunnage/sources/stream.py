"""Bytes that come once: standard input, a socket."""

from __future__ import annotations

from typing import BinaryIO

from dunnage.errors import NotRereadable


class StreamSource:
    """A stream that can be read only once. ``size`` is its length if it is known."""

    slice_of = None

    def __init__(self, stream: BinaryIO, size: int | None = None) -> None:
        self.size = size
        self._stream: BinaryIO | None = stream

    def open(self) -> BinaryIO:
        """The stream. Raises NotRereadable the second time."""
        stream, self._stream = self._stream, None
        if stream is None:
            raise NotRereadable(
                "the bytes came from a stream and have passed: check the file itself"
            )
        return stream
