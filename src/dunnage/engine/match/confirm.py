"""The content matcher: Hyperscan says where a rule may match, RE2 confirms it."""

from __future__ import annotations

import bisect
import operator
import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from dunnage.declared import BOUNDARIES
from dunnage.engine.match import decode
from dunnage.engine.match.apart import is_counted, is_escaped, is_tag, may_be_apart
from dunnage.engine.match.database import Scanner, compiled
from dunnage.engine.match.pattern import compile_pattern
from dunnage.engine.match.prepare import Ask, prepare
from dunnage.engine.match.shape import LONGEST
from dunnage.engine.match.syntax import parse, width
from dunnage.model import Match
from dunnage.rules import Rule

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


@lru_cache(maxsize=64)
def _gate(expression: str) -> Callable[..., object] | None:
    return re.compile(expression.encode()).match if expression else None


class _Compiled:
    """A rule's pattern, compiled when it is first needed, and that of its value."""

    __slots__ = ("_pattern", "_source", "_value", "_value_source", "_widest", "groups", "secret")

    def __init__(self, rule: Rule) -> None:
        self._source = rule.pattern or ""
        self._pattern: Any = None
        self._value_source = rule.value
        self._value: Any = None
        self._widest = 0
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
        if self._value is None:
            self._value = compile_pattern(self._value_source)
            self._widest = min(width(parse(self._value_source))[1], LONGEST) + 1
        end = min(high, at + GATE + self._widest)
        return self._value.search(data, at, end) is not None


class _Candidate:
    """A rule as an event asks for it."""

    __slots__ = (
        "anchored",
        "boundary",
        "first",
        "fixed",
        "gate",
        "high",
        "keywords",
        "longest",
        "low",
        "number",
        "proof",
        "reach",
        "regex",
    )

    def __init__(self, rule: Rule, ask: Ask, regex: _Compiled) -> None:
        assert rule.pattern is not None
        self.regex = regex
        self.number, self.anchored = ask.rule, ask.anchored
        self.low, self.high, self.longest = ask.low, ask.high, ask.longest
        self.first = ask.first.encode("latin-1") or _ANY
        self.gate = _gate(rule.gate)
        self.boundary = BOUNDARIES[rule.boundary]
        self.keywords = [word.lower().encode() for word in rule.keywords]
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

    def near(self, data: bytes, low: int, high: int, match: Any) -> bool:
        """Whether one of the keywords stands near."""
        around = data[max(low, match.start() - self.reach) : min(high, match.end() + self.reach)]
        around = around.lower()
        return any(word in around for word in self.keywords)

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


def _names(compiled: Any) -> list[tuple[bytes, int]]:
    return [
        (name if isinstance(name, bytes) else name.encode(), number)
        for name, number in compiled.groupindex.items()
    ]


Signs = tuple[decode.Carrier, Sequence[int]]
"""A carrier and where its signs end in a buffer, in order."""


class Region(Struct, frozen=True):
    """A part of a buffer that belongs to one entry. Matches begin in [accept_low, accept_high);
    ``offset`` is where ``low`` lies in the entry."""

    low: int
    high: int
    accept_low: int
    accept_high: int
    offset: int
    owner: Any


class Matcher:
    """All pattern rules as one Hyperscan database. Not to be shared between threads. ``always``
    are the numbers of the rules that have to be asked about every entry."""

    def __init__(self, rules: Sequence[Rule], cache: str | None = None) -> None:
        self.rules = rules
        self._near = [carrier for carrier in decode.CARRIERS if not carrier.zeros]
        self._zeros = [carrier for carrier in decode.CARRIERS if carrier.zeros]
        prepared = prepare(rules, [carrier.sign for carrier in self._near], cache)
        self._prepared = prepared
        self._asks = prepared.events
        self._by_event: list[list[_Candidate] | None] = [None] * len(prepared.events)
        self._regexes: dict[int, _Compiled] = {}
        self._direct = {
            number: self._candidate(Ask(number, 0, 0, 0, anchored))
            for number, anchored in prepared.direct.items()
        }
        self.always = {number for number in self._direct if not rules[number].paths}
        self._first_carrier = len(prepared.events)
        few = prepared.words if prepared.database is None else ()
        self._scanner = Scanner(
            prepared.expressions, prepared.whole, few, prepared.part, prepared.keep
        )
        zeros = [carrier.sign for carrier in self._zeros]
        self._wide = Scanner(zeros, partial(compiled, zeros, range(len(zeros)), once=True))

    def complete(self) -> None:
        """Have the whole database now: there is much to look at."""
        self._scanner.complete()

    def save(self) -> None:
        """Keep what was made of the database for the next run."""
        self._prepared.save()

    def _candidate(self, ask: Ask) -> _Candidate:
        rule = self.rules[ask.rule]
        regex = self._regexes.get(ask.rule)
        if regex is None:
            regex = self._regexes[ask.rule] = _Compiled(rule)
        return _Candidate(rule, ask, regex)

    def _met(self, event: int) -> list[_Candidate]:
        """The candidates of an event that occurs for the first time: most never do."""
        met = self._by_event[event] = [self._candidate(ask) for ask in self._asks[event]]
        return met

    def events(self, data: bytes) -> tuple[list[tuple[int, int]], list[Signs]]:
        """One pass over ``data``: (end, event) pairs in order, and the signs of carriers."""
        found: list[tuple[int, int]] = []
        append = found.append
        first = self._first_carrier
        carried: list[array[int]] = [array("q") for _ in self._near]
        last = [-2] * len(self._near)

        def note(event: int, start: int, end: int, flags: int, context: object) -> None:
            if event < first:
                append((end, event))
                return
            carrier = event - first
            # One sign right behind another stands in the same run: a megabyte has a million.
            if end - last[carrier] > 1:
                carried[carrier].append(end)
            last[carrier] = end

        self._scanner.scan(data, note)
        signs: dict[str, Signs] = {}
        for carrier, ends in zip(self._near, carried, strict=True):
            if ends:
                signs[carrier.name] = (carrier, ends)
        if b"\0" in data:
            seen: list[tuple[int, int]] = []

            def note_once(event: int, start: int, end: int, flags: int, context: object) -> None:
                seen.append((event, end))

            self._wide.scan(data, note_once)
            for event, end in seen:
                signs[self._zeros[event].name] = (self._zeros[event], [end])
        return found, list(signs.values())

    def matches(
        self,
        data: bytes,
        events: Sequence[tuple[int, int]],
        regions: Sequence[Region],
        wanted: Callable[[int, Any], bool],
    ) -> Iterator[tuple[int, Region, Match]]:
        """The confirmed matches: the rule's number, the region and the match.

        ``regions`` lie in ``data`` one behind the other. ``wanted(rule number, owner)`` says
        whether the rule applies to the entry at all."""
        done: dict[tuple[int, int], int] = {}
        by_event = self._by_event
        at, behind = -1, 0  # the region, and where the next one begins
        low = high = 0
        for to, event in events:
            if to > behind or to <= low:
                at = region_at(regions, to - 1)
                region = regions[at]
                low, high = region.low, region.high
                behind = regions[at + 1].low if at + 1 < len(regions) else len(data)
            for candidate in by_event[event] or self._met(event):
                gate = candidate.gate
                if gate is not None and gate(data, to, min(high, to + GATE)) is None:
                    continue
                if candidate.touched(data, low, to):
                    continue
                key = (candidate.number, low)
                if candidate.anchored and to <= done.get(key, -1):
                    continue
                if not wanted(candidate.number, region.owner):
                    continue
                if not candidate.regex.may_follow(data, to, high):
                    continue
                for found in candidate.found(data, low, high, to):
                    start = found.start()
                    if not region.accept_low <= start < region.accept_high:
                        continue
                    if start < done.get(key, -1):
                        continue
                    if match := self._confirmed(candidate, data, region, found):
                        done[key] = found.end()
                        yield candidate.number, region, match

    def everywhere(
        self,
        data: bytes,
        region: Region,
        numbers: Iterable[int],
        wanted: Callable[[int, Any], bool],
    ) -> Iterator[tuple[int, Region, Match]]:
        """The matches of the rules that Hyperscan is not asked for: those of ``numbers``, which
        are for few paths and whose shape is common, and those with neither anchor nor keywords."""
        for number in sorted((self._direct.keys() & numbers) | self.always):
            candidate = self._direct[number]
            if wanted(candidate.number, region.owner):
                # Alone, so that \\A and \\z are the entry's ends.
                alone = (
                    data
                    if region.high - region.low == len(data)
                    else data[region.low : region.high]
                )
                part = replace(region, low=0, high=len(alone))
                for found in candidate.regex.pattern().finditer(alone):
                    inside = region.accept_low <= region.low + found.start() < region.accept_high
                    if inside and (match := self._confirmed(candidate, alone, part, found)):
                        yield candidate.number, region, match

    def _confirmed(
        self, candidate: _Candidate, data: bytes, region: Region, found: Any
    ) -> Match | None:
        start, end = candidate.place(found)
        unproven = False
        if boundary := candidate.boundary:
            touched = start > region.low and data[start - 1] in boundary
            touched = touched and not is_escaped(data, region.low, start)
            behind = touched or (end < region.high and data[end] in boundary)
            if behind and not is_counted(data, start, end):
                if touched and (shorter := candidate.counted(data, found)):
                    found = shorter
                elif candidate.proof is None:
                    return None
                else:
                    # Strings of Rust and Go lie side by side without an end: a checksum tells.
                    unproven = True
        wanting = candidate.keywords and candidate.anchored
        if wanting and not candidate.near(data, region.low, region.high, found):
            return None
        match = _match(candidate, data, region, found)
        if unproven and candidate.proof is not None and not candidate.proof(match):
            match = _match(candidate, data, region, candidate.shortest(data, found))
            return match if candidate.proof(match) else None
        return match


def _match(candidate: _Candidate, data: bytes, region: Region, found: Any) -> Match:
    """What a rule is given of a match."""
    start, end = candidate.place(found)
    low = max(region.low, found.start() - CONTEXT)
    return Match(
        data[low : min(region.high, found.end() + CONTEXT)],
        found.start() - low,
        found.end() - low,
        region.offset + low - region.low,
        (start - low, end - low),
        candidate.groups(found),
    )


def region_at(regions: Sequence[Region], position: int) -> int:
    """The number of the region that holds ``position``, or of the one before it."""
    return max(bisect.bisect_right(regions, position, key=_low_of) - 1, 0)


_ANY = bytes(range(256))
_low_of = operator.attrgetter("low")
__all__ = ["CONTEXT", "LONGEST", "Matcher", "Region", "region_at"]
