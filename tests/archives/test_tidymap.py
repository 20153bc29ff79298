"""The two ways of reading a source map in memory say the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunnage.archives import Limits, mapfacts, read_source_map, sourcemap
from dunnage.archives.limits import Budget
from dunnage.archives.tidymap import read_tidy
from dunnage.model import Entry

TEXT = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    [
        '"',
        "\\",
        '\\"',
        "a\\u0041",
        "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
        "é",
    ]
)
MAPS = st.fixed_dictionaries(
    {
        "version": st.just(3),
        "sources": st.lists(st.none() | TEXT, max_size=6),
        "mappings": st.just("AAAA;"),
    },
    optional={
        "sourcesContent": st.lists(st.none() | TEXT, max_size=6),
        "sourceRoot": TEXT,
        "file": st.none() | TEXT,
        "names": st.lists(TEXT, max_size=3),
        "x_google_ignoreList": st.lists(st.integers(0, 5)),
    },
)


def _told(data: bytes) -> Any:
    entry = Entry("a.map", b"a.map", size=len(data), data=data)
    archive = read_source_map(entry, Budget(Limits()))
    facts = entry.memo.get("source-map")
    if archive is None:
        return facts, None
    entries = [(item.raw_path, item.data) for item in archive if isinstance(item, Entry)]
    tidy = sourcemap.read_tidy(data, 9)
    numbers = tidy.numbers if tidy else []
    spans = [span for span in archive.spans if span not in numbers]
    return facts, entries, spans, archive.sources, archive.roots


def _both(data: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    quick = _told(data)
    with monkeypatch.context() as patch:
        patch.setattr(sourcemap, "read_tidy", lambda *_: None)
        return quick, _told(data)


@given(document=MAPS, ascii_only=st.booleans(), indent=st.sampled_from([None, 1]))
def test_they_say_the_same(document: dict[str, Any], ascii_only: bool, indent: int | None) -> None:
    data = json.dumps(document, ensure_ascii=ascii_only, indent=indent).encode()
    with pytest.MonkeyPatch.context() as patch:
        quick, slow = _both(data, patch)
    assert quick == slow


def test_it_is_read_so() -> None:
    data = b'{"version":3,"sources":["a","b"],"sourcesContent":[null,"x\\ny"],"mappings":""}'
    tidy = read_tidy(data, 9)
    assert tidy is not None
    assert [data[start:end] for start, end in tidy.places] == [b"x\\ny"]
    assert tidy.survey.embedded == 4
    assert read_tidy(data, 1) is None


@pytest.mark.parametrize(
    "data",
    [
        b'{"version":3,"sources":["a"],"mappings":"","sourcesContent":["x"],"sourcesContent":["y"]}',
        b'{"version":3,"sources":["a"],"mappings":"","sourcesContent":["x"],"sourcesConten\\u0074":["y"]}',
        b'{"version":3,"sources":["a"],"mappings":"","sourcesContent":["x"],"sections":[]}',
        b'{"version":3,"sources":["a"],"mappings":7,"sourcesContent":["x"]}',
        b'{"version":"3","sources":["a"],"mappings":"","sourcesContent":["x"]}',
        b'{"version":3,"sources":["a", 7],"mappings":"","sourcesContent":["x"]}',
        b'{"version":3,"sources":["a"],"mappings":"","sourcesContent":["\xff\xfe"]}',
        b'{"version":3,"sources":["a"],"mappings":"","sourcesContent":["\\ud800"]}',
        b'{"version":3,"sources":["a"],"mappings":"","sourcesContent":["x", 3, {"a": "x"}, "y"]}',
        b'\xef\xbb\xbf{"version":3,"sources":["a"],"mappings":"","sourcesContent":["x"]}',
        b')]}\'\n{"version":3,"sources":["a"],"mappings":"","sourcesContent":["x"]}',
        b'{"version":3,"sources":["a"],"mappings":"","sourcesContent":["x"]} trailing',
        b'{"version":3,"sources":["'
        + b"n" * mapfacts.NAME
        + b'"],"mappings":"","sourcesContent":["x"]}',
        b'{"version":3,"sources":["a"],"mappings":"","sourcesContent":["x"]',
    ],
)
def test_odd_ones_say_the_same(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    quick, slow = _both(data, monkeypatch)
    assert quick == slow


def test_mappings_that_are_nothing_but_numbers_have_a_place() -> None:
    numbers = "AAAA;AAAAA,SAASA;;ACDA"
    for before, after in (('"mappings":', ""), ('"mappings" : ', " ")):
        data = f'{{"version":3,"sources":["a"],{before}"{numbers}"{after}}}'.encode()
        tidy = read_tidy(data, 9)
        assert tidy is not None
        ((low, high),) = tidy.numbers
        assert data[low:high].decode() == numbers


@pytest.mark.parametrize("inside", ["AAAA,_AAA", "AAAA;A BA", "A" * 16, "AAAA;" + "bC9/" * 5])
def test_mappings_that_hold_something_else_are_looked_at(inside: str) -> None:
    tidy = read_tidy(f'{{"version":3,"sources":["a"],"mappings":"{inside}"}}'.encode(), 9)
    assert tidy is not None
    assert tidy.numbers == []
