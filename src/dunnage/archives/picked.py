"""A few members of an archive, by their names."""

from __future__ import annotations

from collections.abc import Collection

from dunnage.archives.archive import open_archive
from dunnage.archives.limits import Budget
from dunnage.archives.sniff import sniff
from dunnage.model import Entry, Kind, Source

_HEAD = 4096
_MOST = 16 << 20


def read_members(source: Source, names: Collection[str]) -> dict[str, bytes]:
    """The contents of the members of an archive that are called ``names``, those that it has; the
    last of a name, and of none more than 16 MiB. An archive is read to its end, unless it is none.
    Raises ArchiveError where it cannot be read, LimitError where a limit is met."""
    with source.open() as stream:
        form = sniff(stream.read(_HEAD))
    found: dict[str, bytes] = {}
    if form is None:
        return found
    for item in open_archive(source, form, Budget(), read_ahead=True):
        if isinstance(item, Entry) and item.kind is Kind.FILE:
            path = item.path.removeprefix("./")
            if path in names:
                found[path] = item.read(_MOST)
    return found
