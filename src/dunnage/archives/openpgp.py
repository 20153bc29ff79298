"""OpenPGP messages that are compressed and not encrypted, in armour or bare; of those that are
encrypted it is told.

Source: RFC 9580, 4.2 (packets), 5.1, 5.3 (session keys), 5.6 (compressed data), 5.9 (literal data),
6 (armour).
"""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Iterator

from dunnage.archives.embedded import decompressed
from dunnage.archives.limits import MIB
from dunnage.archives.notes import Item, Whole, encrypted, extra
from dunnage.archives.unbase64 import unbase64
from dunnage.lazy import lazy_regex
from dunnage.model import Flaw

ARMOUR = b"-----BEGIN PGP MESSAGE-----"
FIRST = frozenset(b"\xa0\xa1\xa2\xa3\xc8\x84\x85\x8c\xc1\xc3-")
"""The first bytes of messages, and of armour."""

_BODY = lazy_regex(
    rb"-----BEGIN PGP MESSAGE-----[ \t]*\r?\n(?:[A-Z][A-Za-z]{1,30}: [^\r\n]{0,200}\r?\n)*"
    rb"([0-9A-Za-z+/\s]{8,}={0,2})"
)
_BLANK = b" \t\r\n\f\v"
_PUBLIC, _SYMMETRIC, _COMPRESSED, _LITERAL, _ONE_PASS = 1, 3, 8, 11, 4
_ASYMMETRIC = (1, 2, 16, 18, 25, 26)
_INSIDE = (_LITERAL, _ONE_PASS, 2, _COMPRESSED, 10)
_MOST = 96 * MIB
_LARGEST = 64 * MIB
_DEEPEST = 4
_PROBE = 4096


def is_message(head: bytes) -> bool:
    """Whether content that begins with ``head`` is a message that is compressed or encrypted."""
    if head.startswith(ARMOUR):
        head = unarmoured(head)
    if not head or head[0] not in FIRST or head[:1] == b"-":
        return False
    return is_encrypted(head) or is_compressed(head)


def unarmoured(data: bytes) -> bytes:
    """The message in armour that begins ``data``, up to where it is damaged or ends."""
    found = _BODY.match(data)
    if found is None:
        return b""
    return unbase64(found[1].translate(None, _BLANK).rstrip(b"="))


def is_encrypted(head: bytes) -> bool:
    """Whether a message begins with a session key, which only encrypted ones have."""
    tag, at, _ = _header(head, 0)
    body = head[at : at + 10]
    if tag == _PUBLIC and len(body) == 10:
        return body[0] == 3 and body[9] in _ASYMMETRIC
    if tag == _SYMMETRIC and len(body) == 10:  # a cipher, and how the key is made
        return body[0] == 4 and body[1] in (1, 2, 3, 4, 7, 8, 9, 10) and body[2] in (0, 1, 3, 4)
    return False


def is_compressed(head: bytes) -> bool:
    """Whether a message begins with a packet of compressed packets."""
    tag, at, size = _header(head, 0)
    if tag != _COMPRESSED:
        return False
    body, _ = _body(head[:_PROBE], at, size)
    content = _inflated(body, 64) if body[:1] in (b"\1", b"\2", b"\3") else b""
    return bool(content) and _header(content, 0)[0] in _INSIDE


class Message(Whole):
    """A message and what it holds."""

    format = "openpgp"
    noun = "the OpenPGP message"
    parts = "content"
    most = _MOST

    def _parts(self, data: bytearray) -> Iterator[Item]:
        whole = bytes(data)
        if whole.startswith(ARMOUR):
            whole = unarmoured(whole)
        if is_encrypted(whole):
            yield Flaw(encrypted("the content of the OpenPGP message"))
            return
        self._budget.count_entry()
        content = unpacked(whole, _LARGEST)
        self._budget.expand(len(content))
        self._budget.ratio(len(content), len(whole))
        if len(content) >= _LARGEST:
            yield Flaw(f"{self.noun} is larger than {_LARGEST >> 20} MiB: cut off there")
        yield extra("message", content)


def unpacked(data: bytes, most: int) -> bytes:
    """Up to about ``most`` bytes of what the compressed packets in ``data`` hold."""
    for _ in range(_DEEPEST):
        tag, at, size = _header(data, 0)
        if tag != _COMPRESSED:
            break
        data = _inflated(_body(data, at, size)[0], most)
    out, at = bytearray(), 0
    while at < len(data) and len(out) < most:
        tag, begun, size = _header(data, at)
        if tag is None:
            out += data[at:]
            break
        body, at = _body(data, begun, size)
        out += body + b"\n" if tag == _LITERAL else b""
    return bytes(out)


def _inflated(body: bytes, most: int) -> bytes:
    if body[:1] == b"\3":
        return decompressed(bz2.BZ2Decompressor(), body, 1, len(body), most, (len(body),))[0]
    engine = zlib.decompressobj(-15 if body[:1] == b"\1" else 15)
    return decompressed(engine, body, 1, len(body), most, (_PROBE,))[0]


def _header(data: bytes, at: int) -> tuple[int | None, int, int]:
    """A packet's kind, where its body begins, and how long that is: -1 to the end, -2 in parts.
    None where there is no packet."""
    head = data[at : at + 6]
    if len(head) < 2 or not head[0] & 0x80:
        return None, at, 0
    if head[0] & 0x40:
        size = head[1]
        if size < 192:
            return head[0] & 63, at + 2, size
        if size < 224:
            return head[0] & 63, at + 3, (size - 192 << 8) + head[2] + 192 if head[2:] else 0
        if size == 255:
            return head[0] & 63, at + 6, int.from_bytes(head[2:6], "big")
        return head[0] & 63, at + 1, -2
    width = (1, 2, 4, 0)[head[0] & 3]
    size = int.from_bytes(head[1 : 1 + width], "big") if width else -1
    return head[0] >> 2 & 15, at + 1 + width, size


def _body(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    """A packet's body, and where the next packet begins."""
    if size == -1:
        return data[at:], len(data)
    if size >= 0:
        return data[at : at + size], at + size
    out = bytearray()
    while at < len(data) and 224 <= data[at] < 255:
        size = 1 << (data[at] & 31)
        out += data[at + 1 : at + 1 + size]
        at += 1 + size
    _, begun, size = _header(b"\xc0" + data[at : at + 5], 0)
    begun += at - 1
    out += data[begun : begun + max(size, 0)]
    return bytes(out), begun + max(size, 0)
