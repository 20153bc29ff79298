"""Archives that are not unpacked: of packages of distributions the compressed parts are given, of
formats that cannot be read at all it is told.

Sources: deb(5) and "Debian binary package format"; the RPM file format (rpm.org, "V4 Package
Format"); the magic numbers are those of each format's own description.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dunnage.archives.limits import MIB, Budget
from dunnage.archives.notes import Inside, Item, Whole, extra
from dunnage.archives.raw import Raw
from dunnage.model import Archive, Flaw, Source

_UNREAD = (
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"MSCF\0\0\0\0", "cabinet"),
    (b"xar!\0\x1c", "xar"),
    (b"LZIP\1", "lzip"),
    (b"\x89LZO\0\r\n\x1a\n", "lzop"),
    (b"\x1f\x9d\x90", "compress (.Z)"),
)
_LZ4 = b"\x04\x22\x4d\x18"
_DEB = b"!<arch>\ndebian-binary"
_RPM = b"\xed\xab\xee\xdb"
_RPM_HEADER = b"\x8e\xad\xe8\x01"
_MOST = 128 * MIB


class Unread(Inside):
    """A format whose content cannot be unpacked."""

    format = "unread"

    def __init__(self, source: Source, budget: Budget, name: str) -> None:
        super().__init__(source, budget)
        self._name = name

    def __iter__(self) -> Iterator[Item]:
        yield Flaw(f"what this {self._name} archive holds could not be looked at")

    def _opened(self, raw: Raw) -> Iterator[Item]:
        return iter(())


class Deb(Whole):
    """A Debian package: an ar archive of a few tars."""

    format = "deb"
    noun = "the package"
    parts = "members"
    most = _MOST

    def _parts(self, data: bytearray) -> Iterator[Item]:
        at = 8
        while at < len(data):
            head = bytes(data[at : at + 60])
            size = head[48:58].strip()
            if head[58:60] != b"`\n" or not size.isdigit() or len(size) > 10:
                yield Flaw(f"ar: the header at byte {at} is damaged: what follows was not opened")
                return
            self._budget.count_entry()
            start, at = at + 60, at + 60 + int(size)
            if at > len(data):
                yield Flaw("truncated: the package ends in a member")
            name = head[:16].decode("utf-8", "backslashreplace").rstrip(" /")
            if name != "debian-binary":
                yield extra(name or "member", bytes(data[start:at]))
            at += at & 1


class Rpm(Whole):
    """An RPM package: its payload, a compressed cpio archive."""

    format = "rpm"
    noun = "the package"
    parts = "payload"
    most = _MOST

    def _parts(self, data: bytearray) -> Iterator[Item]:
        at = 96  # the lead; then the signature, padded to 8 bytes, and the header
        for _ in range(2):
            at += -at & 7
            if data[at : at + 4] != _RPM_HEADER:
                yield Flaw("rpm: a header is damaged: the payload was not opened")
                return
            count, size = (int.from_bytes(data[at + i : at + i + 4], "big") for i in (8, 12))
            at += 16 + 16 * count + size
        if at >= len(data):
            yield Flaw("truncated: the package ends before its payload")
            return
        self._budget.count_entry()
        yield extra("payload", bytes(data[at:]))


def opener_of(head: bytes) -> Callable[[Source, Budget], Archive] | None:
    """What opens content that begins with ``head``, None if it is none of these."""
    if head.startswith(_DEB):
        return Deb
    if head[:4] == _RPM:
        return Rpm
    for magic, name in _UNREAD:
        if head.startswith(magic):
            return lambda source, budget: Unread(source, budget, name)
    if head[:4] == _LZ4 and len(head) > 6 and head[4] & 0xC2 == 0x40 and head[5] & 0x8F == 0:
        return lambda source, budget: Unread(source, budget, "lz4")
    return None
