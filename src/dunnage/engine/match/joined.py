"""Text in pieces: literals that are added up, lines that go on, quoted-printable, the runs of
Word's, RTF's and PDF's text.

A joined literal is looked at together with the name that it is assigned to.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Generator, Iterator, Sequence

from dunnage.engine.match.carrier import FAR, Carrier, Run, Runs, each_sign
from dunnage.lazy import lazy_regex

_WORD = rb"[0-9A-Za-z_\-]"
_MARKS = rb"(?:\+|\.\.?|&|\|\||<>|\+\+|\^)"
"""What joins two literals, in one language or another."""
_PREFIX = rb"[bfruL]{0,2}"
_SIGN = b"|".join(
    (
        # literals on one line
        _WORD
        + rb"{3}(?:\" (?:[+.&^]|\.\.|\|\||<>|\+\+) \"|' (?:[+.&]|\.\.|\|\||<>) '|\"[+.&]\"|'[+.&]'"
        + rb"|` \+ `|\"\.concat\(\"|'\.concat\(')"
        + _WORD
        + rb"{6}",
        # on two, with the operator at the end of the first, or none
        _WORD
        + rb"{3}(?:\"|'|\" \+|' \+|\" \.|' \.|\"\\|\" \\|' \\|` \+|\" & _)\r?\n"
        + rb"[ \t]{0,24}"
        + _PREFIX
        + rb"[\"'`]"
        + _WORD
        + rb"{6}",
        # or at the beginning of the second
        _WORD + rb"{3}[\"']\r?\n[ \t]{0,24}[.+&] ?[\"']" + _WORD + rb"{6}",
        # a line that goes on
        _WORD + rb"{4}[\\^`]\r?\n[ \t]{0,16}[\"']?" + _WORD + rb"{6}",
    )
)
_PIECE = rb"[0-9A-Za-z_\-+/=.:@%~]"
_BREAK = (
    rb"(?:[\"'`][ \t]{0,4}(?:" + _MARKS + rb"|\.concat\()?[ \t]{0,4}[\\_]?"
    rb"(?:\r?\n[ \t]{0,40}(?:[+.&][ \t]{0,4})?)?" + _PREFIX + rb"[\"'`]"
    rb"|[\\^`]\r?\n[ \t]{0,16}[\"']?)"
)
_JOINED = lazy_regex(rb"(?<!" + _PIECE + rb")" + _PIECE + rb"+(?:" + _BREAK + _PIECE + rb"+){1,64}")
_PIECES = (string.ascii_letters + string.digits + "_-+/=.:@%~").encode()
_APART = lazy_regex(_BREAK)
_CODE = lazy_regex(rb"[0-9]|[A-Z]{8}")
_NAMED = lazy_regex(
    rb"[A-Za-z_$][0-9A-Za-z_.$\-]{1,60}[\"'\]]{0,2}[ \t]{0,8}(?:=>|:=|[:=(])[ \t(]{0,8}"
    rb"(?:\r?\n[ \t]{0,40})?[\"'`]?\Z"
)
_SHORTEST = 20
"""The fewest characters of joined literals that are looked at: hardly a token is shorter."""

_BEFORE, _BEHIND = 160, 2048
"""How far around its sign a joined literal may reach, in bytes."""


def _joined(data: bytes, low: int, high: int, done: int, end: int) -> Generator[Run, None, int]:
    first = max(done, end - _BEFORE)
    before = data[max(done, first - _BEHIND) : first]
    first -= len(before) - len(before.rstrip(_PIECES))
    # Only up to the sign, so that one without a run costs no more than what stands before it.
    for begun in _JOINED.finditer(data, first, end):
        if begun.end() < end - 6:
            continue
        found = _JOINED.match(data, begun.start(), min(high, end + _BEHIND)) or begun
        start = found.start()
        whole = _APART.sub(b"", found[0])
        if len(whole) >= _SHORTEST and _CODE.search(whole):
            name = _NAMED.search(data[max(low, start - 120) : start])
            yield start, found.end(), name[0] + whole + name[0][-1:] if name else whole
        return found.end()
    return end


def _printed(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 16)]) if found[1] else b""


_QUOTED = lazy_regex(rb"(?:[\t\x20-\x3c\x3e-\x7e]|=[0-9A-F]{2}|=\r?\n){8,65535}")
_SOFT = lazy_regex(rb"=(?:([0-9A-F]{2})|\r?\n)")


def _quoted(data: bytes, low: int, high: int, done: int, end: int) -> Generator[Run, None, int]:
    """Whole lines of quoted-printable (RFC 2045, section 6.7)."""
    first = max(done, end - FAR)
    start = data.rfind(b"\n", first, end) + 1 or first
    while start > first and data[start - 3 : start].rstrip(b"\r\n").endswith(b"="):
        start = data.rfind(b"\n", first, start - 1) + 1 or first
    found = _QUOTED.match(data, start, high)
    if found and (decoded := _SOFT.sub(_printed, found[0])) != found[0]:
        yield start, found.end(), decoded
    return found.end() if found else end


_FOLDING = (
    rb"Manifest-Version: |SHA-256-Digest: |Metadata-Version: |MIME-Version: |\nContent-Type: "
    rb"|BEGIN:V(?:CALENDAR|CARD|EVENT|TODO)|(?:^|\n)dn::? "
)
_LINE = 1000
_FOLDS = lazy_regex(rb"(?m)^[^\s][^\r\n]{0,1000}(?:\r?\n [^\s][^\r\n]{0,1000}){1,64}")
_GOES_ON = lazy_regex(rb"\n [^\s]")
_FOLD = lazy_regex(rb"\r?\n ")


def _folded(data: bytes, low: int, high: int, done: int, end: int) -> Generator[Run, None, int]:
    """Lines that go on behind a blank, in what is written so: a manifest (the JAR file
    specification, "Line length"), LDIF (RFC 2849), a calendar (RFC 5545, 3.1) or a head of mail."""
    first = max(done, end - FAR)
    start = data.rfind(b"\n", first, end - 1) + 1 or first
    while on := _GOES_ON.search(data, start, high):
        near = max(start, on.start() - _LINE - 2)
        line = data.rfind(b"\n", near, on.start()) + 1 or near
        start = on.end()
        if found := _FOLDS.match(data, line, high):
            start = found.end()
            yield found.start(), start, _FOLD.sub(b"", found[0])
    return high


_PARAGRAPH = lazy_regex(rb"</(?:w:p|a:p|si|text:p)>")
_TEXT = lazy_regex(rb"<(?:w:t|a:t|t|text:span)(?:[ \t\r\n][^<>]*)?>([^<>]*)</")
_PARTS = lazy_regex(rb"\(((?:[^()\\]|\\.){0,4096})\)", re.DOTALL)
_BACK, _NEAR = 8192, 1 << 16
"""How far before its sign a paragraph is looked at, and how far behind it, in bytes."""


def _words(parts: Sequence[bytes]) -> Iterator[bytes]:
    """What stands in several parts, word by word."""
    for joined in b"\x01".join(parts).split():
        if b"\x01" in joined:
            word = joined.replace(b"\x01", b"")
            if len(word) >= _SHORTEST and _CODE.search(word):
                yield word


def _paragraphs(mark: re.Pattern[bytes], parts_of: Callable[[bytes], Sequence[bytes]]) -> Runs:
    """The text of paragraphs that ``mark`` ends, where a word may be spread over parts."""

    def one(data: bytes, low: int, high: int, done: int, end: int) -> Generator[Run, None, int]:
        first = max(done, end - _BACK)
        begun = [found.end() for found in mark.finditer(data, first, end)]
        start = begun[-1] if begun else first
        stop = min(high, end + _NEAR)
        begun = [found.end() for found in mark.finditer(data, end, stop)]
        stop = begun[-1] if begun else stop
        paragraphs = [parts_of(part) for part in mark.split(data[start:stop])]
        if any(True for parts in paragraphs for _ in _words(parts)):
            yield start, stop, b"\n".join(b"".join(parts) for parts in paragraphs)
        return stop

    return each_sign(one)


def _shown(data: bytes, low: int, high: int, done: int, end: int) -> Generator[Run, None, int]:
    """What one operator of PDF shows (ISO 32000-1, 9.4.3): strings with the room between them."""
    start = data.rfind(b"[", max(done, end - _BACK), end)
    if start >= 0:
        for word in _words(_PARTS.findall(data, start, end)):
            yield start, end, word
    return end


def _office_parts(text: bytes) -> Sequence[bytes]:
    return _TEXT.findall(text)


_RTF_PARAGRAPH = lazy_regex(rb"\\(?:par|cell|row|line|sect|tab)(?![a-z])")
_RTF_HEX = lazy_regex(rb"\\'([2-7][0-9a-fA-F])")
_RTF_CONTROL = lazy_regex(rb"\\\*|\\[a-z]{1,32}(?:-?[0-9]{1,10})?[ ]?|[{}\r\n]+")


def _rtf_parts(text: bytes) -> Sequence[bytes]:
    """What stands between groups, control words and line breaks, of which a reader shows none
    (Rich Text Format 1.9.1, "RTF Syntax")."""
    return _RTF_CONTROL.split(_RTF_HEX.sub(_printed, text))


CARRIERS = (
    Carrier("joined", _SIGN, each_sign(_joined)),
    Carrier(
        "quoted-printable",
        rb"[0-9A-Za-z_\-]{4}=\r?\n[0-9A-Za-z_\-]{2}|=3D[0-9A-Za-z_\-]{2}|[0-9A-Za-z]=5F[0-9A-Za-z]{2}",
        each_sign(_quoted),
    ),
    Carrier("folded", _FOLDING, each_sign(_folded)),
    Carrier(
        "runs",  # Office Open XML (ECMA-376, 17.3.2) and OpenDocument
        rb"</w:t></w:r>|</a:t></a:r>|</t></r>|</text:span><text:span",
        _paragraphs(_PARAGRAPH, _office_parts),
    ),
    Carrier(
        "rtf",
        rb"\\rtlch\\fcs|\\insrsid[0-9]|\\f[0-9]\\(?:fs[0-9]|[bi][0 \\])",
        _paragraphs(_RTF_PARAGRAPH, _rtf_parts),
    ),
    Carrier("shown", rb"\)[ ]?\][ ]?TJ", each_sign(_shown)),
)
