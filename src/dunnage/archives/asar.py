"""The archives of Electron's applications: a header in JSON, and the contents one behind another.

Source: the README of @electron/asar, "Format"; Chromium's base/pickle.h, which frames the header.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from dunnage.archives.flow import open_flow
from dunnage.archives.flowmember import Member
from dunnage.archives.jsonscan import keys
from dunnage.archives.jsontext import TextScanner
from dunnage.archives.labels import Labels
from dunnage.archives.limits import MIB, SMALL, Budget
from dunnage.archives.notes import BLOCK, Item, extra
from dunnage.archives.oddities import Oddities
from dunnage.archives.parts import part_of
from dunnage.archives.sniff import asar_header
from dunnage.archives.tarfields import text
from dunnage.errors import ArchiveError, LimitError
from dunnage.model import Entry, Flaw, Kind, MemorySource, Source

_MOST_HEADER = 24 * MIB
"""The longest header whose members are told apart: one file takes it some 300 bytes."""
_MOST_FOLDERS = 100
_MOST_DIGITS = 15
_OVERLAP_MOST = 256 * MIB


class _File(Struct, order=True):
    """A file as the header has it. ``offset`` counts from the first byte behind the header."""

    offset: int
    size: int
    raw: bytes
    mode: int


class AsarArchive:
    """An asar. What lies beside it, ``unpacked``, is named in its header alone."""

    format = "asar"

    def __init__(self, source: Source, budget: Budget, *, digests: bool = False) -> None:
        self._source = source
        self._budget = budget
        self._odd = Oddities()
        self._below = 0
        self._near = source.slice_of is not None or isinstance(source, MemorySource)
        self._flow, self._raw, _ = open_flow(source, "plain", budget, digests=digests, ahead=False)
        self.labels = Labels()
        self.digest: str | None = None
        self.inner_digest: str | None = None

    def __iter__(self) -> Iterator[Item]:
        try:
            yield from self._members()
            yield from self._odd.rest()
            self._flow.drain()
            self.inner_digest = self._flow.digest()
            self.digest = self._raw.digest()
        finally:
            self._flow.close()
            self._raw.close()

    def _members(self) -> Iterator[Item]:
        flow = self._flow
        flow.need(BLOCK)
        found = asar_header(flow.buf[:4096])
        if found is None:
            yield Flaw("asar: the header is damaged")
            return
        start, size, begin = found
        if size > _MOST_HEADER:
            most = _MOST_HEADER >> 20
            yield Flaw(f"asar: the header is larger than {most} MiB: no member was told apart")
            yield from self._between(None, "(all of it)")
            return
        header = flow.take(start + size)[start:]
        label, more = "(header)", len(header) > SMALL
        yield Entry(
            label,
            label.encode(),
            size=len(header),
            data=None if more else header,
            source=MemorySource(header) if more else None,
        )
        if len(header) < size:
            yield Flaw("truncated: the header of the asar is not whole")
        reading = _Reading(self._budget)
        yield from reading.header(header)
        for link in reading.links:
            self._odd.look(link.path, link.raw_path, link.kind)
            self._odd.link(link)
            yield link
        reading.files.sort()
        if begin > flow.offset:
            yield from self._between(begin - flow.offset, "(bytes behind the header)")
        for file in reading.files:
            yield from self._file(file, begin + file.offset)
        yield from self._between(None, "(bytes after the end)")
        if flow.fault is not None:
            yield Flaw(flow.fault)

    def _between(self, size: int | None, label: str) -> Iterator[Item]:
        """The next ``size`` bytes, which are no member's; None: all that are left."""
        flow, most = self._flow, SMALL + 1 if size is None else size
        have = flow.need(min(most, SMALL + 1))
        if have <= SMALL or most <= SMALL:
            data = flow.take(most)
            if data.strip(b"\0"):
                yield from self._unclaimed()
                yield extra(label, data)
            return
        yield from self._unclaimed()
        at = flow.offset
        content = Member(flow, size, lambda: part_of(self._source, at, size), label)
        yield Entry(label, label.encode(), size=size or 0, source=content)
        content.finish()

    def _unclaimed(self) -> Iterator[Item]:
        self._odd.add("trailing-data", "the asar holds bytes that are no member's")
        yield from self._odd.taken()

    def _file(self, file: _File, at: int) -> Iterator[Item]:
        flow, raw, size = self._flow, file.raw, file.size
        path = text(raw)
        self._odd.look(path, raw, Kind.FILE)
        if at > flow.offset:
            yield from self._between(at - flow.offset, f"(bytes at {flow.offset})")
        if size and at < flow.offset:
            yield from self._again(file, path, at)
            return
        yield from self._odd.taken()
        if size <= SMALL:
            data = flow.take(size)
            if len(data) < size:
                yield Flaw(f"truncated: {size - len(data)} bytes of {path} are missing", path)
            yield Entry(path, raw, size=size, mode=file.mode, data=data)
            return
        content = Member(flow, size, lambda: part_of(self._source, at, size), path)
        source: Source = content
        if self._source.slice_of is not None:
            source = part_of(self._source, at, size)  # which another process can read
        yield Entry(path, raw, size=size, mode=file.mode, source=source)
        if missing := content.finish():
            yield Flaw(f"truncated: {missing} bytes of {path} are missing", path)

    def _again(self, file: _File, path: str, at: int) -> Iterator[Item]:
        """A file that begins where another one has not ended."""
        flow, size = self._flow, file.size
        message = "the member lies over another one: bombs are made so"
        self._odd.add("overlapping-members", message, path)
        yield from self._odd.taken()
        if not self._near:
            yield Flaw("the member lies over another one, which has passed", path)
            return
        self._below += size
        if self._below > _OVERLAP_MOST:
            most = _OVERLAP_MOST >> 20
            raise self._budget.exceeded(f"members over one another, more than {most} MiB", "ratio")
        source = part_of(self._source, at, size)
        if size > SMALL:
            yield Entry(path, file.raw, size=size, mode=file.mode, source=source)
        else:
            with source.open() as stream:
                data = stream.read(size)
            yield Entry(path, file.raw, size=len(data), mode=file.mode, data=data)
        if (end := at + size) > flow.offset and (
            missing := end - flow.offset - flow.skip(end - flow.offset)
        ):
            yield Flaw(f"truncated: {missing} bytes of {path} are missing", path)


class _Reading:
    """The header's tree, read to lists: its ``files`` and ``links``."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.files: list[_File] = []
        self.links: list[Entry] = []
        self._flaws: list[Flaw] = []

    def header(self, header: bytes) -> Iterator[Flaw]:
        """Read it, up to its damage; gives what is wrong with it."""
        scan = TextScanner(header)
        try:
            self._node(scan, b"", 0)
            if scan.peek().strip(b"\0"):
                self._flaws.append(Flaw("asar: something follows the JSON of the header"))
        except LimitError:
            raise
        except ArchiveError as error:
            self._flaws.append(Flaw(f"asar: the header is damaged: {error}"))
        return iter(self._flaws)

    def _folder(self, scan: TextScanner, above: bytes, depth: int) -> None:
        if depth > _MOST_FOLDERS:
            raise ArchiveError(f"folders in more than {_MOST_FOLDERS} others")
        for name in keys(scan):
            self._node(scan, above + _encoded(name), depth)

    def _node(self, scan: TextScanner, raw: bytes, depth: int) -> None:
        """A file, a folder or a link; one of hostile making may be several."""
        fields: dict[str, str] = {}
        folder = False
        self._budget.count_entry()
        self._budget.path(len(raw))
        for key in keys(scan):
            value = scan.peek()
            if key == "files" and value == b"{":
                folder = True
                self._folder(scan, raw + b"/" if raw else b"", depth + 1)
            elif value == b'"':
                fields[key] = scan.string(1 << 16) or ""
            elif value in (b"{", b"["):
                scan.skip()
            else:
                fields[key] = scan.scalar().decode("ascii", "backslashreplace")
        self._noted(raw, fields, folder)

    def _noted(self, raw: bytes, fields: dict[str, str], folder: bool) -> None:
        mode = 0o755 if fields.get("executable") == "true" else 0o644
        if "link" in fields:
            # Its target counts from the root, as that of a hard link in a tar does.
            link = Entry(text(raw), raw, Kind.HARDLINK, mode=mode, link=fields["link"])
            self.links.append(link)
        if "offset" not in fields and (folder or "link" in fields or "unpacked" in fields):
            return  # what is unpacked lies beside the archive
        offset, size = fields.get("offset", ""), fields.get("size", "")
        if _is_number(offset) and _is_number(size):
            self.files.append(_File(int(offset), int(size), raw, mode))
        else:
            self._flaws.append(Flaw("the header of the asar does not say where it lies", text(raw)))


def _is_number(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS


def _encoded(name: str) -> bytes:
    """A name as bytes: those that were no UTF-8 again as they were."""
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogatepass")
