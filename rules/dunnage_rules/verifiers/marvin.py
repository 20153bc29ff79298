"""Marvin32, the keyed hash of the .NET runtime, which Azure uses as a checksum of its keys.

Source: https://github.com/microsoft/security-utilities and the runtime's own Marvin.cs."""

from __future__ import annotations

import struct

_MASK = 0xFFFFFFFF


def _turn(word: int, bits: int) -> int:
    """``word``, 32 bits, rotated to the left."""
    return (word << bits | word >> (32 - bits)) & _MASK


def _mix(low: int, high: int) -> tuple[int, int]:
    """One round over the two halves of the state."""
    high ^= low
    low = (_turn(low, 20) + high) & _MASK
    high = _turn(high, 9) ^ low
    low = (_turn(low, 27) + high) & _MASK
    return low, _turn(high, 19)


def marvin64(data: bytes, seed: int) -> int:
    """The hash of ``data`` in 64 bits; ``seed`` has 64 bits as well."""
    low, high = seed & _MASK, seed >> 32
    end = b"\x80".ljust(4 - len(data) % 4, b"\0")
    for (word,) in struct.iter_unpack("<I", data + end):
        low, high = _mix((low + word) & _MASK, high)
    low, high = _mix(low, high)
    return high << 32 | low


def marvin32(data: bytes, seed: int) -> bytes:
    """The hash of ``data`` folded to four bytes, little-endian as keys carry it."""
    both = marvin64(data, seed)
    return struct.pack("<I", both >> 32 ^ both & _MASK)
