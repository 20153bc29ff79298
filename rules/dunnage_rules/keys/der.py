"""DER as far as keys need it (X.690): tags, lengths, and which kind of private key it is."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

INTEGER, OCTETS, OID, SEQUENCE, SET = 0x02, 0x04, 0x06, 0x30, 0x31

_ALGORITHMS = {
    bytes.fromhex("2a864886f70d010101"): "RSA",
    bytes.fromhex("2a864886f70d01010a"): "RSA-PSS",
    bytes.fromhex("2a8648ce3d0201"): "EC",
    bytes.fromhex("2a8648ce380401"): "DSA",
    bytes.fromhex("2b6570"): "Ed25519",
    bytes.fromhex("2b6571"): "Ed448",
    bytes.fromhex("2b656e"): "X25519",
    bytes.fromhex("2b656f"): "X448",
    bytes.fromhex("2a864886f70d010301"): "Diffie-Hellman",
}
_PBE = (bytes.fromhex("2a864886f70d0105"), bytes.fromhex("2a864886f70d010c01"))


class Item(Struct, frozen=True):
    """One tag with its value. ``end`` is where the next one begins; ``whole`` tells that the
    value is not cut off by the end of the data."""

    tag: int
    start: int
    value: bytes
    end: int
    whole: bool


def read(data: bytes, at: int = 0) -> Item | None:
    """The item at ``at``; None when there is none with a definite length."""
    if at + 2 > len(data):
        return None
    tag, length = data[at], data[at + 1]
    start = at + 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4 or start + count > len(data):
            return None
        length = int.from_bytes(data[start : start + count], "big")
        start += count
    end = start + length
    return Item(tag, at, data[start:end], end, end <= len(data))


def items(data: bytes, most: int = 4096) -> Iterator[Item]:
    """The items of ``data`` one after the other, at most ``most`` of them."""
    at = 0
    while at < len(data) and most > 0:
        item = read(data, at)
        if item is None:
            return
        yield item
        at, most = item.end, most - 1


class DerKey(Struct, frozen=True):
    """A private key in DER. ``public_part`` is what identifies it (the modulus, the public point)
    and may be empty; ``bits`` is the length of an RSA or DSA modulus, 0 elsewhere."""

    kind: str
    encrypted: bool
    whole: bool
    bits: int = 0
    public_part: bytes = b""


def private_key(data: bytes) -> DerKey | None:
    """What kind of private key ``data`` is, None when it is none.

    Sources: RFC 8017 A.1.2 (PKCS#1), RFC 5915 (EC), RFC 5958 (PKCS#8), and OpenSSL's DSA form."""
    outer = read(data)
    if outer is None or outer.tag != SEQUENCE or len(data) < 40:
        return None
    if outer.whole and len(data) - outer.end > 16:
        return None
    parts = list(items(outer.value, 12))
    if not parts or not all(part.whole for part in parts[:-1]):
        return None
    tags = [part.tag for part in parts]
    if tags[0] == SEQUENCE:
        return _encrypted(parts, outer.whole)
    if tags[0] != INTEGER or len(parts[0].value) != 1:
        return None
    version = parts[0].value[0]
    if version <= 1 and tags[1:3] == [SEQUENCE, OCTETS]:
        return _pkcs8(parts, outer.whole)
    if version == 1 and tags[1:2] == [OCTETS] and 20 <= len(parts[1].value) <= 80:
        return DerKey("EC", False, outer.whole, 0, parts[-1].value if len(parts) > 2 else b"")
    if version <= 1 and len(tags) >= 3 and all(tag == INTEGER for tag in tags[:9]):
        return _integers(parts, outer.whole)
    return None


def _encrypted(parts: list[Item], whole: bool) -> DerKey | None:
    scheme = read(parts[0].value)
    if len(parts) < 2 or parts[1].tag != OCTETS or scheme is None or scheme.tag != OID:
        return None
    return DerKey("PKCS#8", True, whole) if scheme.value.startswith(_PBE) else None


def _pkcs8(parts: list[Item], whole: bool) -> DerKey | None:
    scheme = read(parts[1].value)
    if scheme is None or scheme.tag != OID:
        return None
    kind = _ALGORITHMS.get(scheme.value, "PKCS#8")
    inner = private_key(parts[2].value) if kind in ("RSA", "EC") else None
    if inner is not None:
        return DerKey(kind, False, whole, inner.bits, inner.public_part)
    return DerKey(kind, False, whole, 0, parts[2].value[-32:])


def _integers(parts: list[Item], whole: bool) -> DerKey | None:
    """PKCS#1 has nine integers and a small exponent at the second, DSA has six."""
    modulus = parts[1].value.lstrip(b"\0")
    bits = int.from_bytes(modulus[:1], "big").bit_length() + 8 * (len(modulus) - 1)
    if bits < 256:
        return None
    exponent = parts[2].value.lstrip(b"\0")
    if len(exponent) <= 8 and (len(parts) >= 9 or not whole):
        return DerKey("RSA", False, whole, bits, modulus)
    if len(parts) == 6 and len(parts[2].value) in range(20, 70):
        return DerKey("DSA", False, whole, bits, parts[4].value)
    return None
