"""Key stores: PKCS#12, Java's JKS and JCEKS, Bouncy Castle's BKS. Are there private keys inside,
and does a password that everyone knows open them?

Sources: RFC 7292 (PKCS#12); the JDK's sun.security.provider.JavaKeyStore; Bouncy Castle's
BcKeyStoreSpi."""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterator

from msgspec import Struct

from dunnage import allowed
from dunnage_rules.keys import der

JKS, JCEKS = b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"
PASSWORDS = (
    "",
    "changeit",
    "changeme",
    "password",
    "secret",
    "android",
    "storepass",
    "123456",
    "keystore",
)
"""What stores have when nobody chose: the JDK's, that of Android's debug key, of tutorials."""

_MOST_ENTRIES = 10_000
_MOST_ROUNDS = 200_000
_OID_DATA = bytes.fromhex("2a864886f70d010701")
_OID_ENCRYPTED = bytes.fromhex("2a864886f70d010706")
_OID_BAG = bytes.fromhex("2a864886f70d010c0a01")
_DIGESTS = {
    bytes.fromhex("2b0e03021a"): "sha1",
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
}


class Store(Struct, frozen=True):
    """``keys`` counts the private keys, ``certificates`` the certificates that can be seen without
    the password, ``hidden`` tells that there are parts that cannot. ``password`` is the well-known
    one that opens it, None when none of them does."""

    kind: str
    keys: int
    certificates: int
    hidden: bool
    password: str | None


def parse(data: bytes) -> Store | None:
    """The store in ``data``; None when it is none of these, or damaged."""
    try:
        if data[:4] in (JKS, JCEKS):
            return _java(data)
        if data[:4] in (b"\0\0\0\1", b"\0\0\0\2") and data[4:8] == b"\0\0\0\x14":
            return _bouncy(data)
        return _pkcs12(data)
    except (struct.error, IndexError, ValueError):
        return None


class _Reader:
    """Big-endian numbers and counted strings, front to back."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise ValueError("cut off")
        self.at += size
        return self.data[self.at - size : self.at]

    def text(self) -> bytes:
        return self.take(self.number(2))


def _java(data: bytes) -> Store | None:
    reader = _Reader(data, 4)
    version, count = reader.number(4), reader.number(4)
    if version not in (1, 2) or count > _MOST_ENTRIES:
        return None
    keys = certificates = 0
    hidden = False
    for _ in range(count):
        tag = reader.number(4)
        reader.text()
        reader.take(8)
        if tag == 1:
            keys += 1
            reader.take(reader.number(4))
            for _ in range(reader.number(4)):
                _certificate(reader, version)
        elif tag == 2:
            certificates += 1
            _certificate(reader, version)
        else:  # JCEKS keeps secret keys as serialised Java objects, without their length
            hidden = True
            break
    kind = "JKS" if data[:4] == JKS else "JCEKS"
    return Store(kind, keys, certificates, hidden, _java_password(data))


def _certificate(reader: _Reader, version: int) -> None:
    if version == 2:
        reader.text()
    reader.take(reader.number(4))


def _java_password(data: bytes) -> str | None:
    """The digest at the end is over the password, a fixed phrase and the store."""
    for password in PASSWORDS:
        total = hashlib.sha1(password.encode("utf-16-be") + b"Mighty Aphrodite")  # noqa: S324 - the format's
        total.update(data[:-20])
        if total.digest() == data[-20:]:
            return password
    return None


def _bouncy(data: bytes) -> Store | None:
    reader = _Reader(data, 4)
    reader.take(reader.number(4))
    rounds = reader.number(4)
    if not 0 < rounds < _MOST_ROUNDS:
        return None
    keys = certificates = 0
    for _ in range(_MOST_ENTRIES):
        kind = reader.number(1)
        if kind == 0:
            return Store("BKS", keys, certificates, False, None)
        reader.text()
        reader.take(8)
        for _ in range(reader.number(4)):
            reader.text()
            reader.take(reader.number(4))
        if kind == 1:
            certificates += 1
            reader.text()
            reader.take(reader.number(4))
        elif kind in (3, 4):
            keys += 1
            reader.take(reader.number(4))
        else:
            return Store("BKS", keys + 1, certificates, True, None)
    return None


def _pkcs12(data: bytes) -> Store | None:
    outer = der.read(data)
    if outer is None or outer.tag != der.SEQUENCE or not outer.whole:
        return None
    parts = list(der.items(outer.value, 4))
    if len(parts) < 2 or parts[0].tag != der.INTEGER or parts[0].value != b"\3":
        return None
    safe = _content(parts[1].value, _OID_DATA)
    if safe is None:
        return None
    keys = certificates = 0
    hidden = False
    contents = der.read(safe)
    for info in der.items(contents.value if contents else b"", 64):
        if (plain := _content(info.value, _OID_DATA)) is not None:
            for bag in _bags(plain):
                keys += bag in (1, 2)
                certificates += bag == 3
        elif info.value[2:11] == _OID_ENCRYPTED:
            hidden = True
    password = _pkcs12_password(safe, parts[2].value) if len(parts) > 2 else None
    return Store("PKCS#12", keys, certificates, hidden, password)


def _content(info: bytes, wanted: bytes) -> bytes | None:
    """The octets of a ContentInfo of the wanted type."""
    parts = list(der.items(info, 3))
    if len(parts) < 2 or parts[0].value != wanted or parts[1].tag != 0xA0:
        return None
    octets = der.read(parts[1].value)
    return octets.value if octets is not None and octets.tag == der.OCTETS else None


def _bags(safe: bytes) -> Iterator[int]:
    """The kinds of the bags in SafeContents: 1 key, 2 encrypted key, 3 certificate."""
    contents = der.read(safe)
    for bag in der.items(contents.value if contents else b"", _MOST_ENTRIES):
        kind = der.read(bag.value)
        if kind is not None and kind.tag == der.OID and kind.value.startswith(_OID_BAG):
            yield kind.value[-1]


def _pkcs12_password(safe: bytes, mac: bytes) -> str | None:
    parts = list(der.items(mac, 3))
    info = list(der.items(parts[0].value, 2))
    scheme = der.read(info[0].value)
    name = _DIGESTS.get(scheme.value) if scheme else None
    rounds = int.from_bytes(parts[2].value, "big") if len(parts) > 2 else 1
    if name is None or not 0 < rounds <= _MOST_ROUNDS:
        return None
    tries = PASSWORDS if rounds <= 20_000 else PASSWORDS[:3]
    if not allowed(rounds * len(tries)):
        return None
    for password in tries:
        # An empty password is either no bytes or a zero character, by the writer's taste.
        encodings = (
            {(password + "\0").encode("utf-16-be"), b""}
            if not password
            else {(password + "\0").encode("utf-16-be")}
        )
        for encoded in encodings:
            key = _derive(name, encoded, parts[1].value, rounds)
            if hmac.digest(key, safe, name) == info[1].value:
                return password
    return None


def _derive(name: str, password: bytes, salt: bytes, rounds: int) -> bytes:
    """The key of the store's checksum (RFC 7292, appendix B.2, with the identifier 3)."""
    block = hashlib.new(name).block_size
    filled = b"\3" * block + _filled(salt, block) + _filled(password, block)
    digest = getattr(hashlib, name)  # twice as fast as by its name
    key: bytes = digest(filled).digest()
    for _ in range(rounds - 1):
        key = digest(key).digest()
    return key


def _filled(value: bytes, block: int) -> bytes:
    size = -(-len(value) // block) * block
    return (value * (size // len(value) + 1))[:size] if value else b""
