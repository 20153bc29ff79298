"""What lies between the members of a zip: members that its directory hides, and bytes."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dunnage.archives.limits import SMALL
from dunnage.archives.notes import Item, extra
from dunnage.archives.parts import part_of
from dunnage.archives.space import Space
from dunnage.archives.zipcontent import ZipContents
from dunnage.archives.zipfields import (
    DESCRIPTOR,
    ENDED,
    FULL32,
    LOCAL,
    Place,
    kind_and_mode,
    member_name,
    zip64,
)
from dunnage.model import Entry


def gap(
    contents: ZipContents,
    start: int,
    end: int,
    *,
    hidden: bool,
    lead: bool = False,
    label: str | None = None,
) -> Iterator[Item]:
    """Bytes that belong to no member: local headers among them are members that only a
    streaming reader sees; the rest is given as it lies."""
    space, odd = contents.space, contents.odd
    end = min(end, space.size)
    at = start
    while at < end:
        contents.budget.tick()
        found = space.find(b"PK\x03\x04", at, end)
        place: Place | None = None
        name: bytes | None = None
        while found >= 0:
            place, name = _local(contents.space, found, end)
            if place is not None:
                break
            found = space.find(b"PK\x03\x04", found + 4, end)
        stop = found if found >= 0 else end
        yield from _bytes(contents, at, stop, lead and at == start, hidden, label)
        if place is None or name is None:
            return
        contents.budget.count_entry()
        path = member_name(name, place.flags)
        kind, mode = kind_and_mode(name, 0, 0)
        odd.look(path, name, kind)
        if hidden:
            odd.add(
                "hidden-member",
                "the central directory does not name this member: only a reader that follows"
                " the local headers sees it",
                path,
            )
        yield from odd.taken()
        unknown = place.flags & DESCRIPTOR and not place.packed
        if unknown and place.method == 0:
            stop = space.find(b"PK\x07\x08", place.start, end)
            place = replace(place, packed=(stop if stop >= 0 else end) - place.start)
        elif unknown:
            place = replace(place, packed=end - place.start)
        if unknown:
            place = replace(place, crc=None, size=0)
        used = yield from contents.member(path, name, kind, mode, place)
        if unknown and place.method != 0:
            at = place.start + max(used, 0)
            if used < 0:
                return
            if space.get(at, 4) == b"PK\x07\x08":
                at = min(at + 16, end)
        else:
            early = place.method in ENDED and 0 <= used < place.packed
            at = place.start + (used if early else place.packed)
            if unknown:
                at = min(at + 16, end)


def _local(space: Space, at: int, end: int) -> tuple[Place | None, bytes | None]:
    """The member whose local header may lie at ``at``."""
    head = space.get(at, 30)
    if len(head) < 30:
        return None, None
    _, need, flags, method, _, _, crc, packed, size, names, extras = LOCAL.unpack(head)
    start = at + 30 + names + extras
    if method > 99 or start > end:
        return None, None
    likely = method in (0, 8) and 0 < packed <= end - start
    if not likely and (not names or need & 0xFF > 100):  # few readers ask what version it needs
        return None, None
    name = space.get(at + 30, names) or b"(no name)"
    if packed == FULL32 or size == FULL32:
        size, packed, _ = zip64(space.get(at + 30 + names, extras), size, packed, 0)
    return Place(start, packed, size, method, crc, flags), name


def _past_padding(space: Space, at: int, end: int) -> int:
    """Where the content begins of a local header that names nothing and packs nothing: Android's
    tools fill room with such ones (zipflinger's "virtual entries")."""
    while at + 30 <= end and space.get(at, 4) == b"PK\x03\x04":
        _, need, _, _, _, _, crc, packed, size, names, _ = LOCAL.unpack(space.get(at, 30))
        if names or packed or size or crc or need & 0xFF > 100:
            break
        at += 30
    return at


def _bytes(
    contents: ZipContents, start: int, end: int, lead: bool, hidden: bool, label: str | None
) -> Iterator[Item]:
    """Bytes as they lie, unless they are few or all zero."""
    space = contents.space
    at = start = _past_padding(space, start, end)
    while at < end and not space.get(at, min(SMALL, end - at)).strip(b"\0"):
        at += SMALL
    if at >= end:
        return
    if hidden and label is None:
        if lead:
            contents.odd.add(
                "leading-data",
                f"{end - start} bytes stand before the first member: readers that stream refuse"
                " them, others skip them",
            )
        else:
            contents.odd.add(
                "trailing-data",
                f"{end - start} bytes at {start} belong to no member: no tool unpacks them",
            )
        yield from contents.odd.taken()
    name = label or (
        "(bytes before the archive)" if lead else f"(bytes between members at {start})"
    )
    size = end - start
    if size <= SMALL:
        yield extra(name, space.get(start, size))
    else:
        yield Entry(name, name.encode(), size=size, source=part_of(space.source, start, size))
