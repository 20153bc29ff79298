"""Peak memory and time of every bomb, as a table: ``python bench/bombs.py [--only NAME]``.

Each bomb is built by code in a temporary folder, checked by ``dunnage check`` in a process of its
own, and removed. Memory is that of the largest process (each worker counts for itself).
"""

from __future__ import annotations

import argparse
import base64
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


def quine(path: Path) -> None:
    """A zip that holds itself."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "hostile"))
    from quine import zip_quine

    path.write_bytes(zip_quine())


def nested_gzip(path: Path) -> None:
    """Gzip in gzip in gzip: 4 GiB at the innermost, 5 kB at the outermost."""
    engine = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = bytes(PIECE)
    data = b"".join(engine.compress(piece) for _ in range(64)) + engine.flush()
    for _ in range(2):
        data = gzip.compress(data, 9)
    path.write_bytes(data)


def zip_in_gzip(path: Path) -> None:
    """A zip of 180 MiB inside a gzip stream, which must be held."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("random", os.urandom(16 * MIB) + b"text\n" * (33 * MIB))
    path.write_bytes(gzip.compress(inner.getvalue(), 1))


def large_zip_in_gzip(path: Path) -> None:
    """A zip of 600 MiB inside a gzip stream, which cannot be held."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        for number in range(600):
            archive.writestr(f"{number}", os.urandom(MIB // 8) + b"text\n" * (7 * MIB // 40))
    path.write_bytes(gzip.compress(inner.getvalue(), 1))


def deflate64(path: Path) -> None:
    """A Deflate64 member whose every 29 bits are 64 KiB: 4 GiB of 240 kB."""
    match = f"{0xC5:08b}" + "1" * 16 + "00000"
    bits = "110" + f"{0x30 + 97:08b}" + match * 65_000 + "0" * 7
    bits += "0" * (-len(bits) % 8)
    data = bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))
    size = 1 + 65_538 * 65_000
    rest = (9, 0, 33, 1, len(data), size & 0xFFFFFFFF, 1)
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 21, 0, *rest, 0) + b"a" + data
    central = struct.pack("<4s6H3L5H2L", b"PK\1\2", 21, 21, 0, *rest, *[0] * 6) + b"a"
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local), 0)
    path.write_bytes(local + central + end)


def zeros_layer(path: Path) -> None:
    """An image (docker save) with a gzip layer that holds 10 GiB of zeros in one file."""
    piece = bytes(PIECE)
    engine = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = bytearray(header(b"big", 0))
    head[124:136] = b"\x80" + (10 * GIB).to_bytes(11, "big")
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    with tempfile.TemporaryFile() as layer:
        layer.write(engine.compress(bytes(head)))
        layer.write(engine.compress(piece))
        layer.write(engine.flush(zlib.Z_FULL_FLUSH))
        again = engine.compress(piece) + engine.flush(zlib.Z_FULL_FLUSH)
        for _ in range(159):
            layer.write(again)
        # the content is repeated as packed; so the trailer must be written by hand
        digest = zlib.crc32(head)
        for _ in range(160):
            digest = zlib.crc32(piece, digest)
        digest = zlib.crc32(bytes(1024), digest)
        layer.write(engine.compress(bytes(1024)) + engine.flush()[:-8])
        layer.write(struct.pack("<2L", digest, (512 + 10 * GIB + 1024) & 0xFFFFFFFF))
        size = layer.tell()
        layer.seek(0)
        rootfs = {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}
        config = json.dumps(
            {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs}
        )
        manifest = json.dumps([{"Config": "c.json", "RepoTags": ["a:b"], "Layers": ["layer.tar"]}])
        with tarfile.open(path, "w") as image:
            for name, text in (("c.json", config), ("manifest.json", manifest)):
                info = tarfile.TarInfo(name)
                info.size = len(text)
                image.addfile(info, io.BytesIO(text.encode()))
            info = tarfile.TarInfo("layer.tar")
            info.size = size
            image.addfile(info, layer)


def varint(value: int) -> bytes:
    """A number as SQLite writes it."""
    out = [value & 127]
    while value := value >> 7:
        out.append(value & 127 | 128)
    return bytes(reversed(out))


def over_one_another(path: Path) -> None:
    """A tarball with a SQLite database whose 250,000 rows are one of 10 MB, and a PDF whose 200,000
    streams begin in one another."""
    chain = 20_000
    pages = bytearray(512 * (chain + 2))
    pages[:18] = b"SQLite format 3\0\2\0"
    for number in range(chain):
        at = 512 * (number + 1)
        following = number + 3 if number + 1 < chain else 0
        pages[at : at + 4] = following.to_bytes(4, "big")
        pages[at + 4 : at + 512] = b"te t" * 127
    leaf = bytearray(512)
    leaf[0] = 0x0D
    leaf[3:5] = (150).to_bytes(2, "big")
    size = varint(508 * chain)
    record = varint(1) + varint(1 + len(size)) + varint(2 * 508 * chain - 20)
    local = 39  # of which so much lies in the page: section 1.6 of the file format
    leaf[8:308] = (310).to_bytes(2, "big") * 150
    leaf[310 : 310 + len(size + record)] = size + record
    at = 310 + len(size) + 1 + local
    leaf[at : at + 4] = (2).to_bytes(4, "big")
    database = bytes(pages) + bytes(leaf) * 1250
    head = b"obj /FlateDecode stream\n\x78\x01\0" + struct.pack("<2H", 26, 26 ^ 0xFFFF)
    pdf = b"%PDF-1.7\n" + head * 200_000
    with tarfile.open(path, "w:gz") as archive:
        for name, data in (("package/a.db", database), ("package/a.pdf", pdf)):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


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


def headers_alone(path: Path) -> None:
    """A million local headers of a zip, and nothing else."""
    one = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 0, 0, 0, 0, 1, 0) + b"a"
    path.write_bytes(one * 1_000_000)


def flood(path: Path) -> None:
    """32 MB of the beginnings of keys, none of which goes on as one does."""
    lines = b"\n".join(b"AKIA" * 20 + b"%d" % number for number in range(380_000))
    with path.open("wb") as out:
        out.write(header(b"a.txt", len(lines)) + lines + bytes(-len(lines) % 512 + 1024))


def base64_text(path: Path) -> None:
    """A tar with 200 MB of base64 in one line."""
    piece = base64.b64encode(bytes(range(256)) * 4095)
    size = len(piece) * 143
    with path.open("wb") as out:
        out.write(header(b"a.txt", size))
        for _ in range(143):
            out.write(piece)
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


def small_zip(name: str, data: bytes) -> bytes:
    """A zip of one member, stored."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, data)
    return out.getvalue()


def zips_in_a_row(path: Path) -> None:
    """A tar with a file of 4 MB that is nothing but small zips, one after the other."""
    data = b"ab" + (b"x" + small_zip("a", b"few")) * 40_000
    path.write_bytes(header(b"a.bin", len(data)) + data + bytes(-len(data) % 512 + 1024))


def damaged_zips(path: Path) -> None:
    """Zips in zips, seven deep, each with a wrong checksum; 8 MB of text in the last."""
    data = b"const value = 'text';\n" * 400_000
    for _ in range(7):
        data = small_zip("x.zip", data)
        data = data.replace(data[14:18], b"abcd", 1)
    path.write_bytes(data)


def git_folders(path: Path) -> None:
    """60,000 Git folders, each with a word of its own in the index."""
    with gzip.open(path, "wb", 1) as out:
        for number in range(60_000):
            out.write(header(b"%d/.git/HEAD" % number, 4) + b"ref:".ljust(512, b"\0"))
        out.write(bytes(1024))


def shared_configuration(path: Path) -> None:
    """500 images that share a configuration of 65,000 labels and have 500 layers each, most of
    them one."""
    labels = {f"l{number}": "x" for number in range(65_000)}
    config = {"architecture": "amd64", "os": "linux", "config": {"Labels": labels}, "rootfs": {}}
    images = [
        {"Config": "c.json", "RepoTags": [], "Layers": ["l.tar"] * 500 + [f"{number}.tar"]}
        for number in range(500)
    ]
    files = {
        "c.json": json.dumps(config),
        "l.tar": "\0" * 1024,
        "manifest.json": json.dumps(images),
    }
    with tarfile.open(path, "w") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))


def full_layers(path: Path) -> None:
    """An image (docker save) of four gzip layers, each with a million empty files of its own."""
    layers = [f"{number}.tar" for number in range(4)]
    config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {}}
    texts = {
        "c.json": json.dumps(config),
        "manifest.json": json.dumps([{"Config": "c.json", "RepoTags": [], "Layers": layers}]),
    }
    with path.open("wb") as out:
        for name, text in texts.items():
            out.write(header(name.encode(), len(text)) + text.encode())
            out.write(bytes(-len(text) % 512))
        for layer in layers:
            with tempfile.TemporaryFile() as held:
                with gzip.open(held, "wb", 6) as files:
                    for number in range(1_000_000):
                        files.write(header(f"{layer}/{number:07x}".encode(), 0))
                    files.write(bytes(1024))
                size = held.tell()
                held.seek(0)
                out.write(header(layer.encode(), size))
                shutil.copyfileobj(held, out)
                out.write(bytes(-size % 512))
        out.write(bytes(1024))


def layers_of_tars(path: Path) -> None:
    """A tar of 120 tars of 4 MiB, each with a pack of tiny git objects: processes share them."""
    objects = (b"\x31" + zlib.compress(b"a")) * 400_000
    pack = b"PACK\0\0\0\2" + (400_000).to_bytes(4, "big") + objects
    inner = header(b"a.pack", len(pack)) + pack + bytes(-len(pack) % 512 + 1024)
    with path.open("wb") as out:
        for number in range(120):
            out.write(header(b"%d.tar" % number, len(inner)) + inner + bytes(-len(inner) % 512))
        out.write(bytes(1024))


BOMBS: dict[str, Callable[[Path], None]] = {
    "gzip, one stream, 2 GiB": one_gzip,
    "gzip, 160 members, 10 GiB": repeated(gzip.compress),
    "gzip in gzip in gzip, 4 GiB": nested_gzip,
    "zstd, 160 frames, 10 GiB": repeated(zstandard.compress),
    "xz, 160 streams, 10 GiB": repeated(lzma.compress),
    "bzip2, 160 streams, 10 GiB": repeated(bz2.compress),
    "zip, 10 members of 320 MiB": flat_zip,
    "zip, 16^5 nested, 320 MiB each": nested_zip,
    "zip, 2,000 deep": deep_zip,
    "zip, 65,000 overlapping members": overlapping_zip,
    "zip, a million empty members": many_zip,
    "zip, a million local headers and nothing else": headers_alone,
    "zip, a quine": quine,
    "zip, Deflate64, 4 GiB": deflate64,
    "zip of 180 MiB in gzip": zip_in_gzip,
    "zip of 600 MiB in gzip": large_zip_in_gzip,
    "tar.gz, a million empty members": many_tar,
    "tar.gz, 300,000 duplicates": duplicates,
    "tar.gz, 20,000 names of 60 KB": long_names,
    "tar.gz, a PAX header of 1 GiB": huge_pax,
    "tar, a sparse claim of 8 EiB": sparse,
    "tar, one member of 10 GiB": zeros_tar,
    "image, a layer of 10 GiB of zeros": zeros_layer,
    "tar, one line of 500 MB": one_line,
    "tar, 200 MB of base64": base64_text,
    "tar, 32 MB of beginnings of keys": flood,
    "tar, a source map of 400 MB, a million sources": source_map,
    "tar.gz, JSON nested 100,000 deep": deep_json,
    "tar, 40,000 zips in a row": zips_in_a_row,
    "zip, seven damaged ones in one another": damaged_zips,
    "tar.gz, 60,000 Git folders": git_folders,
    "tar.gz, SQLite rows and PDF streams in one another": over_one_another,
    "image, 500 that share a configuration": shared_configuration,
    "tar, 120 tars of git objects": layers_of_tars,
    "image, four layers of a million empty files": full_layers,
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
