"""Compound files: old documents, mail messages, installers (.doc, .xls, .msg, .msi). What their
streams hold lies in sectors that need not follow each other.

Source: [MS-CFB] "Compound File Binary File Format".
"""

from __future__ import annotations

import struct
from collections.abc import Generator, Iterator
from itertools import groupby

from dunnage.archives.limits import MIB
from dunnage.archives.notes import Item, Whole, encrypted, extra
from dunnage.archives.sniff import sniff, whole_zips
from dunnage.errors import ArchiveError
from dunnage.model import Flaw

_LAST = 0xFFFFFFFA
"""Sectors from this number on are marks."""
_FREE = 0xFFFFFFFF
_STREAM, _ROOT = 2, 5
_HEAD = 4096
_DAMAGED = "the compound file is damaged: what its streams hold was not opened"


class Compound(Whole):
    """A compound file: those of its streams are given that are archives, or lie scattered, and the
    zips in the others: PowerPoint keeps many in one. What lies around those is no part of them."""

    format = "ole"
    noun = "the compound file"
    parts = "streams"
    most = 96 * MIB

    def _parts(self, data: bytearray) -> Iterator[Item]:
        try:
            yield from self._streams(data)
        except (struct.error, _Broken):
            yield Flaw(_DAMAGED)

    def _streams(self, data: bytearray) -> Iterator[Item]:
        shift, small = struct.unpack_from("<2H", data, 30)
        if shift not in (9, 12) or small != 6:
            raise _Broken
        size = 1 << shift
        first, _, cut, mini = struct.unpack_from("<4L", data, 48)
        fat = _fat(data, size)

        def joined(chain: list[int]) -> bytes:
            with memoryview(data) as view:
                return b"".join([view[(at + 1) * size : (at + 2) * size] for at in chain])

        folder = _chain(fat, first)
        if not folder or (max(folder) + 1) * size >= len(data):
            raise _Broken
        directory = joined(folder)
        # Each of its numbers stands for 64 bytes of the file.
        minis = _numbers(joined(_chain(fat, mini, len(data) // 16 // size + 1)))
        root: bytes | None = None
        sectors: list[int] = []  # of the root
        room = 2 * len(data)  # streams may share sectors; honest ones do not
        for at in range(0, len(directory) - 127, 128):
            self._budget.count_entry()
            name = directory[at : at + 64].decode("utf-16-le", "replace")
            name = name.partition("\0")[0] or "stream"
            kind = directory[at + 66]
            if name == "EncryptedPackage" and kind == _STREAM:
                yield Flaw(encrypted("the content of the document"))
            start, length = struct.unpack_from("<LQ", directory, at + 116)
            length = length & 0xFFFFFFFF if size == 512 else length
            if kind == _ROOT and length and root is None:
                sectors = _chain(fat, start, -(-length // size))
                root = joined(sectors)[:length]
            if kind != _STREAM or not length:
                continue
            table, unit = (minis, 64) if length < cut else (fat, size)
            chain = _chain(table, start, -(-length // unit))
            room -= unit * len(chain)
            if room < 0:
                raise _Broken
            place = (start + 1) * size
            if table is minis:
                held, begun = root or b"", start * 64
                content = b"".join(held[i * 64 : i * 64 + 64] for i in chain)[:length]
                if begun < len(held):
                    place = (sectors[begun // size] + 1) * size + begun % size
            else:
                content = joined(chain)[:length]
            if len(content) < length:
                yield Flaw(
                    f"truncated: {length - len(content)} bytes of a stream are missing", name
                )
            # Else its sectors are scattered; what lies is seen so.
            yield from self._stream(name, content, lies=data.startswith(content, place))
        # What was deleted may lie in sectors that are free, and anything behind the last one.
        every = range(-(-len(data) // size) - 1)
        for free, run in groupby(every, lambda at: at >= len(fat) or fat[at] == _FREE):
            if free:
                numbers = list(run)
                part = bytes(memoryview(data)[(numbers[0] + 1) * size : (numbers[-1] + 2) * size])
                yield from self._zips(f"(free sectors at {(numbers[0] + 1) * size})", part)

    def _stream(self, name: str, content: bytes, *, lies: bool) -> Iterator[Item]:
        from dunnage.archives.hidden import opener_of  # which knows this module

        if sniff(content[:_HEAD]) is None:
            content = yield from self._zips(name, content)
            if lies and opener_of(content[:_HEAD], content) is None:
                return
        yield extra(name, content)

    def _zips(self, name: str, content: bytes) -> Generator[Item, None, bytes]:
        """The zips in a stream; returns it without them."""
        zips = whole_zips(content)
        for begin, end in zips:
            self._budget.count_entry()
            yield extra(f"{name} (zip at {begin})", content[begin:end])
        if not zips:
            return content
        left = bytearray(content)
        for begin, end in zips:
            left[begin:end] = bytes(end - begin)
        return bytes(left)


class _Broken(ArchiveError):
    """Sectors lead in a circle, or out of the file."""

    def __init__(self) -> None:
        super().__init__(_DAMAGED)


def _numbers(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}L", data[: len(data) // 4 * 4]))


def _chain(table: list[int], start: int, most: int = 1 << 32) -> list[int]:
    """Up to ``most`` sectors from ``start`` on, as the table leads. Raises _Broken."""
    chain: list[int] = []
    while start < _LAST and len(chain) < most:
        if start >= len(table) or len(chain) > len(table):
            raise _Broken
        chain.append(start)
        start = table[start]
    return chain


def _fat(data: bytearray, size: int) -> list[int]:
    """The table of sectors: 109 of its own are told in the header, others in a chain."""
    sectors = list(struct.unpack_from("<109L", data, 76))
    count, more = struct.unpack_from("<L", data, 44)[0], struct.unpack_from("<L", data, 68)[0]
    seen = set()
    while more < _LAST and len(sectors) < count:
        if more in seen or (more + 2) * size > len(data):
            raise _Broken
        seen.add(more)
        block = _numbers(bytes(data[(more + 1) * size : (more + 2) * size]))
        sectors += block[:-1]
        more = block[-1]
    fat: list[int] = []
    for at in sectors[:count]:
        if at < _LAST:
            fat += _numbers(bytes(data[(at + 1) * size : (at + 2) * size]))
        if len(fat) * size > 2 * len(data) + (size << 10):
            raise _Broken
    return fat
