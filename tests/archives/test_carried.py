"""Streams in the middle of files of any size, whatever else these are, and behind them."""

from __future__ import annotations

import gzip
import lzma
import random
import struct
import zlib
from collections.abc import Callable

import binaries
import pytest
from packed import ar

from dunnage.archives.carried import Carried
from dunnage.archives.limits import Budget
from dunnage.model import Entry, Flaw, MemorySource
from dunnage.testing import lint, npm_tarball, render, tar_archive, zip_archive

Pack = Callable[[bytes], bytes]
NOISE = random.Random(3).randbytes(1_200_000)
CODE = b"".join(b"var v%d = %d;\n" % (n, n * n) for n in range(70_000))  # more than a MiB
SECRET = render('const t = "{github-token:ghp_}";\n').encode()
SEVEN = b"7z\xbc\xaf\x27\x1c\0\4" + zlib.crc32(bytes(20)).to_bytes(4, "little") + bytes(20)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def png(*chunks: bytes) -> bytes:
    first = chunk(b"IHDR", struct.pack(">2L5B", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + first + b"".join(chunks) + chunk(b"IEND", b"")


def elf(data: bytes) -> bytes:
    """A program whose one section table ends behind ``data``."""
    head = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<2HL3QL6H", 2, 62, 1, 0, 0, 64 + len(data),
                                                     0, 64, 0, 0, 64, 1, 0)  # fmt: skip
    return head + data + bytes(64)


HOLDERS: dict[str, Pack] = {
    "nothing known": lambda data: b"\1" + data,
    "text": lambda data: CODE[:300] + data,
    "program": elf,
    "png": lambda data: png(chunk(b"teSt", data)),
    "behind a png": lambda data: png() + data,
    "pdf": lambda data: b"%PDF-1.4\n" + data + b"\n%%EOF\n",
}
PACKS: dict[str, Pack] = {
    "gzip": gzip.compress,
    "tar.gz": lambda data: tar_archive({"package/a.js": data}, "gzip"),
    "zip": lambda data: zip_archive({"a.js": data}),
}


def told(name: str, data: bytes) -> tuple[set[str], list[str]]:
    run = lint(npm_tarball({name: data}))
    return {one.rule for one in run.findings}, [one.message for one in run.problems]


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("around", [b"\n\xff" * 70, NOISE])
def test_what_is_packed_is_found(holder: str, pack: str, around: bytes) -> None:
    packed = PACKS[pack](CODE + SECRET)
    rules, problems = told("a.bin", HOLDERS[holder](around + packed + around))
    assert "secret/github-token" in rules
    assert problems == []


@pytest.mark.parametrize("holder", HOLDERS)
def test_what_cannot_be_read_is_named(holder: str) -> None:
    for around in (b"\n\xff" * 70, NOISE):
        _, problems = told("a.bin", HOLDERS[holder](around + SEVEN + around))
        assert [one.startswith("what this 7z archive at ") for one in problems] == [True]


def read(data: bytes, *, ended: bool = False) -> dict[str, bytes]:
    found = {}
    for item in Carried(MemorySource(data), Budget(), ended=ended):
        assert isinstance(item, Entry), item
        found[item.path] = item.read()
    return found


def test_streams_lie_across_the_ends_of_what_is_read_at_once() -> None:
    packed = gzip.compress(b"a text that is long enough to be packed " * 9, mtime=0)
    for at in range((1 << 20) - 4200, (1 << 20) + 100, 61):
        data = NOISE[:at] + packed + b"\n" + packed + NOISE[:5000]
        assert list(read(data)) == [f"(gzip at {at})", f"(gzip at {at + len(packed) + 1})"]


def test_a_zip_ends_where_its_own_record_says() -> None:
    inner = zip_archive({"inner.js": b"1"})
    outer = zip_archive({"a.zip": inner, "b.js": b"2"}, stored=True)
    for begin in (7, 1_100_000):
        data = NOISE[:begin] + outer + NOISE[:100_000] + inner
        assert read(data, ended=True) == {f"(zip at {begin})": outer}
        assert list(read(data).values()) == [outer, inner]


def test_a_damaged_stream_hides_nothing_behind_it() -> None:
    packed = gzip.compress(CODE[:9000], mtime=0)
    data = b"\n" + packed[:2000] + b"\xff" * 99 + packed + b"\n"
    assert [name.partition(" at")[0] for name in read(data)] == ["(gzip"] * 2
    assert list(read(data).values())[1] == CODE[:9000]


def test_rules_go_back_to_a_program_that_another_holds_packed() -> None:
    packed = lzma.compress(binaries.elf({".debug_info": NOISE[:5000], ".debug_line": b"x"}))
    rules, problems = told("a.so", elf(NOISE[:3000] + packed + NOISE[:3000]))
    assert "debug/dwarf" in rules
    assert problems == []


def test_as_many_as_are_opened() -> None:
    packed = gzip.compress(NOISE[:80], mtime=0) + b"and\n"
    items = list(Carried(MemorySource(b"\n" + packed * 1001), Budget()))
    assert isinstance(items[-1], Flaw)


def test_profiles_and_chunks_of_ones_own() -> None:
    for kind, lead in ((b"iCCP", b"name\0\0"), (b"teSt", b"")):
        data = png(chunk(kind, lead + zlib.compress(SECRET)), chunk(b"IDAT", zlib.compress(b"0")))
        assert told("a.png", data) == ({"secret/github-token"}, [])


@pytest.mark.parametrize(
    "hold",
    [
        *(HOLDERS[name] for name in ("nothing known", "text")),
        lambda data: ar((b"debian-binary", b"2.0\n"), (b"data.tar.gz", data)),
    ],
)
def test_an_archive_in_a_stream_is_told_once(hold: Pack) -> None:
    data = hold(gzip.compress(tar_archive({"a/key.txt": SECRET, "b/key.txt": SECRET}), mtime=0))
    (finding,) = [f for f in lint(tar_archive({"x": data})).findings if f.rule[:6] == "secret"]
    assert finding.places == 2
    assert "compressed" not in "".join(finding.trail)


def test_the_form_of_an_archive_in_text_is_nobodys_business() -> None:
    packed = gzip.compress(tar_archive({"a.txt": SECRET}), mtime=0) + b"more bytes"
    text = "".join(f"\\x{byte:02x}" for byte in packed)
    run = lint(tar_archive({"probes": f"match m|{text}|\n"}))
    assert not [each for each in run.findings if each.rule.startswith("archive/")]
