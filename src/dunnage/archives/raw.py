"""The bytes of an archive as they lie, read once from front to back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import BinaryIO

from dunnage.errors import ArchiveError

CHUNK = 256 << 10


class Raw:
    """A stream with push-back that knows its offset and, if asked, hashes what passes."""

    __slots__ = ("_at", "_hash", "_reopen", "_rest", "_stream", "offset")

    def __init__(
        self,
        stream: BinaryIO,
        digests: bool = False,
        reopen: Callable[[], BinaryIO] | None = None,
    ) -> None:
        self._stream = stream
        self._reopen = reopen
        self._rest, self._at = b"", 0  # what was given back, and how much of it was taken again
        self._hash = hashlib.sha256() if digests else None
        self.offset = 0

    def chunk(self, size: int = CHUNK) -> bytes:
        """Up to ``size`` bytes, none only at the end."""
        if self._rest:
            part = self._rest[self._at : self._at + size]
            self._at += len(part)
            if self._at >= len(self._rest):
                self._rest, self._at = b"", 0
        else:
            try:
                part = self._stream.read(size)
            except OSError as error:
                raise ArchiveError(f"cannot be read: {error.strerror or error}") from None
            if self._hash is not None:
                self._hash.update(part)
        self.offset += len(part)
        return part

    def unread(self, data: bytes) -> None:
        """Give back what was taken too much."""
        size = len(data)
        self.offset -= size
        if size <= self._at and self._rest[self._at - size : self._at] == data:
            self._at -= size
        elif data:
            self._rest, self._at = data + self._rest[self._at :], 0

    def take(self, size: int) -> bytes:
        """Exactly ``size`` bytes, fewer only at the end. ``size`` must be small: it is not a claim
        of the archive's."""
        part = self.chunk(size)
        if len(part) == size:
            return part
        parts = [part]
        left = size - len(part)
        while left > 0 and (part := self.chunk(left)):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def digest(self) -> str | None:
        """``sha256:…`` of all bytes of the source, read to their end; None if it was not asked."""
        if self._hash is None:
            return None
        while self.chunk(1 << 20):
            pass
        return "sha256:" + self._hash.hexdigest()

    def again(self) -> BinaryIO | None:
        """The same bytes from their start once more, None where they have passed."""
        try:
            return self._reopen() if self._reopen is not None else None
        except (ArchiveError, OSError):
            return None

    def close(self) -> None:
        """Close the stream beneath."""
        self._stream.close()
