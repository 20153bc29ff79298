"""Declarative rules: TOML read into rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import tomli

from dunnage import tables
from dunnage.codenames import code_pattern, literal, own_words
from dunnage.documents import Documents
from dunnage.errors import PluginError, UsageError
from dunnage.model import Entry, Hit, Kind, Severity, Subject
from dunnage.notation import KEYED_GATE, keyed_leads, keyed_pattern
from dunnage.rules import BOUNDARIES, Example, Rule
from dunnage.sift import proof, sift
from dunnage.verifier import Verifier

FAMILIES: Mapping[str, tuple[int, str]] = {
    "token": (30, "word"),
    "structure": (20, "none"),
    "keyed": (10, "none"),
    "generic": (0, "none"),
    "name": (0, "none"),
}
"""Each family's rank and the boundary that its rules have when they name none."""


def load_rules(
    text: str,
    origin: str,
    verifiers: Mapping[str, Verifier] | None = None,
    documents: Documents | None = None,
) -> list[Rule]:
    """Read ``[[rule]]`` tables, and ``words``, a list of the user's own code names; or a file in
    gitleaks' format. ``origin`` names the file in errors, and the rules on its words;
    ``documents`` are those that a hook was given, which spare parsing the text again.

    Raises UsageError, with the file, the rule and the key, for anything that is not as
    documented."""
    try:
        document = (documents or Documents()).parse(text)
    except tomli.TOMLDecodeError as error:
        raise UsageError(f"{origin}: not TOML: {error}") from None
    if "rule" not in document:
        from dunnage import gitleaks

        if gitleaks.is_gitleaks(document):
            return list(gitleaks.carry(document, origin).rules)
    given = document.pop("rule", [])
    words = document.pop("words", [])
    if not isinstance(words, list) or not all(isinstance(w, str) and w.strip() for w in words):
        raise UsageError(f"{origin}: words takes a list of texts, none of them empty")
    if document:
        raise UsageError(
            f"{origin}: unknown key {next(iter(document))!r}; rules are [[rule]] tables"
        )
    if not isinstance(given, list) or not all(isinstance(t, dict) for t in given):
        raise UsageError(f"{origin}: rules are written as [[rule]] tables")
    name = re.sub(r"[^a-z0-9]+", "-", PurePath(origin).stem.lower()).strip("-") or "own"
    if documents is None:  # our own are held to more than this by their tests
        for table in given:
            tables.check_closely(table, f"{origin}: rule {table.get('id', '?')}")
    try:
        rules = [_rule(table, origin, verifiers or {}) for table in given]
    except PluginError as error:
        raise UsageError(f"{origin}: {error}") from None
    return [*rules, *own_words(words, "listed" if name == "own" else name)]


def _rule(table: dict[str, Any], origin: str, verifiers: Mapping[str, Verifier]) -> Rule:
    name = table.get("id")
    where = f"{origin}: rule {name if isinstance(name, str) else '?'}"
    tables.check(table, where)
    for key in ("id", "summary"):
        if key not in table:
            raise UsageError(f"{where}: {key} is missing")
    try:
        severity = Severity.parse(table.get("severity", "error" if "words" in table else "warning"))
    except ValueError as error:
        raise UsageError(f"{where}: severity {error}") from None
    leads = _leads(table, where)
    pattern = _pattern(table, leads, where)
    family = table.get("family", "keyed" if "keyed" in table else "token" if pattern else "name")
    if family not in FAMILIES:
        raise UsageError(f"{where}: family takes one of {', '.join(FAMILIES)}")
    if pattern is None and not table.get("paths"):
        raise UsageError(f"{where}: needs a pattern, keyed, words or paths")
    rank, boundary = FAMILIES["name" if "words" in table else family]
    boundary = table.get("boundary", boundary)
    if boundary not in BOUNDARIES:
        raise UsageError(f"{where}: boundary takes one of {', '.join(BOUNDARIES)}")
    kinds: tuple[Kind, ...] = (Kind.FILE,)
    if "kinds" in table:
        try:
            kinds = tuple(Kind(kind) for kind in table["kinds"])
        except ValueError as error:
            there = ", ".join(kind.value for kind in Kind)
            raise UsageError(f"{where}: kinds: {error}; there are {there}") from None
    message = table.get("message", table["summary"])
    return Rule(
        id=table["id"],
        on=Subject.ENTRY,
        severity=severity,
        summary=table["summary"],
        why=table.get("why", ""),
        fix=table.get("fix", ""),
        source=table.get("source", ""),
        provider=table.get("provider", ""),
        paths=tuple(table.get("paths", ())),
        ecosystems=tuple(table.get("ecosystems", ())),
        kinds=kinds,
        pattern=pattern,
        keywords=tuple(table.get("keywords", ())),
        boundary=boundary,
        proof=proof(table, verifiers) if boundary != "none" else None,
        gate=KEYED_GATE if "keyed" in table else "",
        value=table["keyed"]["value"] if "keyed" in table else "",
        leads=leads,
        once=table.get("once", False),
        fold=table.get("fold", "artifact" if "words" in table else ""),
        rank=rank,
        lower=table.get("lower", pattern is not None and "words" not in table),
        tags=tuple(table.get("tags", ())),
        match=_examples(table.get("match", _own_examples(table)), f"{where}: match"),
        miss=_examples(table.get("miss", []), f"{where}: miss"),
        check=sift(table, message, where, family, verifiers) if pattern else _named(message),
    )


def _leads(table: Mapping[str, Any], where: str) -> tuple[str, ...]:
    if "keyed" not in table:
        return ()
    keyed = table["keyed"]
    if set(keyed) != {"words", "value"} or not keyed["words"]:
        raise UsageError(f"{where}: keyed takes words = […] and value = '…'")
    return keyed_leads(keyed["words"])


def _pattern(table: Mapping[str, Any], leads: Sequence[str], where: str) -> str | None:
    given = [key for key in ("pattern", "keyed", "words") if key in table]
    if len(given) > 1:
        raise UsageError(f"{where}: {given[0]} and {given[1]} exclude each other")
    if "words" in table:
        return code_pattern(table["words"])
    if "keyed" in table:
        return keyed_pattern(leads, table["keyed"]["value"])
    pattern: str | None = table.get("pattern")
    return pattern


def _own_examples(table: Mapping[str, Any]) -> list[str]:
    """Words are examples of themselves."""
    return [literal(word) for word in table.get("words", ())]


def _examples(given: Sequence[Any], where: str) -> tuple[Example, ...]:
    examples = []
    for item in given:
        if isinstance(item, str):
            examples.append(Example(item))
            continue
        if not isinstance(item, dict) or not isinstance(item.get("text"), str):
            raise UsageError(f"{where}: an example is a text, or a table with text, path, reason")
        if unknown := set(item) - {"text", "path", "reason"}:
            raise UsageError(f"{where}: unknown key {unknown.pop()!r} in an example")
        examples.append(Example(item["text"], item.get("path"), item.get("reason")))
    return tuple(examples)


def _named(message: str) -> Callable[[Entry], Iterator[Hit]]:
    def check(entry: Entry) -> Iterator[Hit]:
        yield Hit(message)

    return check
