"""Shapes: the telling part of a rule's pattern, as a small regular expression for Hyperscan.

A shape matches wherever the pattern may match, and little else: mostly the pattern's beginning, or
a literal a fixed way into it. It is cut off as soon as it
is selective enough, so that hundreds of them compile in a tenth of a second and the
automaton stays in the processor's cache. RE2 confirms the rest.
"""

from __future__ import annotations

from collections import abc
from functools import cache
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from dunnage.engine.match.cut import ENOUGH, LEAST, Cut, single
from dunnage.engine.match.syntax import parse
from dunnage.engine.match.tree import Byte, Choice, Node, Sequence, first, size, width

BRANCHES = 12
"""A choice of at most so many branches is taken apart: each has an anchor of its own."""

SET = 6
"""A set of at most so many bytes is taken apart where it stands in a literal."""

FARTHEST = 300
"""How far from the beginning of a match its shape may lie, in bytes."""

CERTAIN = 48.0
"""Bits of literal bytes with which the beginning of a pattern is as good as any later part."""

KEYED = 4096
"""The longest match of a pattern that is known by its lead."""

COMMON = 20.0
"""What the beginning of a web address counts less: texts are full of them."""

FEW = 32
"""A pattern that may begin with more bytes than these is tried wherever it may begin."""

LITERAL = 3
"""The shortest literal, in bytes, that Hyperscan looks for ahead of the rest of a shape."""

RARE = 20.0
"""Bits of literal bytes with which a shape that has a literal beats one that has none."""

LONGEST = 64 << 10
"""The longest match that is confirmed, in bytes; also the overlap of windows."""


class Shape(Struct, frozen=True):
    """``expression`` is for Hyperscan; ``low`` and ``high`` are the lengths in bytes of what it
    matches; ``selectivity`` counts the bits of its literal bytes (a sign has 8, a letter 5);
    ``longest`` is that of the whole pattern; ``run`` counts the bytes of the longest literal in
    it; ``first`` are the bytes that the whole pattern may begin with, as characters of Latin-1,
    none where it may begin with many; ``word`` is a literal of the expression in lower case."""

    expression: str
    low: int
    high: int
    selectivity: float
    longest: int
    run: int
    first: str = ""
    word: bytes = b""

    @property
    def anchored(self) -> bool:
        """Whether the shape is selective enough to be looked for."""
        return self.selectivity >= LEAST

    @property
    def literal(self) -> bool:
        """Whether Hyperscan can look for a literal of the shape first. A shape that has none runs
        over every byte, and a handful of them halve the speed of all."""
        return self.run >= LITERAL


def shapes_of(pattern: str, leads: abc.Sequence[str] = ()) -> list[Shape]:
    """The shapes of an RE2 pattern: one for each of ``leads``, where it is known to begin with one
    of them, else one for each branch of the choice it begins with. Raises UsageError where it is
    not RE2 syntax."""
    if leads:
        return [_shape(parse(lead), KEYED) for lead in leads]
    merged: dict[str, Shape] = {}
    for branch in _branches(parse(pattern)):
        shape = _shape(branch, min(width(branch)[1], LONGEST))
        other = merged.get(shape.expression, shape)  # branches that begin alike are one
        merged[shape.expression] = replace(
            shape,
            low=min(shape.low, other.low),
            high=max(shape.high, other.high),
            longest=max(shape.longest, other.longest),
            first=either(shape.first, other.first),
        )
    return list(merged.values())


def either(one: str, other: str) -> str:
    """What two alternatives together may begin with."""
    return "".join(sorted({*one, *other})) if one and other else ""


def _first(tree: Node) -> str:
    allowed, empty = first(tree)
    return "" if empty else _few(allowed)


@cache
def _few(allowed: int) -> str:
    if size(allowed) > FEW:
        return ""
    return "".join(chr(byte) for byte in range(256) if allowed >> byte & 1)


def _branches(tree: Node) -> list[Node]:
    """A pattern that begins with a choice, or with a few literal bytes and a choice or a small
    set, as one pattern for each of its branches: each then has a literal of its own."""
    found: list[Node] = []
    waiting = [tree]
    while waiting:
        items = _flat(waiting[0]) or [waiting[0]]
        at = next((n for n, item in enumerate(items) if not _literal(item)), len(items))
        branches = _choices(items[at]) if at <= LITERAL and at < len(items) else []
        if not 1 < len(branches) <= BRANCHES or len(branches) + len(waiting) > 2 * BRANCHES:
            found.append(waiting.pop(0))
            continue
        waiting[:1] = [Sequence((*items[:at], branch, *items[at + 1 :])) for branch in branches]
    return found


def _choices(node: Node) -> abc.Sequence[Node]:
    """The branches of a choice, or the bytes of a small set."""
    if isinstance(node, Choice):
        return node.items
    if isinstance(node, Byte) and size(node.allowed) <= SET:
        return [Byte(1 << bit) for bit in range(256) if node.allowed >> bit & 1]
    return []


def _literal(node: Node) -> bool:
    return isinstance(node, Byte) and bool(single(node.allowed))


def _shape(tree: Node, longest: int) -> Shape:
    items = _flat(tree)
    begins = _first(tree)
    web = (
        bytes(item.allowed.bit_length() - 1 for item in items[:4] if isinstance(item, Byte))
        == b"http"
    )
    best: Shape | None = None
    before_low = before_high = 0
    for number, item in enumerate(items):
        cut = Cut(ENOUGH + (2 * COMMON if number == 0 and web else 0.0))
        for follows in islice(items, number, None):
            cut.take(follows)
            if cut.stopped:
                break
        expression = "".join(cut.parts)
        strength = min(cut.strong, CERTAIN)
        if web and number < len("https://"):
            strength = min(cut.bits - COMMON, CERTAIN)
        low, high = cut.low + before_low, cut.high + before_high
        shape = Shape(expression, low, high, strength, longest, cut.run, begins, cut.word)
        if best is None or _better(shape, best):
            best = shape
        if (best.selectivity >= CERTAIN and best.literal) or not cut.stopped:
            break  # what was taken to its end has no part that tells more
        least, most = width(item)
        before_low, before_high = before_low + least, before_high + most
        if before_high > FARTHEST:
            break
    return best or Shape("", 0, 0, 0.0, longest, 0, begins)


def _better(shape: Shape, best: Shape) -> bool:
    """Whether a later shape is worth more than one nearer to the beginning."""
    if shape.literal != best.literal:
        return shape.literal and shape.selectivity >= min(best.selectivity, RARE)
    return shape.selectivity > best.selectivity + 8.0


def _flat(node: Node) -> list[Node]:
    """The items of a sequence, sequences in it taken apart."""
    if not isinstance(node, Sequence):
        return [node]
    found: list[Node] = []
    for item in node.items:
        if isinstance(item, Sequence):
            found += _flat(item)
        else:
            found.append(item)
    return found
