"""Processes side by side: one unit of work is a target, or a nested archive that lies plain in a
file."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from dunnage.engine.share import COUNTED, Share
from dunnage.engine.targets import Unit
from dunnage.errors import DunnageError, TargetError
from dunnage.model import Problem, Source, Summary

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

    from dunnage.archives import Budget
    from dunnage.engine.run import Engine, Outcome
    from dunnage.engine.share import Totals
    from dunnage.engine.walked import Call, Walked

_M_MMAP_THRESHOLD = -3  # malloc.h

ALONE = 1 << 20
"""Targets that come to less than this many bytes together are looked at in this process."""

# A forked worker finds its engine here: it cannot be pickled, and building it again costs 0.2 s;
# and what all processes have used of a target's limits.
_engine: Engine | None = None
_totals: Totals | None = None


def _begin(engine: Engine, totals: Totals) -> None:
    global _engine, _totals
    _engine, _totals = engine, totals
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What was inherited is kept for good, and the walk makes few cycles: look for them seldom.
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    _give_back()


def _give_back() -> None:
    """Have glibc return every freed block of 2 MiB at once. By default it raises that size with
    each larger block that is freed (mallopt(3), M_MMAP_THRESHOLD), and a worker that has met a
    few large files keeps twice the memory that it needs."""
    import ctypes  # here, since only workers need it

    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, 2 << 20)


def _unit(unit: Unit) -> Outcome:
    assert _engine is not None
    try:
        return _engine.check(unit)
    finally:
        gc.collect()  # a reader and its buffers may hold one another


def _layer(path: str, offset: int, size: int, call: Call) -> Walked:
    assert _engine is not None
    assert _totals is not None
    return _engine.layer(path, offset, size, call, _totals)


def _processes(engine: Engine, jobs: int) -> tuple[ProcessPoolExecutor, Totals]:
    # Imported here: a small target is looked at without them, and they take 10 ms.
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    fork = get_context("fork")
    totals: Totals = fork.Array("d", len(COUNTED) + 1)
    return ProcessPoolExecutor(jobs, fork, _begin, (engine, totals)), totals


class Pool:
    """The processes of one run. Where processes cannot be forked, everything is done in this
    one."""

    def __init__(self, engine: Engine, jobs: int, units: Sequence[Unit]) -> None:
        self._engine = engine
        self._jobs = jobs or os.cpu_count() or 1
        self._executor: ProcessPoolExecutor | None = None
        self._totals: Totals | None = None
        self._parts: list[Future[Walked]] = []
        self._futures: dict[int, Future[Outcome]] = {}
        self._most = engine.settings.limits.max_findings
        self._told = self._ready = 0
        local = [unit for unit in units if unit.path is not None]
        total = sum(unit.size for unit in local)
        # Elsewhere than on Linux a fork is missing, or not safe beside system libraries.
        forks = sys.platform == "linux"
        if self._jobs > 1 and forks and (total >= ALONE or any(unit.folder for unit in local)):
            engine.matcher.complete()  # once, for all that are forked
            self._executor, self._totals = _processes(engine, self._jobs)
        self._single = len(local) <= 1 or self._executor is None
        if self._executor is not None and not self._single:
            # The longest first, so that no process is left alone with it at the end.
            for unit in sorted(local, key=lambda unit: -unit.size):
                self._futures[id(unit)] = self._executor.submit(_unit, unit)
                self._futures[id(unit)].add_done_callback(self._count)

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._executor is None:
            return
        if kind is None and all(future.done() for future in self._futures.values()):
            self._executor.shutdown()
            return
        from multiprocessing import active_children

        processes = active_children()
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()

    def outcome(self, unit: Unit) -> Outcome:
        """What a unit came to. To be asked for one after the other, in their order. Raises
        TargetError when it is nothing dunnage knows, and when there is more to tell of those before
        it than is told."""
        if self._told > self._most:
            raise TargetError(
                f"{unit.name}: not looked at: there is more to tell of others than is told (limit"
                f" findings={self._most}, set with --limit findings=N)"
            )
        outcome = self._outcome(unit)
        self._told += len(outcome.findings) + len(outcome.problems)
        return outcome

    def _outcome(self, unit: Unit) -> Outcome:
        future = self._futures.get(id(unit))
        if future is None:
            deferring = self if self._executor is not None else None
            return self._engine.check(unit, deferring, alone=self._jobs > 1)
        from concurrent.futures import CancelledError
        from concurrent.futures.process import BrokenProcessPool

        try:
            try:
                return future.result()
            except CancelledError:
                assert self._executor is not None
                return self._executor.submit(_unit, unit).result()
        except BrokenProcessPool:
            return self._again(unit)

    def _count(self, future: Future[Outcome]) -> None:
        """Count what is there to tell; once it is too much, the others need not be begun."""
        if future.cancelled() or future.exception() is not None:
            return
        outcome = future.result()
        self._ready += len(outcome.findings) + len(outcome.problems)
        if self._ready > self._most:
            for other in list(self._futures.values()):
                other.cancel()

    def done(self, units: Sequence[Unit]) -> list[Outcome]:
        """What is there already of these units."""
        futures = [self._futures.get(id(unit)) for unit in units]
        ready = [future for future in futures if future is not None and future.done()]
        return [f.result() for f in ready if not f.cancelled() and f.exception() is None]

    def _again(self, unit: Unit) -> Outcome:
        """A process died: look at this unit in one of its own, to learn whether it was this one."""
        from concurrent.futures.process import BrokenProcessPool

        executor, _ = _processes(self._engine, 1)
        with executor:
            try:
                return executor.submit(_unit, unit).result()
            except BrokenProcessPool:
                return _lost(unit)

    def defer(self, source: Source, call: Call, budget: Budget) -> Future[Walked]:
        """Walk a nested archive in another process. The ``budget`` of the target is shared with
        it from then on."""
        assert self._executor is not None
        assert self._totals is not None
        assert source.slice_of is not None
        from concurrent.futures.process import BrokenProcessPool

        if budget.share is None:
            self._parts.clear()
            self._totals[:] = [0.0] * len(self._totals)
            budget.share = Share(self._totals, budget)
        path, offset = source.slice_of
        try:
            part = self._executor.submit(_layer, path, offset, source.size or 0, call)
        except BrokenProcessPool as error:
            raise DunnageError("a process died while it looked at another part") from error
        self._parts.append(part)
        return part

    def settle(self) -> None:
        """Give up what was handed to other processes, and wait until none is at it any more."""
        from concurrent.futures import wait

        assert self._executor is not None
        for part in self._parts:
            part.cancel()
        wait(self._parts)
        self._parts.clear()
        if all(future.done() for future in self._futures.values()):
            self._executor.shutdown()  # what its processes keep of the target goes with them
            self._executor, self._totals = _processes(self._engine, self._jobs)


def _lost(unit: Unit) -> Outcome:
    from dunnage.engine.run import Outcome

    message = "the process that looked at it died (out of memory, or a bug): nothing is known of it"
    summary = Summary(unit.name, "archive", "unknown", "", "", None, unit.size, 0, 0, False)
    return Outcome(summary, (), (Problem(unit.name, (unit.name,), None, message),))
