"""The packages that are compared on, and how they are fetched."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

WHEELS = """
    boto3 botocore requests urllib3 certifi numpy pandas cryptography pydantic-core django flask
    sqlalchemy pillow lxml aiohttp scikit-learn matplotlib black mypy pytest setuptools pip
    jinja2 grpcio protobuf
""".split()

TARBALLS = """
    react react-dom lodash typescript express axios webpack rollup esbuild vite next vue rxjs
    moment date-fns zod eslint prettier jest chalk commander mongoose socket.io three yaml
""".split()


def fetch(data: Path) -> None:
    """Download what is not in ``data/wheels`` and ``data/npm`` yet, with pip and npm."""
    wheels, tarballs = data / "wheels", data / "npm"
    for folder in (wheels, tarballs):
        folder.mkdir(parents=True, exist_ok=True)
    have = {path.name.partition("-")[0].lower() for path in wheels.iterdir()}
    if wanted := [name for name in WHEELS if name.replace("-", "_") not in have]:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "--no-deps", "--only-binary=:all:", "--dest", str(wheels), *wanted])
    have = {path.name.rpartition("-")[0] for path in tarballs.iterdir()}
    if missing := [name for name in TARBALLS if name not in have]:
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit("npm is needed to fetch npm tarballs")
        pack = [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(tarballs)]
        _run([*pack, *missing])


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def size(folder: Path) -> tuple[int, int]:
    """How many files, how many bytes."""
    sizes = [path.stat().st_size for path in folder.iterdir() if path.is_file()]
    return len(sizes), sum(sizes)
