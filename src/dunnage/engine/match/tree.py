"""The tree of a pattern, and what can be said of it without matching. Sets of bytes are integers of
256 bits."""

from __future__ import annotations

from msgspec import Struct

ALL = (1 << 256) - 1
UNBOUNDED = 1 << 30


def bits(chars: bytes) -> int:
    """The set of these bytes."""
    value = 0
    for char in chars:
        value |= 1 << char
    return value


def span(low: int, high: int) -> int:
    """The set of the bytes from ``low`` to ``high``, both included."""
    return ((1 << (high + 1)) - 1) & ~((1 << low) - 1)


def size(allowed: int) -> int:
    """How many bytes a set has."""
    return allowed.bit_count()


DIGIT = span(48, 57)
UPPER = span(65, 90)
LOWER = span(97, 122)
WORD = DIGIT | UPPER | LOWER | bits(b"_")
SPACE = bits(b"\t\n\f\r ")


class Byte(Struct, frozen=True):
    """One byte out of a set."""

    allowed: int


class Sequence(Struct, frozen=True):
    """One after the other."""

    items: tuple[Node, ...]


class Choice(Struct, frozen=True):
    """One of them."""

    items: tuple[Node, ...]


class Repeat(Struct, frozen=True):
    """From ``low`` to ``high`` times."""

    item: Node
    low: int
    high: int


Node = Byte | Sequence | Choice | Repeat
EMPTY = Sequence(())


def width(node: Node) -> tuple[int, int]:
    """The least and the greatest length of a match, in bytes, the latter at most UNBOUNDED."""
    if isinstance(node, Byte):
        return 1, 1
    if isinstance(node, Sequence):
        least = most = 0
        for item in node.items:
            low, high = (1, 1) if isinstance(item, Byte) else width(item)
            least += low
            most += high
        return least, min(most, UNBOUNDED)
    if isinstance(node, Choice):
        pairs = [width(item) for item in node.items]
        return min(p[0] for p in pairs), max(p[1] for p in pairs)
    low, high = width(node.item)
    return low * node.low, min(high * node.high, UNBOUNDED)


def first(node: Node) -> tuple[int, bool]:
    """The set of the bytes that a match may begin with, and whether it may be empty."""
    if isinstance(node, Byte):
        return node.allowed, False
    if isinstance(node, Repeat):
        allowed, empty = first(node.item)
        return allowed, empty or node.low == 0
    allowed = 0
    for item in node.items:
        more, empty = first(item)
        allowed |= more
        if isinstance(node, Sequence) and not empty:
            return allowed, False
    return allowed, isinstance(node, Sequence) or any(first(item)[1] for item in node.items)
