"""What a run comes to: its exit code."""

from __future__ import annotations

from dunnage.errors import ExitCode, UsageError
from dunnage.model import Run, Severity

NEVER = "never"


def threshold(word: str, origin: str = "--fail-on") -> Severity | None:
    """Read ``--fail-on``: a severity, or None for ``never``. Raises UsageError, which names the
    ``origin``, for another word."""
    if word == NEVER:
        return None
    try:
        return Severity.parse(word)
    except ValueError:
        raise UsageError(f"{origin}: {word!r} is not one of note, warning, error, never") from None


def verdict(run: Run, fail_on: Severity | None) -> ExitCode:
    """1 with findings that count at or above ``fail_on``, else 3 with problems that count, or
    an artifact that was not looked at whole and nothing told of it, else 0."""
    if fail_on is not None and any(
        found.suppressed is None and found.severity >= fail_on for found in run.findings
    ):
        return ExitCode.FINDINGS
    told = {problem.artifact for problem in run.problems}
    if any(problem.suppressed is None for problem in run.problems) or not all(
        summary.complete or summary.target in told for summary in run.artifacts
    ):
        return ExitCode.INCOMPLETE
    return ExitCode.CLEAN
