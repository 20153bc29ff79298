"""JSON of unknown origin: read without trust in its shape."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def load(data: bytes) -> Any:
    """The value of a JSON text, or None when it is not one.

    Too deep, too many digits and wrong encodings are "not one" too.
    """
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def mapping(value: object) -> Mapping[str, Any]:
    """``value`` if it is a JSON object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> Sequence[Any]:
    """``value`` if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else ()


def text(value: object) -> str:
    """``value`` if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def texts(value: object) -> list[str]:
    """The strings of a JSON array; a lone string is an array of one."""
    if isinstance(value, str):
        return [value]
    return [each for each in items(value) if isinstance(each, str)]


def number(value: object) -> int | None:
    """``value`` if it is a whole number, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def pairs(value: object) -> list[tuple[str, str]]:
    """The members of a JSON object whose values are strings."""
    return [(key, each) for key, each in mapping(value).items() if isinstance(each, str)]
