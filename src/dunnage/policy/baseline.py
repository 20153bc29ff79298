"""The baseline: what was found before someone decided to look only at what is new.

It is a file for review: one finding a line, sorted, with rule, artifact and path beside the
fingerprint, so that a change that extends it is seen in a diff. Each report says how many findings
it hides, and which of its lines are no longer needed. It holds nothing of any secret."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from dunnage.errors import UsageError
from dunnage.escape import escape
from dunnage.model import Finding, Severity

SCHEMA = "dunnage-baseline/1"
_MOST_NOTES = 5


class Known(Struct, frozen=True):
    """A finding that was there before. It hides one of the same weight or less: what has become
    worse is shown again."""

    fingerprint: str
    severity: Severity
    rule: str
    place: str


def read(path: Path) -> list[Known]:
    """The findings of a baseline file. Raises UsageError, one line that names the file."""
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"baseline {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"baseline {path}: not JSON: {error}") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise UsageError(f"baseline {path}: its schema is not {SCHEMA}")
    try:
        return [_known(item) for item in document["findings"]]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UsageError(
            f"baseline {path}: findings is not as --write-baseline writes it"
        ) from None


def _known(item: Any) -> Known:
    fingerprint, rule, place = item["fingerprint"], item["rule"], item["place"]
    if not all(isinstance(text, str) and text for text in (fingerprint, rule, place)):
        raise ValueError("not a text")
    return Known(fingerprint, Severity.parse(item["severity"]), rule, place)


def apply(
    findings: Sequence[Finding], known: Iterable[Known], origin: str
) -> tuple[list[Finding], list[str]]:
    """The findings, those of the baseline marked so, and what of the baseline is not needed."""
    by_print = {item.fingerprint: item for item in known}
    marked = []
    for found in findings:
        before = by_print.get(found.fingerprint)
        hides = before and found.suppressed is None and found.severity <= before.severity
        marked.append(replace(found, suppressed=f"baseline: {origin}") if hides else found)
    present = {found.fingerprint for found in findings}
    gone = [item for item in by_print.values() if item.fingerprint not in present]
    notes = [f"{origin}: no longer found: {item.rule} in {item.place}" for item in gone]
    if len(notes) > _MOST_NOTES:
        notes[_MOST_NOTES:] = [f"{origin}: {len(notes) - _MOST_NOTES} more are no longer found"]
    return marked, notes


def write(findings: Iterable[Finding], path: Path) -> int:
    """Write what counts now as the baseline, and say how many findings it holds.
    Raises OSError when it cannot be written."""
    kept = [f for f in findings if f.suppressed is None or f.suppressed.startswith("baseline")]
    lines = sorted(json.dumps(_line(found), ensure_ascii=False) for found in kept)
    body = ",\n".join(f"  {line}" for line in lines)
    text = f'{{"schema": "{SCHEMA}", "findings": [\n{body}\n]}}\n'
    path.write_text(text, encoding="utf-8")
    return len(lines)


def _line(found: Finding) -> dict[str, str]:
    place = "!".join([*found.trail, *([found.path] if found.path else [])])
    return {
        "rule": found.rule,
        "place": escape(place),
        "severity": found.severity.label,
        "fingerprint": found.fingerprint,
    }
