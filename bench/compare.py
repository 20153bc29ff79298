"""Compare dunnage with kingfisher on popular packages: ``python bench/compare.py``.

The tools run in turn over the same files, three times; what is printed are the medians. See
README.md beside this file for how to read it.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from measure import Sample, run
from packages import fetch, size

HERE = Path(__file__).resolve().parent
MB = 1e6


def kingfisher() -> list[str]:
    """The command beside the Python that runs this script, installed there if need be."""
    beside = Path(sys.executable).parent
    if shutil.which("kingfisher", path=beside) is None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--editable", f"{HERE.parent}[bench]"], check=True)
    found = shutil.which("kingfisher", path=beside)
    if found is None:
        raise SystemExit("kingfisher cannot be installed beside this Python")
    return [found, "scan", "--no-validate", "--no-update-check"]


def dunnage() -> list[str]:
    """The command beside the Python that runs this script."""
    found = shutil.which("dunnage", path=Path(sys.executable).parent) or shutil.which("dunnage")
    if found is None:
        raise SystemExit("dunnage is not installed: pip install -e .")
    return [found, "check", "--fail-on", "error"]


def in_turn(commands: Sequence[Sequence[str]], rounds: int) -> list[list[Sample]]:
    """The samples of each command; the tools take turns, so that a slow minute hits both. The last
    one is that of a run of its own, watched for its memory, which slows down what is watched."""
    samples: list[list[Sample]] = [[] for _ in commands]
    for number in range(rounds + 1):
        for command, kept in zip(commands, samples, strict=True):
            kept.append(run(command, watched=number == rounds))
    for command, kept in zip(commands, samples, strict=True):
        if any(sample.exit_code not in (0, 1, 200) for sample in kept):  # 200: kingfisher found
            print(f"{command[0]} ended with {[sample.exit_code for sample in kept]}:")
            print(kept[-1].output.decode(errors="replace")[-2000:])
    return samples


def median(samples: Sequence[Sample]) -> float:
    """The median of the seconds."""
    return statistics.median(sample.seconds for sample in samples)


def versus(data: Path, rounds: int) -> None:
    """The table against the other tool."""
    print("\n| files | dunnage | kingfisher | ratio | dunnage memory | kingfisher memory |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, goal in (("wheels", 3), ("npm", 8)):
        folder = data / name
        count, total = size(folder)
        ours, theirs = in_turn([[*dunnage(), str(folder)], [*kingfisher(), str(folder)]], rounds)
        seconds, kingfisher_seconds = median(ours[:-1]), median(theirs[:-1])
        cells = [
            f"{count} {name}, {total / MB:.0f} MB",
            f"{seconds:.2f} s",
            f"{kingfisher_seconds:.2f} s",
            f"**{kingfisher_seconds / seconds:.1f}×** (goal {goal}×)",
            f"{ours[-1].peak / MB:.0f} MB",
            f"{theirs[-1].peak / MB:.0f} MB",
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


def tenfold(data: Path) -> None:
    """Memory must not grow with the folder."""
    print("\n| folder | time | memory (goal 250 MB) |\n|---|---:|---:|")
    for name in ("wheels", "npm"):
        with tempfile.TemporaryDirectory() as place:
            for path in (data / name).iterdir():
                for copy in range(10):
                    _same(path, Path(place, f"{copy}-{path.name}"))
            sample = run([*dunnage(), place])
        print(f"| ten times the {name} | {sample.seconds:.1f} s | {sample.peak / MB:.0f} MB |")


def _same(path: Path, copy: Path) -> None:
    try:
        os.link(path, copy)
    except OSError:  # another file system
        shutil.copyfile(path, copy)


def start(rounds: int) -> None:
    """How long one small package takes: the first time on a machine, and later."""
    from dunnage.testing import npm_tarball

    with tempfile.TemporaryDirectory() as place:
        target = Path(place, "small.tgz")
        # random hexadecimal text deflates to half: 40 kB become 20
        target.write_bytes(npm_tarball({"index.js": f"x = '{os.urandom(17_500).hex()}'\n"}))
        command = [*dunnage(), str(target)]
        cold = [
            run(command, {"XDG_CACHE_HOME": str(Path(place, f"cache-{each}"))}, watched=False)
            for each in range(rounds)
        ]
        again = {"XDG_CACHE_HOME": str(Path(place, "cache-0"))}
        warm = [run(command, again, watched=False) for _ in range(rounds)]
        print(f"\n| one tarball of {target.stat().st_size / 1000:.0f} kB | time | goal |")
    print("|---|---:|---:|")
    print(f"| empty cache folder | {median(cold):.2f} s | 0.70 s |")
    print(f"| again | {median(warm):.2f} s | 0.30 s |")


def main() -> None:
    """Fetch, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder with wheels/ and npm/; fetch nothing")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["versus", "tenfold", "start"], action="append")
    options = parser.parse_args()
    data = options.data or HERE / "data"
    parts = options.only or ["versus", "tenfold", "start"]
    if options.data is None and parts != ["start"]:
        fetch(data)
    print(f"dunnage {version('dunnage')}, Python {platform.python_version()}, ", end="")
    print(f"{len(os.sched_getaffinity(0))} cores, {platform.machine()}")
    if "start" in parts:
        start(max(options.rounds, 5))
    if "versus" in parts:
        versus(data, options.rounds)
    if "tenfold" in parts:
        tenfold(data)


if __name__ == "__main__":
    main()
