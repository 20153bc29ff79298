"""Programs that carry an archive and unpack it: behind their sections, or in their resources.

Sources: Microsoft's "PE Format" and "MS-DOS EXE format"; the ELF specification (gABI, "Object
Files"); 7-Zip's DOC/7zFormat.txt; [MS-CAB]; the header of LHA archives as LHa for UNIX describes
it; what NSIS, Inno Setup and PyInstaller write behind a program.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Generator, Iterator

from dunnage.archives import opaque
from dunnage.archives.carried import Carried, ends_in_zip, marks_stand_in
from dunnage.archives.limits import MIB, SMALL
from dunnage.archives.magics import OLD_PROGRAMS, holds_cabinet, unpacks_7z
from dunnage.archives.members import HEAD
from dunnage.archives.notes import BLOCK, Inside, Item, unopened
from dunnage.archives.parts import Passing, part_of
from dunnage.archives.payload import is_zlib
from dunnage.archives.raw import Raw
from dunnage.archives.sniff import sniff
from dunnage.lazy import lazy_regex
from dunnage.model import Entry, Flaw, MemorySource, Source

_LHA = lazy_regex(rb"-lh[0-7d]-.{13}[\x00-\x02]", re.DOTALL)
_NEAR = 64 << 10
_HELD = 16 * MIB
_MARKS = (
    (b"\xef\xbe\xad\xdeNullsoftInst", "NSIS installer"),
    (b"zlb\x1a", "Inno Setup installer"),
    (b"idska32\x1a", "Inno Setup installer"),
    (b";!@Install@!UTF-8!", "7z archive"),
)
_NAMED = {"7z": (b"7z\xbc\xaf\x27\x1c",), "cabinet": (b"MSCF",)}
_PYINSTALLER = b"MEI\x0c\x0b\x0a\x0b\x0e"


def carries(head: bytes, whole: bytes | None, size: int) -> bool:
    """Whether a program that begins with ``head`` may carry an archive. ``whole`` is all of it, if
    that is at hand; ``size`` its length in bytes, 0 if that is not known."""
    if whole is not None and (head.startswith(OLD_PROGRAMS) and _within(head, whole) is not None):
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


_OVERLAP = 16
"""Of so many bytes the end of one block and the beginning of the next are looked at together."""


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
        old = head.startswith(OLD_PROGRAMS)
        whole, named = b"", None
        if size is not None and size <= (_HELD if old else SMALL):
            whole = b"".join(iter(lambda: raw.chunk(BLOCK), b""))
            raw.unread(whole)
            named = _within(head, whole) if old else None
            if named is not None:
                yield Flaw(unopened(f"{named} archive"))
            if len(whole) > SMALL:
                whole = b""
        marked, last = False, b""
        while end > raw.offset and (part := raw.chunk(min(end - raw.offset, BLOCK))):
            if not whole and not marked:
                marked = marks_stand_in(last + part[:_OVERLAP]) or marks_stand_in(part)
                last = part[-_OVERLAP:]
        behind = None
        if end:
            behind = yield from self._behind(raw, end, named)
        if whole:
            yield from self._carried(MemorySource(whole[:behind]), named)
        elif marked:
            yield from self._carried(part_of(self._source, 0, end), named)

    def _carried(self, middle: Source, named: str | None) -> Iterator[Item]:
        """Streams in the middle of a program, as in other files; ``named`` is told."""
        for item in Carried(middle, self._budget, ended=ends_in_zip(middle)):
            if not (isinstance(item, Flaw) and f"what this {named} archive" in item.message):
                yield item

    def _behind(self, raw: Raw, end: int, named: str | None) -> Generator[Item, None, int | None]:
        """What lies behind a program, but zips, which are told by their ends, and an archive that
        was ``named``. Returns where it begins, None if it is nothing that is opened."""
        first = raw.take(_NEAR)
        rest = first.lstrip(b"\0")
        for mark, what in _MARKS:
            if mark in rest[:64]:
                if what != f"{named} archive":
                    yield Flaw(unopened(what))
                return None
        raw.unread(rest)
        head = rest[:HEAD]
        known = sniff(head)
        at, opened = end + len(first) - len(rest), False
        if named is not None and head.startswith(_NAMED.get(named, ())):
            opened = True  # as far as it can be
        elif known != "zip" and (known or opaque.opener_of(head) or is_zlib(head)):
            self._budget.count_entry()
            opened = True
            name = f"(payload at {at})"
            content = Passing(self._seen(raw), name, None)
            yield Entry(name, name.encode(), source=content)
            content.finish()
        for _ in self._seen(raw):
            pass
        if known == "zip" and b"PK\5\6" not in self._tail:
            yield Flaw("the zip behind the program has no end: truncated")
        if _PYINSTALLER in self._tail:
            yield Flaw(unopened("PyInstaller program"))
        return at if opened else None

    def _seen(self, raw: Raw) -> Iterator[bytes]:
        while part := raw.chunk(BLOCK):
            self._tail = (self._tail + part)[-_NEAR:]
            yield part
