"""Compressed streams in the middle of other content: pages of Parquet and HDF5, modules of programs
that unpack themselves, blobs of databases, blocks of file systems, sections of libraries.

Sources: RFC 1950, RFC 1951, RFC 1952, RFC 8878, the .xz file format.
"""

from __future__ import annotations

import bz2
import contextlib
import lzma
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import zstandard

from dunnage.lazy import lazy_regex

# A zlib stream whose first block is compressed (RFC 1951, 3.2.3): bits 1 and 2 are 01 or 10.
_BLOCK = bytes(byte for byte in range(256) if byte & 6 in (2, 4))
BEGINNING = (
    rb"\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]"
    rb"|\x78[\x9c\xda\x01\x5e][" + b"".join(b"\\x%02x" % byte for byte in _BLOCK) + rb"]"
    rb"|\x28\xb5\x2f\xfd|BZh[1-9]1AY&SY|\xfd7zXZ\x00"
)
"""How they begin, as a regular expression over bytes."""

MOST = 1 << 20
"""The most bytes that are taken out of one."""

RATE = 16
"""What comes out of all of them is at most so many times what holds them."""

_PROBE, STEP = 1 << 10, 16 << 10
_MEMORY = 32 << 20
_BLOCK_SIZE = 128 << 10
_MOST_BLOCKS = 4096
"""Of a frame of zstd; one that is flushed at every line has 1 MiB in so many."""
_ZLIB = (b"\x01", b"\x5e", b"\x9c", b"\xda")
_LEAST = 16
"""Fewer bytes are no stream, but chance."""

_BEGINNING = lazy_regex(b"(?s:" + BEGINNING + b")")
# What other readers open: PNG, PDF, git packs and bundles; compressed tables of fonts.
_OPENED = (b"\x89PNG", b"%PDF", b"PACK", b"# v2 git", b"# v3 git", b"wOFF")
_LONGEST = 10


def embedded(
    data: bytes, low: int, high: int, ends: Sequence[int]
) -> Iterator[tuple[int, int, bytes]]:
    """The (start, end, content) of streams in ``data``, a part of a file that begins at ``low``.
    ``ends`` are where :data:`BEGINNING` was seen to end. Damaged streams give what came before the
    damage; what stands at ``low`` itself is for others to open."""
    if data.startswith(_OPENED, low):
        return
    left = min(RATE * (high - low), 8 * MOST)
    tries = 64 + (high - low) // 4096
    done = low + 1
    for end in ends:
        found = _BEGINNING.search(data, max(done, end - _LONGEST), end)
        if found is None:
            continue
        if left <= 0 or tries <= 0:
            return
        tries -= 1
        start = found.start()
        content, taken = inflated(data, start, high, min(MOST, left))
        left -= taken + len(content)
        if len(content) >= _LEAST:
            done = start + taken
            yield start, start + taken, content


def inflated(data: bytes, start: int, high: int, most: int) -> tuple[bytes, int]:
    """Up to ``most`` bytes of the stream at ``start``, and how many bytes it took."""
    first = data[start]
    if first == 0x28:
        return _zstd(data, start, high, most)
    engine: Any
    if first in (0x1F, 0x78):
        engine = zlib.decompressobj(47)
    elif first == 0x42:
        engine = bz2.BZ2Decompressor()
    else:
        engine = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)
    return decompressed(engine, data, start, high, most, (_PROBE, STEP))


def decompressed(
    engine: Any, data: bytes | bytearray, start: int, high: int, most: int, steps: Sequence[int]
) -> tuple[bytes, int]:
    """Up to ``most`` bytes of what an ``engine`` of the standard library makes of ``data`` from
    ``start`` to ``high``, and how many bytes it took. It is given so many bytes at a time as
    ``steps`` say, the last of them again and again; the one with damage in it is lost."""
    parts: list[bytes] = []
    size, at = 0, start
    while at < high and size < most and not engine.eof:
        step = data[at : min(high, at + steps[min(len(parts), len(steps) - 1)])]
        at += len(step)
        try:
            part = engine.decompress(step, most - size)
        except (zlib.error, OSError, EOFError, ValueError, lzma.LZMAError):
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts), at - start - (len(engine.unused_data) if engine.eof else 0)


def unpacked(data: bytes) -> bytes:
    """What the zlib stream holds that ``data`` is, or ``data`` itself if it is none. Of other
    streams their archives are opened."""
    if data[:1] != b"\x78" or data[1:2] not in _ZLIB:
        return data
    return inflated(data, 0, len(data), min(MOST, RATE * len(data)))[0] or data


def _zstd(data: bytes, start: int, high: int, most: int) -> tuple[bytes, int]:
    """The same of a frame of zstd."""
    end, sound = _frame_end(data, start, high)
    if not sound:
        return b"", end - start
    part = memoryview(data)[start : min(end, high, start + most)]
    engine = zstandard.ZstdDecompressor(max_window_size=_MEMORY)
    blocks: list[bytes] = []
    size = 0
    with engine.stream_reader(part) as reader, contextlib.suppress(zstandard.ZstdError):
        while size < most and (block := reader.read(min(_BLOCK_SIZE, most - size))):
            blocks.append(block)
            size += len(block)
    return b"".join(blocks), len(part)


def _frame_end(data: bytes, start: int, high: int) -> tuple[int, bool]:
    """Where a frame ends (RFC 8878, 3.1.1), or the content before it does; how far it was followed,
    and False, if it is none."""
    if start + 14 > high:
        return start + 4, False
    flags = data[start + 4]
    single = bool(flags & 0x20)
    if flags & 8:  # a reserved bit
        return start + 4, False
    at = start + 5 + (not single) + (0, 1, 2, 4)[flags & 3]
    at += (1 if single else 0, 2, 4, 8)[flags >> 6]
    for _ in range(_MOST_BLOCKS):
        if at + 3 > high:
            return high, True
        value = int.from_bytes(data[at : at + 3], "little")
        kind, size = (value >> 1) & 3, value >> 3
        if kind == 3 or size > 128 << 10:
            return at, False
        at += 3 + (1 if kind == 1 else size)
        if value & 1:
            return at + (4 if flags & 4 else 0), True
    return min(at, high), True
