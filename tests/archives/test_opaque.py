"""Archives that are not unpacked: their compressed parts are given, or it is told."""

from __future__ import annotations

import gzip
import lzma
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from crafted import honest_tar

from dunnage import Entry, Flaw, MemorySource
from dunnage.archives.hidden import opener_of
from dunnage.archives.limits import Budget

TAR = honest_tar([("usr/a", b"content")])


def read(data: bytes) -> tuple[dict[str, bytes], list[str]]:
    opener = opener_of(data[:4096])
    assert opener is not None
    entries, flaws = {}, []
    for item in opener(MemorySource(data), Budget()):
        if isinstance(item, Entry):
            entries[item.path] = item.read()
        elif isinstance(item, Flaw):
            flaws.append(item.message)
    return entries, flaws


def ar(*members: tuple[bytes, bytes]) -> bytes:
    out = b"!<arch>\n"
    for name, data in members:
        out += b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name, 0, 0, 0, b"100644", len(data))
        out += data + b"\n" * (len(data) & 1)
    return out


DEB = ar(
    (b"debian-binary", b"2.0\n"),
    (b"control.tar.gz/", gzip.compress(TAR, mtime=0)),
    (b"data.tar.xz", lzma.compress(TAR)),
)


def test_deb() -> None:
    entries, flaws = read(DEB)
    assert list(entries) == ["control.tar.gz", "data.tar.xz"]
    assert lzma.decompress(entries["data.tar.xz"]) == TAR
    assert flaws == []


def test_damaged_deb() -> None:
    assert "truncated" in read(DEB[:-9])[1][0]
    damaged = bytearray(DEB)
    damaged[8 + 60 + 4 + 58] = 0
    assert "damaged" in read(bytes(damaged))[1][0]
    assert opener_of(ar((b"a.o", b"object"))) is None, "a library is looked at as it lies"


def rpm(payload: bytes) -> bytes:
    def header(count: int, data: bytes) -> bytes:
        head = b"\x8e\xad\xe8\x01" + struct.pack(">3L", 0, count, len(data))
        return head + bytes(16 * count) + data

    signature = header(2, b"signature")
    return (
        b"\xed\xab\xee\xdb".ljust(96, b"\0")
        + signature.ljust(64, b"\0")
        + header(3, b"x" * 9)
        + payload
    )


def test_rpm() -> None:
    payload = gzip.compress(b"070701 cpio", mtime=0)
    assert read(rpm(payload)) == ({"payload": payload}, [])
    assert "truncated" in read(rpm(b""))[1][0]
    assert "damaged" in read(b"\xed\xab\xee\xdb" + bytes(200))[1][0]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"Rar!\x1a\x07\x01\x00", "rar"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "7z"),
        (b"MSCF\0\0\0\0", "cabinet"),
        (b"LZIP\1\x0c", "lzip"),
        (b"\x1f\x9d\x90ab", "compress"),
        (b"\x04\x22\x4d\x18\x64\x40\xa7\0", "lz4"),
    ],
)
def test_what_cannot_be_read_is_told(data: bytes, name: str) -> None:
    entries, flaws = read(data)
    assert entries == {}
    assert f"what this {name}" in flaws[0]


@pytest.mark.integration
def test_a_package_that_dpkg_made(need: Callable[..., str], tmp_path: Path) -> None:
    tool = need("dpkg-deb")
    root = tmp_path / "root"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN/control").write_text(
        "Package: a\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b.invalid>\nDescription: a\n"
    )
    shutil.copy(__file__, root / "file.py")
    made = tmp_path / "a.deb"
    subprocess.run([tool, "--build", str(root), str(made)], check=True, capture_output=True)
    entries, flaws = read(made.read_bytes())
    assert flaws == []
    assert {name.partition(".")[0] for name in entries} == {"control", "data"}
