"""A folder as an archive."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from dunnage.archives.limits import Budget
from dunnage.archives.notes import Item
from dunnage.archives.oddities import Oddities
from dunnage.archives.tarfields import text
from dunnage.errors import TargetError
from dunnage.model import Archive, Entry, Flaw, Kind
from dunnage.sources.file import SliceSource, open_regular


class DirectoryArchive:
    """Walks a folder in sorted order. Follows no link and opens nothing but regular files."""

    format = "directory"
    digest: str | None = None
    inner_digest: str | None = None

    def __init__(self, path: str, budget: Budget) -> None:
        self._path = path
        self._budget = budget

    def __iter__(self) -> Iterator[Item]:
        odd = Oddities()
        waiting: list[tuple[str, str]] = [(self._path, "")]
        while waiting:
            folder, prefix = waiting.pop()
            try:
                with os.scandir(folder) as found:
                    members = sorted(found, key=lambda member: os.fsencode(member.name))
            except OSError as error:
                yield Flaw(f"cannot be listed: {error.strerror}", prefix or None)
                continue
            inner: list[tuple[str, str]] = []
            for member in members:
                self._budget.count_entry()
                raw = os.fsencode(prefix + member.name)
                if os.sep != "/":
                    raw = raw.replace(os.fsencode(os.sep), b"/")
                self._budget.path(len(raw))
                path = text(raw)
                try:
                    facts = member.stat(follow_symlinks=False)
                except OSError as error:
                    yield Flaw(f"cannot be read: {error.strerror}", path)
                    continue
                entry = self._entry(member, path, raw, facts)
                odd.look(path, raw, entry.kind)
                if entry.kind is Kind.SYMLINK:
                    odd.link(entry)
                if odd.extra:
                    yield from odd.taken()
                if entry.kind is Kind.FILE:
                    try:
                        os.close(open_regular(member.path))
                    except TargetError as error:
                        yield Flaw(f"cannot be read: {str(error).rpartition(': ')[2]}", path)
                        entry.source = None
                yield entry
                if entry.kind is Kind.DIR:
                    inner.append((member.path, prefix + member.name + "/"))
            waiting += reversed(inner)
        yield from odd.rest()

    @staticmethod
    def _entry(member: os.DirEntry[str], path: str, raw: bytes, facts: os.stat_result) -> Entry:
        mode = facts.st_mode
        entry = Entry(path, raw, mode=stat.S_IMODE(mode), uid=facts.st_uid, gid=facts.st_gid)
        if stat.S_ISREG(mode):
            entry.size = facts.st_size
            entry.source = SliceSource(member.path, 0, facts.st_size)
        elif stat.S_ISDIR(mode):
            entry.kind = Kind.DIR
        elif stat.S_ISLNK(mode):
            entry.kind = Kind.SYMLINK
            try:
                entry.link = text(os.fsencode(os.readlink(member.path)))
            except OSError:
                entry.link = ""
        else:
            entry.kind = Kind.OTHER
        return entry


def open_directory(path: str | os.PathLike[str], budget: Budget) -> Archive:
    """The folder at ``path``. Raises TargetError, in one line, when it is none."""
    name = os.fspath(path)
    if not os.path.isdir(name):
        raise TargetError(f"{name}: not a folder")
    return DirectoryArchive(name, budget)
