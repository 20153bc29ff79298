"""Databases and their dumps."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dunnage import Entry, Hit, Match, Rule, Severity, rule

_FIX = {
    "npm": 'Delete it, or list what ships under "files" in package.json.',
    "pypi": "`global-exclude *.sqlite3 *.db *.sql` in MANIFEST.in, or `exclude` under "
    "[tool.hatch.build].",
    "crates": '`exclude = ["*.sqlite3", "*.sql"]` in Cargo.toml.',
    "oci": "Add it to .dockerignore; mount the data when the container runs.",
}

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


@rule(
    "leftover/sqlite-rows",
    severity=Severity.WARNING,
    magic=(b"SQLite format 3\0",),
    content=True,
    lower=True,
    fix=_FIX,
    source="https://www.sqlite.org/fileformat2.html",
)
def sqlite_rows(entry: Entry) -> Iterator[Hit]:
    """A SQLite database with rows in it.

    The database of a development server holds accounts, password hashes and sessions. Counted from
    the file's own pages; a database that has tables and no rows is an empty template and not
    reported.

    Delete it. Fine where the package exists to bring the data; one level lower in test folders.
    """
    if entry.name.endswith(_CARRIERS) or entry.name in _OWN or entry.name.startswith(".coverage"):
        return
    tables, rows = _contents(entry)
    if rows and tables:
        shown = ", ".join(tables[:4]) + (", …" if len(tables) > 4 else "")
        yield Hit(f"a SQLite database with {rows:,} row{'s' * (rows != 1)} (tables {shown})")


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
    import re

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


@rule(
    "leftover/database-dump",
    severity=Severity.WARNING,
    magic=(
        b"PGDMP",
        b"REDIS0",
        b"-- MySQL dump ",
        b"-- MariaDB dump ",
        b"/*M!999999",
        b"-- phpMyAdmin SQL Dump",
    ),
    lower=True,
    fix=_FIX,
    source="https://www.postgresql.org/docs/current/app-pgdump.html",
)
def database_dump(entry: Entry) -> Iterator[Hit]:
    """A dump of a database.

    Dumps hold accounts, password hashes and customers' data. Told by the first bytes that pg_dump,
    mysqldump, phpMyAdmin and Redis write.

    Delete it. Fine where the package exists to bring the data; one level lower in test folders.
    """
    head = entry.read(16)
    known = {b"PGDM": "PostgreSQL", b"REDI": "Redis", b"-- p": "MySQL"}
    yield Hit(f"a dump of a {known.get(head[:4], 'MySQL or MariaDB')} database")


@rule(
    "leftover/sql-rows",
    severity=Severity.WARNING,
    pattern=r"(?:-- PostgreSQL database dump\r?\n|PRAGMA foreign_keys=OFF;\r?\nBEGIN TRANSACTION;)",
    paths=("*.sql", "*.dump"),
    once=True,
    lower=True,
    fix=_FIX,
    source="https://www.postgresql.org/docs/current/app-pgdump.html",
)
def sql_rows(entry: Entry, match: Match) -> Iterator[Hit]:
    """A dump of a database as SQL, with rows.

    Dumps hold accounts, password hashes and customers' data. A dump of the schema alone is not
    reported.

    Delete it. Fine where the package exists to bring the data; one level lower in test folders.
    """
    carried = b""
    with entry.open() as stream:
        while part := stream.read(1 << 20):
            text = carried + part
            if b"\nINSERT INTO " in text or (b"\nCOPY " in text and b" FROM stdin;\n" in text):
                yield Hit("a dump of a database, with rows")
                return
            carried = text[-64:]


def rules() -> list[Rule]:
    """The rules of this module."""
    return [sqlite_rows, database_dump, sql_rows]
