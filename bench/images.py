"""Compare dunnage with kingfisher on a container image: ``python bench/images.py``.

The image is a Debian root with Python, numpy and django, Node.js, next and express (about 760 MB),
made with debootstrap, pip, npm, buildah and podman into ``bench/data/images`` the first time. The
tools take turns, three times; medians are printed. See README.md beside this file for how to read
it."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path

from compare import dunnage, in_turn, kingfisher, median
from isal import igzip
from measure import Sample

HERE = Path(__file__).resolve().parent
MB = 1e6

BASE = 'FROM scratch\nCOPY root /\nCMD ["bash"]\n'
FULL = """FROM localhost/bench-root:1
COPY python /usr/local/lib/python3.11/dist-packages
COPY node/node_modules /srv/app/node_modules
CMD ["node"]
"""
STORAGE = '[storage]\ndriver = "vfs"\ngraphroot = "{here}/store"\nrunroot = "{here}/run"\n'


def make(place: Path) -> None:
    """Build the two images and save them: ``root.tar``, ``full.tar``, ``full-oci.tar``."""
    wanted = ("debootstrap", "npm", "buildah", "podman")
    missing = [name for name in wanted if shutil.which(name) is None]
    if missing:
        raise SystemExit(f"making the image needs {', '.join(missing)} (and root)")
    place.mkdir(parents=True, exist_ok=True)
    (place / "storage.conf").write_text(STORAGE.format(here=place))
    (place / "Base").write_text(BASE)
    (place / "Full").write_text(FULL)
    env = {**os.environ, "CONTAINERS_STORAGE_CONF": str(place / "storage.conf"),
           "BUILDAH_ISOLATION": "chroot", "TMPDIR": str(place)}  # fmt: skip

    def do(*command: str) -> None:
        subprocess.run(command, cwd=place, env=env, check=True, stdout=subprocess.DEVNULL)

    if not (place / "root").exists():
        packages = "--include=ca-certificates,python3,nodejs"
        do("debootstrap", "--variant=minbase", packages, "bookworm", "root")
    do(sys.executable, "-m", "pip", "install", "--quiet", "--target", "python", "numpy", "django")
    (place / "node").mkdir(exist_ok=True)
    do("npm", "install", "--prefix", "node", "--no-audit", "--no-fund", "next", "express")
    do("buildah", "bud", "--layers", "-q", "-t", "localhost/bench-root:1", "-f", "Base", ".")
    do("buildah", "bud", "--layers", "-q", "-t", "localhost/bench-full:1", "-f", "Full", ".")
    for form, name, image in (
        ("docker-archive", "root.tar", "bench-root"),
        ("docker-archive", "full.tar", "bench-full"),
        ("oci-archive", "full-oci.tar", "bench-full"),
    ):
        do("podman", "save", "-q", "--format", form, "-o", name, f"localhost/{image}:1")


def inflate(archive: Path) -> float:
    """Seconds to inflate all layers of an OCI archive, one after the other, with the fastest
    library there is, and nothing else."""
    started = time.perf_counter()
    with tarfile.open(archive) as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.isfile() else None
            if stream is None or stream.read(2) != b"\x1f\x8b":
                continue
            stream.seek(0)
            with igzip.IGzipFile(fileobj=stream) as layer:
                while layer.read(1 << 20):
                    pass
    return time.perf_counter() - started


def errors(archive: Path) -> list[str]:
    """The error-level findings of an image."""
    done = subprocess.run(
        [*dunnage(), str(archive), "--format", "json"], capture_output=True, check=False
    )
    found = json.loads(done.stdout)["findings"]
    return [f"{each['rule']} {each['path']}" for each in found if each["severity"] == "error"]


def table(place: Path, rounds: int) -> None:
    """Print the figures."""
    docker, oci = place / "full.tar", place / "full-oci.tar"
    program, scan, *options = kingfisher()
    # It leaves out layers of more than 256 MB without --no-limits; --max-file-size does not help.
    other = [program, scan, "docker", "--archive", str(docker), *options, "--no-limits"]
    ours, theirs, packed = in_turn(
        [[*dunnage(), str(docker)], other, [*dunnage(), str(oci)]], rounds
    )
    plain = statistics.median(inflate(oci) for _ in range(rounds))
    print("| what | figure | goal |\n|---|---:|---:|")
    size = docker.stat().st_size / MB
    _row(f"docker archive, {size:.0f} MB: dunnage", f"{median(ours[:-1]):.1f} s", "")
    _row(f"kingfisher, which counts {counted(theirs[-1])}", f"{median(theirs[:-1]):.1f} s", "")
    _row("ratio", f"**{median(theirs[:-1]) / median(ours[:-1]):.1f}×**", "4×")
    _row("memory of dunnage", f"{ours[-1].peak / MB:.0f} MB", "300 MB")
    _row("memory of kingfisher", f"{theirs[-1].peak / MB:.0f} MB", "")
    size = oci.stat().st_size / MB
    _row(f"OCI archive (gzip), {size:.0f} MB: dunnage", f"{median(packed[:-1]):.1f} s", "")
    _row("inflating its layers alone, on one core", f"{plain:.1f} s", "")
    _row("ratio", f"**{median(packed[:-1]) / plain:.1f}×**", "1.6×")
    found = errors(place / "root.tar")
    _row("errors in the Debian root alone", str(len(found)), "0")
    for line in found:
        print(f"  {line}")


def counted(sample: Sample) -> str:
    """How many bytes kingfisher says that it scanned: a tool that leaves most out is soon done."""
    found = re.search(rb"Bytes Scanned\.*: *([0-9.,]+ [A-Za-z]+)", sample.output)
    return found[1].decode() if found else "nothing"


def _row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Make what is missing, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data",
        type=Path,
        default=HERE / "data" / "images",
        help="a folder with root.tar, full.tar and full-oci.tar; made if missing",
    )
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    place = options.data.resolve()
    if not (place / "full-oci.tar").exists():
        make(place)
    table(place, options.rounds)


if __name__ == "__main__":
    main()
