"""Encoded text: what base64, hex, escapes and UTF-16 hide.

Each carrier has a *sign*, a Hyperscan expression that occurs where encoded ASCII text stands and
hardly anywhere else; it is looked for in the same pass as the rules' shapes. Around a sign the
whole run is taken, decoded, and looked at in its turn.

The sign of base64 rests on RFC 4648, section 4: of printable ASCII the highest bit is zero and one
of the next two is set, which leaves part of the alphabet at three of four positions. It
begins with a capital or a digit, since over small letters and signs Hyperscan skips fastest.
"""

from __future__ import annotations

import binascii
import re
import string
from collections.abc import Callable, Iterator

from dunnage.archives.embedded import BEGINNING, embedded, unpacked
from dunnage.archives.unbase64 import unbase64
from dunnage.engine.match import columns, joined, numbers, older, packed, wide
from dunnage.engine.match.carrier import Carrier, around, substituted
from dunnage.lazy import lazy_regex

PACKED = "compressed"
"""What was compressed is not unpacked twice: what comes out is bounded by what went in."""

DEPTH = 3
"""How many encodings inside one another are taken off."""

_B64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"


def _base64_class(wanted: Callable[[int], bool], chars: str = _B64) -> str:
    """The characters, of both alphabets, whose six bits are as wanted."""
    found = [char for value, char in enumerate(_B64) if wanted(value) and char in chars]
    found += [{"+": "-", "/": "_"}[char] for char in found if char in "+/"]
    return "[" + "".join(re.escape(char) for char in found) + "]"


_ANY64 = r"[A-Za-z0-9+/_\-]"
_CAPITALS, _DIGITS = string.ascii_uppercase, string.digits
_FIRST, _SECOND, _THIRD = (
    lambda value: 8 <= value < 32,
    lambda value: not value & 8,
    lambda value: not value & 2,
)
_GROUP = "".join((*map(_base64_class, (_FIRST, _SECOND, _THIRD)), _ANY64))
_BEGUN = "|".join(  # a group, or the rest of one, from its first capital or digit on
    (
        _base64_class(_FIRST, _CAPITALS) + _base64_class(_SECOND) + _base64_class(_THIRD) + _ANY64,
        _base64_class(_SECOND, _DIGITS) + _base64_class(_THIRD) + _ANY64,
        _base64_class(_THIRD, _DIGITS) + _ANY64,
        "[0-9]",
    )
)
_SIGN = f"(?:{_BEGUN})(?:{_GROUP}){{2}}"
# UTF-16 with the lower byte first, as PowerShell takes commands: every second byte is zero.
_WIDE_GROUP = "[AQgw][AB][A-Za-z0-9+/]A[C-H][AEIMQUYcgkosw048]A[A-Za-z0-9+/]"
_WIDE_SIGN = f"(?:{_WIDE_GROUP}){{2}}"
_PACKED_SIGN = (
    rf"(?:H4sI|UEsDB){_ANY64}{{8}}"
    rf"|(?:^|[^0-9A-Za-z+/])(?:eJ[w-z]|eN[o-r]|KLUv/|QlpoO|/Td6WFo|XQAAgAD){_ANY64}{{12}}"
)
_ESCAPED = (
    r"\\(?:x[2-7][0-9A-Fa-f]|U000000[2-7][0-9A-Fa-f]|u00[2-7][0-9A-Fa-f]|u\{[2-7][0-9A-Fa-f]\}"
    r"|[01][0-7]{2})"
)
_TOKEN_ESCAPED = r"\\(?:x|u00|u\{)(?:2[bBdDeEfF]|3[0-9dD]|[46][1-9a-fA-F]|5[0-9aAfF]|7[0-9aA])\}?"

# What stands between the strings of an array, whose parts code joins.
_ARRAY = rb"[\"'],[ \t]{0,4}(?:\r?\n[ \t]{0,40})?[\"']"
# A line break inside encoded text: real, escaped, or between the quotes of joined literals.
_JOINT = (
    rb"(?:[ \t]*(?:\\{1,4}r)?(?:\\{1,4}n|\r?\n|&#(?:10|13|x[aAdD]);\n?)"
    rb"[ \t]*(?:(?:#|//|\*|>)[ \t]|[\"'][ \t]*[+,]?[ \t]*\n?[ \t]*[\"'])?"
    rb"|[\"'][ \t]*[+\\]?[ \t]*\r?\n[ \t]*(?:\+[ \t]*)?b?[\"']"
    # lines that a shell writes to a file
    rb"|[\"']?[ \t]*>>[ \t]*[^\s<>|&;]{1,80}[ \t]*\r?\n[ \t]*echo[ \t]+(?:-n[ \t]+)?[\"']?"
    rb"|" + _ARRAY + rb")"
)
_PARTED = lazy_regex(_ARRAY)
_WROTE = lazy_regex(rb"[\"']?[ \t]*>>[^\n]*\n[ \t]*echo[ \t]+(?:-n[ \t]+)?")
_RUN64 = lazy_regex(rb"[A-Za-z0-9+/_\-]{16,}(?:" + _JOINT + rb"[A-Za-z0-9+/_\-]{4,})*={0,2}")
_NOT64 = lazy_regex(
    rb"\\[rn]|\n[ \t]*//[ \t]|&#(?:10|13|x[aAdD]);|[\"'][\s+\\,]*b?[\"']|[^A-Za-z0-9+/_\-]"
)
_SIGN64 = lazy_regex(rf"(?:{_GROUP}){{3}}".encode())
_WIDE64 = lazy_regex(_WIDE_SIGN.encode())
_PACKED64 = lazy_regex(rb"H4sI|UEsDB|KLUv|QlpoO|/Td6WFo|XQAAgAD|\AeJ[w-z]|\AeN[o-r]")


def _base64(found: re.Match[bytes]) -> Iterator[bytes]:
    text = found[0]
    if b">>" in text:
        text = _WROTE.sub(b"", text)
    parts = _PARTED.split(text) if b"," in text else (text,)
    whole = len(set(map(len, parts[:-1]))) < 2  # what was cut by a machine
    if whole:
        yield from _decoded64(text)
    if len(parts) > 1 and not (whole and len(parts[0]) % 4 == 0):
        for part in parts:
            yield from _decoded64(part)


def _decoded64(text: bytes) -> Iterator[bytes]:
    text = _NOT64.sub(b"", text)
    for phase in _phases(text):
        try:
            decoded = unbase64(text[phase:])
        except binascii.Error:
            continue
        yield unpacked(decoded)


def _phases(text: bytes) -> list[int]:
    """Where the groups of four may begin, in a run that other characters may have got into."""
    phases: list[int] = []
    sign = _PACKED64.search(text) or _SIGN64.search(text)
    if sign is None and (wide16 := _WIDE64.search(text)):
        return [(wide16.start() - 1) % 4]  # the group begins at the second byte of a character
    while sign is not None and len(phases) < 4:
        if sign.start() % 4 not in phases:
            phases.append(sign.start() % 4)
        sign = _SIGN64.search(text, max(sign.end(), sign.start() + len(text) // 64))
    return phases


_NOT16 = lazy_regex(rb"[^0-9A-Fa-f]+")
_RUN16 = lazy_regex(
    rb"[0-9A-Fa-f]{32,}(?:(?:[\"'][ \t]{0,4}[+.,\\]?[ \t]{0,4})?(?:\\n|\r?\n)[ \t]{0,40}[\"']?"
    rb"[0-9A-Fa-f]{2,})*"
)
_TEXT16 = lazy_regex(rb"[\t\r\n\x20-\x7e]{16}|(?:[\t\r\n\x20-\x7e]\x00){12}")


def _hex(found: re.Match[bytes]) -> Iterator[bytes]:
    run = _NOT16.sub(b"", found[0])
    for odd in (0, 1):
        part = run[odd : len(run) - (len(run) - odd) % 2]
        decoded = bytes.fromhex(part.decode("ascii"))
        if packed.is_packed(decoded):  # before text, of which chance puts some in it
            yield unpacked(decoded)
        elif decoded.isascii() or _TEXT16.search(decoded):
            yield decoded


_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1] or found[2] or found[5]
    if code:
        value = int(code, 16)
    elif found[3]:
        value = int(found[3], 8)
    else:
        return _PLAIN.get(found[4], found[4])
    return _character(value)


def _character(value: int) -> bytes:
    return chr(value).encode("utf-8", "replace") if value < 0x110000 else b"?"


# What parts a URL, written so in its user or password, is a part of those (RFC 3986, 2.2).
_LOGIN = rb"(?<=://)([^/?#@]{0,200})(?=@)"
_OF_LOGIN = lazy_regex(rb"%((?!3[Aa]|40|2[Ff])[0-9A-Fa-f]{2})")


def _unquoted(found: re.Match[bytes]) -> bytes:
    if found[1] is None:
        return _OF_LOGIN.sub(_unquoted, found[2])
    return bytes([int(found[1], 16)])


def _unreferenced(found: re.Match[bytes]) -> bytes:
    return _character(int(found[1], 16) if found[1] else int(found[2]))


_VISIBLE = bytes(range(0x21, 0x7F))
_INNER = _VISIBLE.replace(b'"', b"").replace(b"'", b"")
_URL = (string.ascii_letters + string.digits + "_.~:/?#@!$&'()*+,;=-%").encode()

_escape_runs = substituted(
    lazy_regex(
        rb"(?:[\x21\x23-\x26\x28-\x5b\x5d-\x7e]|\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}"
        rb"|U[0-9A-Fa-f]{8}|u\{[0-9A-Fa-f]{1,6}\}|[0-3][0-7]{2}|[nrt\"'/\\_])){8,65535}"
    ),
    _INNER,
    lazy_regex(
        rb"\\(?:x([0-9A-Fa-f]{2})|u\{?([0-9A-Fa-f]{4}|[0-9A-Fa-f]{1,6}(?=\}))\}?|([0-3][0-7]{2})"
        rb"|([nrt\"'/\\_])|U([0-9A-Fa-f]{8}))"
    ),
    _unescaped,
)
_percent_runs = substituted(
    lazy_regex(rb"(?:[0-9A-Za-z_.~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2}){8,65535}"),
    _URL,
    lazy_regex(rb"%([0-9A-Fa-f]{2})|" + _LOGIN),
    _unquoted,
)
_entity_runs = substituted(
    lazy_regex(rb"(?:[\x21-\x25\x27-\x7e]|&#x?[0-9A-Fa-f]{1,5};){8,65535}"),
    _VISIBLE,
    lazy_regex(rb"&#(?:[xX]([0-9A-Fa-f]{1,5})|([0-9]{1,5}));"),
    _unreferenced,
)

_rtf_runs = substituted(
    lazy_regex(rb"(?:[\x20-\x5b\x5d-\x7e]|\\(?:'[0-9A-Fa-f]{2}|u[0-9]{1,5}[ ]?\??)){4,65535}"),
    bytes(range(0x20, 0x7F)),
    lazy_regex(rb"\\(?:'([0-9A-Fa-f]{2})|u([0-9]{1,5})[ ]?\??)"),
    _unreferenced,
)

_base64_runs = around(_RUN64, _B64.encode() + b"-_", _base64)
_hex_runs = around(_RUN16, string.hexdigits.encode(), _hex)

CARRIERS: tuple[Carrier, ...] = (
    Carrier("base64", f"{_SIGN}|{_WIDE_SIGN}|{_PACKED_SIGN}".encode(), _base64_runs),
    Carrier(
        "hex", rb"(?:[2-7][0-9A-Fa-f]){16}|(?:[2-7][0-9A-Fa-f]00){12}|" + packed.HEX_SIGN, _hex_runs
    ),
    Carrier(
        "escapes",
        (
            rf"(?:{_ESCAPED}){{4}}|[0-9A-Za-z_\-]{{2}}\\{{0,3}}{_TOKEN_ESCAPED}[0-9A-Za-z]{{2}}"
            r"|[0-9A-Za-z.\-]\\_[0-9A-Za-z\-]{4}"
        ).encode(),
        _escape_runs,
    ),
    Carrier(
        "percent",
        rb"(?:%[2-7][0-9A-Fa-f]){4}|[0-9A-Za-z.]%(?:5[Ff]|2[5BbDdEeFf]|3[ADad])[0-9A-Za-z]{2}|BEGIN%20",
        _percent_runs,
    ),
    Carrier(
        "entities",
        rb"(?:&#x?[0-9A-Fa-f]{2,5};){4}"
        rb"|[0-9A-Za-z.]&#(?:4[3567]|61|95|x(?:2[bBdDfF]|3[dD]|5[fF]));[0-9A-Za-z]{2}",
        _entity_runs,
    ),
    Carrier("rtf", rb"(?:\\'[2-7][0-9A-Fa-f]){4}|(?:\\u[0-9]{2,3}[ ]?\?){4}", _rtf_runs),
    *numbers.CARRIERS,
    *joined.CARRIERS,
    *columns.CARRIERS,
    *older.CARRIERS,
    *packed.CARRIERS,
    Carrier(PACKED, BEGINNING, embedded),
    *wide.CARRIERS,
)
"""The carriers, in the order in which they are tried. Those with ``zeros`` stand only in content
that has zero bytes, and are looked for only there."""

__all__ = ["CARRIERS", "DEPTH", "PACKED", "Carrier"]
