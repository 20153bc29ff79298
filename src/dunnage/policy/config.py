"""Configuration files: where they are found, what may stand in them.

A configuration comes from the working folder or from ``--config``, never from inside an artifact.
Its keys are the names of the options of ``dunnage check``.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli
from msgspec import Struct, field

from dunnage.errors import UsageError
from dunnage.policy.ignores import Ignore


class Config(Struct, frozen=True):
    """A configuration. ``origin`` is the file as messages name it, None if there is none;
    ``folder`` is what relative paths in it are relative to. ``values`` maps keys, as the options
    are spelt without dashes in front, to a str, bool, int, a list of str, or a mapping of str to
    str."""

    origin: str | None = None
    folder: Path = Path()
    values: Mapping[str, Any] = field(default_factory=dict)
    ignores: Sequence[Ignore] = ()


# Each file that may hold a configuration, and the table in it. The first that has one is used.
PLACES: Sequence[tuple[str, tuple[str, ...]]] = (
    ("dunnage.toml", ()),
    ("pyproject.toml", ("tool", "dunnage")),
    ("package.json", ("dunnage",)),
    ("Cargo.toml", ("package", "metadata", "dunnage")),
    ("Cargo.toml", ("workspace", "metadata", "dunnage")),
)

_TEXTS = (
    *("select", "format", "output", "rules", "plugin", "no-plugin", "word"),
    "insecure-registry",
)
_TABLES = ("severity", "limit")
_WORDS = ("fail-on", "color", "baseline", "platform", "base")
_FLAGS = ("own-layers",)
_NUMBERS = ("jobs", "max-depth")
KEYS = (*_TEXTS, *_TABLES, *_WORDS, *_FLAGS, *_NUMBERS, "ignore")
_COMMAND_ONLY = ("quiet", "verbose", "show-secrets", "write-baseline", "config")
_IGNORE_KEYS = ("rule", "problem", "path", "artifact", "fingerprint", "reason", "until")


def find(folder: Path) -> Config:
    """The configuration of a working folder; an empty one if none of the files there has any.

    Raises UsageError, one line that names file and key, when it cannot be used."""
    for name, table in PLACES:
        path = folder / name
        if path.is_file():
            values = _table(_document(path, name), table)
            if values is not None:
                return _config(values, name, folder)
    return Config()


def load(path: Path) -> Config:
    """The configuration in one named file: ``pyproject.toml``, ``package.json`` and ``Cargo.toml``
    by their tables, any other as ``dunnage.toml``. Raises UsageError as :func:`find`, and if there
    is none."""
    document = _document(path, str(path))
    tables = [table for name, table in PLACES if name == path.name] or [()]
    for table in tables:
        values = _table(document, table)
        if values is not None:
            return _config(values, str(path), path.parent)
    raise UsageError(f"{path}: there is no [{'.'.join(tables[0])}] in it")


def _document(path: Path, origin: str) -> Any:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{origin}: {error.strerror}") from None
    if path.suffix == ".json":
        import json

        try:
            return json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{origin}: not JSON: {error}") from None
    try:
        return tomli.loads(raw.decode())
    except UnicodeDecodeError:
        raise UsageError(f"{origin}: not TOML: not UTF-8") from None
    except (tomli.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{origin}: not TOML: {error}") from None


def _table(document: Any, steps: Iterable[str]) -> Any:
    for step in steps:
        if not isinstance(document, dict) or step not in document:
            return None
        document = document[step]
    return document


def _config(values: Any, origin: str, folder: Path) -> Config:
    if not isinstance(values, dict):
        raise UsageError(f"{origin}: dunnage: must be a table")
    plain: dict[str, Any] = {}
    ignores: list[Ignore] = []
    for given, value in values.items():
        key = given.replace("_", "-")
        where = f"{origin}: {given}"
        if key not in KEYS:
            raise UsageError(f"{where}: there is no such key{_hint(key)}")
        if key == "ignore":
            plain[key], ignores = _ignores(value, where, origin)
        else:
            plain[key] = _READERS[key](value, where)
    return Config(origin, folder, plain, tuple(ignores))


def _texts(value: Any, where: str) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise UsageError(f"{where}: takes a string or a list of strings")


def _pairs(value: Any, where: str) -> dict[str, str]:
    if isinstance(value, dict) and all(
        isinstance(item, (str, int, float)) and not isinstance(item, bool)
        for item in value.values()
    ):
        return {key: str(item) for key, item in value.items()}
    raise UsageError(f"{where}: takes a table, such as {{ NAME = VALUE }}")


def _kind(kind: type, what: str) -> Callable[[Any, str], Any]:
    def read(value: Any, where: str) -> Any:
        if type(value) is not kind:
            raise UsageError(f"{where}: takes {what}")
        return value

    return read


_READERS: Mapping[str, Callable[[Any, str], Any]] = {
    **dict.fromkeys(_TEXTS, _texts),
    **dict.fromkeys(_TABLES, _pairs),
    **dict.fromkeys(_WORDS, _kind(str, "a string")),
    **dict.fromkeys(_FLAGS, _kind(bool, "true or false")),
    **dict.fromkeys(_NUMBERS, _kind(int, "a whole number")),
}


def _ignores(value: Any, where: str, origin: str) -> tuple[list[str], list[Ignore]]:
    """``ignore`` holds rules to leave out, and tables that accept single findings, with a
    reason."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        raise UsageError(f"{where}: takes a list of rules, and of tables with a rule and a reason")
    rules: list[str] = []
    ignores: list[Ignore] = []
    for number, item in enumerate(value, 1):
        if isinstance(item, str):
            rules.append(item)
        else:
            ignores.append(_ignore(item, f"{where} {number}", origin))
    return rules, ignores


def _ignore(item: Any, where: str, origin: str) -> Ignore:
    if not isinstance(item, dict):
        raise UsageError(f"{where}: is neither a rule nor a table with a rule and a reason")
    for key in item:
        if key not in _IGNORE_KEYS:
            raise UsageError(f"{where}: {key}: there is no such key{_meant(key, _IGNORE_KEYS)}")
    until = item.get("until")
    if isinstance(until, str):
        try:
            until = datetime.date.fromisoformat(until)
        except ValueError:
            raise UsageError(f"{where}: until: {until!r} is not a date (YYYY-MM-DD)") from None
    if isinstance(until, datetime.datetime):
        until = until.date()
    if until is not None and not isinstance(until, datetime.date):
        raise UsageError(f"{where}: until: is not a date (YYYY-MM-DD)")
    texts = {key: item[key] for key in item if key != "until"}
    for key, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise UsageError(f"{where}: {key}: takes a string")
    if "reason" not in texts:
        raise UsageError(f"{where}: reason is missing: say why this may ship")
    if "problem" in texts:
        if "rule" in texts or "fingerprint" in texts:
            raise UsageError(f"{where}: problem: a problem has no rule and no fingerprint")
        if "path" not in texts:
            raise UsageError(
                f"{where}: problem: needs a path: say where in the artifact nothing need be seen"
            )
    elif "rule" not in texts and "fingerprint" not in texts:
        raise UsageError(f"{where}: needs a rule, a fingerprint or a problem")
    return Ignore(origin=where.removeprefix(f"{origin}: "), file=origin, until=until, **texts)


def _hint(key: str) -> str:
    if key in _COMMAND_ONLY:
        return f" (--{key} counts on the command line only)"
    if key in {step for _, table in PLACES for step in table}:
        return "; the keys stand in this file without a table around them"
    return _meant(key, KEYS)


def _meant(word: str, known: Iterable[str]) -> str:
    import difflib

    close = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean {close[0]}?" if close else ""
