"""What content is by its first bytes: programs, and archives that cannot be read. The magic numbers
are those of each format's own description, or of the tool that writes it."""

from __future__ import annotations

import re
import zlib

from dunnage.lazy import lazy_regex

_FIRST = (
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"MSCF\0\0\0\0", "cabinet"),
    (b"xar!\0\x1c", "xar"),
    (b"\x89LZO\0\r\n\x1a\n", "lzop"),
    (b"MSWIM\0\0\0", "WIM"),
    (b"\xff\x06\0\0sNaPpY", "snappy"),
    (b"LRZI\0", "lrzip"),
    (b"RZIP\2", "rzip"),
    (b"7kSt\xa0\x31\x83\xd3\x8c\xb2\x28\xb0\xd3", "zpaq"),
    (b"zPQ\1", "zpaq"),
    (b"zPQ\2", "zpaq"),
    (b"StuffIt (c)1997-", "StuffIt"),
    (b"StuffIt!", "StuffIt"),
    (b"bvx2", "LZFSE"),
    (b"bvxn", "LZFSE"),
    (b"AA01", "Apple Archive"),
    (b"YAA1", "Apple Archive"),
    (b"BZ3v1", "bzip3"),
    (b"ALZ\1", "ALZip"),
    (b"EGGA", "EGG"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\x02\x21\x4c\x18", "lz4"),
    (b"mozLz40\0", "lz4"),
    (b"ITSF\3\0\0\0", "compiled help file"),
    (b"ITOLITLS", "electronic book"),
    (b"SZDD\x88\xf0\x27\x33", "SZDD"),
    (b"KWAJ\x88\xf0\x27\xd1", "KWAJ"),
    (b"ISc(", "InstallShield cabinet"),
    (b"SIT!", "StuffIt"),
    (b"ZIM\4", "ZIM"),
    (b"!BDN", "Outlook data file"),
    (b"ZWS\r", "Flash"),
    (b"GRZipII\0", "GRZip"),
    (b"flatpak\0", "Flatpak"),
    (b"QFI\xfb", "qcow disk image"),
    (b"KDMV", "VMDK disk image"),
    (b"COWD", "VMDK disk image"),
    (b"vhdxfile", "VHDX disk image"),
    (b"conectix", "VHD disk image"),
    (b"EVF\t\r\n\xff\0", "EWF disk image"),
    (b"LUKS\xba\xbe", "encrypted disk image"),
    (b"Salted__", "encrypted (OpenSSL) file"),
    (b"age-encryption.org/v1\n", "encrypted (age) file"),
    (b"-----BEGIN AGE ENCRYPTED FILE-----", "encrypted (age) file"),
    (b"-rom1fs-", "romfs file system"),
    (b"\x85\x19\x01\xe0", "JFFS2 file system"),
    (b"\x85\x19\x02\xe0", "JFFS2 file system"),
    (b"\x85\x19\x03\x20", "JFFS2 file system"),
    (b"UBI#\1\0\0\0", "UBI disk image"),
    (b"\x31\x18\x10\x06", "UBIFS file system"),
    (b"\x37\xe4\x53\x96\xc9\xdb\xd6\x07", "zisofs"),
    (b"\x1f\x1e", "pack (.z)"),
    (b"\x1f\x9e", "old gzip"),
    (b"\x1f\xa0", "LZH (SCO)"),
)
CODE = (
    b"!<arch>\n",
    b"\x7fELF",
    b"MZ",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"\xfe\xed\xfa\xcf",
    b"\xca\xfe\xba\xbe",
)
"""How machine code begins: static libraries, ELF, PE and Mach-O, the last for several machines,
too (as do class files)."""
OLD_PROGRAMS = (b"HU", b"\x60\x1a", b"\0\0\3\xf3", b"\xeb", b"\xe9", b"MZ")
"""How programs of the systems begin on which LHA archives unpacked themselves."""
WHOLE_NAMES = ("image", "system", "file", "book")
"""How names end that are no archive's."""
_BY_BYTE = {
    byte: [pair for pair in _FIRST if pair[0][0] == byte] for byte in {one[0] for one, _ in _FIRST}
}
# A name of DOS, and less than 256 MiB: compiled terminfo begins with the same two bytes.
_ARC = lazy_regex(rb"\x1a[\x01-\x0b](?=[\x21-\x7e]{1,12}\0).{16}[\x00-\x0f]", re.DOTALL)
_LHA = lazy_regex(rb"-(?:lh[0-9a-z]|lz[0-9s]|pm[0-9s])-")
_LATER = (
    (slice(7, 14), b"**ACE**", "ACE"),
    (slice(10, 14), b"rLau", "StuffIt"),
    (slice(16, 32), b"Compressed ROMFS", "cramfs"),
    (slice(20, 24), b"\xdc\xa7\xc4\xfd", "zoo"),
    (slice(64, 68), b"\x7f\x10\xda\xbe", "VDI disk image"),
)
_7Z = b"7z\xbc\xaf\x27\x1c"
_LZ4 = b"\x04\x22\x4d\x18"
_OLD_ZSTD = frozenset(bytes([low]) + b"\xb5\x2f\xfd" for low in b"\x1e\x22\x23\x24\x25\x26\x27")
_COMPRESS = lazy_regex(rb"\x1f\x9d[\x09\x89]")
"""Codes of 9 bits, which every program writes in its own way; wider ones are unpacked."""
_BYTECODE = lazy_regex(
    rb"(?:[\xb8-\xff]\x0b|.[\x0c-\x0f]|[\x00-\x5f]\xf3)\r\n(?:.{4}|.{8}|.{12})[\x63\xe3]", re.DOTALL
)
"""Python's bytecode: the numbers of its versions, and how a code object begins behind the header of
8, 12 or 16 bytes (PEP 3147, PEP 552; CPython's Include/internal/pycore_magic_number.h)."""
_GZIP = lazy_regex(rb"\x1f\x8b[\x00-\x07][\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]", re.DOTALL)
"""A header with a method that RFC 1952 (2.3.1) reserves."""
_SQUASHFS = lazy_regex(rb"hsqs.{24}[\x03\x04]\x00|sqsh.{24}\x00[\x03\x04]", re.DOTALL)
_ARJ = b"\x60\xea"
_RARE = frozenset(b"LM\x1a\x1e\x1f\x22\x23\x24\x25\x26\x27hs\x60")
DISK_HEAD = 68 << 10
"""How many bytes tell all images of disks: one of ISO 9660 begins with 32 KiB of anything."""
_TRAILER = 512
"""How many bytes the trailer of a disk image of Apple's takes."""


def is_code(head: bytes) -> bool:
    """Whether content that begins with ``head`` (give 8 bytes) is machine code: a program, a
    library or an object file."""
    return head.startswith(CODE)


def is_bytecode(head: bytes) -> bool:
    """Whether content that begins with ``head`` (give 17 bytes) is Python's bytecode."""
    return _BYTECODE.match(head) is not None


def unread_name(head: bytes) -> str | None:
    """The name of the format that begins with ``head`` when it can only be named."""
    if not head:
        return None
    for magic, name in _BY_BYTE.get(head[0], ()):
        if head.startswith(magic):
            return None if magic == _LZ4 and not _is_lz4(head) else name
    for place, part, name in _LATER:
        if head[place] == part:
            return name
    if head[2:3] == b"-" and _LHA.match(head, 2):
        return "lha"
    if head[0] not in _RARE:
        return None
    if head[:4] == b"LZIP" and (head[4:5] < b" " or head[4:5] > b"~"):
        return "lzip of an unknown version"
    if head[:4] == b"MSCF" and head[24:26] == b"\3\1":
        return "cabinet"
    if _ARC.match(head):
        return "arc"
    if head[:4] in _OLD_ZSTD:
        return "zstd before 0.8"
    if _COMPRESS.match(head):
        return "compress (.Z)"
    if _GZIP.match(head):
        return "gzip of an unknown method"
    if _SQUASHFS.match(head):
        return "squashfs"
    if head[:2] == _ARJ and _is_arj(head):
        return "arj"
    return None


def may_be_disk(head: bytes) -> bool:
    """Whether content that begins with ``head`` (give 4 KiB) may be an image: it has a boot sector,
    or begins empty. Then its first 68 KiB tell."""
    if head[510:512] == b"\x55\xaa" or head[:4] == b"XFSB" or head[32:36] == b"NXSB":
        return True
    return head[:1] == b"\0" and len(head) >= 2048 and not head[:1024].strip(b"\0")


def is_disk_image(tail: bytes) -> bool:
    """Whether the last 512 bytes are the trailer of a disk image (.dmg, .vhd)."""
    return tail[-_TRAILER:].startswith((b"koly\0\0\0\4\0\0\2\0", b"conectix\0\0"))


def _is_lz4(head: bytes) -> bool:
    """Version 1 and no reserved bits (LZ4 frame format, "Frame Descriptor")."""
    return len(head) > 6 and head[4] & 0xC2 == 0x40 and head[5] & 0x8F == 0


def _is_arj(head: bytes) -> bool:
    """Whether the basic header has the CRC that follows it, or is cut off before that."""
    size = int.from_bytes(head[2:4], "little")
    told = int.from_bytes(head[4 + size : 8 + size], "little")
    cut = len(head) < min(8 + size, 512) and head[4:5] >= b"\x1e"
    return 30 <= size <= 2600 and (cut or zlib.crc32(head[4 : 4 + size]) == told)


def unpacks_7z(whole: bytes) -> bool:
    """Whether a program has a 7z archive behind it."""
    at = whole.find(_7Z)
    while at >= 0:
        if is_7z_at(whole, at):
            return True
        at = whole.find(_7Z, at + 1)
    return False


def is_7z_at(whole: bytes, at: int) -> bool:
    """Whether the 7z archive whose sign lies at ``at`` has a start header with the CRC that it
    tells (7-Zip's DOC/7zFormat.txt)."""
    told = int.from_bytes(whole[at + 8 : at + 12], "little")
    return len(whole) >= at + 32 and zlib.crc32(whole[at + 12 : at + 32]) == told


def holds_cabinet(whole: bytes) -> bool:
    """Whether a program has a cabinet in it."""
    at = whole.find(b"MSCF\0\0\0\0")
    while at >= 0:
        if cabinet_at(whole, at):
            return True
        at = whole.find(b"MSCF\0\0\0\0", at + 1)
    return False


def cabinet_at(whole: bytes, at: int) -> bool:
    """Whether a cabinet of version 1.3 lies at ``at`` and ends where it says ([MS-CAB],
    CFHEADER)."""
    size, files = (int.from_bytes(whole[at + i : at + i + 4], "little") for i in (8, 16))
    return whole[at + 24 : at + 26] == b"\3\1" and 36 < size <= len(whole) - at and files < size
