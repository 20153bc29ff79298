"""The fields of tar headers: numbers, PAX records, sparse maps. Nothing here trusts a length.

Sources: POSIX.1-2024 pax, "ustar Interchange Format" and "pax Interchange Format"; GNU tar manual,
"Basic Tar Format" and "Storing Sparse Files".
"""

from __future__ import annotations

import itertools

from msgspec import Struct, field

BLOCK = 512


def number(raw: bytes) -> int | None:
    """An octal field, or a base-256 one (first bit set). None where it is neither; negative only
    in base-256."""
    if raw[:1] and raw[0] & 0x80:
        value = int.from_bytes(raw, "big")
        bits = 8 * len(raw)
        if raw[0] == 0xFF:
            return value - (1 << bits)
        return value & ~(1 << (bits - 1))
    digits = raw.strip(b" \0").partition(b"\0")[0].partition(b" ")[0]
    if not digits:
        return 0
    if not digits.isdigit():
        return None
    try:
        return int(digits, 8)
    except ValueError:
        return None


def text(raw: bytes) -> str:
    """A name for people: UTF-8, other bytes as ``\\xNN``."""
    return raw.decode("utf-8", "backslashreplace")


def until_nul(raw: bytes) -> bytes:
    """A field up to its first NUL."""
    return raw.partition(b"\0")[0]


class Pax(Struct):
    """The records of an extended header; ``earlier`` are those that a later one of the same key
    took the place of. ``fault`` says what is wrong with them."""

    records: dict[bytes, bytes] = field(default_factory=dict)
    earlier: list[tuple[bytes, bytes]] = field(default_factory=list)
    sparse: bool = False
    regions: list[int] = field(default_factory=list)
    fault: str | None = None


_DIGITS = 20


def pax_records(data: bytes) -> Pax:
    """Read ``LENGTH KEY=VALUE\\n`` records by their length, up to the first that is none."""
    pax = Pax()
    at, end = 0, len(data)
    while at < end:
        if data[at] == 0 and not data[at:].strip(b"\0"):
            break
        space = data.find(b" ", at, at + _DIGITS)
        digits = data[at:space] if space > 0 else b""
        if not digits.isdigit():
            pax.fault = "a record's length is not a number"
            break
        stop = at + int(digits)
        equals = data.find(b"=", space, stop)
        if stop > end or equals < 0 or data[stop - 1 : stop] != b"\n":
            pax.fault = "a record is cut short or has no value"
            break
        key = data[space + 1 : equals]
        value = data[equals + 1 : stop - 1]
        if key.startswith(b"GNU.sparse."):
            pax.sparse = True
            if key == b"GNU.sparse.offset":
                pax.regions.append(decimal(value) or 0)
            elif key == b"GNU.sparse.map":
                pax.regions += [decimal(part) or 0 for part in value.split(b",")[::2]]
        if pax.records.get(key, value) != value:
            pax.earlier.append((key, pax.records[key]))
        pax.records[key] = value
        at = stop
    return pax


def decimal(raw: bytes) -> int | None:
    """A PAX number: digits only, of a length that a 64-bit file can have."""
    if raw.isdigit() and len(raw) <= _DIGITS:
        return int(raw)
    return None


def sparse_map(data: bytes) -> list[int]:
    """Where the regions of a sparse member lie whose content begins with its map (format 1.0); as
    many as ``data`` shows."""
    lines = data.split(b"\n")[:-1]
    count = decimal(lines[0]) if lines else None
    return [decimal(line) or 0 for line in lines[1 : 1 + 2 * (count or 0) : 2]]


def ascending(regions: list[int]) -> bool:
    """Whether the regions of a sparse member lie in the order in which they are stored."""
    return all(one <= other for one, other in itertools.pairwise(regions))


class Pending(Struct):
    """What extension headers say of the next member. ``names`` and ``sizes`` are what other readers
    make of them, where they say several things."""

    name: bytes | None = None
    link: bytes | None = None
    size: int | None = None
    sparse: bool = False
    real_name: bytes | None = None
    regions: list[int] = field(default_factory=list)
    mapped: bool = False
    notes: list[tuple[str, bytes]] = field(default_factory=list)
    names: list[bytes] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def apply(self, records: dict[bytes, bytes]) -> None:
        """Take what matters from PAX records."""
        for key, value in records.items():
            if key == b"path":
                self.name = value or None  # an empty one takes back what was said before
            elif key == b"linkpath":
                self.link = value or None
            elif key == b"size":
                size = decimal(value)
                if size is not None:
                    if self.size is not None:
                        self.sizes.append(self.size)
                    self.size = size
            elif key == b"GNU.sparse.name":
                self.real_name = value
            elif key == b"GNU.sparse.major":
                self.mapped = value == b"1"
