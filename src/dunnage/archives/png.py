"""A PNG as an archive of its texts. Source: PNG (Third Edition), 11.3.3 (tEXt, zTXt, iTXt).

Those that are not compressed are taken too: in the file a checksum follows them directly, whose
bytes may look like more of the text."""

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
    """The text chunks, each under its keyword."""

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
                    keyword, packed, text = _text(kind, body)
                    self._budget.count_entry()
                    if packed:
                        text = self._inflated(text)
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
        if kind in (b"tEXt", b"zTXt", b"iTXt") and size <= _LARGEST_CHUNK:
            yield kind, stream.read(size)
            stream.read(4)
        elif stream.seekable():
            stream.seek(size + 4, 1)
        else:
            left = size + 4
            while left > 0 and (part := stream.read(min(left, 1 << 20))):
                left -= len(part)


def _text(kind: bytes, body: bytes) -> tuple[bytes, bool, bytes]:
    """The keyword of a chunk, whether its text is compressed, and the text."""
    keyword, _, rest = body.partition(b"\0")
    if kind == b"tEXt":
        return keyword, False, rest
    if kind == b"zTXt":
        return keyword, True, rest[1:]
    text = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    return keyword, rest[:1] == b"\1", text


def open_png(source: Source, budget: Budget) -> PngArchive:
    """The PNG in ``source`` as an archive of its texts. Damage comes as Flaw."""
    return PngArchive(source, budget)
