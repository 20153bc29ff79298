"""Oddities like those in the test files of other archive libraries (libarchive's, CPython's, Go's,
node-tar's), made anew by code, each with a secret inside."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import tarfile
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
    pad,
    pax,
    record,
    zipped,
)
from quine import zip_quine


def checksummed(head: bytes) -> bytes:
    """The header with its sum put right."""
    data = bytearray(head)
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data)
    return bytes(data)


def tars(text: bytes) -> Iterator[tuple[str, Case]]:
    """Of tar."""
    seen, hidden = member(b"a.js", b"1"), member(b"hidden.js", text)
    size = len(text)
    star = bytearray(header(b"a.js", size, prefix=b"p" * 131))
    star[476:500] = b"00000000000 00000000000 "
    star[508:512] = b"tar\0"
    yield "star", Case(checksummed(star) + pad(text) + END, told=False)
    signed = bytearray(header(b"\xe4\xf6\xfc.js", size))
    signed[148:156] = b" " * 8
    total = sum(byte - 256 if byte > 127 else byte for byte in signed)
    signed[148:156] = b"%06o\0 " % total
    yield "signed-checksum", Case(bytes(signed) + pad(text) + END, told=False)
    for name, field in (
        ("spaces", b"  %o "),
        ("seven-digits", b"%07o\0"),
        ("nul-first", b"\0%06o "),
    ):
        total = sum(header(b"a.js", size)) - sum(header(b"a.js", size)[148:156]) + 256
        head = header(b"a.js", size, checksum=(field % total).ljust(8)[:8])
        yield f"checksum-{name}", Case(head + pad(text) + END, told=False)
    for name, field in (("spaces", b"%11o "), ("no-nul", b"%012o"), ("short", b"%o\0")):
        head = header(b"a.js", size_field=(field % size).ljust(12, b"\0"))
        yield f"size-{name}", Case(head + pad(text) + END, told=False)
    for flag in b"AEIMNSVXZz\x80\xff":
        name = f"flag-{flag:02x}"
        yield name, Case(member(b"a.js", text, flag=bytes([flag])) + seen + END, told=False)
    solaris = record(b"path", b"solaris.js") + record(b"size", b"%d" % size)
    yield (
        "solaris-x",
        Case(member(b"x", solaris, flag=b"X") + header(b"x", 1) + pad(text) + END, False),
    )
    yield "dumpdir", Case(header(b"d/", size, b"D") + pad(text) + seen + END)
    yield "multi-volume", Case(header(b"a.js", size, b"M") + pad(text) + END, told=False)
    volume = header(b"Volume 1", 0, b"V") + hidden
    yield "volume-label", Case(volume + END, told=False)
    yield "empty-name", Case(member(b"", text) + seen + END, told=False)
    yield "dot-name", Case(member(b".", text) + seen + END, told=False)
    yield "slash-name", Case(header(b"a.js/", size) + pad(text) + END, told=False)
    yield "root-name", Case(member(b"/", text) + END, told=False)
    yield "pax-empty", Case(member(b"p", b"", flag=b"x") + hidden + END, told=False)
    yield "pax-empty-path", Case(pax((b"path", b"")) + hidden + END, told=False)
    yield "pax-empty-size", Case(pax((b"size", b"")) + hidden + END)
    yield (
        "pax-binary-charset",
        Case(pax((b"hdrcharset", b"BINARY"), (b"path", b"\xff.js")) + hidden + END),
    )
    yield "pax-nul-in-path", Case(pax((b"path", b"a\0b.js")) + hidden + END)
    yield "pax-negative-size", Case(pax((b"size", b"-1")) + hidden + END)
    yield "pax-size-of-300-digits", Case(pax((b"size", b"9" * 300)) + hidden + END)
    yield "pax-size-too-large", Case(pax((b"size", b"9" * 18)) + hidden + END)
    yield "pax-size-with-sign", Case(pax((b"size", b"+%d" % size)) + hidden + END)
    yield "pax-size-with-spaces", Case(pax((b"size", b" %d " % size)) + hidden + END)
    twice = pax((b"size", b"0"), (b"size", b"%d" % size))
    yield "pax-size-twice", Case(twice + header(b"a.js", size) + pad(text) + END, told=False)
    no_newline = member(b"p", b"15 path=evil.js", flag=b"x")
    yield "pax-no-newline", Case(no_newline + hidden + END)
    long_digits = member(b"p", b"0000000000000000000000000000030 path=a\n", flag=b"x")
    yield "pax-leading-zeros", Case(long_digits + hidden + END)
    yield "pax-zero-length", Case(member(b"p", b"0 path=a\n", flag=b"x") + hidden + END)
    yield (
        "pax-text-behind",
        Case(member(b"p", record(b"path", b"p.js") + text, flag=b"x") + seen + END),
    )
    yield (
        "pax-in-padding",
        Case(
            header(b"p", 12, b"x")
            + (record(b"path", b"p.js") + text).ljust(512, b"\0")
            + seen
            + END
        ),
    )
    yield "pax-key-holds-it", Case(pax((b"vendor." + text.strip(), b"1")) + seen + END, told=False)
    yield (
        "pax-xattr-holds-it",
        Case(pax((b"SCHILY.xattr.user.note", text)) + seen + END, told=False),
    )
    yield "pax-comment-holds-it", Case(pax((b"comment", text)) + seen + END, told=False)
    yield "pax-global-comment", Case(pax((b"comment", text), flag=b"g") + seen + END, told=False)
    chain = b"".join(pax((b"path", b"n%d" % number)) for number in range(300))
    yield "pax-chain", Case(chain + hidden + END)
    yield "long-name-chain", Case(b"".join(long_name(b"%d" % n) for n in range(300)) + hidden + END)
    yield "long-name-empty", Case(long_name(b"") + hidden + END, told=False)
    yield "long-name-no-nul", Case(member(b"L", b"name.js", flag=b"L") + hidden + END, told=False)
    yield "long-name-behind-nul", Case(long_name(b"a.js\0" + text) + seen + END)
    long_link = long_name(b"k" * 300, b"K") + header(b"l", flag=b"2")
    yield "long-link", Case(long_link + hidden + END, told=False)
    linkname = header(b"a.js", 1, link=text.strip())
    yield "link-field-of-a-file", Case(linkname + pad(b"1") + END, told=False)
    behind_name = bytearray(header(b"a.js", 1))
    behind_name[5 : 5 + len(text)] = text
    yield "behind-the-name", Case(checksummed(behind_name) + pad(b"1") + END, told=False)
    tail = bytearray(header(b"a.js", 1))
    tail[500:512] = b"\xffodd tail\xff\0"
    yield "header-tail", Case(checksummed(tail) + pad(b"1") + hidden + END, told=False)
    map_one = b"1\n0\n%d\n" % size
    sparse_1 = pax(
        (b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.name", b"s.js"),
        (b"GNU.sparse.realsize", b"%d" % size),
    ) + header(b"s", 512 + size) + pad(map_one) + pad(text)  # fmt: skip
    yield "pax-sparse-1.0", Case(sparse_1 + END)
    empty_sparse = header(b"s.js", 0, b"S", magic=b"ustar  \0") + hidden
    yield "old-sparse-empty", Case(empty_sparse + END)
    folded = pax((b"path", b"p.js"), (b"linkpath", b"x")) + long_name(b"p.js")
    yield "all-extensions", Case(folded + hidden + END, told=False)
    yield "only-garbage-first", Case(gzip.compress(b"\x07" * 1024 + hidden + END))
    yield "only-zeros-first", Case(gzip.compress(bytes(512) + hidden + END))
    yield "one-zero-block-at-the-end", Case(seen + hidden + bytes(512), told=False)
    yield "end-of-odd-length", Case(seen + hidden + bytes(700), told=False)
    yield "tar-in-tar-in-padding", Case(seen + END + hidden + END + END)
    again = header(b"a.js", flag=b"1", link=b"a.js") + member(b"a.js", text)
    yield "hardlink-to-itself", Case(again + END)
    loop = header(b"a", flag=b"2", link=b"b") + header(b"b", flag=b"2", link=b"a") + hidden
    yield "symlink-loop", Case(loop + END, told=False)
    apple = struct.pack(">2L16xH3L", 0x00051607, 0x00020000, 1, 9, 38, size) + text
    yield "apple-double", Case(member(b"._a.js", apple) + seen + END, told=False)
    cut = honest_tar([("package/a.js", b"1"), ("package/h.js", text)], tarfile.GNU_FORMAT)
    yield "cut-in-zeros", Case(cut[:2560], told=False)


def zips(text: bytes) -> Iterator[tuple[str, Case]]:
    """Of zip."""
    seen = Zipped(b"a.js", b"1")
    one = zipped(seen, Zipped(b"h.js", text))
    size, packed = len(text), deflated(text)
    yield "zip-deflate64", Case(zipped(Zipped(b"a.js", text, method=9, packed=packed)), told=False)
    for method in (1, 6, 10, 18, 19, 94, 98, 200):
        odd = Zipped(b"x.js", text, method=method, packed=b"opaque")
        yield f"zip-unread-method-{method}", Case(zipped(odd, seen), found=False)
    yield "zip-quine", Case(zip_quine(), found=False)
    yield "zip-empty-name", Case(zipped(Zipped(b"", text), seen), told=False)
    yield "zip-folder-with-data", Case(zipped(Zipped(b"d/", text), seen), told=False)
    link = Zipped(b"l", text, attributes=0o120777 << 16)
    yield "zip-symlink-holds-it", Case(zipped(link, seen), told=False)
    device = Zipped(b"l", text, attributes=0o020666 << 16)
    yield "zip-device-with-data", Case(zipped(device, seen), told=False)
    yield "zip-spanned-mark", Case(b"PK\7\x08" + zipped(seen, Zipped(b"h.js", text)), told=False)
    no_signature = packed + struct.pack("<3L", zlib.crc32(text), len(packed), size)
    streamed = Zipped(b"h.js", text, packed=packed, local_flags=8, local_packed=0, local_size=0,
                      after=no_signature[-12:])  # fmt: skip
    yield "zip-descriptor-without-signature", Case(zipped(streamed, seen), told=False)
    wide = struct.pack("<4sL2Q", b"PK\7\x08", zlib.crc32(text), len(packed), size)
    long_form = Zipped(b"h.js", text, packed=packed, local_flags=8, local_packed=0, local_size=0,
                       after=wide)  # fmt: skip
    yield "zip-descriptor-of-64-bits", Case(zipped(long_form, seen), told=False)
    known = Zipped(b"h.js", text, flags=8, local_size=size)
    yield "zip-descriptor-and-size", Case(zipped(known, seen), told=False)
    extra = struct.pack("<2H2Q", 1, 16, size, len(packed))
    both = Zipped(b"h.js", text, local_size=0xFFFFFFFF, local_packed=0xFFFFFFFF, local_extra=extra)
    yield "zip64-local", Case(zipped(both, seen), told=False)
    lying = struct.pack("<2H2Q", 1, 16, 1, 3)
    worse = Zipped(b"h.js", text, local_size=0xFFFFFFFF, local_packed=0xFFFFFFFF, local_extra=lying)
    yield "zip64-local-lies", Case(zipped(worse, seen))
    at = one.rindex(b"PK\5\6")
    directory = one.index(b"PK\1\2")
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 2, 2, at - directory, directory)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, at, 1)
    full = b"PK\5\6" + struct.pack("<4H2LH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    yield "zip64-end", Case(one[:at] + end64 + locator + full, told=False)
    yield "zip64-end-unfound", Case(one[:at] + end64 + b"\0" * 7 + locator + full, told=False)
    lie64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, 51, directory)
    yield "zip64-end-lies", Case(one[:at] + lie64 + locator + one[at:])
    signature = b"PK\5\5" + struct.pack("<H", 20) + bytes(20)
    yield "zip-digital-signature", Case(one[:at] + signature + one[at:])
    record_ = b"PK\6\x08" + struct.pack("<L", size) + text
    yield "zip-extra-data-record", Case(zipped(seen, gap=record_))
    signing = (
        struct.pack("<Q", size + 24) + text + struct.pack("<Q", size + 24) + b"APK Sig Block 42"
    )
    yield "zip-apk-signature", Case(zipped(seen, gap=signing))
    bad_size = bytearray(one)
    bad_size[at + 12 : at + 16] = (7).to_bytes(4, "little")
    yield "zip-wrong-directory-size", Case(bytes(bad_size))
    bad_start = bytearray(one)
    bad_start[at + 16 : at + 20] = (3).to_bytes(4, "little")
    yield "zip-wrong-directory-start", Case(bytes(bad_start))
    no_directory = bytearray(one)
    no_directory[at + 8 : at + 20] = bytes(12)
    yield "zip-end-says-empty", Case(bytes(no_directory))
    disks = bytearray(one)
    disks[at + 4 : at + 8] = struct.pack("<2H", 3, 1)
    yield "zip-several-disks", Case(bytes(disks))
    yield "zip-comment-too-long", Case(one[:-2] + b"\x40\0short")
    yield "zip-comment-cut", Case(zipped(seen, Zipped(b"h.js", text), comment=b"c" * 500)[:-300])
    broken = bytearray(one)
    broken[directory + 46 + 4 + 46 - 46 : directory + 46 + 4] = b""
    broken[directory : directory + 4] = b"PK\1\3"
    yield "zip-directory-signature", Case(bytes(broken))
    local = bytearray(one)
    local[0:4] = b"PK\3\5"
    # inside another archive it is bytes that nobody promised to be a zip
    yield "zip-first-local-signature", Case(bytes(local), told=False)
    local[0:4], second = b"PK\3\4", one.index(b"PK\3\4", 4)
    local[second : second + 4] = b"PK\3\5"
    yield "zip-other-local-signature", Case(bytes(local))
    for bit in (4, 5, 6, 7, 10, 12, 13, 15):
        flagged = Zipped(b"h.js", text, flags=1 << bit)
        hard = bit in (6, 13)
        yield f"zip-flag-{bit}", Case(zipped(flagged, seen), told=hard, found=not hard)
    marked = Zipped(b"h.js", text, local_flags=1)
    yield "zip-only-local-says-encrypted", Case(zipped(marked, seen))
    unmarked = Zipped(b"h.js", text, flags=1, local_flags=0)
    yield "zip-only-directory-says-encrypted", Case(zipped(unmarked, seen))
    several = Zipped(
        b"h.js", text, method=12, packed=bz2.compress(text[:9]) + bz2.compress(text[9:])
    )
    yield "zip-bzip2-streams", Case(zipped(several, seen), found=False)
    two_frames = zstandard.compress(text[:9]) + zstandard.compress(text[9:])
    yield (
        "zip-zstd-frames",
        Case(zipped(Zipped(b"h.js", text, method=93, packed=two_frames)), False),
    )
    two_streams = lzma.compress(text[:9]) + lzma.compress(text[9:])
    yield (
        "zip-xz-streams",
        Case(zipped(Zipped(b"h.js", text, method=95, packed=two_streams)), False),
    )
    for method, behind in (
        (12, bz2.compress(b"1")),
        (93, zstandard.compress(b"1")),
        (95, lzma.compress(b"1")),
    ):
        odd = Zipped(b"a.js", b"1", method=method, packed=behind + text)
        yield f"zip-behind-method-{method}", Case(zipped(odd, seen))
    block = b"\0" + struct.pack("<2H", size, size ^ 0xFFFF) + text + b"\3\0"
    yield (
        "zip-stored-blocks",
        Case(zipped(Zipped(b"h.js", text, packed=b"\0\0\0\xff\xff" * 50 + block)), False),
    )
    yield "zip-zip-of-zip", Case(honest_zip([("a.zip", honest_zip([("h.js", text)]))]), told=False)
    yield "zip-backwards", Case(backwards(text), told=False)
    yield "zip-java-mark", Case(zipped(Zipped(b"h.js", text, extra=b"\xfe\xca\0\0")), told=False)
    cut_extra = Zipped(
        b"h.js", text, extra=b"\x01\x00\xff\x00ab", local_extra=b"\x01\x00\xff\x00ab"
    )
    yield "zip-cut-extra", Case(zipped(cut_extra, seen), told=False)
    unicode_name = b"\1" + struct.pack("<L", zlib.crc32(b"a.txt")) + b"h.js"
    field = struct.pack("<2H", 0x7075, len(unicode_name)) + unicode_name
    yield "zip-unicode-name", Case(zipped(Zipped(b"a.txt", text, extra=field)))


def backwards(text: bytes) -> bytes:
    """A zip whose directory names the last member first."""
    whole = zipped(Zipped(b"a.js", b"1"), Zipped(b"h.js", text))
    first = whole.index(b"PK\1\2")
    second, end = whole.index(b"PK\1\2", first + 4), whole.rindex(b"PK\5\6")
    return whole[:first] + whole[second:end] + whole[first:second] + whole[end:]


def appended(text: bytes) -> Iterator[tuple[str, Case]]:
    """Zips behind other bytes, of which an unpacker sees members that cannot be read."""
    seen = Zipped(b"a.js", b"1")
    program = b"\x7fELF" + bytes(range(256)) * 40
    encrypted = zipped(Zipped(b"h.js", text, flags=1))
    yield "encrypted-behind-a-program", Case(program + encrypted, found=False)
    shrunk = zipped(Zipped(b"h.js", text, method=1, packed=bytes(90)))
    yield "shrunk-behind-a-program", Case(program + shrunk, found=False)
    whole = zipped(Zipped(b"h.js", text), seen)
    at = whole.rindex(b"PK\5\6")
    disks = struct.pack("<4H", 1, 1, 1, 2)
    last = b"\x11" * 900 + whole[whole.index(b"PK\1\2") : at + 4] + disks + whole[at + 12 :]
    yield "last-of-several-volumes", Case(last, found=False)


def streams(text: bytes) -> Iterator[tuple[str, Case]]:
    """Of the compressed formats."""
    inner = honest_tar([("package/a.js", text)])
    empty = honest_tar([("package/a.js", b"1")])
    packed = gzip.compress(inner, mtime=0)
    yield "gzip-text-flag", Case(packed[:3] + b"\1" + packed[4:], told=False)
    yield "gzip-reserved-flag", Case(packed[:3] + b"\x80" + packed[4:], told=False)
    crc = struct.pack("<H", zlib.crc32(packed[:3] + b"\2" + packed[4:10]) & 0xFFFF)
    yield "gzip-header-crc", Case(packed[:3] + b"\2" + packed[4:10] + crc + packed[10:], told=False)
    yield "gzip-empty-members", Case(gzip.compress(b"") * 40 + packed, told=False)
    yield "gzip-zeros-between", Case(packed[:0] + gzip.compress(empty) + bytes(600) + packed)
    yield "gzip-in-gzip-in-gzip", Case(gzip.compress(gzip.compress(packed)), told=False)
    yield "gzip-wrong-length", Case(packed[:-4] + b"\1\2\3\4")
    yield "gzip-garbage-between", Case(gzip.compress(empty) + b"garbage" + packed, found=False)
    padding = lzma.compress(empty) + bytes(8) + lzma.compress(inner)
    yield "xz-padding", Case(padding)
    yield "xz-odd-padding", Case(lzma.compress(inner) + bytes(3), told=False)
    for check in (lzma.CHECK_NONE, lzma.CHECK_CRC32, lzma.CHECK_SHA256):
        yield f"xz-check-{check}", Case(lzma.compress(inner, check=check), told=False)
    filters = [{"id": lzma.FILTER_DELTA, "dist": 4}, {"id": lzma.FILTER_LZMA2}]
    yield "xz-delta", Case(lzma.compress(inner, filters=filters), told=False)
    x86 = [{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2}]
    yield "xz-x86", Case(lzma.compress(inner, filters=x86), told=False)
    yield "xz-without-index", Case(lzma.compress(inner)[:-40])
    yield "bzip2-padding", Case(bz2.compress(inner) + bytes(9), told=False)
    yield "bzip2-empty-first", Case(bz2.compress(b"") + bz2.compress(inner), told=False)
    yield "zstd-empty-first", Case(zstandard.compress(b"") + zstandard.compress(inner), told=False)
    large = zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters(window_log=26, enable_ldm=True)
    )
    yield "zstd-large-window", Case(large.compress(inner), told=False)
    unsized = zstandard.ZstdCompressor(write_content_size=False, write_checksum=True)
    yield "zstd-unsized", Case(unsized.compress(inner), told=False)
    wrong = bytearray(unsized.compress(inner))
    wrong[-1] ^= 1
    yield "zstd-wrong-checksum", Case(bytes(wrong))
    yield "zstd-cut", Case(zstandard.compress(inner + bytes(range(256)) * 999)[:-9])


def cases(text: bytes) -> dict[str, Case]:
    """All of them, by name."""
    return {name: case for make in (tars, zips, appended, streams) for name, case in make(text)}
