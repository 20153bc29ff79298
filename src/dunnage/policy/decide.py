"""Putting the user's decisions to what the engine found."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from dunnage.errors import UsageError
from dunnage.model import Run
from dunnage.policy import baseline, ignores
from dunnage.policy.baseline import Known
from dunnage.policy.ignores import Ignore


def decide(
    run: Run,
    accepted: Sequence[Ignore],
    known: Iterable[Known] | None,
    known_from: str,
    today: datetime.date,
) -> Run:
    """The run with the findings and problems that an ignore or the baseline covers marked, and
    what is to be said of those that cover nothing. ``known`` is None without a baseline;
    ``known_from`` is its file."""
    findings, problems, notes = ignores.apply(run.findings, run.problems, accepted, today)
    if known is not None:
        findings, more = baseline.apply(findings, known, known_from)
        notes += more
    return replace(run, findings=findings, problems=problems, notes=[*run.notes, *notes])


def require_known(origin: str, patterns: Iterable[str], rules: Sequence[str]) -> None:
    """Raise UsageError, one line, for the first pattern that names no rule: a misspelt rule must
    not pass for one that was ignored. ``origin`` is the option or the key."""
    if missing := ignores.unknown(patterns, rules):
        import difflib

        words = [*rules, *{rule.partition("/")[0] for rule in rules}]
        close = difflib.get_close_matches(missing[0], words, 1)
        meant = f"; did you mean {close[0]}?" if close else "; `dunnage rules` lists them"
        raise UsageError(f"{origin}: there is no rule or group {missing[0]!r}{meant}")
