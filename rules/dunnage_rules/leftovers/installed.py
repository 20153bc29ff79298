"""Packages that came along: node_modules, test suites."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dunnage import Artifact, Entry, Hit, Kind, Rule, Severity, rule

_TOP = {
    "test": "a test suite",
    "tests": "a test suite",
    "testsuite": "a test suite",
    "example": "examples",
    "examples": "examples",
    "benchmark": "benchmarks",
    "benchmarks": "benchmarks",
    "doc": "documentation",
    "docs": "documentation",
    "scripts": "scripts",
    "tools": "tools",
    "build": "a build folder",
    "dist": "a build folder",
}


@rule(
    "leftover/node-modules",
    on=Artifact,
    severity=Severity.WARNING,
    ecosystems=("npm",),
    fold="artifact",
    fix='Remove the folder, or list what is bundled on purpose under "bundleDependencies" in '
    "package.json.",
    source="https://docs.npmjs.com/cli/v11/configuring-npm/package-json#bundledependencies",
)
def node_modules(artifact: Artifact) -> Iterator[Hit]:
    """Installed packages that the manifest does not bundle.

    npm leaves `node_modules` out, except what `bundleDependencies` names. In a tarball without
    that list the folder was forced in, or lies in a subfolder that npm does not clean.

    Remove it. Bundled dependencies, and folders below `test/` and the like, are not reported.
    """
    manifest = artifact.manifest
    if manifest.get("bundleDependencies") or manifest.get("bundledDependencies"):
        return
    for path, facts in artifact.index.items():
        if facts.kind is not Kind.FILE:
            continue
        if "/node_modules/" in path:
            before, _, inside = path.removeprefix(artifact.root).partition("node_modules/")
            if not _is_fixture(before) and inside.endswith("/package.json"):
                yield Hit(
                    "an installed package in node_modules that is not bundled by name", entry=path
                )
        elif "/.yarn/cache/" in path and path.endswith(".zip"):
            yield Hit("a package in Yarn's cache: what was installed here", entry=path)


_FIXTURES = frozenset(
    {
        "test",
        "tests",
        "fixtures",
        "__tests__",
        "__fixtures__",
        "example",
        "examples",
        "compiled",
    }
)


def _is_fixture(folder: str) -> bool:
    """Whether packages installed in ``folder`` are there on purpose: to test a tool that deals with
    such folders, or compiled into one file (Next.js). Those of a demo or of documentation are
    not, which is why this asks for less than :func:`dunnage.is_trial`."""
    return not _FIXTURES.isdisjoint(folder.lower().split("/"))


@rule(
    "leftover/virtual-environment",
    severity=Severity.WARNING,
    paths=("pyvenv.cfg",),
    ecosystems=("npm", "pypi", "crates"),
    content=True,
    fix={
        "npm": 'List what ships under "files" in package.json.',
        "pypi": 'hatch: `exclude = [".venv"]` under [tool.hatch.build]; setuptools: `prune '
        ".venv` in MANIFEST.in.",
        "crates": '`exclude = [".venv/"]` in Cargo.toml.',
    },
    source="https://docs.python.org/3/library/venv.html",
)
def virtual_environment(entry: Entry) -> Iterator[Hit]:
    """A Python virtual environment.

    It works on one machine only, names the folder of the interpreter that made it, and holds
    everything that was installed.

    Leave it out. Images are not meant: there it is a good way to install.
    """
    text = entry.read(4096).decode("utf-8", "replace")
    if found := re.search(r"(?m)^home\s*=\s*(\S.*)$", text):
        yield Hit(f"a virtual environment, made by the interpreter in {found[1].strip()[:120]}")


_FIX_TOP = (
    'setuptools: `[tool.setuptools.packages.find] exclude = ["{top}*"]`; hatch: '
    '`[tool.hatch.build.targets.wheel] packages = ["src/NAME"]`.'
)


@rule(
    "wheel/top-level-tests",
    on=Artifact,
    severity=Severity.WARNING,
    ecosystems=("pypi",),
    fix=_FIX_TOP.format(top="tests"),
    source="https://setuptools.pypa.io/en/latest/userguide/package_discovery.html",
)
def top_level_tests(artifact: Artifact) -> Iterator[Hit]:
    """A wheel that installs `tests`, `docs` or the like at the top level.

    They become importable as `import tests` for everybody who installs the package, and overwrite
    those of other packages: the last one installed wins.

    Name the packages that ship. Fine only for a package of that very name.
    """
    if artifact.kind != "wheel":
        return
    counts: dict[str, int] = {}
    firsts: dict[str, str] = {}
    for path, facts in artifact.index.items():
        top, slash, rest = path.partition("/")
        if slash and rest and facts.kind is Kind.FILE and top.lower() in _TOP:
            counts[top] = counts.get(top, 0) + 1
            firsts.setdefault(top, path)
    for top, count in counts.items():
        if top.lower() != artifact.name.lower().replace("-", "_"):
            yield Hit(
                f"the wheel installs {_TOP[top.lower()]} at the top level: {top}/ ({count} "
                f"file{'s' * (count != 1)})",
                entry=firsts[top],
                count=count,
                fix=_FIX_TOP.format(top=top),
            )


def rules() -> list[Rule]:
    """The rules of this module."""
    return [node_modules, virtual_environment, top_level_tests]
