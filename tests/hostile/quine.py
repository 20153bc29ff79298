"""A zip that holds itself, and so unpacks for ever; after Russ Cox, "Zip Files All The Way Down"
(2010), made anew here for a shorter name.

Its deflate stream is a program of two orders: ``L n`` copies the n bytes that follow to the output,
``R n`` repeats the last n bytes of the output. The program puts out the whole file. Its CRC, which
stands in the file four times, is the solution of 32 linear equations.
"""

from __future__ import annotations

import struct
import zlib

NAME = b"qq.zip"


def _literal(size: int) -> bytes:
    """``L size``: a stored block."""
    return b"\0" + struct.pack("<2H", size, size ^ 0xFFFF)


def _length(size: int) -> str:
    """The fixed code of a length up to 66."""
    for code, extra, base in ((277, 4, 67), (273, 3, 35), (269, 2, 19), (265, 1, 11), (257, 0, 3)):
        if size >= base:
            step, more = divmod(size - base, 1 << extra)
            return f"{code - 256 + step:07b}" + (f"{more:0{extra}b}"[::-1] if extra else "")
    raise ValueError(size)


def _distance(size: int) -> str:
    """The fixed code of a distance from 5 to 128."""
    code, extra, base = 4, 1, 5
    while size >= base + (2 << extra):
        code, extra, base = code + 2, extra + 1, base + (2 << extra)
    step, more = divmod(size - base, 1 << extra)
    return f"{code + step:05b}" + f"{more:0{extra}b}"[::-1]


def _repeat(*lengths: int) -> bytes:
    """``R n``, n the sum of the lengths: a block of matches, empty blocks up to a whole byte."""
    distance = _distance(sum(lengths))
    bits = "010" + "".join(_length(each) + distance for each in lengths) + "0" * 7
    while len(bits) % 8:
        bits += "010" + "0" * 7
    return bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))


def _quine(crc: int, date: int) -> bytes:
    """The file but for a CRC that may be wrong."""
    last = b"\x03\0"  # an empty last block
    first_repeat, four, two = _repeat(19, 11, 11), _repeat(10, 11, 3), _repeat(5, 6)
    tail_repeat = _repeat(66, 16)
    l_first, l_nine, l_one, l_four, l_tail = map(_literal, (41, 9, 5, 24, 82))
    one_and_four = first_repeat + l_one + l_nine + l_four

    def whole(packed: int, size: int, start: int) -> bytes:
        head = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, date, crc, packed, size, 6, 0)
        head += NAME
        central = struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, date, crc, packed, size, 6, 0, 0, 0, 0, 0, 0
        )  # fmt: skip
        central += NAME
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(central), start, 0)
        tail = tail_repeat + last + central + end
        program = l_first + head + l_first + first_repeat
        program += l_nine + first_repeat + l_one + l_nine
        program += l_four + one_and_four + four
        program += l_four + four + l_four + four + l_four + four
        program += l_four + bytes(24 - len(two) - 5) + two + l_tail + two
        return head + program + l_tail + tail + tail

    rough = whole(0, 0, 0)
    size, after = len(rough), 52 + 22
    return whole(size - 36 - after, size, size - after)


def zip_quine() -> bytes:
    """The zip whose only member, ``qq.zip``, is the zip."""
    for date in range(33, 4096):
        base = zlib.crc32(_quine(0, date))
        columns = [zlib.crc32(_quine(1 << bit, date)) ^ base ^ 1 << bit for bit in range(32)]
        crc = _solved(columns, base)
        if crc is not None:
            return _quine(crc, date)
    raise ValueError("no date has a solution")


def _solved(columns: list[int], wanted: int) -> int | None:
    """Which of the columns, as bits, add up to ``wanted`` over GF(2)."""
    basis: dict[int, tuple[int, int]] = {}
    for bit, column in enumerate(columns):
        value, made = column, 1 << bit
        while value and (lead := value.bit_length()) in basis:
            value, made = value ^ basis[lead][0], made ^ basis[lead][1]
        if value:
            basis[value.bit_length()] = value, made
    found = 0
    while wanted:
        if (lead := wanted.bit_length()) not in basis:
            return None
        wanted, found = wanted ^ basis[lead][0], found ^ basis[lead][1]
    return found
