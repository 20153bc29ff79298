"""The report for people: by artifact, the worst first, what repeats folded."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import BinaryIO, TypeVar

from msgspec import Struct

from dunnage.amounts import amount, counted
from dunnage.escape import disarm, escape
from dunnage.model import Finding, Problem, Run, Severity, Summary
from dunnage.report.places import LONGEST_MESSAGE, cut, layer_words, place, shorten, via_words
from dunnage.report.tally import tally

# ANSI SGR (ECMA-48, 8.3.117): the eight basic colours, which every terminal theme keeps readable.
_STYLES = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;34",
    "problem": "1;35",
    "strong": "1",
    "faint": "2",
    "good": "1;32",
}
_PLAIN = str.maketrans({"→": "->", "…": "...", "·": "-", "│": "|", "é": "e"})
_FOLD = {Severity.ERROR: 3, Severity.WARNING: 3, Severity.NOTE: 1}
_PROBLEMS = 10
_FIXES = 20
_Told = TypeVar("_Told", Finding, Problem)


class TextReporter(Struct, frozen=True):
    """Text, ``width`` columns wide. ``verbosity`` above 0 folds nothing and shows what is
    suppressed; -1 shows one line for each finding and problem; -2 nothing. ``encoding`` is the
    terminal's. ``whole`` keeps excerpts that are wider: secrets that the user wants shown."""

    name: str = "text"
    colour: bool = False
    width: int = 100
    verbosity: int = 0
    encoding: str = "utf-8"
    whole: bool = False

    def report(self, run: Run, out: BinaryIO) -> None:
        """Write the run, line by line."""
        if self.verbosity <= -2:
            return
        plain = not self.encoding.lower().replace("_", "-").startswith("utf")
        for line in self._lines(run):
            text = disarm(line)
            if plain:
                text = text.translate(_PLAIN)
            out.write(text.encode(self.encoding, "backslashreplace") + b"\n")

    def _lines(self, run: Run) -> Iterator[str]:
        groups = _by_artifact(run, self._shown(run.findings), self._shown(run.problems))
        for summary, findings, problems in groups:
            if self.verbosity < 0:
                yield from self._brief(findings, problems)
                continue
            yield self._style("strong", escape(summary.target)) + _identity(summary)
            yield ""
            for same in _by_rule(findings):
                yield from self._rule(same)
                yield ""
            yield from self._problems(problems)
        if self.verbosity >= 0:
            yield from self._closing(run)

    def _shown(self, told: Sequence[_Told]) -> list[_Told]:
        return [each for each in told if each.suppressed is None or self.verbosity > 0]

    def _brief(self, findings: Sequence[Finding], problems: Sequence[Problem]) -> Iterator[str]:
        for found in findings:
            where = _whole(found)
            label = self._label(found.severity)
            yield f"{where}: {label}: {_message(found)} [{found.rule}]"
        for problem in problems:
            label = self._style("problem", "problem")
            yield f"{_whole(problem)}: {label}: {shorten(escape(problem.message))}"

    def _rule(self, same: Sequence[Finding]) -> Iterator[str]:
        """All findings of one rule and severity in one artifact."""
        most = _FOLD[same[0].severity] if self.verbosity <= 0 else len(same)
        label = self._label(same[0].severity)
        rule = self._style("faint", f"[{same[0].rule}]")
        if len(same) > most and most > 1:
            yield from self._folded(same, most, label, rule)
            return
        for found in same[:most]:
            yield f"  {label}  {self._style('strong', cut(place(found)))}  {rule}"
            yield from self._wrap(_message(found), 9)
            yield from self._excerpt(found, 9)
            for words in _asides(found):
                yield from self._wrap(words, 9)
        if len(same) > most:
            yield f"{'':9}… and {counted(len(same) - most, 'more place')} (-v shows them)"
        yield from self._fix(same)

    def _folded(self, same: Sequence[Finding], most: int, label: str, rule: str) -> Iterator[str]:
        yield f"  {label}  {self._style('strong', counted(len(same), 'place'))}  {rule}"
        alike = len({found.message for found in same}) == 1
        if alike:
            yield from self._wrap(_message(same[0]), 9)
        for found in same[:most]:
            yield f"{'':9}{self._style('strong', cut(place(found)))}"
            if not alike:
                yield from self._wrap(_message(found), 11)
            yield from self._excerpt(found, 11)
            for words in _asides(found):
                yield from self._wrap(words, 11)
        yield f"{'':9}… and {counted(len(same) - most, 'more place')} (-v shows them)"
        yield from self._fix(same)

    def _excerpt(self, found: Finding, indent: int) -> Iterator[str]:
        if found.excerpt:
            text, room = escape(found.excerpt), max(self.width, 40) - indent - 2
            most = LONGEST_MESSAGE if self.verbosity > 0 else room
            if len(text) > most and not self.whole:
                text = text[: most - 1] + "…"
            yield " " * indent + self._style("faint", "│ ") + text

    def _fix(self, same: Sequence[Finding]) -> Iterator[str]:
        if same[0].severity is Severity.NOTE and self.verbosity <= 0:
            return
        fixes = list(dict.fromkeys(found.fix for found in same if found.fix))
        most = _FIXES if self.verbosity <= 0 else len(fixes)
        for fix in fixes[:most]:
            first, *rest = fix.strip().splitlines()
            yield from self._wrap(self._style("good", "fix:") + " " + escape(first), 9, hang=5)
            for line in rest:  # lines to paste keep their shape
                yield " " * 14 + escape(line.rstrip())
        if len(fixes) > most:
            more = counted(len(fixes) - most, "more fix", "more fixes")
            yield f"{'':9}… and {more} (-v shows them)"

    def _problems(self, problems: Sequence[Problem]) -> Iterator[str]:
        if not problems:
            return
        most = _PROBLEMS if self.verbosity <= 0 else len(problems)
        yield f"  {self._style('problem', 'not looked at')}"
        for problem in problems[:most]:
            deeper = problem.path is not None or len(problem.trail) > 1
            if deeper:
                yield f"{'':9}{self._style('strong', cut(place(problem)))}"
            indent = 11 if deeper else 9
            yield from self._wrap(shorten(escape(problem.message)), indent)
            if problem.suppressed is not None:
                yield from self._wrap("ignored: " + escape(problem.suppressed), indent)
        if len(problems) > most:
            yield f"{'':9}… and {counted(len(problems) - most, 'more place')} (-v shows them)"
        yield ""

    def _closing(self, run: Run) -> Iterator[str]:
        for note in run.notes:
            yield from self._wrap("note: " + escape(note), 0, hang=6)
        for summary in run.artifacts if self.verbosity > 0 else ():
            yield (
                f"{escape(summary.target)}{_identity(summary)}: "
                f"{counted(summary.files, 'file')}, {amount(summary.bytes)}"
            )
        yield self._verdict(run)
        if count := sum(problem.suppressed is None for problem in run.problems):
            places = counted(count, "place")
            yield self._style("problem", f"Incomplete: {places} could not be looked at, see above.")

    def _verdict(self, run: Run) -> str:
        counts = tally(run.findings)
        parts = [
            self._style(level.label, counted(counts[level], level.label))
            for level in sorted(Severity, reverse=True)
            if counts[level]
        ]
        words = ", ".join(parts) or self._style("good", "No findings")
        covered = ", ".join(
            [
                counted(len(run.artifacts), "artifact"),
                counted(sum(summary.files for summary in run.artifacts), "file"),
                amount(sum(summary.bytes for summary in run.artifacts)),
                f"{run.elapsed:.2f} s",
            ]
        )
        words += f" in {covered}"
        hidden = [found.suppressed for found in run.findings if found.suppressed is not None]
        if hidden:
            known = sum(reason.startswith("baseline") for reason in hidden)
            kinds = [f"{len(hidden) - known:,} by configuration"] * (len(hidden) > known)
            kinds += [f"{known:,} by the baseline"] * bool(known)
            words += f"; ignored: {', '.join(kinds)}"
        if accepted := sum(problem.suppressed is not None for problem in run.problems):
            words += f"; not looked at, and accepted: {counted(accepted, 'place')}"
        return words + "."

    def _label(self, severity: Severity) -> str:
        pad = " " * (5 - len(severity.label)) if self.verbosity >= 0 else ""
        return self._style(severity.label, severity.label) + pad

    def _style(self, style: str, text: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.colour else text

    def _wrap(self, text: str, indent: int, hang: int = 0) -> Iterator[str]:
        yield from textwrap.wrap(
            text,
            max(self.width, 40),
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + hang),
            break_long_words=False,
            break_on_hyphens=False,
        )


def _by_artifact(
    run: Run, shown: Sequence[Finding], problems: Sequence[Problem]
) -> list[tuple[Summary, list[Finding], list[Problem]]]:
    """The artifacts that have something to show, the worst first, else in the order of the run."""
    known = {summary.target: summary for summary in run.artifacts}
    groups: dict[str, tuple[Summary, list[Finding], list[Problem]]] = {}
    for target in [*known, *(f.artifact for f in shown), *(p.artifact for p in problems)]:
        if target not in groups:
            summary = known.get(target) or Summary(target, "", "", "", "", None, 0, 0, 0, False)
            groups[target] = (summary, [], [])
    for found in shown:
        groups[found.artifact][1].append(found)
    for problem in problems:
        groups[problem.artifact][2].append(problem)
    return sorted(
        (group for group in groups.values() if group[1] or group[2]),
        key=lambda group: [-number for number in _weight(group[1])],
    )


def _weight(findings: Sequence[Finding]) -> list[int]:
    counts = tally(findings)
    return [counts[level] for level in sorted(Severity, reverse=True)]


def _by_rule(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings of one rule and severity together, the worst first, else in the order of the run."""
    groups: dict[tuple[int, str], list[Finding]] = {}
    for found in findings:
        groups.setdefault((-found.severity.value, found.rule), []).append(found)
    return [groups[key] for key in sorted(groups, key=lambda key: key[0])]


def _identity(summary: Summary) -> str:
    words = " ".join(
        escape(word)
        for word in (summary.ecosystem, summary.kind, summary.name, summary.version)
        if word
    )
    return f"  ({words})" if words else ""


def _whole(found: Finding | Problem) -> str:
    where = cut(place(found))
    target = escape(found.artifact)
    name = target.rstrip("/").rpartition("/")[2]
    if where.startswith(name) and (where == name or where.startswith(name + " → ")):
        return target + where[len(name) :]
    return f"{target} → {where}"


def _message(found: Finding) -> str:
    message = shorten(escape(found.message))
    if found.places > 1:
        message += f" (and in {counted(found.places - 1, 'other place')})"
    return message


def _asides(found: Finding) -> Iterator[str]:
    if words := layer_words(found):
        yield "in " + words
    if words := via_words(found):
        yield words
    if found.suppressed is not None:
        yield "ignored: " + escape(found.suppressed)
