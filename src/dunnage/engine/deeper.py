"""What lies inside the entries of an archive: archives, source maps, hidden parts of documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from msgspec.structs import replace

from dunnage.archives import (
    ends_as_zip,
    holds_zip,
    large_survey,
    open_archive,
    open_source_map,
    read_source_map,
    sniff,
    sniff_tail,
    source_map_of,
)
from dunnage.archives.hidden import Opener, opener_of
from dunnage.archives.magics import is_bytecode, is_code
from dunnage.archives.opaque import COMPOUND
from dunnage.archives.parts import part_of
from dunnage.engine.owner import Owner, Placed
from dunnage.engine.plan import SOURCE_MAP, ZIP_END, Plan
from dunnage.engine.streams import HEAD, TAIL, ending, full
from dunnage.engine.told import Told
from dunnage.engine.walked import Call, Walked, unread
from dunnage.errors import ArchiveError, DunnageError, LimitError
from dunnage.model import Archive, Entry, MemorySource, Source

if TYPE_CHECKING:
    from concurrent.futures import Future

    from dunnage.engine.look import Look
    from dunnage.engine.walk import Walker

_AROUND = "(bytes "
"""So begin the names of what belongs to no member."""

_AGAIN = 2
"""So deep a damaged archive is opened in other ways, too."""

_MOST_CUT = 16
_TEXTS = (8 << 20, 32 << 20)
"""So much of a packed text that is longer than a window is read, the second if it is longer still
and dense: lists of numbers take many times their room."""
_DENSE = frozenset({"base64", "hex", "base85"})

DEFER = 4 << 20
"""Nested archives of at least this many bytes that lie plain in a file go to another process."""


class Deeper:
    """The part of a walk that goes deeper. ``children`` are what was found there, by path."""

    walker: Walker
    archive: Archive
    plan: Plan
    look: Look
    depth: int
    placed: Told[Placed]
    problems: Told[tuple[str | None, str]]
    children: list[tuple[str, Walked | Future[Walked]]]

    def __init__(self, walker: Walker, depth: int) -> None:
        self.walker = walker
        self.plan = walker.plan
        self.depth = depth
        self.placed = Told(walker.budget)
        self.problems = Told(walker.budget)
        self.children = []

    def problem(self, path: str | None, message: str) -> None:
        """Note what could not be looked at."""
        self.problems.append((path, message))

    def nested(self, owner: Owner, source: Source, format_: str, *, here: bool = False) -> bool:
        """Walk an archive inside, ``here``: in this process. False when it is none after all, and
        its bytes are still to be looked at."""
        walker, path = self.walker, owner.entry.path
        digests = owner.asked.digest
        if self.depth >= walker.budget.limits.max_depth:
            depth = walker.budget.limits.max_depth
            self.problem(
                path,
                f"an archive inside {self.depth} others was not opened "
                f"(limit depth={depth}, set with --limit depth=N)",
            )
            return False
        part = owner.asked.part
        size = source.size or 0
        defer = None if here else walker.defer
        if defer is not None and size >= DEFER and source.slice_of is not None:
            budget, deeper = walker.budget, self.depth + 1
            call = Call(
                format_, owner.entry.name, deeper, digests, part, budget.size, budget.started
            )
            self.children.append((path, defer(source, call, budget)))
            return True
        try:
            archive = open_archive(
                source,
                format_,
                walker.budget,
                name=owner.entry.name,
                digests=digests,
                read_ahead=walker.read_ahead,
            )
        except ArchiveError as error:
            self.problems.append((path, str(error)))
            return False
        child = self.inner(archive, part=part)
        self.children.append((path, child))
        # What could not be unpacked whole is looked at as it lies, too.
        return not child.problems

    def inner(self, archive: Archive, *, part: bool = False) -> Walked:
        """Walk an archive inside, in this process. Raises LimitError beyond max_archives."""
        self.walker.budget.count_archive()
        return replace(self.walker, defer=None).walk(archive, self.depth + 1, part=part)

    def hidden(self, path: str, source: Source, opener: Opener) -> None:
        """Look at the compressed parts of a document; it is looked at as it lies, too."""
        walker = self.walker
        if self.depth >= walker.budget.limits.max_depth:
            self.problems.append((path, "compressed parts too deep inside were not opened"))
            return
        archive = opener(source, walker.budget)
        child = self.inner(archive)
        # What stands in code as a constant is no archive that anybody unpacks, as in its source.
        if (child.problems or child.children) and is_bytecode(_begins(source)):
            walker.budget.told -= _calm(child)
            _unform(child)
        if child.files or child.problems:
            self.children.append((path, child))

    def after(self, owner: Owner) -> None:
        """A document with the sign of a source map is opened as the archive of sources it is."""
        if ZIP_END in owner.signs:
            self.appended(owner)
        if owner.cut:
            self.uncut(owner)
        if SOURCE_MAP not in owner.signs or owner.opened:
            return
        entry, walker = owner.entry, self.walker
        source: Source
        if entry.data is not None:
            source = MemorySource(entry.data)
        elif entry.source is not None:
            source = entry.source
        else:
            return
        try:
            facts = source_map_of(entry)
            if facts is None or not facts.embedded:
                return
            if self.depth >= walker.budget.limits.max_depth:
                self.problems.append((entry.path, "a source map too deep inside was not opened"))
                return
            archive = open_source_map(source, walker.budget)
            child = self.inner(archive)
        except LimitError:
            raise
        except (ArchiveError, OSError) as error:
            self.problems.append((entry.path, reason_of(error)))
            return
        self.children.append((entry.path, child))

    def again(self, owner: Owner) -> bool:
        """Whether to open an entry in other ways. What could not be unpacked whole, which is told,
        is so near the top alone: at every level each way would lead to all that lies below."""
        return not owner.tried or self.depth <= _AGAIN

    def appended(self, owner: Owner) -> None:
        """A zip behind other bytes: a program that unpacks itself, or a file that is two."""
        entry = owner.entry
        source = MemorySource(entry.data) if entry.data is not None else entry.source
        if source is None or (self.archive.format == "zip" and entry.path.startswith(_AROUND)):
            return  # what is around the members of a zip was walked for members with it
        if owner.tried == "zip" or not self.again(owner):
            return
        try:
            with source.open() as stream:
                tail = ending(stream, TAIL)
            owner.ended = sniff_tail(tail) is not None
            if not owner.ended:
                return
        except (ArchiveError, OSError) as error:
            self.problem(entry.path, reason_of(error))
            return
        sure = ends_as_zip(tail)
        head = b"" if sure else _begins(source)
        if head.startswith(COMPOUND):
            return  # its streams hold zips, which have been opened
        there = sure or (holds_zip(tail) and not is_bytecode(head))
        self.unpromised(entry, source, "zip", sure=sure, there=there)

    def uncut(self, owner: Owner) -> None:
        """Open what is packed as text that is longer than a window."""
        entry = owner.entry
        source = MemorySource(entry.data) if entry.data is not None else entry.source
        if len(owner.cut) > _MOST_CUT:
            self.problem(
                entry.path, f"more than {_MOST_CUT} long packed texts: the rest was not opened"
            )
        reached = 0
        for carrier, start in owner.cut[:_MOST_CUT]:
            if source is None or start < reached:
                continue
            sizes = _TEXTS if carrier.name in _DENSE else _TEXTS[:1]
            data, high = b"", 0
            try:
                for size in sizes:
                    with part_of(source, start, size).open() as stream:
                        data, high = self.look.uncut(carrier, full(stream, size))
                    if high < size:
                        break
            except (ArchiveError, OSError) as error:
                self.problem(entry.path, reason_of(error))
                continue
            reached = start + high
            if high == sizes[-1]:
                said = f"what is packed as {carrier.name} at byte {start} is longer than"
                said = f"{said} {high >> 20} MiB: its end was not looked at"
                self.problem(entry.path, said)
            self.decoded(owner, data, carrier.name)

    def decoded(self, owner: Owner, data: bytes, via: str) -> None:
        """Decoded text that is an archive itself, or a document with compressed parts."""
        format_ = sniff(data[:HEAD])
        entry = Entry(f"{owner.entry.path} ({via})", owner.entry.raw_path, data=data)
        if format_ is not None:
            kept = len(self.children)
            self.unpromised(entry, MemorySource(data), format_)
            for _, inner in self.children[kept:]:
                if isinstance(inner, Walked):  # nobody unpacks it: its form is nobody's business
                    inner.placed[:] = _but_form(inner)
                    if _has_headers_alone(inner):
                        del self.children[kept:]
        elif self.depth < self.walker.budget.limits.max_depth:
            opener = opener_of(data[:HEAD], data, len(data))
            child = self.inner(opener(MemorySource(data), self.walker.budget)) if opener else None
            if child is not None:
                self.walker.budget.told -= _calm(child)
                if child.files:
                    self.children.append((entry.path, child))

    def unpromised(
        self,
        entry: Entry,
        source: Source,
        format_: str,
        *,
        sure: bool = False,
        there: bool = False,
    ) -> None:
        """Walk what looks like an archive where nobody promised one. ``sure`` tells that it is one,
        ``there`` that one lies in it: if not, what is damaged in it is no problem of the
        artifact's, and if it holds nothing it is none."""
        inner = Owner(entry, self.plan.asked(entry), self.placed, _unsaid)
        kept = len(self.problems), len(self.children)
        # Here: what another process finds in it is not there yet when it is judged.
        self.nested(inner, source, format_, here=True)
        if sure or self.walker.budget.spent:  # that a limit was met is to be told
            return
        if not there:
            self.problems.withdraw(kept[0])
        child = self.children[-1][1] if len(self.children) > kept[1] else None
        if isinstance(child, Walked):
            self.walker.budget.told -= _calm_around(child) if there else _calm(child)
            if not child.files and not child.problems:
                del self.children[kept[1] :]
            # Nothing but what lies around members: a program that speaks of zips, and no zip.
            around = all(path.startswith("(") for path in child.listing.index)
            # A table in a program or a library, such as Go's of time zones: it lies where the
            # linker put it, and what is around it is no member of an archive.
            head = _begins(source)
            if around or is_code(head):
                child.placed[:] = _but_form(child)
            elif is_bytecode(head):
                _unform(child)

    def joined(self, path: str, child: Walked | Future[Walked]) -> Walked:
        if isinstance(child, Walked):
            return child
        try:
            return child.result()
        except DunnageError as error:
            self.problems.append((path, str(error)))
        except Exception as error:  # noqa: BLE001 - the process that had it died
            self.problems.append((path, f"could not be looked at: {type(error).__name__} {error}"))
        return unread()

    def embedded(self, owner: Owner, data: bytes) -> Sequence[tuple[int, int]]:
        """Look at the sources that a source map in memory embeds. Gives their places, and
        those of numbers: what has been looked at in its own form need not be looked at as JSON
        writes it."""
        if not is_json(data) or self.depth >= self.walker.budget.limits.max_depth:
            return ()
        archive = read_source_map(owner.entry, self.walker.budget)
        if archive is None:
            return ()
        owner.opened = True
        child = self.inner(archive)
        self.children.append((owner.entry.path, child))
        return () if child.problems else archive.spans

    def surveyed(self, owner: Owner, source: Source, stream: BinaryIO) -> Sequence[int]:
        """The same for a map that is too large for memory, whose places (start, end, start, …) are
        given. ``stream`` is the source's first."""
        budget = self.walker.budget
        if self.depth >= budget.limits.max_depth:
            return ()
        survey = large_survey(owner.entry, stream, budget)
        try:
            while stream.read(1 << 20):
                pass  # a member of a stream that has not passed could not be read twice at once
        except (ArchiveError, OSError):
            return ()  # it is told when it is met again
        if survey is None:
            return ()
        owner.opened = True
        child = self.inner(open_source_map(source, budget, survey))
        self.children.append((owner.entry.path, child))
        return () if child.problems else survey.spans


def _but_form(walked: Walked) -> list[Placed]:
    """What was found in an archive but what is odd about the archive itself."""
    return [placed for placed in walked.placed if not placed.rule.startswith("archive/")]


def _has_headers_alone(walked: Walked) -> bool:
    """Whether an archive holds its members' headers and nothing of what they hold, as tar-split
    keeps those of a layer (zstd:chunked): the bytes have been looked at, and no such file is there.
    """
    index = walked.listing.index.items()
    return not walked.children and all(path.startswith("(") or not f.size for path, f in index)


def _calm(walked: Walked) -> int:
    """Take back what is wrong with an archive that nobody promised, and with those inside. Returns
    how much that was."""
    count = len(walked.problems)
    walked.problems.clear()
    return count + sum(_calm(child) for _, child in walked.children)


def _calm_around(walked: Walked) -> int:
    """The same for what lies around the members of an archive that is there: pieces of the file
    that holds it."""
    kept = [told for told in walked.problems if not (told[0] or "").startswith(_AROUND)]
    count = len(walked.problems) - len(kept)
    walked.problems[:] = kept
    around = (child for path, child in walked.children if path.startswith(_AROUND))
    return count + sum(map(_calm, around))


def _unform(walked: Walked) -> None:
    """Take back what is odd about the form of an archive, and of those inside."""
    walked.placed[:] = _but_form(walked)
    for _, child in walked.children:
        if isinstance(child, Walked):
            _unform(child)


def _begins(source: Source) -> bytes:
    """The first 17 bytes, none where they cannot be read."""
    try:
        with source.open() as stream:
            return stream.read(17)
    except (ArchiveError, OSError):
        return b""


def _unsaid(message: str) -> None:
    """Nobody promised an archive in decoded text: what is wrong with it is nobody's problem."""


def is_json(head: bytes) -> bool:
    """Whether a document begins as a JSON object does, or with the guard before one."""
    return head[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" or head.startswith(b")]}")


def is_fresh(source: Source) -> bool:
    """Whether it can be opened at any time, whatever was read of it."""
    return source.slice_of is not None or getattr(source, "fresh", False)


def reason_of(error: Exception) -> str:
    """What is said of a content that could not be read."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error)
