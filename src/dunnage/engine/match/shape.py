"""Shapes: the telling part of a rule's pattern, as a small regular expression for Hyperscan.

A shape matches wherever the pattern may match, and little else: mostly the pattern's beginning, or
a literal a fixed way into it. It is cut off as soon as it
is selective enough, so that hundreds of them compile in a tenth of a second and the
automaton stays in the processor's cache. RE2 confirms the rest.
"""

from __future__ import annotations

import math
from collections import abc
from functools import cache
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from dunnage.engine.match.syntax import (
    UNBOUNDED,
    Byte,
    Choice,
    Node,
    Repeat,
    Sequence,
    first,
    parse,
    width,
)

ENOUGH = 30.0
"""Bits after which a shape is selective enough to be cut: about five literal bytes."""

LEAST = 13.0
"""Bits of literal bytes below which a shape would stop the scan too often: unanchored."""

MOST = 40
"""The longest shape, in bytes."""

SMALL = 4
"""An optional part of at most so many bytes does not end a shape."""

BRIDGE = 64
"""A repeated class of at most so many bytes may stand inside a shape."""

BRANCHES = 12
"""A choice of at most so many branches is taken apart: each has an anchor of its own."""

SET = 6
"""A set of at most so many bytes is taken apart where it stands in a literal."""

STRONG = 40.0
"""Bits of literal bytes with which a shape needs no bridge to what follows."""

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
    if _size(allowed) > FEW:
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
    if isinstance(node, Byte) and _size(node.allowed) <= SET:
        return [Byte(1 << bit) for bit in range(256) if node.allowed >> bit & 1]
    return []


def _literal(node: Node) -> bool:
    return isinstance(node, Byte) and bool(_single(node.allowed))


def shape_of(pattern: str) -> Shape:
    """The shape of a whole RE2 pattern. Raises UsageError where it is not one."""
    tree = parse(pattern)
    return _shape(tree, min(width(tree)[1], LONGEST))


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
        cut = _Cut(ENOUGH + (2 * COMMON if number == 0 and web else 0.0))
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


class _Cut:
    """Takes nodes from the left until the expression is selective enough."""

    def __init__(self, enough: float = ENOUGH) -> None:
        self.enough = enough
        self.parts: list[str] = []
        self.bits = self.strong = 0.0
        self.low = self.high = 0
        self.stopped = False
        self.last = 0
        self.run = 0
        self.word = self.text = b""

    def take(self, node: Node) -> None:
        if isinstance(node, Byte):
            self.byte(node.allowed)
        elif isinstance(node, Sequence):
            for item in node.items:
                self.take(item)
                if self.stopped:
                    return
        elif isinstance(node, Choice):
            self.choice(node)
        else:
            self.repeat(node)

    def byte(self, allowed: int) -> None:
        expression, weight, single = _told(allowed)
        if allowed == self.last:
            weight = 1.0
        if weight < _LITERAL and self.bits >= self.enough:
            self.stopped = True
            return
        self.last = allowed
        self.parts.append(expression)
        if single:
            self.text += single
            if len(self.text) > len(self.word):
                self.word = self.text
                self.run = max(self.run, len(self.text))
        else:
            self.text = b""
        self.bits += weight
        if weight >= _STRONG:
            self.strong += weight
        self.low += 1
        self.high += 1
        self.stopped = self.high >= MOST or self.bits >= 2 * self.enough

    def choice(self, node: Choice) -> None:
        self.last, self.text = 0, b""
        branches = []
        for item in node.items:
            branch = _Cut(self.enough - self.bits)
            branch.take(item)
            branches.append(branch)
        texts = list(dict.fromkeys("".join(b.parts) for b in branches))
        self.parts.append(f"(?:{'|'.join(texts)})")
        self.run = max(self.run, min(b.run for b in branches))
        self.bits += min(b.bits for b in branches)
        self.strong += min(b.strong for b in branches)
        self.low += min(b.low for b in branches)
        self.high += max(b.high for b in branches)
        self.stopped = any(b.stopped for b in branches)

    def repeat(self, node: Repeat) -> None:
        fixed = node.low == node.high
        for _ in range(node.low):
            self.take(node.item)
            if self.stopped:
                return
        if fixed:
            return
        shortest, longest = width(node.item)
        extra = node.high - node.low
        if isinstance(node.item, Byte) and node.high <= BRIDGE and self.strong < STRONG:
            # A class that is repeated costs Hyperscan little, and what follows tells more.
            self.last, self.text = 0, b""
            self.parts.append(f"{_byte(node.item.allowed)}{{0,{extra}}}")
            self.high += extra
            return
        if (
            (self.strong >= LEAST and longest * extra > SMALL)
            or node.high == UNBOUNDED
            or longest * extra > MOST
            or not shortest
        ):
            # What may follow is too variable to go on; what there is must do.
            self.stopped = True
            return
        self.last, self.text = 0, b""
        inner = _Cut(math.inf)
        inner.take(node.item)
        if inner.stopped:
            self.stopped = True
            return
        self.parts.append(f"(?:{''.join(inner.parts)}){{0,{extra}}}")
        self.high += inner.high * extra


_LITERAL = 4.5
_STRONG = 3.0
_LETTERS = ((1 << 26) - 1) << 97


def _size(allowed: int) -> int:
    return allowed.bit_count()


@cache
def _told(allowed: int) -> tuple[str, float, bytes]:
    """A byte of this set as an expression, what it tells in bits, and what it is if it is one."""
    return _byte(allowed), _weight(allowed), _single(allowed)


def _weight(allowed: int) -> float:
    """How much a byte of this set tells, in bits. Text is made of letters and digits, so that a
    letter tells less than a sign, and a set that holds many of them far less than its size
    would."""
    count = _size(allowed)
    if count == 1:
        return 5.0 if allowed & _LETTERS else 8.0
    if count == 2 and _pair(allowed):
        return _LITERAL
    for most, weight in ((4, 4.0), (8, 3.0), (10, 1.5), (22, 1.2), (32, 0.8), (70, 0.4)):
        if count <= most:
            return weight
    return 0.0


@cache
def _single(allowed: int) -> bytes:
    """The byte that a set is, in lower case, a letter in both cases too; empty for other sets."""
    if _size(allowed) == 1 or _pair(allowed):
        return bytes((allowed.bit_length() - 1,)).lower()
    return b""


def _pair(allowed: int) -> bool:
    low = (allowed & -allowed).bit_length() - 1
    return 65 <= low <= 90 and allowed == (1 << low | 1 << (low + 32))


@cache
def _byte(allowed: int) -> str:
    if allowed == (1 << 256) - 1:
        return r"[\x00-\xff]"
    ranges = []
    at = 0
    while at < 256:
        if allowed >> at & 1:
            end = at
            while end < 255 and allowed >> (end + 1) & 1:
                end += 1
            ranges.append((at, end))
            at = end
        at += 1
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return _hex(ranges[0][0])
    return "[" + "".join(_hex(a) if a == b else f"{_hex(a)}-{_hex(b)}" for a, b in ranges) + "]"


def _hex(value: int) -> str:
    char = chr(value)
    return char if char.isalnum() and value < 128 else f"\\x{value:02x}"
