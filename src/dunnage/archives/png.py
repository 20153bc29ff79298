"""A PNG as an archive of its compressed texts. Source: PNG (Third Edition), 11.3.3 (zTXt, iTXt)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from dunnage.archives.limits import Budget
from dunnage.archives.notes import Item, extra
from dunnage.errors import ArchiveError, LimitError
from dunnage.model import Flaw, Source

MAGIC = b"\x89PNG\r\n\x1a\n"
_LARGEST_CHUNK = 8 << 20
_LARGEST = 16 << 20


class PngArchive:
    """The text chunks that are compressed, each under its keyword. Plain ones (tEXt) are in the
    file as they are."""

    format = "png"
    digest: str | None = None
    inner_digest: str | None = None

    def __init__(self, source: Source, budget: Budget) -> None:
        self._source = source
        self._budget = budget

    def __iter__(self) -> Iterator[Item]:
        try:
            with self._source.open() as stream:
                stream.read(len(MAGIC))
                for kind, body in _chunks(stream):
                    packed = _packed(kind, body)
                    if packed is None:
                        continue
                    keyword, data = packed
                    self._budget.count_entry()
                    text = self._inflated(data)
                    if text:
                        yield extra(keyword.decode("latin-1") or "text", text)
        except LimitError:
            raise
        except (ArchiveError, OSError) as error:
            yield Flaw(f"the PNG's texts could not be read: {error}")

    def _inflated(self, data: bytes) -> bytes:
        try:
            text = zlib.decompressobj().decompress(data, _LARGEST)
        except zlib.error:
            return b""
        self._budget.expand(len(text))
        return text


def _chunks(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """The text chunks, wherever they stand."""
    while len(head := stream.read(8)) == 8:
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind == b"IEND" or size > 1 << 31:
            return
        if kind in (b"zTXt", b"iTXt") and size <= _LARGEST_CHUNK:
            yield kind, stream.read(size)
            stream.read(4)
        elif stream.seekable():
            stream.seek(size + 4, 1)
        else:
            left = size + 4
            while left > 0 and (part := stream.read(min(left, 1 << 20))):
                left -= len(part)


def _packed(kind: bytes, body: bytes) -> tuple[bytes, bytes] | None:
    """The keyword and the compressed text of a chunk; None when it is not compressed."""
    keyword, _, rest = body.partition(b"\0")
    if kind == b"zTXt":
        return (keyword, rest[1:]) if rest[:1] == b"\0" else None
    if rest[:2] != b"\1\0":
        return None
    return keyword, rest[2:].partition(b"\0")[2].partition(b"\0")[2]


def open_png(source: Source, budget: Budget) -> PngArchive:
    """The PNG in ``source`` as an archive of its compressed texts. Damage comes as Flaw."""
    return PngArchive(source, budget)
