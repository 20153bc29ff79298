"""A JSON reader for large, untrusted documents: it walks, skips and gives strings in pieces.

Nothing is built that was not asked for; memory is a window whatever the document. Nesting is
bounded and skipped without recursion. Source: RFC 8259.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from dunnage.archives.jsongrammar import DEPTH, SCALAR, SPACE, STRUCTURE, unescape
from dunnage.archives.jsontext import TextScanner
from dunnage.errors import ArchiveError
from dunnage.lazy import lazy_regex

WINDOW = 1 << 20
"""How many bytes are read at once."""

_PLAIN = lazy_regex(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
_HIGH = lazy_regex(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\Z")


class Scanner:
    """Reads one document from a stream. Every method raises ArchiveError where it is no JSON."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._buf = b""
        self._at = 0
        self._base = 0
        self._ended = False
        if self._fill():
            if self._buf.startswith(b"\xef\xbb\xbf"):
                self._at = 3
            # the line that keeps JSON from being run as a script (ECMA-426, 11.1.1)
            if self._buf.startswith(b")]}", self._at):
                end = self._buf.find(b"\n", self._at)
                self._at = len(self._buf) if end < 0 else end + 1

    @property
    def offset(self) -> int:
        """Where the next byte lies."""
        return self._base + self._at

    def _fill(self) -> bool:
        """Get more bytes behind those in sight. Returns False at the end."""
        if self._ended:
            return False
        part = self._stream.read(WINDOW)
        if not part:
            self._ended = True
            return False
        self._base += self._at
        self._buf = self._buf[self._at :] + part
        self._at = 0
        return True

    def _broken(self, what: str) -> ArchiveError:
        return ArchiveError(f"the JSON is damaged at byte {self.offset}: {what}")

    def peek(self) -> bytes:
        """The next byte that is no white space; none at the end."""
        byte = self._buf[self._at : self._at + 1]
        if byte > b" ":
            return byte
        while True:
            found = SPACE.match(self._buf, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._buf):
                return self._buf[self._at : self._at + 1]
            if not self._fill():
                return b""

    def expect(self, byte: bytes) -> None:
        """Pass this byte."""
        at = self._at
        if self._buf[at : at + 1] != byte and self.peek() != byte:
            raise self._broken(f"{byte.decode()} is missing")
        self._at += 1

    def accept(self, byte: bytes) -> bool:
        """Pass this byte if it is the next."""
        if self.peek() == byte:
            self._at += 1
            return True
        return False

    def pieces(self) -> Iterator[bytes]:
        """The string that comes next, as it is written, in pieces that split no escape sequence."""
        self.expect(b'"')
        while True:
            found = _PLAIN.match(self._buf, self._at)
            end = found.end() if found else self._at
            if end < len(self._buf) and self._buf[end] == 0x22:
                part = self._buf[self._at : end]
                self._at = end + 1
                yield part
                return
            # the window ends inside the string: keep what may be half an escape
            keep = max(end - 12, self._at)
            cut = self._buf.rfind(b"\\", keep, end)
            cut = keep if cut < 0 else cut
            while cut > self._at and self._buf[cut - 1] == 0x5C:
                cut -= 1
            if _HIGH.search(self._buf, max(cut - 6, self._at), cut):
                cut = max(cut - 6, self._at)
            part = self._buf[self._at : cut]
            self._at = cut
            if not self._fill():
                raise self._broken("a string does not end")
            if part:
                yield part

    def short(self) -> bytes | None:
        """The string that comes next, as it is written, and passed, when its end is in sight; None,
        and nothing passed, when it is not or there is no string."""
        at = self._at
        if self._buf[at : at + 1] != b'"':
            return None
        end = self._buf.find(b'"', at + 1)
        if end > 0 and self._buf[end - 1] == 0x5C:  # the first quotation mark may be escaped
            found = _PLAIN.match(self._buf, at + 1)
            end = found.end() if found else at
            end = end if self._buf[end : end + 1] == b'"' else -1
        if end < 0:
            return None
        self._at = end + 1
        return self._buf[at + 1 : end]

    def string(self, most: int) -> str | None:
        """The string that comes next, decoded; None (and passed) when it is longer than ``most``
        bytes as written."""
        if (whole := self.short()) is not None:
            return unescape(whole) if len(whole) <= most else None
        parts, size = [], 0
        for part in self.pieces():
            size += len(part)
            if size <= most:
                parts.append(part)
        return unescape(b"".join(parts)) if size <= most else None

    def length(self) -> int:
        """Pass a string; how many bytes it has as written."""
        if (whole := self.short()) is not None:
            return len(whole)
        return sum(len(part) for part in self.pieces())

    def scalar(self) -> bytes:
        """A number or a word, as it is written; at most 64 bytes of it."""
        self.peek()
        if len(self._buf) - self._at < 64:
            self._fill()
        found = SCALAR.match(self._buf, self._at, self._at + 64)
        text = found.group() if found else b""
        if not text:
            raise self._broken("a value is missing")
        self._at += len(text)
        while len(text) == 64:  # the rest of an absurd number
            found = SCALAR.match(self._buf, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._buf) or not self._fill():
                break
        return text

    def skip(self) -> None:
        """Pass a value of any kind and depth."""
        first = self.peek()
        if first == b'"':
            self.length()
            return
        if first not in (b"{", b"["):
            self.scalar()
            return
        depth = 0
        while True:
            found = STRUCTURE.search(self._buf, self._at)
            if found is None:
                self._at = len(self._buf)
                if not self._fill():
                    raise self._broken("it ends early")
                continue
            self._at = found.start()
            byte = found.group()
            if byte == b'"':
                self.length()
                continue
            self._at += 1
            depth += 1 if byte in b"{[" else -1
            if depth > DEPTH:
                raise self._broken(f"nested deeper than {DEPTH}")
            if depth <= 0:
                return


def keys(scan: Scanner | TextScanner) -> Iterator[str]:
    """The keys of the object that comes next, their colons passed. The caller passes each value
    before it asks for the next key."""
    scan.expect(b"{")
    if scan.accept(b"}"):
        return
    while True:
        key = scan.string(1 << 16)
        scan.expect(b":")
        yield key or ""
        if scan.accept(b"}"):
            return
        scan.expect(b",")


def items(scan: Scanner | TextScanner) -> Iterator[int]:
    """The indices of the array that comes next. The caller passes each item."""
    scan.expect(b"[")
    if scan.accept(b"]"):
        return
    index = 0
    while True:
        yield index
        index += 1
        if scan.accept(b"]"):
            return
        scan.expect(b",")
