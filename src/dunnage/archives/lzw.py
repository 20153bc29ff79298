"""Streams of compress (.Z): LZW with codes of 9 bits that grow to 10 and up to 16.

Source: POSIX.1-2017, compress, "adaptive Lempel-Ziv coding"; the manual of ncompress 4.2, whose
decoder all others follow in what the paper leaves open: codes stand in groups of eight, and what is
left of a group when their width changes is padding.
"""

from __future__ import annotations

from collections.abc import Iterator

from dunnage.archives.limits import Budget
from dunnage.archives.raw import Raw
from dunnage.errors import ArchiveError

_NARROWEST = 9
_CLEAR = 256
_PIECE = 64 << 10


def uncompressed(raw: Raw, budget: Budget) -> Iterator[bytes]:
    """The parts of one stream, which ends with ``raw``: it has no mark of its own."""
    flags = raw.take(3)[2:].ljust(1, b"\0")[0]
    widest, clears = flags & 31, bool(flags & 0x80)
    first = _CLEAR + clears
    width, free, size = _NARROWEST, first, 0
    # What each code beyond the literals stands for: a part of what was written, since a string is
    # the one before it with the next byte, and those lie side by side.
    places: list[tuple[int, int]] = []
    past = bytearray()
    out: list[bytes] = []
    begun = ended = -1  # of the string before
    while group := raw.take(width):
        bits = int.from_bytes(group, "little")
        for at in range(0, len(group) * 8 - width + 1, width):
            code = bits >> at & (1 << width) - 1
            if code == _CLEAR and clears:
                past.clear()
                places.clear()
                width, free, begun = _NARROWEST, first, -1
                break
            if code < _CLEAR:
                piece = bytes((code,))
            elif code - first < len(places):
                start, end = places[code - first]
                piece = bytes(past[start:end])
            elif code == free and begun >= 0:
                piece = bytes(past[begun:ended]) + past[begun : begun + 1]
            else:
                yield b"".join(out)
                raise ArchiveError("the compress stream is damaged: a code that stands for nothing")
            out.append(piece)
            size += len(piece)
            if free < 1 << widest:  # from then on, codes stand for what they stand for
                if begun >= 0:
                    places.append((begun, ended + 1))
                    free += 1
                begun, ended = len(past), len(past) + len(piece)
                past += piece
                if free >= 1 << width and width < widest:
                    width += 1
                    break
        if size >= _PIECE:
            budget.tick()
            yield b"".join(out)
            out, size = [], 0
    yield b"".join(out)
