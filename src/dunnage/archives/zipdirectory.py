"""The central directory of a zip. Source: PKWARE APPNOTE.TXT 6.3.10, 4.3.12."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from dunnage.archives.limits import Budget
from dunnage.archives.space import Space
from dunnage.archives.zipfields import CENTRAL, FULL32, EndRecord, zip64


def directory(
    space: Space, index: Space, budget: Budget, end: EndRecord, low: int
) -> tuple[Iterator[tuple[int, int]], int, str | None]:
    """Where the records of the central directory at ``low`` lie, as (member, record) in the order
    of the members; where it stops; what is wrong with it. ``index`` is the twin of ``space`` that
    looks at the directory. Two arrays, so that two million records cost 32 MB. Raises LimitError
    for more."""
    shift = end.shift
    offsets, records = array("Q"), array("Q")
    at, last, sorted_ = low, -1, True
    fault = None
    while at + 46 <= end.at:
        head = index.get(at, 46)
        if head[:4] != b"PK\x01\x02":
            break
        size = (
            46
            + int.from_bytes(head[28:30], "little")
            + int.from_bytes(head[30:32], "little")
            + int.from_bytes(head[32:34], "little")
        )
        offset = int.from_bytes(head[42:46], "little")
        if offset == FULL32:
            offset = _long_offset(index, head, at)
        if shift:
            name = index.get(at + 46, int.from_bytes(head[28:30], "little"))
            offset = _shifted(space, offset, shift, name)
        if at + size > end.at:
            fault = "the central directory is cut short"
            break
        if offset < 0:
            offset = (1 << 63) - 1
        sorted_ = sorted_ and offset >= last
        last = offset
        offsets.append(min(offset, (1 << 63) - 1))
        records.append(at)
        at += size
        if len(records) > budget.limits.max_entries:
            raise budget.exceeded("more members than are looked at", "entries")
    if len(records) & 0xFFFF != end.count & 0xFFFF:
        fault = fault or (
            f"the end record counts {end.count} members, the central directory holds {len(records)}"
        )
    if sorted_:
        pairs: Iterator[tuple[int, int]] = zip(offsets, records, strict=True)
        return pairs, at, fault
    places = sorted(range(len(records)), key=offsets.__getitem__)
    return ((offsets[place], records[place]) for place in places), at, fault


def _shifted(space: Space, offset: int, shift: int, name: bytes) -> int:
    """Where a member lies when something stands before the zip, or between it and its central
    directory: the place that has a local header of this name, or else of any."""
    places = (offset + shift, offset)
    heads = [(place, space.get(place, 30 + len(name))) for place in places]
    signed = [(place, head) for place, head in heads if head[:4] == b"PK\x03\x04"]
    named = [place for place, head in signed if head[30:] == name]
    return (named or [place for place, _ in signed] or [places[0]])[0]


def _long_offset(index: Space, head: bytes, at: int) -> int:
    fields = CENTRAL.unpack(head)
    more = index.get(at + 46 + fields[10], fields[11])
    return zip64(more, fields[9], fields[8], fields[16])[2]
