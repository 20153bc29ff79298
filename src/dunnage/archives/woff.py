"""What a web font says of itself: its metadata, and its tables of names, as far as they are packed.

Sources: WOFF File Format 1.0 and 2.0 (W3C), "Extended Metadata Block"; OpenType, "name".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dunnage.archives.embedded import unpacked
from dunnage.archives.limits import MIB
from dunnage.archives.named import brotli_of
from dunnage.archives.notes import Item, Whole, extra
from dunnage.model import Flaw

MAGICS = (b"wOFF", b"wOF2")
_TEXTS = (b"name", b"SVG ", b"meta")
_MOST_META = 4 * MIB
_MOST_TABLES = 200
_MOST_WHOLE = 32 * MIB


# The tags that have a number, and where those are in it that are of interest here.
_NAME, _GLYF, _LOCA, _META, _SVG, _OTHER = 5, 10, 11, 56, 41, 63
_KNOWN = {_NAME: b"name", _META: b"meta", _SVG: b"SVG "}
_UNTRANSFORMED = 3


class Font(Whole):
    """A font: its metadata, and its tables of text."""

    format = "woff"
    noun = "the font"
    parts = "metadata"
    most = 32 * MIB

    def _parts(self, data: bytearray) -> Iterator[Item]:
        second = data.startswith(b"wOF2")
        at = 28 if second else 24
        if len(data) < at + 8:
            return
        start, size = struct.unpack_from(">2L", data, at)
        if size and (packed := bytes(data[start : start + size])):
            yield from self._text("metadata", brotli_of(packed, _MOST_META) if second else packed)
        count = min(int.from_bytes(data[12:14], "big"), _MOST_TABLES)
        if second:
            if not data.startswith(b"ttcf", 4):
                yield from self._second(data, count)
            return
        for entry in range(44, 44 + 20 * count, 20):
            if entry + 20 > len(data):
                return
            tag, start, size, whole = struct.unpack_from(">4s3L", data, entry)
            if tag in _TEXTS and size < whole:
                yield from self._text(tag.decode().strip(), bytes(data[start : start + size]))

    def _second(self, data: bytearray, count: int) -> Iterator[Item]:
        """The tables of text of version 2, whose tables are packed together: their lengths alone
        are in the directory (WOFF 2.0, 4.1)."""
        at, low = 48, 0
        places: list[tuple[bytes, int, int]] = []
        for _ in range(count):
            flags = data[at] if at < len(data) else 0
            number, version = flags & 63, flags >> 6
            tag = bytes(data[at + 1 : at + 5]) if number == _OTHER else _KNOWN.get(number, b"")
            at += 5 if number == _OTHER else 1
            size, at = _base128(data, at)
            if number in (_GLYF, _LOCA) or tag in (b"glyf", b"loca"):
                packed = version != _UNTRANSFORMED
            else:
                packed = version != 0
            if packed:
                size, at = _base128(data, at)
            if tag in _TEXTS:
                places.append((tag, low, size))
            low += size
        length = int.from_bytes(data[20:24], "big")
        most = max((low + size for _, low, size in places), default=0)
        if most > _MOST_WHOLE:
            yield Flaw("the tables of the font are too large to be unpacked for their texts")
            return
        whole = brotli_of(bytes(data[at : at + length]), most) if most else b""
        for tag, low, size in places:
            if part := whole[low : low + size]:
                yield from self._text(tag.decode().strip(), part)

    def _text(self, name: str, content: bytes) -> Iterator[Item]:
        content = unpacked(content)
        self._budget.count_entry()
        self._budget.expand(len(content))
        if content:
            yield extra(name, content)


def _base128(data: bytearray, at: int) -> tuple[int, int]:
    """The number of variable length at ``at`` (UIntBase128), and where it ends."""
    value = 0
    for byte in data[at : at + 5]:
        at += 1
        value = value << 7 | byte & 127
        if byte < 128:
            break
    return value, at
