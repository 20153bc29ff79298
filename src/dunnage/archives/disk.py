"""Images of disks: of ISO 9660 the archives inside are given; of other file systems, whose files
need not lie in one piece, it is told.

Sources: ECMA-119 (ISO 9660); ECMA-167 (UDF); the Linux kernel's documentation of ext4, XFS, Btrfs,
F2FS, EROFS, SquashFS and romfs; Apple's Technical Note 1150 (HFS Plus) and "Apple File System
Reference"; Microsoft's "FAT: General Overview of On-Disk Format" and exFAT specification; the UEFI
specification (GPT).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from dunnage.archives.limits import MIB
from dunnage.archives.magics import DISK_HEAD
from dunnage.archives.members import Members
from dunnage.archives.notes import BLOCK, Item
from dunnage.archives.raw import Raw
from dunnage.model import Flaw

SECTOR = 2048
_SYSTEM = 16 * SECTOR
_LARGEST = 16 * MIB
_MARKS = (
    (0, b"XFSB", "XFS file system"),
    (3, b"NTFS    ", "NTFS file system"),
    (3, b"EXFAT   ", "exFAT file system"),
    (32, b"NXSB", "APFS file system"),
    (54, b"FAT12   ", "FAT file system"),
    (54, b"FAT16   ", "FAT file system"),
    (82, b"FAT32   ", "FAT file system"),
    (512, b"EFI PART", "disk image"),
    (1024, b"H+\0\4", "HFS+ file system"),
    (1024, b"HX\0\5", "HFS+ file system"),
    (1024, b"\x10\x20\xf5\xf2", "F2FS file system"),
    (1024, b"\xe2\xe1\xf5\xe0", "EROFS file system"),
    (
        4120,
        b"\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81",
        "bcachefs file system",
    ),
    (32777, b"CDROM", "High Sierra file system"),
    (65600, b"_BHRfS_M", "Btrfs file system"),
)


def disk_name(head: bytes) -> str | None:
    """What an image is that begins with ``head`` (give 68 KiB), None if it is none. ``ISO`` is
    opened, the others can only be named."""
    if head[_SYSTEM + 1 : _SYSTEM + 6] == b"CD001":
        return "ISO"
    for at, mark, name in _MARKS:
        if head.startswith(mark, at):
            return name
    if head[1080:1082] == b"\x53\xef" and head[1100:1104] in (b"\0\0\0\0", b"\1\0\0\0"):
        return "ext file system"
    if head[_SYSTEM + 1 : _SYSTEM + 6] == b"BEA01":
        return "UDF file system"
    if head[510:512] == b"\x55\xaa" and _has_partitions(head[446:510]):
        return "disk image"
    return None


def _has_partitions(table: bytes) -> bool:
    """Whether a table of four partitions says so of any, and nothing that none can say."""
    parts = [table[at : at + 16] for at in range(0, 64, 16)]
    if any(part[0] not in (0, 0x80) for part in parts):
        return False
    used = [part for part in parts if part[4]]
    return bool(used) and all(part[12:] != bytes(4) for part in used)


class Disk(Members):
    """An image of a disk, of which the beginning is known at most."""

    format = "disk"
    noun = "the disk image"
    parts = "files"

    def _opened(self, raw: Raw) -> Iterator[Item]:
        head = raw.take(DISK_HEAD)
        raw.unread(head)
        name = disk_name(head)
        if name == "ISO":
            if any(head.startswith(b"NSR0", at + 1) for at in range(_SYSTEM, DISK_HEAD, SECTOR)):
                yield _unopened("UDF file system")
            yield from self._iso(raw)
        elif name is not None:
            yield _unopened(name)

    def _iso(self, raw: Raw) -> Iterator[Item]:
        """Each file once, as the folders of all volume descriptors name them, in the order in which
        they lie."""
        waiting: list[tuple[int, int, str, str, bool]] = []  # paths are joined when they are met
        known: set[tuple[int, int]] = set()
        for extent in _roots(raw):
            if extent not in known:
                known.add(extent)
                self._budget.count_entry()
                heapq.heappush(waiting, (*extent, "", "", True))
        while waiting:
            at, size, above, name, folder = heapq.heappop(waiting)
            name = f"{above}/{name}" if above else name
            self._budget.path(len(name))
            if at < raw.offset:
                yield Flaw("it lies before its folder, or over another: it was not opened", name)
                continue
            while at > raw.offset and raw.chunk(min(at - raw.offset, BLOCK)):
                pass
            if at > raw.offset:
                yield Flaw(f"truncated: the image ends before {name or 'a folder'}")
                return
            if not folder:
                yield from self._member(raw, name, size, counted=True)
                continue
            records = raw.take(min(size, _LARGEST))
            if len(records) < size:
                yield Flaw("a folder of the image is too large or cut off", name or None)
            for extent, inner, is_folder in _records(records):
                if extent in known or not extent[1]:
                    continue
                known.add(extent)
                self._budget.count_entry()
                heapq.heappush(waiting, (*extent, name, inner, is_folder))


def _roots(raw: Raw) -> Iterator[tuple[int, int]]:
    """Where the root folders of the volume descriptors lie, and how long they are, in bytes."""
    raw.take(_SYSTEM)
    while (sector := raw.take(SECTOR))[1:6] == b"CD001" and sector[:1] != b"\xff":
        if sector[:1] in (b"\1", b"\2"):
            for extent, _, _ in _records(b"\0" + sector[157:190], own=True):
                yield extent
    raw.unread(sector)


def _records(data: bytes, own: bool = False) -> Iterator[tuple[tuple[int, int], str, bool]]:
    """The records of a folder: place and size in bytes, name, whether it is a folder. Those of the
    folder itself and of the one above it are left out, unless ``own``."""
    at = 0
    while at + 33 < len(data):
        length = data[at]
        if own:
            length = 34
        elif length < 34:
            at = (at // SECTOR + 1) * SECTOR  # records do not cross sectors
            continue
        name = data[at + 33 : at + 33 + data[at + 32]]
        if own or name not in (b"\0", b"\1"):
            place = int.from_bytes(data[at + 2 : at + 6], "little") + data[at + 1]
            size = int.from_bytes(data[at + 10 : at + 14], "little")
            wide = "utf-16-be" if name[:1] == b"\0" else "utf-8"
            shown = name.decode(wide, "backslashreplace").partition(";")[0]
            yield (place * SECTOR, size), shown, bool(data[at + 25] & 2)
        at += length


def _unopened(name: str) -> Flaw:
    return Flaw(f"this {name} was looked at as it lies: archives in it were not opened")
