"""A carrier of text: its sign, and what finds the runs around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

FAR = 4096
"""How many bytes before a sign its run may begin."""

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
            if (found := run.match(data, start, high)) is None:
                continue
            done = max(end, found.end())
            yield found

    return find


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
