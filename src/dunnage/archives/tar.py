"""A strict, streaming reader of tar in all its dialects.

It reads what *any* unpacker would: where readers disagree, the disagreement is an Oddity and the
other reading's members are given, too. A bad header does not end it: it looks for the next
valid one, and what lies between is given as an entry, so that it is looked at.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

from dunnage.archives.flow import Flow
from dunnage.archives.labels import Labels
from dunnage.archives.limits import LONG_NAME, SMALL, Budget
from dunnage.archives.notes import Item, extra
from dunnage.archives.oddities import Oddities
from dunnage.archives.sniff import valid_header
from dunnage.archives.tarcontent import Contents
from dunnage.archives.tarext import KINDS as EXTENSIONS
from dunnage.archives.tarext import Extensions, old_sparse_map
from dunnage.archives.tarfields import (
    BLOCK,
    Pending,
    ascending,
    number,
    sparse_map,
    text,
    until_nul,
)
from dunnage.archives.targaps import end_mark, end_of_flow, resync
from dunnage.archives.tarviews import Views, is_header
from dunnage.model import Entry, Flaw, Kind, Source

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
_OLD_SPARSE = ord("S")
_RARE = frozenset(b"SV")
_OCTAL_MOST = 8 << 30
_CACHE = 4096
_VIEWS = 4
_MAP = 64 << 10


class TarReader:
    """Reads one tar from a flow. ``again`` gives the uncompressed bytes from their start once more,
    or raises NotRereadable. ``strict_end`` says that nothing else vouches for the length, so that a
    missing end mark is a flaw. ``depth`` counts how often a reading lies inside another one's
    content; it ends at the first bad header then."""

    def __init__(
        self,
        flow: Flow,
        again: Callable[[], Source],
        budget: Budget,
        labels: Labels,
        *,
        strict_end: bool = False,
        depth: int = 0,
    ) -> None:
        self._flow = flow
        self._budget = budget
        self._odd = Oddities()
        self._strict = strict_end
        self._depth = depth
        self._labels = labels
        self._contents = Contents(flow, again, self._odd)
        self._views = Views(self._contents, self._other if depth < _VIEWS else None)
        self._extensions = Extensions(self._contents, self._views, labels)
        self._modes: dict[bytes, tuple[int, int, int]] = {}
        self._rests: set[bytes] = set()

    def _other(self, flow: Flow, source: Source) -> Iterator[Item]:
        reader = TarReader(flow, lambda: source, self._budget, self._labels, depth=self._depth + 1)
        return reader.members()

    def members(self) -> Iterator[Item]:
        """Every member, and what is odd or missing."""
        flow, budget, odd, contents = self._flow, self._budget, self._odd, self._contents
        modes, adler, look = self._modes, zlib.adler32, odd.look
        labels, rests = self._labels, self._rests
        extensions, views, inner = self._extensions, self._views, self._depth > 0
        most = budget.limits.max_entries
        longest = min(budget.limits.max_path, LONG_NAME)
        pending: Pending | None = None
        while True:
            buf, pos = flow.buf, flow.pos
            body = pos + BLOCK
            if body > len(buf):
                have = flow.need(BLOCK)
                if have < BLOCK:
                    if not inner:
                        yield from end_of_flow(contents, have, pending, self._strict)
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
                if inner:
                    break
                if head == _ZEROS:
                    if (yield from end_mark(contents, pending)):
                        break
                    pending = None
                    continue
                yield from resync(contents, pending)
                pending = None
                continue
            digits = head[124:135]
            size: int | None
            if digits.isdigit() and head[135] < 48:  # some write a twelfth digit for the NUL
                size = _octal(digits)
            else:
                size = number(head[124:136])
                if size and head[124] == 0:
                    views.doubt(
                        flow.offset + BLOCK, "its size begins with a NUL, where most end it"
                    )
            if size is None or size < 0:
                yield Flaw("tar: a header's size is no number", text(until_nul(head[:100])))
                if inner:
                    break
                flow.pos = body
                yield from resync(contents, pending, moved=True)
                pending = None
                continue
            if flag in EXTENSIONS:
                labels.add(head[:100])
                labels.add(head[157:])
                flow.pos = body
                pending = yield from extensions.read(chr(flag), size, pending or Pending())
                continue
            flow.pos = body
            end = head.find(0, 0, 100)
            name = head[:end] if end >= 0 else head[:100]
            if end >= 0 and head.count(0, end, 100) != 100 - end:
                yield extra(f"(bytes behind the name of {text(name)})", head[end:100])
            if head[345] and head[257:263] == b"ustar\0":
                prefix = head[345:500].partition(b"\0")[0]
                name = prefix + b"/" + name
            kind = _KINDS.get(flag, _FILE)
            link: bytes | None = None
            if kind is not _FILE:
                link, _, rest = head[157:257].partition(b"\0")
                labels.add(rest if kind in _LINKS else link + b"\0" + rest)
            elif head[157]:
                yield extra(f"(link field of {text(name)})", head[157:257].rstrip(b"\0"))
            rest = head[257:]  # owners and what else no name or number is: much the same in each
            if rest not in rests:
                self._noted(rest)
            told = size
            if pending is not None or extensions.everywhere:
                pending = extensions.merged(pending)
                labels.add(head[:100])
                labels.add(head[157:257])
                name = pending.name if pending.name is not None else name
                link = pending.link if pending.link is not None and link is not None else link
                size = told if pending.size is None else pending.size
                if pending.sparse:
                    labels.add(name)
                    name = extensions.real(name, pending)
                    yield from self._sparse(name, pending.regions, size if pending.mapped else 0)
                for note, data in pending.notes:
                    yield extra(f"({note} of {text(name)})", data)
                yield from extensions.otherwise(name, size, pending)
            if flag in _RARE:
                if flag == _OLD_SPARSE:
                    yield from self._sparse(name, old_sparse_map(contents, head), 0)
                elif size:
                    views.doubt(
                        flow.offset, "it is a volume's label, which has no content for some"
                    )
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
            if kind is _FILE and path[-1:] == "/":
                if size:
                    views.doubt(flow.offset, "its name is that of a folder", path)
                else:
                    kind = Kind.DIR
            budget.entries += 1
            if budget.entries > most or not budget.entries & 255:
                budget.entries -= 1
                budget.count_entry()
            look(path, name, kind)
            if kind is not _FILE or told != size or views.ends:
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
                        yield contents.missing(path, size - len(data))
                        yield Entry(path, name, _FILE, size, mode, None, None, data, None, uid, gid)
                        continue
                flow.pos = after
                yield Entry(
                    path, name, _FILE, size, mode, None, None, buf[pos:stop], None, uid, gid
                )
                if stop != after and buf[stop:after].strip(b"\0"):
                    yield from contents.padding(path, buf[pos:stop], buf[stop:after])
            else:
                yield from contents.member(path, name, size, mode, uid, gid)
        yield from odd.rest()

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
        flow, odd, contents, views = self._flow, self._odd, self._contents, self._views
        start = flow.offset
        if kind is not _FILE:
            shown = text(link) if link is not None and kind in _LINKS else None
            entry = Entry(path, raw, kind, 0, mode, shown, uid=uid, gid=gid)
            if kind in _LINKS:
                odd.link(entry)
            elif kind is Kind.OTHER:
                odd.add("special-file", f"{_SPECIAL[flag]} has no place in a package", path)
            if size or told:
                odd.add(
                    "header-mismatch",
                    "a member of a kind that has no content declares some: readers disagree on"
                    " whether it is there, and so on where the next member begins",
                    path,
                )
                if flow.need(BLOCK) >= BLOCK and is_header(flow.buf[flow.pos : flow.pos + BLOCK]):
                    views.expect(start + (max(size, told) + 511 & -512))
                    size = 0
            yield from odd.taken()
            yield entry
            if not size:
                if views.ends:
                    views.inside(start, 0)
                return
        elif told != size:
            if size < _OCTAL_MOST:
                odd.add(
                    "header-mismatch",
                    f"the PAX header says {size} bytes, the tar header {told}: a reader that"
                    " ignores one of them sees other members (CVE-2025-62518)",
                    path,
                )
            views.expect(start + (told + 511 & -512))
        yield from odd.taken()
        span = size + 511 & -512
        held = views.held(span) if views.ends else None
        yield from contents.member(path, raw, size, mode, uid, gid)
        if views.ends:
            yield from views.look(start, span, held)

    def _noted(self, rest: bytes) -> None:
        if len(self._rests) > _CACHE:
            self._rests.clear()
        self._rests.add(rest)
        self._labels.add(rest)

    def _mode(self, key: bytes) -> tuple[int, int, int]:
        if len(self._modes) > _CACHE:
            self._modes.clear()
        mode, uid, gid = (number(key[at : at + 8]) or 0 for at in (0, 8, 16))
        found = (mode & 0o7777, uid, gid)
        self._modes[key] = found
        return found

    def _sparse(self, name: bytes, regions: list[int], size: int) -> Iterator[Item]:
        """A sparse member; of ``size`` bytes when its content begins with its map."""
        self._odd.add(
            "sparse-member",
            "a sparse member: its holes are not unpacked here, and not every tool knows the form",
            text(name),
        )
        if size:
            flow, span = self._flow, min(size, _MAP)
            flow.need(span)
            regions = sparse_map(flow.buf[flow.pos : flow.pos + span])
        if not ascending(regions):
            yield Flaw(
                "the regions of the sparse member are stored in another order than they are"
                " unpacked in: they were looked at as they are stored",
                text(name),
            )


def _octal(digits: bytes) -> int:
    try:
        return int(digits, 8)
    except ValueError:
        return -1
