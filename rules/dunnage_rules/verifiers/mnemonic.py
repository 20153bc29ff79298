"""Recovery phrases of wallets (BIP 39): words of one list, the last of which holds a checksum.

Source: https://github.com/bitcoin/bips/blob/master/bip-0039.mediawiki; bip39.txt is its English
list, in the list's order."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from dunnage import Match, Verdict, Verifier

# The phrases of development chains (Hardhat, Ganache) and of the standard's own test vectors.
_SAMPLES = (
    "test test test test test test test test test test test junk",
    "candy maple cake sugar pudding cream honey rich smooth crumble sweet treat",
    "myth like bonus scare over problem client lizard pioneer submit female collect",
    "legal winner thank year wave sausage worth useful legal winner thank yellow",
    "letter advice cage absurd amount doctor acoustic avoid letter advice cage above",
)


@cache
def _places() -> Mapping[str, int]:
    text = (files(__package__) / "bip39.txt").read_text(encoding="ascii")
    return {word: place for place, word in enumerate(text.split())}


def _check(match: Match) -> Verdict:
    words = match.secret.decode("latin-1").lower().split()
    if len(words) not in (12, 15, 18, 21, 24) or " ".join(words) in _SAMPLES:
        return Verdict.NO
    if len(set(words)) * 2 < len(words):
        return Verdict.NO  # the test vectors of one word repeated
    # Whatever the checksum: Electrum's phrases have another, and a test's phrase has a right one.
    return Verdict.LIKELY if all(word in _places() for word in words) else Verdict.NO


def _make(rng: random.Random, count: str = "12") -> str:
    size = int(count) * 4 // 3
    entropy, check = rng.randbytes(size), int(count) // 3
    bits = int.from_bytes(entropy, "big") << check
    bits |= hashlib.sha256(entropy).digest()[0] >> (8 - check)
    words = list(_places())
    return " ".join(words[bits >> 11 * place & 2047] for place in reversed(range(int(count))))


def verifiers() -> list[Verifier]:
    """All of this kind."""
    return [Verifier("bip39-mnemonic", _check, _make)]
