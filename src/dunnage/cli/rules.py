"""``dunnage rules``: the rules there are, and a test of a rule file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dunnage.amounts import counted
from dunnage.cli.command import Command
from dunnage.cli.options import Json, NoPlugin, Plugin, RuleFile, split
from dunnage.errors import ExitCode, UsageError
from dunnage.rules import Rule

app = typer.Typer(
    invoke_without_command=True,
    help="""List the rules, or test the rules of a file.

    \b
    Examples:
      dunnage rules --group secret
      dunnage rules --ecosystem npm --json
      dunnage rules test acme.toml
    """,
    rich_markup_mode=None,
)


@app.callback()
def rules(
    ctx: typer.Context,
    group: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this group: secret, debug, …")
    ] = None,
    ecosystem: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only rules for this: npm, pypi, crates, oci."),
    ] = None,
    rule_files: RuleFile = None,
    plugin: Plugin = None,
    no_plugin: NoPlugin = None,
    json: Json = False,
) -> None:
    """List the rules, or test those of a file."""
    if ctx.invoked_subcommand is not None:
        return
    from dunnage.cli.listings import say, say_json, table
    from dunnage.plugins import load_plugins

    loaded = load_plugins(plugin or (), rule_files or (), split(no_plugin))
    found = list(loaded.rules)
    if group is not None:
        found = _among(found, group, "group", lambda rule: [rule.group])
    if ecosystem is not None:
        names = {adapter.name for adapter in loaded.adapters}
        if ecosystem not in names and not any(ecosystem in rule.ecosystems for rule in found):
            there = ", ".join(sorted(names))
            raise UsageError(f"--ecosystem: there is no ecosystem {ecosystem!r}; there are {there}")
        found = [rule for rule in found if not rule.ecosystems or ecosystem in rule.ecosystems]
    if json:
        say_json([described(rule, loaded.owners.get(rule.id, "")) for rule in found])
        return
    rows = [[rule.id, rule.severity.label, rule.summary] for rule in found]
    say([*table(rows), "", f"{counted(len(found), 'rule')}; `dunnage explain RULE` says more"])


@app.command("test", cls=Command)
def try_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A TOML file with rules.")],
    plugin: Plugin = None,
    no_plugin: NoPlugin = None,
) -> int:
    """Run a rule file's own examples, and measure what its rules cost.

    \b
    Exit codes: 0 all examples behave and no rule is too slow, 1 one does not or is,
    2 the file is no rule file.
    """
    from dunnage.cli.listings import say, table
    from dunnage.cli.trial import try_rules
    from dunnage.gitleaks import left_out
    from dunnage.plugins import load_plugins

    without = load_plugins(plugin or (), (), split(no_plugin))
    known = {rule.id for rule in without.rules}
    loaded = load_plugins(plugin or (), [file], split(no_plugin))
    added = [rule for rule in loaded.rules if rule.id not in known]
    without_use = left_out(file.read_text(encoding="utf-8"), str(file))
    if not added:
        raise UsageError("; ".join([f"{file}: there are no rules in it", *without_use]))
    trials = try_rules(added, loaded)
    rows = [["rule", "examples", "cost", ""]]
    rows += [[t.rule, f"{t.examples}", t.cost, "ok" if t.ok else "FAILED"] for t in trials]
    wrong = [line for trial in trials for line in trial.wrong]
    notes = [f"note: {line}" for line in without_use]
    say([*table(rows), *([""] if wrong or notes else []), *notes, *wrong])
    return ExitCode.FINDINGS if wrong else ExitCode.CLEAN


def described(rule: Rule, owner: str) -> dict[str, Any]:
    """A rule for machines. ``owner`` is the plugin or the file that it comes from."""
    return {
        "id": rule.id,
        "group": rule.group,
        "severity": rule.severity.label,
        "on": rule.on.value,
        "summary": rule.summary,
        "why": rule.why,
        "fix": rule.fix if isinstance(rule.fix, str) else dict(rule.fix),
        "source": rule.source,
        "provider": rule.provider,
        "ecosystems": list(rule.ecosystems),
        "paths": list(rule.paths),
        "tags": list(rule.tags),
        "plugin": owner,
    }


def _among(found: list[Rule], wanted: str, what: str, values: Any) -> list[Rule]:
    kept = [rule for rule in found if wanted in values(rule)]
    if not kept:
        there = sorted({value for rule in found for value in values(rule)})
        raise UsageError(f"--{what}: there is no {what} {wanted!r}; there are {', '.join(there)}")
    return kept
