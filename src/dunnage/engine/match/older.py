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
_A85 = lazy_regex(rb"<~([!-uz\s]{16,1048576})~>")
_ANY85 = rb"[0-9A-Za-z!#-&(-+;-@^-`{-~\s-]{20,1048576}"
_B85 = lazy_regex(rb"b85decode\([^\n]{0,40}?[\"']{1,3}\\?\s{0,4}(" + _ANY85 + rb")")
_ZIP85 = lazy_regex(rb"(P\)h>@" + _ANY85 + rb")")
_GZIP85 = lazy_regex(rb"(ABzY8" + _ANY85 + rb")")
_B32 = lazy_regex(rb"32[^\n]{0,40}?([A-Z2-7]{24}(?:[A-Z2-7]|\r?\n[ \t]{0,16})*)")
_BLANK = lazy_regex(rb"\s+")
_BEFORE = 80
_LONGEST = 1 << 20


def _found(lead: bytes, run: re.Pattern[bytes], read: Callable[[bytes], bytes]) -> Runs:
    """What ``run`` matches where ``lead`` stands before a sign; its first group is decoded."""

    def one(data: bytes, low: int, high: int, done: int, end: int) -> Generator[Run, None, int]:
        start = data.find(lead, max(done, end - _BEFORE), end)
        found = run.match(data, start, min(high, end + _LONGEST)) if start >= 0 else None
        if found is None:
            return end
        with contextlib.suppress(ValueError, binascii.Error):
            yield start, found.end(), unpacked(read(found[1]))
        return found.end()

    return each_sign(one)


def _uu(text: bytes) -> bytes:
    return b"".join(map(binascii.a2b_uu, _UU_LINE.findall(text)))


def _b85(text: bytes) -> bytes:
    return base64.b85decode(_BLANK.sub(b"", text))


def _b32(text: bytes) -> bytes:
    text = _BLANK.sub(b"", text)
    text = text[: len(text) - {1: 1, 3: 1, 6: 1}.get(len(text) % 8, 0)]
    return base64.b32decode(text + b"=" * (-len(text) % 8))


CARRIERS = (
    Carrier("uuencode", rb"begin [0-7]{3} ", _found(b"begin ", _UU, _uu)),
    Carrier("ascii85", rb"<~[!-uz]{16}", _found(b"<~", _A85, base64.a85decode)),
    Carrier("base85", rb"b85decode\(", _found(b"b85decode(", _B85, _b85)),
    Carrier("zip in base85", rb"P\)h>@", _found(b"P)h>@", _ZIP85, _b85)),
    Carrier(
        "gzip in base85", rb"ABzY8[0-9A-Za-z!#-&(-+;-@^-`{-~-]{20}", _found(b"ABzY8", _GZIP85, _b85)
    ),
    Carrier("base32", rb"[bB](?:ase)?32[^\n]{0,40}[A-Z2-7]{8}", _found(b"32", _B32, _b32)),
)
