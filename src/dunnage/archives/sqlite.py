"""A SQLite database as an archive of its rows. Source: https://www.sqlite.org/fileformat2.html.

In the file the columns of a row follow each other without a mark, so that a value is not to be
told from its neighbour; here each row is a line, and tabs stand between its columns."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from dunnage.archives.limits import Budget
from dunnage.archives.notes import Item, Whole, extra
from dunnage.model import Flaw, Source

MAGIC = b"SQLite format 3\0"
MOST = 128 << 20
"""How much of a database is read, in bytes."""

_TABLE_LEAF, _INDEX_LEAF = 0x0D, 0x0A
_ENCODINGS = {1: "utf-8", 2: "utf-16-le", 3: "utf-16-be"}
_GATHERED = 256 << 10
_LONGEST = 16 << 20


class _Overlap(Exception):
    """The rows take more than the file has room for: they lie over one another."""


class _Database(Struct):
    """``room`` and ``values`` are how many bytes and columns its rows may yet have."""

    data: bytearray
    page: int
    usable: int
    encoding: str
    room: int
    values: int

    def spend(self, room: int, values: int) -> None:
        """Count what a row takes. Raises _Overlap when there is no more."""
        self.room -= room
        self.values -= values
        if self.room < 0 or self.values < 0:
            raise _Overlap


class SqliteArchive(Whole):
    """The rows of all tables, page by page as they lie, the deleted ones that are still in a
    page left to the look at the file itself."""

    format = "sqlite"
    noun = "the database"
    parts = "rows"
    most = MOST

    def _parts(self, data: bytearray) -> Iterator[Item]:
        database = _database(data)
        if database is None:
            return
        lines: list[bytes] = []
        size = number = 0
        try:
            for line in _rows(database):
                lines.append(line)
                size += len(line) + 1
                if size >= _GATHERED:
                    number += 1
                    yield self._entry(number, lines)
                    lines, size = [], 0
        except _Overlap:
            yield Flaw("the database's rows lie over one another: a bomb")
        if lines:
            yield self._entry(number + 1, lines)

    def _entry(self, number: int, lines: list[bytes]) -> Item:
        self._budget.count_entry()
        content = b"\n".join(lines) + b"\n"
        self._budget.expand(len(content))
        return extra(f"rows {number}", content)


def _database(data: bytearray) -> _Database | None:
    if len(data) < 512:
        return None
    page = int.from_bytes(data[16:18], "big")
    page = 65536 if page == 1 else page
    if page < 512 or page & (page - 1):
        return None
    encoding = _ENCODINGS.get(int.from_bytes(data[56:60], "big"), "utf-8")
    room, values = 2 * len(data) + _GATHERED, len(data) // 2
    return _Database(data, page, page - data[20], encoding, room, values)


def _rows(database: _Database) -> Iterator[bytes]:
    data, size = database.data, database.page
    for start in range(0, len(data) - 7, size):
        at = start + 100 if start == 0 else start
        kind = data[at]
        if kind not in (_TABLE_LEAF, _INDEX_LEAF):
            continue
        count = int.from_bytes(data[at + 3 : at + 5], "big")
        if 8 + 2 * count > size:
            continue
        for place in range(at + 8, at + 8 + 2 * count, 2):
            cell = start + int.from_bytes(data[place : place + 2], "big")
            try:
                record = _payload(database, cell, start + size, kind)
                database.spend(len(record), 1)
                line = _line(database, record)
            except IndexError:
                database.spend(0, 1)
                continue
            if line:
                yield line


def _payload(database: _Database, at: int, end: int, kind: int) -> bytes:
    """A cell's record, put together from its overflow pages."""
    data, usable = database.data, database.usable
    total, at = _varint(data, at)
    if kind == _TABLE_LEAF:
        _, at = _varint(data, at)
        most = usable - 35
    else:
        most = (usable - 12) * 64 // 255 - 23
    if total <= most:
        return bytes(data[at : min(at + total, end)])
    least = (usable - 12) * 32 // 255 - 23
    local = least + (total - least) % (usable - 4)
    local = local if local <= most else least
    parts = [data[at : at + local]]
    left = min(total, _LONGEST) - local
    following = int.from_bytes(data[at + local : at + local + 4], "big")
    while left > 0 and following:
        start = (following - 1) * database.page
        part = data[start + 4 : start + min(usable, left + 4)]
        if not part:
            break
        parts.append(part)
        left -= len(part)
        following = int.from_bytes(data[start : start + 4], "big")
    return b"".join(parts)


def _line(database: _Database, record: bytes) -> bytes:
    """The texts and blobs of a record, with tabs between."""
    head, at = _varint(record, 0)
    values, value = [], head
    head = min(head, len(record))
    database.spend(0, head - at)
    while at < head:
        kind, at = _varint(record, at)
        size = _width(kind)
        if kind >= 12 and size:
            raw = record[value : value + size]
            if kind & 1 and database.encoding != "utf-8":
                raw = raw.decode(database.encoding, "replace").encode()
            values.append(raw)
        value += size
    return b"\t".join(values)


def _width(kind: int) -> int:
    """How many bytes a value of this serial type has."""
    if kind >= 12:
        return (kind - 12) // 2
    return (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)[kind]


def _varint(data: bytes | bytearray, at: int) -> tuple[int, int]:
    value = 0
    for count in range(9):
        byte = data[at]
        at += 1
        if count == 8:
            return value << 8 | byte, at
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return value, at


def open_sqlite(source: Source, budget: Budget) -> SqliteArchive:
    """The database in ``source`` as an archive of its rows. Damage comes as Flaw."""
    return SqliteArchive(source, budget)
