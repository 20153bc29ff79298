"""UTF-32 in the middle of binary content, wherever it begins."""

from __future__ import annotations

import random
from functools import partial

import pytest

from dunnage.engine.match import wide
from dunnage.engine.match.database import Scanner, compiled

RANDOM = random.Random(5)
SCANNER = Scanner([wide.FOUR], partial(compiled, [wide.FOUR], [0]))


def runs(data: bytes) -> list[bytes]:
    ends = wide.ends_of_utf32(data, SCANNER)
    return [text for _, _, text in wide.UTF32.runs(data, 0, len(data), ends)]


@pytest.mark.parametrize("order", ["utf-32-le", "utf-32-be"])
def test_a_run_is_found_wherever_it_begins(order: str) -> None:
    for before in range(140):
        for size in (20, 21, 40, 3000):
            text = "".join(RANDOM.choices("abcdefghijkLMNOP_=0123456789", k=size))
            data = b"\xff" * before + text.encode(order) + b"\xfe\xff\xfe"
            assert runs(data) == [text.encode()], (before, size)


def test_zeros_numbers_and_short_runs_are_none() -> None:
    assert runs(bytes(1 << 20)) == []
    assert runs(b"".join(n.to_bytes(4, "little") for n in range(50_000))) in ([], [NUMBERS])
    assert runs(b"\xff" * 61 + "seven??".encode("utf-32-le") + b"\xff" * 99) == []


NUMBERS = bytes(range(0x20, 0x7F))
