"""Keys in base58check: Bitcoin's WIF and BIP 32 extended private keys.

Source: https://en.bitcoin.it/wiki/Base58Check_encoding,
https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki#serialization-format.

A right checksum tells a key from noise, and a live one not from one of the many test vectors: it is
likely, and no more, so that tests and documentation weigh one level less."""

from __future__ import annotations

import hashlib
import random

from dunnage import Match, Verdict, Verifier
from dunnage_rules.verifiers.alphabets import BASE58

_EXTENDED_PRIVATE = (b"\x04\x88\xad\xe4", b"\x04\x9d\x78\x78", b"\x04\xb2\x43\x0c")

# The master keys of BIP 39's test vectors, the accounts of Octez's sandbox
# (octez.tezos.com/docs/user/sandbox.html), the sample in the documentation of Graphene's libraries
# (docs.pybitshares.com, PrivateKey): what SHA-256 of them begins with.
_PUBLISHED = frozenset(
    [
        "ce0e5e2d20c0",
        "611e8328b63c",
        "e323adc03718",
        "28de975cba29",
        "dcc1cf7a51c3",
        "074587c0e30b",
        "1f1c093daa59",
        "5c8f411d530e",
        "1d58019b6396",
        "ab6852ad6a0b",
        "44cd5d102d24",
        "53679fbb8565",
        "a367550e2c86",
        "911f82f81194",
        "2408520639e5",
        "ba321754cd5c",
        "74b9cbd15a4e",
        "315cced05b06",
        "cbd4730574f2",
        "d37c86846d84",
        "3ca76296cc49",
        "e59ea07fc7f1",
        "48bd75693c45",
        "8de4f3568631",
        "ad1d45b7d15a",
        "85f112460e87",
        "e8bebe48b86b",
        "62049cb8ddd8",
        "3ca03c75701b",
        "f3fc4cccd3f7",
        "c25add220c34",
    ]
)


def decode(text: str) -> bytes | None:
    """The payload of base58check ``text``; None when a character or the checksum is wrong."""
    number = 0
    for char in text:
        place = BASE58.find(char)
        if place < 0:
            return None
        number = number * 58 + place
    zeros = len(text) - len(text.lstrip("1"))
    data = b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
    payload, given = data[:-4], data[-4:]
    return payload if len(data) > 4 and _sum(payload) == given else None


def encode(payload: bytes) -> str:
    """``payload`` in base58check."""
    data = payload + _sum(payload)
    number = int.from_bytes(data, "big")
    digits = []
    while number:
        number, rest = divmod(number, 58)
        digits.append(BASE58[rest])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(digits))


def _sum(payload: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]


def _is_published(match: Match) -> bool:
    return hashlib.sha256(match.secret).hexdigest()[:12] in _PUBLISHED


def _check_wif(match: Match) -> Verdict:
    payload = decode(match.secret.decode("latin-1"))
    if payload is None or _is_published(match):
        return Verdict.NO  # 51 characters of base58 are found in any large file
    if payload[1:25] == bytes(24):
        return Verdict.NO  # the keys 1, 2, 3 and so on, with which code is tried out
    right = payload[:1] in (b"\x80", b"\xef", b"\xb0", b"\x9e") and (
        len(payload) == 33 or (len(payload) == 34 and payload[-1] == 1)
    )
    return Verdict.LIKELY if right else Verdict.NO


def _make_wif(rng: random.Random) -> str:
    return encode(b"\x80" + rng.randbytes(32) + b"\x01")


def _check_extended(match: Match) -> Verdict:
    payload = decode(match.secret.decode("latin-1"))
    if payload is None:
        return Verdict.DOUBTFUL
    if _is_published(match):
        return Verdict.NO
    return Verdict.LIKELY if len(payload) == 78 and payload[45] == 0 else Verdict.NO


def _make_extended(rng: random.Random) -> str:
    return encode(_EXTENDED_PRIVATE[0] + b"\0" * 9 + rng.randbytes(32) + b"\0" + rng.randbytes(32))


def _check_any(match: Match) -> Verdict:
    if _is_published(match):
        return Verdict.NO
    right = decode(match.secret.decode("latin-1")) is not None
    return Verdict.LIKELY if right else Verdict.DOUBTFUL


def _make_any(rng: random.Random, version: str = "0142", size: str = "37") -> str:
    """By default as BIP 38 has it: two bytes, then 37."""
    return encode(bytes.fromhex(version) + rng.randbytes(int(size)))


def verifiers() -> list[Verifier]:
    """All of this kind."""
    return [
        Verifier("base58check", _check_any, _make_any),
        Verifier("bitcoin-wif", _check_wif, _make_wif),
        Verifier("extended-private-key", _check_extended, _make_extended),
    ]
