"""Archives of other kinds than tar and zip, and formats that cannot be read: what is packed in them
is found, or they are named."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import zlib
from collections.abc import Iterator

import zstandard
from cases import Case
from crafted import deflated, honest_tar, honest_zip
from packed import ar, compound, cpio, elf, iso, lzip, pe, phar, warc


def _read(text: bytes) -> Iterator[tuple[str, bytes]]:
    inner = honest_tar([("package/a.js", text)])
    packed = gzip.compress(inner, mtime=0)
    yield "ar", ar((b"debian-binary", b"2.0\n"), (b"data.tar.gz/", packed))
    yield "library", ar((b"a.o", b"\x7fELF" + bytes(301)), (b"#1/8", b"a.tar.gz" + packed))
    for form in ("newc", "odc", "little", "big"):
        yield f"cpio-{form}", cpio(form, (b"a", b"1"), (b"odd.tgz", packed), (b"b", b"2"))
    yield "cpio-and-more", cpio("newc", (b"early", b"1")) + bytes(300) + packed
    yield "zlib", zlib.compress(text * 3)
    yield "zlib-of-a-tar", zlib.compress(inner)
    yield "zlib-of-much", zlib.compress(b"var x = 1;\n" * 300_000 + text)
    yield "phar-gzip", phar(0x11A4, deflated(text))
    yield "phar-bzip2", phar(0x21A4, bz2.compress(text))
    yield "phar-plain", phar(0x01A4, text)
    script = b"#!/bin/sh\ntail -n +3 $0 | tar x\nexit\n"
    for pack in (gzip.compress, bz2.compress, lzma.compress, zstandard.compress, lzip):
        yield f"script-{pack.__module__}", script + pack(inner)
    yield "iso", iso((b"A.TXT", b"text"), (b"A.TGZ", packed))
    yield "compound", compound(("notes", text * 200), ("a.tgz", packed), step=2)
    yield "warc", warc((b"", b"text"), (b"Content-Encoding: gzip\r\n", gzip.compress(text)))
    yield "behind-pe", pe(packed)
    yield "behind-elf", elf(bytes(9) + zlib.compress(inner * 3))
    yield "script-zip", script + honest_zip([("a.js", text)])


def _streams(text: bytes) -> Iterator[tuple[str, bytes]]:
    inner = honest_tar([("package/a.js", text)])
    yield "lzip", lzip(inner)
    yield "lzip-members", lzip(inner[:700]) + lzip(inner[700:])
    yield "lzip-of-text", lzip(text)
    yield "lzip-old", b"LZIP\0" + lzip(inner)[5:-8]
    for size, lc in ((1 << 12, 3), (3 << 19, 0)):
        filters = [{"id": lzma.FILTER_LZMA1, "dict_size": size, "lc": lc}]
        yield f"lzma-{size}", lzma.compress(inner, lzma.FORMAT_ALONE, filters=filters)


def _unread(text: bytes) -> Iterator[tuple[str, bytes]]:
    packed = zlib.compress(text)[2:]
    heads = {
        "rar": b"Rar!\x1a\x07\x01\x00",
        "7z": b"7z\xbc\xaf\x27\x1c\0\4",
        "cab": b"MSCF\0\0\0\0",
        "lha": b"\x21\x5a-lh5-",
        "zoo": b"ZOO 2.10 Archive.\x1a\0\0\xdc\xa7\xc4\xfd",
        "ace": b"\0\0\x31\0\0\0\x90**ACE**",
        "wim": b"MSWIM\0\0\0\xd0\0\0\0",
        "squashfs": b"hsqs" + bytes(24) + b"\4\0\0\0",
        "cramfs": b"\x45\x3d\xcd\x28" + bytes(12) + b"Compressed ROMFS",
        "compress": b"\x1f\x9d\x90",
        "lz4": b"\x04\x22\x4d\x18\x64\x40\xa7",
        "lzop": b"\x89LZO\0\r\n\x1a\n",
        "snappy": b"\xff\x06\0\0sNaPpY",
        "chm": b"ITSF\3\0\0\0",
        "qcow2": b"QFI\xfb\0\0\0\3",
        "vmdk": b"KDMV\1\0\0\0",
        "vhdx": b"vhdxfile",
        "luks": b"LUKS\xba\xbe\0\2",
        "arc": b"\x1a\x08" + b"a.js".ljust(13, b"\0") + struct.pack("<L", len(packed)) + bytes(10),
        "szdd": b"SZDD\x88\xf0\x27\x33A",
        "pack": b"\x1f\x1e",
        "lzip-new": b"LZIP\2\x0c",
        "ext4": bytes(1080) + b"\x53\xef" + bytes(18) + b"\1\0\0\0" + bytes(3000),
        "nsis": pe(bytes(4) + b"\xef\xbe\xad\xdeNullsoftInst"),
        "old-zstd": b"\x25\xb5\x2f\xfd",
    }
    for name, head in heads.items():
        yield name, head + packed
    yield "7z-in-cpio", cpio("newc", (b"a.7z", b"7z\xbc\xaf\x27\x1c\0\4" + packed))
    yield "vhd", b"\1" + packed + b"conectix".ljust(512, b"\0")
    yield "dmg", b"\1" + packed + b"koly" + struct.pack(">2L", 4, 512) + bytes(500)


def cases(text: bytes) -> dict[str, Case]:
    """All of them, by name."""
    found = {f"other-{name}": Case(data, told=False) for name, data in _read(text)}
    found |= {f"other-{name}": Case(data, told=False) for name, data in _streams(text)}
    found |= {f"unread-{name}": Case(data, found=False) for name, data in _unread(text)}
    return found
