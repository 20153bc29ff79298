"""Git's deltas: an object as its difference from another one. Of what a delta makes, the parts that
are new are given, with what stands around them: half of a changed line comes from the base.

Source: https://git-scm.com/docs/gitformat-pack, "Deltified representation".
"""

from __future__ import annotations

AROUND = 512
"""How many bytes on either side of what is new are given with it."""

_LARGEST = 32 << 20


def applied(base: bytes, delta: bytes) -> tuple[bytes, bytes] | None:
    """What ``delta`` makes of ``base``, and the parts of it that are new, one a line, with what is
    around them. None if it is damaged or made for another base."""
    size, at = _size(delta, 0)
    made, at = _size(delta, at)
    if size != len(base) or made > _LARGEST or at < 0:
        return None
    out, new = bytearray(), list[tuple[int, int]]()
    end = len(delta)
    while at < end:
        code = delta[at]
        at += 1
        if code & 0x80:
            offset = length = 0
            for bit in range(7):
                if code >> bit & 1:
                    if at >= end:
                        return None
                    if bit < 4:
                        offset |= delta[at] << 8 * bit
                    else:
                        length |= delta[at] << 8 * (bit - 4)
                    at += 1
            length = length or 0x10000
            if offset + length > size or len(out) + length > made:
                return None
            out += base[offset : offset + length]
        elif code and at + code <= end:
            new.append((len(out), len(out) + code))
            out += delta[at : at + code]
            at += code
        else:
            return None
    if len(out) != made:
        return None
    content = bytes(out)
    return content, b"\n".join(_parts(content, new))


def _parts(content: bytes, new: list[tuple[int, int]]) -> list[bytes]:
    parts: list[bytes] = []
    low = high = 0
    for start, stop in new:
        if start - AROUND > high:
            parts.append(content[low:high])
            low = start - AROUND
        high = stop + AROUND
    parts.append(content[low:high])
    return [part for part in parts if part]


def _size(delta: bytes, at: int) -> tuple[int, int]:
    """A number, and where it ends; -1 where there is none."""
    value = shift = 0
    while 0 <= at < len(delta) and shift < 64:
        byte = delta[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if not byte & 0x80:
            return value, at
    return value, -1
