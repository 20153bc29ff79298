"""A carrier of text: its sign, what finds the runs around it, and what they hold."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

from msgspec import Struct

from dunnage.engine.match.region import Region, region_at

FAR = 4096
"""How many bytes before a sign its run may begin."""

_SHORTEST = 80
"""The most bytes in which every run shows to be one: eight escapes of ten characters."""

Run = tuple[int, int, bytes]
"""Where a run begins and ends, and what it holds."""

Runs = Callable[[bytes, int, int, Sequence[int]], Iterator[Run]]

One = Callable[[bytes, int, int, int, int], Generator[Run, None, int]]
"""What one sign stands for: ``one(data, low, high, done, end)`` yields the runs around the sign
that ends at ``end``, in what lies behind ``done`` of [low, high), and returns how far it looked."""


class Carrier(Struct, frozen=True):
    """One way to hide text. ``sign`` is for Hyperscan. ``runs(data, low, high, ends)`` yields
    (start, end, decoded) of the runs around the places where the sign ends."""

    name: str
    sign: bytes
    runs: Runs
    zeros: bool = False


Signs = tuple[Carrier, Sequence[int]]
"""A carrier and where its signs end in a buffer, in order."""


def each_sign(one: One) -> Runs:
    """The runs around every sign, in order: a sign that was looked past is no new one."""

    def runs(data: bytes, low: int, high: int, ends: Sequence[int]) -> Iterator[Run]:
        done = low
        for end in ends:
            if end > done:
                done = max(end, (yield from one(data, low, high, done, end)))

    return runs


def around(
    run: re.Pattern[bytes],
    alphabet: bytes,
    read: Callable[[re.Match[bytes]], Iterable[bytes]],
) -> Runs:
    """A carrier whose runs ``run`` matches. ``alphabet`` holds every byte that one may hold before
    its sign; ``read`` gives what it may hold."""

    def one(data: bytes, low: int, high: int, done: int, end: int) -> Generator[Run, None, int]:
        before = data[max(done, end - FAR) : end]
        start = end - len(before) + len(before.rstrip(alphabet))
        found, done = _reaching(run, data, start, end, high)
        if found is not None:
            for text in read(found):
                yield found.start(), found.end(), text
        return done

    return each_sign(one)


def _reaching(
    run: re.Pattern[bytes], data: bytes, start: int, end: int, high: int
) -> tuple[re.Match[bytes] | None, int]:
    """The run, begun at ``start`` or behind it, that reaches ``end``, and how far was looked: a
    character that begins an escape may also stand alone, and part what could be one run."""
    stop = min(high, end + 2 * _SHORTEST)
    found = run.match(data, start, high)
    while found is None or found.end() < end:
        near = run.search(data, found.end() if found else start, stop)
        if near is None:
            return None, max(end, stop - _SHORTEST)
        if near.start() >= end:
            return None, near.start()
        found = run.match(data, near.start(), high)
    return found, found.end()


def substituted(
    run: re.Pattern[bytes],
    alphabet: bytes,
    one: re.Pattern[bytes],
    value: Callable[[re.Match[bytes]], bytes],
) -> Runs:
    """A carrier that replaces single characters and leaves the others."""

    def read(found: re.Match[bytes]) -> Iterator[bytes]:
        decoded = one.sub(value, found[0])
        if decoded != found[0]:
            yield decoded

    return around(run, alphabet, read)


def carried(
    buffer: bytes, regions: Sequence[Region], signs: Sequence[Signs]
) -> Iterator[tuple[Carrier, Region, int, int, bytes]]:
    """What carriers hold: the carrier, the region, the run's place in the buffer, its text."""
    for carrier, ends in signs:
        for region, inside in _inside(carrier, ends, regions):
            for low, high, data in carrier.runs(buffer, region.low, region.high, inside):
                yield carrier, region, low, high, data


def _inside(
    carrier: Carrier, ends: Sequence[int], regions: Sequence[Region]
) -> Iterator[tuple[Region, Sequence[int]]]:
    """The regions that signs end in, and these signs. One that is looked for once a buffer may
    stand in every region from the first on."""
    number = region_at(regions, ends[0] - 1)
    if carrier.zeros:
        for region in regions[number:]:
            yield region, [max(ends[0], region.low)]
        return
    at = 0
    while at < len(ends):
        region = regions[region_at(regions, ends[at] - 1)]
        stop = max(bisect.bisect_right(ends, region.high, at), at + 1)
        yield region, ends[at:stop]
        at = stop
