"""Password databases: files of everybody's passwords."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Entry, Hit, Rule, Severity, rule


@rule(
    "leftover/password-database",
    severity=Severity.ERROR,
    magic=(b"\x03\xd9\xa2\x9a", b"kych\0\1\0\0"),
    lower=True,
    fix="Take it out, change the passwords in it, and its master password.",
    source="https://keepass.info/help/kb/kdbx.html",
)
def password_database(entry: Entry) -> Iterator[Hit]:
    """A password database: KeePass or a macOS keychain.

    Its master password can be guessed offline.

    Take it out and change what is in it. One level lower in test folders.
    """
    yield Hit("a macOS keychain" if entry.read(4) == b"kych" else "a KeePass password database")


def rules() -> list[Rule]:
    """The rules of this module."""
    return [password_database]
