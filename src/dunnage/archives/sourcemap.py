"""A source map as an archive of the source files that it embeds. Source: ECMA-426."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from dunnage.archives.jsonscan import Scanner, TextScanner, encoded, items, keys
from dunnage.archives.limits import SMALL, Budget
from dunnage.archives.notes import Item
from dunnage.archives.parts import ByteStream
from dunnage.errors import ArchiveError, LimitError, NotRereadable
from dunnage.model import Entry, Flaw, MemorySource, Source

_NAMES = 200_000
_SAMPLE = 10
_NAME = 64 << 10
_HELD = 32 << 20
_SECTIONS = 8


@dataclass(frozen=True, slots=True)
class SourceMapFacts:
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


@dataclass(slots=True)
class _Map:
    """One map of a document; an index map has several. Names beyond 200,000 in all are not kept."""

    root: str = ""
    names: list[str | None] = field(default_factory=list)
    contents: int = 0


@dataclass(slots=True)
class _Survey:
    version: int | None = None
    maps: list[_Map] = field(default_factory=list)
    sources: int = 0
    embedded: int = 0
    embedded_sources: int = 0
    has_sources: bool = False
    has_sections: bool = False
    has_mappings: bool = False
    file: str | None = None


def _walk(
    scan: Scanner | TextScanner, survey: _Survey, depth: int = 0
) -> Generator[tuple[int, int], None, None]:
    """Walk a map, noting what it has in ``survey``; stops at each embedded source with the number
    of its map and its own in it. The caller passes the string."""
    number = len(survey.maps)
    this = _Map()
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
            this.root = scan.string(_NAME) or ""
        elif key == "file" and first == b'"' and depth == 0:
            survey.file = scan.string(_NAME)
        elif key == "sources" and first == b"[":
            survey.has_sources = True
            for _ in items(scan):
                name = None
                if scan.peek() == b'"':
                    name = scan.string(_NAME)
                else:
                    scan.skip()
                if survey.sources < _NAMES:
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
    scan: Scanner | TextScanner, survey: _Survey, depth: int
) -> Generator[tuple[int, int], None, None]:
    if scan.peek() != b"{":
        scan.skip()
        return
    for key in keys(scan):
        if key == "map" and scan.peek() == b"{":
            yield from _walk(scan, survey, depth + 1)
        else:
            scan.skip()


def _version(text: bytes) -> int | None:
    return int(text) if text.isdigit() and len(text) < 4 else None


def _is_map(survey: _Survey) -> bool:
    if survey.version not in (1, 2, 3):
        return False
    return survey.has_sections or (survey.has_mappings and survey.has_sources)


def _survey(scan: Scanner | TextScanner, survey: _Survey, budget: Budget | None = None) -> None:
    for _ in _walk(scan, survey):
        if budget is not None and not survey.embedded_sources & 255:
            budget.tick()
        survey.embedded_sources += 1
        survey.embedded += scan.length()


def _in_memory(source: Source) -> bytes | None:
    """The document when it is small enough to hold."""
    if isinstance(source, MemorySource) or (source.size is not None and source.size <= _HELD):
        with source.open() as stream:
            return stream.read()
    return None


def is_source_map(source: Source) -> SourceMapFacts | None:
    """What a source map carries, None when the content is none: told by content, a JSON object with
    a version, and either ``mappings`` and ``sources``, or ``sections``. Reads ``source`` once."""
    survey = _Survey()
    try:
        data = _in_memory(source)
        if data is not None:
            if b'"version"' in data and (b'"mappings"' in data or b'"sections"' in data):
                _survey(TextScanner(data), survey)
        else:
            with source.open() as stream:
                _survey(Scanner(stream), survey)
    except (ArchiveError, OSError):
        pass  # a damaged map is one if what was read so far says so; reading it tells the damage
    return _facts(survey) if _is_map(survey) else None


def _facts(survey: _Survey) -> SourceMapFacts:
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
        entry.memo["source-map"] = is_source_map(source) if source is not None else None
    return cast("SourceMapFacts | None", entry.memo["source-map"])


def _shown(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode()


@dataclass(frozen=True, slots=True)
class _Content:
    """An embedded source in a document in memory: the number of its map and of the source in it,
    where its string lies, and the string's text, one character a byte; None of a string that
    does not end."""

    map: int
    index: int
    start: int
    end: int
    text: str | None


@dataclass(slots=True)
class _Read:
    """A map in memory, read once."""

    survey: _Survey
    contents: list[_Content]
    fault: ArchiveError | None = None


def _read(data: bytes, budget: Budget) -> _Read:
    """Raises LimitError."""
    scan = TextScanner(data)
    read = _Read(_Survey(), [])
    survey = read.survey
    try:
        for number, index in _walk(scan, survey):
            if len(read.contents) > budget.limits.max_entries:
                raise budget.exceeded("more sources than are looked at", "entries")
            start = scan.offset + 1
            try:
                text, size = scan.text()
            except ArchiveError:
                read.contents.append(_Content(number, index, start, len(data), None))
                raise
            end = scan.offset - 1
            read.contents.append(_Content(number, index, end - size, end, text))
            survey.embedded_sources += 1
            survey.embedded += size
    except LimitError:
        raise
    except ArchiveError as error:
        read.fault = error
    return read


def read_source_map(entry: Entry, budget: Budget) -> SourceMapArchive | None:
    """The source map in an entry whose ``data`` is at hand, read once for :func:`source_map_of` and
    for the archive; None when it is none, embeds nothing, or is damaged. Raises LimitError."""
    data = entry.data
    if data is None or b'"version"' not in data:
        return None
    if b'"mappings"' not in data and b'"sections"' not in data:
        return None
    read = _read(data, budget)
    if read.fault is not None or not _is_map(read.survey):
        return None
    entry.memo["source-map"] = _facts(read.survey)
    if not read.contents:
        return None
    return SourceMapArchive(MemorySource(data), budget, read)


class SourceMapArchive:
    """The embedded sources of a map, each under its name with ``sourceRoot`` before it.

    After iteration ``sources`` counts the names, ``embedded`` the bytes of source, ``roots`` holds
    the roots. ``spans`` are the places (start, end) of the embedded sources in the document, where
    it was read in memory.
    """

    format = "source-map"
    digest: str | None = None
    inner_digest: str | None = None

    def __init__(self, source: Source, budget: Budget, read: _Read | None = None) -> None:
        self._source = source
        self._budget = budget
        self._read = read
        self.spans = [(c.start, c.end) for c in read.contents] if read else []
        self.sources = 0
        self.embedded = 0
        self.roots: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Item]:
        try:
            yield from self._entries()
        except LimitError:
            raise
        except NotRereadable as error:
            yield Flaw(f"the source map had to be read twice: {error}")
        except (ArchiveError, OSError) as error:
            yield Flaw(str(error))

    def _entries(self) -> Iterator[Item]:
        budget = self._budget
        data = _in_memory(self._source)
        if data is not None:
            yield from self._held(data, self._read or _read(data, budget))
            return
        before = _Survey()
        with self._source.open() as stream:  # names may come after the contents
            try:
                _survey(Scanner(stream), before, budget)
            except LimitError:
                raise
            except ArchiveError:
                pass  # met again below, after all that can be read before the damage
        self._told(before)
        with self._source.open() as stream:
            scan = Scanner(stream)
            for number, index in _walk(scan, _Survey()):
                path, raw = self._named(before.maps[number], index)
                yield from self._entry(path, raw, scan)

    def _held(self, data: bytes, read: _Read) -> Iterator[Item]:
        self._told(read.survey)
        for one in read.contents:
            path, raw = self._named(read.survey.maps[one.map], one.index)
            # An ASCII text is the same in Latin-1 and in UTF-8.
            text = one.text
            if text is not None and text.isascii():
                content = text.encode()
            else:
                content = encoded(data[one.start : one.end])
            self._count(len(content))
            if len(content) <= SMALL:
                yield Entry(path, raw, size=len(content), data=content)
            else:
                yield Entry(path, raw, size=len(content), source=MemorySource(content))
        if read.fault is not None:
            raise read.fault

    def _told(self, survey: _Survey) -> None:
        self.sources = survey.sources
        self.roots = tuple(dict.fromkeys(one.root for one in survey.maps if one.root))

    def _named(self, one: _Map, index: int) -> tuple[str, bytes]:
        self._budget.count_entry()
        raw = _path(one, index).encode("utf-8", "backslashreplace")
        self._budget.path(len(raw))
        return raw.decode(), raw

    def _entry(self, path: str, raw: bytes, scan: Scanner) -> Iterator[Item]:
        pieces = scan.pieces()
        held: list[bytes] = []
        size = 0
        for part in pieces:
            held.append(part)
            size += len(part)
            if size > SMALL:
                break
        else:
            data = encoded(b"".join(held))
            self._count(len(data))
            yield Entry(path, raw, size=len(data), data=data)
            return
        content = _Embedded(itertools.chain(held, pieces), self._count, path)
        yield Entry(path, raw, size=size, source=content)
        content.finish()

    def _count(self, size: int) -> None:
        self.embedded += size
        self._budget.expand(size)


class _Embedded:
    """A large embedded source: it can be read once, while it is the current entry."""

    slice_of = None
    size: int | None = None

    def __init__(self, pieces: Iterator[bytes], count: Callable[[int], None], path: str) -> None:
        self._pieces = pieces
        self._count = count
        self._path = path
        self._rest = b""
        self._opened = False

    def open(self) -> BinaryIO:
        """The content. Raises NotRereadable the second time."""
        if self._opened:
            raise NotRereadable(f"{self._path}: too large to be held, and has passed")
        self._opened = True
        return cast("BinaryIO", ByteStream(self._take))

    def _take(self, most: int) -> bytes:
        while not self._rest:
            part = next(self._pieces, None)
            if part is None:
                return b""
            self._rest = encoded(part)
            self._count(len(self._rest))
        part, self._rest = self._rest[:most], self._rest[most:]
        return part

    def finish(self) -> None:
        """Pass what was not read."""
        self._opened = True
        self._rest = b""
        for _ in self._pieces:
            pass


def _path(one: _Map, index: int) -> str:
    name = one.names[index] if index < len(one.names) else None
    name = name or f"source {index + 1}"
    if one.root:
        return one.root.rstrip("/") + "/" + name
    return name


def open_source_map(source: Source, budget: Budget) -> SourceMapArchive:
    """The source map in ``source`` as an archive. It is read twice, so the source must reopen."""
    return SourceMapArchive(source, budget)
