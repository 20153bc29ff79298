"""dunnage lints what it ships: its own wheel and sdist, as users get them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from dunnage.version import __version__

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel, built from the sdist, and the sdist."""
    place = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(place), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return place


def test_both_are_clean(dist: Path, dunnage_command: str) -> None:
    command = [dunnage_command, "check", "--format", "json", str(dist)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    kinds = sorted(artifact["kind"] for artifact in report["artifacts"])
    assert kinds == ["sdist", "wheel"]
    # A note is no blemish: the rules on words such as these hold the words.
    worse = [found for found in report["findings"] if found["severity"] != "note"]
    shown = [f"{found['path']}:{found['line']}: {found['rule']}" for found in worse]
    assert shown == []
    assert (report["problems"], done.returncode) == ([], 0)


def test_the_wheel_holds_all_packages_and_rule_files(dist: Path) -> None:
    [wheel] = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    sources = {
        path.relative_to(base).as_posix()
        for base in (ROOT / "src", ROOT / "plugins", ROOT / "rules")
        for path in base.rglob("*")
        if path.suffix in (".py", ".toml", ".typed") and "example" not in path.parts
    }
    assert {path for path in packed if ".dist-info/" not in path} >= sources
    tops = {path.partition("/")[0] for path in packed}
    ours = {"dunnage", "dunnage_npm", "dunnage_pypi", "dunnage_cargo", "dunnage_oci"}
    assert tops == {*ours, "dunnage_rules", f"dunnage-{__version__}.dist-info"}


def test_the_wheel_is_typed_and_licensed(dist: Path) -> None:
    [wheel] = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = archive.namelist()
        metadata = archive.read(f"dunnage-{__version__}.dist-info/METADATA").decode()
    assert "dunnage/py.typed" in packed
    assert f"dunnage-{__version__}.dist-info/licenses/LICENSE" in packed
    assert re.search(r"^License-Expression: Apache-2.0$", metadata, re.MULTILINE)
    assert re.search(r"^Requires-Python: >=3.10$", metadata, re.MULTILINE)


def test_the_sdist_holds_the_tests_and_no_litter(dist: Path) -> None:
    [sdist] = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "tests/conftest.py"} <= packed
    assert not [path for path in packed if re.search(r"__pycache__|\.pyc$|(^|/)\.venv", path)]


def test_the_version_is_in_the_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[(Unreleased|{re.escape(__version__)})\]", text, re.MULTILINE)
