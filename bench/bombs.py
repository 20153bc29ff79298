"""Peak memory and time of every bomb, as a table: ``python bench/bombs.py [--only NAME]``.

Each bomb is built by code in a temporary folder, checked by ``dunnage check`` in a process of its
own, and removed. Memory is that of the largest process (each worker counts for itself).
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import json
import lzma
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import zstandard

MIB = 1 << 20
GIB = 1 << 30
PIECE = 64 * MIB


def header(name: bytes, size: int, flag: bytes = b"0") -> bytes:
    """A tar header."""
    info = tarfile.TarInfo(name.decode())
    info.size, info.type = size, flag
    return info.tobuf(tarfile.GNU_FORMAT)


def repeated(compress: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """160 streams of 64 MiB of zeros each: 10 GiB."""

    def build(path: Path) -> None:
        path.write_bytes(compress(bytes(PIECE)) * 160)

    return build


def one_gzip(path: Path) -> None:
    """One stream of 2 GiB."""
    engine = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = bytes(PIECE)
    with path.open("wb") as out:
        for _ in range(32):
            out.write(engine.compress(piece))
        out.write(engine.flush())


def flat_zip(path: Path) -> None:
    """Ten members of 320 MiB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(10):
            with archive.open(f"{number}", "w", force_zip64=True) as out:
                for _ in range(5):
                    out.write(bytes(PIECE))


def nested_zip(path: Path) -> None:
    """The form of 42.zip: 16 zips in each of 16 zips, five levels, 320 MiB in each of the last."""
    inner = io.BytesIO()
    with (
        zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("0", "w") as out,
    ):
        for _ in range(5):
            out.write(bytes(PIECE))
    data = inner.getvalue()
    for level in range(5):
        outer = io.BytesIO()
        with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(16):
                # a byte of its own in each, so that they are not told to be the same
                archive.writestr(f"{number}.zip", data + bytes([level, number]))
        data = outer.getvalue()
    path.write_bytes(data)


def deep_zip(path: Path) -> None:
    """Zips in zips, 2,000 deep."""
    data = b"end"
    for _ in range(2000):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x.zip", data)
        data = out.getvalue()
    path.write_bytes(data)


def overlapping_zip(path: Path) -> None:
    """65,000 members that share one body of 64 MiB of zeros."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = engine.compress(bytes(PIECE)) + engine.flush()
    crc = zlib.crc32(bytes(PIECE))
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 33, crc, len(body), PIECE, 5, 0)
    central = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 33, crc, len(body), PIECE, 5, 0,
                    0, 0, 0, 0, 0) + b"%05d" % number
        for number in range(65_000)
    )  # fmt: skip
    front = local + b"00000" + body
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65_000, 65_000, len(central), len(front), 0)
    path.write_bytes(front + central + end)


def many_zip(path: Path) -> None:
    """A million empty members."""
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(1_000_000):
            archive.writestr(zipfile.ZipInfo(f"{number}"), b"")


def many_tar(path: Path) -> None:
    """A million empty members."""
    with gzip.open(path, "wb", 1) as out:
        for number in range(1_000_000):
            out.write(header(b"%d" % number, 0))
        out.write(bytes(1024))


def duplicates(path: Path) -> None:
    """300,000 members of one name."""
    with gzip.open(path, "wb", 1) as out:
        out.write(header(b"same", 0) * 300_000 + bytes(1024))


def long_names(path: Path) -> None:
    """20,000 names of 60 KB."""
    with gzip.open(path, "wb", 1) as out:
        for number in range(20_000):
            name = b"%06d" % number + b"x" * 60_000
            out.write(header(b"L", len(name) + 1, b"L") + name + bytes(512 - len(name) % 512))
            out.write(header(b"x", 0))
        out.write(bytes(1024))


def huge_pax(path: Path) -> None:
    """A PAX header of 1 GiB."""
    with gzip.open(path, "wb", 1) as out:
        out.write(header(b"p", GIB, b"x"))
        for _ in range(16):
            out.write(b"x" * PIECE)
        out.write(header(b"a", 0) + bytes(1024))


def sparse(path: Path) -> None:
    """A sparse member that claims 8 EiB."""
    records = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n20 GNU.sparse.name=s\n"
    records += b"43 GNU.sparse.realsize=9223372036854775807\n"
    body = b"1\n0\n0\n".ljust(512, b"\0")
    pax = header(b"p", len(records), b"x") + records.ljust(512, b"\0")
    path.write_bytes(pax + header(b"s", 512) + body + bytes(1024))


def zeros_tar(path: Path) -> None:
    """A plain tar with one member of 10 GiB (a file with a hole: it takes no room)."""
    with path.open("wb") as out:
        out.write(struct.pack("512s", bytes(header(b"big", 10 * GIB))))
        out.truncate(10 * GIB + 1536)


def one_line(path: Path) -> None:
    """A tar with a text of 500 MB in one line."""
    size = 500_000_000
    with path.open("wb") as out:
        out.write(header(b"bundle.js", size))
        for _ in range(500):
            out.write(b"x=1;a(b);" * 111_111 + b";")
        out.write(bytes(-size % 512 + 1024))


def source_map(path: Path) -> None:
    """A tarball with a source map of 400 MB: a million names, 400 bytes of source each."""
    count = 1_000_000
    with tempfile.TemporaryFile() as text:
        text.write(b'{"version":3,"mappings":"AAAA","sourcesContent":[')
        source = json.dumps("const value = 'text';\n" * 16).encode()
        for number in range(count):
            text.write((b"," if number else b"") + source)
        text.write(b'],"sources":[' + b",".join(b'"%d.ts"' % number for number in range(count)))
        text.write(b"]}")
        size = text.tell()
        text.seek(0)
        with path.open("wb") as out:
            out.write(header(b"a.js.map", size))
            shutil.copyfileobj(text, out)
            out.write(bytes(-size % 512 + 1024))


def deep_json(path: Path) -> None:
    """A tarball with a package.json and a source map nested 100,000 deep."""
    deep = b'{"version":3,"mappings":"","sources":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with tarfile.open(path, "w:gz") as archive:
        for name in ("package/package.json", "package/a.js.map"):
            info = tarfile.TarInfo(name)
            info.size = len(deep)
            archive.addfile(info, io.BytesIO(deep))


BOMBS: dict[str, Callable[[Path], None]] = {
    "gzip, one stream, 2 GiB": one_gzip,
    "gzip, 160 members, 10 GiB": repeated(gzip.compress),
    "zstd, 160 frames, 10 GiB": repeated(zstandard.compress),
    "xz, 160 streams, 10 GiB": repeated(lzma.compress),
    "bzip2, 160 streams, 10 GiB": repeated(bz2.compress),
    "zip, 10 members of 320 MiB": flat_zip,
    "zip, 16^5 nested, 320 MiB each": nested_zip,
    "zip, 2,000 deep": deep_zip,
    "zip, 65,000 overlapping members": overlapping_zip,
    "zip, a million empty members": many_zip,
    "tar.gz, a million empty members": many_tar,
    "tar.gz, 300,000 duplicates": duplicates,
    "tar.gz, 20,000 names of 60 KB": long_names,
    "tar.gz, a PAX header of 1 GiB": huge_pax,
    "tar, a sparse claim of 8 EiB": sparse,
    "tar, one member of 10 GiB": zeros_tar,
    "tar, one line of 500 MB": one_line,
    "tar, a source map of 400 MB, a million sources": source_map,
    "tar.gz, JSON nested 100,000 deep": deep_json,
}


def measured(command: list[str]) -> tuple[int, float, int, str]:
    """Exit code, seconds, peak memory in bytes of the largest process, the last line said."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        lines = said.read().decode("utf-8", "replace").strip().splitlines()
    unit = 1 if sys.platform == "darwin" else 1024
    elapsed = time.monotonic() - started
    return process.returncode, elapsed, usage.ru_maxrss * unit, lines[-1] if lines else ""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="bombs whose name holds this")
    parser.add_argument("--build", nargs=2, metavar=("NAME", "PATH"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.build:
        BOMBS[arguments.build[0]](Path(arguments.build[1]))
        return
    chosen = arguments.only
    found = shutil.which("dunnage", path=str(Path(sys.executable).parent)) or "dunnage"
    print("| bomb | size | exit | seconds | peak MB | said |\n|---|---|---|---|---|---|")
    for name in BOMBS:
        if chosen not in name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bomb"
            # in a process of its own: a child's peak memory begins with that of its parent
            subprocess.run([sys.executable, __file__, "--build", name, str(path)], check=True)
            size = path.stat().st_size
            code, seconds, peak, said = measured([found, "check", "--color", "never", str(path)])
        row = [name, f"{size / 1e6:.1f} MB", code, f"{seconds:.1f}", f"{peak / 1e6:.0f}", said]
        print("|", " | ".join(map(str, row)), "|", flush=True)


if __name__ == "__main__":
    main()
