"""PDF, PNG, SQLite and git objects: their hidden parts are read, and damage is told."""

from __future__ import annotations

import base64
import bz2
import hashlib
import io
import lzma
import random
import sqlite3
import struct
import time
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

import brotli
import pytest

from dunnage import Entry, Flaw, MemorySource
from dunnage.archives import openpgp
from dunnage.archives import pdf as pdf_module
from dunnage.archives.gitdelta import applied
from dunnage.archives.hidden import opener_of
from dunnage.archives.limits import Budget, Limits
from dunnage.archives.parts import ByteStream
from dunnage.archives.pdffilters import DECODERS
from dunnage.errors import ArchiveError, LimitError

TEXT = b"the text inside " * 8


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + b"".join(chunks) + chunk(b"IEND", b"")


def pdf(filters: bytes, stream: bytes) -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Filter " + filters + b" >>\nstream\n" + stream + b"\nendstream\n"
    )


def pack(*objects: tuple[int, bytes]) -> bytes:
    data = b"PACK" + struct.pack(">II", 2, len(objects))
    for kind, content in objects:
        size = len(content)
        head = [kind << 4 | size & 15]
        size >>= 4
        while size:
            head[-1] |= 0x80
            head.append(size & 127)
            size >>= 7
        base = b"\x01" if kind == 6 else b""
        data += bytes(head) + base + zlib.compress(content)
    return data + hashlib.sha1(data).digest()


def read(data: bytes, budget: Budget | None = None) -> tuple[dict[str, bytes], list[str]]:
    opener = opener_of(data[:4096])
    assert opener is not None
    entries, flaws = {}, []
    for item in opener(MemorySource(data), budget or Budget()):
        if isinstance(item, Entry):
            entries[item.path] = item.read()
        elif isinstance(item, Flaw):
            flaws.append(item.message)
    return entries, flaws


def test_png_texts() -> None:
    data = png(
        chunk(b"tEXt", b"Plain\0as it is"),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(TEXT)),
        chunk(b"iTXt", b"XML\0\1\0en\0\0" + zlib.compress(b"international")),
        chunk(b"iTXt", b"Open\0\0\0en\0\0not compressed"),
    )
    wanted = {"Plain": b"as it is", "Comment": TEXT, "XML": b"international"}
    assert read(data) == (wanted | {"Open": b"not compressed"}, [])


def test_png_with_damaged_text_is_read_on() -> None:
    data = png(chunk(b"zTXt", b"A\0\0broken"), chunk(b"zTXt", b"B\0\0" + zlib.compress(TEXT)))
    assert read(data)[0] == {"B": TEXT}


def lzw(data: bytes) -> bytes:
    """Codes of 9 bits alone: the table is cleared before it has more."""
    bits = ""
    for number, byte in enumerate(data):
        bits += ("" if number % 200 else f"{256:09b}") + f"{byte:09b}"
    bits += f"{257:09b}"
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


@pytest.mark.parametrize(
    ("filters", "stream"),
    [
        (b"/LZWDecode", lzw(TEXT)),
        (b"[/LZWDecode]", lzw(TEXT)),
        (b"[ /ASCII85Decode /LZWDecode ]", base64.a85encode(lzw(TEXT)) + b"~>"),
        (b"/LZW /Length 7", lzw(TEXT * 9)),
        (b"/ASCIIHexDecode", TEXT.hex(" ").encode() + b">"),
        (b"/ASCII85Decode", base64.a85encode(TEXT, wrapcol=60) + b"~>"),
        (b"/RunLengthDecode", bytes((99,)) + TEXT[:100] + bytes((len(TEXT) - 101,)) + TEXT[100:]
         + b"\x80"),
        (b"[/FlateDecode /FlateDecode]", zlib.compress(zlib.compress(TEXT))),
        (b"[/FlateDecode /ASCIIHexDecode]", zlib.compress(TEXT.hex().encode())),
        (b"[/A85 /Fl]", base64.a85encode(zlib.compress(TEXT)) + b"~>"),
    ],
)  # fmt: skip
def test_pdf_filters(filters: bytes, stream: bytes) -> None:
    entries, flaws = read(pdf(filters, stream))
    assert TEXT in entries["stream 1"]
    assert not flaws


def test_pdf_lzw_grows_its_codes() -> None:
    words = b"".join(b"word %d and " % (n * n) for n in range(3000))
    table = {bytes((byte,)): byte for byte in range(256)}
    bits, width, last, size = f"{256:09b}", 9, b"", 258
    for byte in words:
        if last + bytes((byte,)) in table:
            last += bytes((byte,))
            continue
        bits += f"{table[last]:0{width}b}"
        if size < 4094:
            table[last + bytes((byte,))] = size
            size += 1
            width = next(n for n in (9, 10, 11, 12) if size < (1 << n) or n == 12)
        last = bytes((byte,))
    bits += f"{table[last]:0{width}b}{257:0{width}b}"
    packed = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    assert DECODERS["lzw"](packed, 1 << 20) == words
    assert DECODERS["lzw"](packed, 100) == words[:100]


def test_pdf_lzw_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_module.PdfArchive, "_slow", 500)
    _, flaws = read(pdf(b"/LZWDecode", lzw(TEXT * 9)) * 3)
    assert len(flaws) == 3


@pytest.mark.parametrize(
    ("filters", "stream"),
    [
        (b"/FlateDecode", zlib.compress(TEXT)),
        (b"[/ASCII85Decode /FlateDecode]", base64.a85encode(zlib.compress(TEXT)) + b"~>"),
        (b"[/ASCIIHexDecode /FlateDecode]", zlib.compress(TEXT).hex().encode() + b">"),
        (b"/FlateDecode", zlib.compress(TEXT) + b"trailing"),
    ],
)
def test_pdf_streams(filters: bytes, stream: bytes) -> None:
    assert read(pdf(filters, stream)) == ({"stream 1": TEXT}, [])


def test_pdf_text_in_pieces_is_joined() -> None:
    entries, _ = read(pdf(b"/FlateDecode", zlib.compress(rb"BT [(one) -20 (t\)wo)] TJ ET")))
    assert b"onet)wo" in entries["stream 1"]


def test_pdf_images_and_damage_are_passed() -> None:
    assert read(pdf(b"/DCTDecode", b"\xff\xd8\xff")) == ({}, [])
    assert read(pdf(b"/FlateDecode", zlib.compress(TEXT * 50)[:60]))[1] == []


@pytest.mark.parametrize("kind", [b"blob", b"commit", b"tag"])
@pytest.mark.parametrize("level", [1, 6, 9])
def test_loose_git_objects(kind: bytes, level: int) -> None:
    data = zlib.compress(kind + b" " + str(len(TEXT)).encode() + b"\0" + TEXT, level)
    assert read(data) == ({kind.decode(): TEXT}, [])


def test_git_pack() -> None:
    entries, flaws = read(
        pack((1, b"tree 0\n\nmessage"), (3, TEXT * 9), (2, b"names"), (6, b"new"))
    )
    assert entries == {
        "commit 1": b"tree 0\n\nmessage",
        "blob 2": TEXT * 9,
        "tree 3": b"names",
        "delta 4": b"new",
    }
    assert flaws == []


def test_cut_git_pack() -> None:
    whole = pack((3, TEXT), (3, bytes(range(256)) * 8))
    entries, flaws = read(whole[:-60])
    assert entries["blob 1"] == TEXT
    assert flaws


def delta(base: bytes, made: bytes, *operations: bytes) -> bytes:
    sizes = b"".join(bytes((len(x) & 127 | 128, len(x) >> 7)) for x in (base, made))
    return sizes + b"".join(operations)


def copied(offset: int, size: int) -> bytes:
    return b"\xb3" + offset.to_bytes(2, "little") + size.to_bytes(2, "little")


def test_deltas_are_given_with_what_is_around_the_new() -> None:
    lines = b"".join(b"setting_%d = %d\n" % (n, n * n) for n in range(300))
    base = lines + b'the_key = "abcd-one"\n' + lines
    first = len(lines) + len(b'the_key = "abcd-')
    data, places, made = pack((3, base))[:-20], [12], base
    for word in (b"two", b"three"):
        before, made = made, base.replace(b"one", word)
        shift = len(before) - len(lines) - 2
        change = delta(
            before, made, copied(0, first), bytes((len(word),)) + word,
            copied(shift, len(lines) + 2),
        )  # fmt: skip
        back, at = len(data) - places[-1], len(data)
        sizes = bytes((6 << 4 | 128 | len(change) & 15, len(change) >> 4))
        assert back < 1 << 14
        far = bytes((back - 128 >> 7 | 128, back & 127)) if back > 127 else bytes((back,))
        data += sizes + far + zlib.compress(change)
        places.append(at)
    data = data[:8] + (3).to_bytes(4, "big") + data[12:]
    entries, flaws = read(data + hashlib.sha1(data).digest())
    assert flaws == []
    assert b'the_key = "abcd-two"\n' in entries["delta 2"]
    assert b'the_key = "abcd-three"\n' in entries["delta 3"]
    assert len(entries["delta 3"]) < 2000


@pytest.mark.parametrize(
    "change",
    [
        delta(b"abc", b"abcd", b"\x04new!"),
        delta(TEXT, b"abcd", copied(0, 4000)),
        delta(TEXT, b"abcd", copied(5000, 4)),
        delta(TEXT, b"abcd", b"\x04ne"),
        delta(TEXT, b"abcd", b"\0"),
        delta(TEXT, b"abcd", b"\xff\0"),
        b"\xff" * 30,
        b"",
    ],
)
def test_deltas_that_do_not_fit_are_none(change: bytes) -> None:
    assert applied(TEXT, change) is None


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_sqlite_rows(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.db"
    long = "long " * 3000
    connection = sqlite3.connect(path)
    connection.execute(f"pragma encoding = '{encoding}'")
    connection.execute("create table t (a text, n integer, b blob, c text)")
    rows = [(f"key{n}", n, b"blob", f"value{n}") for n in range(500)]
    connection.executemany("insert into t values (?, ?, ?, ?)", [*rows, ("k", 1, b"", long)])
    connection.commit()
    connection.close()
    entries, flaws = read(path.read_bytes())
    text = b"".join(entries.values())
    assert flaws == []
    assert all(f"key{n}\tblob\tvalue{n}\n".encode() in text for n in range(500))
    assert b"k\t" + long.encode() in text, "put together from overflow pages"


def test_damaged_sqlite() -> None:
    assert read(b"SQLite format 3\0" + bytes(range(256)) * 64) == ({}, [])
    assert read(b"SQLite format 3\0")[1] == []


def test_zlib_stream() -> None:
    noise = random.Random(3).randbytes(3 << 20)
    for content in (TEXT * 9, TEXT + noise):
        entries, flaws = read(zlib.compress(content))
        assert entries == {"(inflated)": content}
        assert flaws == []
    with pytest.raises(ArchiveError, match="truncated"):
        read(zlib.compress(TEXT + noise)[:-9000])


def test_what_only_begins_as_a_zlib_stream_does_is_left_alone() -> None:
    assert opener_of(b"x\x9c" + b"\xff" * 400) is None
    assert opener_of(zlib.compress(b"cut, and too short")[:-1]) is None
    assert opener_of(zlib.compress(b"short, and whole")) is not None
    assert opener_of(b"") is None
    assert opener_of(b"plain text") is None


class Drip:
    """A source whose streams give less than is asked for, as those of archives do."""

    size = None
    slice_of = None

    def __init__(self, data: bytes, breaks: bool = False) -> None:
        self._data = data
        self._breaks = breaks

    def open(self) -> BinaryIO:
        rest, breaks = io.BytesIO(self._data), self._breaks

        def take(size: int) -> bytes:
            part = rest.read(min(size, 100))
            if breaks and not part:
                raise ArchiveError("damaged")
            return part

        return cast("BinaryIO", ByteStream(take))


@pytest.mark.parametrize("breaks", [False, True])
@pytest.mark.parametrize(
    "data",
    [
        png(chunk(b"IDAT", bytes(5000)), chunk(b"zTXt", b"A\0\0" + zlib.compress(TEXT))),
        pdf(b"/FlateDecode", bytes(5000)) + pdf(b"/FlateDecode", zlib.compress(TEXT)),
        pack((3, bytes(range(256)) * 8), (3, TEXT)),
    ],
)
def test_streams_that_give_less_than_is_asked_for(data: bytes, breaks: bool) -> None:
    opener = opener_of(data)
    assert opener is not None
    items = list(opener(Drip(data, breaks), Budget()))
    assert any(isinstance(item, Entry) and TEXT in item.read() for item in items)
    flaws = [item.message for item in items if isinstance(item, Flaw)]
    # a PNG has an end mark, beyond which nothing is read
    assert any("damaged" in flaw for flaw in flaws) == (breaks and not data.startswith(b"\x89"))


def test_what_is_too_large_is_told() -> None:
    large = zlib.compress(bytes(range(256)) * (132 << 10))
    assert "larger than 16 MiB" in read(pdf(b"/FlateDecode", large))[1][0]
    assert "too large" in read(png(chunk(b"zTXt", b"A\0\0" + large)))[1][0]
    entries, flaws = read(pack((3, bytes(range(256)) * (132 << 10)), (3, TEXT)))
    assert flaws == ["a git object is larger than 32 MiB: cut off there"]
    assert entries["blob 2"] == TEXT


def test_an_encrypted_pdf_is_told() -> None:
    data = pdf(b"/FlateDecode", b"encrypted") + b"trailer << /Encrypt 7 0 R >>"
    assert "encrypted" in read(data)[1][0]


def test_pdf_streams_of_many_megabytes_one_behind_the_other_are_no_bomb() -> None:
    """The end of a short one stands near the beginning of the next."""
    stream = zlib.compress(bytes(1 << 20))
    one = pdf(b"/FlateDecode", stream)
    entries, flaws = read(one[:9] + one[9:] * 24)
    assert flaws == []
    assert len(entries) == 24


def test_pdf_streams_over_one_another_end() -> None:
    head = b"/FlateDecode stream\n\x78\x01"  # and a stored block that holds the next one's head
    block = b"\0" + struct.pack("<2H", len(head), len(head) ^ 0xFFFF)
    budget = Budget()
    _, flaws = read(b"%PDF-1.7\n" + (head + block) * 30_000, budget)
    assert flaws == ["the PDF's streams lie over one another: a bomb"]
    assert budget.expanded < 64 << 20


def test_sqlite_rows_over_one_another_end(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.executescript("pragma page_size = 512; create table t (a text)")
    connection.execute("insert into t values (?)", ["long " * 100_000])
    connection.commit()
    connection.close()
    data = bytearray(path.read_bytes())
    leaf = next(at for at in range(512, len(data), 512) if data[at] == 13)
    page = bytearray(data[leaf : leaf + 512])
    cell = page[8:10]
    page[3:5] = (20).to_bytes(2, "big")
    page[8:48] = cell * 20
    for _ in range(4):
        data += page
    assert "a bomb" in read(bytes(data))[1][0]


def test_sqlite_cells_over_one_another_end() -> None:
    page = bytearray(b"\x0d\0\0" + (30_000).to_bytes(2, "big") + bytes(65_531))
    page[8:60_008] = (60_100).to_bytes(2, "big") * 30_000
    page[60_100:] = b"\xc0\0\1\x80\xa8\0" + b"\1" * 5430  # a record of thousands of columns
    data = bytearray(b"SQLite format 3\0\0\1" + bytes(65_518)) + page
    began = time.monotonic()
    assert read(bytes(data))[1] == ["the database's rows lie over one another: a bomb"]
    assert time.monotonic() - began < 10


def test_bombs_meet_the_limit() -> None:
    bomb = zlib.compress(bytes(8 << 20))
    budget = Budget(Limits(max_expanded=1 << 20))
    with pytest.raises(LimitError):
        read(pdf(b"/FlateDecode", bomb), budget)


def message(*packets: bytes) -> bytes:
    return b"".join(packets)


LITERAL = b"\xcb" + bytes((6 + 100,)) + b"b\0\0\0\0\0" + TEXT[:100]
BARE = zlib.compress(LITERAL)[2:-4]
SESSION = b"\x85\1\x0c\3" + bytes(8) + b"\1" + bytes(259)
PASSWORD = b"\x8c\x0d\4\x09\3\x08" + bytes(9) + b"\xd2\x20" + bytes(32)


def armour(data: bytes, *headers: str) -> bytes:
    lines = ["-----BEGIN PGP MESSAGE-----", *headers, "", base64.encodebytes(data).decode()]
    return "\n".join(lines).encode() + b"=AAAA\n-----END PGP MESSAGE-----\n"


@pytest.mark.parametrize(
    "data",
    [
        b"\xa3\1" + BARE,
        b"\xa3\2" + zlib.compress(LITERAL),
        b"\xa3\3" + bz2.compress(LITERAL),
        b"\xa0" + bytes((len(BARE) + 1,)) + b"\1" + BARE,
        b"\xc8" + bytes((len(BARE) + 1,)) + b"\1" + BARE,
        b"\xc8\xff" + (len(BARE) + 1).to_bytes(4, "big") + b"\1" + BARE,
        b"\xc8\xe4\1" + BARE[:15] + bytes((len(BARE) - 15,)) + BARE[15:],
        b"\xa3\1" + zlib.compress(b"\x90\x0d" + bytes(13) + LITERAL + b"\x88\2ab")[2:-4],
        b"\xa3\1" + zlib.compress(b"\xa3\1" + BARE)[2:-4],
    ],
)
def test_messages_of_openpgp(data: bytes) -> None:
    for whole in (data, armour(data), armour(data, "Version: GnuPG v2", "Comment: none")):
        entries, flaws = read(whole)
        assert flaws == []
        assert TEXT[:100] in entries["message"]


@pytest.mark.parametrize("data", [SESSION, PASSWORD, b"\xc1\x5e\3" + bytes(8) + b"\x12" * 84])
def test_encrypted_messages_are_told(data: bytes) -> None:
    for whole in (data, armour(data)):
        _, [flaw] = read(whole)
        assert "encrypted" in flaw


@pytest.mark.parametrize(
    "data",
    [
        b"\xa3\1" + bytes(200),
        b"\xa3\2" + TEXT,
        b"\xa3\1" + zlib.compress(TEXT)[2:-4],
        b"\x8c\x0d" + TEXT,
        b"\x85\1\x0c" + TEXT,
        b"\xc8",
        b"-----BEGIN PGP MESSAGE-----\n",
        b"-----BEGIN PGP SIGNATURE-----\n\nAAAA\n",
        b"- a list\n- of items\n",
    ],
)
def test_no_message(data: bytes) -> None:
    assert opener_of(data) is None


def test_every_cut_of_a_message_is_read() -> None:
    data = b"\xc8\xe4\1" + BARE[:15] + bytes((len(BARE) - 15,)) + BARE[15:]
    for size in range(len(data)):
        openpgp.is_message(data[:size])
        assert len(openpgp.unpacked(data[:size], 1 << 20)) < 1000


def test_any_blank_may_stand_in_armour() -> None:
    for blank in b" \t\r\n\f\v":
        whole = armour(b"\xa3\1" + BARE).replace(b"AAIl", b"AAI%cl" % blank)
        openpgp.is_message(whole)
        assert openpgp.unarmoured(whole).startswith(b"\xa3\1")


def woff(second: bool = False) -> bytes:
    text = "<metadata>é " * 20
    meta = brotli.compress(text.encode()) if second else zlib.compress(text.encode())
    names = zlib.compress(TEXT)
    if second:
        head = b"wOF2" + bytes(24) + struct.pack(">5L", 48, len(meta), 9, 0, 0)
        return head + meta
    tables = struct.pack(">4s4L", b"name", 84, len(names), len(TEXT), 0)
    tables += struct.pack(">4s4L", b"glyf", 84, 5, 9, 0)
    at = 84 + len(names)
    head = b"wOFF" + bytes(8) + b"\0\2" + bytes(10) + struct.pack(">5L", at, len(meta), 9, 0, 0)
    return head + tables + names + meta


def test_long_comments_of_gifs() -> None:
    text = b"x" * 240 + TEXT * 5
    parts = [text[at : at + 255] for at in range(0, len(text), 255)]
    blocks = b"".join(bytes([len(part)]) + part for part in parts) + b"\0"
    data = b"GIF89a" + bytes(7) + b"\x21\xfe" + blocks + b";"
    assert read(data) == ({"comment at 13": text}, [])
    for size in range(6, 60):
        read(data[:size] + b"\x21\xfe\xff" * (size % 2))
    assert opener_of(b"GIF89a" + bytes(7) + b"\x21\xfe\4text\0;", b"GIF89a" + bytes(40)) is None
    assert opener_of(b"GIF89a" + bytes(7), None, 17 << 20) is None
    many = b"GIF89a" + b"\x21\xfe\xff" * 50_000
    assert len(read(many)[0]) <= 1000


def base128(value: int) -> bytes:
    return (bytes([128 | value >> 7]) if value > 127 else b"") + bytes([value & 127])


def test_tables_of_woff2() -> None:
    glyphs = bytes(300)
    whole = brotli.compress(b"head" + glyphs + TEXT + b"<svg/>")
    tables = b"\x01" + base128(4)  # head
    tables += b"\x0a" + base128(900) + base128(300)  # glyf, transformed
    tables += b"\xcb" + base128(0)  # loca, as it is
    tables += b"\x05" + base128(len(TEXT)) + b"\x3fSVG " + base128(6)
    head = b"wOF2" + bytes(8) + struct.pack(">2H2L", 5, 0, 0, len(whole)) + bytes(24)
    data = head + tables + whole
    assert read(data) == ({"name": TEXT, "SVG": b"<svg/>"}, [])
    for size in range(4, len(data)):
        read(data[:size])


def test_fonts() -> None:
    wanted = ("<metadata>é " * 20).encode()
    assert read(woff()) == ({"metadata": wanted, "name": TEXT}, [])
    assert read(woff(second=True)) == ({"metadata": wanted}, [])
    for size in range(4, len(woff())):
        read(woff()[:size])


def rdb(*objects: tuple[bytes, bytes]) -> bytes:
    """A database of R's: each object's length, how it is packed, and what it packs to."""
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 6}]
    packers: dict[bytes, Any] = {
        b"x": zlib.compress,
        b"2": lambda data: b"2" + bz2.compress(data),
        b"Z": lambda data: b"Z" + lzma.compress(data, lzma.FORMAT_RAW, filters=filters),
        b"0": lambda data: b"0" + data,
    }
    return b"".join(len(data).to_bytes(4, "big") + packers[form](data) for form, data in objects)


def test_databases_of_r() -> None:
    objects = [b"X\n\0\0\0\2\0\4\0\0" + TEXT * number for number in (1, 300, 2)]
    for form in (b"x", b"2", b"Z", b"0"):
        data = rdb(*((form, one) for one in objects))
        assert read(data) == ({"objects 1": b"".join(objects)}, [])
        assert "objects 1" in read(data[:-30])[0]
        assert "one is damaged" in read(data[:-30])[1][0]
    mixed = rdb(*zip((b"x", b"2", b"Z"), objects, strict=True))
    assert read(mixed + b"more")[1]
    assert opener_of(b"\0\0\0\x10" + zlib.compress(TEXT)) is None
    many = rdb(*[(b"x", objects[0])] * 20_000)
    found, flaws = read(many)
    assert b"".join(found.values()) == objects[0] * 20_000
    assert not flaws
