"""Archives of an attacker who knows where unpackers differ: fields that one reads as a number and
another does not, records that only some obey, a second directory, a second stream. What some
unpacker makes of them holds the secret."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import struct
import zlib
from collections.abc import Iterator

import zstandard
from cases import Case
from crafted import (
    END,
    Zipped,
    deflated,
    header,
    honest_tar,
    honest_zip,
    long_name,
    member,
    octal,
    pad,
    pax,
    zipped,
)
from planted import checksummed


def _put(head: bytes, at: int, field: bytes) -> bytes:
    out = bytearray(head)
    out[at : at + len(field)] = field
    return checksummed(bytes(out))


def tars(text: bytes) -> Iterator[tuple[str, Case]]:
    """Tars: sizes and records that not all read alike."""
    seen, hidden = member(b"a.js", b"1"), member(b"hidden.js", text)
    size = len(text)
    folder = header(b"d", len(hidden)) + hidden + END
    yield "slash-v7", Case(header(b"d/", len(hidden), b"\0", magic=b"") + hidden + END)
    yield "slash-pax", Case(pax((b"path", b"d/")) + folder)
    yield "slash-long-name", Case(long_name(b"d/") + folder)
    whole = pax((b"size", b"%d" % len(hidden)))
    for flag in b"123456AaDEIMNV":
        one = bytes([flag])
        yield f"type-{flag:c}", Case(header(b"l", len(hidden), one, link=b"x") + hidden + END)
        yield f"type-{flag:c}-pax", Case(whole + header(b"l", 0, one, link=b"x") + hidden + END)
    fields = {
        "nul-inside": (b"000\x0000001000", False),
        "space-inside": (b"000 00001000", False),
        "behind-a-nul": (b"2000\x000000000", True),
        "digit-8": (b"00000000800\0", True),
        "plus": (b"+0000002000\0", True),
        "minus": (b"-0000002000\0", True),
        "newline": (b"\n0000001000\0", True),
        "tab": (b"\t0000002000\0", True),
        "bit-6": (b"\xc0" + bytes(11), True),
        "gigantic": (b"\x80" + bytes(2) + b"\1" + bytes(8), True),
        "empty": (bytes(12), False),
        "blank": (b" " * 12, False),
    }
    for name, (field, told) in fields.items():
        yield f"size-{name}", Case(header(b"a", size_field=field) + hidden + END, told)
    behind = header(b"a", 0) + hidden + END
    for name, between in (
        ("global", pax((b"comment", b"x"), flag=b"g")),
        ("long-name", long_name(b"n")),
        ("long-link", long_name(b"n", b"K")),
        ("another", pax((b"path", b"x"))),
    ):
        yield f"pax-then-{name}", Case(whole + between + behind)
    everywhere = pax((b"size", b"%d" % len(hidden)), flag=b"g")
    yield "pax-global-undone", Case(everywhere + pax((b"size", b"")) + behind)
    yield "pax-global-path", Case(pax((b"path", b"g.js"), flag=b"g") + seen + hidden + END)
    for name, value in (
        ("hex", b"0x400"),
        ("float", b"1024.0"),
        ("exponent", b"1e3"),
        ("underscore", b"1_024"),
        ("nul", b"1024\x000"),
        ("arabic", "١٠٢٤".encode()),
        ("zeros", b"0001024"),
    ):
        yield f"pax-size-{name}", Case(pax((b"size", value)) + behind)
    for name, records, told in (
        ("inside-a-value", b"28 comment=x\n13 size=1024\n\n", False),
        ("length-longer", b"29 comment=xxxxx\n13 size=1024\n", False),
        ("length-tab", b"13\tsize=1024\n", True),
        ("length-blank", b" 14 size=1024\n", True),
        ("length-99", b"99 size=1024\n", True),
        ("length-short", b"10 size=1024\n", True),
        ("length-plus", b"+14 size=1024\n", True),
        ("behind-zeros", bytes(20) + b"13 size=1024\n", True),
        ("behind-a-nul", b"12 comment=\n\x0013 size=1024\n", True),
        ("behind-no-equals", b"8 size\n\n13 size=1024\n", True),
    ):
        yield f"pax-record-{name}", Case(member(b"p", records, flag=b"x") + behind, told)
    yield "pax-of-no-size", Case(header(b"p", 0, b"x") + pad(b"13 size=1024\n") + behind)
    yield "solaris-size", Case(member(b"p", b"13 size=1024\n", flag=b"X") + behind)
    version = ((b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"))
    lying = pax(*version, (b"GNU.sparse.name", b"s.js"), (b"GNU.sparse.realsize", b"4"))
    for name, first in (("lies", b"1\n0\n4\n"), ("no-numbers", b"x\n0\n4\n")):
        body = header(b"s", 512 + size) + pad(first) + pad(text) + END
        yield f"sparse-{name}", Case(lying + body)
    half = size // 2
    parts = octal(0, 12) + octal(half, 12) + octal(1 << 20, 12) + octal(size - half, 12)
    old = _put(header(b"s.js", size, b"S", magic=b"ustar  \0"), 386, parts)
    yield "old-sparse-split", Case(old + pad(text) + END, found=False)
    more = _put(old, 482, b"\1")
    yield "old-sparse-goes-on", Case(more + pad(octal(1, 12) * 2) + pad(text) + END, found=False)
    yield "old-sparse-hides", Case(more + hidden + END)
    ordinary = header(b"a.js", size)
    total = sum(ordinary) - sum(ordinary[148:156]) + 256
    for name, field in (
        ("of-8-digits", b"%08o" % total),
        ("base-256", b"\x80" + total.to_bytes(7, "big")),
        ("decimal", b"%d\0" % total),
        ("none", bytes(8)),
    ):
        odd = header(b"a.js", size, checksum=field.ljust(8, b"\0"))
        yield f"checksum-{name}", Case(seen + odd + pad(text) + END, told=False)
    for name, at in (("mode", 100), ("owner", 108), ("time", 136)):
        yield f"letters-in-{name}", Case(_put(ordinary, at, b"letters") + pad(text) + END, False)
    yield "unaligned-behind-the-end", Case(seen + END + b"x" * 3 + hidden + END)
    yield "far-behind-the-end", Case(seen + bytes(4 << 20) + hidden + END)
    for flag in b"LKxg":
        endless = header(
            b"e", size_field=b"\x80" + (1 << 32).to_bytes(11, "big"), flag=bytes([flag])
        )
        yield f"endless-{flag:c}", Case(endless + hidden + END)


def _parts(data: bytes) -> tuple[bytes, bytes]:
    """The local part of a zip, and its directory."""
    low, high = data.index(b"PK\1\2"), data.rindex(b"PK\5\6")
    return data[:low], data[low:high]


def _end(count: int, size: int, offset: int, comment: bytes = b"") -> bytes:
    fields = (0, 0, count, count, size, offset, len(comment))
    return b"PK\5\6" + struct.pack("<4H2LH", *fields) + comment


def _end64(directory: bytes, offset: int) -> bytes:
    fields = (44, 45, 45, 0, 0, 1, 1, len(directory), offset)
    return struct.pack("<4sQ2H2L4Q", b"PK\6\6", *fields)


def _locator(offset: int) -> bytes:
    return struct.pack("<4sLQL", b"PK\6\7", 0, offset, 1)


def zips(text: bytes) -> Iterator[tuple[str, Case]]:
    """Zips: two directories, and headers that contradict them."""
    seen = Zipped(b"a.js", b"1")
    evil, plain = zipped(Zipped(b"h.js", text)), zipped(seen)
    (local, first), (other, second) = _parts(evil), _parts(plain)
    body = local + other
    second = second[:42] + len(local).to_bytes(4, "little") + second[46:]
    start, middle = len(body), len(body) + len(first)
    both = body + first + second
    yield "zip-offset-leads-elsewhere", Case(both + _end(1, len(second), start))
    swapped = body + second + first
    yield "zip-size-leads-elsewhere", Case(swapped + _end(1, len(first), start))
    yield "zip-count-too-small", Case(swapped + _end(1, len(first + second), start))
    early = body + second + _end(1, len(second), start) + first
    yield "zip-end-before-the-directory", Case(early + _end(1, len(first), len(early) - len(first)))
    yield "zip-end-first", Case(_end(0, 0, 0) + zipped(seen, Zipped(b"h.js", text)))
    hides = _end(1, len(first), start, second + _end(1, len(second), middle + 22))
    yield "zip-end-in-a-comment-of-another", Case(body + first + hides)
    ends = _end64(first, start), _end64(second, middle)
    full = _end(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    for number in (0, 1):
        at = len(both) + number * len(ends[0])
        yield f"zip64-end-of-two-{number}", Case(both + b"".join(ends) + _locator(at) + full)
    contradicted = both + ends[0] + _locator(len(both))
    yield "zip64-contradicted", Case(contradicted + _end(1, len(second), middle))
    yield "zip64-in-part", Case(contradicted + _end(0xFFFF, len(second), middle))
    yield "zip64-without-locator", Case(body + first + full)
    stored = Zipped(b"a.bin", b"xx" + local, method=0)
    inner = Zipped(b"h.js", text, local=False, offset=30 + 5 + 2)
    yield "zip-member-in-a-member", Case(zipped(stored, inner))
    packed = deflated(text)
    for method in (4, 6, 95, 97, 99):
        there = Zipped(b"h.js", text, method=method, packed=packed, local_method=8)
        yield f"zip-directory-says-{method}", Case(zipped(there, seen))
        here = Zipped(b"h.js", text, packed=packed, local_method=method)
        yield f"zip-header-says-{method}", Case(zipped(here, seen))
    name = b"\1" + struct.pack("<L", zlib.crc32(b"a.txt")) + b"h.js"
    field = struct.pack("<2H", 0x7075, len(name)) + name
    yield "zip-unicode-name-here", Case(zipped(Zipped(b"a.txt", text, local_extra=field), seen))
    yield "zip-folder-there", Case(zipped(Zipped(b"d/", text, local_name=b"h.js"), seen))
    yield "zip-no-name-there", Case(zipped(Zipped(b"", text, local_name=b"h.js"), seen))
    none = Zipped(b"h.js", method=0, packed=b"", crc=0, local_size=len(text),
                  local_packed=len(packed), local_method=8, after=packed)  # fmt: skip
    yield "zip-no-size-there", Case(zipped(none, seen))
    marker = b"x" + b"PK\7\x08" + struct.pack("<3L", zlib.crc32(b"x"), 1, 1)
    early_end = Zipped(b"h.js", marker + text, method=0, flags=8)
    yield "zip-descriptor-in-content", Case(zipped(early_end, seen), told=False)
    yield "zip-one-behind-another", Case(evil + bytes(3) + plain)
    yield "zip-one-between-two", Case(plain + evil + plain)
    at = plain.rindex(b"PK\5\6")
    yield "zip-member-behind-the-directory", Case(plain[:at] + local + plain[at:])


def _gzip(data: bytes, flags: int = 0, fields: bytes = b"", packed: bytes | None = None) -> bytes:
    packed = deflated(data) if packed is None else packed
    trailer = struct.pack("<2L", zlib.crc32(data), len(data))
    return b"\x1f\x8b\x08" + bytes([flags]) + bytes(6) + fields + packed + trailer


def streams(text: bytes) -> Iterator[tuple[str, Case]]:
    """Compressed streams behind one another, and what their decoders are lax about."""
    inner = honest_tar([("package/a.js", text)])
    empty = honest_tar([("package/a.js", b"1")])
    one, stored = _gzip(empty), b"\1" + struct.pack("<2H", len(inner), len(inner) ^ 0xFFFF) + inner
    yield "gzip-stored", Case(_gzip(inner, packed=stored), told=False)
    yield "gzip-empty-blocks", Case(_gzip(inner, packed=b"\0\0\0\xff\xff" * 5000 + stored), False)
    field = struct.pack("<H", 65535) + b"e" * 65535
    yield "gzip-extra-of-64k", Case(_gzip(inner, 4, field), told=False)
    yield "gzip-name-of-1-mb", Case(_gzip(inner, 8, b"n" * 1_000_000 + b"\0"), told=False)
    yield "gzip-in-the-middle-of-a-header", Case(_gzip(inner[:300]) + _gzip(inner[300:]), False)
    yield "gzip-first-crc", Case(one[:-8] + b"\1\2\3\4" + one[-4:] + _gzip(inner))
    frames = {
        "gzip": gzip.compress(inner, mtime=0),
        "zstd": zstandard.compress(inner),
        "xz": lzma.compress(inner),
        "bzip2": bz2.compress(inner),
        "lzma": lzma.compress(inner, lzma.FORMAT_ALONE),
        "tar": inner,
        "zip": honest_zip([("h.js", text)]),
    }
    firsts = {
        "gzip": one,
        "zstd": zstandard.compress(empty),
        "xz": lzma.compress(empty),
        "bzip2": bz2.compress(empty),
    }
    for first, front in firsts.items():
        for then, behind in frames.items():
            if then != first:
                yield f"{first}-then-{then}", Case(front + behind)
    yield "gzip-nul-then-gzip", Case(one + b"\0" + frames["gzip"])
    yield "bzip2-zeros-then-bzip2", Case(firsts["bzip2"] + bytes(5) + frames["bzip2"])
    yield "zstd-zeros-then-zstd", Case(firsts["zstd"] + bytes(4) + frames["zstd"])
    for name, there in (("zip", frames["zip"]), ("gzip", frames["gzip"])):
        skipped = b"\x5f\x2a\x4d\x18" + struct.pack("<L", len(there)) + there
        yield f"zstd-skips-{name}", Case(firsts["zstd"] + skipped, told=False)
    long_skip = b"\x50\x2a\x4d\x18\xff\xff\xff\x7f"
    yield "zstd-skips-2-gb", Case(firsts["zstd"] + long_skip + frames["zstd"])
    samples = [random.Random(seed).randbytes(99) for seed in range(300)]
    known = zstandard.train_dictionary(500, samples)
    unknown = zstandard.ZstdCompressor(dict_data=known).compress(inner)
    yield "zstd-dictionary", Case(unknown, found=False)
    raw = struct.pack("<H", len(inner) - 256) + (len(inner) << 3 | 1).to_bytes(3, "little") + inner
    yield "zstd-raw-block", Case(b"\x28\xb5\x2f\xfd\x60" + raw, told=False)
    for name in ("POWERPC", "ARM", "ARMTHUMB", "SPARC", "IA64"):
        filters = [{"id": getattr(lzma, f"FILTER_{name}")}, {"id": lzma.FILTER_LZMA2}]
        yield f"xz-{name.lower()}", Case(lzma.compress(inner, filters=filters), told=False)
    bits = bytearray(frames["bzip2"])
    bits[14] |= 0x80
    yield "bzip2-randomised", Case(bytes(bits), told=False, found=False)
    bits[14] &= 0x7F
    bits[-3] ^= 1
    yield "bzip2-last-crc", Case(bytes(bits), found=False)
    alone = frames["lzma"]
    yield "lzma-of-known-size", Case(alone[:5] + struct.pack("<Q", len(inner)) + alone[13:], False)
    yield "lzma-of-less", Case(alone[:5] + struct.pack("<Q", 9) + alone[13:], found=False)


def cases(text: bytes) -> dict[str, Case]:
    """All of them, by name."""
    makers = (tars, zips, streams)
    return {f"differing-{name}": case for make in makers for name, case in make(text)}
