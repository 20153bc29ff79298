"""What a source map carries, told by reading it once. Source: ECMA-426."""

from __future__ import annotations

from array import array
from collections.abc import Generator
from typing import BinaryIO, cast

from msgspec import Struct, field

from dunnage.archives.jsonscan import Scanner, items, keys
from dunnage.archives.jsontext import TextScanner
from dunnage.archives.limits import Budget
from dunnage.errors import ArchiveError
from dunnage.model import Entry, MemorySource, Source

NAMES = 200_000
"""Names of sources that are kept."""

_SAMPLE = 10
NAME = 64 << 10
"""Bytes of a name, as written; longer ones are not kept."""

_HELD = 16 << 20
_SECTIONS = 8


class SourceMapFacts(Struct, frozen=True):
    """What a source map carries: how many sources it names and embeds, how many bytes of source (as
    UTF-8, escapes not undone), the first names, the roots."""

    version: int
    sources: int
    embedded: int
    embedded_sources: int
    sample: tuple[str, ...]
    roots: tuple[str, ...]
    sections: bool
    mappings: bool
    file: str | None = None


class OneMap(Struct):
    """One map of a document; an index map has several. Names beyond 200,000 in all are not kept."""

    root: str = ""
    names: list[str | None] = field(default_factory=list)
    contents: int = 0


class Survey(Struct):
    """What has been met of a document so far. ``spans`` are the places (start, end, start, …) of
    the embedded sources; those that follow one another are one."""

    version: int | None = None
    maps: list[OneMap] = field(default_factory=list)
    sources: int = 0
    embedded: int = 0
    embedded_sources: int = 0
    has_sources: bool = False
    has_sections: bool = False
    has_mappings: bool = False
    file: str | None = None
    spans: array[int] = field(default_factory=lambda: array("Q"))


def walk_map(
    scan: Scanner | TextScanner, survey: Survey, depth: int = 0
) -> Generator[tuple[int, int], None, None]:
    """Walk a map, noting what it has in ``survey``; stops at each embedded source with the number
    of its map and its own in it. The caller passes the string."""
    number = len(survey.maps)
    this = OneMap()
    survey.maps.append(this)
    for key in keys(scan):
        first = scan.peek()
        if key == "version" and depth == 0 and first not in b'{["':
            survey.version = _version(scan.scalar())
        elif key == "version" and depth == 0 and first == b'"':
            survey.version = _version((scan.string(8) or "").encode("ascii", "replace"))
        elif key == "mappings" and first == b'"':
            survey.has_mappings = True
            scan.skip()
        elif key == "sourceRoot" and first == b'"':
            this.root = scan.string(NAME) or ""
        elif key == "file" and first == b'"' and depth == 0:
            survey.file = scan.string(NAME)
        elif key == "sources" and first == b"[":
            survey.has_sources = True
            for _ in items(scan):
                name = None
                if scan.peek() == b'"':
                    name = scan.string(NAME)
                else:
                    scan.skip()
                if survey.sources < NAMES:
                    this.names.append(name)
                survey.sources += 1
        elif key == "sourcesContent" and first == b"[":
            for index in items(scan):
                if scan.peek() == b'"':
                    yield number, index
                else:
                    scan.skip()
                this.contents = max(this.contents, index + 1)
        elif key == "sections" and first == b"[" and depth < _SECTIONS:
            survey.has_sections = True
            for _ in items(scan):
                yield from _section(scan, survey, depth)
        else:
            scan.skip()


def _section(
    scan: Scanner | TextScanner, survey: Survey, depth: int
) -> Generator[tuple[int, int], None, None]:
    if scan.peek() != b"{":
        scan.skip()
        return
    for key in keys(scan):
        if key == "map" and scan.peek() == b"{":
            yield from walk_map(scan, survey, depth + 1)
        else:
            scan.skip()


def _version(text: bytes) -> int | None:
    return int(text) if text.isdigit() and len(text) < 4 else None


def is_map(survey: Survey) -> bool:
    """Whether what was met makes a map: a version, and mappings of sources, or sections."""
    if survey.version not in (1, 2, 3):
        return False
    return survey.has_sections or (survey.has_mappings and survey.has_sources)


def survey_of(scan: Scanner | TextScanner, survey: Survey, budget: Budget | None = None) -> None:
    """Walk a document for what it has alone. Raises ArchiveError where it is damaged."""
    spans, following = survey.spans, (-1, -1)
    for place in walk_map(scan, survey):
        if budget is not None and not survey.embedded_sources & 255:
            budget.tick()
        start = scan.offset + 1
        survey.embedded_sources += 1
        survey.embedded += scan.length()
        if place == following:
            spans[-1] = scan.offset - 1
        else:
            spans.extend((start, scan.offset - 1))
        following = place[0], place[1] + 1


def in_memory(source: Source) -> bytes | None:
    """The document when it is small enough to hold."""
    if isinstance(source, MemorySource) or (source.size is not None and source.size <= _HELD):
        with source.open() as stream:
            return stream.read()
    return None


def is_source_map(source: Source) -> SourceMapFacts | None:
    """What a source map carries, None when the content is none: told by content, a JSON object with
    a version, and either ``mappings`` and ``sources``, or ``sections``. Reads ``source`` once."""
    survey = Survey()
    try:
        data = in_memory(source)
        if data is not None:
            if b'"version"' in data and (b'"mappings"' in data or b'"sections"' in data):
                survey_of(TextScanner(data), survey)
        else:
            with source.open() as stream:
                survey_of(Scanner(stream), survey)
    except (ArchiveError, OSError):
        pass  # a damaged map is one if what was read so far says so; reading it tells the damage
    return facts_of(survey) if is_map(survey) else None


def facts_of(survey: Survey) -> SourceMapFacts:
    """The facts that a survey came to."""
    named = [name for one in survey.maps for name in one.names if name]
    return SourceMapFacts(
        version=survey.version or 0,
        sources=survey.sources,
        embedded=survey.embedded,
        embedded_sources=survey.embedded_sources,
        sample=tuple(_shown(name) for name in named[:_SAMPLE]),
        roots=tuple(dict.fromkeys(_shown(one.root) for one in survey.maps if one.root))[:_SAMPLE],
        sections=survey.has_sections,
        mappings=survey.has_mappings,
        file=None if survey.file is None else _shown(survey.file),
    )


def source_map_of(entry: Entry) -> SourceMapFacts | None:
    """What the source map in ``entry`` carries, None when it is none; worked out once an entry.
    Raises as :meth:`Entry.open`."""
    if "source-map" not in entry.memo:
        source = MemorySource(entry.data) if entry.data is not None else entry.source
        entry.open().close()  # bytes that have passed are told, and no miss
        entry.memo["source-map"] = is_source_map(source) if source is not None else None
    return cast("SourceMapFacts | None", entry.memo["source-map"])


def large_survey(entry: Entry, stream: BinaryIO, budget: Budget) -> Survey | None:
    """The survey of a source map that ``stream`` holds from its first byte; None when it is none,
    embeds nothing, is damaged or goes beyond a limit. What it says is kept for
    :func:`source_map_of`."""
    survey = Survey()
    try:
        survey_of(Scanner(stream), survey, budget)
    except (ArchiveError, OSError):
        return None
    if not is_map(survey):
        return None
    entry.memo["source-map"] = facts_of(survey)
    return survey if survey.embedded_sources else None


def _shown(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode()
