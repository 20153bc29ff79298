"""``dunnage check``: look at artifacts and report."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec.structs import replace

from dunnage.archives.limits import limit_defaults
from dunnage.cli.command import Command
from dunnage.cli.options import ConfigFile, InsecureRegistry, NoPlugin, Plugin, RuleFile, split
from dunnage.errors import ExitCode, UsageError

_ORDER = "dunnage.order"


class Ordered(Command):
    """A command that remembers in which order ``--format`` and ``--output`` were given."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse, and keep each of the two with its value, in order."""
        values, _, order = self.make_parser(ctx).parse_args(args=list(args))
        left = {name: iter(values.get(name) or ()) for name in ("format", "output")}
        ctx.meta[_ORDER] = [
            (parameter.name, str(next(left[parameter.name])))
            for parameter in order
            if parameter.name in left
        ]
        return super().parse_args(ctx, args)


def check(
    ctx: typer.Context,
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="TARGET",
            help="A file, a folder (every artifact in it), - for standard input, or an image: "
            "myapp:latest, docker://host/repo:tag, docker-daemon:REF.",
            show_default=False,
        ),
    ],
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="Use only these rules: ids, groups or globs of ids."),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="Leave out these rules: ids, groups or globs of ids."),
    ] = None,
    severity: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE=LEVEL", help="Give a rule or group another level: note, warning, error."
        ),
    ] = None,
    fail_on: Annotated[
        str | None,
        typer.Option(
            metavar="LEVEL",
            help="Exit with 1 from this level on: note, warning, error or never. [default: error]",
        ),
    ] = None,
    format: Annotated[  # noqa: A002 - the option's name
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="text, json, sarif, or a plugin's. May be repeated. [default: text]",
        ),
    ] = None,
    output: Annotated[
        list[str] | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the report of the --format before it to this file.",
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Do not count the findings that this file holds."),
    ] = None,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Write what is found to the --baseline file.")
    ] = False,
    rules: RuleFile = None,
    word: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORD", help="A code name of yours that must not ship. May be repeated."
        ),
    ] = None,
    plugin: Plugin = None,
    no_plugin: NoPlugin = None,
    config: ConfigFile = None,
    platform: Annotated[
        str | None,
        typer.Option(
            metavar="OS/ARCH",
            help="Of an image for several platforms, only this one. [default: all]",
        ),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            metavar="REF|N", help="The base image, or how many layers it has, to tell it apart."
        ),
    ] = None,
    own_layers: Annotated[
        bool | None,
        typer.Option("--own-layers", help="Report nothing of the base image.", show_default=False),
    ] = None,
    insecure_registry: InsecureRegistry = None,
    max_depth: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="How deep archives inside archives are opened. [default: 8]"
        ),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help=f"Change a limit. [default: {', '.join(limit_defaults())}]",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            metavar="N",
            help="How many processes work. [default: one for each core]",
        ),
    ] = None,
    show_secrets: Annotated[
        bool,
        typer.Option("--show-secrets", help="Do not redact secrets in the report. Take care."),
    ] = False,
    color: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="auto, always or never. [default: auto]"),
    ] = None,
    quiet: Annotated[
        int,
        typer.Option(
            "--quiet",
            "-q",
            count=True,
            show_default=False,
            help="One line for each finding; twice: no text at all.",
        ),
    ] = 0,
    verbose: Annotated[
        int,
        typer.Option(
            "--verbose",
            "-v",
            count=True,
            show_default=False,
            help="Fold nothing, and show what is ignored and what was clean.",
        ),
    ] = 0,
) -> int:
    """Look into artifacts for what must not ship.

    \b
    Examples:
      dunnage check dist/
      dunnage check myapp:latest --own-layers
      docker save myapp | dunnage check -
      dunnage check dist/ --ignore leftover/log-file --fail-on warning
      dunnage check dist/ --format sarif --output dunnage.sarif --format text
      dunnage check dist/ --baseline known.json --write-baseline

    \b
    Exit codes: 0 clean, 1 findings at or above --fail-on, 2 wrong usage,
    3 something could not be looked at, 70 a bug, 130 interrupted.
    """
    from dunnage.cli.choices import choose, configuration
    from dunnage.cli.outputs import deliver, require_place, require_room
    from dunnage.cli.terminal import coloured, tell

    found, notes = configuration(config, targets)
    given = {
        "select": split(select) or None,
        "ignore": split(ignore),
        "severity": split(severity),
        "fail-on": fail_on,
        "baseline": baseline,
        "rules": rules,
        "word": word,
        "plugin": plugin,
        "no-plugin": split(no_plugin),
        "platform": platform,
        "base": base,
        "own-layers": own_layers,
        "insecure-registry": split(insecure_registry),
        "max-depth": max_depth,
        "limit": split(limit),
        "jobs": jobs,
        "color": color,
    }
    choices = replace(choose(given, ctx.meta.get(_ORDER, ()), found), notes=notes)
    require_room(choices.outputs)
    coloured(choices.color, None)
    if write_baseline and choices.baseline is None:
        raise UsageError("--write-baseline: name the file with --baseline FILE")
    if write_baseline and choices.baseline is not None:
        require_place("--baseline", choices.baseline)
    plugins = choices.plugins()
    if choices.rules:
        choices = replace(choices, notes=[*choices.notes, *choices.unused(plugins)])
    for wanted in choices.outputs:
        plugins.reporter(wanted.format)
    if show_secrets:
        tell("--show-secrets: the report holds whole secrets; do not store it or pass it on")
    run, code = _look(targets, choices, plugins, show_secrets, write_baseline, not quiet)
    deliver(run, choices.outputs, plugins, choices.color, verbose - quiet, show_secrets)
    return code


def _look(
    targets: Sequence[str],
    choices: Any,
    plugins: Any,
    show_secrets: bool,
    write_baseline: bool,
    progress: bool,
) -> tuple[Any, ExitCode]:
    """Run the engine and put the user's decisions to what it finds."""
    from dunnage.cli.progress import shown
    from dunnage.engine import Interrupted
    from dunnage.engine import check as engine_check
    from dunnage.model import Problem
    from dunnage.policy import baseline
    from dunnage.policy.decide import decide
    from dunnage.policy.verdict import verdict

    known = None
    if choices.baseline is not None and not write_baseline:
        known = baseline.read(choices.baseline)
    interrupted = False
    with shown(progress) as bar:
        try:
            run = engine_check(targets, choices.settings(plugins, show_secrets), plugins, bar)
        except Interrupted as stopped:
            interrupted = True
            cut = Problem(
                "(interrupted)", (), None, "stopped by the user: the rest was not looked at"
            )
            run = replace(stopped.run, problems=[*stopped.run.problems, cut])
    run = replace(run, notes=[*choices.notes, *run.notes])
    run = decide(run, choices.ignores, known, str(choices.baseline), datetime.date.today())
    if interrupted:
        return run, ExitCode.INTERRUPTED
    if write_baseline:
        return _written(run, choices.baseline)
    return run, verdict(run, choices.fail_on)


def _written(run: Any, path: Path) -> tuple[Any, ExitCode]:
    """Write the baseline. What it holds no longer fails the run; problems still do."""
    from dunnage.amounts import counted
    from dunnage.cli.outputs import Undelivered
    from dunnage.policy import baseline
    from dunnage.policy.verdict import verdict

    try:
        count = baseline.write(run.findings, path)
    except OSError as error:
        raise Undelivered(f"cannot write {path}: {error.strerror}") from None
    run = replace(run, notes=[*run.notes, f"{path}: written, with {counted(count, 'finding')}"])
    return run, verdict(run, None)
