"""The SARIF 2.1.0 report (OASIS standard, 27 March 2020), within what GitHub's code scanning
accepts.

GitHub's limits: docs.github.com, "SARIF support for code scanning".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO
from urllib.parse import quote

from msgspec import Struct

from dunnage.amounts import counted
from dunnage.escape import escape
from dunnage.lazy import lazy_regex
from dunnage.model import Finding, Problem, Run, Severity
from dunnage.report.json import write
from dunnage.report.places import cut, layer_words, place, shorten, shown, via_words
from dunnage.rules import Rule
from dunnage.version import __version__

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

MOST_RESULTS = 25_000
MOST_TAGS = 20
MOST_DESCRIPTION = 1_024
_MOST_NOTIFICATIONS = 1_000

# GitHub ranks alerts of the tag "security" by this figure: 7.0 and above is high, 4.0 medium.
_SECURITY = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.NOTE: "2.0"}
_SCHEME = lazy_regex(r"[A-Za-z][A-Za-z0-9+.-]*://")
_DRIVE = lazy_regex(r"[A-Za-z]:[\\/]")


class SarifReporter(Struct, frozen=True):
    """One run, the worst first. ``base`` is the folder that targets are named from: an absolute
    target below it is named relative to it, as GitHub wants."""

    name: str = "sarif"
    base: str | None = None

    def report(self, run: Run, out: BinaryIO) -> None:
        """Write the run. What is suppressed is left out: GitHub would raise it."""
        findings = [found for found in run.findings if found.suppressed is None]
        findings.sort(key=lambda found: -found.severity.value)
        kept = findings[:MOST_RESULTS]
        rules = [
            run.rules[rule] for rule in sorted({found.rule for found in kept} & set(run.rules))
        ]
        places = {rule.id: number for number, rule in enumerate(rules)}
        problems = sorted(run.problems, key=lambda problem: problem.suppressed is not None)
        notifications = [self._problem(problem) for problem in problems[:_MOST_NOTIFICATIONS]]
        failed = sum(problem.suppressed is None for problem in problems)
        if (more := len(problems) - len(notifications)) > 0:
            level = "error" if failed > len(notifications) else "note"
            notifications.append(_notice(level, f"{more} more places could not be looked at"))
        if more := len(findings) - len(kept):
            notifications.append(
                _notice(
                    "warning",
                    f"left out here, the least severe of all: {counted(more, 'finding')}; code "
                    f"scanning takes {MOST_RESULTS:,} results a run",
                )
            )
        notifications += [_notice("note", escape(note)) for note in run.notes]
        seen: dict[str, int] = {}
        write(
            {
                "$schema": SCHEMA,
                "version": "2.1.0",
                "runs": [
                    {
                        "tool": {
                            "driver": {
                                "name": "dunnage",
                                "version": __version__,
                                "semanticVersion": __version__,
                                "rules": [_rule(rule) for rule in rules],
                            }
                        },
                        "invocations": [
                            {
                                "executionSuccessful": not failed,
                                "toolExecutionNotifications": notifications,
                            }
                        ],
                        "columnKind": "unicodeCodePoints",
                        "results": (self._result(found, places, seen) for found in kept),
                    }
                ],
            },
            out,
        )

    def _result(
        self, found: Finding, rules: Mapping[str, int], seen: dict[str, int]
    ) -> dict[str, Any]:
        prints = found.fingerprint or f"{found.rule}:{place(found)}"
        seen[prints] = seen.get(prints, 0) + 1
        return {
            "ruleId": found.rule,
            **({"ruleIndex": rules[found.rule]} if found.rule in rules else {}),
            "level": found.severity.label,
            "message": {"text": _plain(_message(found))},
            "locations": [self._location(found)],
            # The name that GitHub keeps alerts by; the others are for other readers.
            "partialFingerprints": {
                "primaryLocationLineHash": f"{prints}:{seen[prints]}",
                "dunnage/v1": prints,
            },
            "properties": _properties(found),
        }

    def _location(self, found: Finding | Problem) -> dict[str, Any]:
        """The artifact's file, and the place inside it as a logical location: what is inside an
        archive has no address that GitHub could open, and a line number there would be shown as
        one of the archive."""
        location: dict[str, Any] = {
            "physicalLocation": {
                "artifactLocation": {"uri": artifact_uri(found.artifact, self.base)},
                "region": {"startLine": 1},
            }
        }
        if found.path or len(found.trail) > 1:
            location["logicalLocations"] = [
                {
                    "name": shown(found.path or found.trail[-1]),
                    "fullyQualifiedName": _qualified(found),
                    "kind": "member",
                }
            ]
        return location

    def _problem(self, problem: Problem) -> dict[str, Any]:
        text = f"Not looked at: {cut(place(problem))}: {shorten(escape(problem.message))}"
        level = "error"
        if problem.suppressed is not None:
            level, text = "note", f"{text} (ignored: {escape(problem.suppressed)})"
        return {**_notice(level, text), "locations": [self._location(problem)]}


def artifact_uri(target: str, base: str | None = None) -> str:
    """A target as a relative reference without a colon (RFC 3986, 4.2), or as a ``file:`` URI when
    it is absolute and not below ``base``. An image reference or ``-`` is spelt as if it were a
    file.

    >>> artifact_uri("dist/a b.tgz"), artifact_uri("app:1.0"), artifact_uri("/w/dist/x.whl", "/w")
    ('dist/a%20b.tgz', 'app%3A1.0', 'dist/x.whl')
    """
    raw = target.encode("utf-8", "surrogateescape" if _encodable(target) else "replace")
    if base and target.startswith(base.rstrip("/\\") + "/"):
        return quote(raw[len(base.rstrip("/\\").encode()) + 1 :], safe="/") or "."
    if _DRIVE.match(target):
        return "file:///" + quote(raw.replace(b"\\", b"/"), safe="/:")
    if target.startswith("/"):
        return "file://" + quote(raw, safe="/")
    path = quote(_SCHEME.sub("", target) if _SCHEME.match(target) else raw, safe="/")
    return re.sub(r"/{2,}", "/", path.removeprefix("./")) or "-"


def _encodable(text: str) -> bool:
    return not any(
        0xD800 <= ord(char) <= 0xDFFF and not 0xDC80 <= ord(char) <= 0xDCFF for char in text
    )


def _message(found: Finding) -> str:
    parts = [f"{cut(place(found))}: {shorten(escape(found.message))}"]
    if found.excerpt:
        parts.append(escape(found.excerpt))
    if found.places > 1:
        parts.append(f"Also in {found.places - 1} other places.")
    if words := layer_words(found):
        parts.append(f"In {words}.")
    if words := via_words(found):
        parts.append(f"{words.capitalize()}.")
    if found.fix:
        parts.append("Fix: " + "\n".join(map(escape, found.fix.splitlines())))
    return "\n".join(parts)


def _plain(text: str) -> str:
    """Text without links: ``[x](y)`` in a message is one (SARIF 3.11.6), and a stranger may have
    written it."""
    return re.sub(r"\[|\](?=\()", r"\\\g<0>", text) if "](" in text else text


def _qualified(found: Finding | Problem) -> str:
    return "!".join(shown(step) for step in (*found.trail, *([found.path] if found.path else [])))


def _properties(found: Finding) -> dict[str, Any]:
    return {
        "artifact": escape(found.artifact),
        "path": None if found.path is None else shown(found.path),
        "line": found.line,
        "column": found.column,
        "layer": None if found.layer is None else found.layer.index,
        "hiddenBy": found.hidden_by,
        "own": found.own,
        "places": found.places,
        "via": [escape(step) for step in found.via],
    }


def _notice(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": _plain(text)}}


def _rule(rule: Rule) -> dict[str, Any]:
    fixes = _fixes(rule)
    text = "\n\n".join(part for part in (rule.why, *fixes) if part) or rule.summary
    secret = rule.group == "secret"
    tags = dict.fromkeys([*(["security"] if secret else []), rule.group, *rule.tags])
    return {
        "id": rule.id,
        "name": _pascal(rule.id),
        "shortDescription": {"text": _cut(rule.summary or rule.id)},
        "fullDescription": {"text": _cut(rule.why or rule.summary or rule.id)},
        **({"helpUri": rule.source} if rule.source.startswith(("http://", "https://")) else {}),
        "help": {"text": text or rule.id, "markdown": _markdown(rule, fixes)},
        "defaultConfiguration": {"level": rule.severity.label},
        "properties": {
            "tags": list(tags)[:MOST_TAGS],
            "precision": "high",
            **({"security-severity": _SECURITY[rule.severity]} if secret else {}),
        },
    }


def _cut(text: str) -> str:
    """A description within GitHub's limit, cut between two words. The whole is in ``help``."""
    if len(text) <= MOST_DESCRIPTION:
        return text
    start = text[: MOST_DESCRIPTION - 2]
    return (start.rpartition(" ")[0] or start) + " …"


def _fixes(rule: Rule) -> Sequence[str]:
    if isinstance(rule.fix, str):
        return [f"Fix: {rule.fix}"] if rule.fix else []
    return [f"Fix ({name}): {fix}" for name, fix in rule.fix.items()]


def _markdown(rule: Rule, fixes: Iterable[str]) -> str:
    parts = [f"**{rule.summary or rule.id}**", rule.why, *fixes]
    if rule.source:
        parts.append(f"Source: {rule.source}")
    return "\n\n".join(part for part in parts if part)


def _pascal(rule: str) -> str:
    return "".join(word.capitalize() for word in re.split(r"[/-]", rule))
