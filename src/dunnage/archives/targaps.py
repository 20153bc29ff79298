"""Where a tar ends, or seems to: zero blocks, damaged headers, the last bytes."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from dunnage.archives.limits import SMALL
from dunnage.archives.notes import Item, extra
from dunnage.archives.tarcontent import Contents, after_the_end
from dunnage.archives.tarfields import BLOCK, Pending, text, until_nul
from dunnage.archives.tarviews import is_header
from dunnage.model import Entry, Flaw

_OVERLAP = 64 << 10


def end_mark(contents: Contents, pending: Pending | None) -> Generator[Item, None, bool]:
    """Zero blocks: the end mark, or not. Returns True when nothing follows."""
    flow = contents.flow
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
    if flow.need(BLOCK) >= BLOCK and is_header(flow.buf[flow.pos : flow.pos + BLOCK]):
        if count // BLOCK == 1:
            contents.odd.add(
                "hidden-member",
                "members follow a single zero block: some readers end there, others go on",
            )
        else:
            contents.odd.add(
                "trailing-data",
                "members follow the end mark: most readers end there, those that ignore zeros"
                " go on",
            )
        yield from contents.odd.taken()
        return False
    contents.odd.add("trailing-data", "bytes follow the end mark of the tar")
    yield from contents.odd.taken()
    yield from after_the_end(flow, lambda: contents.source(flow.offset, None))
    if flow.fault is not None:
        yield Flaw(flow.fault)
    return True


def resync(contents: Contents, pending: Pending | None, *, moved: bool = False) -> Iterator[Item]:
    """After a bad header: to the next valid one; what lies between is given as it is."""
    flow = contents.flow
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
        if head[257:262] == b"ustar":
            # apart, and a byte longer: whatever begins with such a header passes for a tar again
            yield extra(f"(damaged header at {start})", head[:257] + b"\n" + head[257:])
            flow.pos += BLOCK
            start, moved = start + BLOCK, True
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
            if is_header(buf[at : at + BLOCK]):
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


def end_of_flow(
    contents: Contents, have: int, pending: Pending | None, strict: bool
) -> Iterator[Item]:
    """The end of the bytes where a header was expected; ``have`` of them are left. ``strict`` says
    that a missing end mark is a flaw."""
    flow = contents.flow
    if pending is not None:
        yield Flaw("truncated: the archive ends after an extension header")
    if have > 0:
        data = flow.take(have)
        if data.strip(b"\0"):
            yield Flaw("truncated: the archive ends in a header")
            yield extra("(bytes after the end)", data)
    if flow.fault is not None:
        yield Flaw(flow.fault)
    elif strict and pending is None and have <= 0:
        yield Flaw("the tar has no end mark: it may be truncated")
