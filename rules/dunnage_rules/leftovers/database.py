"""Databases of SQLite."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from dunnage import Entry, Hit, Rule, Severity, lazy_regex, rule
from dunnage_rules.leftovers.keepout import FIX

_OWN = (
    "rpmdb.sqlite",
    "history.sqlite",
    "pkgcache.sqlite",
    ".coverage",
    ".testmondata",
    "wc.db",
    "cert9.db",
    "key4.db",
    "packages.db",
)
"""Databases that other rules judge, or that an operating system keeps about itself."""

_CARRIERS = (".mbtiles", ".gpkg", ".sqlite-shm", ".mo", ".docset", ".dsidx", ".ipa", ".sqlar")
"""Formats of published data that happen to be SQLite files."""

_DATABASE = lazy_regex(
    r"""\A[^.]*\Z | \.(?:\w*db\w? | sqlite\w* | s(?:l3|ql)\w? | s3db | dat | data | ba[kc]
        | back(?:up)? | old | orig | saved? | te?mp | dump | \d+)[~_-]?\Z | [-_~]\Z""",
    re.IGNORECASE | re.VERBOSE,
)
"""How a database of a program that ran is named; one with a file type of its own (`ac.index`,
`words.dict`) was built as a part of the program."""
_DATA = lazy_regex(
    r"(?i)(?:\A|/)(?:share|resources?|assets|(?:[a-z0-9]+[_-])?data)/(?:[^/]+/)?[^/]+\Z"
)
"""Folders of what a program reads and does not write."""
_OF_PEOPLE = lazy_regex(
    r"user|account|session|cookie|login|logon|passw|credential|token|secret|customer|member|mail"
    r"|person|contact|message|order|payment|visit|histor|auth",
    re.IGNORECASE,
)


@rule(
    "leftover/sqlite-rows",
    severity=Severity.WARNING,
    magic=(b"SQLite format 3\0",),
    content=True,
    lower=True,
    fix=FIX,
    source="https://www.sqlite.org/fileformat2.html",
)
def sqlite_rows(entry: Entry) -> Iterator[Hit]:
    """A SQLite database with rows in it.

    The database of a development server holds accounts, password hashes and sessions. Counted from
    the file's own pages; a database that has tables and no rows is an empty template and not
    reported; one with a file type of its own, or in a folder of data, without a table of people
    is told as a note.

    Delete it. Fine where the package exists to bring the data; one level lower in test folders.
    """
    if entry.name.endswith(_CARRIERS) or entry.name in _OWN or entry.name.startswith(".coverage"):
        return
    tables, rows = _contents(entry)
    if rows and tables:
        shown = ", ".join(tables[:4]) + (", …" if len(tables) > 4 else "")
        built = not _DATABASE.search(entry.name) or _DATA.search(entry.path) is not None
        built = built and not any(map(_OF_PEOPLE.search, tables))
        yield Hit(
            f"a SQLite database with {rows:,} row{'s' * (rows != 1)} (tables {shown})",
            severity=Severity.NOTE if built else None,
        )


def _contents(entry: Entry) -> tuple[list[str], int]:
    """The names of the tables, and the cells of all leaf pages of tables but the schema's own."""
    names: list[str] = []
    rows = schema = 0
    with entry.open() as stream:
        head = stream.read(100)
        if len(head) < 100:
            return [], 0
        page = struct.unpack_from(">H", head, 16)[0]
        page = 65536 if page == 1 else page
        if page < 512:
            return [], 0
        first = head + _full(stream, page - 100)
        names = _tables(first)
        while len(part := _full(stream, page)) == page:
            if part[0] == 0x0D:
                rows += int.from_bytes(part[3:5], "big")
                if not names and (found := _tables(bytes(100) + part, strict=True)):
                    names, schema = found, int.from_bytes(part[3:5], "big")
    return names, rows - schema


def _tables(page: bytes, strict: bool = False) -> list[str]:
    """The names of tables that a page of the schema creates, without SQLite's own."""
    if strict and b"CREATE TABLE" not in page:
        return []
    found = re.findall(
        rb"CREATE (?:VIRTUAL )?TABLE (?:IF NOT EXISTS )?[\"'`\[]?([\w.\- ]+?)[\"'`\]]?\s*[(\sU]",
        page,
    )
    names = [name.decode("utf-8", "replace") for name in dict.fromkeys(found)]
    own = (
        "sqlite_",
        "android_metadata",
        "alembic_version",
        "django_migrations",
        "schema_migrations",
    )
    return [name for name in names if not name.startswith(own)][::-1]


def _full(stream: object, count: int) -> bytes:
    from typing import BinaryIO, cast

    given, parts = cast("BinaryIO", stream), b""
    while len(parts) < count and (part := given.read(count - len(parts))):
        parts += part
    return parts


_LOGS = {b"\x37\x7f\x06\x82": 32, b"\x37\x7f\x06\x83": 32, b"\xd9\xd5\x05\xf9": 512}
"""The first bytes of write-ahead logs and of rollback journals, and how long their heads are."""


@rule(
    "leftover/sqlite-journal",
    severity=Severity.WARNING,
    magic=(*(sign for sign in _LOGS if sign[0] == 0x37), b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"),
    fold="artifact",
    lower=True,
    fix={
        **FIX,
        "pypi": "setuptools: `global-exclude *-wal *-shm *-journal` in MANIFEST.in; hatch: "
        '`exclude = ["*-wal", "*-shm", "*-journal"]` under [tool.hatch.build].',
    },
    source="https://www.sqlite.org/fileformat2.html#walformat",
)
def sqlite_journal(entry: Entry) -> Iterator[Hit]:
    """A write-ahead log or a rollback journal of SQLite, with pages in it.

    It holds the pages that were written last, also rows that have been deleted from the database
    since; it is there because a program had the database open, or died.

    Delete it. The database beside it is a finding of its own.
    """
    head = entry.read(4)
    if entry.size > _LOGS.get(head, 0):
        what = "write-ahead log" if head[0] == 0x37 else "rollback journal"
        yield Hit(f"a {what} of SQLite: rows that were written, changed or deleted")


def rules() -> list[Rule]:
    """The rules of this module."""
    return [sqlite_rows, sqlite_journal]
