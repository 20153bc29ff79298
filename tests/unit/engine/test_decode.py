"""What each carrier hides is found, whatever stands around it."""

from __future__ import annotations

import base64
import re

import pytest

from dunnage.engine.match.decode import CARRIERS

TEXT = b"user: stowage, note: the quick brown fox jumps over 13 lazy dogs"


def decoded(name: str, data: bytes) -> list[bytes]:
    carrier = next(carrier for carrier in CARRIERS if carrier.name == name)
    ends = [found.end() for found in re.finditer(carrier.sign, data, re.DOTALL)]
    return [text for _, _, text in carrier.runs(data, 0, len(data), ends)] if ends else []


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


@pytest.mark.parametrize("shift", range(4))
def test_base64_at_any_alignment(shift: int) -> None:
    data = b"A" * shift + STANDARD
    assert any(b"quick brown fox" in text for text in decoded("base64", data))


def test_hex_of_either_case_and_parity() -> None:
    assert TEXT in decoded("hex", TEXT.hex().encode())
    assert TEXT in decoded("hex", TEXT.hex().upper().encode())
    assert TEXT in decoded("hex", b"0" + TEXT.hex().encode())


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
    for carrier in CARRIERS:
        assert not re.search(carrier.sign, text, re.DOTALL), carrier.name
