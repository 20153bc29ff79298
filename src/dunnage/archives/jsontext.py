"""A JSON reader for untrusted documents in memory: it walks, skips and gives strings.

It gives what :class:`dunnage.archives.jsonscan.Scanner` does, some times faster.
"""

from __future__ import annotations

import re
from json.decoder import scanstring  # type: ignore[attr-defined] # not in typeshed

from dunnage.archives.jsongrammar import DEPTH, SCALAR, SPACE, STRUCTURE, unescape
from dunnage.errors import ArchiveError
from dunnage.lazy import lazy_regex

# An array of nothing but strings, as `names` is: thousands of them, passed at once.
_FLAT = lazy_regex(rb'\[(?:[ \t\r\n]*"[^"\\]*(?:\\.[^"\\]*)*"[ \t\r\n]*,?)*[ \t\r\n]*\]', re.DOTALL)


class TextScanner:
    """Reads one document. Every method raises ArchiveError where it is no JSON. Offsets are in
    bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        # one character a byte, so that memory and offsets stay those of the bytes
        self._text = data.decode("latin-1")
        self.offset = 3 if data.startswith(b"\xef\xbb\xbf") else 0
        if data.startswith(b")]}", self.offset):
            end = data.find(b"\n", self.offset)
            self.offset = len(data) if end < 0 else end + 1

    def _broken(self, what: str) -> ArchiveError:
        return ArchiveError(f"the JSON is damaged at byte {self.offset}: {what}")

    def peek(self) -> bytes:
        """The next byte that is no white space; none at the end."""
        byte = self._data[self.offset : self.offset + 1]
        if byte > b" ":
            return byte
        found = SPACE.match(self._data, self.offset)
        at = found.end() if found else self.offset
        self.offset = at
        return self._data[at : at + 1]

    def expect(self, byte: bytes) -> None:
        """Pass this byte."""
        if self.peek() != byte:
            raise self._broken(f"{byte.decode()} is missing")
        self.offset += 1

    def accept(self, byte: bytes) -> bool:
        """Pass this byte if it is the next."""
        if self.peek() == byte:
            self.offset += 1
            return True
        return False

    def length(self) -> int:
        """Pass a string; how many bytes it has as written."""
        return self.text()[1]

    def text(self) -> tuple[str, int]:
        """Pass a string; its text, escapes undone and one character a byte, and how many bytes it
        has as written."""
        self.expect(b'"')
        start = self.offset
        try:
            text, self.offset = scanstring(self._text, start, False)
        except ValueError:
            raise self._broken("a string does not end, or has an escape that is none") from None
        return text, self.offset - start - 1

    def string(self, most: int) -> str | None:
        """The string that comes next, decoded; None (and passed) when it is longer than ``most``
        bytes as written."""
        size = self.length()
        end = self.offset - 1
        return unescape(self._data[end - size : end]) if size <= most else None

    def scalar(self) -> bytes:
        """A number or a word, as it is written; at most 64 bytes of it."""
        self.peek()
        found = SCALAR.match(self._data, self.offset)
        text = found.group() if found else b""
        if not text:
            raise self._broken("a value is missing")
        self.offset += len(text)
        return text[:64]

    def skip(self) -> None:
        """Pass a value of any kind and depth."""
        first = self.peek()
        if first == b'"':
            self.length()
        elif first in (b"{", b"["):
            self._skip_nested()
        else:
            self.scalar()

    def _skip_nested(self) -> None:
        if flat := _FLAT.match(self._data, self.offset):
            self.offset = flat.end()
            return
        depth = 0
        while True:
            found = STRUCTURE.search(self._data, self.offset)
            if found is None:
                raise self._broken("it ends early")
            self.offset = found.start()
            byte = found.group()
            if byte == b'"':
                self.length()
                continue
            self.offset += 1
            depth += 1 if byte in b"{[" else -1
            if depth > DEPTH:
                raise self._broken(f"nested deeper than {DEPTH}")
            if depth <= 0:
                return
