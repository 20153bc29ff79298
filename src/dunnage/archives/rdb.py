"""R's databases of objects (``.rdb``): the code and data of its packages, each object packed for
itself, without a mark of the whole.

Sources: R Internals, "Serialization Formats"; src/main/serialize.c of R, R_compress1 to
R_compress3.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Iterator
from typing import Any

from dunnage.archives.embedded import decompressed
from dunnage.archives.limits import MIB
from dunnage.archives.notes import Item, Whole, extra
from dunnage.errors import ArchiveError

_SERIAL = b"X\n\0\0\0"
"""How a serialized object begins, in the form that R writes to such a file."""

_LEAST = 14
"""So many bytes stand before what an object holds."""
_HEAD = 5
_STORED, _BZIP2, _LZMA, _ZLIB = b"02Zx"
_GATHERED = 256 << 10
_MOST_OBJECT = 32 * MIB
_STEPS = (1 << 10, 16 << 10)


def is_database(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is one: its first object unpacks to how objects of R
    begin. ``head`` has a few hundred bytes at least, or is all there is."""
    if len(head) < _HEAD + 8 or head[4] not in (_STORED, _BZIP2, _LZMA, _ZLIB):
        return False
    found, _ = _object(head, 0, len(_SERIAL))
    return found.startswith(_SERIAL)


class Database(Whole):
    """A database: its objects, many in one entry."""

    format = "rdb"
    noun = "the database of R"
    parts = "objects"
    most = 96 * MIB

    def _parts(self, data: bytearray) -> Iterator[Item]:
        at = number = size = 0
        parts: list[bytes] = []
        while at < len(data):
            self._budget.tick()
            whole = int.from_bytes(data[at : at + 4], "big")
            found, end = _object(data, at, min(whole, _MOST_OBJECT))
            self._budget.expand(len(found))
            parts.append(found)
            size += len(found)
            broken = not _LEAST <= whole == len(found)
            if end is None or broken or size >= _GATHERED or end >= len(data):
                number += 1
                self._budget.count_entry()
                yield extra(f"objects {number}", b"".join(parts))
                parts, size = [], 0
            if end is None or broken:
                large = whole > _MOST_OBJECT
                why = f"one has more than {_MOST_OBJECT >> 20} MiB" if large else "one is damaged"
                yield self._damaged(ArchiveError(f"{why}, at byte {at}"))
                return
            at = end


def _object(data: bytes | bytearray, at: int, most: int) -> tuple[bytes, int | None]:
    """The object whose record stands at ``at``, as far as ``most`` bytes and one more, and where it
    ends, None if that was not reached."""
    start = at + _HEAD
    if start >= len(data):
        return b"", None
    form = data[at + 4]
    if form == _STORED:
        return bytes(data[start : start + most]), start + most
    engine: Any
    if form == _ZLIB:
        start, engine = start - 1, zlib.decompressobj()
    elif form == _BZIP2:
        engine = bz2.BZ2Decompressor()
    elif form == _LZMA:
        size = max(4096, min(int.from_bytes(data[at : at + 4], "big"), _MOST_OBJECT))
        filters = [{"id": lzma.FILTER_LZMA2, "dict_size": size}]
        engine = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
    else:
        return b"", None
    content, taken = decompressed(engine, data, start, len(data), most + 1, _STEPS)
    return content, start + taken if engine.eof else None
