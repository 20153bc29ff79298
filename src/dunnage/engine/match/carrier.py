"""A carrier of text: its sign, what finds the runs around it, and what they hold."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from dunnage.engine.match.region import Region, region_at

FAR = 4096
"""How many bytes before a sign its run may begin."""

_SHORTEST = 80
"""The most bytes in which every run shows to be one: eight escapes of ten characters."""

Runs = Callable[[bytes, int, int, Sequence[int]], Iterator[tuple[int, int, bytes]]]


class Carrier(Struct, frozen=True):
    """One way to hide text. ``sign`` is for Hyperscan. ``runs(data, low, high, ends)`` yields
    (start, end, decoded) of the runs around the places where the sign ends."""

    name: str
    sign: bytes
    runs: Runs
    zeros: bool = False


Signs = tuple[Carrier, Sequence[int]]
"""A carrier and where its signs end in a buffer, in order."""


def around(
    run: re.Pattern[bytes], alphabet: bytes
) -> Callable[[bytes, int, int, Sequence[int]], Iterator[re.Match[bytes]]]:
    """The runs around signs. ``alphabet`` holds every byte that a run may hold before its sign."""

    def find(data: bytes, low: int, high: int, ends: Sequence[int]) -> Iterator[re.Match[bytes]]:
        done = low
        for end in ends:
            if end <= done:
                continue
            before = data[max(done, end - FAR) : end]
            start = end - len(before) + len(before.rstrip(alphabet))
            found, done = _reaching(run, data, start, end, high)
            if found is not None:
                yield found

    return find


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
    find = around(run, alphabet)

    def runs(
        data: bytes, low: int, high: int, ends: Sequence[int]
    ) -> Iterator[tuple[int, int, bytes]]:
        for found in find(data, low, high, ends):
            decoded = one.sub(value, found[0])
            if decoded != found[0]:
                yield found.start(), found.end(), decoded

    return runs


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
