"""Against umoci, which applies layers as container engines do: a file that it leaves in the root
folder is one that dunnage holds to be visible, and the other way round."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from crafted import read

from dunnage import Entry, Facts
from dunnage.testing import layer, oci_layout
from dunnage_oci import overlay

pytestmark = pytest.mark.integration


def layers(random_: random.Random) -> list[dict[str, bytes]]:
    """Layers of a few names, so that they meet often. Each file has a content of its own."""
    made: list[dict[str, bytes]] = []
    for number in range(random_.randint(2, 4)):
        files: dict[str, bytes] = {}
        for turn in range(random_.randint(1, 6)):
            folder = "/".join(random_.choice("abc") for _ in range(random_.randint(0, 2)))
            name, mark = random_.choice("abc"), random_.random()
            if mark < 0.15:
                name = ".wh..wh..opq"
            elif mark < 0.4:
                name = f".wh.{name}"
            path = f"{folder}/{name}" if folder else name
            if any(path.startswith(f"{each}/") or each.startswith(f"{path}/") for each in files):
                continue  # a file cannot be a folder as well, in one layer
            files[path] = b"" if ".wh." in name else b"%d-%d" % (number, turn)
        made.append(files)
    return made


def visible(stack: list[bytes]) -> set[bytes]:
    """The contents that the layers show, as dunnage reads and lays them over each other."""
    indices, contents = [], []
    for data in stack:
        entries = [item for item in read(data, "tar").items if isinstance(item, Entry)]
        indices.append({e.path: Facts(e.kind, e.size, e.mode) for e in entries})
        contents.append({e.path: e.data or b"" for e in entries})
    return {
        body
        for content, gone in zip(contents, overlay.hidden(indices), strict=True)
        for path, body in content.items()
        if path not in gone and not overlay.is_mark(path)
    }


def unpacked(umoci: str, stack: list[bytes], folder: Path) -> set[bytes] | None:
    """The contents that umoci leaves in the root folder; None where it refuses the image, as it
    does when a file lies in what a lower layer has as a file."""
    for name, data in oci_layout(stack, tag="latest").items():
        path = folder / "image" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    image, root = f"{folder / 'image'}:latest", folder / "root"
    command = [umoci, "raw", "unpack", "--rootless", "--image", image, str(root)]
    if subprocess.run(command, check=False, capture_output=True, timeout=60).returncode:
        return None
    return {path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_whiteouts(need: Callable[..., str], tmp_path: Path) -> None:
    umoci = need("umoci")
    random_ = random.Random(8)
    compared = 0
    for number in range(60):
        files = layers(random_)
        stack = [layer(each) for each in files]
        folder = tmp_path / str(number)
        found = unpacked(umoci, stack, folder)
        assert found in (None, visible(stack)), files
        compared += found is not None
        shutil.rmtree(folder)
    assert compared > 20
