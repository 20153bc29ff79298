"""Databases in files of their own that are not SQLite's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from dunnage import (
    Artifact,
    Entry,
    Facts,
    Hit,
    Kind,
    Rule,
    Severity,
    amount,
    counted,
    derived,
    lazy_regex,
    replace,
    rule,
)
from dunnage_rules.leftovers.keepout import FIX

_NUMBERED = lazy_regex(r"\d{5,}")
_TABLES = (".ldb", ".sst", ".log", ".blob")
_POINTER = "CURRENT"
_MOST = 200_000
"""So many folders are told apart, which no honest artifact has."""


class _Held(Struct):
    """The tables and logs of a folder."""

    files: int = 0
    size: int = 0
    sorted: bool = False


def _databases(index: Mapping[str, Facts]) -> dict[str, _Held]:
    """What lies in the folders that have a pointer."""
    found: dict[str, _Held] = {}
    for path in index:
        if path.endswith(_POINTER) and path[-8:-7] in ("", "/") and len(found) < _MOST:
            found[path.removesuffix(_POINTER)] = _Held()
    for path, facts in index.items() if found else ():
        if facts.kind is not Kind.FILE or not facts.size or not path.endswith(_TABLES):
            continue
        name = path.rpartition("/")[2]
        held = found.get(path.removesuffix(name))
        if held is not None and _NUMBERED.fullmatch(name.rpartition(".")[0]):
            held.files += 1
            held.size += facts.size
            held.sorted |= path.endswith(".sst")
    return found


def _weigh(hit: Hit, artifact: Artifact) -> Hit | None:
    """A folder of tables and logs is worth a word when something is in it."""
    folder, manifest = hit.facts
    if folder + manifest not in artifact.index:
        return None
    held = derived(artifact.index, _databases).get(folder)
    if held is None or not held.files:
        return None
    name = "RocksDB" if held.sorted else "LevelDB"
    what = f"{counted(held.files, 'file')} with rows, {amount(held.size)}"
    return replace(hit, message=f"a {name} database ({what})")


@rule(
    "leftover/key-value-store",
    severity=Severity.WARNING,
    paths=("CURRENT",),
    content=True,
    lower=True,
    fix={**FIX, "pypi": "Name the package data that ships; `prune FOLDER` in MANIFEST.in."},
    source="https://github.com/google/leveldb/blob/main/doc/impl.md",
    weigh=_weigh,
)
def key_value_store(entry: Entry) -> Iterator[Hit]:
    """The folder of a LevelDB or RocksDB database, with rows in it.

    Browsers, Electron and many servers keep what they know there: sessions, tokens, caches of
    requests, messages. Told by its pointer to a manifest and what lies beside it; a folder without
    rows is not reported.

    Delete the folder. Fine where the package exists to bring the data.
    """
    if found := re.fullmatch(rb"(MANIFEST-[0-9]{6,20})\n", entry.read(64)):
        yield Hit("a database", facts=(entry.path.removesuffix("CURRENT"), found[1].decode()))


_SIGNS: tuple[tuple[int, bytes, str], ...] = (
    (8, b"DUCK", "DuckDB"),
    (16, b"\xde\xc0\xef\xbe\1\0\0\0", "LMDB"),
    (0, b"H:2,block:", "H2"),
    (0, b"H:3,block:", "H2"),
    (0, b"\0\1\0\0Standard Jet DB\0", "Microsoft Access"),
    (0, b"\0\1\0\0Standard ACE DB\0", "Microsoft Access"),
)


@rule(
    "leftover/database-file",
    severity=Severity.WARNING,
    magic=tuple((offset, sign) if offset else sign for offset, sign, _ in _SIGNS),
    fold="artifact",
    lower=True,
    fix={**FIX, "pypi": "`global-exclude *.duckdb *.mdb *.mv.db` in MANIFEST.in."},
    source="https://duckdb.org/docs/stable/internals/storage",
)
def database_file(entry: Entry) -> Iterator[Hit]:
    """The file of a database: DuckDB, LMDB, H2, Microsoft Access.

    The database of a development server holds accounts, sessions and customers' data. Told by
    content, whatever the name.

    Delete it. Fine where the package exists to bring the data; one level lower in test folders.
    """
    head = entry.read(64)
    for offset, sign, name in _SIGNS:
        if head.startswith(sign, offset):
            yield Hit(f"a database of {name}, {amount(entry.size)}")
            return


def rules() -> list[Rule]:
    """The rules of this module."""
    return [key_value_store, database_file]
