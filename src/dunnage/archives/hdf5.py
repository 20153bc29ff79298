"""HDF5 files: of blocks that other filters than deflate have been over it is told.

Source: HDF5 File Format Specification 3.0, IV.A.2.l "Data Storage - Filter Pipeline", where filters
have names."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage.archives.notes import BLOCK, Inside, Item
from dunnage.archives.raw import Raw
from dunnage.model import Flaw

MAGIC = b"\x89HDF\r\n\x1a\n"
_FILTERS = (b"shuffle\0", b"lzf\0", b"blosc\0", b"lz4\0", b"bitshuffle")
_LONGEST = 16


class Hdf5(Inside):
    """An HDF5 file. Blocks that only deflate packed are opened wherever they lie; this tells of the
    others."""

    format = "hdf5"
    noun = "the HDF5 file"
    parts = "blocks"

    def _opened(self, raw: Raw) -> Iterator[Item]:
        found: dict[bytes, None] = {}
        tail = b""
        while piece := raw.chunk(BLOCK):
            data = tail + piece
            found.update((name, None) for name in _FILTERS if _named(data, name))
            tail = data[-_LONGEST:]
        if found:
            names = ", ".join(name.rstrip(b"\0").decode() for name in found)
            yield Flaw(f"blocks of the HDF5 file have been through {names}: they were not read")


def _named(data: bytes, name: bytes) -> bool:
    """Whether a filter's description has the name: before it stand its number, the length of the
    name, flags and a count, two bytes each."""
    at = data.find(name, 8)
    while at >= 0:
        size = int.from_bytes(data[at - 6 : at - 4], "little")
        if len(name) <= size <= 256 and not size % 8 and data[at - 1] == 0:
            return True
        at = data.find(name, at + 1)
    return False
