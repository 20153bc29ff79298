"""Key pairs of Ed25519: does the public half belong to the secret one (RFC 8032, section 5.1.5)?"""

from __future__ import annotations

import hashlib
import random
import re

from dunnage import Match, Verdict, Verifier

_P = 2**255 - 19
_D = -121665 * pow(121666, _P - 2, _P) % _P
_Point = tuple[int, int, int, int]


def _add(one: _Point, other: _Point) -> _Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


_BASE_Y = 4 * pow(5, _P - 2, _P) % _P
_BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_BASE: _Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)


def public_key(seed: bytes) -> bytes:
    """The public key of a secret one, both of 32 bytes."""
    digest = bytearray(hashlib.sha512(seed).digest()[:32])
    digest[0] &= 248
    digest[31] = digest[31] & 127 | 64
    scalar = int.from_bytes(digest, "little")
    result: _Point = (0, 1, 1, 0)
    point = _BASE
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    inverse = pow(result[2], _P - 2, _P)
    x, y = result[0] * inverse % _P, result[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _check_numbers(match: Match) -> Verdict:
    """64 numbers, as Solana's tools write a key pair: the secret half, then the public one."""
    numbers = [int(number) for number in re.findall(rb"[0-9]+", match.secret)]
    if len(numbers) != 64 or max(numbers) > 255 or len(set(numbers)) < 24:
        return Verdict.NO
    if numbers == sorted(numbers):
        return Verdict.NO
    pair = bytes(numbers)
    return Verdict.CERTAIN if public_key(pair[:32]) == pair[32:] else Verdict.LIKELY


def _make_numbers(rng: random.Random) -> str:
    seed = rng.randbytes(32)
    return ", ".join(str(byte) for byte in seed + public_key(seed))


def verifiers() -> list[Verifier]:
    """All of this kind."""
    return [Verifier("solana-keypair", _check_numbers, _make_numbers)]
