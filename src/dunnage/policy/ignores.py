"""Findings that the user accepts, each with the reason, and until when."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace

from dunnage.model import Finding


class Ignore(Struct, frozen=True):
    """One accepted kind of finding. ``rule`` is an id, a group or a glob of ids; ``path`` a glob
    (gitwildmatch) of the file, with or without the component that an ecosystem strips, or of the
    whole way through nested archives (``vendor/in.whl/a.py``); ``artifact`` a glob of the target
    or of its file name. All that are given must match. ``until`` is the last day on which it
    counts. ``file`` and ``origin`` say where it stands."""

    reason: str
    rule: str | None = None
    path: str | None = None
    artifact: str | None = None
    fingerprint: str | None = None
    until: datetime.date | None = None
    file: str = ""
    origin: str = ""

    def __str__(self) -> str:
        what = [self.rule, self.path and f"in {self.path}", self.artifact and f"of {self.artifact}"]
        what.append(self.fingerprint and f"with fingerprint {self.fingerprint}")
        return f"{self.file}: {self.origin} ({' '.join(part for part in what if part)})"


def apply(
    findings: Sequence[Finding], ignores: Sequence[Ignore], today: datetime.date
) -> tuple[list[Finding], list[str]]:
    """The findings, those that an ignore accepts marked so, and what the user should know of
    the ignores: which have expired, which match nothing any more."""
    notes: list[str] = []
    valid: list[Ignore] = []
    for ignore in ignores:
        if ignore.until is not None and ignore.until < today:
            notes.append(f"{ignore} has expired on {ignore.until.isoformat()}")
        else:
            valid.append(ignore)
    if not valid:
        return list(findings), notes
    matchers = [_Matcher(ignore) for ignore in valid]
    marked = []
    for found in findings:
        # All are asked, so that none is called unused because another came first.
        reasons = [matcher.ignore for matcher in matchers if matcher.accepts(found)]
        said = f"{reasons[0].file}: {reasons[0].reason}" if reasons else None
        marked.append(replace(found, suppressed=found.suppressed or said) if said else found)
    notes += [f"{m.ignore} matched nothing" for m in matchers if not m.used]
    return marked, notes


class _Matcher:
    """An ignore, its globs compiled once."""

    def __init__(self, ignore: Ignore) -> None:
        self.ignore = ignore
        self.used = False
        self._paths = None
        if ignore.path is not None:
            from pathspec import GitIgnoreSpec

            self._paths = GitIgnoreSpec.from_lines([ignore.path])

    def accepts(self, found: Finding) -> bool:
        ignore = self.ignore
        matched = (
            (ignore.rule is None or names(ignore.rule, found.rule))
            and (ignore.fingerprint is None or ignore.fingerprint == found.fingerprint)
            and (ignore.artifact is None or _is_of(found.artifact, ignore.artifact))
            and (self._paths is None or any(map(self._paths.match_file, _paths(found))))
        )
        self.used = self.used or matched
        return matched


def names(pattern: str, rule: str) -> bool:
    """Whether ``pattern``, an id, a group or a glob of ids, names the rule.

    >>> names("secret", "secret/x"), names("secret/*", "secret/x"), names("sec", "secret/x")
    (True, True, False)
    """
    return pattern in (rule, rule.partition("/")[0]) or fnmatchcase(rule, pattern)


def _is_of(target: str, pattern: str) -> bool:
    name = target.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return fnmatchcase(target, pattern) or fnmatchcase(name, pattern)


def _paths(found: Finding) -> Iterator[str]:
    path = found.path or ""
    yield path
    yield path.partition("/")[2]
    if len(found.trail) > 1:
        whole = "/".join([*found.trail[1:], path])
        yield whole
        yield whole.partition("/")[2]


def unknown(patterns: Iterable[str], rules: Iterable[str]) -> list[str]:
    """The patterns that name no rule there is."""
    known = list(rules)
    return [pattern for pattern in patterns if not any(names(pattern, rule) for rule in known)]
