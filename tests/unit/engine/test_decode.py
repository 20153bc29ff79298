"""What each carrier hides is found, whatever stands around it."""

from __future__ import annotations

import base64
import bz2
import gzip
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from typing import cast

import pytest
import zstandard

from dunnage.engine.match import carrier, joined, numbers
from dunnage.engine.match.decode import CARRIERS, PACKED

TEXT = b"user: stowage, note: the quick brown fox jumps over 13 lazy dogs"


def decoded(name: str, data: bytes) -> list[bytes]:
    found = next(one for one in CARRIERS if one.name == name)
    ends = sign_ends(found.sign, data)
    return [text for _, _, text in found.runs(data, 0, len(data), ends)] if ends else []


def sign_ends(sign: bytes, data: bytes) -> list[int]:
    return [found.end() for found in re.finditer(sign, data, re.DOTALL)]


STANDARD = base64.b64encode(TEXT)


@pytest.mark.parametrize(
    "data",
    [
        STANDARD,
        b'const x = "' + STANDARD + b'";',
        base64.urlsafe_b64encode(TEXT + b"\xc3\xbf\xc3\xbf?>?>"),
        base64.encodebytes(TEXT * 3),
        base64.encodebytes(TEXT * 3).replace(b"\n", b"\\n"),
        b'"' + base64.encodebytes(TEXT * 3).strip().replace(b"\n", b'" +\n  "') + b'"',
        b"prefix/" + STANDARD,
        b"data:text/plain;base64," + STANDARD,
    ],
    ids=["bare", "quoted", "urlsafe", "mime", "escaped", "joined", "after-a-path", "data-url"],
)
def test_base64(data: bytes) -> None:
    assert any(b"the quick brown fox jumps" in text for text in decoded("base64", data))


@pytest.mark.parametrize(
    ("before", "joint"),
    [
        ("# ", "\n# "), ("// ", "\n// "), (" * ", "\n * "), ("", "\r"), ("", "\r\n"), ("", "&#10;"),
        ("", "&#xD;\n"), ("", "\\\\n"), ("(b'", "'\n  b'"), ("'", "'\n  + '"), ("", "\\\\r\\\\n"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("more", range(3))
def test_base64_in_lines(before: str, joint: str, more: int) -> None:
    encoded = base64.b64encode(bytes(more) + TEXT * 2).decode()
    lines = [encoded[at : at + 40] for at in range(0, len(encoded), 40)]
    if joint == "\r":
        lines = [encoded]  # old Macintosh's lines are not joined
    found = decoded("base64", (before + joint.join(lines)).encode())
    assert any(TEXT * 2 in text for text in found)


@pytest.mark.parametrize("shift", range(4))
def test_base64_at_any_alignment(shift: int) -> None:
    data = b"A" * shift + STANDARD
    assert any(b"quick brown fox" in text for text in decoded("base64", data))


def test_hex_of_either_case_and_parity() -> None:
    assert TEXT in decoded("hex", TEXT.hex().encode())
    assert TEXT in decoded("hex", TEXT.hex().upper().encode())
    assert TEXT in decoded("hex", b"0" + TEXT.hex().encode())


def test_hex_of_utf16() -> None:
    wide = TEXT.decode().encode("utf-16-le")
    assert wide in decoded("hex", b"0x" + wide.hex().upper().encode())


def escaped(form: str) -> bytes:
    return "".join(form % byte for byte in TEXT).encode()


@pytest.mark.parametrize("form", [r"\x%02x", r"\u%04x", r"\u{%x}", r"\%03o"])
def test_escapes(form: str) -> None:
    data = b'x = "' + escaped(form) + b'"'
    assert any(TEXT in text for text in decoded("escapes", data))


def test_one_escape_inside_a_word() -> None:
    assert any(b"abc_def" in text for text in decoded("escapes", rb'k="abc\u005fdefghi"'))


def test_percent() -> None:
    data = b"q=" + "".join(f"%{byte:02X}" for byte in TEXT).encode()
    assert any(TEXT in text for text in decoded("percent", data))
    assert any(b"abc_def" in text for text in decoded("percent", b"https://x.io/?q=abc%5Fdef"))
    login, seen = b"a%3Ab:pa%40ss%5Fword", b"a%3Ab:pa%40ss_word"
    url = b"socks5://" + login + b"@x.io/%40%5Fa?next=https%3A%2F%2Fa%3Ab%40y.io"
    plain = b"socks5://" + seen + b"@x.io/@_a?next=https://a:b@y.io"
    assert list(decoded("percent", url)) == [plain], "its marks part a URL, others do not"


def test_entities() -> None:
    data = "".join(f"&#{byte};" for byte in TEXT).encode()
    assert any(TEXT in text for text in decoded("entities", data))
    data = "".join(f"&#x{byte:x};" for byte in TEXT).encode()
    assert any(TEXT in text for text in decoded("entities", data))


@pytest.mark.parametrize("form", ["0x%02x", "0X%02X", "%d"])
@pytest.mark.parametrize("between", [",", ",\n    ", ",\r\n\t"])
def test_lists_of_bytes(form: str, between: str) -> None:
    word = b"the_quick-brown_fox-jumps_over-the_lazy-dogs"
    rows = [", ".join(form % byte for byte in word[at : at + 15]) for at in range(0, 45, 15)]
    data = f"x = [\n    {between.join(rows)}];".encode()
    assert any(word in text for text in decoded("bytes", data))


def test_lists_of_other_numbers_have_no_sign() -> None:
    assert not decoded("bytes", b", ".join(b"%d" % (n * n) for n in range(100)))
    assert not decoded("bytes", b"65, 66, 67, 68, 69")


def test_utf16_with_the_higher_byte_first() -> None:
    data = b"\x01\x02\xff" * 50 + TEXT.decode().encode("utf-16-be") + b"\xfe\x00\x00" * 50
    assert any(TEXT in text for text in decoded("utf-16", data))


def test_utf16_inside_binary() -> None:
    data = b"\x01\x02\xff" * 50 + TEXT.decode().encode("utf-16-le") + b"\xfe\x00\x00" * 50
    assert any(TEXT in text for text in decoded("utf-16", data))


@pytest.mark.parametrize(
    "text",
    [
        b"the_quick_brown_fox_jumps_over_the_lazy_dog",
        b"theQuickBrownFoxJumpsOverTheLazyDogAndRunsAway",
        b"node_modules/core-js/internals/array-iteration-from-last.js",
        bytes(range(256)) * 4,
    ],
)
def test_what_is_no_code_has_no_sign(text: bytes) -> None:
    for one in CARRIERS:
        assert not re.search(one.sign, text, re.DOTALL), one.name


WORD = "theQuickBrownFox13JumpsOverTheLazyDogs"
HALVES = WORD[:15], WORD[15:]


@pytest.mark.parametrize(
    "between",
    [
        '" + "', '" +\n    "', '"\n    "', '"\n  + "', '"+"', "\\\n", "\\\n      ", '" \\\n  "',
        '" .. "', '" <> "', '" ++ "', '" ^ "', '" || "', '" & "', '"."', '".concat("',
        '" & _\r\n  "',
        '" +\r\n    "', '"\r\n    "', '"\n    b"', '"\n    f"', "^\r\n", "`\n",
    ],
)  # fmt: skip
def test_joined_literals(between: str) -> None:
    data = f'key = "{between.join(HALVES)}"\n'.encode()
    assert any(WORD.encode() in text and b"key" in text for text in decoded("joined", data))


def test_prose_in_literals_is_not_joined() -> None:
    assert not decoded("joined", b'raise Error("it is not here, since "\n    "it went away")')
    assert not decoded("joined", b'"someRatherLongNameOf"\n    "anotherRatherLongName"')


def test_quoted_printable() -> None:
    data = f"a line before\nkey=3D{HALVES[0]}=\n{HALVES[1]}\nanother\n".encode()
    assert f"key={WORD}".encode() in decoded("quoted-printable", data)


def test_columns() -> None:
    table = b'service,api key,note\nacme,k3Vq9LmZ2xWn,live\nother,,x\n"a, b",h7TbR4cYp0Qs,y\nend\n'
    assert decoded("columns", b"# keys\n" + table) == [
        b'acme api key = "k3Vq9LmZ2xWn"',
        b' api key = "h7TbR4cYp0Qs"',
    ]
    assert decoded("columns", b"id\tapp_token\r\n1\tk3Vq9LmZ2xWn\r\n") == [
        b' app_token = "k3Vq9LmZ2xWn"'
    ]


def test_calls_are_no_columns() -> None:
    assert decoded("columns", b"connect(host,token,port)\nf(a, b,token\n  ,c)\n") == []


def test_each_row_is_looked_at_once() -> None:
    rows = decoded("columns", b"name,token\n" + b"a,token_of_a\n" * 5000)
    assert len(rows) <= 5000


def test_dumps_in_hex() -> None:
    data = WORD.encode()
    for text in (data.hex(":"), data.hex(" "), f"k = '{data.hex(':').upper()}'"):
        assert data in decoded("dump", text.encode())


def test_letters_and_codes() -> None:
    letters = ", ".join(f"'{letter}'" for letter in WORD)
    assert WORD.encode() in decoded("letters", f"char k[] = {{{letters}}};".encode())
    codes = "+".join(f"chr({ord(letter)})" for letter in WORD)
    assert WORD.encode() in decoded("codes", codes.encode())


def test_base64_of_utf16() -> None:
    data = b"-enc " + base64.b64encode(WORD.encode("utf-16-le"))
    assert any(WORD.encode("utf-16-le") in text for text in decoded("base64", data))


@pytest.mark.parametrize(
    "pack",
    [
        zlib.compress,
        lambda data: gzip.compress(data, mtime=0),
        bz2.compress,
        lzma.compress,
        zstandard.compress,
    ],
    ids=["zlib", "gzip", "bzip2", "xz", "zstd"],
)
def test_compressed(pack: Callable[[bytes], bytes]) -> None:
    content = TEXT * 3
    data = b"HEAD" + bytes(64) + pack(TEXT * 9) + bytes(9) + pack(content) + b"\xff" * 50
    assert content in decoded(PACKED, data)


def test_a_stream_that_is_cut() -> None:
    packed = zlib.compress(bytes(range(32, 127)) * 9)
    [text] = decoded(PACKED, b"HEAD" + packed[:80])
    assert text.startswith(bytes(range(32, 80)))


@pytest.mark.parametrize("pack", [zlib.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_what_comes_out_is_bounded(pack: Callable[[bytes], bytes]) -> None:
    data = b"HEAD" + pack(bytes(4 << 20)) * 50
    assert sum(map(len, decoded(PACKED, data))) <= 16 * len(data)


def test_the_beginning_is_for_others_to_open() -> None:
    assert not decoded(PACKED, zlib.compress(TEXT * 9))


@pytest.mark.parametrize("word", ["token value", "data", "decade", "cafe", "b", "abc", "a line"])
@pytest.mark.parametrize("between", [" ", ": "])
def test_a_dump_behind_a_word(word: str, between: str) -> None:
    data = WORD.encode()
    dump = f"{word}{between}{data.hex(' ')}".encode()
    assert any(text.endswith(data) for text in decoded("dump", dump))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("entities", "https://a.io/?x=1&t=ghp&#95;{}"),
        ("entities", "&ghp&#95;{}"),
        ("percent", "100%=ghp%5F{}"),
        ("percent", "%%%ghp%5F{}"),
        ("escapes", "C:\\dir\\ghp\\x5f{}"),
        ("escapes", '"k\\": \\"ghp\\u005f{}\\"'),
        ("escapes", "C:\\somewhere\\else\\ghp\\x5f{}"),
    ],
)
def test_an_escape_behind_its_first_character_alone(name: str, text: str) -> None:
    data = text.format(WORD).encode()
    assert any(f"ghp_{WORD}".encode() in found for found in decoded(name, data))


def test_a_line_that_goes_on_before_a_quote() -> None:
    assert WORD.encode() in decoded("joined", '{}\\\n"{}"'.format(*HALVES).encode())


def test_words_of_several_parts() -> None:
    begun, rest = (half.encode() for half in HALVES)
    parts = [b"the words before " + begun, rest + b" and one that is in a part alone " + rest]
    assert list(joined._words(parts)) == [WORD.encode()]
    assert not list(joined._words([b"a" * 5000 + b"1 ", b" b" * 500]))


class Counted:
    """A pattern that counts the bytes it is given to look at."""

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self.pattern, self.seen = pattern, 0

    def match(self, data: bytes, first: int, last: int) -> re.Match[bytes] | None:
        found = self.pattern.match(data, first, last)
        self.seen += found.end() - first if found else 0
        return found

    def search(self, data: bytes, first: int, last: int) -> re.Match[bytes] | None:
        found = self.pattern.search(data, first, last)
        self.seen += (found.end() if found else last) - first
        return found

    def finditer(self, data: bytes, first: int, last: int) -> Iterator[re.Match[bytes]]:
        self.seen += last - first
        return self.pattern.finditer(data, first, last)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bytes", b"97," * 15 + b";"),
        ("bytes", b"129," * 20 + b";"),
        ("letters", b"\"a'," * 20 + b";"),
        ("codes", b"chr(97)+" * 6 + b";"),
    ],
)
def test_lists_that_are_too_short_are_looked_at_once(name: str, text: bytes) -> None:
    sign = next(one.sign for one in CARRIERS if one.name == name)
    pattern, least, read = {
        "bytes": (numbers._BYTES, 16, numbers._numbers),
        "letters": (numbers._LETTERS, 16, numbers._letters),
        "codes": (numbers._CALLS, 7, numbers._codes),
    }[name]
    data = text * 40
    # Hyperscan reports every place where a sign ends.
    ends = [end for end in range(len(data)) if re.search(b"(?:" + sign + rb")\Z", data[:end])]
    counted = Counted(pattern)
    runs = numbers._lists(cast("re.Pattern[bytes]", counted), least, read)
    assert ends
    assert not list(runs(data, 0, len(data), ends))
    assert counted.seen <= 2 * len(data)


@pytest.mark.parametrize("text", [b'abcd\\\n"abcdef', b"a" * 3000 + b'\\\n"abcdef ;'])
def test_lines_that_go_on_are_looked_at_once(text: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(joined._JOINED)
    monkeypatch.setattr(joined, "_JOINED", counted)
    data = text * 40
    decoded("joined", data)
    assert 0 < counted.seen <= 3 * len(data)


@pytest.mark.parametrize("text", [b"a&#95;b ", b"a&#95;bc&", b"&&&&a&#95;bc &"])
def test_runs_that_are_too_short_are_looked_at_once(text: bytes) -> None:
    data = text * 400
    run = Counted(re.compile(rb"(?:[\x21-\x25\x27-\x7e]|&#[0-9]{2};){8,}"))
    runs = carrier.around(
        cast("re.Pattern[bytes]", run), bytes(range(0x21, 0x7F)), lambda found: [found[0]]
    )
    ends = sign_ends(rb"&#95;", data)
    assert len(ends) == 400
    assert not list(runs(data, 0, len(data), ends))
    assert run.seen <= 4 * len(data)
