"""The seed corpus, made by code: honest archives of every form, and odd ones.

``python seeds.py DIR`` writes it."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import zstandard

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from crafted import END, Zipped, header, honest_tar, honest_zip, long_name, member, pax, zipped

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
    yield gzip.compress(b"1", mtime=0) + gzip.compress(b"2", mtime=0) + b"junk"
    yield b"\x50\x2a\x4d\x18\x05\0\0\0token" + zstandard.compress(b"1")


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
    makers = {"tar": tars, "zip": zips, "compressed": streams, "sourcemap": maps}
    if name == "any":
        return [seed for one in ("tar", "zip", "compressed") for seed in makers[one]()]
    if name == "whole":
        return [seed for make in (*makers.values(), packages) for seed in make()]
    return list(makers[name]())


def write(folder: Path, name: str) -> None:
    """The seeds as files, as libFuzzer wants them."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(name)):
        (folder / f"{name}-{number:02}").write_bytes(seed)


if __name__ == "__main__":
    for harness in ("any", "tar", "zip", "compressed", "sourcemap", "whole"):
        write(Path(sys.argv[1]) / harness, harness)
