"""Archives whose members are looked at as they lie: of these the archives inside are given, and of
formats that cannot be read at all it is told.

Sources: ar(5), deb(5) and "Debian binary package format"; cpio(5); the RPM file format (rpm.org,
"V4 Package Format").
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Literal

from dunnage.archives.limits import MIB, Budget
from dunnage.archives.magics import WHOLE_NAMES, may_be_disk, unread_name
from dunnage.archives.members import HEAD, Members, opens
from dunnage.archives.notes import BLOCK, Inside, Item, Whole, encrypted, extra, unopened
from dunnage.archives.parts import Passing
from dunnage.archives.raw import Raw
from dunnage.model import Archive, Entry, Flaw, Source

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WARC = b"WARC/1."
_AR = b"!<arch>\n"
DEB = _AR + b"debian-binary"
_RPM = b"\xed\xab\xee\xdb"
_RPM_HEADER = b"\x8e\xad\xe8\x01"
_MOST = 96 * MIB
_LONGEST = 64 << 10
_TRAILER = b"TRAILER!!!"
_HERE = frozenset((b"!", b"\xed", b"0", b"\xc7", b"\x71"))  # their first bytes
_CPIO = (b"070701", b"070702", b"070707", b"\xc7\x71", b"\x71\xc7")


class Unread(Inside):
    """A format whose content cannot be unpacked."""

    format = "unread"

    def __init__(self, source: Source, budget: Budget, name: str) -> None:
        super().__init__(source, budget)
        self._name = name

    def __iter__(self) -> Iterator[Item]:
        noun = self._name if self._name.endswith(WHOLE_NAMES) else f"{self._name} archive"
        if noun.startswith("encrypted "):
            yield Flaw(encrypted(f"what this {noun} holds"))
        else:
            yield Flaw(unopened(noun))

    def _opened(self, raw: Raw) -> Iterator[Item]:
        return iter(())


class Ar(Members):
    """An ar archive: a Debian package, which is one of a few tars, or a library."""

    format = "ar"
    noun = "the ar archive"
    parts = "members"

    def _opened(self, raw: Raw) -> Iterator[Item]:
        raw.take(len(_AR))
        while head := raw.take(60):
            digits = head[48:58].strip()
            if head[58:60] != b"`\n" or not digits.isdigit():
                at = raw.offset - len(head)
                yield Flaw(f"ar: the header at byte {at} is damaged: what follows was not opened")
                return
            size = left = int(digits)
            name = head[:16].decode("utf-8", "backslashreplace").rstrip(" /")
            inside = name[3:]
            if name.startswith("#1/") and inside.isdigit() and int(inside) <= min(size, _LONGEST):
                left -= int(inside)
                name = raw.take(int(inside)).rstrip(b"\0").decode("utf-8", "backslashreplace")
            yield from self._member(raw, name or "member", left)
            if size & 1:
                raw.take(1)


class Cpio(Members):
    """A cpio archive, and what is appended to it: an initial file system has a compressed one."""

    format = "cpio"
    noun = "the cpio archive"
    parts = "members"

    def _opened(self, raw: Raw) -> Iterator[Item]:
        while found := _cpio_header(raw):
            names, size, before, after = found
            if names > _LONGEST:
                yield Flaw(f"cpio: a name is {names} bytes long: what follows was not opened")
                return
            name = raw.take(names).rstrip(b"\0")
            raw.take(before)
            shown = name.decode("utf-8", "backslashreplace")
            if name == _TRAILER:
                if (yield from self._behind(raw)):
                    continue
                return
            yield from self._member(raw, shown or "member", size)
            raw.take(after)
        yield Flaw(f"cpio: the header at byte {raw.offset} is damaged or missing: what follows was"
                   " not opened")  # fmt: skip

    def _behind(self, raw: Raw) -> Generator[Item, None, bool]:
        """What follows the trailer; returns whether it is cpio again."""
        rest = b""
        while not rest and (part := raw.chunk(HEAD)):
            rest = part.lstrip(b"\0")
        raw.unread(rest)
        if len(rest) < HEAD:
            rest = raw.take(HEAD)
            raw.unread(rest)
        if rest.startswith(_CPIO):
            return True
        if opens(rest):
            name = "(bytes after the end)"
            source = Passing(iter(lambda: raw.chunk(BLOCK), b""), name, None)
            yield Entry(name, name.encode(), source=source)
            source.finish()
        return False


def _cpio_header(raw: Raw) -> tuple[int, int, int, int] | None:
    """Passes a header: the length of the name, that of the content, and how many bytes fill up
    behind each. None when there is none."""
    magic = raw.take(6)
    try:
        if magic in (b"070701", b"070702"):
            head = raw.take(104)
            size, names = int(head[48:56], 16), int(head[88:96], 16)
            return names, size, -(110 + names) % 4, -size % 4
        if magic == b"070707":
            head = raw.take(70)
            return int(head[53:59], 8), int(head[59:70], 8), 0, 0
    except ValueError:
        return None
    if magic[:2] not in (b"\xc7\x71", b"\x71\xc7"):
        raw.unread(magic)
        return None
    head = magic + raw.take(20)
    order = _order(magic)
    words = [int.from_bytes(head[at : at + 2], order) for at in range(0, 26, 2)]
    names, size = words[10], words[11] << 16 | words[12]
    return names, size, names & 1, size & 1


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
        yield extra("payload", bytes(memoryview(data)[at:]))


def opener_of(head: bytes) -> Callable[[Source, Budget], Archive] | None:
    """What opens content that begins with ``head``, None if it is none of these."""
    if head[:1] in _HERE:
        if head.startswith(_AR):
            return Ar
        if head[:4] == _RPM:
            return Rpm
        if head[:6] in _CPIO or (head[:2] in _CPIO and _is_old_cpio(head)):
            return Cpio
    name = unread_name(head)
    return None if name is None else lambda source, budget: Unread(source, budget, name)


def name_of(head: bytes) -> str | None:
    """The name of the format of content that begins with ``head`` (give 68 KiB), None if it is none
    of these."""
    if head.startswith(_AR):
        return "deb" if head.startswith(DEB) else "ar"
    if head[:4] == _RPM:
        return "rpm"
    if head[:6] in _CPIO or (head[:2] in _CPIO and _is_old_cpio(head)):
        return "cpio"
    if head.startswith(COMPOUND):
        return "ole"
    if head.startswith(WARC):
        return "warc"
    if head[:1] == b"x":
        from dunnage.archives.payload import is_zlib

        return "zlib" if is_zlib(head) else None
    if may_be_disk(head):
        from dunnage.archives.disk import disk_name  # here: few files come so far

        return disk_name(head) or unread_name(head)
    return unread_name(head)


def _order(head: bytes) -> Literal["little", "big"]:
    """The order of the bytes in the old binary form of cpio."""
    return "little" if head[0] == 0xC7 else "big"


def _is_old_cpio(head: bytes) -> bool:
    """Whether a name of the length that the header gives ends in a NUL there and holds no other."""
    names = int.from_bytes(head[20:22], _order(head))
    name = head[26 : 26 + names]
    return 1 < names == len(name) and name.find(b"\0") == names - 1
