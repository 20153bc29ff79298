"""What the tables of a rule file may hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dunnage.errors import UsageError

KEYS: Mapping[str, tuple[type, ...]] = {
    "id": (str,),
    "severity": (str,),
    "summary": (str,),
    "message": (str,),
    "why": (str,),
    "fix": (str, dict),
    "source": (str,),
    "provider": (str,),
    "family": (str,),
    "pattern": (str,),
    "keyed": (dict,),
    "words": (list,),
    "keywords": (list,),
    "boundary": (str,),
    "entropy": (int, float),
    "require": (list,),
    "verify": (str,),
    "placeholders": (bool,),
    "lower": (bool,),
    "paths": (list,),
    "kinds": (list,),
    "ecosystems": (list,),
    "fold": (str,),
    "once": (bool,),
    "tags": (list,),
    "allow": (list,),
    "match": (list,),
    "miss": (list,),
}
"""The keys of a ``[[rule]]``, and the types that each takes."""

_TEXTS = ("words", "keywords", "require", "paths", "kinds", "ecosystems", "tags")
_FOLDS = ("", "artifact")
_SAID: Mapping[type, str] = {
    str: "a text",
    int: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


def check(table: Mapping[str, Any], where: str) -> None:
    """Raise UsageError for a key that there is not, and for a value of the wrong type. ``where``
    names file and rule."""
    for key, value in table.items():
        if key not in KEYS:
            raise UsageError(f"{where}: unknown key {key!r}{_meant(key)}")
        if not isinstance(value, KEYS[key]) or (isinstance(value, bool) and bool not in KEYS[key]):
            wanted = " or ".join(_SAID[kind] for kind in KEYS[key] if kind in _SAID)
            raise UsageError(f"{where}: {key} takes {wanted}")


def check_closely(table: Mapping[str, Any], where: str) -> None:
    """Raise UsageError for what would otherwise show only when the rule runs, or never: what is in
    lists, patterns that RE2 refuses or that match everywhere."""
    check(table, where)
    for key in _TEXTS:
        _texts(table.get(key, ("?",) if key in ("words", "paths") else ()), f"{where}: {key}")
        if key in ("words", "paths") and key in table and not table[key]:
            raise UsageError(f"{where}: {key} is empty")
    if table.get("fold", "") not in _FOLDS:
        raise UsageError(f'{where}: fold takes "artifact", or nothing')
    if isinstance(table.get("fix"), dict):
        _texts(table["fix"].values(), f"{where}: fix")
    if isinstance(keyed := table.get("keyed"), dict):
        if not isinstance(words := keyed.get("words", []), list):  # a text is texts of one letter
            raise UsageError(f"{where}: keyed: words takes a list of texts")
        _texts(words, f"{where}: keyed: words")
        _texts([keyed.get("value", "?")], f"{where}: keyed: value")
    if "pattern" in table:
        _pattern(table["pattern"], where)
    for item in table.get("allow", ()):
        if isinstance(item, dict):
            _texts([item.get("value", "?")], f"{where}: allow: value")
            if "pattern" in item:
                _pattern(item["pattern"], f"{where}: allow")


def _texts(given: Any, where: str) -> None:
    if not isinstance(given, Iterable) or not all(isinstance(one, str) and one for one in given):
        raise UsageError(f"{where}: takes texts, none of them empty")


def _pattern(pattern: Any, where: str) -> None:
    from dunnage.engine.match.pattern import compile_pattern

    _texts([pattern], f"{where}: pattern")
    try:
        compiled = compile_pattern(pattern)
    except UsageError as error:
        hint = ""
        if any(sign in pattern for sign in ("(?=", "(?!", "(?<=", "(?<!", "\\1", "(?P=")):
            hint = " (patterns are RE2's: no lookaround, no backreference)"
        raise UsageError(f"{where}: {error}{hint}") from None
    if compiled.search(b"") is not None:
        raise UsageError(f"{where}: pattern {pattern!r} matches nothing at all, so everywhere")


def _meant(key: str) -> str:
    import difflib

    close = difflib.get_close_matches(key, KEYS, 1)
    return f"; did you mean {close[0]}?" if close else ""
