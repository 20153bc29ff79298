"""A PDF as an archive of its compressed streams. Source: ISO 32000-2, 7.3.8 and 7.4."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from dunnage.archives.limits import Budget
from dunnage.archives.notes import Item, Whole, encrypted, extra
from dunnage.archives.pdffilters import DECODERS, filters_of
from dunnage.lazy import lazy_regex
from dunnage.model import Flaw, Source

MAGIC = b"%PDF-"
MOST = 64 << 20
"""How much of a document is read, in bytes."""

_STREAM = lazy_regex(rb"(?<!end)stream\r?\n")
# An escaped bracket is no beginning: each of a thousand would be read on from.
_PIECES = lazy_regex(rb"(?<!\\)\[((?:[^\[\]\\]|\\.){0,16384})\]\s*TJ", re.DOTALL)
_LITERAL = lazy_regex(rb"(?<!\\)\(((?:[^()\\]|\\.)*)\)", re.DOTALL)
_ESCAPE = lazy_regex(rb"\\([()\\])")
_ENCRYPTED = lazy_regex(rb"/Encrypt\s+[0-9]{1,10}\s+[0-9]{1,5}\s+R")
_DICTIONARY = 2048
_AT_ONCE = 64 << 10
_LARGEST = 16 << 20
_BLOCK = 1 << 20
_MOST_LZW = 24 << 20
"""How much all streams that are packed with LZW may hold."""


class PdfArchive(Whole):
    """The streams that have filters, which are taken off; text that is set in pieces (the TJ
    operator) is joined behind its page. Streams without are in the document as they are, and images
    (DCT, JPX) hold no text."""

    format = "pdf"
    noun = "the PDF"
    parts = "streams"
    most = MOST
    _slow = _MOST_LZW

    def _parts(self, data: bytearray) -> Iterator[Item]:
        if _ENCRYPTED.search(data):
            yield Flaw(encrypted("the streams of the PDF"))
        end = reached = doubled = total = 0
        for number, found in enumerate(_STREAM.finditer(data)):
            start = found.end()
            before = bytes(data[max(0, found.start() - _DICTIONARY) : found.start()])
            filters = filters_of(before[before.rfind(b"obj") + 3 :])
            if not filters or filters[0] == "image":
                continue
            if start < reached and filters[0] != "flate":
                continue  # it lies in another one
            self._budget.count_entry()
            if end < start:
                end = data.find(b"endstream", start)
                end = len(data) if end < 0 else end
            content, stop, more = self._inflated(data, start, end, filters)
            total += len(content)
            self._budget.ratio(total, stop)
            if start < reached:
                doubled += len(content)
                if doubled > min(_LARGEST, max(len(data), _AT_ONCE)):
                    yield Flaw("the PDF's streams lie over one another: a bomb")
                    return
            reached = max(reached, stop)
            if content:
                yield extra(f"stream {number + 1}", _joined(content))
            if more:
                most = f"{_LARGEST >> 20} MiB"
                yield Flaw(f"stream {number + 1} of the PDF is larger than {most}: cut off there")

    def _inflated(
        self, data: bytearray, start: int, end: int, filters: list[str]
    ) -> tuple[bytes, int, bool]:
        """What a stream holds (of a damaged one, what comes before the damage), up to where it was
        read, and whether there is more than is read."""
        if filters[0] == "flate":
            content, stop, more = self._unflated(data, start, end)
            filters = filters[1:]
        else:
            content, stop, more = bytes(data[start : min(end, start + _LARGEST)]), end, False
        for name in filters:
            most = _LARGEST
            if name == "flate":
                content = self._unflated(bytearray(content), 0, len(content))[0]
            elif name in DECODERS:
                if name == "lzw":
                    most = max(min(most, self._slow), 0)
                    self._slow -= most
                content = DECODERS[name](content, most)
                self._slow += most - len(content) if name == "lzw" else 0
                self._budget.expand(len(content))
            else:
                return b"", stop, False
            more = more or len(content) >= most
        return content, stop, more

    def _unflated(self, data: bytearray, at: int, end: int) -> tuple[bytes, int, bool]:
        """The same of a stream that is compressed with Flate alone."""
        inflater = zlib.decompressobj()
        parts: list[bytes] = []
        size, raw = 0, b""
        try:
            while size < _LARGEST and not inflater.eof:
                if not raw:
                    raw = bytes(data[at : min(at + _AT_ONCE, end)])
                    at += len(raw)
                    if not raw:
                        break
                part = inflater.decompress(raw, _BLOCK)
                raw = inflater.unconsumed_tail
                self._budget.expand(len(part))
                parts.append(part)
                size += len(part)
        except zlib.error:
            pass
        return b"".join(parts), at, size >= _LARGEST and not inflater.eof


def _joined(content: bytes) -> bytes:
    lines = [b"".join(_LITERAL.findall(pieces)) for pieces in _PIECES.findall(content)]
    if not lines:
        return content
    text = b"\n".join(lines)
    return content + b"\n" + (_ESCAPE.sub(rb"\1", text) if b"\\" in text else text)


def open_pdf(source: Source, budget: Budget) -> PdfArchive:
    """The PDF in ``source`` as an archive of its streams. Damage comes as Flaw."""
    return PdfArchive(source, budget)
