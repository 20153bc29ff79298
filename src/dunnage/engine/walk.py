"""Walking an archive: each entry once, nested archives in their turn, the artifact at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO, cast

from dunnage.archives import (
    Budget,
    large_survey,
    open_archive,
    open_source_map,
    read_source_map,
    sniff,
    sniff_tail,
    source_map_of,
)
from dunnage.archives.hidden import Opener, opener_of
from dunnage.engine.index import Index
from dunnage.engine.installed import Installed
from dunnage.engine.judge import judged, meaning, plain_artifact
from dunnage.engine.look import Look, Owner, Placed, odd_name, said
from dunnage.engine.match.confirm import Matcher
from dunnage.engine.names import Names, Veil
from dunnage.engine.plan import SOURCE_MAP, ZIP_END, Plan
from dunnage.engine.position import start_of
from dunnage.engine.redact import shown
from dunnage.engine.streams import HEAD, TAIL, Blanked, Counted, Peeked, chained, ending, full
from dunnage.engine.texts import Nothing, look_outside
from dunnage.engine.walked import Call, Walked
from dunnage.errors import ArchiveError, DunnageError, LimitError, NotRereadable
from dunnage.model import (
    Adapter,
    Archive,
    Artifact,
    Entry,
    Facts,
    Flaw,
    Hit,
    Kind,
    Listing,
    MemorySource,
    Oddity,
    Source,
)
from dunnage.rules import Rule

if TYPE_CHECKING:
    from concurrent.futures import Future

HOLD_ONCE = 128 << 20
"""The same for contents of a stream, which cannot be read again."""

HOLD = 16 << 20
"""Contents of up to this many bytes are held in memory where a rule or a format has to go back."""

DOCUMENT = 20 << 20
"""The largest manifest that an adapter is given."""

DEFER = 4 << 20
"""Nested archives of at least this many bytes that lie plain in a file go to another process."""


Defer = Callable[[Source, Call], "Future[Walked]"]


@dataclass(frozen=True)
class Walker:
    """Walks archives with one set of rules. ``defer(source, call)`` hands a nested archive to
    another process. ``read_ahead`` lets a thread inflate ahead of the scan.
    ``once`` tells that the target can be read only once."""

    plan: Plan
    matcher: Matcher
    adapters: Sequence[Adapter]
    budget: Budget
    defer: Defer | None = None
    read_ahead: bool = False
    progress: Callable[[int], None] | None = None
    once: bool = False

    def walk(self, archive: Archive, depth: int = 1, *, part: bool = False) -> Walked:
        """Look at everything in ``archive``. Never raises for what the archive holds. ``part``
        tells that it is a part of what holds it, and no artifact of its own."""
        return _Walk(self, archive, depth, part=part).run()

    def texts(self, artifact: Artifact) -> Artifact:
        """``artifact`` with the secrets masked that the lines of its layers hold."""
        return _Walk(self, Nothing(), 1).texts(artifact)


class _Walk:
    def __init__(self, walker: Walker, archive: Archive, depth: int, *, part: bool = False) -> None:
        self.walker = walker
        self.part = part
        self.archive = archive
        self.depth = depth
        self.plan = walker.plan
        self.index = Index()
        self.documents: dict[str, bytes] = {}
        self.manifests: dict[str, bytes] = {}
        self.placed: list[Placed] = []
        self.problems: list[tuple[str | None, str]] = []
        self.children: list[tuple[str, Walked | Future[Walked]]] = []
        self.files = self.bytes = 0
        self.look = Look(walker.plan, walker.matcher, self.decoded)
        self.names = Names(walker.plan, self.look, archive, self.placed)

    def run(self) -> Walked:
        try:
            return self.walked()
        finally:
            # They refer back: the archive's buffers would wait for the collector.
            del self.look, self.names

    def walked(self) -> Walked:
        """Everything, and what it came to."""
        try:
            for item in self.archive:
                if self.walker.budget.stopped:
                    break
                if isinstance(item, Entry):
                    self.entry(item)
                elif isinstance(item, Flaw):
                    self.problems.append((item.path, item.message))
                else:
                    self.oddity(item)
        except ArchiveError as error:
            self.problems.append((None, str(error)))
        except KeyboardInterrupt:
            self.walker.budget.stopped = True
            self.problems.append((None, "interrupted: the rest was not looked at"))
        try:
            self.names.flush()
            self.look.finish()
            self.names.judge()
        except LimitError as error:
            self.problems.append((None, str(error)))
        if self.names.secrets and not self.plan.show_secrets:
            self.veil(Veil(self.names.secrets))
        children = [(path, self.joined(path, child)) for path, child in self.children]
        listing = Listing(
            format=self.archive.format,
            index=self.index,
            documents=self.documents,
            children={path: child.listing for path, child in children},
            digest=getattr(self.archive, "digest", None),
            inner_digest=getattr(self.archive, "inner_digest", None),
            size=self.bytes,
            complete=not self.problems and all(not c.problems for _, c in children),
            depth=self.depth,
        )
        adapters = () if self.part else self.walker.adapters
        artifact = meaning(listing, adapters, self.problem)
        if artifact.texts:
            known = len(self.children)
            artifact = self.texts(artifact)
            children += [(path, self.joined(path, child)) for path, child in self.children[known:]]
        inside = Installed(listing, self.walker.adapters, self.manifests, self.problem)
        self.documents.clear()  # they have been read; a folder of thousands would stay in memory
        return Walked(
            listing,
            artifact,
            judged(self.placed, artifact, inside.of, self.plan, self.problem),
            self.problems,
            children,
            self.files + sum(child.files for _, child in children),
            self.bytes + sum(child.bytes for _, child in children),
            self.walker.budget.stopped,
        )

    def veil(self, veil: Veil) -> None:
        """Take the secrets that names hold out of all that is known of the archive."""
        self.placed[:] = map(veil.placed, self.placed)
        self.problems[:] = [(veil.name(path), veil.text(said)) for path, said in self.problems]
        self.children[:] = [(veil.text(path), child) for path, child in self.children]
        self.index = veil.index(self.index)
        self.documents = veil.keys(self.documents)
        self.manifests = veil.keys(self.manifests)

    def texts(self, artifact: Artifact) -> Artifact:
        """Look at what the artifact says outside of its files; gives it with what was found there
        masked in the lines of its layers."""
        return look_outside(artifact, self.placed, self.text, self.plan.show_secrets)

    def text(self, entry: Entry) -> None:
        asked = self.plan.asked(entry)
        owner = Owner(entry, asked, self.placed, self.breaker(entry.path))
        for rule in asked.named:
            self.say(rule, owner)
        self.look.small(owner, entry.data or b"")
        self.look.finish()

    def problem(self, path: str | None, message: str) -> None:
        self.problems.append((path, message))

    # -- entries ---------------------------------------------------------------------------------

    def oddity(self, item: Oddity) -> None:
        self.placed.append(Placed(f"archive/{item.kind}", Hit(item.message), item.path))

    def entry(self, entry: Entry) -> None:
        plan, path = self.plan, entry.path
        self.names.add(entry)
        data = entry.data
        asked = plan.asked(entry)
        rules = asked.named
        broken = self.breaker(path)
        if entry.kind is not Kind.FILE:
            size = entry.size if data is None else len(data)
            self.index.add(path, Facts(entry.kind, size, entry.mode, entry.link, None, entry.uid))
            owner = Owner(entry, asked, self.placed, broken)
            for rule in rules:
                self.say(rule, owner)
            if data:
                # A link or a folder that carries data: some readers would give it.
                self.look.small(owner, data)
            return
        self.files += 1
        owner = Owner(entry, asked, self.placed, broken)
        for rule in rules:
            if not rule.content:
                self.say(rule, owner)
        reading = [rule for rule in rules if rule.content]
        if data is None and entry.source is not None:
            self.large(owner, reading)
        else:
            self.small(owner, data or b"", reading)

    def breaker(self, path: str) -> Callable[[str], None]:
        return lambda message: self.problems.append((path, message))

    def say(self, rule: Rule, owner: Owner) -> None:
        entry = owner.entry
        for hit in said(rule, owner):
            line, column, words = None, None, None
            if hit.span is not None and entry.data is not None:
                low, high = hit.span.start, hit.span.end
                line, column = start_of(entry.data).at(entry.data, 0, low)
                secret, show = hit.secret is not None, self.plan.show_secrets
                words = shown(entry.data, low, high, secret=secret, show=show)
            name = odd_name(entry)
            self.placed.append(Placed(rule.id, hit, entry.path, name, line, column, words))

    def small(self, owner: Owner, data: bytes, reading: list[Rule]) -> None:
        entry, plan = owner.entry, self.plan
        path = entry.path
        self.bytes += len(data)
        digest = None
        if owner.asked.digest:
            import hashlib

            digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self.index.add(
            path, Facts(entry.kind, len(data), entry.mode, entry.link, digest, entry.uid)
        )
        if plan.document(owner.asked, data):
            self.document(path, data)
        if path.endswith(plan.manifests) and len(data) <= DOCUMENT:
            self.manifests[path] = data
        if not data:
            for rule in reading:
                self.say(rule, owner)
            return
        head = data[:HEAD]
        for rule in plan.by_magic(entry, owner.asked, head):
            if rule not in reading:
                reading.append(rule)
        for rule in reading:
            self.say(rule, owner)
        format_ = sniff(head)
        if format_ and self.nested(owner, MemorySource(data), format_):
            return
        owner.after = self.after
        if opener := opener_of(head):
            self.hidden(entry.path, MemorySource(data), opener)
        self.look.small(owner, data, self.embedded(owner, data))

    def embedded(self, owner: Owner, data: bytes) -> Sequence[tuple[int, int]]:
        """Look at the sources that a source map in memory embeds. Gives their places: what has been
        looked at in its own form need not be looked at as JSON writes it."""
        if not _json(data) or self.depth >= self.walker.budget.limits.max_depth:
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

    def document(self, path: str, data: bytes) -> None:
        if len(data) > DOCUMENT:
            self.problems.append((path, f"the manifest is larger than {DOCUMENT >> 20} MiB"))
            return
        self.documents[path] = data

    def large(self, owner: Owner, reading: list[Rule]) -> None:
        entry, plan = owner.entry, self.plan
        assert entry.source is not None
        path, source = entry.path, entry.source
        try:
            stream = source.open()
            head = full(stream, HEAD)
        except (ArchiveError, OSError) as error:
            self.problems.append((path, _reason(error)))
            self.index.add(path, Facts(entry.kind, entry.size, entry.mode))
            return
        reading += [rule for rule in plan.by_magic(entry, owner.asked, head) if rule not in reading]
        wanted = bool(owner.asked.documents)
        format_ = sniff(head)
        size = entry.size
        opener = opener_of(head)
        most = HOLD_ONCE if self.walker.once else HOLD
        if (reading or wanted or opener or _json(head)) and size <= most and not format_:
            parts, left = [head], most + 1 - len(head)
            try:
                while left > 0 and (part := stream.read(left)):
                    parts.append(part)
                    left -= len(part)
            except (ArchiveError, OSError) as error:
                # What came before the damage is looked at all the same.
                self.problems.append((path, _reason(error)))
            data = b"".join(parts)
            if len(data) <= most:
                entry.data, entry.size = data, len(data)
                self.small(owner, data, reading)
                entry.data = None
                return
            stream, head = chained(data, stream), b""
        self.index.add(path, Facts(entry.kind, size, entry.mode, entry.link, None, entry.uid))
        if format_:
            given: Source = Peeked(source, head, stream)
            if source.slice_of is not None:
                stream.close()
                given = source  # seekable, which a chain of head and rest is not
            if self.nested(owner, given, format_):
                return
            try:
                stream, head = given.open(), b""
            except NotRereadable:
                return  # its bytes have passed; what could be read of them was looked at
        try:
            spans: Sequence[int] = ()
            if b'"version"' in head and _json(head) and _fresh(source):
                spans = self.surveyed(owner, source, chained(head, stream))
                stream, head = source.open(), b""
            counted = Counted(stream, self.walker.progress)
            rest = Blanked(counted, spans) if spans else counted
            owner.after = self.after
            try:
                self.look.large(owner, head, cast("BinaryIO", rest))
            finally:
                self.bytes += counted.count + len(head)
        except (ArchiveError, OSError) as error:
            self.problems.append((path, _reason(error)))
        for rule in reading:
            self.say(rule, owner)
        if opener and not format_:
            self.hidden(path, source, opener)

    # -- archives in archives
    # -----------------------------------------------------------------------

    def nested(self, owner: Owner, source: Source, format_: str) -> bool:
        """Walk an archive inside. False when it is none after all, and its bytes are still to be
        looked at."""
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
        if walker.defer is not None and size >= DEFER and source.slice_of is not None:
            call = Call(format_, owner.entry.name, self.depth + 1, digests, part)
            self.children.append((path, walker.defer(source, call)))
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
        """Walk an archive inside, in this process."""
        return replace(self.walker, defer=None).walk(archive, self.depth + 1, part=part)

    def hidden(self, path: str, source: Source, opener: Opener) -> None:
        """Look at the compressed parts of a document; it is looked at as it lies, too."""
        walker = self.walker
        if self.depth >= walker.budget.limits.max_depth:
            self.problems.append((path, "compressed parts too deep inside were not opened"))
            return
        archive = opener(source, walker.budget)
        child = self.inner(archive)
        if child.files or child.problems:
            self.children.append((path, child))

    def after(self, owner: Owner) -> None:
        """A document with the sign of a source map is opened as the archive of sources it is."""
        if ZIP_END in owner.signs:
            self.appended(owner)
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
        except (ArchiveError, OSError) as error:
            self.problems.append((entry.path, _reason(error)))
            return
        self.children.append((entry.path, child))

    def appended(self, owner: Owner) -> None:
        """A zip behind other bytes: a program that unpacks itself, or a file that is two."""
        entry = owner.entry
        source = MemorySource(entry.data) if entry.data is not None else entry.source
        if source is None:
            return
        try:
            with source.open() as stream:
                tail = ending(stream, TAIL)
            if sniff_tail(tail) is None:
                return
        except (ArchiveError, OSError) as error:
            self.problem(entry.path, _reason(error))
            return
        self.unpromised(entry, source, "zip")

    def decoded(self, owner: Owner, data: bytes, via: str) -> None:
        """Decoded text that is an archive itself."""
        format_ = sniff(data[:HEAD])
        if format_ is None:
            return
        entry = Entry(f"{owner.entry.path} ({via})", owner.entry.raw_path, data=data)
        self.unpromised(entry, MemorySource(data), format_)

    def unpromised(self, entry: Entry, source: Source, format_: str) -> None:
        """Walk what looks like an archive where nobody promised one: what is damaged in it is no
        problem of the artifact's, and if it holds nothing it is none."""
        inner = Owner(entry, self.plan.asked(entry), self.placed, _unsaid)
        kept = len(self.problems), len(self.children)
        self.nested(inner, source, format_)
        del self.problems[kept[0] :]
        child = self.children[-1][1] if len(self.children) > kept[1] else None
        if isinstance(child, Walked):
            child.problems.clear()
            if not child.files:
                del self.children[kept[1] :]
            elif all(path.startswith("(") for path in child.listing.index):
                # Nothing but what lies around members: a program that speaks of zips, and no zip.
                child.placed[:] = [p for p in child.placed if not p.rule.startswith("archive/")]

    def joined(self, path: str, child: Walked | Future[Walked]) -> Walked:
        if isinstance(child, Walked):
            return child
        try:
            return child.result()
        except DunnageError as error:
            self.problems.append((path, str(error)))
        except Exception as error:  # noqa: BLE001 - the process that had it died
            self.problems.append((path, f"could not be looked at: {type(error).__name__} {error}"))
        empty = Listing("unknown", {}, {}, complete=False)
        return Walked(empty, plain_artifact(empty))


def _unsaid(message: str) -> None:
    """Nobody promised an archive in decoded text: what is wrong with it is nobody's problem."""


def _json(head: bytes) -> bool:
    """Whether a document begins as a JSON object does, or with the guard before one."""
    return head[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" or head.startswith(b")]}")


def _fresh(source: Source) -> bool:
    """Whether it can be opened at any time, whatever was read of it."""
    return source.slice_of is not None or getattr(source, "fresh", False)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error)
