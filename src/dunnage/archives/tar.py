"""A strict, streaming reader of tar in all its dialects.

It reads what *any* unpacker would: where readers disagree, the disagreement is an Oddity and the
other reading's members are given, too. A bad header does not end it: it looks for the next
valid one, and what lies between is given as an entry, so that it is looked at.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

from dunnage.archives.codecs import extra
from dunnage.archives.flow import Flow, Member, part_of
from dunnage.archives.limits import SMALL, Budget
from dunnage.archives.oddities import Oddities
from dunnage.archives.sniff import valid_header
from dunnage.archives.tarfields import BLOCK, Pending, decimal, number, pax_records, text, until_nul
from dunnage.errors import ArchiveError
from dunnage.model import Entry, Flaw, Kind, MemorySource, Oddity, Source

if TYPE_CHECKING:
    from dunnage.archives.codecs import Item

_ZEROS = bytes(BLOCK)
_FILE = Kind.FILE
_KINDS = {
    ord("1"): Kind.HARDLINK,
    ord("2"): Kind.SYMLINK,
    ord("3"): Kind.OTHER,
    ord("4"): Kind.OTHER,
    ord("5"): Kind.DIR,
    ord("6"): Kind.OTHER,
    ord("D"): Kind.DIR,
}
_SPECIAL = {ord("3"): "a character device", ord("4"): "a block device", ord("6"): "a FIFO"}
_LINKS = (Kind.SYMLINK, Kind.HARDLINK)
_EXTENSIONS = frozenset(b"LKxXg")
_OVERLAP = 64 << 10
_CACHE = 4096


class TarReader:
    """Reads one tar from a flow. ``again`` gives the uncompressed bytes from their start once more,
    or raises NotRereadable. ``strict_end`` says that nothing else vouches for the length, so that a
    missing end mark is a flaw."""

    def __init__(
        self,
        flow: Flow,
        again: Callable[[], Source],
        budget: Budget,
        *,
        strict_end: bool = False,
        inner: bool = False,
    ) -> None:
        self.flow = flow
        self.again = again
        self.budget = budget
        self.odd = Oddities()
        self.strict_end = strict_end
        self.inner = inner
        self.ends: set[int] = set()  # where another reader expects a header
        self._modes: dict[bytes, tuple[int, int, int]] = {}
        self._globals: dict[bytes, bytes] = {}
        self._first = True

    def members(self) -> Iterator[Item]:
        """Every member, and what is odd or missing."""
        flow, budget, odd = self.flow, self.budget, self.odd
        modes, adler, look = self._modes, zlib.adler32, self.odd.look
        limits = budget.limits
        longest, most = limits.max_path, limits.max_entries
        pending: Pending | None = None
        while True:
            buf, pos = flow.buf, flow.pos
            body = pos + BLOCK
            if body > len(buf):
                have = flow.need(BLOCK)
                if have < BLOCK:
                    yield from self._end(have, pending)
                    break
                buf, pos = flow.buf, flow.pos
                body = pos + BLOCK
            head = buf[pos:body]
            flag = head[156]
            # The common member: a regular file under a short name, plain octal numbers.
            digits = head[148:154]
            if not (
                digits.isdigit()
                and adler(head, 0) & 0xFFFF == (_octal(digits) + sum(head[148:156]) - 256) % 65521
            ) and not valid_header(head):
                if head == _ZEROS:
                    if (yield from self._zeros(pending)):
                        break
                    pending = None
                    continue
                if self.inner:
                    break
                yield from self._resync(pending)
                pending = None
                continue
            self._first = False
            digits = head[124:135]
            size: int | None
            if digits.isdigit():
                size = _octal(digits)
            else:
                size = number(head[124:136])
            if size is None or size < 0:
                yield Flaw("tar: a header's size is no number", text(until_nul(head[:100])))
                if self.inner:
                    break
                flow.pos = body
                yield from self._resync(pending, moved=True)
                pending = None
                continue
            if flag in _EXTENSIONS:
                flow.pos = body
                pending = yield from self._extension(chr(flag), size, pending or Pending())
                continue
            flow.pos = body
            end = head.find(0, 0, 100)
            name = head[:end] if end >= 0 else head[:100]
            if head[345] and head[257:263] == b"ustar\0":
                prefix = head[345:500].partition(b"\0")[0]
                name = prefix + b"/" + name
            kind = _KINDS.get(flag, _FILE)
            link: bytes | None = None
            if kind is not _FILE:
                link = head[157:257].partition(b"\0")[0]
            told = size
            if pending is not None or self._globals:
                pending = self._with_globals(pending)
                name = pending.name if pending.name is not None else name
                link = pending.link if pending.link is not None and link is not None else link
                size = told if pending.size is None else pending.size
                if pending.sparse:
                    name = pending.real_name or name
                    self._sparse(name)
                for note, data in pending.notes:
                    yield Entry(f"({note} of {text(name)})", b"", size=len(data), data=data)
            if flag == 83:  # "S", old GNU sparse
                self._skip_sparse_maps(head)
                self._sparse(name)
            if len(name) > longest:
                budget.path(len(name))
            try:
                path = name.decode()
            except UnicodeDecodeError:
                path = text(name)
            key = head[100:124]
            found = modes.get(key)
            if found is None:
                found = self._mode(key)
            mode, uid, gid = found
            if kind is _FILE and path[-1:] == "/" and not size:
                kind = Kind.DIR
            budget.entries += 1
            if budget.entries > most or not budget.entries & 255:
                budget.entries -= 1
                budget.count_entry()
            look(path, name, kind)
            if kind is not _FILE or told != size or self.ends:
                yield from self._unusual(path, name, kind, flag, told, size, mode, link, uid, gid)
                pending = None
                if odd.extra:
                    yield from odd.taken()
                continue
            pending = None
            if odd.extra:
                yield from odd.taken()
            if size <= SMALL:
                buf, pos = flow.buf, flow.pos
                stop = pos + size
                after = pos + (size + 511 & -512)
                if after > len(buf):
                    have = flow.need(after - pos)
                    buf, pos = flow.buf, flow.pos
                    stop, after = pos + size, pos + min((size + 511 & -512), max(have, size))
                    if have < size:
                        data = buf[pos:]
                        flow.pos = len(buf)
                        yield self._missing(path, size - len(data))
                        yield Entry(path, name, _FILE, size, mode, None, None, data, None, uid, gid)
                        continue
                flow.pos = after
                yield Entry(
                    path, name, _FILE, size, mode, None, None, buf[pos:stop], None, uid, gid
                )
                if stop != after and buf[stop:after].strip(b"\0"):
                    yield from self._padding(path, buf[stop:after])
            else:
                yield from self._large(path, name, _FILE, size, mode, uid, gid)
        yield from odd.rest()

    def _missing(self, path: str, count: int) -> Flaw:
        fault = self.flow.fault
        why = f": {fault}" if fault else ""
        return Flaw(f"truncated: {count} bytes of the content are missing{why}", path)

    def _padding(self, path: str, data: bytes) -> Iterator[Item]:
        self.odd.add(
            "trailing-data", "the padding behind this member is not empty; no tool unpacks it", path
        )
        yield from self.odd.taken()
        name = f"(padding behind {path})"
        yield Entry(name, name.encode("utf-8", "replace"), size=len(data), data=data)

    def _source(self, offset: int, size: int | None) -> Source:
        return part_of(self.again(), offset, size)

    def _large(
        self, path: str, raw: bytes, kind: Kind, size: int, mode: int, uid: int, gid: int
    ) -> Iterator[Item]:
        flow = self.flow
        offset = flow.offset
        source: Source
        local = self._local(offset, size)
        if local is not None:
            yield Entry(path, raw, kind, size, mode, None, None, None, local, uid, gid)
            missing = size - flow.skip(size)
        else:
            member = Member(flow, size, lambda: self._source(offset, size), path)
            source = member
            yield Entry(path, raw, kind, size, mode, None, None, None, source, uid, gid)
            missing = member.finish()
        if missing:
            yield self._missing(path, missing)
            return
        rest = flow.take(-size % BLOCK)
        if rest.strip(b"\0"):
            yield from self._padding(path, rest)

    def _local(self, offset: int, size: int) -> Source | None:
        if self.flow.total is None or offset + size > self.flow.total:
            return None
        source = self.again()
        return part_of(source, offset, size) if source.slice_of is not None else None

    def _unusual(
        self,
        path: str,
        raw: bytes,
        kind: Kind,
        flag: int,
        told: int,
        size: int,
        mode: int,
        link: bytes | None,
        uid: int,
        gid: int,
    ) -> Iterator[Item]:
        """A member that is no file, or on whose extent readers disagree."""
        flow, odd = self.flow, self.odd
        shown = text(link) if link is not None and kind in _LINKS else None
        entry = Entry(path, raw, kind, size, mode, shown, uid=uid, gid=gid)
        if kind in _LINKS:
            odd.link(entry)
        elif kind is Kind.OTHER:
            odd.add("special-file", f"{_SPECIAL[flag]} has no place in a package", path)
        start = flow.offset
        content = 0
        if kind is not _FILE:
            if size:
                odd.add(
                    "header-mismatch",
                    "a member of a kind that has no content declares some: readers disagree on"
                    " whether it is there, and so on where the next member begins",
                    path,
                )
                if flow.need(BLOCK) >= BLOCK and self._is_header(flow.buf[flow.pos : flow.pos + BLOCK]):
                    self._expect(start + (size + 511 & -512))
                else:
                    content = size
            yield from odd.taken()
            entry.size = 0
            yield entry
            if not content:
                if size:
                    yield from self._pass_ends(start, 0)
                return
        else:
            content = size
            if told != size:
                odd.add(
                    "header-mismatch",
                    f"the PAX header says {size} bytes, the tar header {told}: a reader that"
                    " ignores one of them sees other members (CVE-2025-62518)",
                    path,
                )
                self._expect(start + (told + 511 & -512))
        yield from odd.taken()
        span = content + 511 & -512
        inside = sorted(at for at in self.ends if at < start + span)
        if not inside:
            yield from self._content(path, raw, content, mode, uid, gid)
            return
        self.ends.difference_update(inside)
        held = None
        if span <= SMALL * 8 and flow.need(span) >= span:
            held = flow.buf[flow.pos : flow.pos + span]
        yield from self._content(path, raw, content, mode, uid, gid)
        for at in inside:
            if at < start or at == start + span:
                continue
            yield from self._other_view(start, span, at, held)

    def _content(
        self, path: str, raw: bytes, size: int, mode: int, uid: int, gid: int
    ) -> Iterator[Item]:
        flow = self.flow
        if size > SMALL:
            yield from self._large(path, raw, _FILE, size, mode, uid, gid)
            return
        data = flow.take(size)
        if len(data) < size:
            yield self._missing(path, size - len(data))
        yield Entry(path, raw, _FILE, size, mode, None, None, data, None, uid, gid)
        rest = flow.take(-size % BLOCK)
        if rest.strip(b"\0"):
            yield from self._padding(path, rest)

    def _expect(self, offset: int) -> None:
        if len(self.ends) < 1000:
            self.ends.add(offset)

    def _pass_ends(self, start: int, span: int) -> Iterator[Item]:
        self.ends = {at for at in self.ends if at > start + span}
        yield from ()

    def _other_view(self, start: int, span: int, at: int, held: bytes | None) -> Iterator[Item]:
        """The members that a reader sees who expects a header at ``at``."""
        size = start + span - at
        try:
            if held is not None:
                data = held[at - start :]
                source: Source = MemorySource(data)
            else:
                source = self._source(at, size)
            flow = Flow(_blocks(source), self.budget, charge=False)
            if flow.need(BLOCK) < BLOCK or not self._is_header(flow.buf[:BLOCK]):
                return
        except (ArchiveError, OSError) as error:
            yield Flaw(f"the members that another reader would see could not be looked at: {error}")
            return
        inner = TarReader(flow, lambda: source, self.budget, inner=True)
        for item in inner.members():
            if isinstance(item, Entry):
                self.odd.add(
                    "hidden-member",
                    "only a reader that ignores the other header's size sees this member",
                    item.path,
                )
                yield from self.odd.taken()
                yield item
            elif isinstance(item, Oddity) and item.kind not in ("trailing-data",):
                yield item
        past = at + flow.offset
        if past > start + span:
            self._expect(past)

    @staticmethod
    def _is_header(head: bytes) -> bool:
        return head[148:154].strip(b" \0").isdigit() and valid_header(head)

    def _mode(self, key: bytes) -> tuple[int, int, int]:
        if len(self._modes) > _CACHE:
            self._modes.clear()
        mode, uid, gid = (number(key[at : at + 8]) or 0 for at in (0, 8, 16))
        found = (mode & 0o7777, uid, gid)
        self._modes[key] = found
        return found

    def _with_globals(self, pending: Pending | None) -> Pending:
        merged = Pending()
        merged.apply(self._globals)
        if pending is not None:
            for field in ("name", "link", "size", "real_name"):
                value = getattr(pending, field)
                if value is not None:
                    setattr(merged, field, value)
            merged.sparse, merged.notes = pending.sparse, pending.notes
        return merged

    def _extension(self, flag: str, size: int, pending: Pending) -> Generator[Item, None, Pending]:
        """A header that speaks of the next member, or of all (``g``)."""
        flow, budget = self.flow, self.budget
        budget.count_entry()
        start = flow.offset
        if size > budget.limits.max_header:
            yield Flaw(str(budget.exceeded("an extension header is too large", "header")))
            name = f"(extension header at {start})"
            yield from self._large(name, name.encode(), _FILE, size, 0, 0, 0)
            return pending
        span = size + 511 & -512
        data = flow.take(span)
        inside = [at for at in self.ends if start <= at < start + span]
        for at in inside:
            yield from self._other_view(start, span, at, data)
        if len(data) < size:
            yield Flaw("truncated: the archive ends in an extension header")
            return pending
        data = data[:size]
        if flag in "LK":
            value = until_nul(data)
            known = pending.name if flag == "L" else pending.link
            if known is not None and known != value:
                self._ambiguous(value)
            if flag == "L":
                pending.name = value
            else:
                pending.link = value
            return pending
        pax = pax_records(data)
        if pax.fault is not None:
            yield Flaw(f"tar: the PAX header at byte {start} is damaged: {pax.fault}")
            pending.notes.append(("damaged PAX header", data))
        told = pax.records.get(b"size")
        if told is not None and decimal(told) is None:
            yield Flaw(f"tar: the PAX header at byte {start} gives a size that is no number")
        if flag == "g":
            for key in (b"path", b"linkpath", b"size"):
                if key in pax.records:
                    self._globals[key] = pax.records[key]
                    self.odd.add(
                        "header-mismatch",
                        "a global PAX header gives all members one name or size: readers that"
                        " ignore it see others",
                    )
        else:
            path = pax.records.get(b"path")
            if None not in (path, pending.name) and path != pending.name:
                self._ambiguous(path or b"")
            pending.apply(pax.records)
            pending.sparse = pending.sparse or pax.sparse
        long = b"\n".join(
            value
            for key, value in pax.records.items()
            if key not in _USUAL and (len(value) >= 16 or len(key) > 64)
        )
        if long:
            pending.notes.append(("PAX records", data))
        return pending

    def _ambiguous(self, name: bytes) -> None:
        self.odd.add(
            "header-mismatch",
            "two extension headers give one member different names: readers disagree on which counts",
            text(name),
        )

    def _sparse(self, name: bytes) -> None:
        self.odd.add(
            "sparse-member",
            "a sparse member: its holes are not unpacked here, and not every tool knows the form",
            text(name),
        )

    def _skip_sparse_maps(self, head: bytes) -> None:
        more = head[482]
        while more:
            block = self.flow.take(BLOCK)
            more = block[504] if len(block) == BLOCK else 0

    def _zeros(self, pending: Pending | None) -> Generator[Item, None, bool]:
        """Zero blocks: the end mark, or not. Returns True when nothing follows."""
        flow = self.flow
        if pending is not None:
            yield Flaw("tar: an extension header has no member")
        count = 0
        while flow.need(BLOCK) > 0:
            seen = flow.buf[flow.pos :]
            rest = seen.lstrip(b"\0")
            zeros = len(seen) - len(rest)
            if rest:
                zeros -= (count + zeros) % BLOCK
            flow.pos += zeros
            count += zeros
            if rest:
                break
        else:
            if flow.fault is not None:
                yield Flaw(flow.fault)
            return True
        if self.inner:
            return True
        if flow.need(BLOCK) >= BLOCK and self._is_header(flow.buf[flow.pos : flow.pos + BLOCK]):
            if count // BLOCK == 1:
                self.odd.add(
                    "hidden-member",
                    "members follow a single zero block: some readers end there, others go on",
                )
            else:
                self.odd.add(
                    "trailing-data",
                    "members follow the end mark: most readers end there, those that ignore zeros"
                    " go on",
                )
            yield from self.odd.taken()
            return False
        self.odd.add("trailing-data", "bytes follow the end mark of the tar")
        yield from self.odd.taken()
        yield from after_the_end(flow, lambda: self._source(flow.offset, None))
        if flow.fault is not None:
            yield Flaw(flow.fault)
        return True

    def _resync(self, pending: Pending | None, *, moved: bool = False) -> Iterator[Item]:
        """After a bad header: to the next valid one; what lies between is given as it is."""
        flow = self.flow
        head = flow.buf[flow.pos : flow.pos + BLOCK]
        name = until_nul(head[:100]) if not moved else b""
        start = flow.offset
        if not moved:
            where = text(name) if name and name.isascii() else None
            yield Flaw(
                f"tar: the header at byte {start} is damaged; what follows it up to the next member"
                " is looked at as it lies",
                where,
            )
        label = f"(bytes between members at {start})"
        tail = b""
        skip = 0 if moved else BLOCK
        while (have := flow.need(2 * BLOCK)) > 0:
            buf, pos = flow.buf, flow.pos
            have = min(have, SMALL)
            stop = pos + have if have < BLOCK else pos + (have & -BLOCK)
            at = pos + skip
            skip = 0
            while at + BLOCK <= stop:
                if buf[at + 148 : at + 156].strip(b" \0").isdigit() and valid_header(
                    buf[at : at + BLOCK]
                ):
                    break
                at += BLOCK
            else:
                at = stop
            data = buf[pos:at]
            flow.pos = at
            if data.strip(b"\0"):
                whole = tail + data
                yield Entry(label, label.encode(), size=len(whole), data=whole)
                tail = data[-_OVERLAP:]
            if at < stop:
                return

    def _end(self, have: int, pending: Pending | None) -> Iterator[Item]:
        flow = self.flow
        if self.inner:
            return
        if pending is not None:
            yield Flaw("truncated: the archive ends after an extension header")
        if have > 0:
            data = flow.take(have)
            if data.strip(b"\0"):
                yield Flaw("truncated: the archive ends in a header")
                yield extra("(bytes after the end)", data)
        if flow.fault is not None:
            yield Flaw(flow.fault)
        elif self.strict_end and pending is None and have <= 0:
            yield Flaw("the tar has no end mark: it may be truncated")


def after_the_end(flow: Flow, again: Callable[[], Source]) -> Iterator[Item]:
    """All that is left in the flow, as one entry."""
    path = "(bytes after the end)"
    have = flow.need(SMALL + 1)
    if have <= SMALL:
        data = flow.take(have)
        if data:
            yield extra(path, data)
        return
    member = Member(flow, None, again, path)
    yield Entry(path, path.encode(), source=member)
    member.finish()


def _octal(digits: bytes) -> int:
    try:
        return int(digits, 8)
    except ValueError:
        return -1


def _blocks(source: Source) -> Iterator[bytes]:
    with source.open() as stream:
        while block := stream.read(SMALL):
            yield block


_USUAL = frozenset(
    b"path linkpath size mtime atime ctime uid gid uname gname hdrcharset charset comment".split()
)
