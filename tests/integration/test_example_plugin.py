"""The example plugin, as a user has it: a fresh environment, both installed, its tests run."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """The scripts of an environment with dunnage's wheel and the example in it."""
    place = tmp_path_factory.mktemp("fresh")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(place)]
    subprocess.run([*build, str(root)], check=True, capture_output=True)
    subprocess.run([*build, str(root / "plugins" / "example")], check=True, capture_output=True)
    venv.create(place / "venv", with_pip=True)
    scripts = place / "venv" / "bin"
    wheels = [str(path) for path in sorted(place.glob("*.whl"))]
    pip = [str(scripts / "python"), "-m", "pip", "install", "--quiet"]
    done = subprocess.run([*pip, *wheels, "pytest"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return scripts


def test_its_own_tests_pass(fresh: Path, root: Path, tool: Callable[..., str]) -> None:
    tests = root / "plugins" / "example" / "tests"
    pytest_ = [str(fresh / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    said = tool(*pytest_, "--rootdir", str(tests), "-c", "/dev/null", str(tests))
    assert " passed" in said


def test_dunnage_knows_its_rules(fresh: Path, tool: Callable[..., str]) -> None:
    assert "dunnage-example 1.0.0" in tool(str(fresh / "dunnage"), "plugins")
    assert "symbol server" in tool(str(fresh / "dunnage"), "explain", "acme/symbol-file")
    assert "acme/deploy-key" in tool(str(fresh / "dunnage"), "rules")


def test_it_can_be_left_out(fresh: Path, tool: Callable[..., str]) -> None:
    assert "acme/" not in tool(str(fresh / "dunnage"), "rules", "--no-plugin", "acme")


def test_our_own_tests_do_not_load_it(fresh: Path, tool: Callable[..., str]) -> None:
    code = "from dunnage.testing import bundled; print({r.group for r in bundled().rules})"
    assert "acme" not in tool(str(fresh / "python"), "-c", code)
