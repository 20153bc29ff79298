"""ELF: the section headers of a program, library or object file.

Source: System V ABI, chapter 4, "Object Files". Read by hand: importing pyelftools takes
70 ms and lief 450 ms, this reader 1 ms, and it needs one pass over a stream that cannot seek.
"""

from __future__ import annotations

import struct

from msgspec import Struct

from dunnage_rules.debug.formats.forward import Forward, Opener, pieces

MAGIC = b"\x7fELF"
_NOBITS = 8
_MOST_SECTIONS = 1 << 18
_MOST_HEADERS = 16 << 20
_BEFORE = 1 << 20
_STRINGS = 16 << 20
_LONGEST = 64
"""No name that is asked for is longer. Those of a C++ library may be, and come by the thousand."""
_KINDS = {1: "object file", 2: "program", 3: "shared library", 4: "core dump"}
_TABLES = (".symtab", ".strtab", ".symtab_shndx")
_TYPES = (".ctf", ".BTF")
_ASKED = frozenset((*_TABLES, *_TYPES, ".text", ".interp"))


class Section(Struct, frozen=True):
    """A section: its name, and how many bytes of the file it takes (none for NOBITS)."""

    name: str
    stored: int
    empty: bool


class Elf(Struct, frozen=True):
    """What the section headers tell. ``sections`` are those that are asked for."""

    kind: str
    sections: tuple[Section, ...]

    @property
    def debug(self) -> int:
        """Bytes of debug information, compressed or not; their relocations belong to them."""
        return sum(s.stored for s in self.sections if _is_debug(s.name))

    @property
    def described(self) -> bool:
        """Whether there is DWARF that describes code, and not merely an empty or unrelated
        section."""
        return any(
            s.stored and s.name.endswith(("debug_info", "debug_info.dwo", "debug_line"))
            for s in self.sections
            if _is_debug(s.name) and not s.name.startswith(".rel")
        )

    @property
    def types(self) -> Section | None:
        """The section that describes types alone: CTF, or BTF where it is no program for BPF's
        machine, which needs it."""
        return next((s for s in self.sections if s.name in _TYPES and s.stored), None)

    @property
    def tables(self) -> int:
        """Bytes of the symbol table that only linkers and debuggers read."""
        return sum(s.stored for s in self.sections if s.name in _TABLES)

    @property
    def separate(self) -> bool:
        """Whether this is a file of symbols alone: the code's sections are there in name only
        (objcopy --only-keep-debug) or not at all (dwz), or the debug sections are a .dwo's."""
        names = {s.name for s in self.sections}
        if ".debug_info.dwo" in names and ".debug_info" not in names:
            return True
        if self.kind == "object file" and ".text" not in names:
            return True
        return any(s.empty and s.name == ".text" for s in self.sections)


def _is_debug(name: str) -> bool:
    plain = name.removeprefix(".rela").removeprefix(".rel")
    if plain == ".debug_gdb_scripts":
        return False
    return plain.startswith((".debug_", ".zdebug_", ".gnu.debuglto_"))


def read_elf(opener: Opener) -> Elf | None:
    """The section headers; None when the bytes are no ELF file, have no sections or break off.

    Raises ArchiveError as the bytes come."""
    with opener() as stream:
        reader = Forward(stream)
        head = reader.take(64)
        shape = _header(head)
        if shape is None:
            return None
        kind, table, each, count, names, order, wide = shape
        low = max(reader.position, table - _BEFORE)
        if not table or not reader.skip_to(low):
            return None
        before = reader.take(table - low)
        if len(before) < table - low:
            return None
        first = reader.take(each)
        if len(first) < each:
            return None
        fields = _section(first, order, wide)
        count = count or fields[2]
        names = fields[3] if names == 0xFFFF else names
        if not 0 < count <= _MOST_SECTIONS or each * count > _MOST_HEADERS or names >= count:
            return None
        raw = first + reader.take(each * (count - 1))
        if len(raw) < each * count:
            return None
        _, offset, size, _, _ = _section(raw, order, wide, names * each)
        if low <= offset and offset + size <= table:
            strings = before[offset - low : offset - low + size]
        elif offset >= reader.position and reader.skip_to(offset):
            strings = reader.take(min(size, _STRINGS))
        else:
            strings = b""
    if not strings:
        strings = pieces(opener, [(offset, min(size, _STRINGS))])[0]
    found = []
    for at in range(each, len(raw), each):
        start, _, stored, _, kind_ = _section(raw, order, wide, at)
        name = _name(strings, start)
        if _is_debug(name) or name in _ASKED:
            found.append(Section(name, 0 if kind_ == _NOBITS else stored, kind_ == _NOBITS))
    sections = tuple(found)
    if kind == "shared library" and any(s.name == ".interp" for s in sections):
        kind = "program"  # position-independent, as compilers make them today
    return Elf(kind, sections)


def _header(head: bytes) -> tuple[str, int, int, int, int, str, bool] | None:
    if len(head) < 52 or head[:4] != MAGIC or head[4] not in (1, 2) or head[5] not in (1, 2):
        return None
    wide, order = head[4] == 2, "<" if head[5] == 1 else ">"
    (kind,) = struct.unpack_from(f"{order}H", head, 16)
    if wide:
        if len(head) < 64:
            return None
        (table,) = struct.unpack_from(f"{order}Q", head, 40)
        each, count, names = struct.unpack_from(f"{order}HHH", head, 58)
    else:
        (table,) = struct.unpack_from(f"{order}I", head, 32)
        each, count, names = struct.unpack_from(f"{order}HHH", head, 46)
    if each < (64 if wide else 40):
        return None
    return _KINDS.get(kind, "file"), table, each, count, names, order, wide


def _section(raw: bytes, order: str, wide: bool, at: int = 0) -> tuple[int, int, int, int, int]:
    """Of the header at ``at``: name offset, file offset, size, link, type."""
    if wide:
        name, kind, _, _, offset, size, link = struct.unpack_from(f"{order}IIQQQQI", raw, at)
    else:
        name, kind, _, _, offset, size, link = struct.unpack_from(f"{order}IIIIIII", raw, at)
    return name, offset, size, link, kind


def _name(strings: bytes, start: int) -> str:
    return strings[start : start + _LONGEST].partition(b"\0")[0].decode("ascii", "replace")
