"""The content matcher: Hyperscan says where a rule may match, RE2 confirms it."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from msgspec.structs import replace

from dunnage.engine.match import decode, wide
from dunnage.engine.match.before import values_before
from dunnage.engine.match.candidate import GATE, Candidate, Compiled
from dunnage.engine.match.carrier import Signs
from dunnage.engine.match.database import Scanner, compiled
from dunnage.engine.match.prepare import prepare
from dunnage.engine.match.prepared import Ask
from dunnage.engine.match.region import Region, region_at
from dunnage.model import Match
from dunnage.rules import Rule


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
        self._by_event: list[list[Candidate] | None] = [None] * len(prepared.events)
        self._regexes: dict[int, Compiled] = {}
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
        self._four = Scanner([wide.FOUR], partial(compiled, [wide.FOUR], [0]))

    def complete(self) -> None:
        """Have the whole database now: there is much to look at."""
        self._scanner.complete()

    def save(self) -> None:
        """Keep what was made of the database for the next run."""
        self._prepared.save()

    def _candidate(self, ask: Ask) -> Candidate:
        rule = self.rules[ask.rule]
        regex = self._regexes.get(ask.rule)
        if regex is None:
            regex = self._regexes[ask.rule] = Compiled(rule)
        return Candidate(rule, ask, regex)

    def _met(self, event: int) -> list[Candidate]:
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
        signs: list[Signs] = [
            (carrier, ends) for carrier, ends in zip(self._near, carried, strict=True) if ends
        ]
        if b"\0" in data:
            seen: list[tuple[int, int]] = []

            def note_once(event: int, start: int, end: int, flags: int, context: object) -> None:
                seen.append((event, end))

            self._wide.scan(data, note_once)
            for event, end in seen:
                signs.append((self._zeros[event], [end]))
            if ends := wide.ends_of_utf32(data, self._four):
                signs.append((wide.UTF32, ends))
        return found, signs

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
            asked, passed = None, True  # many candidates of an event share one gate
            values: Sequence[tuple[int, int]] | None = None
            for candidate in by_event[event] or self._met(event):
                gate = candidate.gate
                if gate is not asked:
                    asked = gate
                    passed = gate is None or gate(data, to, min(high, to + GATE)) is not None
                found = False
                if passed:
                    if candidate.touched(data, low, to):
                        continue
                    for match in _following(candidate, data, region, to, done, wanted):
                        found = True
                        yield candidate.number, region, match
                if found or not candidate.keyed:
                    continue
                if values is None:
                    values = values_before(data, low, high, to)
                before = candidate.before(data, region, to, values) if values else None
                if before is not None and wanted(candidate.number, region.owner):
                    yield candidate.number, region, before

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
                    if inside and (match := candidate.confirmed(alone, part, found)):
                        yield candidate.number, region, match


def _following(
    candidate: Candidate,
    data: bytes,
    region: Region,
    to: int,
    done: dict[tuple[int, int], int],
    wanted: Callable[[int, Any], bool],
) -> Iterator[Match]:
    """The matches of an event ending at ``to``. ``done`` is how far each rule has matched."""
    key = (candidate.number, region.low)
    if candidate.anchored and to <= done.get(key, -1):
        return
    if not wanted(candidate.number, region.owner):
        return
    if not candidate.regex.may_follow(data, to, region.high):
        return
    for found in candidate.found(data, region.low, region.high, to):
        start = found.start()
        if not region.accept_low <= start < region.accept_high:
            continue
        if start < done.get(key, -1):
            continue
        if match := candidate.confirmed(data, region, found):
            done[key] = found.end()
            yield match
