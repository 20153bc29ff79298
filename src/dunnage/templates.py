"""Seeded templates: text that holds what looks like a secret only when it is rendered."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Mapping

from dunnage.errors import UsageError
from dunnage.lazy import lazy_regex

ALPHABETS: Mapping[str, str] = {
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "digits": string.digits,
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
    "letters": string.ascii_letters,
    "base32": string.ascii_uppercase + "234567",
    "base36": string.digits + string.ascii_lowercase,
    "BASE36": string.digits + string.ascii_uppercase,
    "base58": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    "base62": string.ascii_letters + string.digits,
    "base64": string.ascii_letters + string.digits + "+/",
    "base64url": string.ascii_letters + string.digits + "-_",
    "printable": string.ascii_letters + string.digits + "!#%&()*+,-./:;<=>?@[]^_{|}~",
}

_FIELD = lazy_regex(r"\{\{|\}\}|\{([A-Za-z0-9-]+)((?::[^{}:]*)*)\}")

Maker = Callable[..., "str | None"]


def render(template: str, seed: str, makers: Mapping[str, Maker] | None = None) -> str:
    """The text of a template: ``{base62:36}`` becomes 36 characters, ``{name:…}`` what the maker
    of that name gives, ``{{`` and ``}}`` braces. The same template and seed always give the same
    text. Raises UsageError for a field that is neither."""
    source = random.Random(seed)  # noqa: S311 - made-up examples, the same each time

    def fill(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0][0]
        arguments = found[2].split(":")[1:]
        if found[1] in ALPHABETS and len(arguments) == 1 and arguments[0].isdigit():
            return characters(source, ALPHABETS[found[1]], int(arguments[0]))
        if makers and (made := makers.get(found[1])) is not None:
            value = made(source, *arguments)
            if value is not None:
                return value
        if found[1] in ALPHABETS or not arguments:
            return found[0]
        raise UsageError(
            f"template {template!r}: there is no maker {found[1]!r}; there are verifiers and "
            f"{', '.join(ALPHABETS)} (a brace that stands for itself is written twice)"
        )

    return _FIELD.sub(fill, template)


def characters(source: random.Random, alphabet: str, count: int) -> str:
    """Random characters that hold each class (digit, upper, lower) the alphabet has, as far as
    they fit."""
    classes = (string.digits, string.ascii_uppercase, string.ascii_lowercase)
    wanted = [c for c in classes if any(char in c for char in alphabet)]
    while True:
        text = "".join(source.choice(alphabet) for _ in range(count))
        if count < 8 or all(any(char in c for char in text) for c in wanted):
            return text
