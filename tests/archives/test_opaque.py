"""Archives that are not unpacked: their compressed parts are given, or it is told."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import random
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from crafted import honest_tar
from packed import ar, compound, cpio, iso, phar, warc

from dunnage import Entry, Flaw, MemorySource
from dunnage.archives.hidden import opener_of
from dunnage.archives.limits import Budget
from dunnage.archives.notes import encrypted
from dunnage.engine import Settings, check
from dunnage.errors import ArchiveError
from dunnage.sources.file import SliceSource
from dunnage.testing import bundled, render

TAR = honest_tar([("usr/a", b"content")])


def read(data: bytes) -> tuple[dict[str, bytes], list[str]]:
    opener = opener_of(data[:4096], data)
    assert opener is not None
    entries, flaws = {}, []
    for item in opener(MemorySource(data), Budget()):
        if isinstance(item, Entry):
            entries[item.path] = item.read()
        elif isinstance(item, Flaw):
            flaws.append(item.message)
    return entries, flaws


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


@pytest.mark.parametrize("held", [True, False])
def test_a_large_member_can_be_read_again(held: bool, tmp_path: Path) -> None:
    packed = gzip.compress(random.Random(4).randbytes(2 << 20), mtime=0)
    data = ar((b"debian-binary", b"2.0\n"), (b"data.tar.gz", packed), (b"behind.gz", packed[:99]))
    (tmp_path / "a.deb").write_bytes(data)
    source = MemorySource(data) if held else SliceSource(str(tmp_path / "a.deb"), 0, len(data))
    opener = opener_of(data[:4096], data)
    assert opener is not None
    items = [item for item in opener(source, Budget()) if isinstance(item, Entry)]
    assert [item.path for item in items] == ["data.tar.gz", "behind.gz"]
    assert [items[0].read() == packed for _ in range(2)] == [True, True]


def test_damaged_deb() -> None:
    assert "truncated" in read(DEB[:-9])[1][0]
    damaged = bytearray(DEB)
    damaged[8 + 60 + 4 + 58] = 0
    assert "damaged" in read(bytes(damaged))[1][0]


def test_of_a_library_the_archives_inside_are_given() -> None:
    packed = gzip.compress(TAR, mtime=0)
    noise = gzip.compress(random.Random(4).randbytes(2 << 20), mtime=0)
    entries, flaws = read(
        ar(
            (b"a.o", b"object"),
            (b"b.gz/", packed),
            (b"#1/12", b"long.gz\0\0\0\0\0" + packed),
            (b"n", noise),
        )
    )
    assert entries == {"b.gz": packed, "long.gz": packed, "n": noise}
    assert flaws == []
    assert opener_of(ar((b"a.o", b"object")), None, 1 << 30) is None, "it would be read twice"
    assert opener_of(DEB, None, 1 << 30) is not None


@pytest.mark.parametrize("form", ["newc", "odc", "little", "big"])
def test_cpio(form: str) -> None:
    packed = gzip.compress(TAR, mtime=0)
    data = cpio(form, (b"a", b"text"), (b"b.gz", packed), (b"odd", b"123"))
    assert read(data) == ({"b.gz": packed}, [])
    assert read(data + bytes(300) + packed) == (
        {"b.gz": packed, "(bytes after the end)": packed},
        [],
    )
    assert read(data + bytes(700) + data)[0] == {"b.gz": packed}
    assert read(data[:-200])[1]


def test_phar() -> None:
    text = b"some text" * 40
    packed = zlib.compress(text)[2:-4]
    assert read(phar(0x11A4, packed)) == ({"a.js": text}, [])
    assert read(phar(0x21A4, bz2.compress(text), b"#!/usr/bin/php\n__HALT_COMPILER();")) == (
        {"a.js": text},
        [],
    )
    assert read(phar(0x01A4, text)) == ({}, []), "it is seen as it lies"
    with pytest.raises(ArchiveError, match="ends early"):
        read(phar(0x11A4, packed[:-9]))
    for cut in range(20, 100):
        with contextlib.suppress(ArchiveError):
            read(phar(0x11A4, packed)[:cut] + b"__HALT_COMPILER();")


def test_script_that_unpacks_itself() -> None:
    packed = gzip.compress(TAR, mtime=0)
    script = b"#!/bin/sh\ntail -n +3 $0 | tar xz\n"
    assert read(script + packed) == ({f"(payload at {len(script)})": packed}, [])
    assert opener_of(script, script) is None
    assert read(script[2:] + packed) == ({f"(gzip at {len(script) - 2})": TAR}, [])


def test_disk_image() -> None:
    data = b"\1" * 900 + b"koly" + struct.pack(">2L", 4, 512) + bytes(500)
    opener = opener_of(data[:4096], data)
    assert opener is not None
    assert "dmg" in str(list(opener(MemorySource(data), Budget())))


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
        (b"##-lh5-", "lha"),
        (b"12345678901234567890\xdc\xa7\xc4\xfd", "zoo"),
        (b"1234567**ACE**", "ACE"),
        (b"hsqs" + bytes(24) + b"\4\0", "squashfs"),
        (b"sqsh" + bytes(24) + b"\0\3", "squashfs"),
        (b"E=\xcd(" + bytes(12) + b"Compressed ROMFS", "cramfs"),
        (b"MSWIM\0\0\0", "WIM"),
        (b"\x60\xea\x1e\0" + bytes(30) + zlib.crc32(bytes(30)).to_bytes(4, "little"), "arj"),
        (b"\x1e\xb5\x2f\xfd", "zstd before"),
        (b"\xff\6\0\0sNaPpY", "snappy"),
        (b"\x1f\x9d\x89ab", "compress"),
        (b"\2\x21\x4c\x18", "lz4"),
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


def test_7z_behind_a_program() -> None:
    start = bytes(range(20))
    archive = b"7z\xbc\xaf\x27\x1c\0\4" + zlib.crc32(start).to_bytes(4, "little") + start
    program = b"MZ" + bytes(900) + b"7z\xbc\xaf\x27\x1c\0\4 what it looks for" + bytes(40)
    assert opener_of(program, program) is None
    whole = program + archive
    opener = opener_of(whole[:4096], whole)
    assert opener is not None
    assert "7z" in str(list(opener(MemorySource(whole), Budget())))


def test_one_by_itself_is_looked_into(tmp_path: Path) -> None:
    key = render("{github-token:ghp_}", "deb")
    inner = gzip.compress(honest_tar([("etc/a.conf", f"key={key}\n".encode())]), mtime=0)
    (tmp_path / "a.deb").write_bytes(ar((b"debian-binary", b"2.0\n"), (b"data.tar.gz", inner)))
    (tmp_path / "b.rar").write_bytes(b"Rar!\x1a\x07\x01\x00" + bytes(40))
    (tmp_path / "c.iso").write_bytes(iso((b"A.TGZ", inner)))
    (tmp_path / "d.msi").write_bytes(compound(("a", inner)))
    (tmp_path / "e.warc").write_bytes(warc((b"", inner)))
    for target in (*(tmp_path / name for name in ("a.deb", "c.iso", "d.msi", "e.warc")), tmp_path):
        run = check([str(target)], Settings(jobs=1), bundled())
        assert "secret/github-token" in [found.rule for found in run.findings]
    assert ["rar" in problem.message for problem in run.problems] == [True]


def test_encrypted_parts_of_documents_are_told() -> None:
    part = '<manifest:file-entry manifest:full-path="content.xml"><manifest:{}/>'
    odf = '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:'
    odf += 'opendocument:xmlns:manifest:1.0">' + part
    epub = '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><enc:EncryptedData>'
    epub += '<enc:EncryptionMethod Algorithm="{}"/>'
    for form, told, plain in (
        (odf, "encryption-data", "algorithm"),
        (epub, "http://www.w3.org/2001/04/xmlenc#aes256-cbc", "http://www.idpf.org/2008/embedding"),
    ):
        (flaw,) = read(form.format(told).encode())[1]
        assert flaw.startswith("encrypted: what this encrypted (")
        assert opener_of(form.format(plain).encode()) is None


def test_encrypted_documents_are_told() -> None:
    data = compound(("EncryptionInfo", b"agile" * 20), ("EncryptedPackage", bytes(5000)))
    assert read(data)[1] == [encrypted("the content of the document")]


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"Salted__" + bytes(40), "OpenSSL"),
        (b"age-encryption.org/v1\n-> X25519 abc\n", "age"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n", "age"),
    ],
)
def test_encrypted_files_are_told(head: bytes, name: str) -> None:
    _, [flaw] = read(head)
    assert flaw == encrypted(f"what this encrypted ({name}) file holds")


def _filter(name: bytes) -> bytes:
    """A filter of HDF5 as its pipeline message describes it."""
    size = -(-(len(name) + 1) // 8) * 8
    return struct.pack("<4H", 2, size, 1, 1) + name.ljust(size, b"\0") + bytes(4)


def test_filters_of_hdf5_are_told() -> None:
    head = b"\x89HDF\r\n\x1a\n" + bytes(90)
    assert read(head + _filter(b"deflate")) == ({}, [])
    [flaw] = read(head + _filter(b"shuffle") + _filter(b"lzf") + _filter(b"shuffle"))[1]
    assert flaw == "blocks of the HDF5 file have been through shuffle, lzf: they were not read"
    edge = head + bytes((1 << 20) - len(head) - 12) + _filter(b"shuffle")
    assert read(edge)[1]
    assert read(head + b"we shuffle\0 and use lzf\0 here") == ({}, [])
