"""Text in UTF-16 in the middle of binary content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dunnage.engine.match.carrier import FAR, Carrier
from dunnage.lazy import lazy_regex

_WIDE = 8
"""The fewest characters of UTF-16 that are looked at."""
_TEXT_WIDE = lazy_regex(rb"[\t\r\n\x20-\x7e]{8,}")
_ZEROS = lazy_regex(rb"\0+")


def _wide_runs(
    data: bytes, low: int, high: int, ends: Sequence[int]
) -> Iterator[tuple[int, int, bytes]]:
    low = max(low, ends[0] - 20 - FAR)
    if data.find(b"\0", low, high) < 0:
        return
    for begin in (low, low + 1):
        # Every second byte is the text where all those between are zero.
        zeros, text = data[begin + 1 : high : 2], data[begin:high:2]
        at = 0
        while (at := zeros.find(bytes(_WIDE), at)) >= 0:
            run = _ZEROS.match(zeros, at)
            end = run.end() if run else at + 1
            for found in _TEXT_WIDE.finditer(text, at, end):
                yield begin + 2 * found.start(), begin + 2 * found.end(), found[0]
                # Behind the zeros of the higher byte first stands one character more.
                if found.end() == end < len(text) and 0x20 <= text[end] < 0x7F:
                    yield (
                        begin + 2 * found.start(),
                        begin + 2 * end + 1,
                        text[found.start() : end + 1],
                    )
            at = end


CARRIERS = (Carrier("utf-16", rb"(?:[\x20-\x7e]\x00){10}", _wide_runs, zeros=True),)
