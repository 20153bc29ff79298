"""The command line, in this process, with few plugins and an engine that is told what to find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import dunnage.engine
from dunnage.cli.main import main
from dunnage.declared import load_rules
from dunnage.errors import UsageError
from dunnage.model import Finding, Run, Severity, Subject, Summary
from dunnage.plugins import Loaded, Plugins
from dunnage.report import register_reporters
from dunnage.rules import Rule


def rule(name: str, severity: Severity = Severity.ERROR, **options: Any) -> Rule:
    options.setdefault("summary", f"Summary of {name}")
    return Rule(id=name, on=Subject.ENTRY, severity=severity, check=lambda e: iter(()), **options)


RULES = [
    rule("debug/log-file", Severity.WARNING, tags=("left-over",), ecosystems=("npm",)),
    rule(
        "debug/source-map",
        why="It gives the sources away.\n\nUnless they ship anyway.",
        fix={"npm": 'Add "!**/*.map" to "files".', "any": "Leave it out."},
        source="https://tc39.es/source-map/",
    ),
    rule("secret/github-token", why="Whoever finds it can push.", fix="Revoke it.", lower=True),
]


@dataclass(frozen=True)
class Result:
    """What a command came to."""

    code: int
    out: str
    err: str


@dataclass
class Told:
    """What the engine was told, and what it is to answer."""

    findings: Sequence[Finding] = ()
    problems: Sequence[Any] = ()
    raises: BaseException | None = None
    targets: Sequence[str] = ()
    settings: Any = None
    loads: list[Any] = field(default_factory=list)

    def run(self) -> Run:
        """The run it answers with."""
        summary = Summary("x.tgz", "npm", "tarball", "x", "1.0", None, 9, 3, 99, not self.problems)
        rules = {each.id: each for each in RULES}
        return Run((summary,), list(self.findings), list(self.problems), rules, (), 0.25)


def make_finding(
    name: str = "debug/source-map", path: str = "package/a.map", **given: Any
) -> Finding:
    given.setdefault("severity", Severity.ERROR)
    given.setdefault("fingerprint", f"{name}:{path}")
    given.setdefault("message", "a source map")
    return Finding(rule=name, artifact="x.tgz", trail=("x.tgz",), path=path, **given)


@pytest.fixture
def finding() -> Callable[..., Finding]:
    return make_finding


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Told:
    """An empty working folder, a few plugins, and an engine that does as it is told."""
    told = Told()

    def check(targets: Sequence[str], settings: Any, plugins: Any, progress: Any = None) -> Run:
        told.targets, told.settings = targets, settings
        if told.raises is not None:
            raise told.raises
        return told.run()

    def load(
        plugin_files: Sequence[Path] = (),
        rule_files: Sequence[Path] = (),
        without: Sequence[str] = (),
        **options: Any,
    ) -> Plugins:
        told.loads.append((list(plugin_files), list(rule_files), list(without), options))
        found = list(RULES)
        for file in rule_files:
            try:
                found += load_rules(Path(file).read_text(), str(file))
            except OSError as error:
                raise UsageError(f"{file}: {error.strerror}") from None
        loaded = [Loaded("rules", "dunnage 9.9", True), Loaded("acme", "acme.py", False)]
        owners = {each.id: "rules" for each in RULES}
        return Plugins(found, [], [], register_reporters(), {}, loaded, owners)

    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "DUNNAGE_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(dunnage.engine, "check", check, raising=False)
    monkeypatch.setattr("dunnage.plugins.load_plugins", load)
    monkeypatch.setattr("dunnage.cli.choices.load_plugins", load)
    return told


@pytest.fixture
def dunnage_(capsysbinary: Any) -> Callable[..., Result]:
    """Run a command line."""

    def run(*arguments: str) -> Result:
        code = main(arguments)
        captured = capsysbinary.readouterr()
        return Result(code, captured.out.decode(), captured.err.decode())

    return run
