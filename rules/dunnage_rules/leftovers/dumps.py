"""Dumps of databases."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Artifact, Entry, Hit, Match, Rule, Severity, counted, lazy_regex, replace, rule
from dunnage_rules.leftovers.keepout import FIX

_BINARY = {
    b"REDIS0": "a dump of a Redis database",
    b"*2\r\n$6\r\nSELECT\r\n": "an append-only file of Redis: every command that wrote to it",
    b"\x6d\xe2\x99\x81": "a dump of a MongoDB database (an archive of mongodump)",
    b"XBSTCK01": "a backup of a MySQL or MariaDB database (a stream of xtrabackup)",
    b"TAPE\0\0\3\0": "a backup of a Microsoft SQL Server database",
}
_TEXT = {
    b"-- MySQL dump ": "MySQL or MariaDB",
    b"-- MariaDB dump ": "MySQL or MariaDB",
    b"/*M!999999": "MySQL or MariaDB",
    b"-- phpMyAdmin SQL Dump": "MySQL",
}
_ROWS = lazy_regex(rb"\nINSERT INTO |\nCOPY [^\n]{1,400} FROM stdin;\r?\n|\sPASSWORD '")
_CONTENTS = 16 << 20
"""A table of contents of pg_dump that is longer has rows to tell of."""


@rule(
    "leftover/database-dump",
    severity=Severity.WARNING,
    magic=(b"PGDMP", *_BINARY, *_TEXT),
    fold="artifact",
    content=True,
    lower=True,
    fix=FIX,
    source="https://www.postgresql.org/docs/current/app-pgdump.html",
)
def database_dump(entry: Entry) -> Iterator[Hit]:
    """A dump of a database, with rows.

    Dumps hold accounts, password hashes and customers' data. Told by what pg_dump (its custom, tar
    and directory formats), mysqldump, phpMyAdmin, mongodump, xtrabackup, Redis and SQL Server
    write, whatever the name. A dump of the schema alone is not reported.

    Delete it. Fine where the package exists to bring the data; one level lower in test folders.
    """
    head = entry.read(32)
    if head.startswith(b"PGDMP"):
        contents = entry.read(_CONTENTS)
        if b"TABLE DATA" in contents or b"BLOB" in contents or len(contents) == _CONTENTS:
            yield Hit("a dump of a PostgreSQL database, with rows")
        return
    for sign, what in _BINARY.items():
        if head.startswith(sign):
            yield Hit(what)
    for sign, what in _TEXT.items():
        if head.startswith(sign) and _has_rows(entry):
            yield Hit(f"a dump of a {what} database, with rows")


@rule(
    "leftover/sql-rows",
    severity=Severity.WARNING,
    pattern=r"(?:-- PostgreSQL database (?:cluster )?dump\r?\n|"
    r"PRAGMA foreign_keys=OFF;\r?\nBEGIN TRANSACTION;|BEGIN TRANSACTION;\r?\nCREATE TABLE )",
    paths=("*.sql", "*.dump"),
    once=True,
    fold="artifact",
    lower=True,
    fix=FIX,
    source="https://www.postgresql.org/docs/current/app-pgdump.html",
)
def sql_rows(entry: Entry, match: Match) -> Iterator[Hit]:
    """A dump of a database as SQL, with rows.

    Dumps hold accounts, password hashes and customers' data; those of `pg_dumpall` hold the
    hashes of the database's own accounts. A dump of the schema alone is not reported.

    Delete it. Fine where the package exists to bring the data; one level lower in test folders.
    """
    if _has_rows(entry):
        yield Hit("a dump of a database, with rows")


def _has_rows(entry: Entry) -> bool:
    carried = b""
    with entry.open() as stream:
        while part := stream.read(1 << 20):
            text = carried + part
            if _ROWS.search(text):
                return True
            carried = text[-512:]
    return False


_ELEMENTS = frozenset(range(0x01, 0x14)) | {0x7F, 0xFF}
"""The kinds of a BSON element: bsonspec.org."""


def _weigh_bson(hit: Hit, artifact: Artifact) -> Hit:
    path, documents = hit.facts
    beside = path.removesuffix(".bson") + ".metadata.json"
    by = " by mongodump" if beside in artifact.index else ""
    return replace(hit, message=f"a MongoDB collection dumped{by}: {documents}")


@rule(
    "leftover/bson-dump",
    severity=Severity.WARNING,
    paths=("*.bson",),
    fold="artifact",
    content=True,
    lower=True,
    fix={
        **FIX,
        "pypi": "setuptools: `global-exclude *.bson *.metadata.json` in MANIFEST.in; hatch: "
        '`exclude = ["*.bson", "*.metadata.json"]` under [tool.hatch.build].',
    },
    source="https://bsonspec.org/spec.html",
    weigh=_weigh_bson,
)
def bson_dump(entry: Entry) -> Iterator[Hit]:
    """A collection of MongoDB, as `mongodump` writes it.

    A `.bson` file holds every document of a collection: accounts, password hashes, customers' data.
    Told by the documents in it, which are counted; an empty collection is not reported.

    Delete the folder of the dump. Fine where the package exists to bring the data; one level lower
    in test folders.
    """
    count = 0
    with entry.open() as stream:
        while len(head := stream.read(6)) == 6:
            length = int.from_bytes(head[:4], "little")
            if length < 7 or (not count and (head[4] not in _ELEMENTS or not head[5])):
                break
            left, last = length - 6, b""
            while left > 0 and (part := stream.read(min(left, 1 << 20))):
                left, last = left - len(part), part
            if left or last[-1:] != b"\0":
                break
            count += 1
    if count:
        yield Hit("a MongoDB collection", facts=(entry.path, counted(count, "document")))


def rules() -> list[Rule]:
    """The rules of this module."""
    return [database_dump, sql_rows, bson_dump]
