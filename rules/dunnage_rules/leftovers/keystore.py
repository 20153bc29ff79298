"""Keystores: files of private keys and passwords."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Entry, Hit, Rule, Severity, rule

_FIX = (
    "Take it out, give the key to the program when it runs, and replace the key: a copy was "
    "shipped."
)
_KEY_BAG = bytes.fromhex("060b2a864886f70d010c0a0102")
"""The object identifier of a PKCS #12 shrouded key bag, 1.2.840.113549.1.12.10.1.2 (RFC 7292)."""
_PLAIN_BAG = bytes.fromhex("060b2a864886f70d010c0a0101")
_PKCS7_DATA = bytes.fromhex("06092a864886f70d0107")
_MOST = 8 << 20


@rule(
    "leftover/keystore",
    severity=Severity.ERROR,
    magic=(b"\xfe\xed\xfe\xed\0\0\0", b"\xce\xce\xce\xce\0\0\0"),
    content=True,
    lower=True,
    fix=_FIX,
    source="https://docs.oracle.com/en/java/javase/21/security/java-cryptography-architecture-jca-reference-guide.html",
)
def keystore(entry: Entry) -> Iterator[Hit]:
    """A Java keystore with private keys (JKS, JCEKS).

    Its password protects little: it can be guessed offline, and often is `changeit`. Read entry by
    entry: a truststore, which holds certificates alone, is not reported.

    Replace the key. One level lower in test folders.
    """
    data = entry.read(_MOST)
    keys = _private_keys(data)
    if keys:
        yield Hit(f"a Java keystore with {keys} private or secret key{'s' * (keys != 1)}")


def _private_keys(data: bytes) -> int:
    version, count, at, keys = (
        int.from_bytes(data[4:8], "big"),
        int.from_bytes(data[8:12], "big"),
        12,
        0,
    )
    if version not in (1, 2):
        return 0
    for _ in range(min(count, 100_000)):
        tag = int.from_bytes(data[at : at + 4], "big")
        at += 4
        at += 2 + int.from_bytes(data[at : at + 2], "big") + 8
        if tag == 3:
            return keys + 1  # a sealed object has no length; one key is enough to know
        if tag == 1:
            keys += 1
            at += 4 + int.from_bytes(data[at : at + 4], "big")
            chain = int.from_bytes(data[at : at + 4], "big")
            at += 4
        elif tag == 2:
            chain = 1
        else:
            return keys
        for _ in range(min(chain, 1000)):
            if version == 2:
                at += 2 + int.from_bytes(data[at : at + 2], "big")
            at += 4 + int.from_bytes(data[at : at + 4], "big")
        if at > len(data):
            return keys
    return keys


@rule(
    "leftover/pkcs12",
    severity=Severity.ERROR,
    paths=("*.p12", "*.pfx", "*.keystore", "*.jks", "*.pkcs12"),
    content=True,
    lower=True,
    fix=_FIX,
    source="https://datatracker.ietf.org/doc/html/rfc7292",
)
def pkcs12(entry: Entry) -> Iterator[Hit]:
    """A PKCS #12 file with a private key (`.p12`, `.pfx`, newer Java keystores).

    Its password can be guessed offline. Told by the key bag inside: a file of certificates alone
    is not reported.

    Replace the key. One level lower in test folders.
    """
    data = entry.read(_MOST)
    if (
        data[:1] == b"\x30"
        and _PKCS7_DATA in data[:64]
        and (_KEY_BAG in data or _PLAIN_BAG in data)
    ):
        yield Hit("a PKCS #12 keystore with a private key")


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
    return [keystore, pkcs12, password_database]
