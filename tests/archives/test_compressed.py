"""Compressed streams: every member, frame and stream, whatever lies between and behind them."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from crafted import honest_tar, honest_zip, read
from packed import compress as old_compress
from packed import lzip

from dunnage.archives import Budget, Limits, open_archive, sniff
from dunnage.errors import LimitError
from dunnage.model import Entry, MemorySource
from dunnage.sources import FileSource

TEXT = bytes(random.Random(7).choices(b"abcdefghij klmnop\n", k=300_000))
TAR = honest_tar([("a", b"alpha"), ("text", TEXT)])
Compress = Callable[[bytes], bytes]


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


def old_lzma(data: bytes) -> bytes:
    return lzma.compress(data, lzma.FORMAT_ALONE)


ALL: list[Compress] = [gzip.compress, zstd, lzma.compress, bz2.compress, lzip, old_lzma]
SEVERAL: list[Compress] = [gzip.compress, zstd, lzma.compress, bz2.compress, lzip]


@pytest.mark.parametrize("compress", [*ALL, old_compress])
def test_a_tar_inside_is_seen(compress: Compress) -> None:
    data = compress(TAR)
    seen = read(data, digests=True)
    assert seen.format.startswith("tar+")
    assert seen.entries == [("a", b"alpha"), ("text", TEXT)]
    assert seen.clean
    assert seen.digest == "sha256:" + hashlib.sha256(data).hexdigest()
    assert seen.inner_digest == "sha256:" + hashlib.sha256(TAR).hexdigest()


@pytest.mark.parametrize("compress", ALL)
def test_anything_else_is_one_entry(compress: Compress) -> None:
    for content in (b"", b"token", TEXT, bytes(3 << 20)):
        seen = read(compress(content), name="thing.txt")
        assert seen.entries == [("thing.txt", content)]
        assert seen.clean


@pytest.mark.parametrize("compress", SEVERAL)
def test_several_streams_are_one(compress: Compress) -> None:
    data = b"".join(compress(TAR[at : at + 1000]) for at in range(0, len(TAR), 1000))
    seen = read(data)
    assert seen.entries == [("a", b"alpha"), ("text", TEXT)]
    assert seen.clean
    two = read(compress(b"first") + compress(b"second"))
    assert two.bytes == b"firstsecond"


@pytest.mark.parametrize("compress", ALL)
def test_what_lies_behind_is_given(compress: Compress) -> None:
    for inner in (b"first", TAR):
        seen = read(compress(inner) + b"token")
        assert seen.entries[-1] == ("(bytes after the end)", b"token")
        assert seen.odd == ["trailing-data"]
        large = read(compress(inner) + b"token" * 300_000)
        assert large["(bytes after the end)"] == b"token" * 300_000


def test_a_zip_behind_a_tarball_is_whole(tmp_path: Path) -> None:
    inner = honest_zip([("noise", random.Random(1).randbytes(3 << 20))])
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(TAR) + inner)
    seen = read(b"", "gzip", source=FileSource(path))
    assert seen["(bytes after the end)"] == inner


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_zero_padding_is_no_data(compress: Compress) -> None:
    assert read(compress(TAR) + bytes(4096)).clean
    assert read(compress(b"first") + bytes(8) + compress(b"second")).bytes == b"firstsecond"


@pytest.mark.parametrize("compress", SEVERAL)
def test_every_truncation_is_told(compress: Compress) -> None:
    whole = compress(honest_tar([("a", TEXT[:3000])]))
    for cut in range(12, len(whole), 7):
        assert read(whole[:cut], read_form(compress)).flaws, cut


@pytest.mark.parametrize("compress", SEVERAL)
def test_flipped_bits_are_told(compress: Compress) -> None:
    whole = compress(honest_tar([("a", TEXT[:3000])]))
    clean = read(whole).entries
    for at in range(4, len(whole)):
        data = bytearray(whole)
        data[at] ^= 1 << (at % 8)
        seen = read(bytes(data), read_form(compress))
        assert not seen.clean or seen.entries == clean, at


def read_form(compress: Compress) -> str:
    names = {gzip.compress: "gzip", zstd: "zstd", lzma.compress: "xz", bz2.compress: "bzip2"}
    return names.get(compress, "lzip")


@pytest.mark.parametrize("compress", [gzip.compress, zstd, lzma.compress])
def test_what_lies_before_damage_is_given(compress: Compress) -> None:
    text = bytes(random.Random(8).choices(b"abcdefghij klmnop\n", k=600_000))
    whole = bytearray(compress(text))
    at = len(whole) * 3 // 4
    whole[at : at + 64] = b"\xff" * 64
    seen = read(bytes(whole))
    assert seen.flaws
    given = seen.entries[0][1]
    assert len(given) > 400_000
    assert text.startswith(given[:400_000])


@pytest.mark.parametrize("size", [4096, 8192, 65536])
def test_damage_where_a_piece_begins_is_told(size: int) -> None:
    blocks, left = b"", size  # stored ones, up to where decoding once more takes the next piece
    while left:
        part = min(left - 5, 60_000)
        blocks += struct.pack("<BHH", 0, part, part ^ 0xFFFF) + TEXT[:part]
        left -= part + 5
    seen = read(b"\x1f\x8b\x08" + bytes(7) + blocks + b"\x06" * 99, "gzip")
    assert TEXT[:4000] in seen.bytes
    assert seen.flaws


def test_gzip_says_all_that_it_can_before_damage() -> None:
    whole = bytearray(gzip.compress(TEXT, mtime=0))
    at = len(whole) // 2
    whole[at:] = b"\xff" * (len(whole) - at)

    engine, expected = zlib.decompressobj(31), b""
    try:
        for byte in whole:
            expected += engine.decompress(bytes([byte]))
    except zlib.error:
        pass
    seen = read(bytes(whole))
    assert seen.entries[0][1][: len(expected)] == expected


# -- gzip ---------------------------------------------------------------------------


def gzip_member(
    content: bytes, name: bytes = b"", comment: bytes = b"", extra: bytes = b"", crc: int = 0
) -> bytes:
    whole = gzip.compress(content, mtime=0)
    flags = 8 * bool(name) | 16 * bool(comment) | 4 * bool(extra) | 2 * bool(crc)
    head = whole[:3] + bytes([flags]) + whole[4:10]
    if extra:
        head += struct.pack("<H", len(extra)) + extra
    if name:
        head += name + b"\0"
    if comment:
        head += comment + b"\0"
    return head + bytes(2 * bool(crc)) + whole[10:]


def test_the_name_in_the_header() -> None:
    assert read(gzip_member(b"1", b"keys.ts"), name="x").paths == ["keys.ts"]
    assert read(gzip_member(b"1", b"../../etc/keys.ts"), name="x").paths == ["keys.ts"]
    assert read(gzip_member(b"1", b".."), name="x").paths == ["x"]
    assert read(gzip_member(b"1")).paths == ["data"]


def test_header_fields_are_looked_at() -> None:
    seen = read(gzip_member(TAR, b"x.tar", b"token in a comment", b"token in an extra field", 1))
    assert seen.paths == ["a", "text", "(gzip header of member 1)"]
    assert seen.bytes.count(b"token") == 2
    second = read(gzip_member(b"1") + gzip_member(b"2", b"token as a name"))
    assert b"token as a name" in second.bytes


def test_wrong_checks_are_told() -> None:
    whole = gzip.compress(b"token")
    assert "CRC" in read(whole[:-8] + b"\0" * 4 + whole[-4:]).flaws[0]
    assert "length" in read(whole[:-4] + b"\0" * 4).flaws[0]
    both = read(whole[:-8] + b"\0" * 8 + gzip.compress(b"more"))
    assert both.bytes == b"tokenmore"


def test_a_wrong_crc_of_the_header_is_told() -> None:
    """RFC 1952, 2.3.1: FHCRC is the lower half of the CRC-32 of all that stands before it."""
    header = b"\x1f\x8b\x08\x1e" + bytes(6) + b"\x03\0abc" + b"name\0" + b"comment\0"
    body = gzip.compress(b"token")[10:]
    right = zlib.crc32(header) & 0xFFFF
    seen = read(header + right.to_bytes(2, "little") + body)
    assert (seen.entries, seen.flaws) == ([("name", b"token")], [])
    seen = read(header + (right ^ 1).to_bytes(2, "little") + body)
    assert (seen.bytes, seen.flaws) == (b"token", ["gzip: the CRC of the header does not match"])


def test_an_endless_name_meets_a_limit() -> None:
    with pytest.raises(LimitError, match="max_header"):
        read(b"\x1f\x8b\x08\x08" + bytes(6) + b"x" * (2 << 20))


# -- zstd ---------------------------------------------------------------------------


def skippable(data: bytes, number: int = 0) -> bytes:
    return struct.pack("<LL", 0x184D2A50 + number, len(data)) + data


def test_skippable_frames_are_looked_at() -> None:
    seen = read(skippable(b"token") + zstd(TAR) + skippable(b"token", 15))
    assert seen.paths == ["a", "text", "(skippable frame 1)", "(skippable frame 2)"]
    assert seen.bytes.count(b"token") == 2
    assert seen.clean
    assert read(zstd(b"1") + skippable(b"token")[:-1]).flaws
    assert len(read(skippable(b"x" * (3 << 20)) + zstd(b"")).bytes) > 3 << 20


def test_wide_windows_meet_a_limit() -> None:
    frame = b"\x28\xb5\x2f\xfd" + bytes([0, 0xA8]) + b"\x01\0\0"
    with pytest.raises(LimitError, match="max_window"):
        read(frame)


def test_a_dictionary_is_told() -> None:
    frame = b"\x28\xb5\x2f\xfd" + bytes([1, 0, 7]) + b"\x01\0\0"
    assert "dictionary" in read(frame).flaws[0]


def test_blocks_of_one_byte_do_not_fill_the_memory() -> None:
    size = 128 << 10
    block = (size << 3 | 1 << 1).to_bytes(3, "little") + b"A"
    frame = b"\x28\xb5\x2f\xfd" + bytes([0, 0x58]) + block * 3000
    with pytest.raises(LimitError, match="max_ratio"):
        read(frame)
    assert "truncated" in read(frame[:900]).flaws[0]


@pytest.mark.parametrize("front", [bytes(512), b"\x01" * 512, b"garbage" * 5000])
def test_members_behind_what_is_no_header_are_read(front: bytes) -> None:
    inner = front[: len(front) & -512] + honest_tar([("package/a.js", b"content")])
    seen = read(gzip.compress(inner))
    assert seen["package/a.js"] == b"content"
    assert not seen.clean


# -- bombs ---------------------------------------------------------------------------


@pytest.mark.parametrize("compress", ALL)
def test_expansion_meets_a_limit(compress: Compress) -> None:
    with pytest.raises(LimitError, match="max_expanded = 1000000"):
        read(compress(bytes(4 << 20)), limits=Limits(max_expanded=1_000_000))


def test_bombs_meet_a_limit() -> None:
    bomb = gzip.compress(bytes(2 << 20), 9, mtime=0) * 140
    with pytest.raises(LimitError, match=r"max_ratio = 1000, set with --limit ratio=N"):
        read(bomb, limits=Limits(max_ratio=1000))


def test_time_is_bounded() -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 1
        return now[0]

    budget = Budget(Limits(max_seconds=5), clock)
    with pytest.raises(LimitError, match=r"max_seconds = 5, set with --limit seconds=N"):
        list(open_archive(MemorySource(gzip.compress(bytes(30 << 20))), "gzip", budget))


def test_a_target_full_of_bombs_ends_soon() -> None:
    budget = Budget(Limits(max_ratio=100))
    bomb = gzip.compress(bytes(2 << 20), 9, mtime=0)
    first = bomb * 129
    with pytest.raises(LimitError, match="bomb"):
        drained(first, budget)
    used = budget.expanded
    for _ in range(63):
        with pytest.raises(LimitError, match="bomb"):
            drained(bomb * 5, budget)
    assert budget.expanded - used < 64 * (12 << 20)
    assert not budget.spent
    with pytest.raises(LimitError, match="64 decompression bombs"):
        drained(gzip.compress(b"honest"), budget)
    assert budget.spent


def drained(data: bytes, budget: Budget) -> None:
    for item in open_archive(MemorySource(data), "gzip", budget):
        if isinstance(item, Entry):
            item.read(1 << 40)


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_a_compress_stream_whatever_its_codes(bits: int) -> None:
    text = TEXT[:40_000] + random.Random(2).randbytes(4000) + b"z" * 9000
    assert read(old_compress(text, bits)).bytes == text
    cleared = bytearray(old_compress(b"abcdefgh"))
    cleared[3:12] = (256).to_bytes(9, "little")  # the table is emptied, and the group filled up
    assert read(bytes(cleared) + old_compress(b"abc")[3:]).bytes == b"abc"
    damaged = bytes(cleared) + (300).to_bytes(2, "little")
    assert "a code that stands for nothing" in read(damaged).flaws[0]


def test_a_compress_bomb_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dunnage.archives.limits.RATIO_FLOOR", 1 << 20)
    with pytest.raises(LimitError, match="max_ratio"):
        read(old_compress(bytes(1_200_000)), limits=Limits(max_ratio=20))


def test_an_lzip_trailer_is_checked() -> None:
    data = bytearray(lzip(TAR))
    data[-20] ^= 1
    assert read(bytes(data)).flaws == ["lzip: the CRC or a length does not match"]
    assert "truncated" in read(lzip(TAR)[:-3]).flaws[0]
    with pytest.raises(LimitError, match="window"):
        read(lzip(TAR)[:5] + b"\x1d" + lzip(TAR)[6:])


@pytest.mark.parametrize("version", [0, 1])
def test_both_versions_of_lzip(version: int) -> None:
    old = b"LZIP\0" + lzip(TAR)[5:-8]  # which tells no length of the member
    assert read(old + lzip(TAR) if version else old).entries
    assert read(old).flaws == []
    assert read(old[:-3]).flaws
    assert read(lzip(TAR)[:5] + b"\x1e" + lzip(TAR)[6:]).flaws, "no window that lzip knows"


@pytest.mark.parametrize("lc", [0, 2, 3])
@pytest.mark.parametrize("size", [1 << 12, 3 << 19, 1 << 23])
def test_unusual_lzma_is_known(lc: int, size: int) -> None:
    filters = [{"id": lzma.FILTER_LZMA1, "lc": lc, "lp": 1 if lc < 3 else 0, "dict_size": size}]
    data = lzma.compress(TAR, lzma.FORMAT_ALONE, filters=filters)
    assert sniff(data) == "lzma-alone"
    assert sniff(lzma.compress(b"short", lzma.FORMAT_ALONE, filters=filters)) == "lzma-alone"
    assert sniff(data[:1] + b"\0\0\x10\0" + bytes(9) + b"text" * 99) in (None, "lzma-alone")
    assert sniff(b"\1\0\0\x10\0" + bytes(90)) is None
    numbers = struct.pack("<600L", 4, 1 << 20, 0, *range(597))
    assert sniff(numbers[2:]) is None
    assert sniff(b"\0" + struct.pack("<LQ", 1 << 20, 400) + numbers) is None


def test_what_lies_behind_unusual_lzma_does_not_hide_it() -> None:
    filters = [{"id": lzma.FILTER_LZMA1, "lc": 0, "lp": 1, "dict_size": 1 << 16}]
    text = b"a text that says something\n" * 3
    data = lzma.compress(text, lzma.FORMAT_ALONE, filters=filters)
    raw = lzma.compress(text, lzma.FORMAT_RAW, filters=filters)
    known = data[:5] + struct.pack("<Q", len(text)) + raw
    for whole in (data + data, known + known, known + b"junk", data + bytes(range(256))):
        assert sniff(whole) == "lzma-alone"
        assert text in read(whole).bytes
