"""Mach-O: the load commands of a macOS or iOS binary, thin or universal.

Sources: <mach-o/loader.h> and <mach-o/fat.h>.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct

from dunnage_rules.debug.formats.forward import Opener, pieces

THIN = (b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf")
FAT = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
_KINDS = {1: "object file", 2: "program", 4: "core dump", 6: "library", 8: "bundle", 10: "dSYM"}
_SEGMENT, _SYMTAB, _SEGMENT_64 = 0x1, 0x2, 0x19
_MOST_COMMANDS = 4 << 20
_MOST_SLICES = 32


class MachO(Struct, frozen=True):
    """What the load commands of one architecture tell: bytes of DWARF, and of symbols with their
    names."""

    kind: str
    debug: int
    symbols: int


def read_macho(opener: Opener) -> list[MachO]:
    """One for each architecture; none when the bytes are no Mach-O binary."""
    places = list(_slices(opener))
    shapes = [_header(head) for head in pieces(opener, [(at, 32) for at in places])]
    most = _MOST_COMMANDS // max(1, len(places))  # each may name the same bytes
    found = [(at, shape) for at, shape in zip(places, shapes, strict=True) if shape is not None]
    wanted = [(at + shape.size, min(shape.length, most)) for at, shape in found]
    raws = pieces(opener, wanted)
    return [_read(shape, raw) for (_, shape), raw in zip(found, raws, strict=True)]


def is_fat(head: bytes) -> bool:
    """Whether these bytes begin a universal binary. A Java class file begins with the same four;
    its next word holds a version of 45 or more, the binary's the number of architectures."""
    return (
        head[:4] in FAT and len(head) >= 8 and 0 < int.from_bytes(head[4:8], "big") <= _MOST_SLICES
    )


def _slices(opener: Opener) -> Iterator[int]:
    (head,) = pieces(opener, [(0, 8 + 32 * _MOST_SLICES)])
    if head[:4] in THIN:
        yield 0
    elif is_fat(head):
        wide = head[:4] == FAT[1]
        for number in range(int.from_bytes(head[4:8], "big")):
            at = 8 + number * (32 if wide else 20) + 8
            if at + 8 <= len(head):
                yield struct.unpack_from(">Q" if wide else ">I", head, at)[0]


class _Header(Struct, frozen=True):
    """The header of one architecture: its own size, and the count and length of the commands."""

    order: str
    size: int
    kind: int
    count: int
    length: int


def _header(head: bytes) -> _Header | None:
    if len(head) < 28 or head[:4] not in THIN:
        return None
    order = "<" if head[:4] in THIN[:2] else ">"
    wide = head[:4] in (THIN[1], THIN[3])
    kind, count, length = struct.unpack_from(f"{order}III", head, 12)
    return _Header(order, 32 if wide else 28, kind, count, length)


def _read(shape: _Header, raw: bytes) -> MachO:
    order, wide = shape.order, shape.size == 32
    debug = symbols = at = 0
    for _ in range(shape.count):
        if at + 8 > len(raw):
            break
        command, span = struct.unpack_from(f"{order}II", raw, at)
        body = raw[at : at + span]
        if command == _SYMTAB and len(body) >= 24:
            _, number, _, names = struct.unpack_from(f"{order}IIII", body, 8)
            symbols += number * (16 if wide else 12) + names
        elif command in (_SEGMENT, _SEGMENT_64):
            debug += _dwarf(body, order, command == _SEGMENT_64)
        if span < 8:
            break
        at += span
    return MachO(_KINDS.get(shape.kind, "binary"), debug, symbols)


def _dwarf(body: bytes, order: str, wide: bool) -> int:
    """Bytes in the sections of segment ``__DWARF``. In object files all sections stand in one
    unnamed segment."""
    start, each, size = (72, 80, "Q") if wide else (56, 68, "I")
    total = 0
    for at in range(start, len(body) - each + 1, each):
        if body[at + 16 : at + 32].rstrip(b"\0") == b"__DWARF":
            total += struct.unpack_from(f"{order}{size}", body, at + (40 if wide else 36))[0]
    return total
