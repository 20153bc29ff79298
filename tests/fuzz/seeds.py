"""The seed corpus: honest and odd archives of every form, made by code, and what fuzzing found to
reach further, kept in corpus/ (one input a line, packed by zlib, in base 85).

``python seeds.py DIR`` writes it as files, ``python seeds.py --keep HARNESS DIR`` keeps a folder
that libFuzzer has merged (``fuzz.py HARNESS DIR FOUND -merge=1``)."""

from __future__ import annotations

import base64
import bz2
import gzip
import hashlib
import json
import lzma
import sqlite3
import struct
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import zstandard

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from carriers import CARRIERS
from crafted import (
    END,
    Zipped,
    deflated,
    header,
    honest_tar,
    honest_zip,
    long_name,
    member,
    pax,
    zipped,
)
from packed import ar, asar, compound, compress, cpio, elf, iso, lzip, pe, phar, warc

from dunnage.testing import render

HARNESSES = (
    "any",
    "tar",
    "zip",
    "forward",
    "compressed",
    "sourcemap",
    "hidden",
    "content",
    "whole",
)
KEPT = Path(__file__).resolve().parent / "corpus"
_ROOM = 100_000

FILES = [("a.txt", b"alpha"), ("dir/b", b"beta" * 200), ("e", b""), ("n" * 120, b"long")]


def tars() -> Iterator[bytes]:
    """Plain tars."""
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        files = FILES[:3] if form == tarfile.USTAR_FORMAT else FILES
        yield honest_tar(files, form).rstrip(b"\0") + END
    hidden = member(b"hidden", b"token")
    yield pax((b"size", b"1536")) + header(b"a", 7) + member(b"x", b"y") + hidden + END
    yield long_name(b"L" * 200) + long_name(b"K" * 200, b"K") + header(b"l", flag=b"2") + END
    yield header(b"s", 5, b"S", magic=b"ustar  \0") + hidden[512:] + hidden + END
    yield pax((b"path", b"g"), flag=b"g") + hidden + bytes(512) + hidden + END + hidden
    yield header(b"d/", 1024, b"5") + hidden + hidden + END


def zips() -> Iterator[bytes]:
    """Zips."""
    yield zipped(Zipped(b"a", b"deflate64" * 9, method=9, packed=deflated(b"deflate64" * 9)))
    for method in (0, 8, 12, 14):
        yield honest_zip(FILES, method)
    yield zipped(Zipped(b"a", b"1", flags=8), Zipped(b"h", b"2", central=False), comment=b"hi")
    yield zipped(Zipped(b"a", b"1", local_name=b"b"), prefix=b"#!/bin/sh\n", trailing=b"end")
    yield zipped(Zipped(b"a", b"1", method=93, packed=zstandard.compress(b"1")))
    yield zipped(Zipped(b"a", b"1", local=False, offset=0), Zipped(b"b", b"1"))


def streams() -> Iterator[bytes]:
    """Compressed streams."""
    inner = next(tars())
    for data in (inner, b"plain", b""):
        yield gzip.compress(data, mtime=0)
        yield lzma.compress(data)
        yield lzma.compress(data, lzma.FORMAT_ALONE)
        yield bz2.compress(data)
        yield zstandard.ZstdCompressor(write_checksum=True).compress(data)
        yield lzip(data)
        yield compress(data)
    yield gzip.compress(b"1", mtime=0) + gzip.compress(b"2", mtime=0) + b"junk"
    yield b"\x50\x2a\x4d\x18\x05\0\0\0token" + zstandard.compress(b"1")


def asars() -> Iterator[bytes]:
    """Archives of Electron's applications."""
    one, two = {"size": 2, "offset": "0"}, {"size": 3, "offset": "2", "executable": True}
    tree = {"a": one, "b": {"files": {"c": two, "l": {"link": "a"}}}}
    yield asar(tree, b"12345")
    yield asar(
        {**tree, "d": {**one, "size": 4}, "u": {"size": 9, "unpacked": True}}, b"12345678", 8
    )


def maps() -> Iterator[bytes]:
    """Source maps."""
    one = {
        "version": 3,
        "sources": ["a.ts", None],
        "sourcesContent": ['const a = "\\u00e4";\n', None],
        "mappings": "AAAA;",
        "sourceRoot": "src",
    }
    yield json.dumps(one).encode()
    yield b")]}'\n" + json.dumps(one, ensure_ascii=False).encode()
    section = {"offset": {"line": 0, "column": 0}, "map": one}
    yield json.dumps({"version": 3, "sections": [section, section]}).encode()


def hidden() -> Iterator[bytes]:
    """Formats that hold text besides what is seen: PNG, PDF, SQLite, git, ar, cpio, scripts,
    disks, compound files, web archives, programs."""
    packed = gzip.compress(b"text", mtime=0)
    yield ar((b"a.o", b"1"), (b"#1/4", b"name" + packed))
    for form in ("newc", "odc", "little", "big"):
        yield cpio(form, (b"a", b"1"), (b"b", packed)) + packed
    yield b"#!/bin/sh\nexit\n" + packed
    yield phar(0x1000, deflated(b"text" * 9)) + b"GBMB"
    yield phar(0x2000, bz2.compress(b"text"))
    yield zlib.compress(b"text" * 90)
    yield iso((b"A", b"text"), (b"B", packed))
    yield compound(("a", packed), ("b", b"text" * 2000), step=2)
    yield warc((b"", packed), (b"Transfer-Encoding: chunked\r\n", b"4\r\ntext\r\n0\r\n\r\n"))
    yield from (pe(packed), pe(packed, old=True), elf(packed), b"text " + packed + b" text")
    yield b"CWS\x0a" + bytes(4) + zlib.compress(b"text" * 90)

    def chunk(kind: bytes, body: bytes) -> bytes:
        whole = kind + body
        return struct.pack(">I", len(body)) + whole + struct.pack(">I", zlib.crc32(whole))

    texts = chunk(b"tEXt", b"a\0b") + chunk(b"zTXt", b"c\0\0" + zlib.compress(b"text"))
    texts += chunk(b"iTXt", b"d\0\1\0en\0d\0" + zlib.compress(b"text"))
    yield b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + texts + chunk(b"IEND", b"")
    page = zlib.compress(b"[(a) -20 (b)] TJ")
    for name, body in (
        (b"/FlateDecode", page),
        (b"[/ASCII85Decode /FlateDecode]", base64.a85encode(page) + b"~>"),
        (b"[/ASCIIHexDecode /Fl]", page.hex().encode() + b">"),
    ):
        yield b"%PDF-1.7\n1 0 obj\n<< /Filter " + name + b" >>\nstream\n" + body + b"\nendstream\n"
    for encoding in ("UTF-8", "UTF-16le"):
        with tempfile.TemporaryDirectory() as folder:
            database = sqlite3.connect(f"{folder}/db")
            database.executescript(f"PRAGMA encoding='{encoding}'; PRAGMA page_size=512;")
            database.execute("CREATE TABLE t (a TEXT, b BLOB, c)")
            database.execute("CREATE INDEX i ON t (a)")
            rows = [("row", b"blob" * number * 40, number) for number in range(9)]
            database.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
            database.commit()
            database.close()
            yield Path(folder, "db").read_bytes()
    blob = zlib.compress(b"some text")
    yield zlib.compress(b"blob 9\0some text")
    objects = b"\x39" + blob + b"\x69\1" + blob + b"\x79" + bytes(20) + blob
    data = b"PACK" + struct.pack(">2I", 2, 3) + objects
    yield data + hashlib.sha1(data).digest()


def contents() -> Iterator[bytes]:
    """Files that carry a token in another form, behind the byte that chooses their name."""
    token = render("{github-token:ghp_}", "fuzz")
    for number, (_, make) in enumerate(CARRIERS.values()):
        if len(made := make(token)) < 1 << 15:
            yield bytes([number & 7]) + made


def packages() -> Iterator[bytes]:
    """Packages with manifests, so that adapters have something to read."""
    from dunnage.testing import crate, npm_tarball, oci_layout, sdist, tar_archive, wheel

    files = {"src/a.js": "const a = 1;\n//# sourceMappingURL=a.js.map\n", "a.js.map": next(maps())}
    yield npm_tarball(files)
    yield wheel({"pkg/__init__.py": b"", ".pypirc": b"[pypi]\npassword = x\n"})
    yield sdist(files)
    yield crate({"src/lib.rs": b"fn main() {}\n"})
    yield tar_archive(oci_layout([tar_archive({"etc/passwd": b"root:x:0:0::/:/bin/sh\n"})]))


def seeds(name: str) -> list[bytes]:
    """The seeds of a harness; of ``any``, all."""
    makers = {
        "tar": tars,
        "zip": zips,
        "asar": asars,
        "forward": zips,
        "compressed": streams,
        "sourcemap": maps,
        "hidden": hidden,
        "content": contents,
    }
    if name == "any":
        return [seed for one in ("tar", "zip", "asar", "compressed") for seed in makers[one]()]
    if name == "whole":
        whole = [make for one, make in makers.items() if one != "content"]
        return [seed for make in (*whole, packages) for seed in make()]
    return list(makers[name]())


def kept(name: str) -> list[bytes]:
    """What fuzzing found for a harness."""
    path = KEPT / f"{name}.b85"
    if not path.exists():
        return []
    return [zlib.decompress(base64.b85decode(line)) for line in path.read_bytes().split()]


def keep(name: str, folder: Path) -> None:
    """Keep a folder's files, the smallest first, as far as there is room."""
    lines, left = [], _ROOM
    for path in sorted(folder.iterdir(), key=lambda path: (path.stat().st_size, path.name)):
        line = base64.b85encode(zlib.compress(path.read_bytes(), 9))
        left -= len(line) + 1
        if left < 0:
            break
        lines.append(line + b"\n")
    (KEPT / f"{name}.b85").write_bytes(b"".join(lines))


def write(folder: Path, name: str) -> None:
    """The seeds and what was kept as files, as libFuzzer wants them."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate([*seeds(name), *kept(name)]):
        (folder / f"{name}-{number:03}").write_bytes(seed)


if __name__ == "__main__":
    if sys.argv[1] == "--keep":
        keep(sys.argv[2], Path(sys.argv[3]))
    else:
        for harness in HARNESSES:
            write(Path(sys.argv[1]) / harness, harness)
