"""Walking an archive: each entry once, nested archives in their turn, the artifact at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, BinaryIO, cast

from msgspec import Struct
from msgspec.structs import replace

from dunnage.archives import Budget, sniff, sniff_named
from dunnage.archives.hidden import Opener, disk_image, opener_of
from dunnage.archives.magics import DISK_HEAD, is_disk_image, may_be_disk
from dunnage.engine.deeper import Deeper, is_fresh, is_json, reason_of
from dunnage.engine.index import Index
from dunnage.engine.installed import Installed
from dunnage.engine.judge import judged, meaning
from dunnage.engine.look import Look
from dunnage.engine.match.confirm import Matcher
from dunnage.engine.names import Names, Veil
from dunnage.engine.owner import Owner, Placed, odd_name, said
from dunnage.engine.plan import Plan
from dunnage.engine.position import start_of
from dunnage.engine.redact import shown
from dunnage.engine.streams import HEAD, Blanked, Counted, Peeked, chained, full
from dunnage.engine.texts import Nothing, look_outside
from dunnage.engine.walked import Call, Walked
from dunnage.errors import ArchiveError, LimitError, NotRereadable
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

HOLD = 16 << 20
"""Contents of up to this many bytes are held in memory where a rule or a format has to go back."""

HOLD_ONCE = 128 << 20
"""The same for contents of a stream, which cannot be read again."""

DOCUMENT = 20 << 20
"""The largest manifest that an adapter is given."""

Defer = Callable[[Source, Call], "Future[Walked]"]


class Walker(Struct, frozen=True):
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


class _Walk(Deeper):
    def __init__(self, walker: Walker, archive: Archive, depth: int, *, part: bool = False) -> None:
        super().__init__(walker, depth)
        self.part = part
        self.archive = archive
        self.index = Index()
        self.documents: dict[str, bytes] = {}
        self.manifests: dict[str, bytes] = {}
        self.files = self.bytes = 0
        self.elsewhere: list[tuple[int, Owner, list[Rule]]] = []
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
        children = [(path, self.joined(path, child)) for path, child in self.children]
        self.children[:] = children
        try:
            for number, owner, reading in self.elsewhere:
                if children[number][1].problems:
                    # What could not be unpacked whole is looked at as it lies, too.
                    self.lying(owner, reading)
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
        # What it is called is no path, even where slashes are in it: `LABEL acme/owner`.
        asked = self.plan.asked(replace(entry, path=entry.path.replace("/", "_")))
        owner = Owner(entry, asked, self.placed, self.breaker(entry.path))
        for rule in asked.named:
            self.say(rule, owner)
        self.look.small(owner, entry.data or b"")
        self.look.finish()

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
        for hit in said(rule, owner.broken, owner.entry):
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
        format_ = sniff(head) or sniff_named(path, head, data)
        if format_ and self.nested(owner, MemorySource(data), format_):
            return
        owner.after = self.after
        if opener := opener_of(head, data, len(data)):
            self.hidden(entry.path, MemorySource(data), opener)
        self.look.small(owner, data, self.embedded(owner, data))

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
            if may_be_disk(head):
                head += full(stream, DISK_HEAD - HEAD)
        except (ArchiveError, OSError) as error:
            self.problems.append((path, reason_of(error)))
            self.index.add(path, Facts(entry.kind, entry.size, entry.mode))
            return
        reading += [rule for rule in plan.by_magic(entry, owner.asked, head) if rule not in reading]
        wanted = bool(owner.asked.documents)
        format_ = sniff(head) or sniff_named(path, head)
        size = entry.size
        opener = opener_of(head, size=size)
        most = HOLD_ONCE if self.walker.once else HOLD
        if (reading or wanted or opener or is_json(head)) and size <= most and not format_:
            parts, left = [head], most + 1 - len(head)
            try:
                while left > 0 and (part := stream.read(left)):
                    parts.append(part)
                    left -= len(part)
            except (ArchiveError, OSError) as error:
                # What came before the damage is looked at all the same.
                self.problems.append((path, reason_of(error)))
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
                if not isinstance(self.children[-1][1], Walked):
                    self.elsewhere.append((len(self.children) - 1, owner, reading))
                return
            try:
                stream, head = given.open(), b""
            except NotRereadable:
                return  # its bytes have passed; what could be read of them was looked at
        self.lying(owner, reading, head, stream, None if format_ else opener)

    def lying(
        self,
        owner: Owner,
        reading: list[Rule],
        head: bytes = b"",
        stream: BinaryIO | None = None,
        opener: Opener | None = None,
    ) -> None:
        """Look at a large content as it lies: at ``head`` and the rest in ``stream``, or at all of
        it, opened anew; then at the parts that ``opener`` opens."""
        entry, tail = owner.entry, b""
        assert entry.source is not None
        source = entry.source
        try:
            stream = source.open() if stream is None else stream
            spans: Sequence[int] = ()
            if b'"version"' in head and is_json(head) and is_fresh(source):
                spans = self.surveyed(owner, source, chained(head, stream))
                stream, head = source.open(), b""
            counted = Counted(stream, self.walker.progress)
            rest = Blanked(counted, spans) if spans else counted
            owner.after = self.after
            try:
                self.look.large(owner, head, cast("BinaryIO", rest))
            finally:
                self.bytes += counted.count + len(head)
                tail = counted.tail
        except (ArchiveError, OSError) as error:
            self.problems.append((entry.path, reason_of(error)))
        for rule in reading:
            self.say(rule, owner)
        if opener:
            self.hidden(entry.path, source, opener)
        elif is_disk_image(tail):
            self.hidden(entry.path, source, disk_image)
