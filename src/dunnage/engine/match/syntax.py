"""RE2 syntax read into a small tree: as much as is needed to know how a pattern begins.

The grammar is that of RE2 (github.com/google/re2/wiki/Syntax).
"""

from __future__ import annotations

from functools import lru_cache

from dunnage.engine.match.tree import (
    ALL,
    DIGIT,
    EMPTY,
    LOWER,
    SPACE,
    UNBOUNDED,
    UPPER,
    WORD,
    Byte,
    Choice,
    Node,
    Repeat,
    Sequence,
    bits,
    span,
)
from dunnage.errors import UsageError
from dunnage.lazy import lazy_regex

_PERL = {"d": DIGIT, "w": WORD, "s": SPACE}
_POSIX = {
    "alnum": DIGIT | UPPER | LOWER,
    "alpha": UPPER | LOWER,
    "ascii": span(0, 127),
    "blank": bits(b"\t "),
    "cntrl": span(0, 31) | bits(b"\x7f"),
    "digit": DIGIT,
    "graph": span(33, 126),
    "lower": LOWER,
    "print": span(32, 126),
    "punct": span(33, 126) & ~(DIGIT | UPPER | LOWER),
    "space": SPACE | bits(b"\v"),
    "upper": UPPER,
    "word": WORD,
    "xdigit": DIGIT | span(65, 70) | span(97, 102),
}
_CONTROL = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}


def parse(pattern: str) -> Node:
    """The tree of ``pattern``. Raises UsageError where it is not RE2 syntax."""
    return _Parser(pattern).whole()


def _fold(allowed: int) -> int:
    """The set with both cases of each letter."""
    return allowed | ((allowed & UPPER) << 32) | ((allowed & LOWER) >> 32)


@lru_cache(maxsize=1024)
def _literal(char: str, caseless: bool) -> Node:
    items = tuple(
        Byte(_fold(1 << value) if caseless else 1 << value) for value in char.encode("utf-8")
    )
    return items[0] if len(items) == 1 else Sequence(items)


_PLAIN = lazy_regex(r"[^\\.^$|()\[\]*+?{}]{2,}(?![*+?{])")
"""Characters that stand for themselves; the last one of them not repeated."""


class _Parser:
    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0
        self.caseless = False
        self.dot_all = False

    def whole(self) -> Node:
        node = self.choice()
        if self.at < len(self.text):
            raise self.error("an unmatched )")
        return node

    def error(self, what: str) -> UsageError:
        return UsageError(f"pattern {self.text!r}: {what} at {self.at}")

    def peek(self, count: int = 1) -> str:
        return self.text[self.at : self.at + count]

    def choice(self) -> Node:
        flags = self.caseless, self.dot_all
        branches = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            branches.append(self.sequence())
        self.caseless, self.dot_all = flags
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def sequence(self) -> Node:
        items: list[Node] = []
        while self.at < len(self.text) and self.peek() not in "|)":
            if plain := _PLAIN.match(self.text, self.at):
                items += [_literal(char, self.caseless) for char in plain[0]]
                self.at = plain.end()
                continue
            item = self.atom()
            if item is not None:
                items.append(self.repeats(item))
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def repeats(self, item: Node) -> Node:
        while self.at < len(self.text):
            char = self.peek()
            if char in "*+?":
                self.at += 1
                low, high = {"*": (0, UNBOUNDED), "+": (1, UNBOUNDED), "?": (0, 1)}[char]
            elif char == "{" and (bounds := self.bounds()):
                low, high = bounds
            else:
                break
            if self.peek() == "?":
                self.at += 1
            item = Repeat(item, low, high)
        return item

    def bounds(self) -> tuple[int, int] | None:
        end = self.text.find("}", self.at)
        low, comma, high = self.text[self.at + 1 : end].partition(",")
        if end < 0 or not low.isdigit() or (high and not high.isdigit()):
            return None
        self.at = end + 1
        if not comma:
            return int(low), int(low)
        return int(low), int(high) if high else UNBOUNDED

    def atom(self) -> Node | None:
        char = self.peek()
        self.at += 1
        if char == "(":
            return self.group()
        if char == "[":
            return Byte(self.bracket())
        if char == ".":
            return Byte(ALL if self.dot_all else ALL & ~bits(b"\n"))
        if char in "^$":
            return EMPTY
        if char == "\\":
            return self.escape()
        return _literal(char, self.caseless)

    def group(self) -> Node | None:
        if self.peek(2) == "?:":
            self.at += 2
        elif self.peek(3) == "?P<" or (self.peek(2) == "?<" and self.peek(3) not in ("?<=", "?<!")):
            end = self.text.find(">", self.at)
            if end < 0:
                raise self.error("an unclosed group name")
            self.at = end + 1
        elif self.peek() == "?":
            return self.flags()
        node = self.choice()
        self.close()
        return node

    def flags(self) -> Node | None:
        self.at += 1
        value = True
        kept = self.caseless, self.dot_all
        while (char := self.peek()) and char in "imsU-":
            self.at += 1
            if char == "-":
                value = False
            elif char == "i":
                self.caseless = value
            elif char == "s":
                self.dot_all = value
        if self.peek() == ")":
            self.at += 1
            return None
        if self.peek() != ":":
            raise self.error("a group that RE2 does not have (no lookaround, no backreference)")
        self.at += 1
        node = self.choice()
        self.close()
        self.caseless, self.dot_all = kept
        return node

    def close(self) -> None:
        if self.peek() != ")":
            raise self.error("an unclosed group")
        self.at += 1

    def escape(self) -> Node:
        char = self.peek()
        if char in "bBAzQEC":
            self.at += 1
            if char == "C":
                return Byte(ALL)
            if char in "QE":
                raise self.error("\\Q is not supported")
            return EMPTY
        return Byte(self.escaped())

    def escaped(self) -> int:
        """The set behind a backslash; ``at`` is on the character after it."""
        char = self.peek()
        self.at += 1
        if char.lower() in _PERL:
            return _PERL[char] if char.islower() else ALL & ~_PERL[char.lower()]
        if char in "pP":
            raise self.error("Unicode classes are not supported")
        if char in _CONTROL:
            return 1 << _CONTROL[char]
        if char == "x":
            if self.peek() == "{":
                end = self.text.find("}", self.at)
                digits, self.at = self.text[self.at + 1 : end], end + 1
            else:
                digits, self.at = self.peek(2), self.at + 2
            try:
                value = int(digits, 16)
            except ValueError:
                raise self.error("a bad \\x") from None
            return self.folded(value & 255)
        if char.isdigit():
            digits = char
            while len(digits) < 3 and self.peek() in "01234567" and self.peek():
                digits, self.at = digits + self.peek(), self.at + 1
            return 1 << (int(digits, 8) & 255)
        if not char:
            raise self.error("a trailing backslash")
        return self.folded(ord(char) & 255)

    def folded(self, value: int) -> int:
        return _fold(1 << value) if self.caseless else 1 << value

    def bracket(self) -> int:
        negated = self.peek() == "^"
        self.at += negated
        allowed, first = 0, True
        while first or self.peek() != "]":
            if self.at >= len(self.text):
                raise self.error("an unclosed [")
            first = False
            allowed |= self.bracket_item()
        self.at += 1
        if self.caseless:
            allowed = _fold(allowed)
        return ALL & ~allowed if negated else allowed

    def bracket_item(self) -> int:
        if self.peek(2) == "[:":
            end = self.text.find(":]", self.at)
            name, self.at = self.text[self.at + 2 : end], end + 2
            if name.lstrip("^") not in _POSIX:
                raise self.error(f"an unknown class {name}")
            known = _POSIX[name.lstrip("^")]
            return ALL & ~known if name.startswith("^") else known
        low = self.bracket_char()
        if self.peek() == "-" and self.peek(2) != "-]" and low & (low - 1) == 0:
            self.at += 1
            high = self.bracket_char()
            return span(low.bit_length() - 1, high.bit_length() - 1)
        return low

    def bracket_char(self) -> int:
        char = self.peek()
        self.at += 1
        if char == "\\":
            kept, self.caseless = self.caseless, False
            value = self.escaped()
            self.caseless = kept
            return value
        encoded = char.encode("utf-8")
        return 1 << encoded[0] if len(encoded) == 1 else bits(encoded)
