"""Web archives: responses that were compressed on their way lie in them compressed.

Source: "The WARC Format" 1.1 (iipc.github.io/warc-specifications); RFC 9112, "Chunked Transfer
Coding"; RFC 9110, "Content Codings".
"""

from __future__ import annotations

from collections.abc import Iterator

from dunnage.archives.limits import MIB
from dunnage.archives.notes import Item, Whole, extra
from dunnage.archives.sniff import sniff
from dunnage.lazy import lazy_regex
from dunnage.model import Flaw

_FIELD = lazy_regex(rb"(?mi)^(content-length|warc-target-uri|transfer-encoding|content-encoding):"
                    rb"[ \t]*([^\r\n]*)")  # fmt: skip
_CHUNK = lazy_regex(rb"([0-9A-Fa-f]{1,8})[^\r\n]{0,200}\r\n")
_HEAD = 4096
_LONGEST = 64 << 10
_PLAIN = (b"", b"identity", b"gzip", b"x-gzip", b"deflate", b"zstd")


class Warc(Whole):
    """A web archive, and what of its records is compressed or an archive."""

    format = "warc"
    noun = "the web archive"
    parts = "records"
    most = 96 * MIB

    def _parts(self, data: bytearray) -> Iterator[Item]:
        at = 0
        while at < len(data):
            end = data.find(b"\r\n\r\n", at, at + _LONGEST)
            fields = _fields(data[at:end]) if end >= 0 else {}
            length = fields.get(b"content-length", b"")
            if not data.startswith(b"WARC/", at) or not length.isdigit() or len(length) > 15:
                yield Flaw(f"warc: the record at byte {at} is damaged: what follows was not opened")
                return
            self._budget.count_entry()
            low, at = end + 4, end + 4 + int(length)
            name = fields.get(b"warc-target-uri", b"record").decode("utf-8", "backslashreplace")
            yield from self._record(data, low, min(at, len(data)), name)
            if at > len(data):
                yield Flaw(f"truncated: {at - len(data)} bytes of a record are missing", name)
            while data.startswith((b"\r", b"\n"), at):
                at += 1

    def _record(self, data: bytearray, low: int, end: int, name: str) -> Iterator[Item]:
        from dunnage.archives.hidden import opener_of  # which knows this module

        fields: dict[bytes, bytes] = {}
        if data.startswith(b"HTTP/", low):
            stop = data.find(b"\r\n\r\n", low, end)
            stop = end if stop < 0 else stop
            fields = _fields(data[low : min(stop, low + _LONGEST)])
            low = min(stop + 4, end)
        if b"chunked" in fields.get(b"transfer-encoding", b"").lower():
            block = _joined(data, low, end)
        else:
            block = bytes(memoryview(data)[low:end])
        head = block[:_HEAD]
        if sniff(head) is not None or opener_of(head, block, len(block)) is not None:
            yield extra(name, block)
        elif block and (coding := fields.get(b"content-encoding", b"").lower()) not in _PLAIN:
            shown = coding.decode("ascii", "backslashreplace")[:40]
            yield Flaw(f"what is compressed as {shown} could not be looked at", name)


def _fields(head: bytes | bytearray) -> dict[bytes, bytes]:
    return {name.lower(): value.strip() for name, value in _FIELD.findall(head)}


def _joined(data: bytearray, low: int, end: int) -> bytes:
    """The chunks of a response without what stands between them; itself where it has none."""
    view = memoryview(data)
    parts, at = [], low
    while found := _CHUNK.match(data, at, end):
        size = int(found[1], 16)
        if not size:
            break
        parts.append(view[found.end() : min(found.end() + size, end)])
        at = found.end() + size + 2
    return b"".join(parts) or bytes(view[low:end])
