"""Deflate64: what it shares with deflate, and what is its own."""

from __future__ import annotations

import io
import random
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from crafted import Zipped, read, zipped

from dunnage.archives.deflate64 import inflate64
from dunnage.archives.limits import Budget
from dunnage.archives.raw import Raw
from dunnage.errors import ArchiveError, LimitError

WORDS = b" ".join(random.Random(3).choices([b"alpha", b"beta", b"gamma", b"delta9"], k=9000))


class Bits:
    """Writes a block with the fixed codes."""

    def __init__(self) -> None:
        self._bits = ""
        self.put(1, 1).put(1, 2)

    def put(self, value: int, count: int) -> Bits:
        """Bits as a number, the lowest first."""
        self._bits += f"{value:0{count}b}"[::-1] if count else ""
        return self

    def code(self, value: int, count: int) -> Bits:
        """A Huffman code, the highest bit first."""
        self._bits += f"{value:0{count}b}"
        return self

    def text(self, data: bytes) -> Bits:
        for byte in data:
            if byte < 144:
                self.code(0x30 + byte, 8)
            else:
                self.code(0x190 + byte - 144, 9)
        return self

    def longest(self, length: int, code: int, more: int, extra: int) -> Bits:
        """Length code 285, and a distance."""
        return self.code(0xC0 + 285 - 280, 8).put(length - 3, 16).code(code, 5).put(more, extra)

    def done(self) -> bytes:
        self.code(0, 7)
        bits = self._bits + "0" * (-len(self._bits) % 8)
        return bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))


def inflated(data: bytes) -> tuple[bytes, str | None, int]:
    """What came out, what was wrong, how far it read."""
    raw, found = Raw(io.BytesIO(data)), bytearray()
    fault = None
    try:
        for part in inflate64(raw, Budget(), "the stream"):
            found += part
    except ArchiveError as error:
        fault = str(error)
    return bytes(found), fault, raw.offset


def deflate(data: bytes, level: int = 6) -> bytes:
    """Of data in which no match is of 258 bytes both are the same."""
    engine = zlib.compressobj(level, zlib.DEFLATED, -15)
    return engine.compress(data) + engine.flush()


@pytest.mark.parametrize("level", [0, 1, 9])
@pytest.mark.parametrize("data", [b"", b"a", WORDS, random.Random(4).randbytes(200_000)])
def test_what_is_as_in_deflate(data: bytes, level: int) -> None:
    packed = deflate(data, level)
    assert inflated(packed + b"behind") == (data, None, len(packed))


FIRST = random.Random(5).randbytes(60_000)
FAR = Bits().text(FIRST).longest(65538, 31, 60_000 - 49_153, 14).text(b"end").done()
FAR_DATA = (FIRST * 3)[: 60_000 + 65_538] + b"end"


def test_long_matches_and_far_ones() -> None:
    assert inflated(FAR) == (FAR_DATA, None, len(FAR))
    near = Bits().text(b"ab").longest(1000, 1, 0, 0).done()
    assert inflated(near)[0] == b"ab" * 501


@pytest.mark.integration
def test_unzip_reads_it_so(need: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(Zipped(b"far", FAR_DATA, method=9, packed=FAR)))
    done = subprocess.run([need("unzip"), "-p", str(path)], capture_output=True, check=True)
    assert done.stdout == FAR_DATA


def test_every_truncation_is_told() -> None:
    packed = deflate(WORDS)
    for cut in [*range(200), *range(200, len(packed), 97)]:
        found, fault, _ = inflated(packed[:cut])
        assert fault == "the stream ends early: truncated"
        assert WORDS.startswith(found)
    assert len(inflated(packed[:-9])[0]) > len(WORDS) - 200


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"\7", "no such kind of block"),
        (b"\1\1\0\1\0a", "lengths of a stored block differ"),
        (Bits().text(b"a").longest(9, 1, 0, 0).done(), "before the beginning"),
        (Bits().code(0xC0 + 286 - 280, 8).done(), "no such length"),
        (b"\x05\0" + bytes(12), "no such code"),
        (b"\x05\xe0" + b"\x92" * 99, "more codes than fit"),
    ],
)
def test_damage_is_told(data: bytes, fault: str) -> None:
    found = inflated(data)
    assert found[1] is not None
    assert fault in found[1]


def test_any_bytes_break_nothing() -> None:
    random_ = random.Random(6)
    packed = deflate(WORDS[:3000])
    for _ in range(300):
        data = bytearray(packed)
        data[random_.randrange(len(data))] ^= 1 << random_.randrange(8)
        inflated(bytes(data))
        inflated(random_.randbytes(60))


def test_a_bomb_meets_a_limit() -> None:
    bits = Bits().text(b"a")
    for _ in range(4200):
        bits.longest(65538, 0, 0, 0)
    with pytest.raises(LimitError, match="max_ratio"):
        sum(map(len, inflate64(Raw(io.BytesIO(bits.done())), Budget(), "the stream")))


def test_a_member_of_a_zip() -> None:
    packed = deflate(WORDS)
    seen = read(zipped(Zipped(b"a", WORDS, method=9, packed=packed)))
    assert seen["a"] == WORDS
    assert seen.clean
    behind = read(zipped(Zipped(b"a", WORDS, method=9, packed=packed + b"token")))
    assert behind["a"] == WORDS
    assert b"token" in behind.bytes
    assert "trailing-data" in behind.odd
    wrong = read(zipped(Zipped(b"a", WORDS, method=9, packed=packed, crc=1)))
    assert "CRC" in wrong.flaws[0]
    hidden = read(zipped(Zipped(b"h", WORDS, method=9, packed=packed, central=False)))
    assert WORDS in hidden.bytes
