"""A PDF as an archive of its compressed streams. Source: ISO 32000-2, 7.3.8 and 7.4."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator

from dunnage.archives.limits import Budget
from dunnage.archives.notes import Item, extra
from dunnage.errors import ArchiveError, LimitError
from dunnage.model import Flaw, Source

MAGIC = b"%PDF-"
MOST = 64 << 20
"""How much of a document is read, in bytes."""

_STREAM = re.compile(rb"stream\r?\n")
_PIECES = re.compile(rb"\[((?:[^\[\]\\]|\\.){0,16384})\]\s*TJ", re.DOTALL)
_LITERAL = re.compile(rb"\(((?:[^()\\]|\\.)*)\)", re.DOTALL)
_ESCAPE = re.compile(rb"\\([()\\])")
_DICTIONARY = 2048
_LARGEST = 16 << 20
_BLOCK = 1 << 20


class PdfArchive:
    """The streams that are compressed with Flate, each inflated; text that is set in pieces (the
    TJ operator) is joined behind its page. Streams that are not compressed are in the document as
    they are, and images (DCT, JPX) hold no text."""

    format = "pdf"
    digest: str | None = None
    inner_digest: str | None = None

    def __init__(self, source: Source, budget: Budget) -> None:
        self._source = source
        self._budget = budget

    def __iter__(self) -> Iterator[Item]:
        try:
            with self._source.open() as stream:
                data = stream.read(MOST + 1)
        except LimitError:
            raise
        except (ArchiveError, OSError) as error:
            yield Flaw(f"the PDF's streams could not be read: {error}")
            return
        if len(data) > MOST:
            yield Flaw(f"the PDF is larger than {MOST >> 20} MiB: streams beyond were not opened")
        for number, found in enumerate(_STREAM.finditer(data)):
            filters = _filters(data[max(0, found.start() - _DICTIONARY) : found.start()])
            if b"FlateDecode" not in filters and b"/Fl" not in filters.split():
                continue
            self._budget.count_entry()
            content = self._inflated(data, found.end(), filters)
            if content:
                yield extra(f"stream {number + 1}", _joined(content))

    def _inflated(self, data: bytes, start: int, filters: bytes) -> bytes:
        """What a stream holds; of a damaged one, what comes before the damage."""
        end = data.find(b"endstream", start)
        raw = data[start : end if end >= 0 else len(data)]
        try:
            if b"ASCII85" in filters:
                raw = base64.a85decode(raw.strip().removesuffix(b"~>"))
            elif b"ASCIIHex" in filters:
                raw = bytes.fromhex(raw.partition(b">")[0].decode("latin-1"))
        except ValueError:
            return b""
        inflater = zlib.decompressobj()
        parts: list[bytes] = []
        size = 0
        try:
            while raw and size < _LARGEST and not inflater.eof:
                part = inflater.decompress(raw, _BLOCK)
                raw = inflater.unconsumed_tail
                self._budget.expand(len(part))
                parts.append(part)
                size += len(part)
        except zlib.error:
            pass
        return b"".join(parts)


def _filters(before: bytes) -> bytes:
    """The dictionary that stands before a stream's keyword."""
    return before[before.rfind(b"obj") + 3 :]


def _joined(content: bytes) -> bytes:
    lines = [
        b"".join(_ESCAPE.sub(rb"\1", piece[1]) for piece in _LITERAL.finditer(found[1]))
        for found in _PIECES.finditer(content)
    ]
    return content + b"\n" + b"\n".join(lines) if lines else content


def open_pdf(source: Source, budget: Budget) -> PdfArchive:
    """The PDF in ``source`` as an archive of its streams. Damage comes as Flaw."""
    return PdfArchive(source, budget)
