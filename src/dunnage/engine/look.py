"""Looking at content: small entries in batches, large ones in overlapping windows, each byte
once."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable, Iterator, Sequence, Set
from typing import BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from dunnage.archives import Budget
from dunnage.engine.match import decode
from dunnage.engine.match.candidate import CONTEXT
from dunnage.engine.match.carrier import Carrier, Signs, carried
from dunnage.engine.match.confirm import Matcher
from dunnage.engine.match.region import Region
from dunnage.engine.match.shape import LONGEST
from dunnage.engine.matched import MOST_PLACES, Matched, known, where
from dunnage.engine.owner import Owner
from dunnage.engine.plan import Plan
from dunnage.engine.position import Start, start_of, wide
from dunnage.engine.streams import WINDOW, chunks, windows
from dunnage.model import Kind

BATCH = 256 << 10
"""Small entries are gathered until they come to this many bytes."""

_BETWEEN = b'", \t\r\n[]'
"""What stands between the strings of an array, and nothing else."""

_DOCUMENTS = (b"%PDF-", b"\x89PNG\r\n", b"SQLite format 3\0", b"\xd0\xcf\x11\xe0\xa1\xb1")
"""Decoded, these are looked at as they lie, and opened for their parts."""

_EDGE = 64
"""What ends so near the end of a window may go on."""

PERIOD = 64
REPEATED = 2 * MOST_PLACES * PERIOD
"""What repeats within 64 bytes is looked at so far: twice as far as places are told apart."""

MOST_BARE = 100_000
LARGEST_BARE = 64 << 10
"""So many contents, of up to so many bytes, are known again. A digest and its place take 150 bytes;
larger contents are seldom there twice, and to look at them takes but ten times as long as to hash
them."""

Bare = dict[bytes, Set[int]]
"""The digests of contents in which nothing at all matched, each with the rules limited to some
paths that were looked for. npm tarballs hold a sixth of their bytes twice: as source files, and in
each of the maps that embed them."""


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
        self,
        plan: Plan,
        matcher: Matcher,
        budget: Budget,
        bare: Bare,
        opened: Callable[[Owner, bytes, str], None],
    ) -> None:
        self._plan = plan
        self._bare = bare
        self._budget = budget
        self._matcher = matcher
        self._matched = Matched(plan, matcher.rules)
        self._opened = opened
        self._waiting: list[tuple[Owner, bytes, Start, bool]] = []
        self._digests: list[tuple[Owner, bytes]] = []
        self._size = 0

    def small(self, owner: Owner, data: bytes, but: Sequence[tuple[int, int]] = ()) -> None:
        """Look at a content that is in memory, now or with the next batch; at all of it ``but``
        those parts (start, end), which are looked at in another form."""
        if but:
            self._parts(owner, data, but)
        elif len(data) > 2 * WINDOW:
            self._windows(owner, chunks(data))
            self._done(owner)
        elif self._is_bare(owner, data):
            self._done(owner)
        else:
            self._wait(owner, _once(data), start_of(data), True)

    def _is_bare(self, owner: Owner, data: bytes) -> bool:
        """Whether nothing matched in the same content when as many rules were looked for."""
        if len(data) > LARGEST_BARE:
            return False
        digest = hashlib.sha256(data).digest()
        known = self._bare.get(digest)
        if known is not None and owner.asked.patterns <= known:
            return True
        if known is None and len(self._bare) < MOST_BARE:
            self._digests.append((owner, digest))
        return False

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
        digests, self._digests = self._digests, []
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
        for owner, digest in digests:
            if not owner.met:
                self._bare[digest] = owner.asked.patterns
        for owner, _, _, last in waiting:
            if last:
                self._done(owner)

    def _done(self, owner: Owner) -> None:
        owner.streamed = False
        for number, match, place, via in owner.later:
            self._matched.judge(number, owner, match, known(place), via)
        self._matched.rest(owner)
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
            if owner.entry.kind is not Kind.TEXT:  # of an artifact's own words none is left out
                self._budget.tick()
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
        if shown := _once(buffer):
            region = Region(0, len(shown), accept, limit, start.offset, owner)
            self._scan(shown, [(region, start)])
        keep = max(0, limit - CONTEXT)
        return buffer[keep:], start.moved(buffer, keep), limit - keep

    def _scan(self, buffer: bytes, regions: list[tuple[Region, Start]]) -> None:
        self._budget.looked(len(buffer))
        events, signs = self._matcher.events(buffer)
        starts = {region.low: start for region, start in regions}
        places = [region for region, _ in regions]
        for number, region, match in self._matcher.matches(buffer, events, places, self._applies):
            place = where(starts[region.low], buffer, region, match)
            self._matched.judge(number, region.owner, match, place, ())
        for region, start in regions:
            owner = region.owner
            if not owner.asked.patterns and not self._matcher.always:
                continue
            for number, _, match in self._matcher.everywhere(
                buffer, region, owner.asked.patterns, self._applies
            ):
                self._matched.judge(number, owner, match, where(start, buffer, region, match), ())
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
                if high > region.high - _EDGE > region.accept_high and self._plan.is_archive(data):
                    region.owner.met = True
                    region.owner.cut.append((carrier, region.offset + low - base))
                    continue
                pieces.append(_Piece(region.owner, data, via, starts[base], buffer, base, low))
        self._pieces(pieces)

    def uncut(self, carrier: Carrier, text: bytes) -> tuple[bytes, int]:
        """What the packed text holds that ``text`` begins with, as ``carrier`` carries it, and up
        to where it goes, as far as the end if it comes near that."""
        _, signs = self._matcher.events(text[:WINDOW])
        for each, ends in signs:
            if each is carrier:
                for _, high, data in carrier.runs(text, 0, len(text), ends):
                    if self._plan.is_archive(data):
                        return data, len(text) if high > len(text) - _EDGE else high
        return b"", 0

    def _pieces(self, pieces: list[_Piece]) -> None:
        """Look at decoded texts together, and at what they hide in turn."""
        is_archive = self._plan.is_archive
        while pieces:
            batch, size = [], 0
            while pieces and size < WINDOW:
                piece = pieces.pop()
                data = piece.data
                archive = is_archive(data)
                if archive or data.startswith(_DOCUMENTS):
                    piece.owner.met = True
                    self._opened(piece.owner, data, "+".join(piece.via))
                if archive:
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
            self._matched.judge(number, piece.owner, match, piece.where, piece.via)
        deeper = []
        for carrier, region, _, _, data in carried(buffer, regions, signs):
            piece = region.owner
            again = carrier.name == decode.PACKED and decode.PACKED in piece.via
            if len(piece.via) < decode.DEPTH and data != piece.data and not again:
                via = (*piece.via, carrier.name)
                deeper.append(replace(piece, data=data, via=via))
        return deeper

    def _applies(self, number: int, owner: Owner) -> bool:
        if number in owner.once or not self._plan.applies(number, owner.asked):
            return False
        return self._budget.may_try() or self._flooded(owner)

    def _flooded(self, owner: Owner) -> bool:
        """Say, once for an entry, that there is too much to try in it; never true."""
        if not owner.flooded:
            owner.flooded = owner.met = True
            what = "more places look like a match of a rule than are tried"
            owner.broken(str(self._budget.exceeded(what, "candidates")))
        return False


def _once(buffer: bytes) -> bytes:
    """What there is to look at in a buffer: not all of one that holds a few bytes again and again,
    as bombs and unused space do. Nothing, if it is one byte. The rest would hold the same matches,
    which are not told apart beyond MOST_PLACES."""
    period = buffer.find(buffer[:PERIOD], 1, 2 * PERIOD)
    if period < 1 or buffer[period:] != buffer[:-period]:
        return buffer
    return buffer[:REPEATED] if period > 1 else b""
