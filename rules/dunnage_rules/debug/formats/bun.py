"""Programs that `bun build --compile` makes: where the source maps lie in them.

The modules lie one behind the other in what Bun calls its standalone module graph; then come a
table of them, the offsets, and the trailer. A module's record begins with three places (32 bits
each for offset and length): its name, its content, its source map. A map holds the number of its
sources, the length of its mappings, the places of the sources' names and of their texts (each a
zstd frame of its own), and then all of these.

Source: Bun's StandaloneModuleGraph.zig and SourceMap.zig; checked against what bun 1.4 writes.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator
from functools import partial
from io import BytesIO

from msgspec import Struct

from dunnage_rules.debug.formats.forward import Opener, pieces

TRAILER = b"\n---- Bun! ----\n"

_OFFSETS = (32, 24)
"""Bytes of the offsets before the trailer, in newer and older versions."""

_RECORDS = (52, 36, 32, 28)
"""Bytes of a module's record."""

_BLOCK = 1 << 20
_HELD = 32 << 20
"""A graph of so many bytes is read at once."""

_TRAILERS = 4
"""The program holds the trailer as a literal, too; the one that ends the graph is the last."""

_MOST_MODULES = 4096
_MOST_SOURCES = 65_536
_NAME = 4096
_FRAME = 18
"""The most bytes of a zstd frame's header."""

_SAMPLE = 10


class Graph(Struct, frozen=True):
    """What the source maps of one program hold."""

    sources: int
    texts: int
    """How many of the sources are embedded."""

    size: int
    """Bytes of these, unpacked."""

    sample: tuple[str, ...]


def read_graph(opener: Opener) -> Graph | None:
    """The source maps of the modules in a program; None if it has none.

    Raises ArchiveError as the bytes come.
    """
    for end, offsets in reversed(_trailers(opener)):
        for width in _OFFSETS:
            if found := _graph(opener, end - width, offsets[-width:]):
                return found
    return None


def _trailers(opener: Opener) -> list[tuple[int, bytes]]:
    """Where the last trailers begin, with the bytes before each."""
    found: deque[tuple[int, bytes]] = deque(maxlen=_TRAILERS)
    kept = _OFFSETS[0] + len(TRAILER) - 1
    held, start = b"", 0
    with opener() as stream:
        while part := stream.read(_BLOCK):
            block = held + part
            at = block.find(TRAILER, max(0, len(held) - len(TRAILER) + 1))
            while at >= 0:
                found.append((start + at, block[max(0, at - _OFFSETS[0]) : at]))
                at = block.find(TRAILER, at + 1)
            held = block[-kept:]
            start += len(block) - len(held)
    return list(found)


def _graph(opener: Opener, end: int, offsets: bytes) -> Graph | None:
    if len(offsets) not in _OFFSETS:
        return None
    length, table, size = struct.unpack_from("<QII", offsets)
    start = end - length
    if start < 0 or table + size > length or not 0 < size <= _MOST_MODULES * _RECORDS[0]:
        return None
    if length <= _HELD:
        (graph,) = pieces(opener, [(start, length)])
        opener, start = partial(BytesIO, graph), 0
    (records,) = pieces(opener, [(start + table, size)])
    maps = [(start + at, many) for at, many in _maps(records, length)]
    heads = pieces(opener, [(at, 8) for at, _ in maps])
    counted, total = [], 0
    for (at, many), head in zip(maps, heads, strict=True):
        count = int.from_bytes(head[:4], "little")
        if count and len(head) == 8 and 8 + 16 * count <= many:
            total += count
            counted.append((at, count))
    if not 0 < total <= _MOST_SOURCES:
        return None
    tables = pieces(opener, [(at + 8, 16 * count) for at, count in counted])
    names, texts = [], []
    for (at, count), places in zip(counted, tables, strict=True):
        pairs = list(struct.iter_unpack("<II", places[: len(places) & ~7]))
        names += [(at + low, min(many, _NAME)) for low, many in pairs[:count]]
        texts += [(at + low, _FRAME) for low, many in pairs[count:] if many]
    names = names[:_SAMPLE]
    found = pieces(opener, names + texts)
    sample = tuple(name.decode("utf-8", "replace") for name in found[: len(names)])
    sizes = [_unpacked(head) for head in found[len(names) :]]
    return Graph(total, len(sizes), sum(sizes), sample)


def _maps(records: bytes, length: int) -> Iterator[tuple[int, int]]:
    """Where the modules' maps lie, from the beginning of the graph, if these are records."""
    for width in _RECORDS:
        if len(records) % width:
            continue
        rows = [struct.unpack_from("<6I", records, at) for at in range(0, len(records), width)]
        if all(row[n] + row[n + 1] <= length for row in rows for n in (0, 2, 4)):
            yield from ((row[4], row[5]) for row in rows if row[5])
            return


def _unpacked(head: bytes) -> int:
    """The length of what a zstd frame holds, as its header says it (RFC 8878, 3.1.1.1)."""
    if len(head) < _FRAME or not head.startswith(b"\x28\xb5\x2f\xfd"):
        return 0
    flags = head[4]
    single = flags >> 5 & 1
    width = (single, 2, 4, 8)[flags >> 6]
    at = 5 + (not single) + (0, 1, 2, 4)[flags & 3]
    return int.from_bytes(head[at : at + width], "little") + (256 if width == 2 else 0)
