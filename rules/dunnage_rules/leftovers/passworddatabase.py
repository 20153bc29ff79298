"""Password databases: files of everybody's passwords."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dunnage import Entry, Hit, Rule, Severity, lazy_regex, rule

_MOST = 16 << 20
_EMPTY = lazy_regex(r"(?i)(?:\A|[._-])(?:blank|empty|new|template)[._-]")
_SECRET = {
    0x10: "private key",
    0x11: "symmetric key",
    0x80000000: "password",
    0x80000001: "password",
    0x80000002: "password",
}
"""Kinds of records that hold a secret, by their number in Apple's CSSM (cssmtype.h,
cssmapple.h): keys, and generic, internet and AppleShare passwords. Others are certificates."""


@rule(
    "leftover/password-database",
    severity=Severity.ERROR,
    magic=(b"\x03\xd9\xa2\x9a", b"kych\0\1\0\0"),
    content=True,
    lower=True,
    fix="Take it out, change the passwords in it, and its master password.",
    source="https://keepass.info/help/kb/kdbx.html",
)
def password_database(entry: Entry) -> Iterator[Hit]:
    """A password database: KeePass or a macOS keychain.

    Its master password can be guessed offline.

    Take it out and change what is in it. One level lower in test folders. A keychain of
    certificates alone, as programs bring them to trust somebody, is nothing; a database that is
    empty by its name (`blank_database.kdbx`), from which a program makes new ones, is a note.
    """
    if entry.read(4) != b"kych":
        empty = _EMPTY.search(entry.name) is not None
        told = "a KeePass password database, empty by its name" if empty else None
        yield Hit(told or "a KeePass password database", severity=Severity.NOTE if empty else None)
        return
    held = _held(entry.read(_MOST))
    if held is None:
        yield Hit("a macOS keychain")
    elif held:
        yield Hit(f"a macOS keychain with {' and '.join(held)}")


def _held(data: bytes) -> list[str] | None:
    """What secrets a keychain holds, in words; None when its tables cannot be read. After 20 bytes
    of header the schema: its size, how many tables, where each begins; a table begins with its
    size, its kind and how many records it has."""
    held: dict[str, int] = {}
    try:
        (schema,) = struct.unpack_from(">I", data, 12)
        _, count = struct.unpack_from(">2I", data, schema)
        if count > 64:
            return None
        for place in struct.unpack_from(f">{count}I", data, schema + 8):
            _, kind, records = struct.unpack_from(">3I", data, schema + place)
            if records and kind in _SECRET:
                held[_SECRET[kind]] = held.get(_SECRET[kind], 0) + records
    except struct.error:
        return None
    return [f"{number:,} {name}{'s' * (number != 1)}" for name, number in held.items()]


def rules() -> list[Rule]:
    """The rules of this module."""
    return [password_database]
