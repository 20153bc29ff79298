"""A rule where Hyperscan says that it may match: RE2 finds the match, and what it is made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from dunnage.engine.match.apart import is_counted, is_escaped, is_tag, may_be_apart
from dunnage.engine.match.pattern import compile_pattern
from dunnage.engine.match.prepared import Ask
from dunnage.engine.match.region import Region
from dunnage.engine.match.shape import LONGEST
from dunnage.engine.match.syntax import parse
from dunnage.engine.match.tree import width
from dunnage.lazy import lazy_regex
from dunnage.model import Match
from dunnage.rules import BOUNDARIES, Rule

STEPS = 8
"""So many beginnings are tried one by one; where there may be more, RE2 searches."""

CHOSEN = 80
"""The same where most of them are ruled out by their first byte."""

NEAR = 4096
"""How far behind a shape a search goes on, in bytes."""

CONTEXT = 512
"""Bytes before a match that a rule may look at."""

GATE = 560
"""How many bytes behind the beginning of a pattern its gate may see."""

_ANY = bytes(range(256))


@lru_cache(maxsize=64)
def _gate(expression: str) -> Callable[..., object] | None:
    return re.compile(expression.encode()).match if expression else None


@lru_cache(maxsize=256)
def _loosely(words: Sequence[str]) -> re.Pattern[bytes] | None:
    """Finds keywords that are parts of names as other notations write them: ``fal_`` in ``falKey``
    and ``fal: {``, ``revenue_cat`` in ``revenueCat``."""
    if not words:
        return None
    names = []
    for word in words:
        name = r"[_.\- ]?".join(map(re.escape, word.strip("_").split("_")))
        names.append(f"(?i:{name})" + (r"(?=[^0-9a-z]|[A-Z])" if word.endswith("_") else ""))
    return lazy_regex(rf"(?<![A-Za-z])(?:{'|'.join(names)})".encode())


class Compiled:
    """A rule's pattern, compiled when it is first needed, and that of its value."""

    __slots__ = (
        "_lead",
        "_leads",
        "_pattern",
        "_source",
        "_value",
        "_value_source",
        "_widest",
        "groups",
        "secret",
    )

    def __init__(self, rule: Rule) -> None:
        self._source = rule.pattern or ""
        self._pattern: Any = None
        self._value_source = rule.value
        self._value: Any = None
        self._widest = 0
        self._leads = rule.leads
        self._lead: Any = None
        self.secret = 0
        self.groups: dict[str, int] = {}

    def pattern(self) -> Any:
        if self._pattern is None:
            self._pattern = compile_pattern(self._source)
            self.groups = {name.decode(): number for name, number in _names(self._pattern)}
            self.secret = self.groups.get("secret", 0)
        return self._pattern

    def may_follow(self, data: bytes, at: int, high: int) -> bool:
        """Whether something like the rule's value begins near behind ``at``: a key's name stands
        where there is none a hundred times as often, and the whole pattern takes RE2 ten times as
        long."""
        if not self._value_source:
            return True
        value = self.value()
        return value.search(data, at, min(high, at + GATE + self._widest)) is not None

    def lead(self) -> Any:
        """The names that the pattern may begin with."""
        if self._lead is None:
            self._lead = compile_pattern(f"(?:{'|'.join(self._leads)})")
        return self._lead

    def value(self) -> Any:
        """What the rule takes for a value."""
        if self._value is None:
            self._value = compile_pattern(self._value_source)
            self._widest = min(width(parse(self._value_source))[1], LONGEST) + 1
        return self._value


class Candidate:
    """A rule as an event asks for it."""

    __slots__ = (
        "anchored",
        "boundary",
        "first",
        "fixed",
        "gate",
        "high",
        "keyed",
        "keywords",
        "longest",
        "loosely",
        "low",
        "number",
        "proof",
        "reach",
        "regex",
    )

    def __init__(self, rule: Rule, ask: Ask, regex: Compiled) -> None:
        assert rule.pattern is not None
        self.regex = regex
        self.number, self.anchored = ask.rule, ask.anchored
        self.low, self.high, self.longest = ask.low, ask.high, ask.longest
        self.first = ask.first.encode("latin-1") or _ANY
        self.gate = _gate(rule.gate)
        self.keyed = bool(rule.value)
        self.boundary = BOUNDARIES[rule.boundary]
        self.keywords = [word.lower().encode() for word in rule.keywords]
        self.loosely = _loosely(tuple(word for word in rule.keywords if "_" in word))
        self.reach = rule.reach
        self.proof = rule.proof
        begins = rule.pattern.startswith("(?P<secret>") and self.proof is None
        self.fixed = begins and self.anchored and self.low == self.high and bool(self.boundary)

    def touched(self, data: bytes, low: int, to: int) -> bool:
        """Whether the byte before the secret is one that may not be: seen before RE2 is asked,
        where the secret begins with the pattern, a known way before the event."""
        if not self.fixed:
            return False
        start = to - self.high
        return (
            start > low and data[start - 1] in self.boundary and not may_be_apart(data, low, start)
        )

    def found(self, data: bytes, low: int, high: int, to: int) -> Iterator[Any]:
        """The matches that an event ending at ``to`` stands for, inside [low, high).

        RE2 takes ``$`` for the end of the whole buffer, not of the range it is given: the newline
        that stands between the entries of a batch is the end of the entry before it."""
        pattern = self.regex.pattern()
        high = min(high + 1, len(data))
        if not self.anchored:
            begin = max(low, to - self.reach)
            yield from pattern.finditer(data, begin, min(high, to + self.reach))
            return
        end = min(high, to + self.longest)
        first, last = max(low, to - self.high), to - self.low
        may = self.first
        if last - first <= (STEPS if may is _ANY else CHOSEN):
            for start in range(first, last + 1):
                if data[start] in may and (match := pattern.match(data, start, end)):
                    yield match
                    return
            return
        # The shape says only roughly where the match begins: find it, then match from there.
        near = min(end, to + NEAR)
        for match in pattern.finditer(data, first, near):
            if match.start() > last:
                return
            if match.end() >= to - self.high + self.low:
                yield pattern.match(data, match.start(), end) or match

    def before(
        self, data: bytes, region: Region, to: int, values: Sequence[tuple[int, int]]
    ) -> Match | None:
        """The match of one of the ``values`` that stand before the name that an event tells of."""
        for start, end in values:
            if not region.accept_low <= start < region.accept_high:
                continue
            if self.regex.value().fullmatch(data, start, end) and self._is_lead(data, region, to):
                low = max(region.low, start - CONTEXT)
                return Match(
                    data[low : min(region.high, to + CONTEXT)],
                    start - low,
                    to - low,
                    region.offset + low - region.low,
                    (start - low, end - low),
                    {"secret": data[start:end]},
                )
        return None

    def _is_lead(self, data: bytes, region: Region, to: int) -> bool:
        """Whether a whole name of the rule stands where the event tells of its beginning."""
        lead, end = self.regex.lead(), min(region.high, to + LONGEST)
        begins = range(max(region.low, to - self.high), to - self.low + 1)
        return any(lead.match(data, begin, end) for begin in begins)

    def near(self, data: bytes, low: int, high: int, match: Any) -> bool:
        """Whether one of the keywords stands near."""
        around = data[max(low, match.start() - self.reach) : min(high, match.end() + self.reach)]
        lowered = around.lower()
        if any(word in lowered for word in self.keywords):
            return True
        return self.loosely is not None and self.loosely.search(around) is not None

    def place(self, match: Any) -> tuple[int, int]:
        span: tuple[int, int] = match.span(self.regex.secret)
        return span if span[0] >= 0 else match.span()

    def counted(self, data: bytes, match: Any) -> Any:
        """The match as long as the byte before it says (:func:`is_counted`): behind a string of a
        class file or of Python's marshal stands what looks like more of it. None if it says
        nothing."""
        start, end = self.place(match)
        length = data[start - 1] if start > 1 and is_tag(data[start - 2]) else end
        if start != match.start() or length >= end - start:
            return None
        shorter = self.regex.pattern().match(data, start, start + length)
        return shorter if shorter and self.place(shorter)[1] == start + length else None

    def shortest(self, data: bytes, match: Any) -> Any:
        """The shortest match that begins where ``match`` does: what follows may be a neighbour."""
        start, most, best = match.start(), match.end(), match
        least = start + 1
        while least < most:
            middle = (least + most) // 2
            if found := self.regex.pattern().match(data, start, middle):
                best, most = found, found.end()
            else:
                least = middle + 1
        return best

    def groups(self, match: Any) -> dict[str, bytes]:
        return {n: v for n, i in self.regex.groups.items() if (v := match.group(i)) is not None}

    def confirmed(self, data: bytes, region: Region, found: Any) -> Match | None:
        """What the rule is given of a match, as long as its neighbours let it be; None where they,
        or what should stand near, say that it is none."""
        start, end = self.place(found)
        unproven = False
        if boundary := self.boundary:
            touched = start > region.low and data[start - 1] in boundary
            touched = touched and not is_escaped(data, region.low, start)
            behind = touched or (end < region.high and data[end] in boundary)
            if behind and not is_counted(data, start, end):
                if touched and (shorter := self.counted(data, found)):
                    found = shorter
                elif self.proof is None:
                    return None
                else:
                    # Strings of Rust and Go lie side by side without an end: a checksum tells.
                    unproven = True
        wanting = self.keywords and self.anchored
        if wanting and not self.near(data, region.low, region.high, found):
            return None
        match = self._given(data, region, found)
        if unproven and self.proof is not None and not self.proof(match):
            match = self._given(data, region, self.shortest(data, found))
            return match if self.proof(match) else None
        return match

    def _given(self, data: bytes, region: Region, found: Any) -> Match:
        start, end = self.place(found)
        low = max(region.low, found.start() - CONTEXT)
        return Match(
            data[low : min(region.high, found.end() + CONTEXT)],
            found.start() - low,
            found.end() - low,
            region.offset + low - region.low,
            (start - low, end - low),
            self.groups(found),
        )


def _names(compiled: Any) -> list[tuple[bytes, int]]:
    return [
        (name if isinstance(name, bytes) else name.encode(), number)
        for name, number in compiled.groupindex.items()
    ]
