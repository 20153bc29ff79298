"""What stands before a secret and is no part of a word: the end of an escape, a string's length."""

from __future__ import annotations

from dunnage.lazy import lazy_regex

_COLOUR = rb"(?:\x1b|\\(?:e|033|x1[bB]|u001[bB]))\[[0-9;]{0,10}m"
_ESCAPE = lazy_regex(
    rb"(?:" + _COLOUR + rb"|\\[nrtbf]|%(?:25)?[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}"
    rb"|\nV|[\s\"'`]-[A-Za-z]|[0-9A-Za-z_]:-)\Z"
)


def is_counted(data: bytes, start: int, end: int) -> bool:
    """Whether the byte before ``start`` is the length of a string in binary content, and no letter:
    protobuf, class and .dex files, MessagePack, CBOR (behind an ``x``), binary property lists and
    pickles write it so behind a byte that is no text. Python's marshal writes ``z`` or ``Z`` there
    (with the highest bit set where it refers to the string later). Lua counts one more, and the
    segments of JPEG files two."""
    return start > 1 and (data[start - 1] - (end - start)) & 0xFF <= 2 and is_tag(data[start - 2])


def is_tag(byte: int) -> bool:
    """Whether a byte says that a string and its length follow: none of text does, or a ``z``."""
    return byte & 0x7F in b"zZx" or not 0x20 <= byte < 0x7F


def may_be_apart(data: bytes, low: int, start: int) -> bool:
    """Whether :func:`is_escaped` or :func:`is_counted` may be true of ``start``."""
    before = data[max(low, start - 16) : start]
    return (
        b"\\" in before
        or b"%" in before
        or b"\x1b" in before
        or before[-2:-1] == b"-"
        or before[-2:] == b":-"
        or (len(before) > 1 and is_tag(before[-2]))  # "\n", before a pickle's V, is one as well
    )


def is_escaped(data: bytes, low: int, start: int) -> bool:
    r"""Whether the byte before ``start`` ends an escape (``\n``, ``\t``, ``%3D``, ``\u003d``), so
    that it belongs to no word; or is an option with its value right behind it (``-pTOKEN``); or the
    sign of a default (``${X:-…}``); or the ``V`` before a string in a pickle of protocol 0."""
    before = data[max(low, start - 16) : start]
    return _ESCAPE.search(before) is not None
