"""Real compilers and bundlers, and what the rules on debug artifacts say of what they made."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from dunnage import Finding, Rule
from dunnage.testing import lint, npm_tarball, tar_archive
from dunnage_rules import debug, leftovers, words

BUNDLERS = ("esbuild@0.25", "webpack@5", "webpack-cli@6", "rollup@4", "vite@6", "typescript@5")


@pytest.fixture(scope="session")
def coded() -> list[Rule]:
    """The coded rules of the groups debug, leftover and words."""
    return [rule for package in (debug, leftovers, words) for rule in package.rules()]


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., Path]:
    """Run a tool to success in the test's own folder, or skip where the tool is not there."""

    def run(tool: str, *arguments: str, cwd: Path = tmp_path) -> Path:
        found = shutil.which(tool)
        if found is None:
            pytest.skip(f"needs {tool}")
        done = subprocess.run(
            [found, *arguments], cwd=cwd, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{tool} {arguments}:\n{done.stdout}{done.stderr}"
        return cwd

    return run


@pytest.fixture(scope="session")
def bundlers(pytestconfig: pytest.Config) -> Path:
    """The folder with the commands of the bundlers, installed once into pytest's cache."""
    npm = shutil.which("npm")
    if npm is None or pytestconfig.cache is None:
        pytest.skip("needs npm")
    place = pytestconfig.cache.mkdir("bundlers")
    commands = place / "node_modules" / ".bin"
    if not all((commands / each.partition("@")[0]).exists() for each in BUNDLERS):
        (place / "package.json").write_text('{"private": true}')
        call = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(place), *BUNDLERS]
        done = subprocess.run(call, cwd=place, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"npm cannot install the bundlers: {done.stderr[-300:]}")
    return commands


@pytest.fixture
def said(coded: list[Rule]) -> Callable[..., list[Finding]]:
    """What the rules say of the files in a folder, as a tarball of npm or a plain one."""

    def look(folder: Path, package: Mapping[str, object] | None = None) -> list[Finding]:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
        data = tar_archive(files) if package is None else npm_tarball(files, package)
        run = lint(data, coded)
        assert not run.problems
        return list(run.findings)

    return look
