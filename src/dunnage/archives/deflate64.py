"""Deflate64, method 9 of zip, which Windows uses for files of more than 2 GB.

It is RFC 1951 but for a window of 64 KiB, length code 285 (3 and 16 more bits) and two more
distance codes: PKWARE APPNOTE.TXT 6.3.10, section 4.4.5, and Info-ZIP's description of
"Enhanced Deflate". Written out here since the one library that is kept, inflate64 1.0.4, never
frees what it is given (measured): a member would cost its size in memory. This does some 3 MB a
second; ``max_seconds`` bounds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dunnage.archives.limits import Budget
from dunnage.archives.notes import BLOCK
from dunnage.archives.raw import Raw
from dunnage.errors import ArchiveError

_WINDOW = 64 << 10
_QUICK = 10
_LENGTHS = (
    *((length, 0) for length in range(3, 11)),
    *((3 + (4 + step << extra), extra) for extra in range(1, 6) for step in range(4)),
    (3, 16),
)
_DISTANCES = (
    *((distance, 0) for distance in range(1, 5)),
    *((1 + (2 + step << extra), extra) for extra in range(1, 15) for step in range(2)),
)
_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
_FIXED = ((8,) * 144 + (9,) * 112 + (7,) * 24 + (8,) * 8, (5,) * 32)


class _Damaged(Exception):
    """The bits are no Deflate64."""


class _Codes:
    """A canonical Huffman code. What an entry says: ``symbol << 4 | length``."""

    def __init__(self, lengths: Sequence[int]) -> None:
        self.quick = [0] * (1 << _QUICK)
        self._long: dict[int, int] = {}
        code = 0
        for length in range(1, 16):
            for symbol, each in enumerate(lengths):
                if each != length:
                    continue
                if code >> length:
                    raise _Damaged("more codes than fit")
                bits = int(f"{code:0{length}b}"[::-1], 2)
                entry = symbol << 4 | length
                if length <= _QUICK:
                    step = 1 << length
                    self.quick[bits::step] = [entry] * (1 << _QUICK - length)
                else:
                    self._long[1 << length | bits] = entry
                code += 1
            code <<= 1

    def long(self, bits: int) -> int:
        """The entry of a code of more than ten bits at the low end of ``bits``."""
        for length in range(_QUICK + 1, 16):
            entry = self._long.get(1 << length | bits & (1 << length) - 1)
            if entry is not None:
                return entry
        raise _Damaged("no such code")


class _Inflater:
    """``out`` is what was decoded and not yet given, and up to 64 KiB before it."""

    def __init__(self, raw: Raw, budget: Budget) -> None:
        self._raw = raw
        self._budget = budget
        self._data = b""
        self._at = 0
        self._hold = 0
        self._count = 0
        self.out = bytearray()
        self.ended = False

    def run(self) -> Iterator[None]:
        """Decode to the end, with a stop each time that about 1 MiB has come."""
        final = 0
        while not final:
            self._budget.tick()
            final, kind = self._take(1), self._take(2)
            if kind == 0:
                yield from self._stored()
            elif kind == 3:
                raise _Damaged("no such kind of block")
            else:
                literals, distances = self._codes() if kind == 2 else map(_Codes, _FIXED)
                yield from self._block(literals, distances)
        self.ended = True

    def rest(self) -> bytes:
        """The bytes that were taken but do not belong to the stream."""
        held = (self._hold >> (self._count & 7)).to_bytes(self._count >> 3, "little")
        return held + self._data[self._at :]

    def _refill(self) -> None:
        """At least 32 bits, or all that there are."""
        if self._at >= len(self._data):
            self._data, self._at = self._raw.chunk(), 0
        part = self._data[self._at : self._at + 8]
        self._at += len(part)
        self._hold |= int.from_bytes(part, "little") << self._count
        self._count += 8 * len(part)
        if part and self._count < 32:
            self._refill()

    def _take(self, bits: int) -> int:
        if self._count < bits:
            self._refill()
            if self._count < bits:
                raise EOFError
        found = self._hold & (1 << bits) - 1
        self._hold >>= bits
        self._count -= bits
        return found

    def _stored(self) -> Iterator[None]:
        self._take(self._count & 7)
        left = self._take(16)
        if self._take(16) != left ^ 0xFFFF:
            raise _Damaged("the two lengths of a stored block differ")
        self._raw.unread(self.rest())
        self._data, self._at, self._hold, self._count = b"", 0, 0, 0
        part = self._raw.take(left)
        self.out += part
        if len(part) < left:
            raise EOFError
        if len(self.out) > BLOCK:
            yield

    def _codes(self) -> Iterator[_Codes]:
        literals, distances, own = self._take(5) + 257, self._take(5) + 1, self._take(4) + 4
        lengths = [0] * 19
        for place in _ORDER[:own]:
            lengths[place] = self._take(3)
        codes = _Codes(lengths)
        found: list[int] = []
        while len(found) < literals + distances:
            symbol = self._symbol(codes)
            if symbol < 16:
                found.append(symbol)
            elif symbol == 16:
                if not found:
                    raise _Damaged("a repeat of nothing")
                found += found[-1:] * (3 + self._take(2))
            else:
                found += [0] * (3 + self._take(3) if symbol == 17 else 11 + self._take(7))
        if len(found) > literals + distances:
            raise _Damaged("more code lengths than there are codes")
        yield _Codes(found[:literals])
        yield _Codes(found[literals:])

    def _symbol(self, codes: _Codes) -> int:
        if self._count < 15:
            self._refill()
        entry = codes.quick[self._hold & (1 << _QUICK) - 1] or codes.long(self._hold)
        self._take(entry & 15)
        return entry >> 4

    def _block(self, literals: _Codes, distances: _Codes) -> Iterator[None]:
        quick, out, mask = literals.quick, self.out, (1 << _QUICK) - 1
        while True:
            if self._count < 15:
                self._refill()
            entry = quick[self._hold & mask] or literals.long(self._hold)
            self._hold >>= entry & 15
            self._count -= entry & 15
            if self._count < 0:
                raise EOFError
            symbol = entry >> 4
            if symbol < 256:
                out.append(symbol)
                continue
            if symbol == 256:
                return
            if symbol > 285:
                raise _Damaged("no such length")
            length, extra = _LENGTHS[symbol - 257]
            length += self._take(extra)
            distance, extra = _DISTANCES[self._symbol(distances)]
            distance += self._take(extra)
            start = len(out) - distance
            if start < 0:
                raise _Damaged("a distance reaches back before the beginning")
            if distance >= length:
                out += out[start : start + length]
            else:
                out += (out[start:] * (length // distance + 1))[:length]
            if len(out) > BLOCK:
                yield


def inflate64(raw: Raw, budget: Budget, what: str) -> Iterator[bytes]:
    """One Deflate64 stream. Raises ArchiveError where it is damaged or ends early, after all that
    could be read."""
    engine = _Inflater(raw, budget)
    began, given, total = raw.offset, 0, 0
    fault: str | None = None
    steps = engine.run()
    while not engine.ended and fault is None:
        try:
            next(steps, None)
        except _Damaged as error:
            fault = f"{what} is damaged: {error}"
        except EOFError:
            fault = f"{what} ends early: truncated"
        part = bytes(engine.out[given:])
        if not part:
            continue
        total += len(part)
        budget.ratio(total, raw.offset - began)
        del engine.out[:-_WINDOW]
        given = len(engine.out)
        yield part
    if fault is not None:
        raise ArchiveError(fault)
    raw.unread(engine.rest())
