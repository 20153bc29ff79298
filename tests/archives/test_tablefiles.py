"""Blocks of Avro, ORC, Parquet and Arrow are unpacked, and it is told where they are not."""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable

import brotli
import pytest

from dunnage import Entry, Flaw, MemorySource
from dunnage.archives import tablefiles
from dunnage.archives.hidden import opener_of
from dunnage.archives.limits import Budget
from dunnage.archives.rawblocks import unframed, unlz4, unsnappy

TEXT = b"ghp_one ghp_two and what follows them, ghp_three"


def read(data: bytes) -> tuple[bytes, list[str]]:
    opener = opener_of(data[:4096])
    assert opener is tablefiles.Table
    content, flaws = b"", []
    for item in opener(MemorySource(data), Budget()):
        if isinstance(item, Entry):
            content += item.read()
        elif isinstance(item, Flaw):
            flaws.append(item.message)
    return content, flaws


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes((value & 127 | 128,))
        value >>= 7
    return out + bytes((value,))


def zigzag(value: int) -> bytes:
    return varint(value << 1)


def snappy(data: bytes = TEXT) -> bytes:
    """A block in which the second and third ``ghp_`` are copies of the first."""
    assert data == TEXT
    head, tail = TEXT[12:39], TEXT[43:]
    return b"".join(
        (
            varint(len(TEXT)),
            bytes(((8 - 1) << 2,)) + TEXT[:8],
            bytes(((4 - 4) << 2 | 1, 8)),  # 4 bytes from 8 before
            bytes((60 << 2, len(head) - 1)) + head,
            bytes(((4 - 1) << 2 | 2,)) + struct.pack("<H", 31),
            bytes(((len(tail) - 1) << 2,)) + tail,
        )
    )


def lz4(data: bytes = TEXT) -> bytes:
    assert data == TEXT
    head, tail = TEXT[12:39], TEXT[43:]
    return b"".join(
        (
            bytes((8 << 4 | 0,)) + TEXT[:8] + b"\x08\0",
            bytes((15 << 4 | 0, len(head) - 15)) + head + b"\x1f\0",
            bytes((len(tail) << 4,)) + tail,
        )
    )


def deflate(data: bytes) -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return engine.compress(data) + engine.flush()


def avro(codec: bytes, block: bytes) -> bytes:
    names = zigzag(1) + zigzag(10) + b"avro.codec" + zigzag(len(codec)) + codec + b"\0"
    sync = bytes(range(16))
    return b"Obj\1" + names + sync + zigzag(3) + zigzag(len(block)) + block + sync


def orc(kind: int, *chunks: bytes) -> bytes:
    rows = [(len(chunk) << 1).to_bytes(3, "little") + chunk for chunk in chunks]
    plain = (5 << 1 | 1).to_bytes(3, "little") + b"plain"
    script = bytes((2 << 3, kind)) + b"\x82\xf4\x03\x03ORC"
    return b"ORC" + b"".join(rows) + plain + script + bytes((len(script),))


def struct_of(*fields: tuple[int, int, bytes]) -> bytes:
    """A struct of Thrift's compact protocol: numbers, kinds, values."""
    out, last = b"", 0
    for number, kind, value in fields:
        out += bytes((number - last << 4 | kind,)) + value
        last = number
    return out + b"\0"


def integer(value: int) -> bytes:
    return varint(value << 1)


def parquet(codec: int, block: bytes, levels: bytes = b"") -> bytes:
    whole = levels + block
    kind, counts = (3, (8, 12, struct_of((5, 5, integer(len(levels))), (7, 1, b""))))
    page = struct_of(
        (1, 5, integer(kind)), (2, 5, integer(len(TEXT))), (3, 5, integer(len(whole))), counts
    )  # fmt: skip
    column = struct_of(
        (3, 12, struct_of((4, 5, integer(codec)), (7, 6, integer(len(page + whole))),
                          (9, 6, integer(4)))),
    )  # fmt: skip
    group = struct_of((1, 9, b"\x1c" + column))
    footer = struct_of((1, 5, integer(2)), (4, 9, b"\x1c" + group))
    return b"PAR1" + page + whole + footer + struct.pack("<L", len(footer)) + b"PAR1"


def frame(flags: int = 0x60) -> bytes:
    return b"\x04\x22\x4d\x18" + bytes((flags, 0x40, 0)) + struct.pack("<L", len(lz4())) + lz4()


def arrow() -> bytes:
    return b"ARROW1\0\0" + bytes(40) + frame() + bytes(8) + b"ARROW1"


def hadoop(data: bytes) -> bytes:
    return struct.pack(">2L", len(data), len(lz4())) + lz4()


FILES: dict[str, bytes] = {
    "avro deflate": avro(b"deflate", deflate(TEXT)),
    "avro snappy": avro(b"snappy", snappy() + bytes(4)),
    "avro bzip2": avro(b"bzip2", bz2.compress(TEXT)),
    "avro xz": avro(b"xz", lzma.compress(TEXT)),
    "orc zlib": orc(1, deflate(b"x" * 300), deflate(TEXT)),
    "orc snappy": orc(2, snappy()),
    "orc lz4": orc(4, lz4()),
    "parquet snappy": parquet(1, snappy()),
    "parquet snappy, levels": parquet(1, snappy(), b"\2\0\3\1"),
    "parquet brotli": parquet(4, brotli.compress(TEXT)),
    "parquet lz4 of hadoop": parquet(5, hadoop(TEXT)),
    "parquet lz4 of hadoop, bare": parquet(5, lz4()),
    "parquet lz4": parquet(7, lz4()),
    "arrow lz4": arrow(),
}


@pytest.mark.parametrize("name", FILES)
def test_unpacked(name: str) -> None:
    content, flaws = read(FILES[name])
    assert TEXT in content
    assert flaws == []


@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("arrow")])
def test_truncation_is_told(name: str) -> None:
    head = len(avro(name[5:].encode(), b"")) - 18 if name.startswith("avro") else 0
    for size in range(12, len(FILES[name])):
        if size == head:
            continue  # the end of a file without a block
        content, flaws = read(FILES[name][:size])
        assert flaws or TEXT in content, size


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (avro(b"lzo", b"x"), "packed with lzo"),
        (parquet(3, b"x"), "packed with LZO"),
        (orc(3, b"x"), "packed with LZO"),
    ],
)
def test_what_is_not_known_is_told(data: bytes, reason: str) -> None:
    content, flaws = read(data)
    assert not content
    assert len(flaws) == 1
    assert reason in flaws[0]


@pytest.mark.parametrize(
    "data",
    [
        b"ORCHESTRATION\n\nhow it is done " * 20,
        b"PAR1: the first part " * 20,
        avro(b"null", b"plain"),
        orc(0, b"plain"),
        parquet(0, b"plain"),
        parquet(6, b"zstd"),
    ],
)
def test_nothing_is_told_of_text_and_of_what_lies_plain(data: bytes) -> None:
    assert read(data) == (b"", [])


def test_what_comes_out_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tablefiles, "_MOST_OUT", 1 << 20)
    content, flaws = read(orc(1, *[deflate(bytes(1 << 18))] * 20))
    assert len(content) < 1 << 21
    assert flaws == ["blocks of the file of tables beyond 1 MiB were not unpacked"]


@pytest.mark.parametrize(("unpack", "whole"), [(unsnappy, snappy()), (unlz4, lz4())])
def test_damaged_blocks_give_what_came_before(
    unpack: Callable[[bytes, int], bytes], whole: bytes
) -> None:
    assert unpack(whole, 1 << 20) == TEXT
    for size in range(len(whole)):
        assert TEXT.startswith(unpack(whole[:size], 1 << 20))
        for byte in (0, 255):
            damaged = whole[:size] + bytes((byte,)) + whole[size + 1 :]
            assert len(unpack(damaged, 1 << 10)) < 1 << 17


def test_copies_that_lie_over_themselves() -> None:
    assert unsnappy(b"\x0a\x04ab" + bytes((7 << 2 | 2,)) + b"\2\0", 100) == b"ab" * 5
    assert unlz4(b"\x24ab\2\0\x00", 100) == b"ab" * 5
    assert unlz4(b"\x2f" + b"ab\2\0" + b"\xff" * 4 + b"\0", 1 << 20)[:8] == b"abababab"


def test_frames() -> None:
    linked = frame(0x40)[:-4]
    assert unframed(bytearray(linked), 0, 1 << 20)[0].startswith(TEXT[:30])
    stored = b"\x04\x22\x4d\x18\x60\x40\0" + struct.pack("<L", 5 | 1 << 31) + b"plain" + bytes(4)
    assert unframed(bytearray(stored), 0, 1 << 20) == (b"plain", len(stored))
