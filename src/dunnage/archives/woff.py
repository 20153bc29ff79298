"""What a web font says of itself: its metadata, and its tables of names, as far as they are packed.

Sources: WOFF File Format 1.0 and 2.0 (W3C), "Extended Metadata Block"; OpenType, "name".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dunnage.archives.embedded import unpacked
from dunnage.archives.limits import MIB
from dunnage.archives.named import unmarked
from dunnage.archives.notes import Item, Whole, extra

MAGICS = (b"wOFF", b"wOF2")
_TEXTS = (b"name", b"SVG ", b"meta")
_MOST_META = 4 * MIB
_MOST_TABLES = 200


class Font(Whole):
    """A font: its metadata, and in version 1, whose tables are packed one by one, those of text."""

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
            yield from self._text("metadata", unmarked(packed, _MOST_META) if second else packed)
        count = 0 if second else int.from_bytes(data[12:14], "big")
        for entry in range(44, 44 + 20 * min(count, _MOST_TABLES), 20):
            if entry + 20 > len(data):
                return
            tag, start, size, whole = struct.unpack_from(">4s3L", data, entry)
            if tag in _TEXTS and size < whole:
                yield from self._text(tag.decode().strip(), bytes(data[start : start + size]))

    def _text(self, name: str, content: bytes) -> Iterator[Item]:
        content = unpacked(content)
        self._budget.count_entry()
        self._budget.expand(len(content))
        if content:
            yield extra(name, content)
