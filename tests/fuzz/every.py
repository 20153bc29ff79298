"""Every harness for a fixed number of executions from the seed corpus: what CI runs.

Two at a time, one line for each; fails when one of them has found something, and shows it. Needs
``pip install atheris`` (Linux)."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

RUNS = {
    "whole": 5_000,
    "content": 5_000,
    "zip": 40_000,
    "forward": 40_000,
    "tar": 40_000,
    "hidden": 40_000,
    "compressed": 40_000,
    "any": 40_000,
    "sourcemap": 40_000,
}
HERE = Path(__file__).resolve().parent
_STATE = re.compile(rb"#\d+\s+\w+\s+cov: (\d+) ft: (\d+)")


def run(name: str) -> bool:
    """Run one harness; whether nothing was found."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(HERE / "fuzz.py"), name, f"{folder}/corpus"]
        options = [f"-runs={RUNS[name]}", "-seed=1", f"-artifact_prefix={folder}/"]
        done = subprocess.run([*command, *options], capture_output=True, timeout=1800, check=False)
        said = done.stdout + done.stderr
        states = _STATE.findall(said)
        reached = " ".join(f"cov {cov.decode()} ft {ft.decode()}" for cov, ft in states[-1:])
        verdict = "nothing found" if done.returncode == 0 else f"FAILED ({done.returncode})"
        seconds = time.monotonic() - began
        print(f"fuzz {name}: {RUNS[name]} runs, {reached}, {seconds:.0f} s: {verdict}", flush=True)
        if done.returncode:
            print(said[-6000:].decode("utf-8", "replace"))
            for path in Path(folder).iterdir():
                if path.is_file():
                    print(f"{path.name}: {path.read_bytes()[:20_000].hex()}", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    with ThreadPoolExecutor(2) as pool:
        sys.exit(not all(list(pool.map(run, RUNS))))
