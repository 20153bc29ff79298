"""Compressed streams and archives, written as text in code and data: in hex, as the bytes of a
literal, as a list of numbers, as a patch, as an OpenPGP message, and, where they have no mark of
their own, behind the name of what unpacks them.

Sources: RFC 1950, RFC 1951, RFC 1952, RFC 7932, RFC 8878; git's diff-generate-patch and base85.c.
"""

from __future__ import annotations

import base64
import re
import string
from collections.abc import Callable, Generator
from contextlib import suppress

from dunnage.archives import openpgp
from dunnage.archives.embedded import MOST, RATE, unpacked
from dunnage.archives.unbase64 import unbase64
from dunnage.engine.match.carrier import Carrier, Run, Runs, each_sign
from dunnage.lazy import lazy_regex

MARKS = (
    b"\x1f\x8b\x08",
    b"\x78\x01",
    b"\x78\x5e",
    b"\x78\x9c",
    b"\x78\xda",
    b"\x28\xb5\x2f\xfd",
    b"\xfd7zXZ",
    b"BZh",
    b"PK\3\4",
    b"\x89PNG",
    b"\xd0\xcf\x11\xe0",
)
"""How what is opened begins."""

_SIGN = 160
"""The most bytes that a sign takes."""

_HEAD = 64
"""So many bytes of a literal tell whether it begins as what is opened does."""

_PARTS = 1 << 16
"""The most literals that are joined, and the most lines of a patch."""

Read = Callable[[bytes, int, int], tuple[int, bytes]]
"""``read(data, start, high)`` gives where the run at ``start`` ends, and what it holds, if that is
worth a look."""


def is_packed(data: bytes) -> bool:
    """Whether ``data`` begins as what is opened does."""
    return data.startswith(MARKS)


def _begun(sign: bytes, read: Read) -> Runs:
    """Runs that begin with a sign."""
    beginning = lazy_regex(sign)

    def one(data: bytes, low: int, high: int, done: int, end: int) -> Generator[Run, None, int]:
        at = beginning.search(data, max(done, end - _SIGN), end)
        if at is None:
            return end
        stop, content = read(data, at.start(), high)
        if content:
            yield at.start(), stop, content
        return max(end, stop)

    return each_sign(one)


def _digits(data: bytes) -> bytes:
    """Hex digits in either case."""
    return b"".join(
        b"[%c%c]" % (digit, digit - 32) if digit > 0x60 else bytes((digit,))
        for digit in data.hex().encode()
    )


HEX_SIGN = (
    rb"(?:^|[^0-9A-Fa-f])(?:" + b"|".join(map(_digits, MARKS)) + rb")[0-9A-Fa-f]{28}"
)  # fmt: skip
"""Hex that begins as what is opened does."""


# The literals of C, Python, Go and JavaScript: a part of one, and what joins it to the next.
_QUOTED = rb"[^\\\r\n%b]*(?:\\(?:\r\n|[^\r])[^\\\r\n%b]*)*"
_JOINT = rb"%b(?:[ \t]{0,4}[+.\\]?[ \t]{0,4}\r?\n[ \t]{0,40}(?:[+.][ \t]{0,4})?| ?[+.] ?| )b?%b"
_LITERALS = {
    quote: (lazy_regex(_QUOTED % (quote, quote)), lazy_regex(_JOINT % (quote, quote)))
    for quote in (b'"', b"'", b"`")
}
_ESCAPE = lazy_regex(
    rb"\\(?:x([0-9A-Fa-f]{2})|u00([0-9A-Fa-f]{2})|([0-3][0-7]{2}|[0-7]{1,2})|\r?\n|([^\r\n]))"
)
_PLAIN = dict(zip(b"abfnrtv", b"\a\b\f\n\r\t\v", strict=True))
_LITERAL_SIGN = b"|".join(
    (
        rb"\\x1[fF]\\x8[bB]\\(?:x08|b|010)",
        rb"\\037\\213\\(?:010|b|x08)",
        rb"\\u001[fF]\\u008[bB]\\(?:u0008|b)",
        rb"(?:[\"'`]x|\\x78|\\170)\\(?:x9[cC]|x[dD][aA]|234|332)",
        rb"(?:[\"'`]x|\\x78)\\x(?:01|5[eE])|[\"'`]x\^[!-~]{0,12}\\x[0-9a-f]{2}",
        rb"(?:\(|\\x28)\\x[bB]5(?:/|\\x2[fF])\\x[fF][dD]",
        rb"\\x[fF][dD](?:7zXZ|\\x37\\x7[aA]\\x58)",
        rb"[\"'`]BZh[1-9]1AY&SY|\\x42\\x5[aA]\\x68\\x3",
        rb"PK\\(?:x03\\x04|003\\004)|\\x50\\x4[bB]\\x03\\x04",
    )
)


class _Escapes(dict[bytes, bytes]):
    """What escapes stand for. There are some hundreds, and a literal may have a million."""

    def __missing__(self, escape: bytes) -> bytes:
        found = _ESCAPE.match(escape)
        value = self[escape] = _unescaped(found) if found else b""
        return value


def _unescaped(found: re.Match[bytes]) -> bytes:
    if code := found[1] or found[2]:
        return bytes((int(code, 16),))
    if found[3]:
        return bytes((int(found[3], 8),))
    return bytes((_PLAIN.get(found[4][0], found[4][0]),)) if found[4] else b""


def _literal(data: bytes, start: int, high: int) -> tuple[int, bytes]:
    """The literal that goes on at ``start``, or begins there with its quote."""
    quote = data[start : start + 1]
    begun = quote in _LITERALS
    one, joint = _LITERALS.get(quote if begun else data[start - 1 : start], _LITERALS[b'"'])
    at, parts = start + begun, list[bytes]()
    while (found := one.match(data, at, high)) and len(parts) < _PARTS:
        parts.append(found[0])
        at = found.end()
        if (more := joint.match(data, at, high)) is None:
            break
        at = more.end()
    text = b"".join(parts)
    if not is_packed(_ESCAPE.sub(_unescaped, text[:_HEAD])):
        return at, b""
    known = _Escapes()
    return at, unpacked(_ESCAPE.sub(lambda found: known[found[0]], text))


_NUMBER = rb"(?:0[xX][0-9A-Fa-f]{1,2}|-?[0-9]{1,3})"
_NOTE = rb"(?:/\*[^*]{0,40}\*/\s{0,80})?"
_COMMA = rb"[ \t]{0,8},\s{0,80}" + _NOTE + rb"(?:\([a-z]{4,5}\) ?)?"
_NUMBERS = lazy_regex(_NUMBER + rb"(?:" + _COMMA + _NUMBER + rb"){15,}")
_EACH = lazy_regex(rb"/\*[^*]*\*/|(" + _NUMBER + rb")")


def _written(value: int) -> bytes:
    """How a byte is written in a list."""
    digits = _digits(bytes((value,)))
    digits = b"0?" + digits[1:] if value < 16 else digits
    signed = b"|-%d" % (256 - value) if value > 127 else b""
    return b"(?:0[xX]" + digits + b"|%d" % value + signed + b")"


_NUMBERS_SIGN = b"|".join(
    rb",[ \t\r\n]{0,12}(?:\([a-z]{4,5}\) ?)?".join(map(_written, mark[:4])) for mark in MARKS
)
_NUMBERS_SIGN = rb"(?:^|[^0-9A-Za-z])(?:" + _NUMBERS_SIGN + rb"),"


def _numbers(data: bytes, start: int, high: int) -> tuple[int, bytes]:
    begun = start + (data[start] not in b"0123456789")
    found = _NUMBERS.match(data, begun, high)
    if found is None:
        return start, b""
    written = filter(None, _EACH.findall(found[0]))
    values = [int(one, 16 if one[1:2] in (b"x", b"X") else 10) for one in written]
    if min(values) < -128 or max(values) > 255:
        return found.end(), b""
    content = bytes(value & 0xFF for value in values)
    return found.end(), unpacked(content) if is_packed(content) else b""


_ROW = lazy_regex(rb"([A-Za-z])([0-9A-Za-z!#-&(-+;-@^-`{-~-]{5,70})\r?\n")


def _patch(data: bytes, start: int, high: int) -> tuple[int, bytes]:
    """One side of a binary patch of git's: lines of base85 with their lengths before them."""
    at = data.index(b"\n", data.index(b" ", start)) + 1
    rows: list[bytes] = []
    with suppress(ValueError):
        while (found := _ROW.match(data, at, high)) and len(rows) < _PARTS:
            letter = found[1][0]
            size = letter - 64 if letter < 97 else letter - 70
            rows.append(base64.b85decode(found[2])[:size])
            at = found.end()
    return at, unpacked(b"".join(rows))


_B64 = (string.ascii_letters + string.digits + "+/_-").encode()
_RUN64 = lazy_regex(rb"[A-Za-z0-9+/_-]{32,}(?:(?:\\n|\r?\n[ \t]{0,16})[A-Za-z0-9+/_-]{4,})*={0,2}")
_NOT64 = lazy_regex(rb"\\n|[^A-Za-z0-9+/_-]")
_NAMED = (
    rb"(?:gzinflate|[iI]nflateRaw|inflate_raw|DeflateStream|BrotliStream|[bB]rotli)[^\n]{0,100}"
    rb"[A-Za-z0-9+/]{32}|diagram[^\n>]{0,100}(?:>|&gt;)[A-Za-z0-9+/]{32}|SAMLRe(?:quest|sponse)=[A-Za-z0-9+/]{32}"
)


def _unmarked(data: bytes, start: int, high: int) -> tuple[int, bytes]:
    """Raw deflate or brotli, in base64, behind the name of either."""
    found = _RUN64.search(data, start, min(high, start + MOST))
    if found is None:
        return start, b""
    packed = unbase64(_NOT64.sub(b"", found[0]))
    from dunnage.archives.named import unmarked  # here: hardly a file comes so far

    return found.end(), unmarked(packed, min(MOST, RATE * len(packed)))


def _message(data: bytes, start: int, high: int) -> tuple[int, bytes]:
    """An OpenPGP message in armour that is compressed, and not encrypted."""
    end = data.find(b"-----END", start, min(high, start + MOST))
    message = openpgp.unarmoured(data[start:end]) if end >= 0 else b""
    if not message or not openpgp.is_compressed(message):
        return start + len(openpgp.ARMOUR), b""
    return end, openpgp.unpacked(message, min(MOST, RATE * len(message)))


CARRIERS = (
    Carrier("armour", openpgp.ARMOUR, _begun(openpgp.ARMOUR, _message)),
    Carrier("escapes", _LITERAL_SIGN, _begun(_LITERAL_SIGN, _literal)),
    Carrier("bytes", _NUMBERS_SIGN, _begun(_NUMBERS_SIGN, _numbers)),
    Carrier(
        "patch",
        rb"\n(?:literal|delta) [0-9]{1,9}\r?\n[A-Za-z][^\s,:\"'./\\]{5}",
        _begun(rb"(?:literal|delta) [0-9]+\r?\n", _patch),
    ),
    Carrier("base64", _NAMED, _begun(_NAMED, _unmarked)),
)
