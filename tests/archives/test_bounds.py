"""What is opened inside other files costs little, however it was made."""

from __future__ import annotations

import gzip
import io
import random
import struct
import tracemalloc

import pytest
import zstandard
from packed import compound, iso

from dunnage import Entry, Flaw, MemorySource
from dunnage.archives import carried, ole, open_archive
from dunnage.archives.disk import Disk
from dunnage.archives.embedded import embedded, inflated
from dunnage.archives.hidden import opener_of
from dunnage.archives.limits import Budget, Limits
from dunnage.archives.parts import Passing
from dunnage.errors import LimitError
from dunnage.sources import StreamSource
from dunnage.testing import tar_archive

_KIND, _PLACE = 66, 116
NOISE = random.Random(3).randbytes(5000)


def folder_of(data: bytes | bytearray) -> int:
    return data.index("Root Entry".encode("utf-16-le"))


def with_entries(kind: int, count: int) -> bytearray:
    """A compound file of which each entry but the first is of this kind and names one stream."""
    rest = [(str(number), b"few") for number in range(count)]
    data = bytearray(compound(("a", NOISE * 2), *rest))
    low = folder_of(data)
    first = data[low + 128 + _PLACE : low + 256]
    for at in range(low + 128, low + 128 * (count + 2), 128):
        data[at + _KIND] = kind
        data[at + _PLACE : at + 128] = first
    return data


def test_roots_of_a_compound_file_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    chain = ole._chain

    def counted(table: list[int], start: int, *most: int) -> list[int]:
        asked.append(start)
        return chain(table, start, *most)

    monkeypatch.setattr(ole, "_chain", counted)
    budget = Budget()
    data = bytes(with_entries(5, 100))
    assert list(ole.Compound(MemorySource(data), budget)) == []
    assert budget.entries >= 100
    assert len(asked) == 3, "the folder, the table of the small sectors, and the root"
    with pytest.raises(LimitError):
        list(ole.Compound(MemorySource(data), Budget(Limits(max_entries=50))))


def test_streams_of_a_compound_file_over_one_another_end() -> None:
    data = bytes(with_entries(2, 100))
    items = list(ole.Compound(MemorySource(data), Budget()))
    assert [item.message for item in items if isinstance(item, Flaw)] == [ole._DAMAGED]


def test_a_stream_takes_the_sectors_that_its_length_asks_for() -> None:
    table = [*range(1, 1000), 0xFFFFFFFE]
    assert ole._chain(table, 0, 3) == [0, 1, 2]
    data = with_entries(2, 1)
    low = folder_of(data)
    packed = gzip.compress(NOISE, mtime=0)
    at = 512 + struct.unpack_from("<L", data, low + 128 + _PLACE)[0] * 512
    data[at : at + len(packed)] = packed
    data[low + 128 + _PLACE + 4 : low + 256] = struct.pack("<Q", len(packed))
    items = list(ole.Compound(MemorySource(bytes(data)), Budget()))
    assert [item.data for item in items if isinstance(item, Entry)][:1] == [packed]


def frame(*blocks: bytes) -> bytes:
    return b"\x28\xb5\x2f\xfd\0\x58" + b"".join(blocks)


@pytest.mark.usefixtures("ends")
def test_frames_of_zstd_that_are_none_are_charged() -> None:
    empty, reserved = bytes(3), b"\7\0\0"
    data = frame(*[empty] * 1000, reserved) + bytes(20)
    assert inflated(data, 0, len(data), 1 << 20) == (b"", 3006)
    many = bytearray(1 << 20)  # each leads to the same empty blocks
    many[2882 + 12_000 : 2882 + 12_003] = reserved
    ends = range(5, 320 * 9, 9)
    for end in ends:
        many[end - 4 : end + 5] = frame((2882 - end - 5 << 3).to_bytes(3, "little"))
    assert list(embedded(bytes(many), 0, len(many), list(ends))) == []


def test_frames_of_zstd_with_many_blocks() -> None:
    engine = zstandard.ZstdCompressor().compressobj()
    lines = [b"%0200d\n" % number for number in range(6000)]
    data = b"".join(
        engine.compress(line) + engine.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) for line in lines
    )
    data += engine.flush()
    content, taken = inflated(data, 0, len(data), 1 << 20)
    assert b"".join(lines).startswith(content)
    assert len(content) > 800_000
    assert taken <= len(data)


@pytest.mark.parametrize("more", [0, 1])
def test_as_many_streams_as_are_opened(more: int) -> None:
    packed = gzip.compress(NOISE[:80], mtime=0)
    data = b"# a file\n" + packed * (carried._MOST_STREAMS + more)
    data = data.replace(packed, packed + b"and\n")  # or they are one
    items = list(carried.Carried(MemorySource(data), Budget()))
    assert sum(isinstance(item, Entry) for item in items) == carried._MOST_STREAMS
    assert [item.message for item in items if isinstance(item, Flaw)] == [
        "more than 1000 compressed streams: those that follow were not opened"
    ] * more


def record(name: bytes, at: int, size: int, folder: bool = False) -> bytes:
    head = struct.pack("<BBL4xL4x7xB6xB", 34 + len(name), 0, at, size, 2 * folder, len(name))
    return (head + name).ljust(head[0], b"\0")


def deep(depth: int, count: int) -> bytes:
    """An image with so many folders in one another, and in the last so many files of no content."""
    out = b""
    for number in range(depth):
        size = 2048 if number < depth - 1 else 2048 * -(-count // 50)
        out += record(b"n" * 200, 19 + number, size, True).ljust(2048, b"\0")
    files = [record(b"f", 1 << 20, number + 1) for number in range(count)]
    for low in range(0, count, 50):
        out += b"".join(files[low : low + 50]).ljust(2048, b"\0")
    root = record(b"\0", 18, 2048, True)
    volume = (b"\1CD001\1".ljust(156, b"\0") + root).ljust(2048, b"\0")
    return bytes(32768) + volume + b"\xffCD001\1".ljust(2048, b"\0") + out


def test_files_of_an_image_take_little_room_before_they_are_met() -> None:
    data = deep(20, 10_000)
    tracemalloc.start()
    items = iter(Disk(MemorySource(data), Budget()))
    first = next(items)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(first, Flaw)
    assert "truncated: the image ends before " + "n" * 200 + "/" in first.message
    assert most < 8 * len(data)


def test_files_of_an_image_are_counted_when_they_are_named() -> None:
    with pytest.raises(LimitError, match="entries"):
        list(Disk(MemorySource(deep(2, 500)), Budget(Limits(max_entries=400))))
    budget = Budget()
    list(Disk(MemorySource(iso((b"A.TXT", b"text"), (b"B.TXT", b"text"))), budget))
    assert budget.entries == 3, "the root folder, and each file once"


def test_an_image_that_has_passed_is_told() -> None:
    made = iso((b"A.TGZ", gzip.compress(NOISE))).ljust(1 << 20, b"\0")
    assert opener_of(made[: 68 << 10]) is Disk
    passed = Passing(iter([made]), "a.iso", len(made))
    passed.open()
    (told,) = Disk(passed, Budget())
    assert isinstance(told, Flaw)
    assert "could not be read whole" in told.message
    for other in (bytes(68 << 10), bytes(510) + b"\x55\xaa" + bytes(70_000)):
        assert opener_of(other[: 68 << 10]) is None, "it is no image after all"


def test_what_is_held_of_members_is_let_go() -> None:
    content = NOISE * 300
    budget = Budget()
    stream = StreamSource(io.BytesIO(tar_archive({"a": content, "b": content})))
    for entry in open_archive(stream, "tar", budget):
        assert isinstance(entry, Entry)
        for _ in range(2):  # it has passed, and can be read again while it is held
            with entry.open() as opened:
                assert opened.read() == content
        assert budget.held == len(content)
    assert budget.held == 0
