"""Extension headers of tar: what they say of the next member, or of all."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from dunnage.archives.labels import Labels
from dunnage.archives.limits import SMALL
from dunnage.archives.notes import Item
from dunnage.archives.tarcontent import Contents
from dunnage.archives.tarfields import BLOCK, Pending, decimal, number, pax_records, text, until_nul
from dunnage.archives.tarviews import Views
from dunnage.lazy import lazy_regex
from dunnage.model import Entry, Flaw

KINDS = frozenset(b"LKxXg")
"""GNU's long name and long link; POSIX's, Solaris's and the global extended header."""

_NAMES = (b"path", b"linkpath")
_USUAL = frozenset(b"size mtime atime ctime uid gid uname gname hdrcharset charset".split())
_USUAL_LENGTH = 64
_SHORT = 16
_NAMED = 8
_MAPS = 10_000
_COMMIT = lazy_regex(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")  # what git archive writes as comment
_USUAL_PREFIXES = (
    b"SCHILY.xattr.security.", b"LIBARCHIVE.xattr.security.", b"SCHILY.xattr.com.apple.",
    b"LIBARCHIVE.xattr.com.apple.", b"SCHILY.acl.", b"SCHILY.dev", b"SCHILY.ino", b"SCHILY.nlink",
    b"SCHILY.fflags", b"SCHILY.realsize", b"LIBARCHIVE.creationtime", b"GNU.sparse.",
    b"MSWINDOWS.", b"NODETAR.", b"RHT.security.",
)  # fmt: skip


class Extensions:
    """Reads them, and remembers the global ones."""

    def __init__(self, contents: Contents, views: Views, labels: Labels) -> None:
        self.everywhere: dict[bytes, bytes] = {}
        self._contents = contents
        self._views = views
        self._labels = labels

    def read(self, flag: str, size: int, pending: Pending) -> Generator[Item, None, Pending]:
        """The header whose data comes next in the flow."""
        flow, odd = self._contents.flow, self._contents.odd
        budget = flow.budget
        budget.count_entry()
        start = flow.offset
        if size > budget.limits.max_header:
            yield Flaw(str(budget.exceeded("an extension header is too large", "header")))
            name = f"(extension header at {start})"
            yield from self._contents.member(name, name.encode(), size, 0, 0, 0)
            return pending
        span = size + 511 & -512
        data = flow.take(span)
        if pending.size is not None and pending.size != size:
            end = start + (pending.size + 511 & -512)
            self._views.doubt(end, "a PAX header's size stands before another extension header")
        if self._views.ends:
            yield from self._views.look(start, span, data)
        if len(data) < size:
            yield Flaw("truncated: the archive ends in an extension header")
            pending.notes.append(("extension header", data))
            return pending
        padded, data = data, data[:size]
        if flag in "LK":
            long = until_nul(data)
            if until_nul(padded) != long:  # some read the name to the end of the block
                self._ambiguous(until_nul(padded), pending, flag == "L")
            self._behind(padded[len(long) :], start, pending)
            self._long(flag, long, pending)
            return pending
        self._behind(padded[size:], start, pending)
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
                    self.everywhere[key] = pax.records[key]
                    odd.add(
                        "header-mismatch",
                        "a global PAX header gives all members one name or size: readers that"
                        " ignore it see others",
                    )
        else:
            path = pax.records.get(b"path")
            if path is not None and pending.name is not None and path != pending.name:
                self._ambiguous(pending.name, pending)
            for key, value in pax.earlier:
                if key in _NAMES:
                    self._ambiguous(value, pending, key == b"path")
                elif key == b"size":
                    pending.apply({key: value})
            pending.apply(pax.records)
            pending.sparse = pending.sparse or pax.sparse
            pending.regions += pax.regions
        if not all(map(_usual, pax.records, pax.records.values())):
            pending.notes.append(("PAX records", data))
        else:
            for key, value in pax.records.items():
                if len(value) >= _SHORT and key not in _NAMES and key[-4:] != b"time":
                    self._labels.add(value)
        return pending

    def _behind(self, rest: bytes, start: int, pending: Pending) -> None:
        """Look at what fills the last block of an extension header, if it is not zeros."""
        if rest.strip(b"\0"):
            self._contents.odd.add(
                "trailing-data", f"bytes lie behind the extension header at byte {start}"
            )
            pending.notes.append(("bytes behind an extension header", rest.strip(b"\0")))

    def merged(self, pending: Pending | None) -> Pending:
        """What is said of the next member, by its own headers and by the global ones."""
        if not self.everywhere:
            return pending or Pending()
        both = Pending()
        both.apply(self.everywhere)
        if pending is not None:
            for field in ("name", "link", "size", "real_name"):
                value = getattr(pending, field)
                if value is not None:
                    setattr(both, field, value)
            both.sparse, both.notes = pending.sparse, pending.notes
            both.names, both.sizes = pending.names, pending.sizes
            both.regions, both.mapped = pending.regions, pending.mapped
        return both

    def real(self, name: bytes, pending: Pending) -> bytes:
        """The name of a sparse member, where ``name`` is its stand-in's."""
        real = pending.real_name
        if real and b"GNUSparseFile." not in name and name.lstrip(b"./") != real.lstrip(b"./"):
            self._ambiguous(name, pending)  # those who do not know the form give it that name
        return real or name

    def otherwise(self, name: bytes, size: int, pending: Pending) -> Iterator[Item]:
        """What other readers make of the next member: where they see its end, and the same content
        under the other names that they give it."""
        flow, views = self._contents.flow, self._views
        for other in pending.sizes:
            if other != size:
                views.doubt(flow.offset + (other + 511 & -512), "PAX headers give it several sizes")
        if b"\0" in name:
            pending.names.append(until_nul(name))
        names = dict.fromkeys(pending.names)
        names.pop(name, None)
        data = views.held(size) if names and size <= SMALL else None
        for also in names if data is not None else ():
            if also:
                yield Entry(text(also), also, size=size, data=data)

    def _long(self, flag: str, value: bytes, pending: Pending) -> None:
        known = pending.name if flag == "L" else pending.link
        if known is not None and known != value:
            self._ambiguous(known, pending, flag == "L")
        if flag == "L":
            pending.name = value
        else:
            pending.link = value

    def _ambiguous(self, name: bytes, pending: Pending, own: bool = True) -> None:
        """Note that the next member, or with ``own`` off its link, has another name as well."""
        if own and len(pending.names) < _NAMED:
            pending.names.append(name)
        self._contents.odd.add(
            "header-mismatch",
            "two extension headers give one member different names: readers disagree on which"
            " counts",
            text(name),
        )


def _usual(key: bytes, value: bytes) -> bool:
    """Whether a PAX record holds nothing that should be looked at."""
    if key in _NAMES or key.startswith(_USUAL_PREFIXES):
        return True
    if key in _USUAL:
        return len(value) <= _USUAL_LENGTH
    if key == b"comment" and _COMMIT.fullmatch(value):
        return True
    return len(value) < 16 and len(key) <= _USUAL_LENGTH


def old_sparse_map(contents: Contents, head: bytes) -> list[int]:
    """Where the regions of an old GNU sparse member lie; passes the blocks that continue the map.
    Of an endless one the first 10,000 blocks count."""
    fields, more = [head[386:482]], head[482]
    while more:
        block = contents.flow.take(BLOCK)
        more = block[504] if len(block) == BLOCK else 0
        if len(fields) < _MAPS:
            fields.append(block[:504])
    data = b"".join(fields)
    regions = (data[at : at + 24] for at in range(0, len(data), 24))
    return [number(region[:12]) or 0 for region in regions if region.strip(b"\0")]
