"""Source maps that stand in code as an object or as a string, as loaders of style sheets put them
into bundles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct, field

from dunnage import lazy_regex, replace

_START = lazy_regex(
    rb"\{(?:\s|\\[nrt]){0,40}(\\?)[\"']?version\\?[\"']?\s{0,4}:\s{0,4}\\?[\"']?3\b"
)
_KEY = lazy_regex(rb"\s*[\"']?([A-Za-z_]\w{0,40})[\"']?\s*:\s*")
_WORD = lazy_regex(rb"[\w.+-]{1,40}")
_NEXT = lazy_regex(rb"\s*(,|\]|\})\s*")
_SPACE = lazy_regex(rb"\s*")
_ESCAPE = lazy_regex(rb"\\(.)", re.DOTALL)
_QUOTES = (b'"', b"'", b"`")
_ANALYZER = lazy_regex(rb"\bwindow\.chartData\s*=|<title>Rollup Visualizer</title>")
_TRIES = 100_000
"""Beginnings of maps that are none, in one file."""

_LEAST = 20
"""Fewer bytes of embedded text are nobody's source: a document that a test makes."""

_NAMES = 10
_NAME = 4096
_KEYS = 40


class MapInCode(Struct, frozen=True):
    """A source map in code: where it begins, and what it carries, as SourceMapFacts has it; the
    bytes are those that are written there."""

    start: int
    sources: int
    embedded_sources: int
    embedded: int
    sample: tuple[str, ...]
    roots: tuple[str, ...]


def maps_in_code(data: bytes) -> Iterator[MapInCode]:
    """The source maps in code that embed sources. Each byte is read a few times at most: what was
    read of one, be it none in the end, is not read again."""
    position = tries = 0
    while tries < _TRIES and (found := _START.search(data, position)):
        start = found.start()
        quote = data[start - 1 : start] if start else b""
        if found[1] or quote in (b"'", b"`"):  # "{\"version\":3,…" or '{"version":3,…'
            position = max(_close(data, start, b'"' if found[1] else quote), found.end())
            one, _ = _map_at(_ESCAPE.sub(_plain, data[start:position]), 0)
        else:
            one, position = _map_at(data, start)
            position = max(position, found.end())
        if one is None:
            tries += 1
        else:
            yield replace(one, start=start)


def of_analyzer(data: bytes) -> bool:
    """Whether it is the page of a bundle analyzer, with a bundle of the analyzer's own in it."""
    return _ANALYZER.search(data) is not None


def _plain(escape: re.Match[bytes]) -> bytes:
    return b" " if escape[1] in b"nrt" else escape[1]


class _Items(Struct):
    """The texts of an array: how many, of how many bytes, the first ones."""

    count: int = 0
    size: int = 0
    first: list[str] = field(default_factory=list)


def _map_at(data: bytes, start: int) -> tuple[MapInCode | None, int]:
    """The map whose brace is at ``start``, None if none is there; and where reading ended."""
    position, mapped, root = start + 1, False, ""
    sources, contents = _Items(), _Items()
    for _ in range(_KEYS):
        key = _KEY.match(data, position)
        if key is None:
            break
        position = key.end()
        if data[position : position + 1] == b"[":
            named = {b"sources": sources, b"sourcesContent": contents}
            position = _array(data, position + 1, named.get(key[1], _Items()))
        elif data[position : position + 1] in _QUOTES:
            end = _close(data, position + 1, data[position : position + 1])
            mapped |= key[1] == b"mappings"
            if key[1] == b"sourceRoot":
                root = data[position + 1 : end][:_NAME].decode("utf-8", "replace")
            position = end + 1
        elif value := _WORD.match(data, position):
            position = value.end()
        else:
            break
        behind = _NEXT.match(data, position)
        if behind is None or behind[1] == b"]":
            break
        position = behind.end()
        if behind[1] == b"}":
            if not (mapped and sources.count and contents.size >= _LEAST):
                break
            names = tuple(sources.first)
            roots = (root,) if root else ()
            one = MapInCode(start, sources.count, contents.count, contents.size, names, roots)
            return one, position
    return None, position


def _array(data: bytes, position: int, into: _Items) -> int:
    """Reads an array of texts, and gives the place behind it, or behind what could be read."""
    while True:
        if space := _SPACE.match(data, position):
            position = space.end()
        quote = data[position : position + 1]
        if quote in _QUOTES:
            end = _close(data, position + 1, quote)
            into.count += 1
            into.size += end - position - 1
            if len(into.first) < _NAMES:
                into.first.append(data[position + 1 : end][:_NAME].decode("utf-8", "replace"))
            position = end + 1
        elif word := _WORD.match(data, position):
            position = word.end()
        behind = _NEXT.match(data, position)
        if behind is None or behind[1] == b"}":
            return position
        position = behind.end()
        if behind[1] == b"]":
            return position


def _close(data: bytes, start: int, quote: bytes) -> int:
    """Where the string ends whose text begins at ``start``: its quote, or the end of the data. (A
    regular expression would keep a mark for each escape.)"""
    end = start
    while (end := data.find(quote, end)) >= 0:
        behind = end
        while behind > start and data[behind - 1] == 0x5C:
            behind -= 1
        if (end - behind) % 2 == 0:
            return end
        end += 1
    return len(data)
