"""Blocks of Snappy and LZ4, which have no mark of their own: what holds them tells what they are.
Few files have them, so that plain Python does.

Sources: google/snappy, format_description.txt; lz4, doc/lz4_Block_format.md and
doc/lz4_Frame_format.md.
"""

from __future__ import annotations

import zlib

from dunnage.archives.embedded import STEP, decompressed

LZ4 = b"\x04\x22\x4d\x18"


def unsnappy(data: bytes, most: int) -> bytes:
    """Up to about ``most`` bytes of a block; of a damaged one, what comes before the damage."""
    at = 0
    while at < len(data) and data[at] & 0x80:
        at += 1
    at += 1
    out = bytearray()
    end = len(data)
    while at < end and len(out) < most:
        tag = data[at]
        kind, size = tag & 3, tag >> 2
        at += 1
        if kind == 0:
            if size >= 60:
                more = size - 59
                size = int.from_bytes(data[at : at + more], "little")
                at += more
            out += data[at : at + min(size + 1, most)]
            at += size + 1
            continue
        if kind == 1:
            back, size = tag >> 5 << 8 | int.from_bytes(data[at : at + 1], "big"), (size & 7) + 4
            at += 1
        else:
            width = 2 if kind == 2 else 4
            back, size = int.from_bytes(data[at : at + width], "little"), size + 1
            at += width
        if not _copy(out, back, size):
            break
    return bytes(out)


def unlz4(data: bytes, most: int, out: bytearray | None = None) -> bytes:
    """The same of a block of LZ4. ``out`` is what came before it, if it may refer to that."""
    out = bytearray() if out is None else out
    begun = len(out)
    at, end = 0, len(data)
    while at < end and len(out) - begun < most:
        token = data[at]
        size, at = _length(data, at + 1, token >> 4)
        out += data[at : at + min(size, most)]
        at += size
        if at >= end - 1:
            break
        back = data[at] | data[at + 1] << 8
        size, at = _length(data, at + 2, token & 15)
        if not _copy(out, back, min(size + 4, most)):
            break
    return bytes(out[begun:])


def unframed(data: bytearray, at: int, most: int) -> tuple[bytes, int]:
    """Up to about ``most`` bytes of the LZ4 frame at ``at``, and where it ends."""
    flags = data[at + 4]
    at += 7 + (8 if flags & 8 else 0) + (4 if flags & 1 else 0)
    out = bytearray()
    while at + 4 <= len(data) and len(out) < most:
        size = int.from_bytes(data[at : at + 4], "little")
        at += 4
        if not size:
            at += 4 if flags & 4 else 0
            break
        block = bytes(data[at : at + (size & 0x7FFFFFFF)])
        if size >> 31:
            out += block
        elif flags & 0x20:  # each block for itself
            out += unlz4(block, most - len(out))
        else:
            unlz4(block, most - len(out), out)
        at += len(block) + (4 if flags & 16 else 0)
    return bytes(out), at


def is_frame(data: bytearray, at: int) -> bool:
    """Whether an LZ4 frame may begin at ``at``: version 1, no reserved bits, and a first block that
    ends where the data does or before."""
    if at + 15 > len(data) or data[at + 4] & 0xC2 != 0x40 or data[at + 5] & 0x8F:
        return False
    start = at + 7 + (8 if data[at + 4] & 8 else 0) + (4 if data[at + 4] & 1 else 0)
    size = int.from_bytes(data[start : start + 4], "little") & 0x7FFFFFFF
    return size <= 4 << 20 and start + 4 + size <= len(data)


def bare_inflate(data: bytes, most: int) -> bytes:
    """Up to ``most`` bytes of a raw deflate stream; of a damaged one, what comes before the
    damage."""
    return decompressed(zlib.decompressobj(-15), data, 0, len(data), most, (STEP,))[0]


def _copy(out: bytearray, back: int, size: int) -> bool:
    """Repeat ``size`` bytes from ``back`` bytes before the end; False if there are none."""
    start = len(out) - back
    if back <= 0 or start < 0:
        return False
    if back >= size:
        out += out[start : start + size]
    else:
        out += (out[start:] * (size // back + 1))[:size]
    return True


def _length(data: bytes, at: int, size: int) -> tuple[int, int]:
    if size == 15:
        while at < len(data):
            size += data[at]
            at += 1
            if data[at - 1] != 255:
                break
    return size, at
