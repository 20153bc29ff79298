"""Where a secret can hide in a file: for each carrier a path, and a content made of the secret."""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import hashlib
import json
import lzma
import marshal
import quopri
import sqlite3
import struct
import tempfile
import textwrap
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import brotli
import zstandard

from dunnage.testing import tar_archive, zip_archive

Carrier = Callable[[str], tuple[str, bytes]]

WINDOW = 1 << 20
"""The engine looks at large content in windows of so many new bytes."""

_FILLER = b"function a(b,c){return b.map(function(d){return d+c})};"


def _line(secret: str) -> str:
    return f"value = {json.dumps(secret)}\n"


def _npy(secret: str) -> bytes:
    """NumPy's format 1.0 of an array of two strings of Unicode."""
    size = len(secret)
    head = f"{{'descr': '<U{size}', 'fortran_order': False, 'shape': (2,), }}".ljust(117) + "\n"
    magic = b"\x93NUMPY\1\0" + len(head).to_bytes(2, "little")
    return magic + head.encode() + ("name".ljust(size, "\0") + secret).encode("utf-32-le")


def _binary(magic: bytes) -> Callable[[str], bytes]:
    def build(secret: str) -> bytes:
        body = bytes(range(256)) * 8
        return magic + body + b"\0" + secret.encode() + b"\0_main\0" + body

    return build


def _pyc(secret: str) -> bytes:
    code = compile(f"def f():\n    return {secret!r}\n", "f.py", "exec")
    return b"\xa7\r\r\n" + bytes(12) + marshal.dumps(code)


def _notebook(secret: str) -> bytes:
    cell = {"cell_type": "code", "source": [f"token = '{secret}'\n"], "outputs": [], "metadata": {}}
    return json.dumps({"cells": [cell], "nbformat": 4, "nbformat_minor": 5}).encode()


def _source_map(secret: str) -> bytes:
    document = {
        "version": 3,
        "sources": ["src/a.ts", "src/keys.ts"],
        "sourcesContent": ["export {}\n", f"\n\nexport const key = {json.dumps(secret)};\n"],
        "mappings": "AAAA",
        "names": [],
    }
    return json.dumps(document).encode()


def _sqlite(secret: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "d.db"
        connection = sqlite3.connect(path)
        connection.execute("create table t (k text, v text)")
        connection.execute("insert into t values ('key', ?)", (secret,))
        connection.commit()
        connection.close()
        return path.read_bytes()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(kind: bytes, before: bytes, packed: bool) -> Callable[[str], bytes]:
    def build(secret: str) -> bytes:
        text = zlib.compress(secret.encode()) if packed else secret.encode()
        chunks = _chunk(b"IHDR", bytes(13)) + _chunk(kind, before + text) + _chunk(b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + chunks

    return build


def _pdf(secret: str) -> bytes:
    stream = zlib.compress(b"BT /F1 12 Tf (" + secret.encode() + b") Tj ET")
    head = b"%PDF-1.4\n1 0 obj\n<< /Length 1 /Filter /FlateDecode >>\nstream\n"
    return head + stream + b"\nendstream\nendobj\n%%EOF\n"


def _pdf_metadata(secret: str) -> bytes:
    return b"%PDF-1.4\n1 0 obj\n<< /Keywords (" + secret.encode() + b") >>\nendobj\n%%EOF\n"


def _loose(secret: str) -> bytes:
    content = _line(secret).encode()
    return zlib.compress(b"blob " + str(len(content)).encode() + b"\0" + content)


def _pack(secret: str) -> bytes:
    content = _line(secret).encode()
    size, head = len(content) >> 4, [3 << 4 | len(content) & 15]
    while size:
        head[-1] |= 0x80
        head.append(size & 127)
        size >>= 7
    data = b"PACK" + struct.pack(">II", 2, 1) + bytes(head) + zlib.compress(content)
    return data + hashlib.sha1(data).digest()


def _bundle(secret: str) -> bytes:
    filler = _FILLER * (WINDOW // len(_FILLER))
    return filler + f"var k={json.dumps(secret)};".encode() + filler


def _edge(behind: int) -> Callable[[str], bytes]:
    """The secret begins ``behind`` bytes before the end of the first window."""

    def build(secret: str) -> bytes:
        filler = _FILLER * (2 * WINDOW // len(_FILLER))
        return filler[: WINDOW - behind - 1] + b" " + secret.encode() + b"\n" + filler[:WINDOW]

    return build


def _escaped(form: str) -> Callable[[str], bytes]:
    return lambda s: ('k = "' + "".join(form.format(ord(char)) for char in s) + '";\n').encode()


def _encoded(times: int, url: bool = False) -> Callable[[str], bytes]:
    def build(secret: str) -> bytes:
        data = _line(secret).encode()
        for _ in range(times):
            data = base64.urlsafe_b64encode(data) if url else base64.b64encode(data)
        return b'payload: "' + data + b'"\n'

    return build


def _packed(pack: Callable[[bytes], bytes], form: Callable[[bytes], str]) -> Callable[[str], bytes]:
    """Data that was packed, as a program writes it down."""
    return lambda s: f"DATA = {form(pack(_line(s).encode() * 2))};\n".encode()


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _bare(data: bytes) -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return engine.compress(data) + engine.flush()


def _base64(data: bytes) -> str:
    return f'"{base64.b64encode(data).decode()}"'


def _numbers(form: str, between: str = ", ", *, signed: bool = False) -> Callable[[bytes], str]:
    def build(data: bytes) -> str:
        values = [byte - 256 if signed and byte > 127 else byte for byte in data]
        return f"[{between.join(form.format(value) for value in values)}]"

    return build


def _escapes(form: str, size: int = 1 << 20) -> Callable[[bytes], str]:
    def build(data: bytes) -> str:
        parts = [data[at : at + size] for at in range(0, len(data), size)]
        return "\n  ".join(f'"{"".join(form.format(byte) for byte in part)}"' for part in parts)

    return build


def _patch(secret: str) -> bytes:
    """A binary patch of git's."""
    data = zlib.compress(_line(secret).encode() * 2)
    rows = []
    for at in range(0, len(data), 52):
        part = data[at : at + 52]
        size = chr(len(part) + (64 if len(part) <= 26 else 70))
        rows.append(size + base64.b85encode(part, pad=True).decode())
    text = "\n".join(("GIT binary patch", f"literal {2 * len(_line(secret))}", *rows, "", ""))
    return f"diff --git a/b.bin b/b.bin\nindex 0000000..1111111 100644\n{text}".encode()


def _lines64(secret: str) -> bytes:
    return b"-----BEGIN DATA-----\n" + base64.encodebytes(_line(secret).encode() * 3) + b"-----END"


def _halves(text: str) -> tuple[str, str]:
    """The two parts that a literal is broken into."""
    return text[: len(text) // 2], text[len(text) // 2 :]


def _joined(between: str, quote_: str = '"') -> Callable[[str], bytes]:
    """Each line of the secret as a literal of its own, the longest of them broken in two."""

    def build(secret: str) -> bytes:
        lines = [f"{line}\\n" for line in secret.splitlines()] if "\n" in secret else [secret]
        longest = max(range(len(lines)), key=lambda number: len(lines[number]))
        lines[longest : longest + 1] = _halves(lines[longest])
        return f"key = ({quote_}{between.join(lines)}{quote_})\n".encode()

    return build


def _goes_on(indent: str) -> Callable[[str], bytes]:
    """A value that goes on behind a backslash at the end of the line."""

    def build(secret: str) -> bytes:
        before, behind = _halves(secret.replace("\n", "\\n"))
        return f"key={before}\\\n{indent}{behind}\n".encode()

    return build


def _printed(secret: str) -> bytes:
    text = f"Here is what you asked for, and please do keep it to yourself:\n token={secret}\n"
    return b"Content-Transfer-Encoding: quoted-printable\n\n" + quopri.encodestring(text.encode())


def _dumped(form: str) -> Callable[[str], bytes]:
    """What ``xxd`` and ``hexdump -C`` print."""

    def build(secret: str) -> bytes:
        data, rows = _line(secret).encode(), []
        for at in range(0, len(data), 16):
            row = data[at : at + 16]
            text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
            if form == "xxd":
                digits = " ".join(row[n : n + 2].hex() for n in range(0, len(row), 2))
                rows.append(f"{at:08x}: {digits:<39}  {text}")
            else:
                digits = f"{row[:8].hex(' '):<23}  {row[8:].hex(' '):<23}"
                rows.append(f"{at:08x}  {digits}  |{text}|")
        return "\n".join((*rows, "")).encode()

    return build


def _inside(pack: Callable[[bytes], bytes]) -> Callable[[str], bytes]:
    """A stream in the middle of a binary file, with another one before it."""

    def build(secret: str) -> bytes:
        noise = bytes(range(256))
        other, own = pack(b"nothing to see here\n" * 9), pack(_line(secret).encode())
        return b"BLOB\0" + noise + other + noise[::-1] + own + noise

    return build


def _called(function: str, encode: Callable[[bytes], bytes]) -> Callable[[str], bytes]:
    return lambda s: f'k = base64.{function}(b"{encode(s.encode()).decode()}")\n'.encode()


def _letters(secret: str) -> bytes:
    return "{{{}}}".format(", ".join("'\\n'" if c == "\n" else f"'{c}'" for c in secret)).encode()


def _uu(secret: str) -> bytes:
    data = _line(secret).encode()
    rows = [binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)]
    return b"begin 644 a.txt\n" + b"".join(rows) + b"`\nend\n"


def _word(secret: str) -> bytes:
    paragraphs = []
    for line in secret.splitlines():
        texts = "".join(f'<w:r w:rsidR="00A1"><w:t>{part}</w:t></w:r>' for part in _halves(line))
        paragraphs.append(f"<w:p>{texts}</w:p>")
    return zip_archive(
        {"[Content_Types].xml": "<Types/>", "word/document.xml": "".join(paragraphs)}
    )


def _rtf(between: str) -> Callable[[str], bytes]:
    """RTF in which a word is parted by what formats it."""

    def carry(secret: str) -> bytes:
        lines = [between.format().join(_halves(line)) for line in secret.splitlines()]
        text = "".join(f"{{\\f0 {line}}}\\par\n" for line in lines)
        return f"{{\\rtf1\\ansi {text}}}".encode()

    return carry


def _shown(secret: str) -> bytes:
    shown = "".join(
        f"[({one})-3({other})] TJ T*\n" for one, other in map(_halves, secret.splitlines())
    )
    stream = zlib.compress(f"BT /F1 12 Tf\n{shown}ET".encode())
    head = b"%PDF-1.4\n1 0 obj\n<< /Length 1 /Filter /FlateDecode >>\nstream\n"
    return head + stream + b"\nendstream\nendobj\n%%EOF\n"


def _array64(secret: str) -> bytes:
    """Base64 as the strings of an array, which code joins."""
    text = base64.b64encode(_line(secret).encode() * 2).decode()
    return "x = [{}].join('')".format(", ".join(f"'{p}'" for p in textwrap.wrap(text, 30))).encode()


def _echoed64(secret: str) -> bytes:
    text = base64.b64encode(_line(secret).encode() * 2).decode()
    return "".join(f'echo "{part}" >> out.b64\n' for part in textwrap.wrap(text, 61)).encode()


def _folded(secret: str) -> bytes:
    """Lines of 72 bytes, which go on behind a blank."""
    text = b"X-Acme-Deployment-Credential-Of-The-Build-Service-Token: "
    text += secret.strip().replace("\n", "\\n").encode()
    parts = (text[at : at + 71] for at in range(72, len(text), 71))
    return b"Manifest-Version: 1.0\r\n" + b"\r\n ".join((text[:72], *parts)) + b"\r\n"


def _words(order: str, pack: Callable[[bytes], bytes]) -> Callable[[str], bytes]:
    """Bytes as words of 32 bits in hex."""

    def build(secret: str) -> bytes:
        data = pack(_line(secret).encode())
        data += bytes(-len(data) % 4)
        words = struct.unpack(f"{order}{len(data) // 4}I", data)
        return b"u32 x[] = {\n" + b", ".join(b"0x%08X" % word for word in words) + b"};\n"

    return build


def _decimal(
    form: str, word: str, pack: Callable[[bytes], bytes] = bytes
) -> Callable[[str], bytes]:
    """Words of 32 bits in decimal, where code says what they are."""

    def carry(secret: str) -> bytes:
        data = pack(_line(secret).encode() * 2)
        words = struct.iter_unpack(word, data + bytes(-len(data) % 4))
        body = form.format(",".join(str(number) for (number,) in words))
        return f"let crc = [1, 2, 3, 4];\n{body}".encode()

    return carry


CARRIERS: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "plain": ("a.txt", lambda s: _line(s).encode()),
    "last byte": ("a.txt", lambda s: b"x\n" + s.encode()),
    "only bytes": ("token", lambda s: s.encode()),
    "crlf": ("a.ini", lambda s: b"[a]\r\nkey=" + s.encode() + b"\r\nb=c\r\n"),
    "json": ("a.json", lambda s: json.dumps({"a": {"key": s}}).encode()),
    "json in json": ("a.json", lambda s: json.dumps({"a": json.dumps({"key": s})}).encode()),
    "yaml block": (
        "a.yml",
        lambda s: ("k: |\n" + "".join(f"  {x}\n" for x in s.splitlines())).encode(),
    ),
    "xml": ("a.xml", lambda s: f"<a><key>{s}</key></a>".encode()),
    "svg": ("a.svg", lambda s: f"<svg><desc>{s}</desc></svg>".encode()),
    "html comment": ("a.html", lambda s: f"<p>x</p><!-- {s} -->".encode()),
    "base64": ("a.yml", _encoded(1)),
    "base64url": ("a.yml", _encoded(1, url=True)),
    "base64 twice": ("a.yml", _encoded(2)),
    "base64 three times": ("a.yml", _encoded(3)),
    "base64 in lines": ("a.pem", _lines64),
    "base64 in an array": ("a.js", _array64),
    "base64 in lines that a shell writes": ("a.sh", _echoed64),
    "words, lower byte first": ("a.c", _words("<", bytes)),
    "words, higher byte first": ("a.c", _words(">", bytes)),
    "words in decimal": ("a.js", _decimal("new Uint32Array([{}])", ">I")),
    "signed words in decimal": ("a.js", _decimal('{{"words":[{}],"sigBytes":96}}', ">i")),
    "gzip in words in decimal": ("a.js", _decimal("Uint32Array.of({})", "<I", _gzip)),
    "gzip in words": ("a.c", _words(">", lambda b: gzip.compress(b * 2, mtime=0))),
    "zlib in base85": (
        "a.py",
        lambda s: b"data = '" + base64.b85encode(zlib.compress(_line(s).encode() * 2, 9)) + b"'",
    ),
    "xz in base85": ("a.py", lambda s: base64.b85encode(lzma.compress(_line(s).encode()))),
    "gzip in base32": (
        "a.txt",
        lambda s: b"x=" + base64.b32encode(gzip.compress(_line(s).encode() * 2, mtime=0)),
    ),
    "base64 of gzip": (
        "a.txt",
        lambda s: base64.b64encode(gzip.compress(_line(s).encode() * 2, mtime=0)),
    ),
    "data url": (
        "a.js",
        lambda s: b'u="data:text/plain;base64,' + base64.b64encode(_line(s).encode()) + b'"',
    ),
    "hex": ("a.txt", lambda s: _line(s).encode().hex().encode()),
    "upper hex": ("a.txt", lambda s: _line(s).encode().hex().upper().encode()),
    "percent": ("a.txt", lambda s: ("q=" + "".join(f"%{b:02X}" for b in s.encode())).encode()),
    "percent where needed": (
        "a.txt",
        lambda s: ("https://acme.io/?q=" + quote(s, safe="")).encode(),
    ),
    "percent where needed behind one": (
        "a.txt",
        lambda s: ("100%=" + quote(s, safe="").replace("_", "%5F")).encode(),
    ),
    "\\u escapes": ("a.js", _escaped("\\u{:04x}")),
    "\\x escapes": ("a.js", _escaped("\\x{:02x}")),
    "octal escapes": ("a.sh", _escaped("\\{:03o}")),
    "list of bytes": ("a.c", lambda s: f"x[] = {{{', '.join(map(str, s.encode()))}}}".encode()),
    "list of hex bytes": ("a.c", lambda s: ",".join(f"0x{b:02X}" for b in s.encode()).encode()),
    "list of letters": ("a.c", _letters),
    "calls of chr": ("a.vbs", lambda s: " & ".join(f"Chr({ord(c)})" for c in s).encode()),
    "hex with colons": ("a.txt", lambda s: s.encode().hex(":").encode()),
    "hex with spaces": ("a.txt", lambda s: s.encode().hex(" ").encode()),
    "hex with spaces behind a word": (
        "a.txt",
        lambda s: b"token value: " + s.encode().hex(" ").encode(),
    ),
    "xxd": ("a.txt", _dumped("xxd")),
    "hexdump": ("a.txt", _dumped("hexdump")),
    "joined by +": ("a.js", _joined('" + "')),
    "joined by + over lines": ("a.js", _joined('" +\n    "')),
    "joined by .": ("a.php", _joined("' . '", "'")),
    "adjacent literals": ("a.py", _joined('"\n    "')),
    "operator on the next line": ("a.js", _joined('"\n    + "')),
    "line continued": ("a.sh", _goes_on("")),
    "properties continued": ("a.properties", _goes_on("    ")),
    "quoted-printable": ("a.eml", _printed),
    "\\U escapes": ("a.py", _escaped("\\U{:08x}")),
    "markdown": ("a.md", lambda s: s.replace("_", "\\_").encode()),
    "one entity": ("a.html", lambda s: s.replace("_", "&#95;").replace("=", "&#x3D;").encode()),
    "one entity behind an ampersand": (
        "a.html",
        lambda s: ("https://acme.io/?x=1&t=" + s.replace("_", "&#95;")).encode(),
    ),
    "base64 of utf-16": (
        "a.ps1",
        lambda s: b"powershell -enc " + base64.b64encode(_line(s).encode("utf-16-le")),
    ),
    "base64 of zlib": ("a.py", lambda s: base64.b64encode(zlib.compress(_line(s).encode() * 2))),
    "base64 of zstd": ("a.py", _packed(zstandard.compress, _base64)),
    "base64 of xz": ("a.py", _packed(lzma.compress, _base64)),
    "base64 of bzip2": ("a.py", _packed(bz2.compress, _base64)),
    "base64 of lzma": (
        "a.py",
        _packed(lambda data: lzma.compress(data, lzma.FORMAT_ALONE), _base64),
    ),
    "base64 of brotli": (
        "a.py",
        _packed(brotli.compress, lambda data: f"brotli.decompress(b64decode({_base64(data)}))"),
    ),
    "base64 of deflate": (
        "a.php",
        _packed(_bare, lambda data: f"eval(gzinflate(base64_decode({_base64(data)})))"),
    ),
    "hex of gzip": ("a.sql", _packed(_gzip, lambda data: "0x" + data.hex().upper())),
    "hex of zlib": ("a.py", _packed(zlib.compress, lambda data: f"'{data.hex()}'")),
    "hex with text in it": ("a.py", lambda s: f"'{(bytes(32) + s.encode()).hex()}'".encode()),
    "bytes of gzip": ("a.py", _packed(_gzip, repr)),
    "bytes of zlib": ("a.py", _packed(zlib.compress, repr)),
    "bytes of zstd": ("a.py", _packed(zstandard.compress, repr)),
    "bytes of xz": ("a.py", _packed(lzma.compress, repr)),
    "bytes of a zip": ("a.py", _packed(lambda data: zip_archive({"a": data}), repr)),
    "escapes of gzip": ("a.go", _packed(_gzip, _escapes("\\x{:02x}"))),
    "escapes of gzip in lines": ("a.c", _packed(_gzip, _escapes("\\x{:02x}", 16))),
    "octal escapes of zlib": ("a.c", _packed(zlib.compress, _escapes("\\{:03o}"))),
    "\\u escapes of gzip": ("a.js", _packed(_gzip, _escapes("\\u{:04x}"))),
    "numbers of gzip": ("a.js", _packed(_gzip, _numbers("{}"))),
    "numbers of gzip without blanks": ("a.json", _packed(_gzip, _numbers("{}", ","))),
    "signed numbers of gzip": ("a.java", _packed(_gzip, _numbers("{}", signed=True))),
    "cast numbers of gzip": ("a.java", _packed(_gzip, _numbers("(byte)0x{:02x}"))),
    "hex numbers of zlib": ("a.h", _packed(zlib.compress, _numbers("0x{:02X}", ",\n  "))),
    "base85 of zlib": (
        "a.py",
        _packed(zlib.compress, lambda data: f'b85decode("{base64.b85encode(data).decode()}")'),
    ),
    "binary patch": ("a.patch", _patch),
    "hex in lines": (
        "a.txt",
        lambda s: "\n".join(textwrap.wrap(_line(s).encode().hex(), 60)).encode(),
    ),
    "uuencode": ("a.uu", _uu),
    "ascii85": ("a.ps", lambda s: base64.a85encode(_line(s).encode(), adobe=True)),
    "base85": ("a.py", _called("b85decode", base64.b85encode)),
    "base32": ("a.py", _called("b32decode", base64.b32encode)),
    "gzip inside": ("a.bin", _inside(lambda data: gzip.compress(data, mtime=0))),
    "zlib inside": ("a.bin", _inside(zlib.compress)),
    "zstd inside": ("a.bin", _inside(zstandard.compress)),
    "xz inside": ("a.bin", _inside(lzma.compress)),
    "bzip2 inside": ("a.bin", _inside(bz2.compress)),
    "runs of Word": ("a.docx", _word),
    "pdf with kerning": ("a.pdf", _shown),
    "coloured": ("a.log", lambda s: b"got \x1b[33m" + s.encode() + b"\x1b[0m\n"),
    "length before it": (
        "a.bin",
        lambda s: b"\xca\xfe\0\1\0\3key\1" + len(s).to_bytes(2, "big") + s.encode() + b"\1\0\1b",
    ),
    "utf-8 with mark": ("a.txt", lambda s: b"\xef\xbb\xbf" + s.encode() + b"\n"),
    "utf-16 le with mark": ("a.txt", lambda s: b"\xff\xfe" + _line(s).encode("utf-16-le")),
    "utf-16 be with mark": ("a.txt", lambda s: b"\xfe\xff" + _line(s).encode("utf-16-be")),
    "utf-16 le": ("a.txt", lambda s: _line(s).encode("utf-16-le")),
    "utf-16 be": ("a.txt", lambda s: _line(s).encode("utf-16-be")),
    "utf-32 le": ("a.txt", lambda s: _line(s).encode("utf-32-le")),
    "utf-32 be": ("a.txt", lambda s: _line(s).encode("utf-32-be")),
    "utf-16 in a binary": (
        "a.dll",
        lambda s: b"MZ" + bytes(range(256)) * 4 + s.encode("utf-16-le") + bytes(64),
    ),
    "wchar_t in a binary": (
        "a.so",
        lambda s: b"\x7fELF" + bytes(range(255)) * 4 + s.encode("utf-32-le") + b"\xff" * 64,
    ),
    "utf-32 be in a binary": (
        "a.bin",
        lambda s: b"\xff" + bytes(range(255)) * 4 + s.encode("utf-32-be") + b"\xff" * 64,
    ),
    "an array of strings": ("a.npy", _npy),
    "elf": ("lib/a.so", _binary(b"\x7fELF\2\1\1")),
    "pe": ("a.exe", _binary(b"MZ\x90\0")),
    "mach-o": ("a.dylib", _binary(b"\xcf\xfa\xed\xfe")),
    "wasm": ("a.wasm", _binary(b"\0asm\1\0\0\0")),
    "pyc": ("a.pyc", _pyc),
    "notebook": ("a.ipynb", _notebook),
    "source map": ("a.js.map", _source_map),
    "sqlite": ("a.db", _sqlite),
    "pdf stream": ("a.pdf", _pdf),
    "pdf in base64": ("a.eml", lambda s: base64.encodebytes(_pdf(s))),
    "png in base64": (
        "a.ipynb",
        lambda s: base64.b64encode(_png(b"zTXt", b"Comment\0\0", packed=True)(s)),
    ),
    "pdf metadata": ("a.pdf", _pdf_metadata),
    "rtf": ("a.rtf", lambda s: ("{\\rtf1 " + "".join(f"\\'{b:02x}" for b in s.encode())).encode()),
    "rtf, by numbers": ("a.rtf", lambda s: "".join(f"\\u{b}?" for b in s.encode()).encode()),
    "rtf of Word": ("a.rtf", _rtf("}}{{\\rtlch\\fcs1 \\af31507 \\ltrch\\fcs0 \\insrsid7 ")),
    "rtf of a Mac": ("a.rtf", _rtf("\n\\f1\\b \\cf2 ")),
    "manifest of a jar": ("MANIFEST.MF", _folded),
    "hex of UTF-16 with a mark": (
        "a.txt",
        lambda s: (_line(s) + "\u2603").encode("utf-16").hex().encode(),
    ),
    "png in hex": (
        "a.c",
        lambda s: _png(b"zTXt", b"Comment\0\0", packed=True)(s).hex().encode(),
    ),
    "png tEXt": ("a.png", _png(b"tEXt", b"Comment\0", packed=False)),
    "png zTXt": ("a.png", _png(b"zTXt", b"Comment\0\0", packed=True)),
    "png iTXt": ("a.png", _png(b"iTXt", b"Comment\0\1\0en\0\0", packed=True)),
    "git object": ("objects/ab/cd", _loose),
    "git pack": ("objects/pack/p.pack", _pack),
    "git bundle": (
        "app.bundle",
        lambda s: b"# v2 git bundle\n" + b"0" * 40 + b" refs/heads/main\n\n" + _pack(s),
    ),
    "one-line bundle": ("a.min.js", _bundle),
    "over the window's edge": ("a.js", _edge(10)),
    "behind the window's edge": ("a.js", _edge(0)),
    "gzip": ("a.txt.gz", lambda s: gzip.compress(_line(s).encode(), mtime=0)),
    "zip": ("a.zip", lambda s: zip_archive({"b.txt": _line(s)})),
    "tar in zip": (
        "a.zip",
        lambda s: zip_archive({"b.tgz": tar_archive({"c.txt": _line(s)}, "gzip")}),
    ),
    "node_modules": ("node_modules/a/index.js", lambda s: _line(s).encode()),
    "site-packages": ("usr/lib/python3/site-packages/a.py", lambda s: _line(s).encode()),
    "dist-info": ("a-1.dist-info/notes", lambda s: _line(s).encode()),
    "vendor": ("vendor/a.go", lambda s: _line(s).encode()),
    "lock file": ("package-lock.json", lambda s: json.dumps({"a": s}).encode()),
    "tests": ("tests/a.py", lambda s: _line(s).encode()),
    "docs": ("docs/a.md", lambda s: _line(s).encode()),
    "fixtures": ("test/fixtures/a.bin", lambda s: _line(s).encode()),
}
"""The path that the carrier has, and how it is made of the secret."""
