"""Positions: lines and columns, and the text that they are counted in."""

from __future__ import annotations

import codecs

from msgspec import Struct

_CONTINUING = bytes(range(0x80, 0xC0))
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MARKED = frozenset(mark[:1] for mark, _ in _MARKS)


class Start(Struct, frozen=True):
    """Where the first byte of a buffer stands in its entry."""

    offset: int = 0
    line: int = 1
    column: int = 1

    def at(self, buffer: bytes, low: int, position: int) -> tuple[int, int]:
        """Line and column, from 1, of ``position`` when this start is that of ``low``."""
        lines = buffer.count(b"\n", low, position)
        if not lines:
            return self.line, self.column + characters(buffer[low:position])
        begin = buffer.rfind(b"\n", low, position) + 1
        return self.line + lines, 1 + characters(buffer[begin:position])

    def moved(self, buffer: bytes, count: int) -> Start:
        """The start of what follows the first ``count`` bytes of a buffer that begins here."""
        line, column = self.at(buffer, 0, count)
        return Start(self.offset + count, line, column)


def characters(text: bytes) -> int:
    """The characters of UTF-8, which may begin and end inside one: bytes that continue none."""
    return len(text) if text.isascii() else len(text.translate(None, _CONTINUING))


def start_of(data: bytes) -> Start:
    """The start of an entry; a byte order mark is no character."""
    return Start(column=0) if data.startswith(codecs.BOM_UTF8) else Start()


def wide(data: bytes) -> str | None:
    """The encoding of text in UTF-16 or UTF-32, by its mark or by the zeros of ASCII text in it."""
    if data[:1] in _MARKED:  # few do
        for mark, name in _MARKS:
            if data.startswith(mark):
                return name
    head = data[:64]
    if len(head) < 8 or b"\0" not in head:
        return None
    odd, even = head[1::2], head[::2]
    if head.count(0) * 3 >= len(head) * 2:
        for name, text in (("utf-32-le", head[::4]), ("utf-32-be", head[3::4])):
            if len(head) - head.count(0) == len(text) and text.count(0) == 0 and _plain(text):
                return name
    if odd.count(0) * 10 >= len(odd) * 9 and even.count(0) == 0 and _plain(even):
        return "utf-16-le"
    if even.count(0) * 10 >= len(even) * 9 and odd.count(0) == 0 and _plain(odd):
        return "utf-16-be"
    return None


def _plain(text: bytes) -> bool:
    return all(byte >= 32 or byte in b"\t\r\n" for byte in text)
