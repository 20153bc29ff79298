"""Private keys in PEM, by parsing them; and well-formed ones for examples.

The examples have the structure of a key and random numbers: no key of any use."""

from __future__ import annotations

import base64
import random
import textwrap
from collections.abc import Callable, Mapping

from dunnage import Match, Verdict, Verifier
from dunnage_rules.keys import openpgp, pem


def _item(tag: int, value: bytes) -> bytes:
    size = len(value)
    if size < 128:
        return bytes([tag, size]) + value
    width = (size.bit_length() + 7) // 8
    return bytes([tag, 0x80 | width]) + size.to_bytes(width, "big") + value


def _sequence(*parts: bytes) -> bytes:
    return _item(0x30, b"".join(parts))


def _integer(value: bytes) -> bytes:
    return _item(2, b"\0" + value if value[0] & 0x80 else value)


def _number(rng: random.Random, size: int) -> bytes:
    return _integer(b"\xc1" + rng.randbytes(size - 1))


def rsa(rng: random.Random) -> bytes:
    """Nine numbers as in RFC 8017 A.1.2, 2048 bits."""
    halves = [_number(rng, 128) for _ in range(5)]
    return _sequence(
        _integer(b"\0"), _number(rng, 256), _integer(b"\1\0\1"), _number(rng, 256), *halves
    )


def ec(rng: random.Random) -> bytes:
    """As in RFC 5915, on P-256."""
    curve = _item(0xA0, _item(6, bytes.fromhex("2a8648ce3d030107")))
    point = _item(0xA1, _item(3, b"\0\4" + rng.randbytes(64)))
    return _sequence(_integer(b"\1"), _item(4, rng.randbytes(32)), curve, point)


def dsa(rng: random.Random) -> bytes:
    """OpenSSL's six numbers."""
    p, q, g, y, x = (_number(rng, size) for size in (128, 20, 128, 128, 20))
    return _sequence(_integer(b"\0"), p, q, g, y, x)


def pkcs8(rng: random.Random) -> bytes:
    """As in RFC 5958, around an RSA key."""
    scheme = _sequence(_item(6, bytes.fromhex("2a864886f70d010101")), _item(5, b""))
    return _sequence(_integer(b"\0"), scheme, _item(4, rsa(rng)))


def ed25519(rng: random.Random) -> bytes:
    """As in RFC 8410."""
    seed = _item(4, _item(4, rng.randbytes(32)))
    return _sequence(_integer(b"\0"), _sequence(_item(6, bytes.fromhex("2b6570"))), seed)


def encrypted(rng: random.Random) -> bytes:
    """PKCS#8 under PBES2 (RFC 8018)."""
    scheme = _sequence(_item(6, bytes.fromhex("2a864886f70d01050d")), _sequence(_item(5, b"")))
    return _sequence(scheme, _item(4, rng.randbytes(320)))


def _string(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def openssh(rng: random.Random, cipher: bytes = b"none") -> bytes:
    """An Ed25519 key in OpenSSH's format."""
    public = _string(b"ssh-ed25519") + _string(rng.randbytes(32))
    kdf = b"none" if cipher == b"none" else b"bcrypt"
    head = b"openssh-key-v1\0" + _string(cipher) + _string(kdf) + _string(b"") + b"\0\0\0\1"
    return head + _string(public) + _string(rng.randbytes(136))


def pgp(rng: random.Random, usage: int = 0) -> bytes:
    """A version 4 EdDSA key packet with its user id."""
    numbers = b"\x09" + bytes.fromhex("2b06010401da470f01") + b"\1\7\x40" + rng.randbytes(32)
    body = b"\4\x60\0\0\0\x16" + numbers + bytes([usage]) + b"\1\0" + rng.randbytes(34)
    return bytes([0xC5, len(body)]) + body + b"\xcd\x04test"


_KINDS: Mapping[str, tuple[str, Callable[[random.Random], bytes]]] = {
    "rsa": ("RSA PRIVATE KEY", rsa),
    "ec": ("EC PRIVATE KEY", ec),
    "dsa": ("DSA PRIVATE KEY", dsa),
    "pkcs8": ("PRIVATE KEY", pkcs8),
    "ed25519": ("PRIVATE KEY", ed25519),
    "encrypted": ("ENCRYPTED PRIVATE KEY", encrypted),
    "openssh": ("OPENSSH PRIVATE KEY", openssh),
    "openssh-encrypted": ("OPENSSH PRIVATE KEY", lambda rng: openssh(rng, b"aes256-ctr")),
    "pgp": ("PGP PRIVATE KEY BLOCK", pgp),
    "pgp-encrypted": ("PGP PRIVATE KEY BLOCK", lambda rng: pgp(rng, 254)),
}


def block(rng: random.Random, kind: str = "rsa", newline: str = "\n") -> str:
    """A PEM block of ``kind``; ``newline`` stands between its lines (``\\n`` as in JSON)."""
    label, make = _KINDS[kind]
    raw = make(rng)
    lines = textwrap.wrap(base64.b64encode(raw).decode(), 64)
    if kind.startswith("pgp"):
        total = base64.b64encode(openpgp.crc24(raw).to_bytes(3, "big")).decode()
        lines = ["", *lines, "=" + total]
    return newline.join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"))


def bare(rng: random.Random, kind: str = "rsa") -> str:
    """The same in base64 alone, on one line."""
    return base64.b64encode(_KINDS[kind][1](rng)).decode()


def _check_bare(match: Match) -> Verdict:
    key = pem.parse(b"-----BEGIN PRIVATE KEY-----\n" + match.secret)
    return Verdict.NO if key is None else Verdict.LIKELY


def _check(match: Match) -> Verdict:
    key = pem.parse(match.secret)
    if key is None or key.stub:
        return Verdict.NO
    return Verdict.DOUBTFUL if key.encrypted else Verdict.LIKELY


def verifiers() -> list[Verifier]:
    """All of this kind."""
    return [Verifier("pem-body", _check, block), Verifier("der-key", _check_bare, bare)]
