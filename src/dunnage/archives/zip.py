"""A reader of zip files that believes neither the central directory nor the local headers.

Both are walked; where they disagree it is an Oddity, and what only one of them shows is given, too.
Every byte belongs to a member, a record or a gap, and gaps are looked at.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

from dunnage.archives.labels import Labels
from dunnage.archives.limits import MIB, Budget
from dunnage.archives.notes import Item, extra
from dunnage.archives.oddities import Oddities
from dunnage.archives.space import Space
from dunnage.archives.tarfields import text, until_nul
from dunnage.archives.zipcontent import ZipContents
from dunnage.archives.zipdirectory import directory
from dunnage.archives.zipfields import (
    CENTRAL,
    DESCRIPTOR,
    ENDED,
    FULL32,
    LOCAL,
    UTF8,
    EndRecord,
    Given,
    Place,
    descriptor,
    doubled_fields,
    extra_field,
    find_end,
    kind_and_mode,
    member_name,
    other_ends,
    zip64,
)
from dunnage.archives.zipgaps import gap
from dunnage.errors import LimitError
from dunnage.lazy import lazy_regex
from dunnage.model import Entry, Flaw, Kind, Source

_ONE_FIELD = 12
_NAMING = 10  # bytes, that a field which gives another name takes at least
_PLAIN_EXTRA = 36  # timestamps, owners, ZIP64, NTFS times
_TELLING = 16  # bytes, that a field which tells something takes at least
_TEXT = lazy_regex(rb"[ -~]{12,}")
_OVERLAP_MOST = 256 * MIB
_OVERLAP_RATE = 8
"""So many times the bytes of a zip may lie under a second member: each may be a zip of its own."""


class ZipArchive:
    """A zip. Members come in the order in which their data lies."""

    format = "zip"

    def __init__(self, source: Source, budget: Budget, *, digests: bool = False) -> None:
        self._space = Space(source)
        self._index = self._space.twin()
        self._budget = budget
        self._digests = digests
        self._odd = Oddities()
        self._doubled = self._below = 0
        self.labels = Labels()
        self._contents = ZipContents(self._space, budget, self._odd)
        self.digest: str | None = None
        self.inner_digest: str | None = None

    @property
    def readable(self) -> bool:
        """Whether there is an end record that leads to a central directory with members."""
        end, sound = find_end(self._space)
        return end is not None and sound > 0 and end.count > 0

    def __iter__(self) -> Iterator[Item]:
        try:
            yield from self._members()
            yield from self._odd.rest()
            if self._digests:
                self.digest = self._space.digest()
        finally:
            self._space.close()
            self._index.close()

    def _members(self) -> Iterator[Item]:
        space, odd = self._space, self._odd
        end, ends = find_end(space)
        if end is None:
            yield Flaw(
                "the zip has no end record: truncated, or damaged; what is there is looked at from"
                " the front"
            )
            salvaged = other_ends(space, None)
            self._contents.given = Given() if salvaged else None
            yield from gap(self._contents, 0, space.size, hidden=False)
            for other in salvaged:
                yield from self._again(other)
            return
        if ends > 1:
            odd.add("header-mismatch", f"{ends} end records: readers disagree on which counts")
        for difference in end.faults:
            odd.add("header-mismatch", difference)
        low = end.low
        doubt = ends > 1 or end.shift or end.faults or end.stop < space.size
        others = other_ends(space, end) if doubt else ()
        self._contents.given = Given() if others else None
        # Interpreters unpack what stands behind a script's first lines (zipapp, escript, an
        # executable jar), and not every tool that puts them there counts them in the offsets;
        # a module of Java (jmod) begins with four bytes of its own.
        script = space.get(0, 4).startswith((b"#!", b"JM\x01\0"))
        front = "(bytes before the archive)" if script else None
        if end.shift and not (script and space.get(end.shift, 4) == b"PK\x03\x04"):
            odd.add(
                "header-mismatch",
                f"the central directory begins at byte {low}, the end record says {end.start}",
            )
        order, stop, fault = directory(space, self._index, self._budget, end, low)
        if fault is not None:
            yield Flaw(fault)
        if stop != low + end.size:
            odd.add(
                "header-mismatch",
                f"the central directory has {stop - low} bytes, the end record says {end.size}",
            )
        yield from odd.taken()
        at = 0
        for offset, record in order:
            before = min(offset, space.size)
            if before > at:
                label = front if at == 0 else None
                yield from gap(self._contents, at, before, hidden=True, lead=at == 0, label=label)
                at = before
            at = yield from self._member(record, offset, at, low)
        if low > at:
            yield from gap(self._contents, at, low, hidden=True, lead=at == 0)
        if end.at > stop:
            yield from gap(self._contents, stop, end.at, hidden=True)
        yield from gap(self._contents, *end.gap, hidden=True)
        for other in others:
            yield from self._again(other)
        if end.comment.strip(b"\0 \r\n"):
            yield extra("(zip comment)", end.comment)
        if space.size > end.stop:
            odd.add("trailing-data", "bytes follow the end record of the zip")
            yield from odd.taken()
            yield from gap(
                self._contents, end.stop, space.size, hidden=True, label="(bytes after the end)"
            )

    def _member(self, record: int, offset: int, at: int, low: int) -> Generator[Item, None, int]:
        """One member of the central directory. Returns up to where the file is now covered."""
        space, odd, budget = self._space, self._odd, self._budget
        budget.count_entry()
        fixed = CENTRAL.unpack(self._index.get(record, 46))
        _, made, _, flags, method, _, _, crc, packed, size, names, extras, notes = fixed[:13]
        tail = self._index.get(record + 46, names + extras + notes)
        name, more = tail[:names], tail[names : names + extras]
        if packed == FULL32 or size == FULL32:
            size, packed, _ = zip64(more, size, packed, fixed[16])
        budget.path(names)
        path = member_name(name, flags)
        kind, mode = kind_and_mode(name, made >> 8, fixed[15])
        odd.look(path, name, kind)
        called = {until_nul(name)} if b"\0" in name else set()
        if (
            notes
            or len(more) > _PLAIN_EXTRA
            or (len(more) > _ONE_FIELD and (b"up" in more or doubled_fields(more)))
        ):
            called |= self._aside(path, name, more, tail[names + extras :])
        if extras >= _TELLING:
            self._told(more)
        head = space.get(offset, 30)
        if head[:4] != b"PK\x03\x04" or len(head) < 30:
            yield from odd.taken()
            yield Flaw("the member's local header is not where the central directory says", path)
            if len(head) < 30 or space.get(offset + 30, names) != name:
                yield Entry(path, name, kind, size, mode, data=b"")
                return at
        _, _, lflags, lmethod, _, _, lcrc, lpacked, lsize, lnames, lextras = LOCAL.unpack(head)
        start = offset + 30 + lnames + lextras
        lname = space.get(offset + 30, lnames)
        place = Place(start, packed, size, method, crc, flags)
        stop: int = start + packed
        hidden: list[tuple[str, bytes, Place]] = []
        if lextras >= _NAMING:
            lmore = space.get(offset + 30 + lnames, lextras)
            if lextras >= _TELLING:
                self._told(lmore)
            if lpacked == FULL32 or lsize == FULL32:
                lsize, lpacked, _ = zip64(lmore, lsize, lpacked, 0)
            if lextras > _PLAIN_EXTRA or b"up" in lmore:
                called |= self._aside(path, name, lmore, b"")
        differs = (
            lname != name
            or lmethod != method
            or (lflags ^ flags) & 1
            or (
                (lpacked != packed or lsize != size or lcrc != crc)
                # What follows in the descriptor is zero here, or known already (libarchive's size).
                and not (
                    lflags & DESCRIPTOR
                    and lpacked in (0, packed)
                    and lsize in (0, size)
                    and lcrc in (0, crc)
                )
            )
        )
        if differs:
            what = _differences(name, lname, method, lmethod, packed, lpacked, size, lsize)
            odd.add(
                "header-mismatch", f"local header and central directory disagree on {what}", path
            )
            other = Place(start, lpacked, lsize, lmethod, lcrc, lflags)
            if lflags & DESCRIPTOR and not lpacked:
                other = Place(start, packed, size, lmethod, crc, lflags)
            if (lname, other) != (name, place):
                hidden.append((member_name(lname, lflags), lname, other))
        hidden += [(member_name(also, UTF8), also, place) for also in sorted(called)]
        if start + packed > low:
            odd.add(
                "overlapping-members", "the member's data runs into the central directory", path
            )
        if offset < at:
            odd.add(
                "overlapping-members",
                "the member lies over another one: bombs are made so, and readers disagree",
                path,
            )
            self._again_counted(max(size, packed), min(packed, max(space.size - start, 0)))
        yield from odd.taken()
        used = yield from self._contents.member(path, name, kind, mode, place)
        for other_path, other_name, other in hidden:
            odd.add(
                "hidden-member",
                "only a reader that follows the local headers, or another name, sees it so",
                other_path,
            )
            yield from odd.taken()
            yield from self._contents.member(other_path, other_name, Kind.FILE, mode, other)
        if 0 <= used < packed and method in ENDED:
            odd.add(
                "trailing-data",
                f"{packed - used} bytes lie behind the end of the compressed content, inside the"
                " member's range",
                path,
            )
            yield from gap(self._contents, start + used, stop, hidden=True)
        if lflags & DESCRIPTOR:
            stop += descriptor(space.get(stop, 24), place.crc or 0, place.packed, place.size)
        return max(at, min(stop, space.size))

    def _again(self, end: EndRecord) -> Iterator[Item]:
        """What the members are to a reader that takes ``end`` for the end record."""
        given, odd = self._contents.given, self._odd
        if given is None or given.holds(end.low):
            return  # it is that of a zip which is a member, and is opened as such
        order, _, _ = directory(self._space, self._index, self._budget, end, end.low)
        for offset, record in order:
            fixed = CENTRAL.unpack(self._index.get(record, 46))
            _, made, _, flags, method, _, _, crc, packed, size, names, extras, _ = fixed[:13]
            tail = self._index.get(record + 46, names + extras)
            size, packed, _ = zip64(tail[names:], size, packed, fixed[16])
            head = self._space.get(offset, 30)
            self._budget.count_entry()
            if head[:4] != b"PK\x03\x04" or len(head) < 30:
                continue
            lnames, lextras = LOCAL.unpack(head)[9:]
            name = tail[:names]
            place = Place(offset + 30 + lnames + lextras, packed, size, method, crc, flags)
            if given.has(name, place):
                continue
            path = member_name(name, flags)
            room = max(self._space.size - place.start, 0)
            self._again_counted(max(size, packed), min(packed, room))
            odd.add(
                "hidden-member",
                "only a reader that follows another central directory sees this member so",
                path,
            )
            yield from odd.taken()
            kind, mode = kind_and_mode(name, made >> 8, fixed[15])
            yield from self._contents.member(path, name, kind, mode, place)

    def _told(self, more: bytes) -> None:
        """Note the texts in extra fields too short to be looked at as a content."""
        for found in _TEXT.finditer(more):
            self.labels.add(found[0])

    def _again_counted(self, size: int, packed: int) -> None:
        """Bound what lies over other members: what it expands to, and the bytes that are read."""
        self._below += packed
        if self._below > max(_OVERLAP_RATE * self._space.size, MIB):
            raise LimitError(f"members lie over one another {_OVERLAP_RATE} times: a bomb")
        self._doubled += size
        if self._doubled > _OVERLAP_MOST:
            raise LimitError(
                f"overlapping members expand to more than {_OVERLAP_MOST >> 20} MiB: a bomb"
            )

    def _aside(self, path: str, name: bytes, more: bytes, comment: bytes) -> set[bytes]:
        """Look at what the headers of a member hold besides. Returns its other names."""
        names = set()
        if doubled_fields(more):
            self._odd.add(
                "header-mismatch",
                "an extra field with sizes or names is there twice: readers disagree on which"
                " counts",
                path,
            )
        other = extra_field(more, 0x7075)
        if other is not None and len(other) > 5 and other[5:] != name:
            shown = member_name(other[5:], UTF8)
            if shown != path:
                names.add(other[5:])
                self._odd.add(
                    "header-mismatch",
                    f"a Unicode extra field gives the member another name, {shown!r}",
                    path,
                )
        rest = b"\n".join(part for part in (comment, more if len(more) > 80 else b"") if part)
        if rest:
            self._contents.aside.append(extra(f"(zip header of {path})", rest))
        return names


def _differences(
    name: bytes, lname: bytes, method: int, lmethod: int, packed: int, lpacked: int,
    size: int, lsize: int,
) -> str:  # fmt: skip
    what = []
    if name != lname:
        what.append(f"the name ({text(lname)!r})")
    if method != lmethod:
        what.append(f"the method ({lmethod}, {method})")
    if packed != lpacked or size != lsize:
        what.append(f"the sizes ({lpacked} and {lsize}, {packed} and {size})")
    return ", ".join(what) or "the CRC or flags"
