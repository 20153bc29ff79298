"""Finding and loading plugins: the bundled ones, installed ones, Python files and rule files."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy
from msgspec import Struct, field

from dunnage import hookspecs
from dunnage.declared import Verifier, load_rules
from dunnage.documents import Documents
from dunnage.engine.match.pattern import compile_pattern
from dunnage.errors import DunnageError, PluginError, UsageError
from dunnage.model import Adapter, Reporter, Resolver
from dunnage.rules import Rule
from dunnage.version import __version__

GROUP = "dunnage_v1"
"""The entry point group of plugins."""

BUNDLED = (
    "dunnage.report",
    "dunnage_cargo",
    "dunnage_npm",
    "dunnage_oci",
    "dunnage_pypi",
    "dunnage_rules",
)
"""The modules of the plugins that come with dunnage."""


class Loaded(Struct, frozen=True):
    """A plugin that was loaded. ``origin`` is the distribution and version, or the file."""

    name: str
    origin: str
    bundled: bool


class Plugins(Struct, frozen=True):
    """Everything that the plugins registered. ``owners`` maps a rule's id to the plugin or the rule
    file that it comes from."""

    rules: Sequence[Rule]
    adapters: Sequence[Adapter]
    resolvers: Sequence[Resolver]
    reporters: Sequence[Reporter]
    verifiers: Mapping[str, Verifier]
    loaded: Sequence[Loaded]
    owners: Mapping[str, str] = field(default_factory=dict)

    def reporter(self, name: str) -> Reporter:
        """The reporter of that name. Raises UsageError, with the names there are."""
        for reporter in self.reporters:
            if reporter.name == name:
                return reporter
        names = ", ".join(sorted(reporter.name for reporter in self.reporters))
        raise UsageError(f"there is no format {name!r}; there are {names}")


def load_plugins(
    plugin_files: Sequence[Path] = (),
    rule_files: Sequence[Path] = (),
    without: Sequence[str] = (),
    *,
    installed: bool = True,
    options: Mapping[str, Any] | None = None,
    cache: str | None = None,
) -> Plugins:
    """Load what is bundled, what is installed (entry point group ``dunnage_v1``;
    ``installed=False`` leaves out all but the bundled), the Python files and the TOML rule files.
    ``cache`` is a folder where what was parsed is kept.

    Raises PluginError naming the plugin that cannot be loaded, UsageError naming the rule file."""
    manager = pluggy.PluginManager("dunnage")
    manager.add_hookspecs(hookspecs)
    loaded = _entry_points(manager, set(without), installed)
    for path in plugin_files:
        name = path.stem
        if name in without:
            continue
        _register(manager, _module(path), name)
        loaded.append(Loaded(name, str(path), False))
    known = {item.name for item in loaded}
    if missing := [name for name in without if name not in known and not _exists(name, installed)]:
        raise UsageError(f"--no-plugin {missing[0]}: there is no plugin of that name")
    return _collect(manager, rule_files, loaded, options or {}, Documents(cache))


def _exists(name: str, installed: bool) -> bool:
    return any(point.name == name for point in _points(installed))


def _bundled(point: metadata.EntryPoint) -> bool:
    return point.value.partition(":")[0] in BUNDLED


def _points(installed: bool) -> list[metadata.EntryPoint]:
    points = metadata.entry_points(group=GROUP)
    kept = [point for point in points if installed or _bundled(point)]
    return sorted(kept, key=lambda point: (not _bundled(point), point.name))


def _origin(point: metadata.EntryPoint) -> str:
    """The distribution and its version; for what comes with dunnage no metadata is read, which
    takes 10 ms."""
    if _bundled(point):
        return f"dunnage {__version__}"
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.value


def _entry_points(
    manager: pluggy.PluginManager, without: set[str], installed: bool
) -> list[Loaded]:
    loaded: list[Loaded] = []
    for point in _points(installed):
        if point.name in without or any(item.name == point.name for item in loaded):
            continue
        try:
            module = point.load()
        except Exception as error:  # a plugin is foreign code; its failure is the user's to hear
            raise _failed(point.name, error) from error
        _register(manager, module, point.name)
        loaded.append(Loaded(point.name, _origin(point), _bundled(point)))
    return loaded


def _failed(name: str, error: Exception) -> PluginError:
    return PluginError(
        f"plugin {name} cannot be loaded: {type(error).__name__}: {error} "
        f"(--no-plugin {name} leaves it out)"
    )


def _register(manager: pluggy.PluginManager, module: object, name: str) -> None:
    try:
        manager.register(module, name)
        manager.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        raise _failed(name, error) from error


def _module(path: Path) -> ModuleType:
    name = f"dunnage_plugin_{path.stem}"
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None or not path.is_file():
        raise PluginError(f"plugin {path}: there is no such Python file")
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    try:
        specification.loader.exec_module(module)
    except Exception as error:  # as above
        raise _failed(path.stem, error) from error
    return module


def _collect(
    manager: pluggy.PluginManager,
    rule_files: Sequence[Path],
    loaded: Sequence[Loaded],
    options: Mapping[str, Any],
    documents: Documents,
) -> Plugins:
    verifiers: dict[str, Verifier] = {}
    for _, found in _call(manager, "register_verifiers", {}):
        verifiers.update({verifier.name: verifier for verifier in found})
    rules: dict[str, Rule] = {}
    owners: dict[str, str] = {}
    bundled = {item.name for item in loaded if item.bundled}
    given = {"verifiers": verifiers, "documents": documents}
    for name, found in _call(manager, "register_rules", given):
        for rule in found:
            _add(rules, rule, f"plugin {name}")
            if name not in bundled:  # those that come with dunnage are compiled by its tests
                _check(rule, f"plugin {name}")
            owners[rule.id] = name
    documents.keep()
    for path in rule_files:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise UsageError(f"{path}: {reason}") from None
        for rule in load_rules(text, str(path), verifiers):
            _add(rules, rule, str(path))
            _check(rule, str(path))
            owners[rule.id] = str(path)
    return Plugins(
        rules=[rules[key] for key in sorted(rules)],
        adapters=_flat(manager, "register_adapters", {"options": options}),
        resolvers=_flat(manager, "register_resolvers", {}),
        reporters=_flat(manager, "register_reporters", {}),
        verifiers=verifiers,
        loaded=loaded,
        owners=owners,
    )


def _add(rules: dict[str, Rule], rule: Rule, origin: str) -> None:
    if not isinstance(rule, Rule):
        raise PluginError(f"{origin}: registered {rule!r}, which is not a Rule")
    if rule.id in rules:
        raise PluginError(f"{origin}: there is a rule {rule.id} already")
    rules[rule.id] = rule


def _check(rule: Rule, origin: str) -> None:
    """Refuse a pattern that RE2 does not take, before anything is looked at."""
    if rule.pattern is not None:
        try:
            compile_pattern(rule.pattern)
        except UsageError as error:
            raise UsageError(f"{origin}: rule {rule.id}: {error}") from None


def _flat(manager: pluggy.PluginManager, hook: str, arguments: dict[str, Any]) -> list[Any]:
    return [item for _, found in _call(manager, hook, arguments) for item in found]


def _call(
    manager: pluggy.PluginManager, hook: str, arguments: dict[str, Any]
) -> list[tuple[str, Any]]:
    """Each plugin's answer under its name, in the order in which they were registered."""
    answers = []
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        name = implementation.plugin_name
        wanted = {key: arguments[key] for key in implementation.argnames if key in arguments}
        try:
            answers.append((name, implementation.function(**wanted) or ()))
        except DunnageError:
            raise
        except Exception as error:  # as above
            raise _failed(name, error) from error
    return answers
