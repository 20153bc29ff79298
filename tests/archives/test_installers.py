"""Against what installs packages: whatever node-tar (npm) or pip unpacks, dunnage gives to the
rules, or says that something is wrong."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from crafted import Seen, form_of, read

from dunnage.errors import LimitError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "fuzz"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "hostile"))

import cases
import planted
import seeds

pytestmark = pytest.mark.integration

Files = list[tuple[str, bytes]]

# Name and content of each entry that node-tar hands to whoever unpacks. `onentry` was the option's
# name before version 7.
NODE_TAR = """
const fs = require("fs"), tar = require(process.argv[1]);
const found = {};
for (const path of fs.readFileSync(0, "utf8").split("\\n")) {
  const entries = [];
  const onReadEntry = (entry) => {
    const parts = [];
    entry.on("data", (part) => parts.push(part));
    entry.on("end", () => entries.push([entry.path, Buffer.concat(parts).toString("latin1")]));
    entry.resume();
  };
  const parser = new (tar.Parser || tar.Parse)({ onReadEntry, onentry: onReadEntry });
  parser.on("error", () => {});
  parser.on("warn", () => {});
  try { parser.end(fs.readFileSync(path)); } catch (error) {}
  found[path] = entries;
}
setTimeout(() => console.log(JSON.stringify(found)), 200);
"""

# What pip leaves in a folder after it has unpacked an sdist or a wheel there.
PIP = """
import json, os, sys, tempfile, warnings
warnings.simplefilter("ignore")
from pip._internal.utils.unpacking import unpack_file
found = {}
for path in sys.stdin.read().splitlines():
    with tempfile.TemporaryDirectory() as folder:
        try:
            unpack_file(path, folder)
        except Exception:
            pass
        found[path] = files = []
        for place, _, names in os.walk(folder):
            for name in names:
                whole = os.path.join(place, name)
                if os.path.islink(whole) or not os.path.isfile(whole):
                    continue
                with open(whole, encoding="latin-1", newline="") as stream:
                    files.append([os.path.relpath(whole, folder), stream.read()])
print(json.dumps(found))
"""


def tars() -> dict[str, bytes]:
    """Each odd tar of the hostile cases, as it is and compressed, and the seeds with damage."""
    made: dict[str, bytes] = {}
    text = b"const token = 'a secret';\n"
    for maker in (cases.tars, cases.names, planted.tars):
        made |= {name: case.data for name, case in maker(text) if not name.startswith("zip")}
    for maker in (cases.streams, planted.streams):
        made |= {f"stream-{name}": case.data for name, case in maker(text)}
    made |= damaged("tar")
    return made | {f"{name}.gz": gzip.compress(data, 1, mtime=0) for name, data in made.items()}


def zips() -> dict[str, bytes]:
    """Each odd zip of the hostile cases, and the seeds with damage."""
    text = b"const token = 'a secret';\n"
    made = {name: case.data for name, case in [*cases.zips(text), *planted.zips(text)]}
    made |= {name: case.data for name, case in cases.names(text) if name.startswith("zip")}
    return made | damaged("zip")


def damaged(kind: str) -> dict[str, bytes]:
    """The seeds of the fuzzer, each with a bit flipped, a block lost or a block twice."""
    random_ = random.Random(kind)
    made = {}
    for number, seed in enumerate(seeds.seeds(kind)):
        for turn in range(25):
            data = bytearray(seed)
            at = random_.randrange(len(data))
            if turn % 3 == 0:
                data[at] ^= 1 << random_.randrange(8)
            elif turn % 3 == 1:
                del data[at & ~511 : (at & ~511) + 512]
            else:
                data[at & ~511 : at & ~511] = data[at & ~511 : (at & ~511) + 512]
            made[f"{kind}-{number}-{turn}"] = bytes(data)
    return made


def unpacked(
    command: list[str], archives: Mapping[str, bytes], folder: Path, suffix: str
) -> dict[str, Files]:
    """What a reader says of each archive."""
    paths = {}
    for number, (name, data) in enumerate(archives.items()):
        path = folder / f"{number}{suffix}"
        path.write_bytes(data)
        paths[str(path)] = name
    done = subprocess.run(
        command, input="\n".join(paths), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return {
        paths[path]: [(name, body.encode("latin-1")) for name, body in files]
        for path, files in json.loads(done.stdout).items()
    }


def looked_at(data: bytes) -> Seen | None:
    """What dunnage sees; None where it is no archive to it, or a limit ends it: both are told."""
    form = form_of(data)
    if form is None:
        return None
    try:
        return read(data, form)
    except LimitError:
        return None


def node_tar(need: Callable[..., str]) -> str:
    """The folder of the node-tar that npm unpacks with."""
    npm = Path(need("npm")).resolve()
    for folder in (npm.parent.parent / "node_modules/tar", Path("/usr/share/nodejs/tar")):
        if folder.is_dir():
            return str(folder)
    pytest.skip("needs the tar module of npm")


def assert_nothing_is_missed(archives: Mapping[str, bytes], found: Mapping[str, Files]) -> None:
    assert sum(map(len, found.values())) > len(archives) // 3, "the reader gave next to nothing"
    for name, files in found.items():
        if not files:
            continue
        seen = looked_at(archives[name])
        if seen is None:
            continue
        for path, body in files:
            said = f"{name}: {path} {body[:80]!r}, {seen.paths}, {seen.odd}, {seen.flaws}"
            assert body in seen.bytes or seen.flaws, said
            bare = path.strip("/").rpartition("/")[2]
            known = any(bare in each for each in seen.paths)
            assert known or not seen.clean or not bare.isprintable(), said


def test_node_tar(need: Callable[..., str], tmp_path: Path) -> None:
    command = [need("node"), "-e", NODE_TAR, node_tar(need)]
    archives = tars()
    assert_nothing_is_missed(archives, unpacked(command, archives, tmp_path, ".tgz"))


@pytest.mark.parametrize(("suffix", "make"), [(".tar", tars), (".whl", zips)])
def test_pip(suffix: str, make: Callable[[], dict[str, bytes]], tmp_path: Path) -> None:
    pytest.importorskip("pip._internal.utils.unpacking", reason="needs pip")
    archives = make()
    command = [sys.executable, "-c", PIP]
    assert_nothing_is_missed(archives, unpacked(command, archives, tmp_path, suffix))
