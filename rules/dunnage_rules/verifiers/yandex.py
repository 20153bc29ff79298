"""Yandex's own checksums, as its page on secret scanning gives them.

OAuth tokens that are kept on the server end in a CRC-32, static access keys in a CRC-32C; both
are over the decoded bytes, the most significant byte first.
https://yandex.cloud/en/docs/security/operations/search-secrets
"""

from __future__ import annotations

import random
import zlib

from dunnage import Match, Verdict, Verifier
from dunnage_rules.verifiers.encoded import decoded, encoded

_CASTAGNOLI = 0x82F63B78


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli), bit by bit: it is over 26 bytes."""
    total = 0xFFFFFFFF
    for byte in data:
        total ^= byte
        for _ in range(8):
            total = total >> 1 ^ (_CASTAGNOLI if total & 1 else 0)
    return total ^ 0xFFFFFFFF


def _check_static(match: Match) -> Verdict:
    data = decoded(match.secret) or b""
    right = crc32c(data[:-4]).to_bytes(4, "big")
    return Verdict.CERTAIN if data[-4:] == right else Verdict.DOUBTFUL


def _make_static(rng: random.Random) -> str:
    data = b"\x60\x20" + rng.randbytes(24)  # YC and something
    return encoded(data + crc32c(data).to_bytes(4, "big"))


def _check_oauth(match: Match) -> Verdict:
    """A token without the checksum may be one of those that carry all themselves."""
    data = decoded(match.secret[3:]) or b""
    right = zlib.crc32(data[:-4]).to_bytes(4, "big")
    return Verdict.CERTAIN if data[-4:] == right else Verdict.LIKELY


def _make_oauth(rng: random.Random) -> str:
    data = b"\x02\x00\x00\x00" + rng.randbytes(33)
    return "y0_" + encoded(data + zlib.crc32(data).to_bytes(4, "big"))


def verifiers() -> list[Verifier]:
    """All of this kind."""
    return [
        Verifier("yandex-static-key", _check_static, _make_static),
        Verifier("yandex-oauth-token", _check_oauth, _make_oauth),
    ]
