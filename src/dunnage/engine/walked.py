"""What walking an archive comes to, and how another process is asked for it."""

from __future__ import annotations

from collections.abc import Set

from msgspec import Struct, field

from dunnage.engine.judge import plain_artifact
from dunnage.engine.match.decode import PACKED
from dunnage.engine.owner import Placed
from dunnage.model import Artifact, Listing


class Walked(Struct):
    """What walking one archive came to. It crosses from process to process. ``stopped`` tells that
    the user ended it before its end."""

    listing: Listing
    artifact: Artifact
    placed: list[Placed] = field(default_factory=list)
    problems: list[tuple[str | None, str]] = field(default_factory=list)
    children: list[tuple[str, Walked]] = field(default_factory=list)
    files: int = 0
    bytes: int = 0
    stopped: bool = False


def unread(fault: str = "") -> Walked:
    """What comes of that which could not be looked at at all."""
    empty = Listing("unknown", {}, {}, complete=False)
    problems: list[tuple[str | None, str]] = [(None, fault)] if fault else []
    return Walked(empty, plain_artifact(empty), problems=problems)


def told_once(children: list[tuple[str, Walked]]) -> list[tuple[str, Walked]]:
    """``children`` without the archives that were met twice: opened as a part of a file, and once
    more as compressed bytes that lie in it."""
    again = f" ({PACKED})"
    if not any(path.endswith(again) for path, _ in children):
        return children
    opened: dict[str, list[Walked]] = {}
    for path, child in children:
        opened.setdefault(path, []).append(child)
    return [
        (path, child)
        for path, child in children
        if not path.endswith(again)
        or not any(
            _holds(other, child.listing.index.keys())
            for other in opened.get(path.removesuffix(again), ())
        )
    ]


def _holds(walked: Walked, paths: Set[str]) -> bool:
    """Whether an archive, or one inside it, has these paths."""
    return walked.listing.index.keys() >= paths or any(
        _holds(child, paths) for _, child in walked.children
    )


class Call(Struct, frozen=True):
    """How another process is to open a nested archive. ``digests`` and ``part`` are told by the
    adapters. ``size`` is that of the target in which it lies, ``started`` when that was begun."""

    format: str
    name: str
    depth: int
    digests: bool
    part: bool
    size: int | None
    started: float
