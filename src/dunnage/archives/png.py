"""A PNG as an archive of its texts. Source: PNG (Third Edition), 11.3.3 (tEXt, zTXt, iTXt), 11.3.2
(iCCP). Of chunks of one's own those are given that are a zlib stream.

Those that are not compressed are taken too: in the file a checksum follows them directly, whose
bytes may look like more of the text."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from dunnage.archives.limits import Budget
from dunnage.archives.notes import BLOCK, Inside, Item, extra
from dunnage.archives.raw import Raw
from dunnage.model import Flaw, Source

MAGIC = b"\x89PNG\r\n\x1a\n"
_TEXTS = (b"tEXt", b"zTXt", b"iTXt", b"iCCP")
_SEEN = (b"IHDR", b"PLTE", b"IDAT", b"fdAT")
"""The image itself, and of an animation the images."""
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_MOST_TEXTS = 10_000
_LARGEST_CHUNK = 8 << 20
_LARGEST = 16 << 20


class PngArchive(Inside):
    """The text chunks, each under its keyword."""

    format = "png"
    noun = "the PNG"
    parts = "texts"

    def _opened(self, raw: Raw) -> Iterator[Item]:
        raw.take(len(MAGIC))
        for number, (kind, body, cut) in enumerate(_chunks(raw)):
            if number >= _MOST_TEXTS:
                yield Flaw(f"the PNG has more than {_MOST_TEXTS:,} texts: the rest was not opened")
                return
            keyword, packed, text = _text(kind, body)
            self._budget.count_entry()
            more = packed and cut
            if packed:
                text, longer = self._inflated(text)
                more = more or longer
            if text:
                yield extra(keyword.decode("latin-1") or "text", text)
            if more:
                yield Flaw("a text of the PNG is too large to be read whole")

    def _inflated(self, data: bytes) -> tuple[bytes, bool]:
        """What a compressed text holds, and whether there is more than is read."""
        inflater = zlib.decompressobj()
        try:
            text = inflater.decompress(data, _LARGEST)
        except zlib.error:
            return b"", False
        self._budget.expand(len(text))
        return text, bool(inflater.unconsumed_tail)


def _chunks(raw: Raw) -> Iterator[tuple[bytes, bytes, bool]]:
    """The text chunks, wherever they stand, and whether one is cut off for its size."""
    while len(head := raw.take(8)) == 8:
        left, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind == b"IEND" or left > 1 << 31:
            return
        if kind not in _SEEN and left:
            body = raw.take(min(left, _LARGEST_CHUNK))
            left -= len(body)
            if kind in _TEXTS or body[:2] in _ZLIB:
                yield kind, body, left > 0
        left += 4  # the checksum
        while left > 0 and (part := raw.chunk(min(left, BLOCK))):
            left -= len(part)


def _text(kind: bytes, body: bytes) -> tuple[bytes, bool, bytes]:
    """The keyword of a chunk, whether its text is compressed, and the text."""
    keyword, _, rest = body.partition(b"\0")
    if kind == b"tEXt":
        return keyword, False, rest
    if kind in (b"zTXt", b"iCCP"):
        return keyword, True, rest[1:]
    if kind != b"iTXt":
        return kind, True, body
    text = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    return keyword, rest[:1] == b"\1", text


def open_png(source: Source, budget: Budget) -> PngArchive:
    """The PNG in ``source`` as an archive of its texts. Damage comes as Flaw."""
    return PngArchive(source, budget)
