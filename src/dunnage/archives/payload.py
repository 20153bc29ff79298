"""What files carry behind or inside their first lines: scripts that unpack themselves, PHP archives
with compressed members, zlib streams.

Sources: RFC 1950; "Phar file format" of the PHP manual.
"""

from __future__ import annotations

import bz2
import re
import struct
import zlib
from collections.abc import Iterator

from dunnage.archives.codecs import stream_blocks
from dunnage.archives.deflate import inflate
from dunnage.archives.limits import MIB, Budget
from dunnage.archives.notes import Inside, Item, Whole, extra
from dunnage.archives.parts import Passing
from dunnage.archives.raw import Raw
from dunnage.errors import ArchiveError, LimitError
from dunnage.lazy import lazy_regex
from dunnage.model import Entry, Flaw, MemorySource

_LEADS = (b"#!", b"<?php")
_HALT = b"__HALT_COMPILER();"
_PACKED = lazy_regex(
    rb"\n(?=\x1f\x8b\x08[\x00-\x1f]|BZh[1-9]1AY&SY|\xfd7zXZ\x00|\x28\xb5\x2f\xfd|LZIP\x01)"
)
_ENTRY = struct.Struct("<6L")
_GZIPPED, _BZIPPED = 0x1000, 0x2000
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_LEAST = 64


def is_script(head: bytes, whole: bytes | None) -> bool:
    """Whether a script may carry something: it is one, and of a ``whole`` one it is seen."""
    if not head.startswith(_LEADS):
        return False
    return whole is None or _HALT in whole or _PACKED.search(whole) is not None


class Script(Whole):
    """A script and its payload."""

    format = "script"
    noun = "the script"
    parts = "payload"
    most = 96 * MIB

    def _parts(self, data: bytearray) -> Iterator[Item]:
        at = data.find(_HALT)
        if at >= 0:
            yield from self._phar(data, at + len(_HALT))
        elif found := _PACKED.search(data):
            self._budget.count_entry()
            start = found.end()
            del found  # it holds the bytes, of which one copy is enough
            yield extra(f"(payload at {start})", bytes(memoryview(data)[start:]))

    def _phar(self, data: bytearray, at: int) -> Iterator[Item]:
        """The compressed members of a PHP archive; the others are seen as they lie."""
        found = re.compile(rb" ?(?:\?>)?(?:\r?\n)?").match(data, at)
        at = found.end() if found else at
        try:
            length, count = struct.unpack_from("<2L", data, at)
            low = at + 4 + length
            at += 14
            for _ in range(2):  # the alias, and what describes the whole
                at += 4 + int.from_bytes(data[at : at + 4], "little")
            for _ in range(min(count, len(data) // 28)):
                self._budget.count_entry()
                size = int.from_bytes(data[at : at + 4], "little")
                name = bytes(data[at + 4 : at + 4 + size]).decode("utf-8", "backslashreplace")
                at += 4 + size
                _, _, packed, _, flags, more = _ENTRY.unpack_from(data, at)
                at += _ENTRY.size + more
                if at > len(data) or size > len(data):
                    break
                if flags & (_GZIPPED | _BZIPPED):
                    yield from self._unpacked(
                        name, bytes(memoryview(data)[low : low + packed]), flags
                    )
                low += packed
        except struct.error:
            pass  # a program that speaks of archives, and no archive

    def _unpacked(self, name: str, packed: bytes, flags: int) -> Iterator[Item]:
        raw = Raw(MemorySource(packed).open())
        budget = self._budget
        if flags & _GZIPPED:
            blocks = inflate(raw, budget, "the deflate stream")
        else:
            blocks = stream_blocks(raw, budget, "the bzip2 stream", bz2.BZ2Decompressor)
        content = Passing(_charged(blocks, budget), name, None)
        yield Entry(name, name.encode(), source=content)
        try:
            content.finish()
        except LimitError:
            raise
        except ArchiveError as error:
            yield Flaw(str(error), name)


def is_zlib(head: bytes) -> bool:
    """Whether content that begins with ``head`` is a zlib stream: no other content inflates so
    far."""
    if head[:2] not in _ZLIB:
        return False
    try:
        engine = zlib.decompressobj()
        return len(engine.decompress(head, _LEAST)) >= _LEAST or engine.eof
    except zlib.error:
        return False


class Zlib(Inside):
    """A zlib stream, or the one behind the header of a Flash film."""

    format = "zlib"
    noun = "the zlib stream"
    parts = "content"

    def _opened(self, raw: Raw) -> Iterator[Item]:
        self._budget.count_entry()
        raw.take(8 if raw.take(2) == b"CW" else 0)
        blocks = inflate(raw, self._budget, self.noun)
        name = "(inflated)"
        content = Passing(_charged(blocks, self._budget), name, None)
        yield Entry(name, name.encode(), source=content)
        content.finish()


def _charged(blocks: Iterator[bytes], budget: Budget) -> Iterator[bytes]:
    for block in blocks:
        budget.expand(len(block))
        yield block
