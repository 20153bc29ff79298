"""The records of zip files. Source: PKWARE APPNOTE.TXT 6.3.10."""

from __future__ import annotations

import stat
import struct
from array import array

from msgspec import Struct
from msgspec.structs import replace

from dunnage.archives.space import Space
from dunnage.archives.tarfields import text
from dunnage.model import Kind

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
END64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR = struct.Struct("<4sLQL")
DESCRIBED = b"PK\x07\x08"
FULL32 = 0xFFFFFFFF
ENDED = (8, 9, 12, 20, 93, 95)
"""The methods whose streams say where they end."""
TAIL = 66 << 10
_ENDS = 64

_UNIX, _DARWIN = 3, 19
ENCRYPTED, DESCRIPTOR, STRONG, UTF8, MASKED = 1, 8, 64, 2048, 8192

METHODS = {
    1: "shrink", 2: "reduce", 3: "reduce", 4: "reduce", 5: "reduce", 6: "implode",
    10: "IBM TERSE (old)", 16: "IBM z/OS CMPSC", 18: "IBM TERSE", 19: "LZ77", 94: "MP3", 96: "JPEG",
    97: "WavPack", 98: "PPMd", 99: "AES encryption",
}  # fmt: skip


class EndRecord(Struct, frozen=True):
    """Where the central directory lies. ``at`` and ``stop`` are the range of the end records;
    ``shift`` is how far all offsets are off because something stands before the zip. ``gap`` is
    the range behind the fixed fields of a ZIP64 end record, up to its locator."""

    at: int
    stop: int
    count: int
    size: int
    start: int
    shift: int
    comment: bytes
    faults: tuple[str, ...] = ()
    gap: tuple[int, int] = (0, 0)

    @property
    def low(self) -> int:
        """Where the central directory begins."""
        return min(max(self.start + self.shift, 0), self.at)


def find_end(space: Space) -> tuple[EndRecord | None, int]:
    """The end record that counts, and how many there are that could. The last that ends exactly at
    the end of the file counts before the last one."""
    records = _ends(space)
    sound = [record for record in records if _sound(space, record)]
    exact = [record for record in sound if record.stop == space.size]
    return next(iter(exact or sound or records), None), len(sound)


def _ends(space: Space, form: str = "told", *, cut: bool = False) -> list[EndRecord]:
    """All that may be end records, the last one first: with the ZIP64 end record that the locator
    ``told``, or else that ``near`` it; or ``plain``, without. ``cut`` takes those as well whose
    comment is shorter than they say, as CPython's zipfile does."""
    low = max(space.size - TAIL, 0)
    tail = space.get(low, TAIL)
    found: list[EndRecord] = []
    at = tail.rfind(b"PK\x05\x06")
    while at >= 0 and len(found) < _ENDS:
        record = _end_at(space, low + at, form, cut=cut)
        if record is not None:
            found.append(record)
        at = tail.rfind(b"PK\x05\x06", 0, at)
    return found


def other_ends(space: Space, end: EndRecord | None) -> list[EndRecord]:
    """What other readers take for the end record, or make of it: each that leads to a central
    directory which begins elsewhere than that of ``end``."""
    places: dict[int, EndRecord] = {}
    for form in ("told", "near", "plain"):
        for record in _ends(space, form, cut=True):
            for other in (record, replace(record, shift=0)):
                if space.get(other.low, 4) == b"PK\x01\x02":
                    places.setdefault(other.low, other)
    if end is not None:
        places.pop(end.low, None)
    return list(places.values())


def _sound(space: Space, record: EndRecord) -> bool:
    start = record.start + record.shift
    return record.size == 0 == record.count or (
        0 <= start <= record.at and space.get(start, 4) == b"PK\x01\x02"
    )


def _end_at(space: Space, at: int, form: str, *, cut: bool) -> EndRecord | None:
    data = space.get(at, 22)
    if len(data) < 22:
        return None
    _, disk, first, here, count, size, start, length = END.unpack(data)
    comment = space.get(at + 22, length)
    if len(comment) < length and not cut:
        return None
    faults: list[str] = []
    low, gap = at, (0, 0)
    locator = space.get(at - 20, 20) if at >= 20 and form != "plain" else b""
    if locator[:4] == b"PK\x06\x07" and len(locator) == 20:
        low = at - 20
        near = at - 20 - 56
        told = [where for where in (LOCATOR.unpack(locator)[2], near) if 0 <= where < at]
        signed = [(where, space.get(where, 56)) for where in dict.fromkeys(told)]
        full = [each for each in signed if each[1][:4] == b"PK\x06\x06" and len(each[1]) == 56]
        if full:
            where, record = full[-1 if form == "near" else 0]
            fields = END64.unpack(record)
            for name, small, large, most in (
                ("count", count, fields[7], 0xFFFF),
                ("size", size, fields[8], FULL32),
                ("offset", start, fields[9], FULL32),
            ):
                if small not in (large, most):
                    faults.append(f"the {name} of the ZIP64 end record is not that of the other")
            count, size, start = fields[7:10]
            low, gap = where, (where + 56, at - 20)
        else:
            faults.append("the ZIP64 end record is not where its locator says")
        if len(full) > 1:
            faults.append("there are two ZIP64 end records: readers disagree on which counts")
    elif disk != first or here != count:
        faults.append("the end record speaks of several volumes")
    shift = low - size - start
    if shift and space.get(start, 4) == b"PK\x01\x02" and size:
        # a gap before the end record, not a prefix: offsets are right as they are
        if space.get(start + shift, 4) != b"PK\x01\x02":
            shift = 0
    elif shift and start + size + shift > low:
        shift = 0
    return EndRecord(low, at + 22 + length, count, size, start, shift, comment, tuple(faults), gap)


def descriptor(
    data: bytes, crc: int, packed: int, size: int, widths: tuple[int, int] = (4, 8)
) -> int:
    """How long the data descriptor is that ``data`` begins with, in bytes: with or without its
    sign, its sizes of the ``widths`` in this order (APPNOTE.TXT, 4.3.9); 0 when none fits."""
    lead = 4 if data[:4] == DESCRIBED else 0
    for width in widths:
        most = (1 << 8 * width) - 1
        sizes = b"".join((each & most).to_bytes(width, "little") for each in (packed, size))
        if data[lead : lead + 4 + 2 * width] == crc.to_bytes(4, "little") + sizes:
            return lead + 4 + 2 * width
    return 0


def zip64(extra: bytes, usize: int, csize: int, offset: int) -> tuple[int, int, int]:
    """Sizes and offset with the ZIP64 extra field (0x0001) applied."""
    data = extra_field(extra, 1)
    if data is None:
        return usize, csize, offset
    values = iter([data[at : at + 8] for at in range(0, len(data) - 7, 8)])
    found = []
    for value in (usize, csize, offset):
        large = next(values, None) if value == FULL32 else None
        found.append(value if large is None else int.from_bytes(large, "little"))
    return found[0], found[1], found[2]


def extra_field(extra: bytes, tag: int) -> bytes | None:
    """The first extra field of a tag."""
    at = 0
    while at + 4 <= len(extra):
        found = int.from_bytes(extra[at : at + 2], "little")
        size = int.from_bytes(extra[at + 2 : at + 4], "little")
        if found == tag:
            return extra[at + 4 : at + 4 + size]
        at += 4 + size
    return None


def doubled_fields(extra: bytes) -> bool:
    """Whether a ZIP64 or Unicode field is there more than once."""
    seen: set[int] = set()
    at = 0
    while at + 4 <= len(extra):
        tag = int.from_bytes(extra[at : at + 2], "little")
        if tag in seen and tag in (1, 0x7075, 0x6375):
            return True
        seen.add(tag)
        at += 4 + int.from_bytes(extra[at + 2 : at + 4], "little")
    return False


class Place(Struct, frozen=True):
    """A member's data: where it lies and how it is packed."""

    start: int
    packed: int
    size: int
    method: int
    crc: int | None
    flags: int = 0


class Given:
    """What was given of a zip whose directories lead to several readings. Of a member a hash of 64
    bits is kept, since there may be a million."""

    def __init__(self) -> None:
        self._places: set[int] = set()
        self._starts, self._ends = array("Q"), array("Q")

    def add(self, name: bytes, place: Place) -> None:
        """Note a member."""
        self._places.add(hash((name, place.start, place.packed, place.method)))
        if place.method == 0 and place.packed:
            self._starts.append(place.start)
            self._ends.append(place.start + min(place.packed, 1 << 62))

    def has(self, name: bytes, place: Place) -> bool:
        """Whether the member was given so."""
        return hash((name, place.start, place.packed, place.method)) in self._places

    def holds(self, offset: int) -> bool:
        """Whether ``offset`` lies in the content of a stored member."""
        places = zip(self._starts, self._ends, strict=True)
        return any(low <= offset < high for low, high in places)


def member_name(name: bytes, flags: int) -> str:
    """A name for people: UTF-8 if it is that, whatever the flag says; else code page 437, as the
    format has it (APPNOTE.TXT, appendix D). Backslashes are slashes there: some tools of Windows
    write them, and most readers take them so."""
    try:
        path = name.decode()
    except UnicodeDecodeError:  # a backslash may be the half of a character there
        return text(name) if flags & UTF8 else name.decode("cp437")
    return path.replace("\\", "/") if "\\" in path else path


def kind_and_mode(name: bytes, system: int, attributes: int) -> tuple[Kind, int]:
    """What a member is, by its name and its external attributes, and its mode."""
    mode = attributes >> 16 if system in (_UNIX, _DARWIN) else 0
    if name[-1:] == b"/":
        return Kind.DIR, stat.S_IMODE(mode) or 0o755
    form = stat.S_IFMT(mode)
    if form == stat.S_IFLNK:
        return Kind.SYMLINK, stat.S_IMODE(mode)
    if form in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK):
        return Kind.OTHER, stat.S_IMODE(mode)
    return Kind.FILE, stat.S_IMODE(mode) or 0o644
