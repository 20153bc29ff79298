"""Text in UTF-16 and UTF-32 in the middle of binary content: what programs for Windows hold; what
programs for other systems hold as ``wchar_t``, and NumPy's arrays of strings."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

from dunnage.engine.match.carrier import FAR, Carrier
from dunnage.engine.match.database import Scanner
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

FOUR = rb"[\x20-\x7e]\x00{3}[\x20-\x7e]"
"""Two characters of UTF-32 that follow each other."""
_STRIDE = 64
"""So far apart lie the places where it is looked for: the eight bytes at each of them hold two
characters of a run around it. A run that is longer than this by two characters is not missed, and
most of the work is saved."""
_RUN32 = lazy_regex(rb"(?:[\t\r\n\x20-\x7e]\x00{3}){8,65535}")
_LEAST32 = lazy_regex(rb"(?:[\t\r\n\x20-\x7e]\x00{3}){8}")
"""As much as tells a run: a long one has thousands of places, and would be read from each."""
_TEXT32 = bytes((9, 10, 13, *range(0x20, 0x7F)))


def ends_of_utf32(data: bytes, scanner: Scanner) -> array[int]:
    """Where characters of runs of UTF-32 end. ``scanner`` looks for :data:`FOUR`."""
    words = memoryview(data)[: len(data) & ~7].cast("Q")[:: _STRIDE // 8]
    ends = array("q")
    run = _LEAST32.match

    def note(event: int, start: int, end: int, flags: int, context: object) -> None:
        word, place = divmod(end - 1, 8)
        at = word * _STRIDE + place
        if place >= 4 and (run(data, at) or run(data, max(at - 28, 0))):
            ends.append(at + 1)

    scanner.scan(words.tobytes(), note)
    return ends


def _utf32_runs(
    data: bytes, low: int, high: int, ends: Sequence[int]
) -> Iterator[tuple[int, int, bytes]]:
    done = low
    for end in ends:
        at = end - 1
        if at < done:
            continue
        before = data[at - min(at - done, FAR) // 4 * 4 : at]
        odd = [len(before[more::4].rstrip(b"\0")) for more in (1, 2, 3)]
        start = at - len(before) + 4 * max(len(before[::4].rstrip(_TEXT32)), *odd)
        found = _RUN32.match(data, start, high)
        if found is None:
            continue
        done = stop = found.end()
        # Behind the zeros of the higher byte first stands one character more.
        stop += stop < high and 0x20 <= data[stop] < 0x7F
        yield start, stop, data[start:stop:4]


UTF32 = Carrier("utf-32", FOUR, _utf32_runs)
