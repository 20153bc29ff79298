"""A wheel and an sdist that ``python -m build`` made: leaks found, the fix named, and right."""

from __future__ import annotations

import compileall
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dunnage.testing import render

pytestmark = pytest.mark.integration

PYPROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "leaky"
version = "1.0.0"
description = "a demo"
license = "MIT"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    place = tmp_path / "leaky"
    package = place / "src" / "leaky"
    package.mkdir(parents=True)
    (place / "pyproject.toml").write_text(PYPROJECT)
    (place / "MANIFEST.in").write_text("graft src\ninclude .pypirc\n")
    (package / "__init__.py").write_text("ANSWER = 42\n")
    assert compileall.compile_dir(package, quiet=1)
    pypirc = "[pypi]\nusername = __token__\npassword = {pypi-token:pypi}\n"
    (place / ".pypirc").write_text(render(pypirc, "pypirc"))
    return place


def test_a_pypirc_and_a_cache_are_found_and_the_fix_works(
    project: Path, tool: Callable[..., str], check: Callable[..., Any]
) -> None:
    build = [sys.executable, "-m", "build", "--no-isolation"]
    tool(*build, cwd=project)
    wheel = project / "dist" / "leaky-1.0.0-py3-none-any.whl"
    sdist = project / "dist" / "leaky-1.0.0.tar.gz"

    before = check(sdist)
    assert before.exit_code == 1
    assert before.rules(".pypirc")
    assert "MANIFEST.in" in before.text
    cache = f"__pycache__/__init__.{sys.implementation.cache_tag}.pyc"
    for target in (sdist, wheel):
        found = check(target)
        places = {each["path"] for each in found.report["findings"]}
        assert any(cache in place or "__pycache__" in place for place in places), found.text

    (project / "MANIFEST.in").write_text("graft src\nglobal-exclude *.py[cod] .pypirc\n")
    tool(*build, cwd=project)
    for target in (sdist, wheel):
        after = check(target)
        assert (after.exit_code, after.report["findings"]) == (0, []), after.text
