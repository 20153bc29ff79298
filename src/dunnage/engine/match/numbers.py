"""Characters one by one: lists of their numbers, dumps in hex, lists of letters."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Generator

from dunnage.archives.embedded import unpacked
from dunnage.engine.match.carrier import Carrier, Run, Runs, each_sign
from dunnage.engine.match.packed import MARKS, is_packed
from dunnage.lazy import lazy_regex

_BYTE = rb"(?:0[xX](?:[2-7][0-9A-Fa-f]|0[9AaDd])|[3-9][0-9]|1[01][0-9]|12[0-6]|9|10|13)"
_BYTES = lazy_regex(_BYTE + rb"(?:,[ \t\r\n]{0,40}" + _BYTE + rb"){7,8191}")
_LETTER = rb"(?:'\\?[\x20-\x7e]'|\"\\?[\x20-\x7e]\")"
_LETTERS = lazy_regex(_LETTER + rb"(?:,[ \t\r\n]{0,40}" + _LETTER + rb"){7,8191}")
_CALL = rb"(?:(?:[cC][hH][rR]\(|\[[cC][hH][aA][rR]\])[0-9]{2,3}\)?)"
_CALLS = lazy_regex(_CALL + rb"(?:[ .+&|,]{1,6}" + _CALL + rb"){5,4095}")
_JOINT = 4
"""The most bytes that a sign ends in behind the last character of its list."""
_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_MORE = 400
"""How many bytes before its sign such a list may begin."""


def _lists(whole: re.Pattern[bytes], least: int, read: Callable[[bytes], bytes]) -> Runs:
    """``whole`` matches what is as long as a sign already, so that a list which is too short is
    passed over as a whole; ``least`` is how many characters are looked at."""

    def one(data: bytes, low: int, high: int, done: int, end: int) -> Generator[Run, None, int]:
        first, done = max(done, end - _MORE), end
        for begun in whole.finditer(data, first, end):
            found = begun
            if begun.end() >= end - _JOINT:  # it may go on
                found = whole.match(data, begun.start(), high) or begun
                done = max(end, found.end())
            text = read(found[0])
            if len(text) >= least:
                yield found.start(), found.end(), text
        return done

    return each_sign(one)


def _numbers(text: bytes) -> bytes:
    numbers = re.findall(rb"[0-9A-Fa-fxX]+", text)
    return bytes(int(n, 16 if n[1:2] in b"xX" else 10) for n in numbers)


_WORD = rb"(?:0[xX][0-9A-Fa-f]{6,8}[uUlL]{0,3}|-?[0-9]{1,10})"
_WORDS = lazy_regex(_WORD + rb"(?:,\s{0,40}" + _WORD + rb"){3,65535}")
_FOUR = 240
"""The most bytes that four words take."""
_DIGITS = lazy_regex(rb"0[xX]([0-9A-Fa-f]+)|(-?[0-9]+)")
_TEXT = lazy_regex(rb"[\t\r\n\x20-\x7e]{12}")


def _words(data: bytes, low: int, high: int, done: int, end: int) -> Generator[Run, None, int]:
    """Words of 32 bits, whose bytes lie in one order or the other."""
    near = _WORDS.finditer(data, max(done, end - _MORE), min(high, end + _FOUR))
    begun = next((one for one in near if one.end() >= end), None)
    found = _WORDS.match(data, begun.start(), high) if begun else None
    if found is None:
        return end
    words = [
        int(digits, 16) if digits else int(decimal) & 0xFFFFFFFF
        for digits, decimal in _DIGITS.findall(found[0])
    ]
    for order in "<>":
        content = struct.pack(f"{order}{len(words)}I", *words)
        if is_packed(content) or _TEXT.search(content):
            yield found.start(), found.end(), unpacked(content)
    return max(end, found.end())


def _codes(text: bytes) -> bytes:
    return bytes(number & 0xFF for number in map(int, re.findall(rb"[0-9]+", text)))


def _letters(text: bytes) -> bytes:
    return b"".join(
        _PLAIN.get(letter, letter) if escaped else letter
        for escaped, letter in re.findall(rb"[\"'](\\?)(.)[\"']", text, re.DOTALL)
    )


_PAIRS = (
    rb"[0-9A-Fa-f]{2}(?:[ :]?[0-9A-Fa-f]{2})+"
    rb"(?:  [0-9A-Fa-f]{2}(?: [0-9A-Fa-f]{2})*(?= {2,}\|))?"
)
_ROW = lazy_regex(
    rb"[ \t:]*(?:[0-9A-Fa-f]{4,16}(?::[ \t]+|[ \t]{2,3})|0[0-9A-Fa-f]{5,7}[ \t])?"
    rb"(" + _PAIRS + rb")(?:[ \t]+[|>][^\n]{0,80}|[ \t]{2,}[^\n]{0,80})?[\\, \t\r:]{0,8}(\n?)"
)
_DUMP = b"0123456789ABCDEFabcdef: \t"
_APART = lazy_regex(rb"[ :]")
_BEGUN = lazy_regex(rb"(?<![0-9A-Fa-f])[0-9A-Fa-f]{2}[ :]?[0-9A-Fa-f]{2}")
_FEWEST = 8
"""The fewest bytes of a dump that are looked at: as many as its sign has."""
_ROWS = 8192
"""The most lines of one dump that are read together."""


def _dump(data: bytes, low: int, high: int, done: int, end: int) -> Generator[Run, None, int]:
    """Pairs of hex digits with something between them: fingerprints, and what ``xxd``, ``od`` and
    ``hexdump -C`` print, with the offsets before and the text behind."""
    before = data[max(done, end - _MORE) : end]
    at = end - len(before) + len(before.rstrip(_DUMP))
    # A word before the dump may end in what looks like hex digits.
    while at < end and (begun := _BEGUN.search(data, at, end)):
        start = at = begun.start()
        rows: list[bytes] = []
        while len(rows) < _ROWS and (row := _ROW.match(data, at, high)):
            rows.append(row[1])
            at = row.end()
            if not row[2]:
                break
        decoded = bytes.fromhex(_APART.sub(b"", b"".join(rows)).decode("ascii"))
        if len(decoded) >= _FEWEST:
            yield start, at, decoded
    return at


_CHARACTER = rb"(?:[2-7][0-9A-Fa-f]|0[9aAdD])"


def _first_words(mark: bytes) -> bytes:
    """How the first word of what begins so is written, in either order."""
    if len(mark) < 3:
        return b""
    part = [b"".join(b"[%c%c]" % (d, d - 32) if d > 96 else b"%c" % d for d in b"%02x" % byte)
            for byte in mark[:4]]  # fmt: skip
    part += [rb"[0-9A-Fa-f]{2}"] * (4 - len(part))
    return rb"0[xX](?:" + b"".join(part) + b"|" + b"".join(reversed(part)) + rb")[uUlL]{0,3},"


# In decimal they are looked for where code says what they are: any table has such numbers.
_DECIMAL_SIGN = (
    rb"(?:nt32Array(?:\.(?:of|from))?\(\[?|WordArray\.(?:create|init)\(\[|words[\"']?: ?\[)"
    rb"\s?-?[0-9]"
)
_WORDS_SIGN = b"|".join(
    (
        rb"(?:0[xX]" + _CHARACTER + rb"{4}[uUlL]{0,3},[ \n]{0,8}){3}",
        _DECIMAL_SIGN,
        *filter(None, map(_first_words, MARKS)),
    )
)
CARRIERS = (
    Carrier(
        "bytes",
        rb"(?:0[xX][2-7][0-9A-Fa-f],[ \n]{0,2}){8}|(?:(?:[4-9][0-9]|1[012][0-9]),[ \n]{0,2}){12}",
        _lists(_BYTES, 16, _numbers),
    ),
    Carrier("words", _WORDS_SIGN, each_sign(_words)),
    Carrier(
        "dump",
        rb"(?:[2-7][0-9A-Fa-f][ :]){8}|(?:(?:[2-7][0-9A-Fa-f]){2} ){4}"
        rb"|(?:^|[^0-9A-Fa-f])1[fF][ :]?8[bB][ :]08[ :]?[01][0-9A-Fa-f][ :]",
        each_sign(_dump),
    ),
    Carrier(
        "letters",
        rb"(?:[\"'][0-9A-Za-z_\-][\"'],[ ]?){16}",
        _lists(_LETTERS, 16, _letters),
    ),
    Carrier(
        "codes",
        rb"(?:(?:[cC][hH][rR]\(|\[[cC]har\])[0-9]{2,3}\)?[ .+&|,]{1,4}){6}",
        _lists(_CALLS, 7, _codes),
    ),
)
