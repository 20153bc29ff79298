"""Time and memory of a command with all the processes it starts."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

POLL = 0.02  # seconds between two looks at the tree


@dataclass(frozen=True)
class Sample:
    """One run: wall-clock seconds, peak memory in bytes, exit code.

    ``peak`` is the greatest sum, over the command and all its descendants, of the proportional
    set size (pages that n processes share count 1/n in each), as the kernel gives it in
    ``/proc/PID/smaps_rollup``. Where there is no ``/proc`` it is the resident size of the
    largest single process, which is too little for a command with workers.
    """

    seconds: float
    peak: int
    exit_code: int
    output: bytes = b""


def run(
    command: Sequence[str], env: Mapping[str, str] | None = None, *, watched: bool = True
) -> Sample:
    """Run ``command`` to its end; ``env`` is added to the environment. To be ``watched`` takes a
    quarter longer what lasts a third of a second; unwatched its memory is the largest process's."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    peaks = [0]
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peaks, ended))
    if watched:
        watcher.start()
    output = process.communicate()[0]
    seconds = time.perf_counter() - started
    ended.set()
    if watched:
        watcher.join()
    peak = peaks[0] or resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return Sample(seconds, peak, process.returncode, output)


def _watch(pid: int, peaks: list[int], ended: threading.Event) -> None:
    while not ended.wait(POLL):
        peaks[0] = max(peaks[0], sum(map(_memory, _tree(pid))))


def _tree(pid: int) -> list[int]:
    """The process and its descendants that live now."""
    found = [pid]
    for each in found:
        for task in _list(Path(f"/proc/{each}/task")):
            with contextlib.suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def _list(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # it has ended, or there is no /proc
        return []


def _memory(pid: int) -> int:
    """Bytes of the process, shared pages by their part; 0 when it has ended."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line[:4] == "Pss:")
