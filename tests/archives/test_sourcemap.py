"""Source maps as archives, in memory and streamed."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from crafted import content

from dunnage.archives import Budget, Limits, is_source_map, open_source_map
from dunnage.archives.jsonscan import Scanner, items, keys
from dunnage.archives.jsontext import TextScanner
from dunnage.errors import ArchiveError, LimitError
from dunnage.model import Entry, Flaw, MemorySource, Source
from dunnage.sources import FileSource


class Reopened:
    """A source of unknown size, so that it is streamed."""

    size = None
    slice_of = None

    def __init__(self, data: bytes) -> None:
        self.data = data

    def open(self) -> Any:
        """A fresh stream that gives odd pieces."""
        return Drip(self.data)


class Drip(io.BytesIO):
    """Gives 7 bytes at a time, so that every token is split somewhere."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(7)


def map_of(**fields: Any) -> bytes:
    whole = {"version": 3, "sources": ["a.ts"], "sourcesContent": ["code"], "mappings": "AAAA"}
    return json.dumps({**whole, **fields}).encode()


def both(data: bytes) -> list[Source]:
    return [MemorySource(data), Reopened(data)]


def given(source: Source) -> tuple[list[tuple[str, bytes]], list[str]]:
    entries, flaws = [], []
    for item in open_source_map(source, Budget()):
        if isinstance(item, Entry):
            entries.append((item.path, item.read()))
        elif isinstance(item, Flaw):
            flaws.append(item.message)
    return entries, flaws


ODD_TEXT = 'a "quoted" \\ back\n\ttab ä 😀 \u2028 end'


@pytest.mark.parametrize("ascii_", [True, False])
def test_sources_are_entries(ascii_: bool) -> None:
    whole = {
        "mappings": "AA" * 40,
        "sourcesContent": [ODD_TEXT, None, "", "no name"],
        "names": [{"x": [1, 2.5e3, True, None]}],
        "sources": ["../src/a.ts", "b.ts", None],
        "version": 3,
        "sourceRoot": "root/",
    }
    data = json.dumps(whole, ensure_ascii=ascii_).encode()
    expected = [
        ("root/../src/a.ts", ODD_TEXT.encode()),
        ("root/source 3", b""),
        ("root/source 4", b"no name"),
    ]
    for source in both(data):
        assert given(source) == (expected, [])
    for source in both(b")]}'\n" + data) + both(b"\xef\xbb\xbf" + data):
        assert given(source) == (expected, [])
        facts = is_source_map(source)
        assert facts is not None
        assert (facts.version, facts.sources, facts.embedded_sources) == (3, 3, 3)
        assert facts.sample == ("../src/a.ts", "b.ts")
        assert facts.roots == ("root/",)
        assert facts.mappings
        assert not facts.sections


def test_index_maps() -> None:
    inner = json.loads(map_of())
    other = json.loads(map_of(sources=["b.ts"], sourcesContent=["more"], sourceRoot="r"))
    sections = [{"offset": {"line": 0}, "map": inner}, {"map": other}, {"url": "x"}, 5]
    data = json.dumps({"version": 3, "sections": sections}).encode()
    for source in both(data):
        assert given(source) == ([("a.ts", b"code"), ("r/b.ts", b"more")], [])
        facts = is_source_map(source)
        assert facts is not None
        assert facts.sections
        assert facts.sources == 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'"version"',
        b'{"version": 3}',
        b'{"version": 3, "mappings": "AAAA"}',
        b'{"version": 7, "mappings": "AAAA", "sources": []}',
        b'{"version": {}, "mappings": "AAAA", "sources": []}',
        b'{"version": 3, "mappings": 5, "sources": []}',
        b'{"version": 3, "mappings": "", "sources": {}}',
        b'{"name": "x", "version": "1.0.0", "sections": {}}',
        b"\xff\xfe{",
        b'{"a" 5}',
    ],
)
def test_what_is_no_source_map(data: bytes) -> None:
    for source in both(data):
        assert is_source_map(source) is None


def test_every_truncation_is_told() -> None:
    data = map_of(sources=["a.ts", "b.ts"], sourcesContent=["code" * 20, "more"])
    for cut in range(1, len(data)):
        for source in both(data[:cut]):
            assert given(source)[1], cut
    for source in both(data[: data.index(b"more")]):
        facts = is_source_map(source)
        assert facts is None or facts.sources == 2


def test_damage_keeps_what_came_before() -> None:
    data = map_of(sources=["a.ts", "b.ts"], sourcesContent=["first", "second"])
    cut = data[: data.index(b"second") + 3]
    entries, flaws = given(MemorySource(cut))
    assert entries == [("a.ts", b"first"), ("b.ts", b"sec")]
    assert flaws


def test_deep_nesting_and_odd_shapes() -> None:
    deep = b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b', "version": 3}'
    for source in both(deep):
        assert is_source_map(source) is None
        assert "nested deeper" in given(source)[1][0]
    fine = b'{"x": ' + b"[" * 5000 + b"]" * 5000 + b"," + map_of()[1:]
    assert given(MemorySource(fine)) == ([("a.ts", b"code")], [])
    for fields in (
        {"sources": [[], {}, 5, None], "sourcesContent": [[], {}, 5, "x"]},
        {"sourceRoot": 5, "sources": "x"},
        {"sourcesContent": {"a": "x"}},
    ):
        for source in both(map_of(**fields)):
            assert given(source)[1] == []


def test_surrogates_and_broken_escapes() -> None:
    data = map_of(sourcesContent=["x\ud800y", "\ud83d\ude00" * 900])
    entries, flaws = given(Reopened(data))
    assert entries[1][1] == "😀".encode() * 900
    assert not flaws
    assert entries[0][1] == "x\ud800y".encode("utf-8", "surrogatepass")
    raw = map_of().replace(b"code", b"co\xffde")
    assert given(MemorySource(raw))[0][0][1] == b"co\xffde"


def test_large_sources_are_streamed(tmp_path: Path) -> None:
    text = "line of code 😀\n" * 200_000
    data = map_of(sources=["a.ts", "b.ts"], sourcesContent=[text, "small"])
    path = tmp_path / "x.map"
    path.write_bytes(data)
    assert given(FileSource(path))[0] == [("a.ts", text.encode()), ("b.ts", b"small")]

    class Streamed(Reopened):
        def open(self) -> Any:
            return io.BytesIO(self.data)

    assert given(Streamed(data))[0] == [("a.ts", text.encode()), ("b.ts", b"small")]
    unread = [item for item in open_source_map(Streamed(data), Budget()) if isinstance(item, Entry)]
    assert unread[1].data == b"small"


def test_a_million_sources_meet_a_limit() -> None:
    data = map_of(sources=[], sourcesContent=[""] * 5000)
    for source in both(data):
        with pytest.raises(LimitError, match="max_entries"):
            list(open_source_map(source, Budget(Limits(max_entries=1000))))


@pytest.mark.parametrize("make", [TextScanner, lambda data: Scanner(io.BytesIO(data))])
def test_scanners_walk_json(make: Any) -> None:
    scan = make(b' { "a" : [ 1 , "x" , {} ] , "b" : { "c" : null } } ')
    seen = []
    for key in keys(scan):
        if key == "a":
            for index in items(scan):
                seen.append(index)
                scan.skip()
        else:
            scan.skip()
        seen.append(key)
    assert seen == [0, 1, 2, "a", "b"]
    with pytest.raises(ArchiveError):
        list(keys(make(b'{"a": 1 "b"}')))


def test_content_helper_reads_entries() -> None:
    entry = next(iter(open_source_map(MemorySource(map_of()), Budget())))
    assert isinstance(entry, Entry)
    assert content(entry, None) == b"code"  # type: ignore[arg-type] # nothing is wrong with it
