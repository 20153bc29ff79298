"""Encoded text: what base64, hex, escapes and UTF-16 hide.

Each carrier has a *sign*, a Hyperscan expression that occurs where encoded ASCII text stands and
hardly anywhere else; it is looked for in the same pass as the rules' shapes. Around a sign the
whole run is taken, decoded, and looked at in its turn.

The sign of base64 rests on RFC 4648, section 4: of printable ASCII the highest bit is zero and one
of the next two is set, which leaves part of the alphabet at three of four positions. It
begins with a capital or a digit, since over small letters and signs Hyperscan skips fastest.
"""

from __future__ import annotations

import base64
import binascii
import re
import string
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from dunnage.lazy import lazy_regex

DEPTH = 3
"""How many encodings inside one another are taken off."""

FAR = 4096
"""How many bytes before a sign its run may begin."""

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
_ESCAPED = r"\\(?:x[2-7][0-9A-Fa-f]|u00[2-7][0-9A-Fa-f]|u\{[2-7][0-9A-Fa-f]\}|[01][0-7]{2})"
_TOKEN_ESCAPED = r"\\(?:x|u00|u\{)(?:2[bBdDeEfF]|3[0-9dD]|[46][1-9a-fA-F]|5[0-9aAfF]|7[0-9aA])\}?"

Runs = Callable[[bytes, int, int, Sequence[int]], Iterator[tuple[int, int, bytes]]]


class Carrier(Struct, frozen=True):
    """One way to hide text. ``sign`` is for Hyperscan. ``runs(data, low, high, ends)`` yields
    (start, end, decoded) of the runs around the places where the sign ends."""

    name: str
    sign: bytes
    runs: Runs
    zeros: bool = False


def _around(
    run: re.Pattern[bytes], alphabet: bytes
) -> Callable[[bytes, int, int, Sequence[int]], Iterator[re.Match[bytes]]]:
    """The runs around signs. ``alphabet`` holds every byte that a run may hold before its sign."""

    def find(data: bytes, low: int, high: int, ends: Sequence[int]) -> Iterator[re.Match[bytes]]:
        done = low
        for end in ends:
            if end <= done:
                continue
            before = data[max(done, end - FAR) : end]
            start = end - len(before) + len(before.rstrip(alphabet))
            if (found := run.match(data, start, high)) is None:
                continue
            done = max(end, found.end())
            yield found

    return find


# A line break inside encoded text: real, escaped, or between the quotes of joined literals.
_JOINT = (
    rb"(?:[ \t]*(?:\\r)?(?:\\n|\r?\n)[ \t]*(?:[\"'][ \t]*[+,]?[ \t]*\n?[ \t]*[\"'])?"
    rb"|[\"'][ \t]*[+\\]?[ \t]*\r?\n[ \t]*[\"'])"
)
_RUN64 = lazy_regex(rb"[A-Za-z0-9+/_\-]{16,}(?:" + _JOINT + rb"[A-Za-z0-9+/_\-]{4,})*={0,2}")
_NOT64 = lazy_regex(rb"\\[rn]|[^A-Za-z0-9+/_\-]")
_SIGN64 = lazy_regex(rf"(?:{_GROUP}){{3}}".encode())
_PACKED64 = lazy_regex(rb"H4sI|UEsDB|KLUv|QlpoO|/Td6WFo")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_around64 = _around(_RUN64, _B64.encode() + b"-_")


def _base64_runs(
    data: bytes, low: int, high: int, ends: Sequence[int]
) -> Iterator[tuple[int, int, bytes]]:
    for found in _around64(data, low, high, ends):
        text = _NOT64.sub(b"", found[0])
        for phase in _phases(text):
            part = text[phase:].translate(_TO_STANDARD)
            part = part[: len(part) - (len(part) % 4 == 1)]
            try:
                decoded = base64.b64decode(part + b"=" * (-len(part) % 4))
            except binascii.Error:
                continue
            yield found.start(), found.end(), decoded


def _phases(text: bytes) -> list[int]:
    """Where the groups of four may begin, in a run that other characters may have got into."""
    phases: list[int] = []
    sign = _PACKED64.search(text) or _SIGN64.search(text)
    while sign is not None and len(phases) < 4:
        if sign.start() % 4 not in phases:
            phases.append(sign.start() % 4)
        sign = _SIGN64.search(text, max(sign.end(), sign.start() + len(text) // 64))
    return phases


_around_hex = _around(lazy_regex(rb"[0-9A-Fa-f]{32,}"), string.hexdigits.encode())


def _hex_runs(
    data: bytes, low: int, high: int, ends: Sequence[int]
) -> Iterator[tuple[int, int, bytes]]:
    for found in _around_hex(data, low, high, ends):
        run = found[0]
        for odd in (0, 1):
            part = run[odd : len(run) - (len(run) - odd) % 2]
            decoded = bytes.fromhex(part.decode("ascii"))
            if decoded.isascii():
                yield found.start(), found.end(), decoded


def _substituted(
    run: re.Pattern[bytes],
    alphabet: bytes,
    one: re.Pattern[bytes],
    value: Callable[[re.Match[bytes]], bytes],
) -> Runs:
    """A carrier that replaces single characters and leaves the others."""
    around = _around(run, alphabet)

    def runs(
        data: bytes, low: int, high: int, ends: Sequence[int]
    ) -> Iterator[tuple[int, int, bytes]]:
        for found in around(data, low, high, ends):
            decoded = one.sub(value, found[0])
            if decoded != found[0]:
                yield found.start(), found.end(), decoded

    return runs


_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1] or found[2]
    if code:
        value = int(code, 16)
    elif found[3]:
        value = int(found[3], 8)
    else:
        return _PLAIN.get(found[4], found[4])
    return _character(value)


def _character(value: int) -> bytes:
    return chr(value).encode("utf-8", "replace") if value < 0x110000 else b"?"


def _unquoted(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 16)])


def _unreferenced(found: re.Match[bytes]) -> bytes:
    return _character(int(found[1], 16) if found[1] else int(found[2]))


_VISIBLE = bytes(range(0x21, 0x7F))
_INNER = _VISIBLE.replace(b'"', b"").replace(b"'", b"")
_URL = (string.ascii_letters + string.digits + "_.~:/?#@!$&'()*+,;=-%").encode()

_escape_runs = _substituted(
    lazy_regex(
        rb"(?:[\x21\x23-\x26\x28-\x5b\x5d-\x7e]|\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}"
        rb"|u\{[0-9A-Fa-f]{1,6}\}|[0-3][0-7]{2}|[nrt\"'/\\])){8,65535}"
    ),
    _INNER,
    lazy_regex(
        rb"\\(?:x([0-9A-Fa-f]{2})|u\{?([0-9A-Fa-f]{4}|[0-9A-Fa-f]{1,6}(?=\}))\}?|([0-3][0-7]{2})"
        rb"|([nrt\"'/\\]))"
    ),
    _unescaped,
)
_percent_runs = _substituted(
    lazy_regex(rb"(?:[0-9A-Za-z_.~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2}){8,65535}"),
    _URL,
    lazy_regex(rb"%([0-9A-Fa-f]{2})"),
    _unquoted,
)
_entity_runs = _substituted(
    lazy_regex(rb"(?:[\x21-\x25\x27-\x7e]|&#x?[0-9A-Fa-f]{1,5};){8,65535}"),
    _VISIBLE,
    lazy_regex(rb"&#(?:[xX]([0-9A-Fa-f]{1,5})|([0-9]{1,5}));"),
    _unreferenced,
)

_BYTE = rb"(?:0[xX](?:[2-7][0-9A-Fa-f]|0[9AaDd])|[3-9][0-9]|1[01][0-9]|12[0-6]|9|10|13)"
_BYTES = lazy_regex(_BYTE + rb"(?:,[ \t\r\n]{0,40}" + _BYTE + rb"){15,8191}")


def _byte_runs(
    data: bytes, low: int, high: int, ends: Sequence[int]
) -> Iterator[tuple[int, int, bytes]]:
    done = low
    for end in ends:
        if end <= done:
            continue
        found = _BYTES.search(data, max(done, end - 200), high)
        if found is None:
            return
        done = max(end, found.end())
        numbers = re.findall(rb"[0-9A-Fa-fxX]+", found[0])
        yield (
            found.start(),
            found.end(),
            bytes(int(n, 16 if n[1:2] in b"xX" else 10) for n in numbers),
        )


_WIDE = 8
"""The fewest characters of UTF-16 that are looked at."""
_TEXT_WIDE = lazy_regex(rb"[\t\r\n\x20-\x7e]{8,}")
_ZEROS = lazy_regex(rb"\0+")


def _wide_runs(
    data: bytes, low: int, high: int, ends: Sequence[int]
) -> Iterator[tuple[int, int, bytes]]:
    low = max(low, ends[0] - 20 - FAR)
    if data.find(b"\0", low, high) < 0:
        return
    for begin in (low, low + 1):
        # Every second byte is the text where all those between are zero.
        zeros, text = data[begin + 1 : high : 2], data[begin:high:2]
        at = 0
        while (at := zeros.find(bytes(_WIDE), at)) >= 0:
            run = _ZEROS.match(zeros, at)
            end = run.end() if run else at + 1
            for found in _TEXT_WIDE.finditer(text, at, end):
                yield begin + 2 * found.start(), begin + 2 * found.end(), found[0]
                # Behind the zeros of the higher byte first stands one character more.
                if found.end() == end < len(text) and 0x20 <= text[end] < 0x7F:
                    yield (
                        begin + 2 * found.start(),
                        begin + 2 * end + 1,
                        text[found.start() : end + 1],
                    )
            at = end


CARRIERS: tuple[Carrier, ...] = (
    Carrier(
        "base64",
        rf"{_SIGN}|H4sI{_ANY64}{{16}}|UEsDB{_ANY64}{{16}}".encode(),
        _base64_runs,
    ),
    Carrier("hex", rb"(?:[2-7][0-9A-Fa-f]){16}", _hex_runs),
    Carrier(
        "escapes",
        rf"(?:{_ESCAPED}){{4}}|[0-9A-Za-z_\-]{{2}}{_TOKEN_ESCAPED}[0-9A-Za-z]{{2}}".encode(),
        _escape_runs,
    ),
    Carrier(
        "percent",
        rb"(?:%[2-7][0-9A-Fa-f]){4}|[0-9A-Za-z]%(?:5[Ff]|2[5BbDdEeFf]|3[ADad])[0-9A-Za-z]{2}|BEGIN%20",
        _percent_runs,
    ),
    Carrier("entities", rb"(?:&#x?[0-9A-Fa-f]{2,5};){4}", _entity_runs),
    Carrier(
        "bytes",
        rb"(?:0[xX][2-7][0-9A-Fa-f],[ \n]{0,2}){8}|(?:(?:[4-9][0-9]|1[012][0-9]),[ \n]{0,2}){12}",
        _byte_runs,
    ),
    Carrier("utf-16", rb"(?:[\x20-\x7e]\x00){10}", _wide_runs, zeros=True),
)
"""The carriers, in the order in which they are tried. Those with ``zeros`` stand only in content
that has zero bytes, and are looked for only there."""
