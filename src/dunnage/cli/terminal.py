"""The terminal: what it can show, and saying things on standard error."""

from __future__ import annotations

import os
import shutil
import sys
from typing import IO, Any

from dunnage.errors import UsageError
from dunnage.escape import disarm, escape

COLOURS = ("auto", "always", "never")


def tell(text: str) -> None:
    """One line for the user on standard error; harmless if there is none to hear it."""
    try:
        print(disarm(f"dunnage: {escape(text)}"), file=sys.stderr, flush=True)
    except (OSError, ValueError, AttributeError):
        return


def coloured(wish: str, stream: IO[Any] | None, origin: str = "--color") -> bool:
    """Whether to colour what goes to ``stream``. ``auto`` heeds NO_COLOR (no-color.org) and
    FORCE_COLOR. Raises UsageError for a wish that is none of COLOURS."""
    if wish not in COLOURS:
        raise UsageError(f"{origin}: {wish!r} is not one of {', '.join(COLOURS)}")
    if wish != "auto":
        return wish == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal(stream) and os.environ.get("TERM") != "dumb"


def is_terminal(stream: IO[Any] | None) -> bool:
    """Whether a person sees what goes to ``stream``."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return False


def width(stream: IO[Any] | None) -> int:
    """Columns for text: those of the terminal, at least 40 and at most 120; 100 elsewhere."""
    if not is_terminal(stream):
        return 100
    return max(40, min(shutil.get_terminal_size((100, 24)).columns, 120))
