"""Archives of other kinds than tar and zip, built by code."""

from __future__ import annotations

import json
import lzma
import struct
import zlib
from typing import Any


def ar(*members: tuple[bytes, bytes]) -> bytes:
    """An ar archive of these members, their names as given."""
    out = b"!<arch>\n"
    for name, data in members:
        out += b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name, 0, 0, 0, b"100644", len(data))
        out += data + b"\n" * (len(data) & 1)
    return out


def cpio(form: str, *members: tuple[bytes, bytes]) -> bytes:
    """A cpio archive: ``newc``, ``odc``, or the old form, ``little`` or ``big``."""
    out = b""
    for name, data in (*members, (b"TRAILER!!!", b"")):
        name += b"\0"
        if form == "newc":
            fields = [0, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0]
            head = b"070701" + b"".join(b"%08x" % field for field in fields) + name
            out += head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)
        elif form == "odc":
            out += b"070707" + b"%06o" * 7 % (0, 0, 0o100644, 0, 0, 1, 0) + b"%011o" % 0
            out += b"%06o%011o" % (len(name), len(data)) + name + data
        else:
            words = [0o070707, 0, 0, 0o100644, 0, 0, 1, 0, 0, 0, len(name)]
            words += [len(data) >> 16, len(data) & 0xFFFF]
            out += struct.pack(("<" if form == "little" else ">") + "13H", *words)
            out += name + bytes(len(name) & 1) + data + bytes(len(data) & 1)
    return out


def asar(files: dict[str, Any], data: bytes, between: int = 4) -> bytes:
    """An asar with this tree; ``between`` the sizes of the second pickle lie so many bytes."""
    return asar_of(json.dumps({"files": files}).encode(), data, between)


def asar_of(text: bytes, data: bytes, between: int = 4) -> bytes:
    """An asar with this header."""
    body = struct.pack("<L", len(text)) + text + bytes(-len(text) % 4)
    head = struct.pack("<3L", 4, between + len(body), len(body)) + bytes(between - 4)
    return head + body + data


def phar(
    flags: int, packed: bytes, stub: bytes = b"<?php echo 1; __HALT_COMPILER(); ?>\r\n"
) -> bytes:
    """A PHP archive with one member."""
    entry = struct.pack("<L", 4) + b"a.js" + struct.pack("<6L", 9, 0, len(packed), 0, flags, 0)
    manifest = struct.pack("<LHLLL", 1, 0x1100, 0x10000, 0, 0) + entry
    return stub + struct.pack("<L", len(manifest)) + manifest + packed


def lzip(data: bytes) -> bytes:
    """A member with a dictionary of 15/16 of 64 KiB (the lzip manual, "File format")."""
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 61440}]
    engine = lzma.LZMACompressor(lzma.FORMAT_ALONE, filters=filters)
    body = (engine.compress(data) + engine.flush())[13:]  # with an end mark
    trailer = struct.pack("<L2Q", zlib.crc32(data), len(data), len(body) + 26)
    return b"LZIP\1\x30" + body + trailer


def compress(data: bytes, bits: int = 16) -> bytes:
    """A stream of compress (POSIX.1-2017, "adaptive Lempel-Ziv coding"), whose groups of eight
    codes are filled up when their width changes."""
    codes = {bytes((byte,)): byte for byte in range(256)}
    packed, held, count, width, free = bytearray(b"\x1f\x9d" + bytes((0x80 | bits,))), 0, 0, 9, 257

    def put(code: int) -> None:
        nonlocal held, count
        held |= code << count * width
        count += 1
        if count == 8:
            flush(width)

    def flush(size: int) -> None:
        nonlocal held, count
        packed.extend(held.to_bytes(width, "little")[:size])
        held = count = 0

    last = b""
    for at in range(len(data)):
        longer = last + data[at : at + 1]
        if longer in codes:
            last = longer
            continue
        put(codes[last])
        # A reader is one string behind: it knows this one with the next code.
        if free >= 1 << width and width < bits:
            if count:
                flush(width)
            width += 1
        if free < 1 << bits:
            codes[longer] = free
            free += 1
        last = data[at : at + 1]
    if last:
        put(codes[last])
    if count:
        flush(-(-count * width // 8))
    return bytes(packed)


def iso(*members: tuple[bytes, bytes], above: bool = False, more: bytes = b"") -> bytes:
    """An ISO 9660 image with these members in its root folder; ``above``: before the folder, as
    no writer lays them. ``more`` are further volume descriptors."""

    def record(name: bytes, at: int, size: int, folder: bool = False) -> bytes:
        head = struct.pack("<BBLLLL7xBBBHHB", 33 + len(name) + (len(name) + 1) % 2, 0, at, 0,
                           size, 0, 2 * folder, 0, 0, 1, 0, len(name))  # fmt: skip
        return (head + name).ljust(head[0], b"\0")

    place = 18 + len(more) // 2048
    folder = place + (sum(-(-len(data) // 2048) for _, data in members) if above else 0)
    at = place if above else place + 1
    records = record(b"\0", folder, 2048, True) + record(b"\1", folder, 2048, True)
    content = b""
    for name, data in members:
        records += record(name + b";1", at, len(data))
        content += data.ljust(-(-len(data) // 2048) * 2048, b"\0")
        at += -(-len(data) // 2048)
    root = record(b"\0", folder, 2048, True)
    volume = (b"\1CD001\1".ljust(156, b"\0") + root).ljust(2048, b"\0")
    end = more + b"\xffCD001\1".ljust(2048, b"\0")
    table = records.ljust(2048, b"\0")
    return bytes(32768) + volume + end + (content + table if above else table + content)


def compound(*streams: tuple[str, bytes], step: int = 1) -> bytes:
    """A compound file of sectors of 512 bytes; ``step`` 2 lays the sectors of each stream with
    one between. Streams below 4096 bytes lie in the small sectors."""
    sectors: dict[int, bytes] = {}
    fat: dict[int, int] = {0: 0xFFFFFFFD}
    free = 1

    def lay(data: bytes, step: int) -> int:
        nonlocal free
        count = -(-len(data) // 512)
        places = [free + i * step for i in range(count)]
        for i, at in enumerate(places):
            sectors[at] = data[i * 512 : i * 512 + 512].ljust(512, b"\0")
            fat[at] = places[i + 1] if i + 1 < count else 0xFFFFFFFE
        free += count * step
        return places[0] if places else 0xFFFFFFFE

    small, minis, entries = b"", [], []
    for name, data in streams:
        if len(data) < 4096:
            start, count = len(small) // 64, -(-len(data) // 64)
            small += data.ljust(count * 64, b"\0")
            minis += [*range(start + 1, start + count), 0xFFFFFFFE]
        else:
            start = lay(data, step)
        entries.append((name, 2, start, len(data)))
    entries.insert(0, ("Root Entry", 5, lay(small, step), len(small)))
    folder = b""
    for name, kind, start, size in entries:
        wide = name.encode("utf-16-le")
        folder += wide.ljust(64, b"\0") + struct.pack("<HBB12x36xLQ", len(wide) + 2, kind, 1,
                                                      start, size)  # fmt: skip
    directory = lay(folder.ljust(-(-len(folder) // 512) * 512, b"\0"), 1)
    table = lay(struct.pack(f"<{len(minis)}L", *minis), 1)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6x", 62, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9L", 0, 1, directory, 0, 4096, table, 1, 0xFFFFFFFE, 0)
    head += struct.pack("<109L", 0, *[0xFFFFFFFF] * 108)
    numbers = [fat.get(at, 0xFFFFFFFF) for at in range(128)]
    assert free <= 128, "one sector of the table holds no more"
    out = head + struct.pack("<128L", *numbers)
    return out + b"".join(sectors.get(at, bytes(512)) for at in range(1, free))


def pe(payload: bytes, old: bool = False) -> bytes:
    """A program of Windows (``old``: of DOS) with one section, and what lies behind it."""
    if old:
        return b"MZ" + struct.pack("<2H", 100, 1) + bytes(94) + payload
    head = b"MZ".ljust(60, b"\0") + struct.pack("<L", 64)
    head += b"PE\0\0" + struct.pack("<2H3L2H", 0x8664, 1, 0, 0, 0, 0, 2)
    head += b".text\0\0\0" + struct.pack("<4L16x", 256, 4096, 256, 256)
    return head.ljust(256, b"\0") + b"\x90" * 256 + payload


def elf(payload: bytes) -> bytes:
    """A 64-bit program whose headers of sections end it, and what lies behind it."""
    head = b"\x7fELF\2\1\1".ljust(16, b"\0") + struct.pack("<2HLQQQL6H", 2, 62, 1, 0, 0, 256,
                                                           0, 64, 56, 0, 64, 1, 0)  # fmt: skip
    return head.ljust(320, b"\1") + payload


def warc(*bodies: tuple[bytes, bytes]) -> bytes:
    """A web archive of responses: further header lines, and the body."""
    out = b""
    for lines, body in bodies:
        block = b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n" + body
        out += b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.invalid/x\r\n"
        out += b"Content-Length: %d\r\n\r\n" % len(block) + block + b"\r\n\r\n"
    return out
