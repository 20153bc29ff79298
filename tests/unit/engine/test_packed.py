"""Compressed data that code holds as text is told by its first bytes, and read once."""

from __future__ import annotations

import base64
import gzip
import itertools
import re
import zlib

import brotli
import pytest

from dunnage.engine.match.decode import CARRIERS
from dunnage.engine.match.packed import CARRIERS as PACKED
from dunnage.engine.match.packed import is_packed

TEXT = b"the quick brown fox jumps over 13 lazy dogs, and more than once; " * 3
GZIP = gzip.compress(TEXT, 9, mtime=0)
ZLIB = zlib.compress(TEXT, 9)


def dumped(form: str) -> str:
    """As xxd prints it."""
    rows = (GZIP[at : at + 16] for at in range(0, len(GZIP), 16))
    return "".join(
        form.format(16 * number, row.hex(" ", 2).ljust(39), "." * len(row)) + "\n"
        for number, row in enumerate(rows)
    )


def held(data: bytes) -> list[bytes]:
    """What any carrier finds in ``data`` that is packed, or was."""
    found: list[bytes] = []
    for carrier in CARRIERS:
        ends = [one.end() for one in re.finditer(carrier.sign, data, re.DOTALL)]
        if ends:
            found += [text for _, _, text in carrier.runs(data, 0, len(data), ends)]
    return [text for text in found if is_packed(text) or TEXT in text]


@pytest.mark.parametrize(
    "text",
    [
        f"x = {GZIP!r}",
        f'x = b"{str(GZIP)[2:-1]}"',
        f"x = ({GZIP[:40]!r}\n     {GZIP[40:]!r})",
        "x := []byte({})".format('"' + "".join(f"\\x{byte:02x}" for byte in GZIP) + '"'),
        "char x[] =\n  {};".format(
            '"\n  "'.join("".join(f"\\{byte:03o}" for byte in GZIP[at : at + 9])
                          for at in range(0, len(GZIP), 9)).join('""')
        ),
        "x = '" + "' +\n    '".join(map(bytes.hex, (GZIP[:40], GZIP[40:]))) + "'",
        "\\x" + GZIP.hex(),
        dumped("{:08x}: {}  {}"),
        dumped("{:08x}:  {}  {}").replace(" 8b08", " 8b 08"),
        GZIP.hex(" "),
        GZIP.hex(":").upper(),
        f'DATA = "{base64.b85encode(GZIP).decode()}"',
        "{{{}}}".format(", ".join(f"/* {n} */ {byte}" if n % 8 == 0 else str(byte)
                           for n, byte in enumerate(GZIP))),
        '{{"type":"Buffer","data":{}}}'.format(str(list(GZIP)).replace(" ", "")),
        "(byte) 0x1F, (byte) 0x8B, " + ", ".join(f"(byte) 0x{byte:02X}" for byte in GZIP[2:]),
    ],
    ids=["bytes", "quoted", "joined", "go", "octal", "hex", "postgres", "xxd",
         "dump", "blanks", "colons", "base85", "notes", "json", "casts"],
)  # fmt: skip
def test_gzip(text: str) -> None:
    assert [gzip.decompress(data) for data in held(text.encode())][:1] == [TEXT]


@pytest.mark.parametrize("level", [1, 6, 9])
def test_zlib(level: int) -> None:
    data = zlib.compress(TEXT, level)
    for text in (repr(data), data.hex(), str(list(data)), str([f"0x{b:x}" for b in data])):
        assert TEXT in held(f"x = {text}".replace("'0x", "0x").replace("',", ",").encode()), text


@pytest.mark.parametrize(
    "text",
    [
        "gzinflate(base64_decode('{}'))",
        "[IO.Compression.DeflateStream]::new([Convert]::FromBase64String('{}'), 'Decompress')",
        '<diagram id="a" name="Page-1">{}</diagram>',
        '<svg content="&lt;diagram id=&quot;a&quot;&gt;{}&lt;/diagram&gt;"/>',
        "https://a.io/sso?SAMLRequest={}&RelayState=x",
    ],
)
def test_deflate_without_a_mark(text: str) -> None:
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = base64.b64encode(engine.compress(TEXT) + engine.flush()).decode()
    assert TEXT in held(text.format(packed).encode())


def test_brotli_without_a_mark() -> None:
    packed = base64.b64encode(brotli.compress(TEXT)).decode()
    assert TEXT in held(f"brotli.decompress(base64.b64decode('{packed}'))".encode())
    assert not held(f"brotli.decompress(base64.b64decode('{'QUJD' * 20}'))".encode())


@pytest.mark.parametrize(
    "text",
    [
        b"120, 156, 300, 400, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14",
        b"sha256:789c" + b"0123456789abcdef" * 3 + b"789cabcdef01",
        b"'x\\x9c and no more'",
        b"\nliteral 12\nzzz\n",
        b"\nliteral 12\nThis is text, not a patch\n",
    ],
)
def test_what_is_not_packed(text: bytes) -> None:
    assert not [data for data in held(text) if TEXT in data]


@pytest.mark.parametrize(
    "sign",
    [
        b"\"x\\x9c'",
        b'"x\\x9c"\n',
        b"\\x1f\\x8b\\b",
        b",120,156,",
        b",0x1f,0x8b,8,1,1,1,1,1,1,1,1,1,1,1,1,1,1,300,",
        b"\nliteral 9\nzabcde\n",
        b"gzinflate" + b"A" * 40,
        b"<diagram>" + b"A" * 40,
    ],
)
@pytest.mark.usefixtures("ends")
def test_runs_are_read_once(sign: bytes) -> None:
    data = sign * 10_000
    for carrier in PACKED:
        ends = [found.end() for found in re.finditer(carrier.sign, data)]
        runs = list(carrier.runs(data, 0, len(data), ends)) if ends else []
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(runs))


def test_text_that_chance_puts_into_packed_data_does_not_hide_it() -> None:
    engine = zlib.compressobj(0)
    data = engine.compress(b"0123456789abcdefghij" + TEXT) + engine.flush()
    data = b"\x78\x9c" + data[2:]
    assert any(text.startswith(b"0123") for text in held(b"'" + data.hex().encode() + b"'"))
