"""Walking an archive: each entry once, nested archives in their turn, the artifact at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from dunnage.archives import Budget
from dunnage.engine.contents import Contents
from dunnage.engine.installed import Installed, Manifests
from dunnage.engine.judge import judged, meaning
from dunnage.engine.look import Bare
from dunnage.engine.match.confirm import Matcher
from dunnage.engine.names import Names, Veil
from dunnage.engine.owner import Owner, Placed
from dunnage.engine.plan import Plan
from dunnage.engine.texts import Nothing, look_outside
from dunnage.engine.walked import Call, Walked, told_once
from dunnage.errors import ArchiveError, LimitError
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
    Oddity,
    Source,
)

if TYPE_CHECKING:
    from concurrent.futures import Future

Defer = Callable[[Source, Call, Budget], "Future[Walked]"]


class Walker(Struct, frozen=True):
    """Walks archives with one set of rules. ``defer(source, call, budget)`` hands a nested
    archive to another process. ``read_ahead`` lets a thread inflate ahead of the scan.
    ``once`` tells that the target can be read only once. ``bare`` are contents that need not be
    looked at again."""

    plan: Plan
    matcher: Matcher
    adapters: Sequence[Adapter]
    budget: Budget
    defer: Defer | None = None
    read_ahead: bool = False
    once: bool = False
    bare: Bare = field(default_factory=dict)

    def walk(self, archive: Archive, depth: int = 1, *, part: bool = False) -> Walked:
        """Look at everything in ``archive``. Never raises for what the archive holds. ``part``
        tells that it is a part of what holds it, and no artifact of its own."""
        return _Walk(self, archive, depth, part=part).run()

    def texts(self, artifact: Artifact) -> Artifact:
        """``artifact`` with the secrets masked that the lines of its layers hold."""
        return _Walk(self, Nothing(), 1).texts(artifact)


class _Walk(Contents):
    def __init__(self, walker: Walker, archive: Archive, depth: int, *, part: bool = False) -> None:
        super().__init__(walker, depth)
        self.part = part
        self.archive = archive
        self.files = 0
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
                self.walker.budget.count_told()
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
        children = told_once([(path, self.joined(path, child)) for path, child in self.children])
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
        if artifact.ecosystem == "archive":  # nothing of them is kept
            self.walker.budget.parsed -= self.taken
        self.documents.clear()  # they have been read; a folder of thousands would stay in memory
        return Walked(
            listing,
            artifact,
            judged(self.placed, artifact, inside.of, self.plan, self.problem),
            list(self.problems),
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
        self.manifests = Manifests(veil.keys(self.manifests))

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
