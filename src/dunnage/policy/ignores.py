"""Findings and problems that the user accepts, each with the reason, and until when."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from dunnage.model import Finding, Problem

_Told = TypeVar("_Told", Finding, Problem)


class Ignore(Struct, frozen=True):
    """One accepted kind of finding or of problem. ``rule`` is an id, a group or a glob of ids;
    ``problem`` a glob of what is said of what could not be looked at; ``path`` a glob
    (gitwildmatch) of the file, with or without the component that an ecosystem strips, or of the
    way through nested archives, from any of them on (``vendor/in.whl/a.py``); ``artifact`` a glob
    of the target or of its file name. All that are given must match. ``until`` is the last day on
    which it counts. ``file`` and ``origin`` say where it stands."""

    reason: str
    rule: str | None = None
    path: str | None = None
    artifact: str | None = None
    fingerprint: str | None = None
    problem: str | None = None
    until: datetime.date | None = None
    file: str = ""
    origin: str = ""

    def __str__(self) -> str:
        what = [self.rule, self.problem and f"problem {self.problem!r}"]
        what += [self.path and f"in {self.path}", self.artifact and f"of {self.artifact}"]
        what.append(self.fingerprint and f"with fingerprint {self.fingerprint}")
        return f"{self.file}: {self.origin} ({' '.join(part for part in what if part)})"


def apply(
    findings: Sequence[Finding],
    problems: Sequence[Problem],
    ignores: Sequence[Ignore],
    today: datetime.date,
) -> tuple[list[Finding], list[Problem], list[str]]:
    """The findings and the problems, those that an ignore accepts marked so, and what the user
    should know of the ignores: which have expired, which match nothing any more."""
    notes: list[str] = []
    valid: list[Ignore] = []
    for ignore in ignores:
        if ignore.until is not None and ignore.until < today:
            notes.append(f"{ignore} has expired on {ignore.until.isoformat()}")
        else:
            valid.append(ignore)
    if not valid:
        return list(findings), list(problems), notes
    matchers = [_Matcher(ignore) for ignore in valid]
    marked = [_marked(found, matchers) for found in findings]
    accepted = [_marked(problem, matchers) for problem in problems]
    notes += [f"{m.ignore} matched nothing" for m in matchers if not m.used]
    return marked, accepted, notes


def _marked(told: _Told, matchers: Sequence[_Matcher]) -> _Told:
    # All are asked, so that none is called unused because another came first.
    reasons = [matcher.ignore for matcher in matchers if matcher.accepts(told)]
    said = f"{reasons[0].file}: {reasons[0].reason}" if reasons else None
    return replace(told, suppressed=told.suppressed or said) if said else told


class _Matcher:
    """An ignore, its globs compiled once."""

    def __init__(self, ignore: Ignore) -> None:
        self.ignore = ignore
        self.used = False
        self._paths = None
        if ignore.path is not None:
            from pathspec import GitIgnoreSpec

            self._paths = GitIgnoreSpec.from_lines([ignore.path])

    def accepts(self, told: Finding | Problem) -> bool:
        ignore = self.ignore
        matched = (
            self._means(told)
            and (ignore.artifact is None or _is_of(told.artifact, ignore.artifact))
            and (self._paths is None or any(map(self._paths.match_file, _paths(told))))
        )
        self.used = self.used or matched
        return matched

    def _means(self, told: Finding | Problem) -> bool:
        ignore = self.ignore
        if isinstance(told, Problem):
            return ignore.problem is not None and fnmatchcase(told.message, ignore.problem)
        return (
            ignore.problem is None
            and (ignore.rule is None or names(ignore.rule, told.rule))
            and (ignore.fingerprint is None or ignore.fingerprint == told.fingerprint)
        )


def names(pattern: str, rule: str) -> bool:
    """Whether ``pattern``, an id, a group or a glob of ids, names the rule.

    >>> names("secret", "secret/x"), names("secret/*", "secret/x"), names("sec", "secret/x")
    (True, True, False)
    """
    return pattern in (rule, rule.partition("/")[0]) or fnmatchcase(rule, pattern)


def _is_of(target: str, pattern: str) -> bool:
    name = target.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return fnmatchcase(target, pattern) or fnmatchcase(name, pattern)


def _paths(told: Finding | Problem) -> Iterator[str]:
    way = [*told.trail[1:], *([told.path] if told.path else [])]
    for start in range(len(way)):
        path = "/".join(way[start:])
        yield path
        yield path.partition("/")[2]


def unknown(patterns: Iterable[str], rules: Iterable[str]) -> list[str]:
    """The patterns that name no rule there is."""
    known = list(rules)
    return [pattern for pattern in patterns if not any(names(pattern, rule) for rule in known)]
