"""Programs that carry an archive and unpack it: behind their sections, or in their resources.

Sources: Microsoft's "PE Format" and "MS-DOS EXE format"; the ELF specification (gABI, "Object
Files"); 7-Zip's DOC/7zFormat.txt; [MS-CAB]; the header of LHA archives as LHa for UNIX describes
it; what NSIS, Inno Setup and PyInstaller write behind a program.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from dunnage.archives import opaque
from dunnage.archives.limits import MIB
from dunnage.archives.magics import holds_cabinet, unpacks_7z
from dunnage.archives.members import HEAD
from dunnage.archives.notes import BLOCK, Inside, Item
from dunnage.archives.parts import Passing
from dunnage.archives.payload import is_zlib
from dunnage.archives.raw import Raw
from dunnage.archives.sniff import sniff
from dunnage.lazy import lazy_regex
from dunnage.model import Entry, Flaw

_OLD = (b"HU", b"\x60\x1a", b"\0\0\3\xf3", b"\xeb", b"\xe9", b"MZ")
"""How programs of the systems begin on which LHA archives unpacked themselves."""
_LHA = lazy_regex(rb"-lh[0-7d]-.{13}[\x00-\x02]", re.DOTALL)
_NEAR = 64 << 10
_HELD = 16 * MIB
_MARKS = (
    (b"\xef\xbe\xad\xdeNullsoftInst", "NSIS installer"),
    (b"zlb\x1a", "Inno Setup installer"),
    (b"idska32\x1a", "Inno Setup installer"),
    (b";!@Install@!UTF-8!", "7z archive"),
)
_PYINSTALLER = b"MEI\x0c\x0b\x0a\x0b\x0e"


def carries(head: bytes, whole: bytes | None, size: int) -> bool:
    """Whether a program that begins with ``head`` may carry an archive. ``whole`` is all of it, if
    that is at hand; ``size`` its length in bytes, 0 if that is not known."""
    if whole is not None and (head.startswith(_OLD) and _within(head, whole) is not None):
        return True
    if whole is None and head.startswith(b"MZ") and 0 < size <= _HELD:
        return True  # it is asked again when it is at hand
    end, size = end_of(head), size if whole is None else len(whole)
    return end > 0 and (not size or end + 32 < size)


def _within(head: bytes, whole: bytes) -> str | None:
    """The name of an archive somewhere in a program, with a header that is whole."""
    if head.startswith(b"MZ"):
        if unpacks_7z(whole):
            return "7z"
        if holds_cabinet(whole):
            return "cabinet"
    for found in _LHA.finditer(whole[:_NEAR]):
        at = found.start() - 2
        length = whole[at] if at >= 0 else 0
        if whole[at + 20] == 2:
            length = int.from_bytes(whole[at : at + 2], "little")
            if 24 < length < 4096 and whole[at + 23 : at + 24] in b"MU2mKwJXLa ":
                return "lha"
        elif length > 21 and sum(whole[at + 2 : at + 2 + length]) & 255 == whole[at + 1]:
            return "lha"
    return None


def end_of(head: bytes) -> int:
    """Where a program ends that begins with ``head`` (give 4 KiB), in bytes, by its own headers; 0
    when they do not say."""
    try:
        if head.startswith(b"MZ"):
            return _pe(head)
        if head.startswith(b"\x7fELF"):
            return _elf(head)
    except (struct.error, IndexError, OverflowError):
        pass
    return 0


def _pe(head: bytes) -> int:
    (at,) = struct.unpack_from("<L", head, 0x3C)
    if head[at : at + 4] != b"PE\0\0":
        last, pages = struct.unpack_from("<2H", head, 2)
        return int(pages) * 512 - (512 - int(last) if last else 0)
    count, _, symbols, number, optional = struct.unpack_from("<H3LH", head, at + 6)
    table = at + 24 + optional
    end = 0
    for place in range(table, table + 40 * count, 40):
        size, start = struct.unpack_from("<2L", head, place + 16)
        end = max(end, size + start if start else 0)
    return end if not symbols else max(end, int(symbols) + 18 * int(number))


def _elf(head: bytes) -> int:
    order = ">" if head[5] == 2 else "<"
    if head[4] == 2:
        programs, sections = struct.unpack_from(order + "2Q", head, 32)
        at, place, form = 54, (8, 32), "Q"
    else:
        programs, sections = struct.unpack_from(order + "2L", head, 28)
        at, place, form = 42, (4, 16), "L"
    entry, count, size, number = struct.unpack_from(order + "4H", head, at)
    end: int = sections + size * number if sections else 0
    for low in range(programs, programs + entry * count, entry or 1):
        offset = struct.unpack_from(order + form, head, low + place[0])[0]
        end = max(end, offset + struct.unpack_from(order + form, head, low + place[1])[0])
    return end


class Program(Inside):
    """A program and what lies behind it."""

    format = "program"
    noun = "the program"
    parts = "payload"
    _tail = b""

    def _opened(self, raw: Raw) -> Iterator[Item]:
        head = raw.take(HEAD)
        raw.unread(head)
        end = end_of(head)
        size = self._source.size
        if size is not None and size <= _HELD and head.startswith(_OLD):
            whole = b"".join(iter(lambda: raw.chunk(BLOCK), b""))
            if (name := _within(head, whole)) is not None:
                yield Flaw(f"what this {name} archive holds could not be looked at")
                return
            raw.unread(whole)
        while end > raw.offset and raw.chunk(min(end - raw.offset, BLOCK)):
            pass
        if end:
            yield from self._behind(raw, end)

    def _behind(self, raw: Raw, end: int) -> Iterator[Item]:
        """What lies behind a program, but zips, which are told by their ends."""
        first = raw.take(_NEAR)
        rest = first.lstrip(b"\0")
        for mark, what in _MARKS:
            if mark in rest[:64]:
                yield Flaw(f"what this {what} holds could not be looked at")
                return
        raw.unread(rest)
        head = rest[:HEAD]
        known = sniff(head)
        if known != "zip" and (known or opaque.opener_of(head) or is_zlib(head)):
            self._budget.count_entry()
            name = f"(payload at {end + len(first) - len(rest)})"
            content = Passing(self._seen(raw), name, None)
            yield Entry(name, name.encode(), source=content)
            content.finish()
        for _ in self._seen(raw):
            pass
        if known == "zip" and b"PK\5\6" not in self._tail:
            yield Flaw("the zip behind the program has no end: truncated")
        if _PYINSTALLER in self._tail:
            yield Flaw("what this PyInstaller program holds could not be looked at")

    def _seen(self, raw: Raw) -> Iterator[bytes]:
        while part := raw.chunk(BLOCK):
            self._tail = (self._tail + part)[-_NEAR:]
            yield part
