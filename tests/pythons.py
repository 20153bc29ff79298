"""Run the unit tests on every other Python from 3.10 that this machine has.

Looks for ``python3.N`` on the PATH and, where pyenv is there, among its versions. Each Python
gets a fresh environment in a temporary folder.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MINORS = range(10, 20)
ASK = "import sys; print(*sys.version_info[:2], sep='.')"


def candidates() -> list[str]:
    """Commands that may be a Python."""
    found = [shutil.which(f"python3.{minor}") for minor in MINORS]
    if shutil.which("pyenv"):
        root = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=False)
        versions = Path(root.stdout.strip(), "versions")
        found += [str(path) for path in sorted(versions.glob("3.*/bin/python"))]
    return [each for each in found if each]


def pythons() -> dict[str, str]:
    """A command for each version, the one that runs this script left out."""
    found: dict[str, str] = {}
    for command in candidates():
        # A shim of a version that is not switched on fails here.
        asked = subprocess.run([command, "-c", ASK], capture_output=True, text=True, check=False)
        version = asked.stdout.strip()
        if asked.returncode == 0 and version.startswith("3.") and int(version[2:]) in MINORS:
            found.setdefault(version, command)
    found.pop(".".join(map(str, sys.version_info[:2])), None)
    return found


def main() -> int:
    """Test with each; the number of those that failed."""
    failed = []
    for version, command in sorted(pythons().items(), key=lambda item: int(item[0][2:])):
        print(f"== Python {version}", flush=True)
        with tempfile.TemporaryDirectory() as place:
            python = f"{place}/bin/python"
            steps = [
                [command, "-m", "venv", place],
                [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                 "--editable", f"{ROOT}[dev]"],
                [python, "-m", "pytest", "-q", "-m", "not integration and not slow",
                 "-p", "no:cacheprovider", "--numprocesses", "auto", "--dist", "loadfile"],
            ]  # fmt: skip
            if any(subprocess.run(step, cwd=ROOT, check=False).returncode for step in steps):
                failed.append(version)
    print(f"failed on: {', '.join(failed)}" if failed else "no Python failed")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
