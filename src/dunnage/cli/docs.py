"""The pages of docs/ that are made from the code: rules.md and cli.md."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import typer

from dunnage.cli.app import app
from dunnage.model import Severity
from dunnage.plugins import load_plugins
from dunnage.rules import Rule

_MADE = "<!-- made from the code by docs/generate.py; `make docs` writes it anew -->"

_GROUPS: Mapping[str, str] = {
    "archive": "How the archive is built: where its readers disagree, and what no honest one has.",
    "debug": "What was meant for debugging or development, and is of use to nobody but a stranger.",
    "image": "Container images: their configuration, history and layers.",
    "leftover": "What tools, editors and people leave lying about, and no user needs.",
    "secret": "What lets whoever finds it act as you.",
    "wheel": "What pip does with a wheel that its author may not expect.",
    "words": "Texts that say that they are not for the public, and your own code names.",
}


def pages() -> dict[str, str]:
    """Each page's file name and text, for the rules that come with dunnage."""
    return {"rules.md": rules_page(load_plugins(installed=False).rules), "cli.md": cli_page()}


def rules_page(rules: Sequence[Rule]) -> str:
    """All rules, by group."""
    ordered = sorted(rules, key=lambda rule: rule.id)
    groups = [(name, list(found)) for name, found in groupby(ordered, lambda rule: rule.group)]
    lines = [
        "# Rules",
        "",
        _MADE,
        "",
        f"dunnage comes with {len(ordered)} rules.",
        "`dunnage rules` lists them and those of your plugins, `dunnage explain RULE` shows one.",
        "Under `test/`, `docs/`, `examples/` and the like, secrets weigh one level less, unless a",
        "checksum or a parse proves them.",
        "",
        "| group | rules | errors | warnings | notes |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, found in groups:
        counts = [sum(rule.severity is level for rule in found) for level in sorted(Severity)[::-1]]
        cells = " | ".join(map(str, [len(found), *counts]))
        lines.append(f"| [{name}](#{name}) | {cells} |")
    for name, found in groups:
        lines += ["", f"## {name}"]
        if name in _GROUPS:
            lines += ["", _GROUPS[name]]
        for rule in found:
            lines += ["", *_rule(rule)]
    return "\n".join(lines) + "\n"


def _rule(rule: Rule) -> Iterator[str]:
    yield f"### {rule.id}"
    yield ""
    yield f"*{rule.severity.label}* · {_text(rule.summary)}"
    if rule.why:
        yield ""
        yield _text(rule.why)
    fixes = {"any": rule.fix} if isinstance(rule.fix, str) else dict(rule.fix)
    for ecosystem, fix in fixes.items():
        if fix:
            yield ""
            yield f"Fix{'' if ecosystem == 'any' else f' ({ecosystem})'}: {_text(fix)}"
    facts = []
    if rule.provider:
        facts.append(_text(rule.provider))
    if rule.ecosystems:
        facts.append(f"only in {', '.join(rule.ecosystems)}")
    if rule.source:
        facts.append(f"<{rule.source}>" if rule.source.startswith("http") else _text(rule.source))
    if facts:
        yield ""
        yield f"Source: {' · '.join(facts)}" if rule.source else " · ".join(facts)


def _text(text: str) -> str:
    """Plain text as Markdown: what looks like HTML is none."""
    return text.strip().replace("<", "&lt;")


def cli_page() -> str:
    """All commands with their options."""
    root: Any = typer.main.get_command(app)
    lines = ["# Command line", "", _MADE]
    for path, command in _commands(root, ("dunnage",)):
        lines += ["", f"{'#' * (len(path) + 1)} {' '.join(path)}", "", *_command(path, command)]
    return "\n".join(lines) + "\n"


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name in sorted(getattr(command, "commands", {})):
        yield from _commands(command.commands[name], (*path, name))


def _command(path: tuple[str, ...], command: Any) -> Iterator[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [
        one
        for one in command.params
        if one.param_type_name == "option" and "completion" not in one.name
    ]
    usage = [*path, *(["[OPTIONS]"] if options else [])]
    usage += [f"{one.metavar}{'...' if one.nargs == -1 else ''}" for one in arguments]
    usage += ["COMMAND"] * bool(getattr(command, "commands", {}))
    yield f"    {' '.join(usage)}"
    for block in inspect.cleandoc(command.help or "").split("\n\n"):
        yield ""
        text = block.removeprefix("\b\n")
        yield from _verbatim(text) if text != block else [" ".join(text.split())]
    if arguments:
        yield ""
    yield from (f"- `{one.metavar}`: {one.help}" for one in arguments)
    if options:
        yield ""
        yield "| option | |"
        yield "|---|---|"
    for option in options:
        names = ", ".join(f"`{name}`" for name in sorted(option.opts, key=len, reverse=True))
        value = f" `{_cell(option.metavar)}`" if option.metavar else ""
        yield f"| {names}{value} | {_cell(option.help or '')} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _verbatim(text: str) -> Iterator[str]:
    first, *rest = text.split("\n")
    if not rest or not first.endswith(":"):
        yield " ".join(text.split())
        return
    yield first
    yield ""
    yield "```text"
    yield from (line.strip() for line in rest)
    yield "```"
