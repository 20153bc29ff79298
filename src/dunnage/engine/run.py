"""The facade: targets in, a run out."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from dunnage.allowance import allowance
from dunnage.archives import (
    Budget,
    is_source_map,
    open_archive,
    open_directory,
    open_source_map,
    sniff_named,
)
from dunnage.archives import sniff as sniff_head
from dunnage.archives.opaque import name_of
from dunnage.codenames import own_words
from dunnage.engine import place
from dunnage.engine.match.confirm import Matcher
from dunnage.engine.plan import Plan
from dunnage.engine.pool import ALONE, Pool
from dunnage.engine.settings import Settings
from dunnage.engine.share import Share
from dunnage.engine.streams import peeked
from dunnage.engine.targets import Unit, resolve
from dunnage.engine.walk import Walker
from dunnage.engine.walked import Call, Walked, unread
from dunnage.errors import ArchiveError, DunnageError, StartAgain, TargetError
from dunnage.model import (
    Archive,
    Entry,
    Finding,
    Problem,
    Run,
    Source,
    Summary,
)
from dunnage.plugins import Plugins
from dunnage.rules import Rule
from dunnage.sources import FileSource, SliceSource

if TYPE_CHECKING:
    from dunnage.engine.share import Totals

_SAID = 5
"""Of so many targets it is told what is wrong with each, where nothing can be looked at."""

Progress = Callable[[str, int, int], None]
"""Called with what is looked at, the units that are done and how many there are."""


class Interrupted(DunnageError):
    """The user stopped the run; ``run`` is what was found so far."""

    def __init__(self, run: Run) -> None:
        super().__init__("interrupted")
        self.run = run


class Outcome(Struct, frozen=True):
    """What one unit came to. It crosses from process to process."""

    summary: Summary
    findings: Sequence[Finding]
    problems: Sequence[Problem]
    notes: Sequence[str] = ()
    stopped: bool = False


class Engine:
    """One set of rules, ready to look. Built once; processes that are forked inherit it."""

    def __init__(self, settings: Settings, plugins: Plugins) -> None:
        self.settings = settings
        rules = chosen(plugins.rules, settings)
        self.plan = Plan(rules, plugins.adapters, settings.show_secrets)
        self.matcher = Matcher(self.plan.patterns, settings.cache)
        self.adapters = plugins.adapters
        self.rules = self.plan.rules

    def walker(self, pool: Pool | None = None, read_ahead: bool = False) -> Walker:
        """A walker with a fresh budget."""
        budget = Budget(self.settings.limits)
        defer = pool.defer if pool is not None else None
        return Walker(self.plan, self.matcher, self.adapters, budget, defer, read_ahead)

    def check(self, unit: Unit, pool: Pool | None = None, alone: bool = False) -> Outcome:
        """Look at one unit. Raises TargetError when it is nothing dunnage knows."""
        walked, digest, size = self.walk(unit, pool, alone)
        found = place.findings(unit.name, walked, self.rules, self.settings)
        problems = place.problems(unit.name, walked)
        artifact = walked.artifact
        summary = Summary(
            target=unit.name,
            ecosystem=artifact.ecosystem,
            kind=artifact.kind,
            name=artifact.name,
            version=artifact.version,
            sha256=digest,
            size=size,
            files=walked.files,
            bytes=walked.bytes,
            complete=not problems,
        )
        return Outcome(summary, found, problems, tuple(artifact.notes), walked.stopped)

    def walk(
        self, unit: Unit, pool: Pool | None = None, alone: bool = False
    ) -> tuple[Walked, str | None, int]:
        """Walk one unit: what was found, its sha256 in hex (of a file), its size in bytes."""
        if unit.failure:
            raise TargetError(unit.failure)
        if unit.fault:
            return unread(unit.fault), None, 0
        walker = self.walker(pool, read_ahead=alone)
        try:
            with allowance():
                walked = self._walk(unit, walker)
            if not walker.budget.over():
                return walked
            del walked  # it takes the memory that the next will
        except StartAgain:
            pass
        # Which process came to the end of a limit was chance: once more, in order.
        assert pool is not None
        pool.settle()
        with allowance():
            return self._walk(unit, self.walker())

    def _walk(self, unit: Unit, walker: Walker) -> tuple[Walked, str | None, int]:
        if unit.target is not None:
            walker = replace(walker, once=True)
            if unit.target.archive is not None:
                return walker.walk(unit.target.archive), None, 0
            assert unit.target.source is not None
            archive, source = self.opened(unit.name, unit.target.source, walker)
            walker.budget.size = source.size
            walked = walker.walk(archive)
            return walked, None, source.size or 0
        assert unit.path is not None
        if unit.folder:
            return walker.walk(open_directory(unit.path, walker.budget)), None, 0
        archive, source = self.opened(unit.name, FileSource(unit.path), walker)
        walker.budget.size = source.size
        size = source.size or 0
        if size < ALONE:
            return walker.walk(archive), _sha256(unit.path), size
        from concurrent.futures import ThreadPoolExecutor  # here: it takes a small target 10 ms

        with ThreadPoolExecutor(1) as beside:  # hashing leaves the interpreter to the walk
            digest = beside.submit(_sha256, unit.path)
            return walker.walk(archive), digest.result(), size

    def opened(self, name: str, source: Source, walker: Walker) -> tuple[Archive, Source]:
        """The archive that a source is. Raises TargetError where it is none."""
        try:
            head, tail_format, source = peeked(source)
        except OSError as error:
            raise TargetError(f"{name}: {error.strerror}") from None
        except ArchiveError as error:
            raise TargetError(f"{name}: {error}") from None
        if not head:
            raise TargetError(f"{name}: it is empty")
        # What is behind a compound file or a .deb is a part of it, and no zip.
        alone = name_of(head)
        short = name.replace("\\", "/").rpartition("/")[2]
        format_ = sniff_head(head) or sniff_named(short, head)
        format_ = format_ or (tail_format if alone is None else None)
        if format_ is None:
            if head.lstrip()[:1] == b"{" or head.startswith(b")]}"):
                facts = is_source_map(source)
                if facts is not None:
                    return open_source_map(source, walker.budget), source
            if alone is not None:
                return _Alone(alone, short, source), source
            raise TargetError(
                f"{name}: it is no archive that dunnage knows (tar, zip, image, package)"
            )
        try:
            archive = open_archive(
                source, format_, walker.budget, name=short, read_ahead=walker.read_ahead
            )
        except ArchiveError as error:
            return _Broken(format_, error), source
        return archive, source

    def layer(self, path: str, offset: int, size: int, call: Call, totals: Totals) -> Walked:
        """Walk a nested archive that lies plain in a local file, within the limits of the target
        that holds it."""
        walker = self.walker()
        budget = walker.budget
        budget.size, budget.started = call.size, call.started
        budget.share = Share(totals, budget)
        source = SliceSource(path, offset, size)
        try:
            archive = self._opened(source, call, budget)
            with allowance():
                walked = walker.walk(archive, call.depth, part=call.part)
        except StartAgain:
            walked = unread()
        budget.share()
        return walked

    def _opened(self, source: Source, call: Call, budget: Budget) -> Archive:
        try:
            return open_archive(
                source,
                call.format,
                budget,
                name=call.name,
                digests=call.digests,
                read_ahead=False,
            )
        except ArchiveError as error:
            return _Broken(call.format, error)


class _Broken:
    """An archive that could not be opened at all."""

    def __init__(self, format_: str, error: ArchiveError) -> None:
        self.format = format_
        self._error = error

    def __iter__(self) -> Iterator[Any]:
        return self._raise()

    def _raise(self) -> Iterator[Any]:
        raise self._error


class _Alone:
    """A file of a format whose members are none of its own (.deb, .rpm), or that can only be named:
    the one entry of itself, which is looked at as it would be inside an archive."""

    def __init__(self, format_: str, name: str, source: Source) -> None:
        self.format = format_
        self._entry = Entry(name, os.fsencode(name), size=source.size or 0, source=source)

    def __iter__(self) -> Iterator[Entry]:
        yield self._entry


def chosen(rules: Sequence[Rule], settings: Settings) -> list[Rule]:
    """The rules that the settings leave, by id, group or glob; the user's own words added."""
    kept = []
    for rule in [*rules, *own_words(settings.words)]:
        if settings.select and not _named(rule, settings.select):
            continue
        if _named(rule, settings.ignore):
            continue
        kept.append(rule)
    return kept


def _named(rule: Rule, names: Sequence[str]) -> bool:
    return any(name in (rule.id, rule.group) or fnmatchcase(rule.id, name) for name in names)


def _sha256(path: str) -> str | None:
    """None where the file has gone since it was looked at."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while part := file.read(1 << 20):
                digest.update(part)
    except OSError:
        return None
    return digest.hexdigest()


def check(
    targets: Sequence[str],
    settings: Settings,
    plugins: Plugins,
    progress: Progress | None = None,
) -> Run:
    """Look at all targets.

    A target that is not there or is nothing dunnage knows is a problem beside others. Raises
    TargetError when all are such, and Interrupted with what was found so far."""
    started = time.monotonic()
    units = list(resolve(targets, settings, plugins.adapters, plugins.resolvers))
    engine = Engine(settings, plugins)
    outcomes: list[Outcome] = []
    failures: list[tuple[str, str]] = []
    interrupted = False
    with Pool(engine, settings.jobs, units) as pool:
        try:
            for number, unit in enumerate(units):
                if progress is not None:
                    progress(unit.name, number, len(units))
                try:
                    outcomes.append(pool.outcome(unit))
                except TargetError as error:
                    failures.append((unit.name, str(error)))
                if outcomes and outcomes[-1].stopped:
                    interrupted = True
                    break
        except KeyboardInterrupt:
            interrupted = True
        if interrupted:
            outcomes += pool.done(units[len(outcomes) + len(failures) :])
    engine.matcher.save()
    run = Run(
        artifacts=[outcome.summary for outcome in outcomes],
        findings=[finding for outcome in outcomes for finding in outcome.findings],
        problems=[problem for outcome in outcomes for problem in outcome.problems],
        rules=engine.rules,
        notes=[note for outcome in outcomes for note in outcome.notes],
        elapsed=time.monotonic() - started,
    )
    if interrupted:
        raise Interrupted(run)
    if failures and not outcomes:
        raise nothing(failures)
    problems = [Problem(name, (), None, said.removeprefix(f"{name}: ")) for name, said in failures]
    return replace(run, problems=[*run.problems, *problems]) if problems else run


def nothing(failures: Sequence[tuple[str, str]]) -> TargetError:
    """What is raised when there is nothing to look at: why, for the first targets, in one line."""
    said = list(dict.fromkeys(said for _, said in failures))
    more = [f"and {len(said) - _SAID} more"] if len(said) > _SAID else []
    return TargetError("; ".join(said[:_SAID] + more))
