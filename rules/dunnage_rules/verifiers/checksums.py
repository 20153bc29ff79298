"""Tokens that carry a checksum of themselves.

A right checksum is certain. A wrong one makes the hit doubtful rather than dropping it: documents
retype tokens, tools cut them, and vendors have changed the algorithm before.

The schemes were verified against issued (revoked) tokens; the first was described by GitHub:
https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
"""

from __future__ import annotations

import base64
import random
import struct
import zlib
from collections.abc import Callable
from functools import reduce
from operator import xor

from msgspec import Struct

from dunnage import Match, Verdict, Verifier
from dunnage_rules.verifiers.alphabets import (
    BASE36,
    BASE62,
    BASE62_LOWER_FIRST,
    BASE64,
    BASE64URL,
    HEX,
    LETTERS,
    numeral,
    pick,
)

Sum = Callable[[bytes], str]


class Scheme(Struct, frozen=True):
    """How a token ends in its checksum: ``width`` characters, ``total`` of what stands before.

    ``length`` is that of the random part; tokens of another length (``lengths`` names all that
    the vendor has issued) have no checksum that we know, and are likely. ``body_only`` leaves the
    prefix out of the sum, up to and with its last underscore."""

    name: str
    prefix: str
    alphabet: str
    length: int
    width: int
    total: Sum
    body_only: bool = False
    lengths: tuple[int, ...] = ()

    def counted(self, before: bytes) -> bytes:
        """The part of ``before`` (the token less its checksum) that the checksum is over."""
        return before.rpartition(b"_")[2] if self.body_only else before

    def check(self, match: Match) -> Verdict:
        """What the checksum says."""
        before, given = match.secret[: -self.width], match.secret[-self.width :]
        if self.lengths and len(before.rpartition(b"_")[2]) not in self.lengths:
            return Verdict.LIKELY
        right = self.total(self.counted(before)).encode()
        return Verdict.CERTAIN if given == right else Verdict.DOUBTFUL

    def make(self, rng: random.Random, prefix: str = "", length: str = "") -> str:
        """A token with a right checksum."""
        before = (prefix or self.prefix) + pick(rng, self.alphabet, int(length or self.length))
        return before + self.total(self.counted(before.encode()))

    def verifier(self) -> Verifier:
        """The scheme as rule files name it."""
        return Verifier(self.name, self.check, self.make)


def _base62(data: bytes) -> str:
    return numeral(zlib.crc32(data), BASE62, 6)


def _base62_lower_first(data: bytes) -> str:
    return numeral(zlib.crc32(data), BASE62_LOWER_FIRST, 6)


def _base36(data: bytes) -> str:
    return numeral(zlib.crc32(data), BASE36, 7)


def _hex(data: bytes) -> str:
    return f"{zlib.crc32(data):08x}"


def _upper_hex(data: bytes) -> str:
    return f"{zlib.crc32(data):08X}"


def _little_endian_hex(data: bytes) -> str:
    return struct.pack("<I", zlib.crc32(data)).hex()


def _little_endian_base64(data: bytes) -> str:
    return base64.b64encode(struct.pack("<I", zlib.crc32(data))).decode()[:6]


def _little_endian_body(data: bytes) -> str:
    return _little_endian_base64(data[4:])


def _upper_hex_body(data: bytes) -> str:
    """Trello: ``_upper_hex`` of what stands behind the prefix."""
    return _upper_hex(data[4:])


def _xor_character(data: bytes) -> str:
    """crates.io: one character, the exclusive or of all bytes of the body
    (https://github.com/rust-lang/crates.io, crates_io_trustpub)."""
    letters = BASE64[:62]
    return letters[reduce(xor, data, 0) % len(letters)]


_SCHEMES = (
    Scheme("github-token", "ghp_", BASE62, 30, 6, _base62, body_only=True, lengths=(30, 70)),
    Scheme("npm-token", "npm_", BASE62, 30, 6, _base62, body_only=True),
    Scheme("vercel-token", "vcp_", BASE62, 50, 6, _base62, body_only=True),
    Scheme("deno-token", "ddp_", BASE62, 30, 6, _base62),
    Scheme("jsr-token", "jsrp_", BASE62, 29, 6, _base62),
    Scheme("polar-token", "polar_oat_", BASE62, 37, 6, _base62, body_only=True, lengths=(37,)),
    Scheme("chief-tools-token", "ctp_", BASE62, 30, 6, _base62, body_only=True),
    Scheme("packagist-token", "packagist_uut_", HEX, 60, 8, _hex, lengths=(60,)),
    Scheme("apify-token", "apify_api_", BASE62, 30, 6, _base62_lower_first),
    Scheme("cloudflare-token", "cfut_", BASE62, 40, 8, _hex, body_only=True),
    Scheme("yandex-captcha-key", "ysc2_", BASE62, 40, 8, _hex),
    Scheme("bitbucket-app-password", "ATBB", BASE62, 24, 8, _upper_hex),
    Scheme("atlassian-secret", "ATOA", BASE64URL, 64, 8, _upper_hex),
    Scheme("trello-token", "ATTA", HEX, 64, 8, _upper_hex_body),
    Scheme("confluent-secret", "cflt", BASE64, 54, 6, _little_endian_body),
    Scheme("crates-trusted-publishing", "cio_tp_", BASE62, 31, 1, _xor_character, body_only=True),
)


def _make_atlassian(rng: random.Random, prefix: str = "ATATT3", length: str = "177") -> str:
    before = prefix + pick(rng, BASE64URL, int(length)) + "="
    return before + _upper_hex(before.encode())


def _check_atlassian(match: Match) -> Verdict:
    before, equals, given = match.secret.rpartition(b"=")
    right = _upper_hex(before + equals).encode()
    return Verdict.CERTAIN if given == right else Verdict.DOUBTFUL


def _make_underscored(prefix: str, alphabet: str, length: int, total: Sum) -> Callable[..., str]:
    def make(rng: random.Random) -> str:
        body = pick(rng, alphabet, length)
        return f"{prefix}{body}_{total((prefix + body).encode())}"

    return make


def _check_grafana(match: Match) -> Verdict:
    before, _, given = match.secret.rpartition(b"_")
    right = _little_endian_hex(before).encode()
    return Verdict.CERTAIN if given == right else Verdict.DOUBTFUL


def _check_zuplo(match: Match) -> Verdict:
    before, _, given = match.secret.rpartition(b"_")
    right = _hex(before.rpartition(b"_")[2]).encode()
    return Verdict.CERTAIN if given == right else Verdict.DOUBTFUL


def _check_github_app(match: Match) -> Verdict:
    """As GitHub's others, but a right sum does not prove it live: an installation's token lasts an
    hour, a user's eight."""
    verdict = _SCHEMES[0].check(match)
    return Verdict.LIKELY if verdict is Verdict.CERTAIN else verdict


def _make_github_app(rng: random.Random, prefix: str = "ghs_") -> str:
    return _SCHEMES[0].make(rng, prefix)


def _base62_backwards(data: bytes) -> str:
    """The least digit first, and zeros before it nevertheless: Matrix Authentication Service."""
    return numeral(zlib.crc32(data), BASE62, 1)[::-1].rjust(6, "0")


def _check_matrix(match: Match) -> Verdict:
    """Synapse's tokens (``syt_``) have the sum as usual, those of its successor backwards."""
    before, _, given = match.secret.rpartition(b"_")
    total = _base62 if before.startswith(b"sy") else _base62_backwards
    return Verdict.CERTAIN if given == total(before).encode() else Verdict.DOUBTFUL


def _make_synapse(rng: random.Random, prefix: str = "syt_") -> str:
    user = base64.b64encode(pick(rng, BASE36, 9).encode()).decode()
    before = f"{prefix}{user}_{pick(rng, LETTERS, 20)}"
    return f"{before}_{_base62(before.encode())}"


def _make_matrix(rng: random.Random, prefix: str = "mct_") -> str:
    before = prefix + pick(rng, BASE62, 30)
    return f"{before}_{_base62_backwards(before.encode())}"


def _check_gitlab(match: Match) -> Verdict:
    before, given = match.secret[:-7], match.secret[-7:]
    return Verdict.CERTAIN if given == _base36(before).encode() else Verdict.DOUBTFUL


def _make_gitlab(rng: random.Random, prefix: str = "glpat-", length: str = "27") -> str:
    """``glpat-``, the payload, a dot, its version and length in base36, the checksum."""
    size = int(length)
    before = f"{prefix}{pick(rng, BASE64URL, size)}.01.{numeral(size, BASE36, 2)}"
    return before + _base36(before.encode())


def verifiers() -> list[Verifier]:
    """All of this kind."""
    return [
        *(scheme.verifier() for scheme in _SCHEMES),
        Verifier(
            "zuplo-key",
            _check_zuplo,
            _make_underscored("zpka_", BASE36, 32, lambda data: _hex(data[5:])),
        ),
        Verifier(
            "grafana-service-account",
            _check_grafana,
            _make_underscored("glsa_", BASE62, 32, _little_endian_hex),
        ),
        Verifier("github-app-token", _check_github_app, _make_github_app),
        Verifier("matrix-token", _check_matrix, _make_matrix),
        Verifier("synapse-token", _check_matrix, _make_synapse),
        Verifier("atlassian-token", _check_atlassian, _make_atlassian),
        Verifier("gitlab-routable", _check_gitlab, _make_gitlab),
    ]
