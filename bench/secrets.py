"""How much the secret rules find, and how quiet they are.

    python bench/secrets.py                     recall and false alarms over labelled examples
    python bench/secrets.py DIST…               besides: the findings in packages, by rule

The labelled data is generated: every rule's own examples, rendered from several seeds, and the
innocent lines of tests/innocents.py. All rules run together, as they do for users, so that a secret
found by a rule other than its own shows.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dunnage import Finding, Rule, Run
from dunnage.engine import Settings, check
from dunnage.testing import bundled, lint, render, tar_archive

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

SEEDS = 3


@dataclass(frozen=True)
class Labelled:
    """A text with what is known of it. ``rule`` is the one that must find it, None if none may;
    ``never`` is the one that must not, where another's secret would be no surprise."""

    path: str
    text: str
    rule: str | None
    reason: str
    never: str | None = None


def labelled(rules: list[Rule]) -> Iterator[Labelled]:
    """The examples that must match, those that must not, and the innocent lines."""
    from innocents import lines

    for rule in rules:
        for number, example in enumerate(rule.match):
            for seed in range(SEEDS):
                text = render(example.template, f"bench {seed} {rule.id} {number}")
                yield Labelled(example.path or "file.txt", text, rule.id, "a secret")
        for number, example in enumerate(rule.miss):
            text = render(example.template, f"bench {rule.id} {number}")
            yield Labelled(example.path or "file.txt", text, None, example.reason or "", rule.id)
    for path, text, reason in lines():
        yield Labelled(path, text, None, reason)


def found_in(run: Run) -> dict[int, list[Finding]]:
    """The findings of each labelled text, by its number."""
    by_number: dict[int, list[Finding]] = {}
    for finding in run.findings:
        for part in (*finding.trail, finding.path or ""):
            if part.startswith("at-"):
                by_number.setdefault(int(part[3:].partition("/")[0]), []).append(finding)
                break
    return by_number


def examples(rules: list[Rule]) -> dict[str, object]:
    """Recall over what must be found, alarms over what must not."""
    data = list(labelled(rules))
    files = {f"at-{number}/{one.path}": one.text for number, one in enumerate(data)}
    by_number = found_in(lint(tar_archive(files), rules))
    secrets = [(n, one) for n, one in enumerate(data) if one.rule]
    innocents = [(n, one) for n, one in enumerate(data) if not one.rule]
    any_rule = [n for n, _ in secrets if by_number.get(n)]
    own_rule = [n for n, one in secrets if any(f.rule == one.rule for f in by_number.get(n, ()))]
    missed = Counter(one.rule for n, one in secrets if not by_number.get(n))
    alarms = [
        (f, one)
        for n, one in innocents
        for f in by_number.get(n, ())
        if one.never in (None, f.rule)
    ]
    return {
        "secrets": len(secrets),
        "found": len(any_rule),
        "found by their own rule": len(own_rule),
        "missed": dict(missed.most_common()),
        "innocent": len(innocents),
        "false alarms": dict(Counter(f.severity.label for f, _ in alarms)),
        "alarms by rule": [
            {
                "rule": f.rule,
                "severity": f.severity.label,
                "text": one.text[:80],
                "why not": one.reason,
            }
            for f, one in alarms
        ],
    }


def packages(paths: list[str], rules: list[Rule]) -> dict[str, object]:
    """The findings in packages, by severity and rule, for reading one by one."""
    from msgspec.structs import replace

    run = check(paths, Settings(), replace(bundled(), rules=rules))
    size = sum(artifact.bytes for artifact in run.artifacts)
    return {
        "artifacts": len(run.artifacts),
        "megabytes": round(size / 1e6),
        "problems": len(run.problems),
        "by severity": dict(Counter(f.severity.label for f in run.findings)),
        "by rule": dict(
            Counter(f"{f.severity.label} {f.rule}" for f in run.findings).most_common()
        ),
        "to read": [
            f"{f.severity.label:8}{f.rule}  {Path(f.artifact).name}  {f.path}:{f.line}  {f.excerpt}"
            for f in sorted(run.findings, key=lambda f: (-f.severity, f.rule))
        ],
    }


def show(title: str, report: dict[str, object]) -> None:
    """Print a report for people."""
    print(f"\n{title}")
    for name, value in report.items():
        if isinstance(value, dict):
            print(f"  {name}:" + ("" if value else " none"))
            for key, count in value.items():
                print(f"    {count:6}  {key}")
        elif isinstance(value, list):
            print(f"  {name}:" + ("" if value else " none"))
            for item in value:
                print(f"    {item}")
        else:
            print(f"  {name}: {value}")


def main() -> None:
    """Measure, and print it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("paths", nargs="*", help="packages, or folders of them")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    rules = [rule for rule in bundled().rules if rule.group == "secret"]
    reports = {"Labelled examples": examples(rules)}
    if options.paths:
        reports["Packages"] = packages(options.paths, rules)
    if options.json:
        print(json.dumps(reports, indent=1))
        return
    providers = len({rule.provider for rule in rules if rule.provider})
    print(f"{len(rules)} secret rules, {providers} providers")
    for title, report in reports.items():
        show(title, report)


if __name__ == "__main__":
    main()
