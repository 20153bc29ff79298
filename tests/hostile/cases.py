"""Odd archives with a secret that an installer would unpack, or that lies where few look."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import zstandard
from crafted import (
    END,
    Zipped,
    deflated,
    header,
    honest_tar,
    honest_zip,
    long_name,
    member,
    pad,
    pax,
    zipped,
)

from dunnage.testing import docker_archive, layer, npm_tarball, sdist


@dataclass(frozen=True)
class Case:
    """An archive, and what the report must say: ``told`` that it is odd or could not be looked at
    whole, ``found`` the secret."""

    data: bytes
    told: bool = True
    found: bool = True


def tars(text: bytes) -> Iterator[tuple[str, Case]]:
    """Tars on which readers disagree, or that are damaged."""
    seen, hidden = member(b"a.js", b"1"), member(b"hidden.js", text)
    broken = hidden[:3] + bytes([hidden[3] ^ 1]) + hidden[4:]
    wide = header(b"a.js", 7) + pad(b"visible") + hidden
    yield "plain", Case(seen + hidden + END, told=False)
    yield "old-v7", Case(member(b"a.js", text, magic=b"") + END, told=False)
    yield "gnu-long-name", Case(long_name(b"n" * 300) + member(b"n", text) + END, told=False)
    yield "pax-path", Case(pax((b"path", b"p" * 300)) + member(b"x", text) + END, told=False)
    yield "unknown-type", Case(member(b"a.js", text, flag=b"Z") + END, told=False)
    yield "contiguous", Case(member(b"a.js", text, flag=b"7") + END, told=False)
    size = header(b"x", size_field=b"\x80" + len(text).to_bytes(11, "big"))
    yield "base-256-size", Case(size + pad(text) + END, told=False)
    yield "prefix", Case(member(b"b.js", text, prefix=b"some/folder") + END, told=False)
    yield "pax-size-larger", Case(pax((b"size", b"%d" % (len(wide) - 512))) + wide + END)
    yield "pax-size-zero", Case(pax((b"size", b"0")) + header(b"a", len(hidden)) + hidden + END)
    body = header(b"a.js", 1) + pad(text)
    yield "pax-size-reveals", Case(pax((b"size", b"%d" % len(text))) + body + END)
    yield "pax-global-size", Case(pax((b"size", b"%d" % len(text)), flag=b"g") + body + END)
    yield "folder-with-size", Case(header(b"d/", len(hidden), b"5") + hidden + END)
    yield "folder-with-data", Case(header(b"d/", len(text), b"5") + pad(text) + seen + END)
    yield "hardlink-with-data", Case(header(b"l", len(text), b"1", link=b"x") + pad(text) + END)
    yield "symlink-with-data", Case(header(b"l", len(text), b"2", link=b"x") + pad(text) + END)
    yield "device-with-data", Case(header(b"l", len(text), b"3") + pad(text) + END)
    yield "one-zero-block", Case(seen + bytes(512) + hidden + END)
    yield "two-zero-blocks", Case(seen + END + hidden + END)
    yield "many-zero-blocks", Case(seen + bytes(512 * 77) + hidden + END)
    yield "trailing-text", Case(seen + END + text)
    yield "trailing-text-without-end", Case(seen + text)
    yield "tar-and-zip", Case(tar_and_zip(text))
    through = header(b"lib", flag=b"2", link=b"/etc") + member(b"lib/evil.js", text)
    yield "behind-a-link", Case(through + END)
    yield "trailing-zip", Case(seen + END + honest_zip([("a", text)]))
    yield "padding", Case(header(b"a.js", 3) + b"1;\n" + text + bytes(509 - len(text)) + END)
    yield "broken-first-header", Case(broken + seen + END)
    yield "broken-middle-header", Case(seen + broken + seen + END)
    yield "broken-last-header", Case(seen + broken + END)
    yield "behind-a-broken-header", Case(seen + broken[:512] + bytes(512) + hidden + END)
    yield "garbage-between", Case(seen + b"\x01" * 5120 + hidden + END)
    yield "unaligned-garbage", Case(seen + b"\x01" * 700 + text + b"\x01" * 9000 + seen + END)
    yield "negative-size", Case(header(b"a", size_field=b"\xff" * 12) + hidden + END)
    yield "size-no-number", Case(header(b"a", size_field=b"0x000000001\0") + hidden + END)
    yield "huge-size", Case(header(b"a", size_field=b"77777777777\0") + pad(text) + hidden)
    yield "eight-exabytes", Case(header(b"a", size_field=b"\x80" + b"\x7f" * 11) + pad(text))
    yield "no-end-mark", Case(seen + hidden, told=False)  # a gzip trailer vouches for the length
    yield "truncated-content", Case(seen + member(b"h.js", text + bytes(9000))[:2000])
    large = member(b"h.js", b"var x = 1;\n" * 300_000 + text + bytes(3000))
    yield "truncated-large-content", Case(seen + large[:-2500])
    yield "truncated-in-the-middle-of-a-window", Case(seen + large[: 512 + 3_300_000 + len(text)])
    yield "truncated-pax", Case(seen + hidden + pax((b"path", b"x" * 900))[:700])
    yield "pax-without-member", Case(seen + hidden + pax((b"path", b"x")) + END)
    yield "pax-record-damaged", Case(member(b"p", b"99 path=x\n", flag=b"x") + hidden + END)
    yield "pax-record-holds-it", Case(pax((b"vendor.note", text)) + seen + END, told=False)
    yield "pax-huge", Case(member(b"p", text + bytes(2 << 20), flag=b"x") + seen + END)
    yield "two-names", Case(long_name(b"one.js") + pax((b"path", b"two.js")) + hidden + END)
    yield "duplicates-last", Case(seen + member(b"a.js", text) + END)
    yield "duplicates-first", Case(member(b"a.js", text) + seen + END)
    yield "case-twins", Case(seen + member(b"A.js", text) + END)
    yield "old-sparse", Case(header(b"s.js", len(text), b"S", magic=b"ustar  \0") + pad(text) + END)
    sparse = (b"GNU.sparse.map", b"0,%d" % len(text)), (b"GNU.sparse.size", b"9" * 18)
    yield "pax-sparse", Case(pax(*sparse) + member(b"s.js", text) + END)
    link = header(b"a.js", flag=b"2", link=b"../../../../etc/passwd")
    yield "link-then-file", Case(link + member(b"a.js", text) + END)


def tar_and_zip(text: bytes) -> bytes:
    """A tar whose member holds the local part of a zip, and whose end is that zip's directory."""
    whole = zipped(Zipped(b"h.js", text), prefix=bytes(515))
    at = whole.index(b"PK\x01\x02")
    front = member(b"a.js", b"js;" + whole[515:at]) + END
    end = bytearray(whole[at:])
    end[-6:-2] = len(front).to_bytes(4, "little")
    return front + bytes(end)


def names(text: bytes) -> Iterator[tuple[str, Case]]:
    """Names that no unpacker should trust."""
    odd = {
        "dot-dot": b"../../evil.js",
        "absolute": b"/etc/evil.js",
        "drive": b"C:\\evil.js",
        "unc": b"\\\\host\\share\\evil.js",
        "backslashes": b"a\\..\\evil.js",
        "reserved": b"aux.js",
        "trailing-dot": b"evil.js.",
        "escape-sequence": b"a\x1b[2Jevil.js",
        "newline": b"a\n::error::evil.js",
        "bidi": "a\u202esj.live".encode(),
        "zero-width": "a\u200bevil.js".encode(),
        "not-utf8": b"a\xff\xfeevil.js",
        "twins": "e\u0301vil.js".encode(),
    }
    for name, raw in odd.items():
        twin = member("\u00e9vil.js".encode(), b"1") if name == "twins" else b""
        yield f"tar-{name}", Case(twin + member(raw, text) + END)
    yield "tar-deep", Case(pax((b"path", b"d/" * 4000 + b"x")) + member(b"x", text) + END, False)
    yield "tar-long", Case(pax((b"path", b"x" * 60_000)) + member(b"x", text) + END, False)
    yield "tar-too-long", Case(member(b"a", text) + pax((b"path", b"x" * 70_000)) + header(b"x"))
    yield "zip-dot-dot", Case(zipped(Zipped(b"../evil.js", text)))
    yield "zip-nul", Case(zipped(Zipped(b"a.js\0.png", text)))
    yield "zip-cp437", Case(zipped(Zipped("ä.js".encode("cp437"), text)))
    yield "zip-bad-utf8", Case(zipped(Zipped(b"a\xff.js", text, flags=2048)))


def zips(text: bytes) -> Iterator[tuple[str, Case]]:
    """Zips on which readers disagree, or that are damaged."""
    seen = Zipped(b"a.js", b"1")
    whole = zipped(seen, Zipped(b"b.js", text, method=0))
    streamed = honest_tar([("a.js", text)])
    yield "zip-plain", Case(whole, told=False)
    yield "zip-streamed", Case(zipped(Zipped(b"a.js", text, flags=8)), told=False)
    for method, packed in (
        (12, bz2.compress(text)),
        (93, zstandard.compress(text)),
        (95, lzma.compress(text)),
    ):
        one = Zipped(b"a.js", text, method=method, packed=packed)
        yield f"zip-method-{method}", Case(zipped(one), told=False)
    yield "zip-lzma", Case(honest_zip([("a.js", text)], 14), told=False)
    yield "zip-hidden-last", Case(zipped(seen, Zipped(b"h.js", text, central=False)))
    yield "zip-hidden-first", Case(zipped(Zipped(b"h.js", text, central=False), seen))
    yield "zip-hidden-streamed", Case(zipped(seen, Zipped(b"h.js", text, central=False, flags=8)))
    stored = Zipped(b"h.js", text, central=False, flags=8, method=0)
    yield "zip-hidden-stored-streamed", Case(zipped(seen, stored))
    yield "zip-local-name", Case(zipped(Zipped(b"a.txt", text, local_name=b"h.js")))
    packed = deflated(text)
    other = Zipped(b"a", packed, method=0, packed=packed, local_method=8, local_size=len(text))
    yield "zip-local-method", Case(zipped(other))
    longer = Zipped(b"a", b"1", method=0, packed=b"1", local_packed=1 + len(text),
                    local_size=1 + len(text), after=text)  # fmt: skip
    yield "zip-local-size", Case(zipped(longer))
    yield "zip-duplicate-first", Case(zipped(Zipped(b"a.js", text), seen))
    yield "zip-duplicate-last", Case(zipped(seen, Zipped(b"a.js", text)))
    yield "zip-prefix", Case(zipped(seen, prefix=b"before\n" + text))
    yield "zip-prefix-unshifted", Case(zipped(seen, prefix=b"before\n" + text, shifted=False))
    yield "zip-script", Case(zipped(seen, prefix=b"#!/bin/sh\n" + text), told=False)
    yield "zip-gap", Case(zipped(seen, gap=text))
    yield "zip-between", Case(zipped(Zipped(b"a.js", b"1", after=text), seen))
    yield "zip-trailing", Case(zipped(seen, trailing=text))
    yield "zip-trailing-tar", Case(zipped(seen, trailing=streamed))
    yield "zip-two-zips", Case(zipped(seen) + zipped(Zipped(b"h.js", text)))
    yield "zip-two-zips-other", Case(zipped(Zipped(b"h.js", text)) + zipped(seen))
    yield "zip-end-in-comment", Case(zipped(seen, comment=zipped(Zipped(b"h.js", text))))
    yield "zip-comment", Case(zipped(seen, comment=text), told=False)
    yield "zip-member-comment", Case(zipped(Zipped(b"a", b"1", comment=text)), told=False)
    field = struct.pack("<2H", 0x9999, 100) + text.ljust(100)[:100]
    yield "zip-extra", Case(zipped(Zipped(b"a", b"1", extra=field)), told=False)
    yield "zip-local-extra", Case(zipped(Zipped(b"a", b"1", local_extra=field)), told=False)
    yield "zip-behind-deflate", Case(zipped(Zipped(b"a", b"1", packed=deflated(b"1") + text)))
    lie = Zipped(b"b", text, method=0, local=False, offset=0)
    yield "zip-overlap", Case(zipped(Zipped(b"a", text, method=0), lie))
    yield "zip-wrong-crc", Case(zipped(Zipped(b"a", text, crc=1)))
    yield "zip-size-smaller", Case(zipped(Zipped(b"a", text, size=1)))
    yield "zip-size-larger", Case(zipped(Zipped(b"a", text, size=0xFFFFFFF0)))
    yield "zip-wrong-count", Case(zipped(seen, Zipped(b"b", text), count=1))
    filler = b"var x = 1;\n" * 300_000
    yield "zip-large-wrong-crc", Case(zipped(Zipped(b"a.js", filler + text, crc=1)))
    yield "zip-large-wrong-size", Case(zipped(Zipped(b"a.js", filler + text, size=5 << 20)))
    cut = deflated(filler + text + random.Random(6).randbytes(900))[:-500]
    yield "zip-large-truncated", Case(zipped(Zipped(b"a.js", filler + text, packed=cut)))
    yield "zip-no-end", Case(whole[: whole.rindex(b"PK\x05\x06")])
    yield "zip-no-directory", Case(whole[: whole.index(b"PK\x01\x02")])
    yield "zip-cut-in-directory", Case(whole[: whole.index(b"PK\x01\x02") + 30])
    yield "zip-wrong-offset", Case(zipped(Zipped(b"a", text, offset=7777), seen))
    yield "zip-encrypted-beside", Case(zipped(Zipped(b"x", b"1", flags=1), Zipped(b"b", text)))
    yield "zip-unknown-beside", Case(zipped(Zipped(b"x", b"1", method=97), Zipped(b"b", text)))
    encrypted = zipped(Zipped(b"x", b"1", flags=1))
    yield "zip-encrypted", Case(encrypted, found=False)
    damaged = Zipped(b"x", b"1" * 99, packed=b"\xff" * 50)
    yield "zip-damaged-beside", Case(zipped(damaged, Zipped(b"b", text)))


def streams(text: bytes) -> Iterator[tuple[str, Case]]:
    """Compressed streams with more than one thing in them."""
    inner = honest_tar([("package/a.js", text)])
    empty = honest_tar([("package/a.js", b"1")])
    yield "gzip", Case(gzip.compress(inner), told=False)
    yield (
        "gzip-members",
        Case(
            b"".join(gzip.compress(inner[at : at + 999]) for at in range(0, len(inner), 999)),
            told=False,
        ),
    )
    yield "gzip-second-tar", Case(gzip.compress(empty) + gzip.compress(inner))
    yield "gzip-trailing", Case(gzip.compress(empty) + text)
    yield "gzip-trailing-zip", Case(gzip.compress(empty) + honest_zip([("a.js", text)]))
    yield "gzip-wrong-crc", Case(gzip.compress(inner)[:-8] + bytes(8))
    yield "gzip-no-trailer", Case(gzip.compress(inner)[:-8])
    yield "gzip-of-text", Case(gzip.compress(text), told=False)
    head = gzip.compress(empty, mtime=0)
    named = head[:3] + b"\x10" + head[4:10] + text + b"\0" + head[10:]
    yield "gzip-comment", Case(named, told=False)
    extra_ = head[:3] + b"\4" + head[4:10] + struct.pack("<H", len(text)) + text + head[10:]
    yield "gzip-extra", Case(extra_, told=False)
    noise = random.Random(5).randbytes(200_000)
    damaged = bytearray(gzip.compress(honest_tar([("a.js", text), ("noise", noise)]), mtime=0))
    damaged[150_000:150_100] = bytes(100)
    yield "gzip-damaged-behind", Case(bytes(damaged))
    yield "gzip-truncated-behind", Case(bytes(damaged[:120_000]))
    yield "zstd", Case(zstandard.compress(inner), told=False)
    yield (
        "zstd-frames",
        Case(
            b"".join(zstandard.compress(inner[at : at + 999]) for at in range(0, len(inner), 999)),
            told=False,
        ),
    )
    frame = struct.pack("<LL", 0x184D2A53, len(text)) + text
    yield "zstd-skippable", Case(zstandard.compress(empty) + frame, told=False)
    yield "zstd-skippable-first", Case(frame + zstandard.compress(inner), told=False)
    yield "zstd-trailing", Case(zstandard.compress(empty) + text)
    yield "xz", Case(lzma.compress(inner), told=False)
    yield "xz-streams", Case(lzma.compress(inner[:700]) + lzma.compress(inner[700:]), told=False)
    yield "xz-trailing", Case(lzma.compress(empty) + text)
    yield "bzip2", Case(bz2.compress(inner), told=False)
    yield "bzip2-streams", Case(bz2.compress(inner[:700]) + bz2.compress(inner[700:]), told=False)
    yield "bzip2-trailing", Case(bz2.compress(empty) + text)
    yield "lzma-alone", Case(lzma.compress(inner, lzma.FORMAT_ALONE), told=False)


def contents(text: bytes) -> Iterator[tuple[str, Case]]:
    """Places in a content that windows and encodings might hide."""
    filler = b"var filler = 1;\n"
    for place in (0, 4090, 65_530, (1 << 20) - 20, (1 << 20) + 7, (2 << 20) - 3):
        body = (filler * (place // len(filler) + 1))[:place] + b"\n" + text + b"\n" + filler * 99
        yield f"edge-{place}", Case(honest_tar([("a.js", body)]), told=False)
    one_line = b"x=1;" * 700_000 + text + b"x=1;" * 700_000
    yield "one-long-line", Case(honest_zip([("a.js", one_line)]), told=False)
    words = text.decode()
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"):
        yield encoding, Case(honest_tar([("a.txt", words.encode(encoding))]), told=False)
    yield (
        "binary",
        Case(honest_tar([("a.bin", bytes(5000) + text + bytes(range(256)))]), told=False),
    )


def cases(text: bytes) -> dict[str, Case]:
    """All of them, by name."""
    makers = (tars, names, zips, streams, contents)
    return {name: case for make in makers for name, case in make(text)}


def _image(data: bytes) -> bytes:
    files = docker_archive([layer({"usr/lib/x.bin": data})])
    if isinstance(files, bytes):
        return files
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path, body in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return out.getvalue()


NESTINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "itself": lambda data: data,
    "in-npm": lambda data: npm_tarball({"vendor/x.bin": data}),
    "in-sdist": lambda data: sdist({"vendor/x.bin": data}),
    "in-zip": lambda data: honest_zip([("x.bin", data)]),
    "in-stored-zip-in-tar-zst": lambda data: zstandard.compress(
        honest_tar([("y.bin", honest_zip([("x.bin", data)], 0))])
    ),
    "in-layer": _image,
    "in-gzip": lambda data: gzip.compress(data, mtime=0),
}
