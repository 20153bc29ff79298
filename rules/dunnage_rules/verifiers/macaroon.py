"""Macaroons: PyPI's upload tokens, Fly's, and any other in the binary formats.

Source: https://github.com/rescrv/libmacaroons/blob/master/doc/format.txt (v2),
https://pypi.org/help/#apitoken, https://fly.io/docs/security/tokens/."""

from __future__ import annotations

import base64
import random

from dunnage import Match, Verdict, Verifier
from dunnage_rules.verifiers.encoded import decoded, encoded

_END, _LOCATION, _IDENTIFIER, _CAVEAT, _SIGNATURE = 0, 1, 2, 4, 6


def location_of(raw: bytes) -> tuple[str | None, bool]:
    """The location a v2 macaroon names, and whether it parses to its end, signature included."""
    if raw[:1] != b"\x02":
        return None, False
    at, location, signed = 1, None, False
    while at < len(raw):
        kind = raw[at]
        at += 1
        if kind == _END:
            continue
        if kind not in (_LOCATION, _IDENTIFIER, _CAVEAT, _SIGNATURE):
            return location, False
        size = shift = 0
        while at < len(raw):
            byte = raw[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        value = raw[at : at + size]
        if len(value) < size:
            return location, False
        at += size
        if kind == _LOCATION and location is None:
            location = value.decode("utf-8", "replace")
        signed = signed or (kind == _SIGNATURE and size == 32)
    return location, signed


def _check_pypi(match: Match) -> Verdict:
    body = match.secret.partition(b"-")[2]
    raw = decoded(body)
    if raw is None:  # a cut token may end inside a group of four
        raw = decoded(body[: len(body) // 4 * 4]) or b""
    location, whole = location_of(raw)
    if location not in ("pypi.org", "test.pypi.org"):
        return Verdict.DOUBTFUL
    return Verdict.CERTAIN if whole else Verdict.LIKELY


def _packet(kind: int, value: bytes) -> bytes:
    return bytes([kind, len(value)]) + value


def _macaroon(rng: random.Random, location: str) -> bytes:
    identifier = f'{{"version": 1, "permissions": "user", "nonce": "{rng.randrange(2**64):x}"}}'
    return (
        b"\x02"
        + _packet(_LOCATION, location.encode())
        + _packet(_IDENTIFIER, identifier.encode()[:120])
        + b"\0\0"
        + _packet(_SIGNATURE, rng.randbytes(32))
    )


def _make_pypi(rng: random.Random, location: str = "pypi.org") -> str:
    return "pypi-" + encoded(_macaroon(rng, location))


def _check_any(match: Match) -> Verdict:
    raw = decoded(match.secret) or b""
    location, whole = location_of(raw)
    if whole:
        return Verdict.CERTAIN
    # v1: four hex digits of length, then a field's name
    return Verdict.LIKELY if location or raw[4:13] == b"location " else Verdict.DOUBTFUL


def _make_any(rng: random.Random, location: str = "example.org") -> str:
    return encoded(_macaroon(rng, location))


def _check_fly(match: Match) -> Verdict:
    """Fly's are msgpack arrays in base64, after the prefix."""
    body = match.secret.rpartition(b"_")[2]
    raw = decoded(body[: len(body) // 4 * 4]) or b""
    return Verdict.LIKELY if raw[:1] and raw[0] & 0xF0 == 0x90 else Verdict.DOUBTFUL


def _make_fly(rng: random.Random, prefix: str = "fm2_") -> str:
    return prefix + base64.b64encode(b"\x94\x95\xc4\x10" + rng.randbytes(92)).decode()


def verifiers() -> list[Verifier]:
    """All of this kind."""
    return [
        Verifier("pypi-token", _check_pypi, _make_pypi),
        Verifier("macaroon", _check_any, _make_any),
        Verifier("fly-token", _check_fly, _make_fly),
    ]
