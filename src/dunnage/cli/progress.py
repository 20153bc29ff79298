"""A line on standard error while work takes more than a second, on a terminal only."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from dunnage.cli.terminal import is_terminal
from dunnage.escape import escape
from dunnage.report.places import base_name

_AFTER = 1.0
_EVERY = 0.2
_BAR = 20


class Progress:
    """What the engine tells of its progress, as a line that is drawn over itself."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._drawn = False
        self._process = os.getpid()
        self._now = ("", 0, 0)

    def __call__(self, name: str, done: int, total: int) -> None:
        """Take note; draw when no timer does."""
        self._now = (name, done, total)
        if not hasattr(signal, "SIGALRM"):
            self.draw()

    def draw(self, *_: object) -> None:
        """Draw the line, once it has taken long enough."""
        elapsed = time.monotonic() - self._started
        if elapsed < _AFTER or os.getpid() != self._process:
            return
        line = self.line(elapsed, shutil.get_terminal_size().columns)
        self._drawn = True
        _write(f"\r\x1b[K{line}")

    def line(self, elapsed: float, columns: int) -> str:
        """The line: a bar where there are several artifacts, what is looked at, and for how
        long."""
        name, done, total = self._now
        text = f"{elapsed:.0f} s  {escape(base_name(name))}".rstrip()
        if total > 1:
            filled = _BAR * done // total
            text = f"[{'#' * filled}{'.' * (_BAR - filled)}] {done}/{total}  {text}"
        return text if len(text) < columns else text[: max(columns - 2, 0)] + "…"

    def clear(self) -> None:
        """Leave nothing behind."""
        if self._drawn:
            _write("\r\x1b[K")


@contextmanager
def shown(wanted: bool) -> Iterator[Progress | None]:
    """Progress on the terminal while the block runs; None where nobody would see it."""
    if not wanted or not is_terminal(sys.stderr):
        yield None
        return
    progress = Progress()
    # A timer's signal, not a thread: the engine forks, and threads do not survive that.
    timer = hasattr(signal, "SIGALRM")

    def on_alarm(number: int, frame: FrameType | None) -> None:
        progress.draw()

    before = signal.signal(signal.SIGALRM, on_alarm) if timer else None
    if timer:
        signal.setitimer(signal.ITIMER_REAL, _AFTER, _EVERY)
    try:
        yield progress
    finally:
        if timer:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        progress.clear()


def _write(text: str) -> None:
    # Past Python's buffers: the signal may have come in the middle of another write.
    try:
        os.write(2, text.encode("utf-8", "replace"))
    except OSError:
        return
