"""The filters of PDF's streams but Flate, and in which order a stream has them.

Source: ISO 32000-2, 7.4.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

from dunnage.lazy import lazy_regex

_NAMES = lazy_regex(
    rb"/(?:(FlateDecode|Fl)|(LZWDecode|LZW)|(ASCII85Decode|A85)|(ASCIIHexDecode|AHx)"
    rb"|(RunLengthDecode|RL)|(DCTDecode|DCT|JPXDecode|CCITTFaxDecode|CCF|JBIG2Decode))"
    rb"(?![0-9A-Za-z])"
)
_KINDS = ("flate", "lzw", "a85", "hex", "runs", "image")
_BLANK = bytes((0, 9, 10, 12, 13, 32))
_NEAR = 12
"""So many bytes tell whether the filters are a list: ``/Filter`` and what stands behind it."""
_MOST = 8
_CLEAR, _END, _WIDEST = 256, 257, 12


def filters_of(dictionary: bytes) -> list[str]:
    """The filters of a stream, in the order in which they are taken off."""
    begun = dictionary.rfind(b"/Filter")
    value = dictionary[begun:].partition(b"]")[0] if begun >= 0 else dictionary
    found = [_KINDS[(name.lastindex or 1) - 1] for name in _NAMES.finditer(value)]
    if b"[" not in value[:_NEAR]:
        return found[:1] if begun >= 0 else found[-1:]
    return found[:_MOST]


def _hex(data: bytes, most: int) -> bytes:
    digits = data.partition(b">")[0].translate(None, _BLANK)[: 2 * most]
    try:
        return bytes.fromhex((digits + b"0" * (len(digits) & 1)).decode("latin-1"))
    except ValueError:
        return b""


def _a85(data: bytes, most: int) -> bytes:
    text = data.partition(b"~>")[0].strip(_BLANK).removeprefix(b"<~")
    try:
        return base64.a85decode(text, ignorechars=_BLANK)[:most]
    except ValueError:
        return b""


def _runs(data: bytes, most: int) -> bytes:
    out, at = bytearray(), 0
    while at < len(data) and len(out) < most:
        length = data[at]
        if length == 128:
            break
        if length < 128:
            out += data[at + 1 : at + 2 + length]
            at += 2 + length
        else:
            out += data[at + 1 : at + 2] * (257 - length)
            at += 2
    return bytes(out)


def _lzw(data: bytes, most: int) -> bytes:
    """LZW with codes of 9 to 12 bits, which grow one code early, as they do by default."""
    table = [bytes((byte,)) for byte in range(256)] + [b"", b""]
    out: list[bytes] = []
    size = bits = held = 0
    width, last = 9, b""
    for byte in data:
        held = held << 8 | byte
        bits += 8
        if bits < width:
            continue
        bits -= width
        code = held >> bits
        held &= (1 << bits) - 1
        if code == _CLEAR:
            del table[258:]
            width, last = 9, b""
            continue
        if code == _END:
            break
        if code < len(table):
            piece = table[code]
        elif code == len(table) and last:
            piece = last + last[:1]
        else:
            break
        out.append(piece)
        size += len(piece)
        if size >= most:
            break
        if last and len(table) < 1 << _WIDEST:
            table.append(last + piece[:1])
        last = piece
        if len(table) + 1 >= 1 << width and width < _WIDEST:
            width += 1
    return b"".join(out)[:most]


DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "hex": _hex,
    "a85": _a85,
    "runs": _runs,
    "lzw": _lzw,
}
"""What takes a filter off: up to so many bytes, and of damaged data what comes before that."""
