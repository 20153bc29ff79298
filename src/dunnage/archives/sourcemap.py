"""A source map as an archive of the source files that it embeds. Source: ECMA-426."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, cast

import msgspec
from msgspec import Struct

from dunnage.archives.jsongrammar import encoded
from dunnage.archives.jsonscan import Scanner
from dunnage.archives.jsontext import TextScanner
from dunnage.archives.limits import SMALL, Budget
from dunnage.archives.mapfacts import (
    NAMES,
    OneMap,
    Survey,
    facts_of,
    in_memory,
    is_map,
    survey_of,
    walk_map,
)
from dunnage.archives.notes import Item
from dunnage.archives.parts import ByteStream
from dunnage.archives.tidymap import read_tidy
from dunnage.errors import ArchiveError, LimitError, NotRereadable
from dunnage.model import Entry, Flaw, MemorySource, Source

_KEPT = 4 << 20
"""Of documents up to this many bytes the texts are kept from the one reading."""


class _Content(Struct, frozen=True):
    """An embedded source in a document in memory: the number of its map and of the source in it,
    where its string lies, and the string's text, one character a byte, or as JSON; None of a
    string that does not end, and in a large document, where the texts would take as much memory
    again."""

    map: int
    index: int
    start: int
    end: int
    text: str | msgspec.Raw | None


class _Read(Struct):
    """A map in memory, read once."""

    survey: Survey
    contents: list[_Content]
    fault: ArchiveError | None = None
    numbers: Sequence[tuple[int, int]] = ()


def _read(data: bytes, budget: Budget) -> _Read:
    """What a document holds up to its end, its damage or a limit."""
    if tidy := read_tidy(data, min(budget.limits.max_entries, NAMES)):
        contents = [
            _Content(0, index, start, end, text)
            for (index, text), (start, end) in zip(tidy.texts, tidy.places, strict=True)
        ]
        return _Read(tidy.survey, contents, numbers=tidy.numbers)
    scan = TextScanner(data)
    read = _Read(Survey(), [])
    survey = read.survey
    try:
        for number, index in walk_map(scan, survey):
            if len(read.contents) > budget.limits.max_entries:
                raise budget.exceeded("more sources than are looked at", "entries")
            start = scan.offset + 1
            try:
                text, size = scan.text()
            except ArchiveError:
                read.contents.append(_Content(number, index, start, len(data), None))
                raise
            end = scan.offset - 1
            kept = text if len(data) <= _KEPT else None
            read.contents.append(_Content(number, index, end - size, end, kept))
            survey.embedded_sources += 1
            survey.embedded += size
    except ArchiveError as error:
        read.fault = error
    return read


def read_source_map(entry: Entry, budget: Budget) -> SourceMapArchive | None:
    """The source map in an entry whose ``data`` is at hand, read once for :func:`source_map_of` and
    for the archive; None when it is none, embeds nothing, is damaged or goes beyond a limit."""
    data = entry.data
    if data is None or b'"version"' not in data:
        return None
    if b'"mappings"' not in data and b'"sections"' not in data:
        return None
    read = _read(data, budget)
    if read.fault is not None or not is_map(read.survey):
        return None
    entry.memo["source-map"] = facts_of(read.survey)
    if not read.contents:
        return None
    return SourceMapArchive(MemorySource(data), budget, read)


class SourceMapArchive:
    """The embedded sources of a map, each under its name with ``sourceRoot`` before it.

    After iteration ``sources`` counts the names, ``embedded`` the bytes of source, ``roots`` holds
    the roots. ``spans`` are the places (start, end) in the document, where it was read in memory,
    of the embedded sources and of mappings that are nothing but numbers.
    """

    format = "source-map"
    digest: str | None = None
    inner_digest: str | None = None

    def __init__(
        self,
        source: Source,
        budget: Budget,
        read: _Read | None = None,
        survey: Survey | None = None,
    ) -> None:
        self._source = source
        self._budget = budget
        self._read = read
        self._survey = survey
        self.spans: list[tuple[int, int]] = []
        if read:
            self.spans = sorted([*((c.start, c.end) for c in read.contents), *read.numbers])
        self.sources = 0
        self.embedded = 0
        self.roots: tuple[str, ...] = ()
        self._given = 0

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
        data = in_memory(self._source)
        if data is not None:
            yield from self._held(data, self._read or _read(data, budget))
            return
        before = self._survey or self._surveyed()  # names may come after the contents
        self._told(before)
        with self._source.open() as stream:
            scan = Scanner(stream)
            for number, index in walk_map(scan, Survey()):
                path, raw = self._named(before.maps[number], index)
                yield from self._entry(path, raw, scan)

    def _surveyed(self) -> Survey:
        survey = Survey()
        with self._source.open() as stream:
            try:
                survey_of(Scanner(stream), survey, self._budget)
            except LimitError:
                raise
            except ArchiveError:
                pass  # met again by who reads the contents, after all before the damage
        return survey

    def _held(self, data: bytes, read: _Read) -> Iterator[Item]:
        self._told(read.survey)
        contents, read.contents = read.contents[::-1], []
        while contents:  # each text goes when it has been given
            one = contents.pop()
            path, raw = self._named(read.survey.maps[one.map], one.index)
            content = _text(one, data)
            self._count(len(content))
            if len(content) <= SMALL:
                yield Entry(path, raw, size=len(content), data=content)
            else:
                yield Entry(path, raw, size=len(content), source=MemorySource(content))
        if read.fault is not None:
            raise read.fault

    def _told(self, survey: Survey) -> None:
        self.sources = survey.sources
        self.roots = tuple(dict.fromkeys(one.root for one in survey.maps if one.root))

    def _named(self, one: OneMap, index: int) -> tuple[str, bytes]:
        self._given += 1
        self._budget.sources(self._given)
        self._budget.count_entry()
        raw = _path(one, index).encode("utf-8", "backslashreplace")
        self._budget.path(len(raw))
        return raw.decode(), raw

    def _entry(self, path: str, raw: bytes, scan: Scanner) -> Iterator[Item]:
        whole = scan.short()
        pieces = scan.pieces() if whole is None else iter((whole,))
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


def _text(one: _Content, data: bytes) -> bytes:
    """An embedded source in UTF-8."""
    if isinstance(one.text, msgspec.Raw):
        with contextlib.suppress(msgspec.DecodeError, UnicodeError):
            return msgspec.json.decode(one.text, type=str).encode()
    # An ASCII text is the same in Latin-1 and in UTF-8.
    elif one.text is not None and one.text.isascii():
        return one.text.encode()
    return encoded(data[one.start : one.end])


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


def _path(one: OneMap, index: int) -> str:
    name = one.names[index] if index < len(one.names) else None
    name = name or f"source {index + 1}"
    if one.root:
        return one.root.rstrip("/") + "/" + name
    return name


def open_source_map(
    source: Source, budget: Budget, survey: Survey | None = None
) -> SourceMapArchive:
    """The source map in ``source`` as an archive. Without its ``survey`` it is read twice, so the
    source must reopen."""
    return SourceMapArchive(source, budget, survey=survey)
