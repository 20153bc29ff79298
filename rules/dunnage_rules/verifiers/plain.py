"""Small things that values are: UUIDs, base32 seeds, random bytes in base64 or hex."""

from __future__ import annotations

import base64
import random
import re
import uuid

from dunnage import Match, Verdict, Verifier, classes, lazy_regex
from dunnage_rules.verifiers.alphabets import BASE62, pick
from dunnage_rules.verifiers.encoded import decoded

_UUID = lazy_regex(
    rb"[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{12}",
    re.IGNORECASE,
)
_TEXT = lazy_regex(rb"[\t\n\r -~]+")

# Text of base64 that a secret may be cut from, beside it or on the next line.
_BEFORE = lazy_regex(rb"([0-9A-Za-z+/_-]{40,})(?:\r?\n)?\Z")
_BEHIND = lazy_regex(rb"(?:\r?\n)?([0-9A-Za-z+/_-]{40,})")
_ENCODED = {"digit", "upper", "lower"}


def _check_uuid(match: Match) -> Verdict:
    """RFC 9562: a version of 1 to 8, the variant 8 to b; nil and counted ones are samples."""
    found = _UUID.search(match.secret)
    if found is None or len(set(found[0].replace(b"-", b""))) < 6:
        return Verdict.NO
    right = found[1] in b"12345678" and found[2].lower() in b"89ab"
    return Verdict.LIKELY if right else Verdict.DOUBTFUL


def _make_uuid(rng: random.Random) -> str:
    return str(uuid.UUID(bytes=rng.randbytes(16), version=4))


def _check_otp(match: Match) -> Verdict:
    value = match.secret.upper().rstrip(b"=")
    try:
        raw = base64.b32decode(value + b"=" * (-len(value) % 8))
    except ValueError:
        return Verdict.NO
    # The seeds of RFC 6238 and of the wiki that defined the URI are texts.
    return Verdict.NO if raw.isdigit() or raw.startswith(b"Hello!") else Verdict.LIKELY


def _make_otp(rng: random.Random) -> str:
    return base64.b32encode(rng.randbytes(20)).decode()


def is_key_bytes(value: bytes) -> bool:
    """Whether base64 ``value`` decodes to what a key can be: no text, not nearly all the same."""
    raw = decoded(value)
    if raw is None or len(raw) < 16 or len(set(raw)) < 8:
        return False
    return _TEXT.fullmatch(raw) is None


def _check_bytes(match: Match) -> Verdict:
    return Verdict.LIKELY if is_key_bytes(match.secret) else Verdict.NO


def _make_bytes(rng: random.Random, size: str = "32") -> str:
    return base64.b64encode(rng.randbytes(int(size))).decode()


def _make_url_bytes(rng: random.Random, size: str = "32") -> str:
    return base64.urlsafe_b64encode(rng.randbytes(int(size))).decode()


def _check_hex(match: Match) -> Verdict:
    value = match.secret.removeprefix(b"0x").lower()
    pairs = {value[at : at + 2] for at in range(0, len(value), 2)}
    return Verdict.LIKELY if len(pairs) * 3 > len(value) // 2 else Verdict.NO


def _make_hex(rng: random.Random, size: str = "32") -> str:
    return rng.randbytes(int(size)).hex()


def _check_name(match: Match) -> Verdict:
    """Of a service that gives out a public key and a secret one, alike in form."""
    named = match.window[max(0, match.start - 24) : match.secret_span[1]].lower()
    return Verdict.LIKELY if b"secret" in named or b"private" in named else Verdict.DOUBTFUL


def _make_named(rng: random.Random) -> str:
    return "secret=" + _make_hex(rng, "16")


def _check_outside(match: Match) -> Verdict:
    """A short beginning and letters come about by chance in a large text of base64: a font, a
    table of numbers, a certificate. Such a text goes on before or behind the secret."""
    start, end = match.secret_span
    before = _BEFORE.search(match.window[max(0, start - 120) : start])
    after = _BEHIND.match(match.window[end : end + 120])
    inside = any(
        found and classes(found[1]) >= _ENCODED and not found[1].startswith((b"http", b"www"))
        for found in (before, after)
    )
    return Verdict.NO if inside else Verdict.LIKELY


def _make_outside(rng: random.Random, length: str = "40") -> str:
    return pick(rng, BASE62, int(length))


def verifiers() -> list[Verifier]:
    """All of this kind."""
    return [
        Verifier("uuid", _check_uuid, _make_uuid),
        Verifier("otp-secret", _check_otp, _make_otp),
        Verifier("base64-key", _check_bytes, _make_bytes),
        Verifier("base64url-key", _check_bytes, _make_url_bytes),
        Verifier("hex-key", _check_hex, _make_hex),
        Verifier("secret-by-name", _check_name, _make_named),
        Verifier("outside-base64", _check_outside, _make_outside),
    ]
