"""``dunnage explain``: a rule's documentation."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from dunnage.cli.options import NoPlugin, Plugin, RuleFile, split
from dunnage.errors import UsageError
from dunnage.rules import Rule

COLUMNS = 88
"""How wide text is that is read like a page; narrower where the terminal is."""


def explain(
    rule: Annotated[
        str, typer.Argument(metavar="RULE", help="The rule's id, such as debug/source-map.")
    ],
    rules: RuleFile = None,
    plugin: Plugin = None,
    no_plugin: NoPlugin = None,
) -> None:
    """Say what a rule finds, why it matters and what to do.

    \b
    Examples:
      dunnage explain debug/source-map
      dunnage explain acme/deploy-key --rules acme.toml
    """
    from dunnage.cli.listings import say
    from dunnage.cli.terminal import width
    from dunnage.plugins import load_plugins

    loaded = load_plugins(plugin or (), rules or (), split(no_plugin))
    found = _named(rule, loaded.rules)
    columns = min(width(sys.stdout), COLUMNS)
    owner = loaded.owners.get(found.id, "")
    owner = next((plugin.origin for plugin in loaded.loaded if plugin.name == owner), owner)
    say(explanation(found, owner, columns))


def explanation(rule: Rule, owner: str = "", width: int = COLUMNS) -> Iterator[str]:
    """The lines of a rule's documentation. ``owner`` is the plugin or file that it comes from."""
    yield f"{rule.id} ({rule.severity.label})"
    yield ""
    yield from paragraphs(rule.summary, width)
    if rule.why:
        yield ""
        yield from paragraphs(rule.why, width)
    fixes = {"": rule.fix} if isinstance(rule.fix, str) else dict(rule.fix)
    for ecosystem, fix in fixes.items():
        if fix:
            yield ""
            yield f"Fix{f' ({ecosystem})' if ecosystem not in ('', 'any') else ''}:"
            yield from (f"  {line}" for line in paragraphs(fix, width - 2))
    facts = [*_facts(rule), *([f"From: {owner}"] if owner else [])]
    if facts:
        yield ""
        yield from facts
    yield ""
    yield f'Accept one: [[ignore]] rule = "{rule.id}", path = "…", reason = "…" in dunnage.toml'
    yield f"Switch it off: --ignore {rule.id}"


def paragraphs(text: str, width: int) -> Iterator[str]:
    """Text of a rule's author, its paragraphs wrapped, its lists and indented blocks as they
    stand."""
    for number, block in enumerate(text.strip().split("\n\n")):
        if number:
            yield ""
        lines = block.splitlines()
        if (
            any(line.startswith((" ", "-", "*")) for line in lines)
            or max(map(len, lines), default=0) <= width
        ):
            yield from lines
        else:
            yield from textwrap.wrap(block, width, break_long_words=False, break_on_hyphens=False)


def _facts(rule: Rule) -> Iterator[str]:
    if rule.provider:
        yield f"Provider: {rule.provider}"
    if rule.ecosystems:
        yield f"Only in: {', '.join(rule.ecosystems)}"
    if rule.paths:
        shown = ", ".join(rule.paths[:8]) + (", …" if len(rule.paths) > 8 else "")
        yield f"Files: {shown}"
    if rule.lower:
        yield "One level lower under test/, docs/, examples/ and the like, unless it is proven."
    if rule.tags:
        yield f"Tags: {', '.join(rule.tags)}"
    if rule.source:
        yield f"Source: {rule.source}"


def _named(name: str, rules: Iterable[Rule]) -> Rule:
    known = {rule.id: rule for rule in rules}
    if name in known:
        return known[name]
    import difflib

    same_name = [rule for rule in known if rule.endswith(f"/{name}")]
    close = same_name or difflib.get_close_matches(name, known, 3)
    of_group = [rule for rule in known if rule.startswith(f"{name}/")]
    if of_group:
        raise UsageError(f"{name} is a group; `dunnage rules --group {name}` lists its rules")
    meant = f"; did you mean {' or '.join(close)}?" if close else "; `dunnage rules` lists them"
    raise UsageError(f"there is no rule {name!r}{meant}")
