"""What archives yield, and what their decoders find beside the content."""

from __future__ import annotations

from dataclasses import dataclass, field

from dunnage.model import Entry, Flaw, Oddity

BLOCK = 1 << 20
"""The most that a decoder gives at once, in bytes."""

Item = Entry | Oddity | Flaw
"""What iterating an archive yields."""


@dataclass(slots=True)
class Notes:
    """What a decoder finds beside the content. ``name`` is the one that a gzip header gives."""

    items: list[Item] = field(default_factory=list)
    name: bytes = b""


def extra(path: str, data: bytes) -> Entry:
    """An entry for bytes that are no member, so that they are looked at."""
    return Entry(path, path.encode(), size=len(data), data=data)
