"""The beginning of a pattern as an expression for Hyperscan, cut where it tells enough."""

from __future__ import annotations

import math
from functools import cache

from dunnage.engine.match.tree import (
    UNBOUNDED,
    Byte,
    Choice,
    Node,
    Repeat,
    Sequence,
    size,
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

STRONG = 40.0
"""Bits of literal bytes with which a shape needs no bridge to what follows."""

_LITERAL = 4.5
_STRONG = 3.0
_LETTERS = ((1 << 26) - 1) << 97


class Cut:
    """Takes nodes from the left until the expression is selective enough.

    ``parts`` are those of the expression, which matches between ``low`` and ``high`` bytes.
    ``bits`` is what it tells, ``strong`` what its literal bytes do; ``run`` counts the bytes of
    its longest literal, and ``word`` is one in lower case. ``stopped`` tells that it ends before
    the pattern does."""

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
        expression, weight, char = _told(allowed)
        if allowed == self.last:
            weight = 1.0
        enough = weight < _LITERAL and self.bits >= self.enough
        if enough and weight < _STRONG:
            self.stopped = True
            return
        self.last = allowed
        self.parts.append(expression)
        if char:
            self.text += char
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
        # A sign of a few is the last: the assignment behind a name, which mostly has none.
        self.stopped = enough or self.high >= MOST or self.bits >= 2 * self.enough

    def choice(self, node: Choice) -> None:
        self.last, self.text = 0, b""
        branches = []
        for item in node.items:
            branch = Cut(self.enough - self.bits)
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
        inner = Cut(math.inf)
        inner.take(node.item)
        if inner.stopped:
            self.stopped = True
            return
        self.parts.append(f"(?:{''.join(inner.parts)}){{0,{extra}}}")
        self.high += inner.high * extra


@cache
def _told(allowed: int) -> tuple[str, float, bytes]:
    """A byte of this set as an expression, what it tells in bits, and what it is if it is one."""
    return _byte(allowed), _weight(allowed), single(allowed)


def _weight(allowed: int) -> float:
    """How much a byte of this set tells, in bits. Text is made of letters and digits, so that a
    letter tells less than a sign, and a set that holds many of them far less than its size
    would."""
    count = size(allowed)
    if count == 1:
        return 5.0 if allowed & _LETTERS else 8.0
    if count == 2 and _pair(allowed):
        return _LITERAL
    for most, weight in ((4, 4.0), (8, 3.0), (10, 1.5), (22, 1.2), (32, 0.8), (70, 0.4)):
        if count <= most:
            return weight
    return 0.0


@cache
def single(allowed: int) -> bytes:
    """The byte that a set is, in lower case, a letter in both cases too; empty for other sets."""
    if size(allowed) == 1 or _pair(allowed):
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
