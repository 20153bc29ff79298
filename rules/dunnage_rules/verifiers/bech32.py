"""Keys in bech32: age, nostr and Sui.

Source: BIP 173 (https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki);
https://github.com/C2SP/C2SP/blob/main/age.md, NIP-19 (https://github.com/nostr-protocol/nips),
SIP-15 (https://github.com/sui-foundation/sips)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from dunnage import Match, Verdict, Verifier
from dunnage_rules.verifiers.alphabets import BECH32

_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def _polymod(values: Sequence[int]) -> int:
    sum_ = 1
    for value in values:
        top = sum_ >> 25
        sum_ = (sum_ & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            if top >> bit & 1:
                sum_ ^= generator
    return sum_


def _expanded(prefix: str) -> list[int]:
    return [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]


def is_bech32(text: str) -> bool:
    """Whether ``text``, all in one case, is bech32 with a right checksum."""
    if text not in (text.lower(), text.upper()):
        return False
    prefix, mark, data = text.lower().rpartition("1")
    if not mark or not prefix or len(data) < 6 or any(char not in BECH32 for char in data):
        return False
    return _polymod([*_expanded(prefix), *map(BECH32.index, data)]) == 1


def bech32(prefix: str, values: Sequence[int]) -> str:
    """``values`` (five bits each) under ``prefix``, with the checksum."""
    rest = _polymod([*_expanded(prefix), *values, 0, 0, 0, 0, 0, 0]) ^ 1
    tail = [rest >> 5 * (5 - place) & 31 for place in range(6)]
    return prefix + "1" + "".join(BECH32[value] for value in (*values, *tail))


def _check(match: Match) -> Verdict:
    text = match.secret.decode("latin-1")
    data = text.rpartition("1")[2]
    if len(set(data)) < 8:  # the sample of all Q in age's own documentation
        return Verdict.NO
    return Verdict.CERTAIN if is_bech32(text) else Verdict.DOUBTFUL


def _maker(prefix: str, upper: bool, size: int = 32) -> Callable[[random.Random], str]:
    whole, rest = divmod(size * 8, 5)  # groups of five bits, and what the last one holds

    def make(rng: random.Random) -> str:
        values = [rng.randrange(32) for _ in range(whole)]
        values.append(rng.randrange(1 << rest) << 5 - rest)
        key = bech32(prefix, values)
        return key.upper() if upper else key

    return make


def verifiers() -> list[Verifier]:
    """All of this kind."""
    return [
        Verifier("age-secret-key", _check, _maker("age-secret-key-", upper=True)),
        Verifier("nostr-key", _check, _maker("nsec", upper=False)),
        # The scheme's flag and 32 bytes.
        Verifier("sui-key", _check, _maker("suiprivkey", upper=False, size=33)),
    ]
