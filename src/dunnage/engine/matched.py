"""What the rules say of matches in an entry, and where these stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from dunnage.engine.commentary import is_documentation
from dunnage.engine.match import decode
from dunnage.engine.match.region import Region
from dunnage.engine.owner import PLAIN, Owner, Placed, Rest, odd_name, said
from dunnage.engine.plan import Plan
from dunnage.engine.position import Start
from dunnage.engine.redact import shown
from dunnage.model import Hit, Match
from dunnage.rules import Rule

Where = Callable[..., tuple[int, int]]
"""Works out a line and a column, when they are wanted: of the match, or of an offset near it."""

MOST_PLACES = 1000
"""How many places of one rule in one entry are told apart; the rest is counted."""

MOST_JUDGED = 10_000
"""How many of a rule's places in one entry the rule judges; what is beyond may be the worst."""


class Matched:
    """Takes the matches of ``rules``, which have their numbers in the matcher."""

    def __init__(self, plan: Plan, rules: Sequence[Rule]) -> None:
        self._plan = plan
        self._rules = rules

    def judge(
        self,
        number: int,
        owner: Owner,
        match: Match,
        where: Where,
        via: tuple[str, ...],
    ) -> None:
        """Ask the rule with this number what it says of a match, and note what that is. ``via`` are
        the encodings that were taken off to reach it."""
        owner.met = True
        rule = self._rules[number]
        packed = decode.PACKED in via
        if packed and (rule.once or rule.content):
            return  # it speaks of the file, which is another one
        if rule.once:
            owner.once.add(number)
        if rule.id in self._plan.signs:
            owner.signs.add(rule.id)
            return
        if owner.counts.get(number, 0) >= MOST_JUDGED:
            hits = [rest.hit for rest in owner.rest.values() if rest.rule is rule]
            worst = max((hit.severity or rule.severity for hit in hits), default=rule.severity)
            unjudged = Hit(
                rule.summary, severity=max(worst, rule.severity), certain=rule.rank >= PLAIN
            )
            self._more(owner, number, unjudged, False, where)
            return
        if owner.streamed and (rule.content or rule.once):
            owner.later.append((number, match, where(), via))
            return
        for hit in said(rule, owner.broken, owner.entry, match):
            if packed and hit.secret is None:
                continue  # blocks and sections are no files that could be left out
            count = owner.counts[number] = owner.counts.get(number, 0) + 1
            lowers = rule.lower and not hit.certain
            documented = lowers and is_documentation(owner.entry, match, bool(via))
            if count > MOST_PLACES:
                self._more(owner, number, hit, documented, where)
                continue
            text, (low, high) = match.window, match.secret_span
            if hit.span is not None and match.offset <= hit.span.start:
                low, high = hit.span.start - match.offset, hit.span.end - match.offset
            offset = _elsewhere(hit, match)
            gone = offset is not None and low >= len(text)
            if gone and hit.span is not None and owner.entry.data is not None and not via:
                gone, text = False, owner.entry.data
                low, high = hit.span.start, hit.span.end
            # A rule that asks for one match alone and names no place speaks of the whole file; of
            # what has gone by, the place is not known.
            whole = gone or (rule.once and hit.span is None and hit.secret is None)
            line, column = (None, None) if whole else where(offset)
            owner.found.append(
                Placed(
                    rule.id,
                    hit,
                    owner.entry.path,
                    odd_name(owner.entry),
                    line,
                    column,
                    None if whole else self._shown(text, low, high, hit),
                    via,
                    documented,
                )
            )

    def _more(self, owner: Owner, number: int, hit: Hit, documented: bool, where: Where) -> None:
        key = (number, hit.severity, hit.certain, documented)
        rest = owner.rest.get(key)
        if rest is None:
            rule = self._rules[number]
            rest = owner.rest[key] = Rest(rule, hit, documented, *where())
        rest.count += 1

    def rest(self, owner: Owner) -> None:
        """Tell of the matches beyond those that are told apart: the entry has been looked at."""
        for rest in owner.rest.values():
            self._counted(owner, rest)

    def _counted(self, owner: Owner, rest: Rest) -> None:
        noun = rest.rule.summary.removesuffix(".")
        told = f"{noun}: from here on, the places in this file are counted and not told apart"
        hit = Hit(told, severity=rest.hit.severity, certain=rest.hit.certain, count=rest.count)
        place = odd_name(owner.entry), rest.line, rest.column
        owner.found.append(
            Placed(rest.rule.id, hit, owner.entry.path, *place, documented=rest.documented)
        )

    def _shown(self, window: bytes, low: int, high: int, hit: Hit) -> str:
        secret, show = hit.secret is not None, self._plan.show_secrets
        return shown(window, low, high, secret=secret, show=show)


def known(place: tuple[int, int]) -> Where:
    """A place that has been worked out."""
    return lambda _=None: place


def _elsewhere(hit: Hit, match: Match) -> int | None:
    """The offset of a hit that is not where its match is."""
    span = hit.span
    return span.start if span is not None and hit.secret is None and span != match.span else None


def where(start: Start, buffer: bytes, region: Region, match: Match) -> Where:
    """The place of a match in a buffer, whose region begins at ``start``."""
    return partial(_at, start, buffer, region, match)


def _at(
    start: Start, buffer: bytes, region: Region, match: Match, offset: int | None = None
) -> tuple[int, int]:
    begin = region.low - region.offset
    position = region.low - 1 if offset is None else begin + offset
    if not region.low <= position < region.high:  # what came before has gone by
        position = begin + match.offset + match.secret_span[0]
    return start.at(buffer, region.low, position)
