"""Stellar's secret seed: strkey, base32 with CRC16.

Source: SEP-23 (https://github.com/stellar/stellar-protocol/blob/master/ecosystem/sep-0023.md)."""

from __future__ import annotations

import base64
import binascii
import random

from dunnage import Match, Verdict, Verifier

_SEED = bytes([18 << 3])


def _sum(data: bytes) -> bytes:
    return binascii.crc_hqx(data, 0).to_bytes(2, "little")


def _check(match: Match) -> Verdict:
    try:
        data = base64.b32decode(match.secret)
    except binascii.Error:
        return Verdict.NO
    right = data[:1] == _SEED and _sum(data[:-2]) == data[-2:]
    return Verdict.LIKELY if right else Verdict.NO  # as in base58: it may be a test's


def _make(rng: random.Random) -> str:
    data = _SEED + rng.randbytes(32)
    return base64.b32encode(data + _sum(data)).decode()


def verifiers() -> list[Verifier]:
    """All of this kind."""
    return [Verifier("stellar-seed", _check, _make)]
