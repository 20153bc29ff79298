"""The few exceptions of dunnage, and its exit codes."""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """What the process says when it ends; the same for every format."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    INCOMPLETE = 3
    BUG = 70
    INTERRUPTED = 130


class DunnageError(Exception):
    """The root of all errors that are not bugs. Its text is one line, for the user."""


class UsageError(DunnageError):
    """What the user asked for cannot be done: a bad option, setting or rule file."""


class PluginError(UsageError):
    """A plugin that cannot be loaded or breaks its contract. The text names it."""


class TargetError(UsageError):
    """A target that does not exist, is empty, or is nothing dunnage knows."""


class ArchiveError(DunnageError):
    """Bytes of an archive that cannot be read: damaged, truncated, encrypted, unsupported."""


class LimitError(ArchiveError):
    """A limit was reached. The text names the limit and its setting."""


class StartAgain(BaseException):
    """A limit was met that several processes count against together: which of them came to it is
    chance, and the target is walked once more, in order. Nothing but that may catch it."""


class NotRereadable(ArchiveError):
    """The bytes came from a stream that can be read only once, and have passed."""
