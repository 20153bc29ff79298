"""Logs of programs."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Entry, Hit, Rule, Severity, lazy_regex, rule
from dunnage_rules.leftovers.place import weigh_own

_STAMP = lazy_regex(
    rb"[\[(\"]?(?:\d{4}[-/.]\d\d[-/.]\d\d[T ]\d\d:\d\d|\d\d/[A-Z][a-z]{2}/\d{4}:\d\d|"
    rb"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d\d:\d\d:\d\d[.,]\d)"
    rb"|(?:\S+ ){1,3}\[\d\d/[A-Z][a-z]{2}/\d{4}:|[\[(]?(?:DEBUG|INFO|WARN(?:ING)?|ERROR|TRACE)\b"
    rb"|==\d{1,9}== "
)
_REPORT = lazy_regex(
    rb"(?m)^(?:==\d{1,9}==ERROR: \w+Sanitizer:|WARNING: ThreadSanitizer:|Full thread dump )|"
    rb": runtime error: "
)
"""Of a sanitizer, or a virtual machine that was asked what its threads do."""
_LEAST = 3


@rule(
    "leftover/log-file",
    severity=Severity.WARNING,
    paths=("*.log", "*.log.[0-9]*", "nohup.out", "valgrind*.txt", "*san.txt", "*san.[0-9]*"),
    ecosystems=("npm", "pypi", "crates", "oci"),
    fold="artifact",
    content=True,
    lower=True,
    fix={
        "npm": 'Add *.log to .npmignore, or list what ships under "files" in package.json.',
        "pypi": "setuptools: `global-exclude *.log` in MANIFEST.in; hatch: "
        '`exclude = ["*.log"]` under [tool.hatch.build].',
        "crates": '`exclude = ["*.log"]` in Cargo.toml.',
        "oci": "Add `**/*.log` to .dockerignore; let the program log to standard output.",
    },
    weigh=weigh_own,
)
def log_file(entry: Entry) -> Iterator[Hit]:
    """A log that a program wrote.

    Logs hold addresses, user names, requests with their parameters, and paths. Told by lines that
    begin with a time or a level, and by what sanitizers, valgrind and thread dumps of Java begin
    with; a folder called `logs/` is nothing, nor is an empty file.

    Delete it. Fine as test data of a tool that reads logs: one level lower in test folders. In an
    image `/var/log` and installed packages are not meant.
    """
    head = entry.read(16 << 10)
    lines = head.split(b"\n")[:60]
    if sum(1 for line in lines if _STAMP.match(line.lstrip())) >= _LEAST or _REPORT.search(head):
        yield Hit("a log that a program wrote", facts=entry.path)


def rules() -> list[Rule]:
    """The rules of this module."""
    return [log_file]
