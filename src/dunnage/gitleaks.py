"""Rule files in gitleaks' format, so that people bring what they have.

The format is that of gitleaks 8 (its README, "Configuration"). Its patterns are Go's, which is
RE2's syntax, as ours are. What has no meaning for an artifact, or no counterpart, is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import tomli
from msgspec import Struct

from dunnage.engine.match.innocent import entropy, innocent
from dunnage.engine.match.pattern import compile_pattern
from dunnage.engine.match.syntax import parse
from dunnage.errors import UsageError
from dunnage.model import Entry, Hit, Kind, Match, Severity, Subject
from dunnage.rules import Rule

TAG = "gitleaks"
_RANK = 5  # below our own rules for tokens and structures, which say more of what they find
_TOP = {"title", "description", "extend", "allowlist", "allowlists", "rules", "minVersion"}
_RULE = {
    *("id", "description", "regex", "path", "secretGroup", "entropy", "keywords", "tags"),
    *("allowlist", "allowlists", "skipReport"),
}
_ALLOW = {"description", "condition", "paths", "regexes", "regexTarget", "stopwords"}

Allow = Callable[[Entry, "Match | None"], bool]


class Carried(Struct, frozen=True):
    """What became of a gitleaks configuration: the rules, and a line for each thing that could not
    be carried over."""

    rules: Sequence[Rule]
    left_out: Sequence[str]


def is_gitleaks(document: Mapping[str, Any]) -> bool:
    """Whether a parsed TOML file is a gitleaks configuration: its rules are ``[[rules]]``, ours
    ``[[rule]]``."""
    return "rule" not in document and any(
        key in document for key in ("rules", "extend", "allowlist", "allowlists")
    )


def left_out(text: str, origin: str) -> Sequence[str]:
    """What of a rule file in gitleaks' format could not be carried over; nothing for one of ours.
    ``text`` is the file, which was read without an error before."""
    document = tomli.loads(text)
    return carry(document, origin).left_out if is_gitleaks(document) else ()


def carry(document: Mapping[str, Any], origin: str) -> Carried:
    """Carry a gitleaks configuration over. ``origin`` names the file.

    Raises UsageError, one line, for a file that gitleaks would not read either."""
    left_out = [f"{origin}: {key} is not known" for key in document if key not in _TOP]
    extend = _typed(document.get("extend", {}), dict, f"{origin}: extend")
    left_out += [f"{origin}: extend.{key}: only the file's own rules are taken" for key in extend]
    everywhere = list(_allowlists(document, origin, left_out))
    rules: dict[str, Rule] = {}
    for table in _tables(document.get("rules", []), f"{origin}: rules"):
        name = table.get("id")
        where = f"{origin}: rule {name if isinstance(name, str) else '?'}"
        if not isinstance(name, str) or not _slug(name):
            raise UsageError(f"{where}: id is missing")
        left_out += [f"{where}: {key} is not carried over" for key in table if key not in _RULE]
        if table.get("skipReport"):
            left_out.append(f"{where}: left out, since it reports nothing of its own")
            continue
        mine = [allow for targets, allow in everywhere if not targets or name in targets]
        mine += [allow for _, allow in _allowlists(table, where, left_out)]
        try:
            rule = _rule(table, where, mine)
        except UsageError as error:
            left_out.append(f"{error}: left out")
            continue
        if rule.id in rules:
            raise UsageError(f"{where}: is there twice")
        rules[rule.id] = rule
    return Carried(list(rules.values()), left_out)


def _rule(table: Mapping[str, Any], where: str, allows: Sequence[Allow]) -> Rule:
    name = str(table["id"])
    regex, path = table.get("regex"), table.get("path")
    if regex is None and path is None:
        raise UsageError(f"{where}: has neither regex nor path")
    of_path = _search(path, f"{where}: path") if path is not None else None
    pattern = None
    if regex is not None:
        group = _typed(table.get("secretGroup", 0), int, f"{where}: secretGroup")
        pattern = named_group(_typed(regex, str, f"{where}: regex"), group, where)
        try:
            parse(pattern)
            compile_pattern(pattern)
        except UsageError as error:
            raise UsageError(f"{where}: {error}") from None
    least = float(_typed(table.get("entropy", 0.0), (int, float), f"{where}: entropy"))
    summary = str(table.get("description") or name)
    check = (
        _content_check(summary, least, of_path, allows)
        if pattern
        else _path_check(summary, of_path, allows)
    )
    return Rule(
        id=f"{TAG}/{_slug(name)}",
        on=Subject.ENTRY,
        severity=Severity.ERROR,
        summary=summary,
        why=f"A rule of your own ({where}).",
        check=check,
        paths=() if pattern else ("*",),
        kinds=(Kind.FILE,),
        pattern=pattern,
        keywords=tuple(_texts(table.get("keywords", []), f"{where}: keywords")),
        rank=_RANK,
        lower=pattern is not None,
        tags=(TAG, *_texts(table.get("tags", []), f"{where}: tags")),
    )


def _content_check(
    summary: str, least: float, of_path: Any, allows: Sequence[Allow]
) -> Callable[[Entry, Match], Iterator[Hit]]:
    def check(entry: Entry, match: Match) -> Iterator[Hit]:
        secret = match.secret
        if of_path is not None and not of_path(entry.path.encode("utf-8", "replace")):
            return
        if least and entropy(secret) <= least:
            return
        if any(allow(entry, match) for allow in allows) or innocent(secret, match.line()):
            return
        yield Hit(summary, span=match.span, secret=secret)

    return check


def _path_check(
    summary: str, of_path: Any, allows: Sequence[Allow]
) -> Callable[[Entry], Iterator[Hit]]:
    def check(entry: Entry) -> Iterator[Hit]:
        wanted = of_path(entry.path.encode("utf-8", "replace"))
        if wanted and not any(allow(entry, None) for allow in allows):
            yield Hit(summary)

    return check


def named_group(regex: str, wanted: int, where: str) -> str:
    """The regex with the capturing group number ``wanted`` (the first, if 0) named ``secret``.
    Without groups the whole match is the secret.

    >>> named_group(r"key=(\\w+);([a-f]{8})", 2, "")
    'key=(\\\\w+);(?P<secret>[a-f]{8})'
    """
    starts = list(_groups(regex))
    if not starts and wanted == 0:
        return regex
    if wanted > len(starts):
        raise UsageError(f"{where}: secretGroup {wanted}: the regex has {len(starts)} groups")
    named, done = "", 0
    for number, (start, end) in enumerate(starts, 1):
        opening = "(?P<secret>" if number == max(wanted, 1) else "("
        named += regex[done:start] + opening
        done = end
    return named + regex[done:]


def _groups(regex: str) -> Iterator[tuple[int, int]]:
    """Where each capturing group opens: the range of its ``(``, ``(?P<name>`` or ``(?<name>``."""
    at, inside = 0, False
    while at < len(regex):
        char = regex[at]
        if char == "\\":
            if regex.startswith("\\Q", at):
                at = max(regex.find("\\E", at), at)
            at += 2
            continue
        if inside:
            inside = char != "]"
        elif char == "[":
            inside = True
            at += 2 if regex.startswith("[^", at) else 1
            at += regex.startswith("]", at)  # a bracket that stands first is a member
            continue
        elif char == "(":
            if not regex.startswith("(?", at):
                yield at, at + 1
            elif named := re.compile(r"\(\?P?<\w+>").match(regex, at):
                yield at, named.end()
        at += 1


def _allowlists(
    table: Mapping[str, Any], where: str, left_out: list[str]
) -> Iterator[tuple[Sequence[str], Allow]]:
    """Each allowlist, with the ids of the rules that it is for (none: all)."""
    given = _tables(table.get("allowlists", []), f"{where}: allowlists")
    if "allowlist" in table:  # the form of gitleaks before 8.21
        given = [_typed(table["allowlist"], dict, f"{where}: allowlist"), *given]
    for item in given:
        for key in item:
            if key == "commits":
                left_out.append(f"{where}: allowlist.commits: an artifact has no commits")
            elif key not in _ALLOW and key != "targetRules":
                left_out.append(f"{where}: allowlist.{key} is not carried over")
        targets = _texts(item.get("targetRules", []), f"{where}: allowlist.targetRules")
        yield targets, _allow(item, f"{where}: allowlist")


def _allow(item: Mapping[str, Any], where: str) -> Allow:
    paths = [_search(one, where) for one in _texts(item.get("paths", []), where)]
    regexes = [_search(one, where) for one in _texts(item.get("regexes", []), where)]
    words = [one.lower().encode() for one in _texts(item.get("stopwords", []), where)]
    target = item.get("regexTarget", "secret")
    together = all if str(item.get("condition", "OR")).upper() in ("AND", "&&") else any

    def allow(entry: Entry, match: Match | None) -> bool:
        said = []
        if paths:
            path = entry.path.encode("utf-8", "replace")
            said.append(any(one(path) for one in paths))
        if regexes:
            said.append(match is not None and any(one(_target(match, target)) for one in regexes))
        if words:
            said.append(match is not None and any(one in match.secret.lower() for one in words))
        return bool(said) and together(said)

    return allow


def _target(match: Match, target: object) -> bytes:
    if target == "match":
        return match.text
    return match.line() if target == "line" else match.secret


def _search(pattern: Any, where: str) -> Callable[[bytes], bool]:
    try:
        compiled = compile_pattern(_typed(pattern, str, where))
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from None
    return lambda data: compiled.search(data) is not None


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _tables(given: Any, where: str) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise UsageError(f"{where}: is not a list of tables")
    return given


def _texts(given: Any, where: str) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise UsageError(f"{where}: takes a list of texts")
    return given


def _typed(value: Any, kind: Any, where: str) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise UsageError(f"{where}: is of the wrong type")
    return value
