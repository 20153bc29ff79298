"""A carrier of text: its sign, and what finds the runs around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

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
