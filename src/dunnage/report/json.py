"""The JSON report, version 1. Fields may be added, never changed.

It holds no time and no duration: the same input gives the same bytes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from dunnage.escape import escape, is_clean
from dunnage.model import Finding, LayerNote, Problem, Run, Severity, Summary
from dunnage.report.places import cut
from dunnage.report.tally import tally
from dunnage.version import __version__

SCHEMA = "dunnage-report/1"
_Told = TypeVar("_Told", Finding, Problem)

_SHORT = 256
_SHORT_LIST = 32
_MOST_LONG = 64 << 20


class JsonReporter(Struct, frozen=True):
    """JSON, indented, in UTF-8. Strings are escaped as in every report; a path that had to be
    has its exact bytes beside it, as base64 in ``raw_path``."""

    name: str = "json"

    def report(self, run: Run, out: BinaryIO) -> None:
        """Write the run."""
        room = _Room()
        write(
            {
                "schema": SCHEMA,
                "tool": {"name": "dunnage", "version": __version__},
                "artifacts": map(_artifact, run.artifacts),
                "findings": (room.told(found, _finding) for found in run.findings),
                "problems": (room.told(problem, _problem) for problem in run.problems),
                "notes": (escape(note) for notes in (run.notes, room.notes()) for note in notes),
                "summary": _summary(run),
            },
            out,
        )


class _Room:
    """Keeps a report readable: long names, of which a stranger may have written many deep inside
    one another, are whole up to :data:`_MOST_LONG` characters in all, then cut."""

    def __init__(self) -> None:
        self._left = _MOST_LONG

    def told(self, one: _Told, as_json: Callable[[_Told], Any]) -> Any:
        """A finding or problem as JSON, its long strings and lists cut if there is no more room."""
        if self._left >= 0:
            return self._fitted(as_json(one))
        # Escaping what is not shown would take most of the time.
        trail = tuple(cut(step, _SHORT) for step in one.trail)
        path = None if one.path is None else cut(one.path, _SHORT)
        shown = self._fitted(as_json(replace(one, trail=trail, path=path)))
        if path != one.path:
            shown.pop("raw_path", None)
        return shown

    def _fitted(self, value: Any) -> Any:
        if isinstance(value, dict):
            kept = {key: self._fitted(item) for key, item in value.items()}
            if kept.get("raw_path") != value.get("raw_path"):
                del kept["raw_path"]
            return kept
        if isinstance(value, list):
            if len(value) > _SHORT_LIST and not self._takes(sum(map(len, value))):
                value = [*value[:_SHORT_LIST], "…"]
            return [self._fitted(item) for item in value]
        if isinstance(value, str) and len(value) > _SHORT and not self._takes(len(value)):
            return cut(value, _SHORT)
        return value

    def _takes(self, size: int) -> bool:
        self._left -= size
        return self._left >= 0

    def notes(self) -> Iterator[str]:
        """What is to be said when all has been written."""
        if self._left < 0:
            yield (
                f"names and texts beyond {_SHORT} characters came to more than "
                f"{_MOST_LONG >> 20} MiB: the rest of them is cut in this report"
            )


def write(document: Mapping[str, Any], out: BinaryIO) -> None:
    """Write JSON in which no CI runner finds a command: ``##[`` becomes ``#\\u0023[``, the same
    string. What is to be an array may be an iterator: a hundred thousand findings are written one
    by one, and never stand in memory as JSON."""
    for text in _pieces(document, "\n"):
        for word in ("##[", "##vso[", "##teamcity["):
            text = text.replace(word, "#\\u0023" + word[2:])  # noqa: PLW2901 - one word after another
        out.write(text.encode())
    out.write(b"\n")


def _pieces(value: Any, line: str) -> Iterator[str]:
    """The text of a value, whose lines begin with ``line``. No string is in two pieces."""
    inner = line + "  "
    before = "{" if isinstance(value, Mapping) else "["
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield f"{before}{inner}{json.dumps(key)}: "
            yield from _pieces(item, inner)
            before = ","
        yield line + "}"
    elif isinstance(value, Iterator):
        for item in value:
            yield f"{before}{inner}{_text(item, inner)}"
            before = ","
        yield "[]" if before == "[" else line + "]"
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for item in value:
            yield before + inner
            yield from _pieces(item, inner)
            before = ","
        yield line + "]"
    else:
        yield _text(value, line)


def _text(value: Any, line: str) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False).replace("\n", line)


def _artifact(summary: Summary) -> dict[str, Any]:
    return {
        "target": escape(summary.target),
        "ecosystem": escape(summary.ecosystem),
        "kind": escape(summary.kind),
        "name": escape(summary.name),
        "version": escape(summary.version),
        "sha256": summary.sha256,
        "size": summary.size,
        "files": summary.files,
        "bytes": summary.bytes,
        "complete": summary.complete,
    }


def _finding(found: Finding) -> dict[str, Any]:
    return {
        "rule": found.rule,
        "severity": found.severity.label,
        "message": escape(found.message),
        "artifact": escape(found.artifact),
        "trail": _trail(found.trail),
        **shown_path(found.path, found.raw_path),
        "line": found.line,
        "column": found.column,
        "layer": _layer(found.layer),
        "hidden_by": found.hidden_by,
        "own": found.own,
        "via": [escape(step) for step in found.via],
        "excerpt": None if found.excerpt is None else escape(found.excerpt),
        "places": found.places,
        "fingerprint": found.fingerprint,
        "fix": None if found.fix is None else "\n".join(map(escape, found.fix.splitlines())),
        "suppressed": None if found.suppressed is None else escape(found.suppressed),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "artifact": escape(problem.artifact),
        "trail": _trail(problem.trail),
        **shown_path(problem.path, None),
        "message": escape(problem.message),
        "suppressed": None if problem.suppressed is None else escape(problem.suppressed),
    }


def _layer(layer: LayerNote | None) -> dict[str, Any] | None:
    if layer is None:
        return None
    return {
        "index": layer.index,
        "digest": escape(layer.digest),
        "created_by": None if layer.created_by is None else escape(layer.created_by),
        "base": layer.base,
        "images": [escape(image) for image in layer.images],
    }


def _trail(trail: Sequence[str]) -> list[str]:
    return [escape(step) for step in trail]


def shown_path(path: str | None, raw: bytes | None) -> dict[str, Any]:
    """A path escaped, with its exact bytes beside it where that changed it. ``raw`` is None where
    the path alone is known."""
    if path is None:
        return {"path": None}
    if is_clean(path) and raw in (None, path.encode()):
        return {"path": path}
    return {"path": escape(path), "raw_path": base64.b64encode(raw or _bytes(path)).decode()}


def _bytes(path: str) -> bytes:
    """The bytes of a path that was decoded with ``surrogateescape``, or came as JSON's
    ``\\ud800``."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path.encode("utf-8", "surrogatepass")


def _summary(run: Run) -> dict[str, int]:
    counts = tally(run.findings)
    return {
        "errors": counts[Severity.ERROR],
        "warnings": counts[Severity.WARNING],
        "notes": counts[Severity.NOTE],
        "problems": sum(problem.suppressed is None for problem in run.problems),
        "suppressed": sum(found.suppressed is not None for found in run.findings),
        "suppressed_problems": sum(problem.suppressed is not None for problem in run.problems),
        "artifacts": len(run.artifacts),
        "files": sum(summary.files for summary in run.artifacts),
        "bytes": sum(summary.bytes for summary in run.artifacts),
    }
