"""Archives of other kinds than tar and zip, built by code."""

from __future__ import annotations

import lzma
import struct
import zlib


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
