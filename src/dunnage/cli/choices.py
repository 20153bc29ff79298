"""What the user wants of a check: the command line laid over the configuration."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from dunnage.archives import Limits
from dunnage.archives.limits import limit_names
from dunnage.cli.cachefolder import cache_folder
from dunnage.cli.outputs import Output, pair
from dunnage.codenames import own_words
from dunnage.engine import Settings
from dunnage.errors import UsageError
from dunnage.model import Severity
from dunnage.plugins import Plugins, load_plugins
from dunnage.policy import config as configs
from dunnage.policy.config import Config
from dunnage.policy.decide import require_known
from dunnage.policy.ignores import Ignore
from dunnage.policy.verdict import threshold

_SIZES = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


class Choices(Struct, frozen=True):
    """The values of all options, the configuration's where the command line gives none. Lists that
    add up (ignore, word, rules, plugin, no-plugin, insecure-registry) and tables (severity, limit)
    hold both."""

    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    fail_on: Severity | None = Severity.ERROR
    outputs: Sequence[Output] = (Output("text"),)
    color: str = "auto"
    rules: Sequence[Path] = ()
    plugin: Sequence[Path] = ()
    no_plugin: Sequence[str] = ()
    limits: Limits = field(default_factory=Limits)
    baseline: Path | None = None
    word: Sequence[str] = ()
    platform: str | None = None
    base: str | None = None
    own_layers: bool = False
    insecure_registry: Sequence[str] = ()
    jobs: int = 0
    ignores: Sequence[Ignore] = ()
    notes: Sequence[str] = ()
    config: Config = Config()

    def plugins(self) -> Plugins:
        """Load what is wanted. Raises PluginError and UsageError, one line."""
        return load_plugins(
            self.plugin,
            self.rules,
            self.no_plugin,
            options=self.options(),
            cache=cache_folder(os.environ),
        )

    def unused(self, plugins: Plugins) -> list[str]:
        """The rule files without a rule, and what of those in gitleaks' format could not be carried
        over, a line each."""
        from dunnage.gitleaks import left_out

        used = set(plugins.owners.values())
        lines = [
            f"{path}: there are no rules in it" for path in self.rules if str(path) not in used
        ]
        for path in self.rules:
            lines += left_out(path.read_text(encoding="utf-8"), str(path))
        return lines

    def options(self) -> dict[str, Any]:
        """What resolvers and adapters are told."""
        return {
            "platform": self.platform,
            "base": self.base,
            "insecure_registry": tuple(self.insecure_registry),
            "env": dict(os.environ),
            "seconds": self.limits.max_seconds,
        }

    def settings(self, plugins: Plugins, show_secrets: bool = False) -> Settings:
        """What the engine is told. Raises UsageError for a rule that there is not."""
        known = [rule.id for rule in (*plugins.rules, *own_words(self.word))]
        for key, patterns in (
            ("select", self.select),
            ("ignore", self.ignore),
            ("severity", self.severity),
        ):
            for pattern in patterns:
                require_known(self._origin(key, pattern), [pattern], known)
        return Settings(
            jobs=self.jobs,
            limits=self.limits,
            select=tuple(self.select),
            ignore=tuple(self.ignore),
            severities=self.severity,
            words=tuple(self.word),
            options=self.options(),
            own_layers=self.own_layers,
            show_secrets=show_secrets,
            cache=cache_folder(os.environ),
        )

    def _origin(self, key: str, value: str) -> str:
        """Where a value stands, for messages."""
        if value in self.config.values.get(key, ()):
            return f"{self.config.origin}: {key}"
        return f"--{key}"


def choose(given: Mapping[str, Any], order: Iterable[tuple[str, str]], config: Config) -> Choices:
    """Lay the options that were ``given`` (None and empty: not given) over the configuration.
    ``order`` holds each ``--format`` and ``--output`` in turn.

    Raises UsageError, one line that names the option, or file and key."""
    values = config.values
    at = f"{config.origin}: " if config.origin else ""

    def one(key: str, default: Any) -> Any:
        wanted = given.get(key)
        return values.get(key, default) if wanted is None else wanted

    def where(key: str) -> str:
        return f"{at}{key}" if given.get(key) is None and key in values else f"--{key}"

    def many(key: str) -> list[str]:
        return [*values.get(key, ()), *(given.get(key) or ())]

    def files(key: str) -> list[Path]:
        return [*(config.folder / name for name in values.get(key, ())), *(given.get(key) or ())]

    given_limits = _assignments("--limit", "NAME=VALUE", given.get("limit") or ())
    limits = {
        **{name: (f"{at}limit", value) for name, value in values.get("limit", {}).items()},
        **{name: ("--limit", value) for name, value in given_limits.items()},
    }
    if (depth := one("max-depth", None)) is not None:
        if depth < 1:
            raise UsageError(f"{where('max-depth')}: {depth} is less than 1, the target itself")
        limits["depth"] = (where("max-depth"), str(depth))
    severities = {
        **_levels(f"{at}severity", values.get("severity", {})),
        **_levels(
            "--severity", _assignments("--severity", "RULE=LEVEL", given.get("severity") or ())
        ),
    }
    baseline = given.get("baseline")
    if baseline is None and "baseline" in values:
        baseline = config.folder / values["baseline"]
    jobs = one("jobs", 0)
    if jobs < 0:
        raise UsageError(f"{where('jobs')}: {jobs} is less than 0 (0 is one for each core)")
    words = many("word")
    if not all(word.strip() for word in words):
        raise UsageError(f"{where('word')}: an empty word is everywhere")
    return Choices(
        select=one("select", ()),
        ignore=many("ignore"),
        severity=severities,
        fail_on=threshold(one("fail-on", "error"), where("fail-on")),
        outputs=_outputs(list(order), config),
        color=one("color", "auto"),
        rules=files("rules"),
        plugin=files("plugin"),
        no_plugin=many("no-plugin"),
        limits=_limits(limits),
        baseline=baseline,
        word=words,
        platform=one("platform", None),
        base=one("base", None),
        own_layers=bool(one("own-layers", False)),
        insecure_registry=many("insecure-registry"),
        jobs=jobs,
        ignores=config.ignores,
        config=config,
    )


def configuration(named: Path | None, targets: Sequence[str]) -> tuple[Config, list[str]]:
    """The configuration to use, and what the user should know of it. That of the working folder
    does not count when the folder is what is checked: an artifact does not configure its own
    check."""
    if named is not None:
        return configs.load(named), []
    try:
        here = Path.cwd()
    except OSError:  # the working folder is gone
        return Config(), []
    config = configs.find(here)
    if config.origin is None:
        return config, []
    for target in targets:
        folder = Path(target)
        if target not in ("", "-") and folder.is_dir() and here.is_relative_to(folder.resolve()):
            note = (
                f"{config.origin} lies inside the target {target}, so it does not configure the "
                f"check; --config {config.origin} makes it"
            )
            return Config(), [note]
    return config, []


def _outputs(order: list[tuple[str, str]], config: Config) -> list[Output]:
    if order:
        return pair(order)
    formats = config.values.get("format", [])
    targets = config.values.get("output", [])
    if len(targets) > max(len(formats), 1):
        raise UsageError(f"{config.origin}: output: more of them than of format")
    names = formats or ["text"]
    files = [str(config.folder / target) if target != "-" else "-" for target in targets]
    return [Output(*both) for both in zip(names, [*files, *["-"] * len(names)], strict=False)]


def _assignments(option: str, form: str, given: Iterable[str]) -> dict[str, str]:
    pairs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name.strip() and equals and value.strip()):
            raise UsageError(f"{option}: {text!r} is not of the form {form}")
        pairs[name.strip()] = value.strip()
    return pairs


def _levels(where: str, pairs: Mapping[str, str]) -> dict[str, Severity]:
    try:
        return {name: Severity.parse(level) for name, level in pairs.items()}
    except ValueError as error:
        off = (
            "; `ignore` leaves a rule out" if {"off", "none", "ignore"} & {*pairs.values()} else ""
        )
        raise UsageError(f"{where}: {error}{off}") from None


def _limits(wanted: Mapping[str, tuple[str, str]]) -> Limits:
    """``wanted`` holds for each name where it stands, and the value."""
    known = limit_names()
    values: dict[str, Any] = {}
    for name, (where, text) in wanted.items():
        plain = name.removeprefix("max_").removeprefix("max-")
        if plain not in known:
            raise UsageError(f"{where}: there is no limit {name!r}; there are {', '.join(known)}")
        values[f"max_{plain}"] = _number(f"{where} {name}", text, fraction=plain == "seconds")
    return Limits(**values)


def _number(where: str, text: str, fraction: bool) -> float | int:
    """A limit: a number, with k, M or G for powers of 1,024."""
    digits, factor = text.replace("_", ""), 1
    if digits[-1:].lower() in _SIZES:
        digits, factor = digits[:-1], _SIZES[digits[-1].lower()]
    try:
        value = float(digits) if fraction else int(digits)
    except ValueError:
        raise UsageError(f"{where}: {text!r} is not a number (such as 300, 64k, 20G)") from None
    if not 0 < value < 1 << 62:
        raise UsageError(f"{where}: {text} is out of range")
    return value * factor
