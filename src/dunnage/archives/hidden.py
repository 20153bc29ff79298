"""Formats that are looked at as they lie, and hold text besides that is not to be seen there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dunnage.archives import gif, gitobject, opaque, openpgp, payload, pdf, png, sqlite
from dunnage.archives.limits import Budget
from dunnage.archives.magics import DISK_HEAD, OLD_PROGRAMS, is_disk_image, may_be_disk
from dunnage.archives.sniff import sniff_tail
from dunnage.model import Archive, Source

Opener = Callable[[Source, Budget], Archive]


_HERE = frozenset(
    bytes([byte]) for byte in {*b"%\x89SPx#<WCG\xd0M\x7fH\x60\0\xeb\xe9OAw", *openpgp.FIRST}
)
"""What the first byte of these is. Most files are text, and pass at once."""

_HEAD = 4096
"""So little of an image does not tell what it is."""

_SHORT = 30
"""Shorter than any stream that holds something."""

_TABLES = (b"Obj\1", b"ORC", b"PAR1", b"ARROW1\0\0")
_FONTS = (b"wOFF", b"wOF2")
_XML = (b"<?xml", b"<manifest:manifest", b"<encryption")
_PACKED_BY_R = (b"x", b"Z", b"2", b"0")
_FLASH = tuple(b"CWS" + bytes([version]) for version in range(6, 64))
_PROGRAMS = (b"\x7fELF", *OLD_PROGRAMS)
STREAMS = (
    ("gzip", r"\x1f\x8b\x08[\x00-\x1f][\x00-\xff]{4}[\x00\x02\x04][\x00-\x0d\xff]", 10),
    ("xz", r"\xfd7zXZ\x00\x00[\x00\x01\x04\x0a]", 8),
    ("bzip2", r"BZh[1-9]1AY&SY", 10),
    (
        "zip",
        r"PK\x03\x04[\x0a-\x3f][\x00-\xff][\x00-\x0f][\x00-\xff][\x00\x08\x09\x0c\x0e]\x00",
        10,
    ),
    ("unread", r"MSCF\x00{4}", 8),
    ("unread", r"7z\xbc\xaf\x27\x1c\x00", 7),
    ("unread", r"Rar!\x1a\x07[\x00\x01]", 7),
)
"""How compressed streams in the middle of other bytes begin: the form, a pattern, the bytes that it
takes."""

SIGN = "|".join(mark for _, mark, _ in STREAMS)
"""What content holds, as a rule's pattern, that is worth being opened for its streams."""

ZIP_TAIL = 66 << 10
"""Where the end record of a zip may stand: its 22 bytes and the longest comment."""

LARGE = 16 << 20
"""Libraries beyond this many bytes are looked at as they lie: they would be read twice."""


def opener_of(head: bytes, whole: bytes | None = None, size: int = 0) -> Opener | None:
    """What opens the hidden parts of content that begins with ``head``, None if it has none: PDF,
    PNG, SQLite, git objects and packs, packages of distributions, archives in scripts, programs,
    compound files, web archives and ISO images, in ar and in cpio archives, zlib streams, and
    archives that cannot be read, which is told. Give 4 KiB of it, or 68 KiB of what may be an image
    of a disk. ``whole`` is all of it, if that is at hand,
    ``size`` its length, if that is known. The content itself is still to be looked at."""
    if head[:1] in _HERE and (opener := _by_first(head, whole, size)) is not None:
        return opener
    if may_be_disk(head):
        from dunnage.archives import disk

        known = whole[:DISK_HEAD] if whole is not None else head
        if (whole is None and len(head) <= _HEAD) or disk.disk_name(known):
            return disk.Disk
    if whole is not None and is_disk_image(whole[-512:]):
        return disk_image
    found = opaque.opener_of(head)
    if found is opaque.Ar and size > LARGE and not head.startswith(opaque.DEB):
        return None
    if found is None and whole is not None and len(whole) > _SHORT:
        return carried_of(whole)
    return found


def carried_of(whole: bytes) -> Opener | None:
    """What opens the compressed streams in the middle of content, None if it has none."""
    # One byte is found ten times as fast as several, and text holds none of these.
    if b"\x1f" not in whole and b"\xfd" not in whole and b"\3" not in whole and b"\0" not in whole:
        return None
    from dunnage.archives import carried

    if not carried.carries(whole):
        return None
    return carried_opener(sniff_tail(whole[-ZIP_TAIL:]) is not None)


def carried_opener(ended: bool) -> Opener:
    """What opens the compressed streams in the middle of content that holds :data:`SIGN`. ``ended``
    tells that it ends as a zip, which is opened for itself."""
    from dunnage.archives import carried

    return partial(carried.Carried, ended=ended)


def _by_first(head: bytes, whole: bytes | None, size: int) -> Opener | None:
    if head.startswith(pdf.MAGIC):
        return pdf.open_pdf
    if head.startswith(png.MAGIC):
        return png.open_png
    if head.startswith(sqlite.MAGIC):
        return sqlite.open_sqlite
    if gitobject.is_git(head[:64]):
        return gitobject.open_git
    if head.startswith(_XML):
        return encrypted_document(head if whole is None else whole)
    if payload.is_script(head, whole):
        return payload.Script
    if payload.is_zlib(head) or head.startswith(_FLASH):
        return payload.Zlib
    if head.startswith(opaque.COMPOUND):
        from dunnage.archives import ole

        return ole.Compound
    if head.startswith(_TABLES):
        from dunnage.archives import tablefiles

        return tablefiles.Table
    if head.startswith(b"\x89HDF\r\n"):
        from dunnage.archives import hdf5

        return hdf5.Hdf5
    if head.startswith(gif.MAGICS):
        long = size <= LARGE if whole is None else gif.LONG in whole
        return gif.Gif if long else None
    if head.startswith(_FONTS):
        from dunnage.archives import woff

        return woff.Font
    if head[0] in openpgp.FIRST and openpgp.is_message(head):
        return openpgp.Message
    if head[:1] == b"\0" and head[4:5] in _PACKED_BY_R:
        from dunnage.archives import rdb

        return rdb.Database if rdb.is_database(head) else None
    if head.startswith(opaque.WARC):
        from dunnage.archives import warc

        return warc.Warc
    if head.startswith(_PROGRAMS):
        from dunnage.archives import program

        if program.carries(head, whole, size):
            return program.Program
    return None


def encrypted_document(manifest: bytes) -> Opener | None:
    """What tells that the files beside a ``manifest`` of OpenDocument or EPUB are encrypted, None
    if it names no such (OpenDocument 1.3, part 2, 4.4; EPUB Open Container Format, "encryption").
    Fonts of EPUB are but disguised."""
    if b"encryption-data" in manifest and b"opendocument:xmlns:manifest:" in manifest:
        name = "encrypted (OpenDocument) file"
    elif b"xmlenc#aes" in manifest and b"opendocument:xmlns:container" in manifest:
        name = "encrypted (EPUB) file"
    else:
        return None
    return partial(opaque.Unread, name=name)


def disk_image(source: Source, budget: Budget) -> Archive:
    """What tells that a disk image (.dmg, .vhd) cannot be read."""
    return opaque.Unread(source, budget, "dmg or vhd disk image")


BESIDE = (pdf.open_pdf, png.open_png, gif.Gif)
"""What opens its own parts alone: other streams may lie beside these."""
