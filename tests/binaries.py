"""Binaries by hand, as small as their formats allow: what the debug rules are tested with."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

PROGBITS, NOBITS = 1, 8


def elf(
    sections: Mapping[str, bytes] = {},
    *,
    kind: int = 3,
    empty: Sequence[str] = (),
    wide: bool = True,
    order: str = "<",
    names_last: bool = False,
) -> bytes:
    """An ELF file with these sections. ``empty`` ones take no bytes; ``names_last`` puts the names
    behind the section headers, where few linkers do."""
    every = {**sections, ".shstrtab": b""}
    names = bytearray(b"\0")
    at = {}
    for name in [*every, *empty]:
        at[name] = len(names)
        names += name.encode() + b"\0"
    head = 64 if wide else 52
    body = bytearray()
    placed: list[tuple[str, int, int, int]] = []
    for name, content in sections.items():
        placed.append((name, PROGBITS, head + len(body), len(content)))
        body += content
    placed += [(name, NOBITS, head, 4096) for name in empty]
    each = 64 if wide else 40
    count = len(placed) + 2
    if names_last:
        table = head + len(body)
        start = table + each * count
    else:
        start = head + len(body)
        table = start + len(names)
    placed.append((".shstrtab", 3, start, len(names)))
    rows = bytearray(each)
    for name, what, offset, size in placed:
        if wide:
            rows += struct.pack(
                f"{order}IIQQQQIIQQ", at[name], what, 0, 0, offset, size, 0, 0, 1, 0
            )
        else:
            rows += struct.pack(
                f"{order}IIIIIIIIII", at[name], what, 0, 0, offset, size, 0, 0, 1, 0
            )
    ident = b"\x7fELF" + bytes((2 if wide else 1, 1 if order == "<" else 2, 1)) + bytes(9)
    form = "HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH"
    fields = (kind, 62, 1, 0, 0, table, 0, head, 0, 0, each, count, count - 1)
    header = ident + struct.pack(order + form, *fields)
    tail = bytes(rows) + bytes(names) if names_last else bytes(names) + bytes(rows)
    return header + bytes(body) + tail


def ar(members: Mapping[str, bytes]) -> bytes:
    """A static library."""
    out = bytearray(b"!<arch>\n")
    for name, content in members.items():
        out += f"{name + '/':<16}{0:<12}{0:<6}{0:<6}{'644':<8}{len(content):<10}`\n".encode()
        out += content + b"\n" * (len(content) & 1)
    return bytes(out)


def bun(sources: Mapping[str, str], *, record: int = 52, offsets: int = 32) -> bytes:
    """The module graph that `bun build --compile --sourcemap` puts into a program: one module, its
    content and its map. Give the sizes of an older version's records."""
    parts = [name.encode() for name in sources]
    parts += [_frame(text.encode()) for text in sources.values()]
    mappings = b"\x01\x02\x04"
    at = 8 + 8 * len(parts) + len(mappings)
    table = struct.pack("<II", len(sources), len(mappings))
    for part in parts:
        table += struct.pack("<II", at, len(part))
        at += len(part)
    mapped = table + mappings + b"".join(parts) if sources else b""
    code, name = b"// @bun\nf();\n", b"/$bunfs/root/app"
    named = len(mapped) + len(code)
    row = struct.pack("<6I", named, len(name), len(mapped), len(code), 0, len(mapped))
    body = mapped + code + name
    graph = body + row.ljust(record, b"\0")
    tail = struct.pack("<QII", len(graph), len(body), record).ljust(offsets, b"\0")
    return graph + tail + b"\n---- Bun! ----\n"


def _frame(content: bytes) -> bytes:
    """A zstd frame of one block as it is (RFC 8878), with the length in one byte or in two."""
    size = len(content)
    wide = size > 255
    head = b"\x60" + (size - 256).to_bytes(2, "little") if wide else b"\x20" + bytes([size])
    return b"\x28\xb5\x2f\xfd" + head + (size << 3 | 1).to_bytes(3, "little") + content


def pe(sections: Mapping[str, bytes] = {}, pdb: str = "") -> bytes:
    """A PE image, with long section names in a string table, and a CodeView record for ``pdb``."""
    strings = bytearray(b"\0\0\0\0")
    rows = bytearray()
    for name, content in sections.items():
        raw = name.encode()
        if len(raw) > 8:
            raw, strings = f"/{len(strings)}".encode(), strings + raw + b"\0"
        rows += struct.pack("<8sIIIIIIHHI", raw, 0, 0, len(content), 0, 0, 0, 0, 0, 0)
    record = b"RSDS" + bytes(range(1, 21)) + pdb.encode() + b"\0" if pdb else b""
    at = 64 + 4 + 20 + len(rows) + len(record)
    coff = struct.pack("<HHIIIHH", 0x8664, len(sections), 0, at, 0, 0, 0x22)
    return b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + coff + rows + record + strings


def macho(dwarf: int = 0, kind: int = 6, symbols: int = 0) -> bytes:
    """A 64-bit Mach-O binary with ``dwarf`` bytes in the section ``__debug_info``."""
    commands = []
    if dwarf:
        section = struct.pack("<16s16sQQIIIIIIII", b"__debug_info", b"__DWARF", 0, dwarf, *[0] * 8)
        segment = struct.pack("<16sQQQQIIII", b"__DWARF", 0, 0, 0, 0, 0, 0, 1, 0)
        body = segment + section
        commands.append(struct.pack("<II", 0x19, 8 + len(body)) + body)
    if symbols:
        commands.append(struct.pack("<IIIIII", 0x2, 24, 0, symbols, 0, 100))
    raw = b"".join(commands)
    return struct.pack("<IIIIIIII", 0xFEEDFACF, 7, 3, kind, len(commands), len(raw), 0, 0) + raw


def fat(*slices: bytes) -> bytes:
    """A universal binary."""
    head = struct.pack(">II", 0xCAFEBABE, len(slices))
    at = 8 + 20 * len(slices)
    rows = b""
    for one in slices:
        rows += struct.pack(">IIIII", 7, 3, at, len(one), 0)
        at += len(one)
    return head + rows + b"".join(slices)


def wasm(customs: Mapping[str, bytes] = {}) -> bytes:
    """A WebAssembly module of custom sections."""
    out = b"\0asm\1\0\0\0"
    for name, content in customs.items():
        body = leb(len(name)) + name.encode() + content
        out += b"\0" + leb(len(body)) + body
    return out


def leb(number: int) -> bytes:
    """An unsigned LEB128."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def java(*strings: str) -> bytes:
    """A class file whose constant pool holds these strings after a long, which takes two places."""
    pool = (
        b"\5" + bytes(8) + b"".join(b"\1" + struct.pack(">H", len(s)) + s.encode() for s in strings)
    )
    return b"\xca\xfe\xba\xbe\0\0\0\x3d" + struct.pack(">H", len(strings) + 3) + pool + bytes(20)


def pyc(path: str) -> bytes:
    """A compiled Python file whose code was compiled at ``path``."""
    raw = path.encode()
    return (
        b"\xa7\r\r\n" + bytes(12) + b"\xe3" + bytes(24) + b"\xda" + bytes([len(raw)]) + raw + b"N"
    )


def source_map(sources: Mapping[str, str | None], **more: Any) -> str:
    """A source map; a source whose content is None is not embedded."""
    found: dict[str, Any] = {"version": 3, "file": "out.js", "sources": list(sources)}
    if any(content is not None for content in sources.values()):
        found["sourcesContent"] = list(sources.values())
    return json.dumps({**found, "names": [], "mappings": "AAAA;AACA", **more})


def inline(text: str) -> str:
    """A reference that holds the map itself."""
    encoded = base64.b64encode(text.encode()).decode()
    return f"x=1\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,{encoded}\n"


def sqlite(tables: Sequence[str], rows: int) -> bytes:
    """A SQLite database as far as its pages' headers: the schema, one leaf with ``rows`` cells."""
    page = 512
    schema = "\0".join(f"CREATE TABLE {name} (id INTEGER)" for name in tables).encode()
    head = b"SQLite format 3\0" + struct.pack(">H", page) + bytes(82)
    leaf = b"\x0d" + bytes(2) + struct.pack(">H", len(tables)) + bytes(3)
    first = (head + leaf).ljust(page - len(schema), b"\0") + schema
    second = (b"\x0d" + bytes(2) + struct.pack(">H", rows) + bytes(3)).ljust(page, b"\0")
    return first + second


def bson(documents: int) -> bytes:
    """Documents of BSON, each ``{"name": "alice"}``."""
    element = b"\2name\0" + struct.pack("<i", 6) + b"alice\0"
    return (struct.pack("<i", len(element) + 5) + element + b"\0") * documents


def jks(keys: int = 0, certificates: int = 0) -> bytes:
    """A Java keystore."""
    out = bytes.fromhex("feedfeed") + struct.pack(">II", 2, keys + certificates)
    body = struct.pack(">I", 4) + b"cert"
    certificate = struct.pack(">H", 5) + b"X.509" + body
    for _ in range(certificates):
        out += struct.pack(">IH", 2, 2) + b"ca" + bytes(8) + certificate
    for _ in range(keys):
        out += (
            struct.pack(">IH", 1, 3) + b"key" + bytes(8) + body + struct.pack(">I", 1) + certificate
        )
    return out + bytes(20)


def keychain(records: Mapping[int, int]) -> bytes:
    """A macOS keychain with empty tables: how many records of each kind they say they have."""
    first = 8 + 4 * len(records)
    places = [first + 12 * number for number in range(len(records))]
    tables = b"".join(struct.pack(">3I", 12, kind, count) for kind, count in records.items())
    header = b"kych" + struct.pack(">4I", 0x10000, 16, 20, 0)
    size = struct.pack(">2I", first + len(tables), len(records))
    return header + size + struct.pack(f">{len(places)}I", *places) + tables
