"""Running rules in tests, by the real engine, with no plugin that happens to be installed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from dunnage import templates
from dunnage.errors import DunnageError
from dunnage.model import MemorySource, Run, Target
from dunnage.rules import Example, Rule
from dunnage.testing.archives import tar_archive
from dunnage.testing.members import Content
from dunnage.testing.packages import crate, npm_tarball, sdist

if TYPE_CHECKING:  # who only builds artifacts loads no engine and no plugin
    from dunnage.plugins import Plugins


@cache
def bundled() -> Plugins:
    """The plugins that come with dunnage, and no other."""
    return with_plugins()


def with_plugins(*files: str | os.PathLike[str]) -> Plugins:
    """The plugins that come with dunnage and those in the Python files named.

    Raises PluginError naming the one that cannot be loaded.
    """
    from dunnage.plugins import load_plugins

    return load_plugins([Path(each) for each in files], installed=False)


def render(template: str, seed: str = "dunnage") -> str:
    """The text of a seeded template: ``{base62:36}`` becomes 36 characters, ``{github-token}`` one
    with a right checksum (the maker of the verifier of that name), ``{{`` and ``}}`` braces.

    Raises UsageError for a maker that is not there.
    """
    return _render(template, seed, bundled())


def _render(template: str, seed: str, plugins: Plugins) -> str:
    makers = {name: each.make for name, each in plugins.verifiers.items() if each.make}
    return templates.render(template, seed, makers)


def lint(
    artifact: bytes | str | os.PathLike[str],
    rules: Sequence[Rule] | None = None,
    *,
    name: str = "artifact",
    plugins: Plugins | None = None,
    **settings: Any,
) -> Run:
    """Check an artifact: its bytes, or a path.

    ``rules`` are the only ones that run; without them, those that come with dunnage. ``name`` is
    what findings call bytes. ``settings`` are those of :class:`dunnage.engine.Settings`; ``jobs``
    is 1.
    Raises TargetError when it is nothing that dunnage knows.
    """
    from dunnage.engine import Settings, check

    chosen = plugins or bundled()
    if rules is not None:
        chosen = replace(chosen, rules=list(rules))
    if isinstance(artifact, bytes):
        chosen = replace(chosen, resolvers=[_Held(name, artifact)])
        target = name
    else:
        target = os.fspath(artifact)
    return check([target], Settings(**{"jobs": 1, **settings}), chosen)


def lint_paths(rule: Rule, paths: Iterable[str], content: Content = b"\n") -> list[str]:
    """Which of ``paths`` the rule finds, in the order given; each holds ``content``.

    A path that ends in ``/`` is a folder.
    """
    wanted = list(paths)
    run = lint(
        tar_archive([(path, b"" if path.endswith("/") else content) for path in wanted]), [rule]
    )
    found = {(finding.path or "").rstrip("/") for finding in run.findings}
    return [path for path in wanted if path.rstrip("/") in found]


def check_examples(rule: Rule, plugins: Plugins | None = None) -> list[str]:
    """What is wrong with the rule's examples, one line each: those that must match and do not,
    those that must not and do, those that cannot be made or looked at."""
    chosen = plugins or bundled()
    wrong = []
    for kind, examples in (("match", rule.match), ("miss", rule.miss)):
        for number, example in enumerate(examples, 1):
            said = _said(rule, example, kind == "match", f"{rule.id} {kind} {number}", chosen)
            wrong += [f"{rule.id}: {kind} {number}: {words}" for words in said]
    return wrong


def _said(rule: Rule, example: Example, wanted: bool, seed: str, plugins: Plugins) -> list[str]:
    try:
        text = _render(example.template, seed, plugins)
        carrier = _carrier(rule, {example.path or "example.txt": text})
        run = lint(carrier, [rule], plugins=plugins)
    except DunnageError as error:
        return [str(error)]
    said = [problem.message for problem in run.problems]
    if bool(run.findings) is not wanted:
        words = "matched, and must not" if run.findings else "did not match"
        said.append(f"{words}: {example.template!r}")
    return said


def _carrier(rule: Rule, files: Mapping[str, str]) -> bytes:
    """The files in an artifact that the rule looks at."""
    for name, build in (("npm", npm_tarball), ("pypi", sdist), ("crates", crate)):
        if name in rule.ecosystems:
            return build(files)
    return tar_archive(files)


class _Held(Struct):
    """A resolver whose one target is held in memory."""

    name: str
    data: bytes

    def match(self, target: str) -> int:
        return 100 if target == self.name else 0

    def resolve(self, target: str, options: Mapping[str, Any]) -> Sequence[Target]:
        return [Target(target, source=MemorySource(self.data))]
