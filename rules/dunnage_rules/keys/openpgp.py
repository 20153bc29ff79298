"""OpenPGP secret keys in armour (RFC 9580, formerly RFC 4880)."""

from __future__ import annotations

from msgspec import Struct

SECRET_KEY = 5


class PGPKey(Struct, frozen=True):
    """``encrypted`` tells that a passphrase protects it; ``stub`` that the secret part is elsewhere
    (on a smart card, or kept offline)."""

    encrypted: bool
    stub: bool
    public_part: bytes


def private_key(data: bytes) -> PGPKey | None:
    """The first secret key packet of ``data``; None when it begins with another."""
    packet = _packet(data)
    if packet is None or packet[0] != SECRET_KEY:
        return None
    body = packet[1]
    if len(body) < 12 or body[0] not in (3, 4, 5, 6):
        return None
    after = _public_end(body)
    if after is None or after >= len(body):
        return PGPKey(False, False, body[:80])
    usage = body[after]
    stub = usage in (254, 255) and b"GNU" in body[after : after + 12]
    return PGPKey(usage != 0, stub, body[:after])


def is_whole(data: bytes) -> bool:
    """Whether what follows the first packet of ``data`` may follow a key: that bytes which begin as
    one does are one."""
    packet = _packet(data)
    if packet is None or not 40 <= len(packet[1]) < 1 << 14 or packet[1][5] not in _ALGORITHMS:
        return False
    end = data.find(packet[1]) + len(packet[1])
    return end < len(data) and (data[end] & 0xFC in (0x88, 0xB4) or data[end] in _NEXT)


def _packet(data: bytes) -> tuple[int, bytes] | None:
    """The first packet's tag and body (section 4.2), as much of it as there is."""
    if len(data) < 3 or not data[0] & 0x80:
        return None
    if not data[0] & 0x40:
        width = (1, 2, 4, 0)[data[0] & 3]
        size = int.from_bytes(data[1 : 1 + width], "big") if width else len(data)
        return data[0] >> 2 & 15, data[1 + width : 1 + width + size]
    first = data[1]
    if first < 192:
        return data[0] & 63, data[2 : 2 + first]
    if first < 224:
        return data[0] & 63, data[3 : 3 + ((first - 192) << 8) + data[2] + 192]
    return data[0] & 63, data[6 : 6 + int.from_bytes(data[2:6], "big")]


_ALGORITHMS = frozenset((1, 2, 3, 16, 17, 18, 19, 22, 25, 26, 27, 28))
_NEXT = frozenset((0xC2, 0xC7, 0xCD, 0xD1, 0x9C, 0x9D, 0x9E, 0xB8, 0xB0, 0xD0))
"""How what follows a key begins: signatures, subkeys, user ids and attributes, trust."""
_INTEGERS = {1: 2, 2: 2, 3: 2, 16: 3, 17: 4}  # how many numbers the public part has (section 5.5.5)
_CURVES = {18: 2, 19: 1, 22: 1}
_NATIVE = {25: 32, 26: 56, 27: 32, 28: 57}


def _public_end(body: bytes) -> int | None:
    """Where the public part ends and the byte stands that tells how the rest is protected."""
    version = body[0]
    algorithm = body[7] if version == 3 else body[5]
    at = 8 if version == 3 else 6
    if version in (5, 6):
        at += 4
    if algorithm in _NATIVE:
        return at + _NATIVE[algorithm]
    if algorithm in _CURVES:
        at += 1 + body[at]
        at = _skip_number(body, at)
        return at + 1 + body[at] if algorithm == 18 and at < len(body) else at
    if algorithm not in _INTEGERS:
        return None
    for _ in range(_INTEGERS[algorithm]):
        at = _skip_number(body, at)
    return at


def _skip_number(body: bytes, at: int) -> int:
    return at + 2 + (int.from_bytes(body[at : at + 2], "big") + 7) // 8


def crc24(data: bytes) -> int:
    """The armour's checksum (RFC 9580, section 6.1)."""
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc & 0xFFFFFF
