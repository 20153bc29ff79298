"""Encodings that name themselves: uuencode, ascii85, base85 and base32.

Sources: POSIX, uuencode; the PostScript Language Reference, ASCII85Encode; RFC 4648, section 6.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from collections.abc import Callable, Generator

from dunnage.archives.embedded import unpacked
from dunnage.engine.match.carrier import Carrier, Run, Runs, each_sign
from dunnage.lazy import lazy_regex

_UU = lazy_regex(rb"begin [0-7]{3} [^\r\n]{1,80}\r?\n((?:[\x20-\x60]{1,86}\r?\n)+)")
_UU_LINE = lazy_regex(rb"[^\r\n]+")
_A85 = lazy_regex(rb"<~([!-uz\s]{16,})~>")
_ANY85 = rb"[0-9A-Za-z!#-&(-+;-@^-`{-~\s-]{20,}"
_B85 = lazy_regex(rb"b85decode\([^\n]{0,40}?[\"']{1,3}\\?\s{0,4}(" + _ANY85 + rb")")
_SET85 = rb"[0-9A-Za-z!#-&(-+;-@^-`{-~-]"
_PACKED85 = rb"P\)h>@|ABzY[0-9A-Za-z]|\{Wp48S|LRx4.F\+o`|D77#B|iBL\{Q4GJ0x"
"""How zip, gzip, xz, bzip2, zstd and PNG begin in base85; then zlib, which must begin a string."""
_ZLIB85 = rb"(?<=[\"'`])c(?:\$|%[01]|-[j-s])"
_IN85 = lazy_regex(b"((?:" + _PACKED85 + b"|" + _ZLIB85 + b")" + _ANY85 + b")")
_PACKED32 = rb"D6FQQ[AC]|7U3XUWC2|IJNGQ[M-O]|FC2S77|KBFQGBA|RFIE4RYN"
"""The same in base32."""
_IN32 = lazy_regex(b"((?:" + _PACKED32 + rb")[A-Z2-7]{16}(?:[A-Z2-7]|\r?\n[ \t]{0,16})*)")
_B32 = lazy_regex(rb"32[^\n]{0,40}?([A-Z2-7]{24}(?:[A-Z2-7]|\r?\n[ \t]{0,16})*)")
_BLANK = lazy_regex(rb"\s+")
_BEFORE = 80
_PIECE = 5 << 16


def _found(lead: bytes, run: re.Pattern[bytes], read: Callable[[bytes], bytes]) -> Runs:
    """What ``run`` matches where ``lead``, an expression, stands in a sign; its first group is
    decoded."""
    beginning = lazy_regex(lead)

    def one(data: bytes, low: int, high: int, done: int, end: int) -> Generator[Run, None, int]:
        begun = beginning.search(data, max(done, end - _BEFORE), end)
        found = run.match(data, begun.start(), high) if begun else None
        if begun is None or found is None:
            return end
        start = begun.start()
        with contextlib.suppress(ValueError, binascii.Error):
            yield start, found.end(), unpacked(read(found[1]))
        return found.end()

    return each_sign(one)


def _uu(text: bytes) -> bytes:
    return b"".join(map(binascii.a2b_uu, _UU_LINE.findall(text)))


def _b85(text: bytes) -> bytes:
    text = _BLANK.sub(b"", text)  # in pieces: of each five characters an object is made
    pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
    return b"".join(map(base64.b85decode, pieces))


def _b32(text: bytes) -> bytes:
    text = _BLANK.sub(b"", text)
    text = text[: len(text) - {1: 1, 3: 1, 6: 1}.get(len(text) % 8, 0)]
    return base64.b32decode(text + b"=" * (-len(text) % 8))


CARRIERS = (
    Carrier("uuencode", rb"begin [0-7]{3} ", _found(b"begin ", _UU, _uu)),
    Carrier("ascii85", rb"<~[!-uz]{16}", _found(b"<~", _A85, base64.a85decode)),
    Carrier("base85", rb"b85decode\(", _found(rb"b85decode\(", _B85, _b85)),
    Carrier(
        "base85",
        b"(?:" + _PACKED85 + rb"|[\"'`]c(?:\$|%[01]|-[j-s]))" + _SET85 + rb"{20}",
        _found(_PACKED85 + b"|" + _ZLIB85, _IN85, _b85),
    ),
    Carrier("base32", b"(?:" + _PACKED32 + rb")[A-Z2-7]{16}", _found(_PACKED32, _IN32, _b32)),
    Carrier("base32", rb"[bB](?:ase)?32[^\n]{0,40}[A-Z2-7]{8}", _found(b"32", _B32, _b32)),
)
