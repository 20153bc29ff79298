"""Against the readers that people unpack with: what bsdtar, GNU tar or unzip lists, dunnage lists
or calls odd or damaged."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from crafted import END, Zipped, header, member, pax, read, zipped

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "fuzz"))

import seeds

pytestmark = pytest.mark.integration
HIDDEN = member(b"hidden.js", b"token")


def listed(command: list[str]) -> list[str]:
    done = subprocess.run(command, capture_output=True, timeout=20, check=False)
    lines = done.stdout.decode("utf-8", "backslashreplace").splitlines()
    return [line.rstrip("/").removeprefix("./") for line in lines if line]


def compare(data: bytes, form: str, names: list[str]) -> None:
    seen = read(data, form)
    mine = {path.rstrip("/").removeprefix("./") for path in seen.paths}
    for name in names:
        shown = name.replace("\\\\", "\\")
        assert name in mine or shown in mine or not seen.clean, name


def odd_tars() -> list[bytes]:
    random_ = random.Random(3)
    made = list(seeds.seeds("tar"))
    for seed in list(made):
        for _ in range(12):
            data = bytearray(seed)
            at = random_.randrange(len(data))
            if random_.random() < 0.5:
                data[at] ^= 1 << random_.randrange(8)
            else:
                del data[at : at + 512]
            made.append(bytes(data))
    made.append(pax((b"size", b"0")) + header(b"a", 1024) + HIDDEN + END)
    made.append(member(b"a", b"1") + bytes(512) + HIDDEN + END)
    return made


def odd_zips() -> list[bytes]:
    random_ = random.Random(4)
    made = list(seeds.seeds("zip"))
    for seed in list(made):
        for _ in range(12):
            data = bytearray(seed)
            data[random_.randrange(len(data))] ^= 1 << random_.randrange(8)
            made.append(bytes(data))
    made.append(zipped(Zipped(b"a", b"1", local_name=b"b"), Zipped(b"a", b"2")))
    return made


@pytest.mark.parametrize("tool", ["bsdtar", "tar"])
def test_tar_listings(tool: str, need: Callable[..., str], tmp_path: Path) -> None:
    command = need(tool)
    options = ["--ignore-zeros"] if tool == "tar" else []
    for number, data in enumerate(odd_tars()):
        path = tmp_path / f"{number}.tar"
        path.write_bytes(data)
        compare(data, "tar", listed([command, "-tf", str(path)]))
        if options:
            quoted = [*options, "--quoting-style=literal"]
            compare(data, "tar", listed([command, *quoted, "-tf", str(path)]))


@pytest.mark.parametrize(("tool", "options"), [("unzip", ["-Z1"]), ("bsdtar", ["-tf"])])
def test_zip_listings(
    tool: str, options: list[str], need: Callable[..., str], tmp_path: Path
) -> None:
    command = need(tool)
    for number, data in enumerate(odd_zips()):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(data)
        compare(data, "zip", listed([command, *options, str(path)]))
