"""Finding and loading plugins: the bundled ones, installed ones, Python files and rule files."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy
from msgspec import Struct, field

from dunnage import hookspecs
from dunnage.declared import load_rules
from dunnage.documents import Documents
from dunnage.engine.match.pattern import compile_pattern
from dunnage.errors import DunnageError, PluginError, UsageError
from dunnage.model import Adapter, Reporter, Resolver
from dunnage.rules import Rule
from dunnage.verifier import Verifier
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


_ECOSYSTEMS = ("crates", "npm", "oci", "pypi")
"""Those of the bundled adapters, which a rule may name though --no-plugin leaves the adapter
out."""

_PARTS: Mapping[str, Sequence[str]] = {
    "register_verifiers": ("name", "check", "make"),
    "register_adapters": ("name", "documents", "match", "read"),
    "register_resolvers": ("name", "match", "resolve"),
    "register_reporters": ("name", "report"),
}
"""What each thing that a hook registers must have."""


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
        # A plugin is foreign code; its failure is the user's to hear, also that it wants to end.
        except (Exception, SystemExit) as error:
            raise _failed(point.name, error) from error
        _register(manager, module, point.name)
        loaded.append(Loaded(point.name, _origin(point), _bundled(point)))
    return loaded


def _failed(name: str, error: BaseException) -> PluginError:
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
    if not manager.get_hookcallers(module):
        raise PluginError(
            f"plugin {name} registers nothing: write @hookimpl before a function such as "
            f"register_rules (docs/writing-rules.md)"
        )


def _module(path: Path) -> ModuleType:
    name = f"dunnage_plugin_{path.stem}"
    specification = importlib.util.spec_from_file_location(name, path)
    if not os.path.isfile(path):
        raise PluginError(f"plugin {path}: there is no such file")
    if specification is None or specification.loader is None:
        raise PluginError(f"plugin {path}: a plugin is a Python file, named *.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    try:
        specification.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # as above
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
    for verifier in _flat(manager, "register_verifiers", {}):
        verifiers[verifier.name] = verifier
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
    adapters = _flat(manager, "register_adapters", {"options": options})
    ecosystems = {adapter.name for adapter in adapters}
    for rule in rules.values():
        if owners[rule.id] not in bundled:
            _require_ecosystems(rule, owners[rule.id], ecosystems)
    return Plugins(
        rules=[rules[key] for key in sorted(rules)],
        adapters=adapters,
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


def _require_ecosystems(rule: Rule, origin: str, known: Collection[str]) -> None:
    """Refuse a rule that no artifact would ever come to."""
    named = [*rule.ecosystems, *(rule.fix if isinstance(rule.fix, Mapping) else ())]
    for ecosystem in named:
        if ecosystem not in {*known, *_ECOSYSTEMS, "archive", "any"}:
            there = ", ".join(sorted({*known, *_ECOSYSTEMS}))
            raise UsageError(
                f"{origin}: rule {rule.id}: there is no ecosystem {ecosystem!r}; there are {there}"
            )


def _flat(manager: pluggy.PluginManager, hook: str, arguments: dict[str, Any]) -> list[Any]:
    items = []
    for name, found in _call(manager, hook, arguments):
        for item in found:
            if missing := [part for part in _PARTS[hook] if not hasattr(item, part)]:
                raise PluginError(f"plugin {name}: {hook} gave {item!r}, which has no {missing[0]}")
            items.append(item)
    return items


def _call(
    manager: pluggy.PluginManager, hook: str, arguments: dict[str, Any]
) -> list[tuple[str, Any]]:
    """Each plugin's answer under its name, in the order in which they were registered."""
    answers = []
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        name = implementation.plugin_name
        wanted = {key: arguments[key] for key in implementation.argnames if key in arguments}
        try:
            answers.append((name, list(implementation.function(**wanted) or ())))
        except DunnageError:
            raise
        except (Exception, SystemExit) as error:  # as above
            raise _failed(name, error) from error
    return answers
