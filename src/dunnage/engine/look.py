"""Looking at content: small entries in batches, large ones in overlapping windows, each byte
once."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from dunnage.amounts import counted
from dunnage.engine.commentary import is_documentation
from dunnage.engine.match import decode
from dunnage.engine.match.candidate import CONTEXT
from dunnage.engine.match.carrier import Signs, carried
from dunnage.engine.match.confirm import Matcher
from dunnage.engine.match.region import Region
from dunnage.engine.match.shape import LONGEST
from dunnage.engine.owner import PLAIN, Owner, Placed, Rest, odd_name, said
from dunnage.engine.plan import Plan
from dunnage.engine.position import Start, start_of, wide
from dunnage.engine.redact import shown
from dunnage.engine.streams import WINDOW, chunks, windows
from dunnage.model import Hit, Match
from dunnage.rules import Rule

BATCH = 256 << 10
"""Small entries are gathered until they come to this many bytes."""

_BETWEEN = b'", \t\r\n[]'
"""What stands between the strings of an array, and nothing else."""

Where = Callable[..., tuple[int, int]]
"""Works out a line and a column, when they are wanted: of the match, or of an offset near it."""

MOST_PLACES = 1000
"""How many places of one rule in one entry are told apart; the rest is counted."""

MOST_JUDGED = 10_000
"""How many of a rule's places in one entry the rule judges; what is beyond may be the worst."""


class _Piece(Struct, frozen=True):
    """Decoded text that waits to be looked at, and where its encoded form stands."""

    owner: Owner
    data: bytes
    via: tuple[str, ...]
    start: Start
    buffer: bytes
    base: int
    low: int

    def where(self, _: int | None = None) -> tuple[int, int]:
        return self.start.at(self.buffer, self.base, self.low)


class Look:
    """Looks at the contents of one archive's entries. ``finish`` must be called at the end."""

    def __init__(
        self, plan: Plan, matcher: Matcher, opened: Callable[[Owner, bytes, str], None]
    ) -> None:
        self._plan = plan
        self._matcher = matcher
        self._opened = opened
        self._waiting: list[tuple[Owner, bytes, Start, bool]] = []
        self._size = 0

    def small(self, owner: Owner, data: bytes, but: Sequence[tuple[int, int]] = ()) -> None:
        """Look at a content that is in memory, now or with the next batch; at all of it ``but``
        those parts (start, end), which are looked at in another form."""
        if but:
            self._parts(owner, data, but)
        elif len(data) > 2 * WINDOW:
            self._windows(owner, chunks(data))
            self._done(owner)
        else:
            self._wait(owner, data, start_of(data), True)

    def _parts(self, owner: Owner, data: bytes, but: Sequence[tuple[int, int]]) -> None:
        start, base, at = start_of(data), 0, 0
        for low, high in (*but, (len(data), len(data))):
            part, last = data[at:low], low == len(data)
            if last or part.strip(_BETWEEN):
                start, base = start.moved(data[base:at], at - base), at
                if len(part) > 2 * WINDOW:
                    self._windows(owner, chunks(part), start)
                    part = b""
                self._wait(owner, part, start, last)
            at = high

    def _wait(self, owner: Owner, data: bytes, start: Start, last: bool) -> None:
        self._waiting.append((owner, data, start, last))
        self._size += len(data)
        if self._size >= BATCH:
            self.finish()

    def large(self, owner: Owner, head: bytes, stream: BinaryIO) -> None:
        """Look at a stream whose first bytes are ``head``. Raises ArchiveError where it breaks;
        what came before has been looked at."""
        owner.streamed = True
        self._windows(owner, windows(head, stream))
        self._done(owner)

    def finish(self) -> None:
        """Look at what waits."""
        waiting, self._waiting, self._size = self._waiting, [], 0
        if not waiting:
            return
        buffer = b"\n\n".join([each[1] for each in waiting]) if len(waiting) > 1 else waiting[0][1]
        regions, low = [], 0
        for owner, data, start, _ in waiting:
            high = low + len(data)
            regions.append((Region(low, high, low, high, start.offset, owner), start))
            low = high + 2
        self._scan(buffer, regions)
        for owner, data, _, _ in waiting:
            if name := wide(data):
                self._transcoded(owner, data, name)
        for owner, _, _, last in waiting:
            if last:
                self._done(owner)

    def _done(self, owner: Owner) -> None:
        owner.streamed = False
        for number, match, place, via in owner.later:
            self._judge(number, owner, match, _known(place), via)
        for rest in owner.rest.values():
            self._counted(owner, rest)
        if owner.after is not None:
            owner.after(owner)

    def _transcoded(self, owner: Owner, data: bytes, name: str) -> None:
        text = data.decode(name, "replace").removeprefix("\ufeff").encode("utf-8")
        self._scan(text, [(Region(0, len(text), 0, len(text), 0, owner), Start())])

    def _windows(
        self, owner: Owner, chunks: Iterator[tuple[bytes, bool]], start: Start | None = None
    ) -> None:
        buffer, accept = b"", 0
        encoding: str | None = None
        decoder: codecs.IncrementalDecoder | None = None
        texts, text_start, text_accept = b"", Start(), 0
        first = True
        for chunk, final in chunks:
            if first:
                first = False
                start = start or start_of(chunk)
                if encoding := wide(chunk):
                    decoder = codecs.getincrementaldecoder(encoding)("replace")
            buffer, start, accept = self._window(
                owner, buffer + chunk, start or Start(), accept, final
            )
            if decoder is not None:
                more = decoder.decode(chunk, final).lstrip("\ufeff").encode("utf-8")
                texts, text_start, text_accept = self._window(
                    owner, texts + more, text_start, text_accept, final
                )

    def _window(
        self, owner: Owner, buffer: bytes, start: Start, accept: int, final: bool
    ) -> tuple[bytes, Start, int]:
        """Look at one window; gives what of it the next one begins with."""
        limit = len(buffer) if final else len(buffer) - LONGEST
        if limit <= accept and not final:
            return buffer, start, accept
        if not _monotone(buffer):
            region = Region(0, len(buffer), accept, limit, start.offset, owner)
            self._scan(buffer, [(region, start)])
        keep = max(0, limit - CONTEXT)
        return buffer[keep:], start.moved(buffer, keep), limit - keep

    def _scan(self, buffer: bytes, regions: list[tuple[Region, Start]]) -> None:
        events, signs = self._matcher.events(buffer)
        starts = {region.low: start for region, start in regions}
        places = [region for region, _ in regions]
        for number, region, match in self._matcher.matches(buffer, events, places, self._applies):
            where = _where(starts[region.low], buffer, region, match)
            self._judge(number, region.owner, match, where, ())
        for region, start in regions:
            owner = region.owner
            if not owner.asked.patterns and not self._matcher.always:
                continue
            for number, _, match in self._matcher.everywhere(
                buffer, region, owner.asked.patterns, self._applies
            ):
                self._judge(number, owner, match, _where(start, buffer, region, match), ())
        if signs:
            self._decode(buffer, regions, signs)

    def _decode(
        self, buffer: bytes, regions: list[tuple[Region, Start]], signs: list[Signs]
    ) -> None:
        # A file may hold a hundred thousand runs: what is the same for all is looked up once.
        starts = {region.low: start for region, start in regions}
        pieces: list[_Piece] = []
        via: tuple[str, ...] = ("",)
        for carrier, region, low, high, data in carried(buffer, [r for r, _ in regions], signs):
            if high > region.accept_low and low < region.accept_high:
                if via[0] != carrier.name:
                    via = (carrier.name,)
                base = region.low
                pieces.append(_Piece(region.owner, data, via, starts[base], buffer, base, low))
        self._pieces(pieces)

    def _pieces(self, pieces: list[_Piece]) -> None:
        """Look at decoded texts together, and at what they hide in turn."""
        is_archive = self._plan.is_archive
        while pieces:
            batch, size = [], 0
            while pieces and size < WINDOW:
                piece = pieces.pop()
                data = piece.data
                if is_archive(data):
                    self._opened(piece.owner, data, "+".join(piece.via))
                    continue
                batch.append(piece)
                size += len(data)
            pieces += self._decoded(batch)

    def _decoded(self, batch: list[_Piece]) -> list[_Piece]:
        buffer = b"\n\n".join([piece.data for piece in batch])
        regions, low = [], 0
        for piece in batch:
            high = low + len(piece.data)
            regions.append(Region(low, high, low, high, 0, piece))
            low = high + 2
        events, signs = self._matcher.events(buffer)

        def applies(number: int, piece: _Piece) -> bool:
            return self._applies(number, piece.owner)

        for number, region, match in self._matcher.matches(buffer, events, regions, applies):
            piece = region.owner
            self._judge(number, piece.owner, match, piece.where, piece.via)
        deeper = []
        for carrier, region, _, _, data in carried(buffer, regions, signs):
            piece = region.owner
            again = carrier.name == decode.PACKED and decode.PACKED in piece.via
            if len(piece.via) < decode.DEPTH and data != piece.data and not again:
                via = (*piece.via, carrier.name)
                deeper.append(replace(piece, data=data, via=via))
        return deeper

    def _applies(self, number: int, owner: Owner) -> bool:
        return number not in owner.once and self._plan.applies(number, owner.asked)

    def _judge(
        self,
        number: int,
        owner: Owner,
        match: Match,
        where: Where,
        via: tuple[str, ...],
    ) -> None:
        rule: Rule = self._matcher.rules[number]
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
            low, high = match.secret_span
            if hit.span is not None and match.offset <= hit.span.start:
                low, high = hit.span.start - match.offset, hit.span.end - match.offset
            # A rule that asks for one match alone and names no place speaks of the whole file.
            whole = rule.once and hit.span is None and hit.secret is None
            line, column = (None, None) if whole else where(_elsewhere(hit, match))
            owner.found.append(
                Placed(
                    rule.id,
                    hit,
                    owner.entry.path,
                    odd_name(owner.entry),
                    line,
                    column,
                    None if whole else self._shown(match.window, low, high, hit),
                    via,
                    documented,
                )
            )

    def _more(self, owner: Owner, number: int, hit: Hit, documented: bool, where: Where) -> None:
        key = (number, hit.severity, hit.certain, documented)
        rest = owner.rest.get(key)
        if rest is None:
            rule: Rule = self._matcher.rules[number]
            rest = owner.rest[key] = Rest(rule, hit, documented, *where())
        rest.count += 1

    def _counted(self, owner: Owner, rest: Rest) -> None:
        noun = rest.rule.summary.removesuffix(".")
        places = counted(rest.count, "more place")
        told = f"{noun}: {places} in this file, from here on, not told apart"
        hit = Hit(told, severity=rest.hit.severity, certain=rest.hit.certain, count=rest.count)
        place = odd_name(owner.entry), rest.line, rest.column
        owner.found.append(
            Placed(rest.rule.id, hit, owner.entry.path, *place, documented=rest.documented)
        )

    def _shown(self, window: bytes, low: int, high: int, hit: Hit) -> str:
        secret, show = hit.secret is not None, self._plan.show_secrets
        return shown(window, low, high, secret=secret, show=show)


def _known(place: tuple[int, int]) -> Where:
    return lambda _=None: place


def _elsewhere(hit: Hit, match: Match) -> int | None:
    """The offset of a hit that is not where its match is."""
    span = hit.span
    return span.start if span is not None and hit.secret is None and span != match.span else None


def _where(start: Start, buffer: bytes, region: Region, match: Match) -> Where:
    return partial(_at, start, buffer, region, match)


def _at(
    start: Start, buffer: bytes, region: Region, match: Match, offset: int | None = None
) -> tuple[int, int]:
    begin = region.low - region.offset
    position = region.low - 1 if offset is None else begin + offset
    if not region.low <= position < region.high:  # what came before has gone by
        position = begin + match.offset + match.secret_span[0]
    return start.at(buffer, region.low, position)


def _monotone(buffer: bytes) -> bool:
    """Whether a buffer is one byte again and again, as bombs and unused space are: it says
    nothing, and is passed fifty times faster than it is looked at."""
    one = buffer[:1]
    return buffer[:64] == one * 64 and buffer == one * len(buffer)
