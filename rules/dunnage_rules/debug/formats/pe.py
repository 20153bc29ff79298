"""PE and COFF: the sections of a Windows program, library or object file.

Source: Microsoft, "PE Format". Long section names stand as ``/offset`` into the string table
behind the symbols, which is where MinGW and Go name their DWARF sections; offsets of eight digits
and more in base64, as ``//offset`` (LLVM, lib/Object/COFFObjectFile.cpp).
"""

from __future__ import annotations

import base64
import binascii
import struct

from msgspec import Struct

from dunnage_rules.debug.formats.forward import Opener, pieces

MAGIC = b"MZ"
_MACHINES = {0x014C, 0x8664, 0xAA64, 0x01C4}
_MOST_STRINGS = 16 << 20
_LONGEST = 64
"""No name that is asked for is longer."""
_DEBUG = (".debug_", ".zdebug_", ".debug$")
_DESCRIBING = frozenset({".debug_info", ".debug_line", ".debug$T", ".debug$S"})


class Pe(Struct, frozen=True):
    """What the section table tells: names with the bytes they take in the file, and the bytes of
    the symbol table."""

    kind: str
    sections: tuple[tuple[str, int], ...]
    symbols: int

    @property
    def debug(self) -> int:
        """Bytes of DWARF (``.debug_*``, compressed ``.zdebug_*``) and of CodeView in object files
        (``.debug$S``, ``.debug$T``)."""
        return sum(size for name, size in self.sections if name.startswith(_DEBUG))

    @property
    def format(self) -> str:
        """What the debug information is written in."""
        coded = any(name.startswith(".debug$") for name, _ in self.sections)
        return "CodeView" if coded else "DWARF"

    @property
    def described(self) -> bool:
        """Whether there is DWARF or CodeView that describes code."""
        return any(
            size and name.replace(".z", ".", 1) in _DESCRIBING for name, size in self.sections
        )


def read_pe(opener: Opener) -> Pe | None:
    """The section table of a PE image; None when the bytes are none."""
    with opener() as stream:
        head = stream.read(4096)
    if len(head) < 64 or head[:2] != MAGIC:
        return None
    (start,) = struct.unpack_from("<I", head, 60)
    if head[start : start + 4] != b"PE\0\0":
        return None
    return _sections(opener, head, start + 4, "Windows binary")


def read_coff(opener: Opener) -> Pe | None:
    """The section table of a COFF object file; None when the bytes are none."""
    with opener() as stream:
        head = stream.read(4096)
    if len(head) < 20 or struct.unpack_from("<H", head)[0] not in _MACHINES:
        return None
    return _sections(opener, head, 0, "object file")


def _sections(opener: Opener, head: bytes, start: int, kind: str) -> Pe | None:
    if len(head) < start + 20:
        return None
    _, count, _, symbols, number, optional, _ = struct.unpack_from("<HHIIIHH", head, start)
    first = start + 20 + optional
    (table,) = pieces(opener, [(first, 40 * count)])
    strings = b""
    names = [table[at : at + 8].rstrip(b"\0") for at in range(0, len(table) - 39, 40)]
    if symbols and any(name.startswith(b"/") for name in names):
        (strings,) = pieces(opener, [(symbols + 18 * number, _MOST_STRINGS)])
    found = []
    for place, name in enumerate(names):
        long, at = name, _offset(name)
        if at is not None and (end := strings.find(b"\0", at, at + _LONGEST)) > at:
            long = strings[at:end]
        (stored,) = struct.unpack_from("<I", table, place * 40 + 16)
        found.append((long.decode("latin-1"), stored))
    return Pe(kind, tuple(found), 18 * number if symbols else 0)


def _offset(name: bytes) -> int | None:
    """Where a long name stands in the string table, None for one that stands here."""
    if name[:1] == b"/" and name[1:].isdigit():
        return int(name[1:])
    if name[:2] == b"//" and len(name) == 8 and name[2:].isascii():
        try:
            return int.from_bytes(base64.b64decode(b"AA" + name[2:], validate=True), "big")
        except binascii.Error:
            return None
    return None
