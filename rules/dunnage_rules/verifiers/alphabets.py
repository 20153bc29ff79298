"""The alphabets tokens are made of, and random strings of them for examples."""

from __future__ import annotations

import random
import string

LETTERS = string.ascii_letters
HEX = "0123456789abcdef"
BASE36 = string.digits + string.ascii_lowercase
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
BASE62_LOWER_FIRST = string.digits + string.ascii_lowercase + string.ascii_uppercase
BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
BASE64URL = string.ascii_uppercase + string.ascii_lowercase + string.digits + "_-"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def pick(rng: random.Random, alphabet: str, length: int) -> str:
    """``length`` random characters of ``alphabet``."""
    return "".join(rng.choice(alphabet) for _ in range(length))


def numeral(number: int, alphabet: str, width: int) -> str:
    """``number`` written in the base of ``alphabet``, padded on the left to ``width`` digits."""
    digits = []
    while number:
        number, rest = divmod(number, len(alphabet))
        digits.append(alphabet[rest])
    return "".join(reversed(digits)).rjust(width, alphabet[0])
