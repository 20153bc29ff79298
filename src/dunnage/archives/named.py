"""Compressed streams that no first bytes tell: brotli and raw deflate, told by their names, and by
what they unpack to.

Sources: RFC 7932; RFC 1951.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Protocol

import brotli

from dunnage.archives.codecs import gathered
from dunnage.archives.limits import Budget
from dunnage.archives.notes import BLOCK
from dunnage.archives.raw import Raw
from dunnage.errors import ArchiveError

_FINE = 4 << 10
_PIECE = 128 << 10
_LEAST = 64
"""So many bytes out of a stream that goes on tell that it is one."""
_FEWEST = 16
"""Fewer bytes of raw deflate are chance."""
_MOST = 16 << 20
"""So many bytes of one that begins with stored bytes are enough to believe it."""


class _Engine(Protocol):
    """A decompressor, as the two that are tried have it in common."""

    @property
    def finished(self) -> bool: ...
    def give(self, data: bytes) -> Iterator[bytes]: ...


class _Brotli:
    def __init__(self) -> None:
        self._engine = brotli.Decompressor()

    @property
    def finished(self) -> bool:
        return bool(self._engine.is_finished())

    def give(self, data: bytes) -> Iterator[bytes]:
        """What comes of ``data``, in bounded pieces. Raises brotli.error where it is damaged, and
        where bytes follow the end."""
        engine: Any = self._engine
        yield engine.process(data, output_buffer_limit=_PIECE)
        while not engine.is_finished():
            part = engine.process(b"", output_buffer_limit=_PIECE)
            if not part and engine.can_accept_more_data():
                return
            yield part


class _Deflate:
    def __init__(self) -> None:
        self._engine = zlib.decompressobj(-15)

    @property
    def finished(self) -> bool:
        return self._engine.eof

    def give(self, data: bytes) -> Iterator[bytes]:
        """What comes of ``data``, in bounded pieces. Raises zlib.error where it is damaged."""
        while data and not self._engine.eof:
            yield self._engine.decompress(data, _PIECE)
            data = self._engine.unconsumed_tail


_TEXT = bytes((9, 10, 13, *range(0x20, 0x7F)))


def unpacked_form(name: str, head: bytes, whole: bytes | None) -> str | None:
    """``brotli`` or ``deflate``, as the name says, when ``head`` (4 KiB, or all there is) unpacks;
    None for anything else of that name. ``whole`` is all of it, if that is at hand."""
    deflate = name.endswith(".deflate")
    engine: _Engine = _Deflate() if deflate else _Brotli()
    if not head or not _unpacks(engine, head, whole):
        return None
    return "deflate" if deflate else "brotli"


def _unpacks(engine: _Engine, head: bytes, whole: bytes | None) -> bool:
    """Whether it is a stream. What begins with stored bytes may be anything: it must unpack to its
    end where that is at hand. Text that goes on is text."""
    out = b""
    try:
        for part in engine.give(head):
            out += part
            if len(out) >= BLOCK:
                return True
    except (brotli.error, zlib.error):
        return _ends_within(head)
    if engine.finished or len(out) < _LEAST:
        return engine.finished
    if out[:_LEAST] not in head:
        return True
    if whole is None:
        return bool(head.strip(_TEXT))
    total = 0
    try:
        for at in range(len(head), len(whole), _FINE):
            for part in engine.give(whole[at : at + _FINE]):
                total += len(part)
                if total > _MOST:
                    return True
    except (brotli.error, zlib.error):
        return False
    return engine.finished


def _ends_within(head: bytes) -> bool:
    """Whether a brotli stream ends in ``head``, with other bytes behind it: one that was worth its
    while, since an empty one may begin anything."""
    found, taken, ended = _fine(head)
    return ended and len(found) >= max(_LEAST, taken)


def unmarked(data: bytes, most: int) -> bytes:
    """Up to ``most`` bytes of the raw deflate or brotli stream that ``data`` is, none if it is
    neither."""
    with suppress(zlib.error):
        content = zlib.decompressobj(-15).decompress(data, most)
        if len(content) >= _FEWEST:
            return content
    return brotli_of(data, most)


def brotli_of(data: bytes, most: int) -> bytes:
    """Up to ``most`` bytes of the brotli stream that ``data`` is, none if it is damaged."""
    with suppress(brotli.error):
        engine: Any = brotli.Decompressor()
        return bytes(engine.process(data, output_buffer_limit=most))
    return b""


def unbrotli(raw: Raw, budget: Budget) -> Iterator[bytes]:
    """One brotli stream (RFC 7932), whose window is 16 MiB at most. One that asks for more, as its
    "large window" form does, is damaged to the decoder."""
    yield from gathered(_parts(raw, budget), raw, budget)


def _parts(raw: Raw, budget: Budget) -> Iterator[bytes]:
    engine = _Brotli()
    began = raw.offset
    while not engine.finished:
        at, given = raw.offset, 0
        data = raw.chunk(_FINE)
        if not data:
            raise ArchiveError("the brotli stream ends early: truncated")
        try:
            for part in engine.give(data):
                given += len(part)
                yield part
        except brotli.error:
            # The decoder keeps what it had of this piece: bytes follow the end, or it is damaged.
            found, taken, ended = _again(raw, budget, began, at)
            yield found[given:]
            if not ended:
                raise ArchiveError("the brotli stream is damaged") from None
            raw.unread(data[taken:])
            return


def _again(raw: Raw, budget: Budget, began: int, at: int) -> tuple[bytes, int, bool]:
    """What comes of the 4 KiB at ``at``, as :func:`_fine` gives it. Nothing where the bytes before
    have passed."""
    stream = raw.again()
    if stream is None:
        return b"", 0, False
    engine = _Brotli()
    with stream:
        left = began
        while left > 0 and (data := stream.read(min(left, BLOCK))):
            left -= len(data)
        left = at - began
        while left > 0 and (data := stream.read(min(left, _FINE))):
            left -= len(data)
            budget.tick()
            for _ in engine.give(data):
                pass
        return _fine(stream.read(_FINE), engine)


def _fine(data: bytes, engine: _Brotli | None = None) -> tuple[bytes, int, bool]:
    """What comes of at most 4 KiB given byte by byte, how many of them were taken, and whether the
    stream ended there. It stops at 16 MiB, which so few bytes hardly expand to."""
    engine = engine or _Brotli()
    found = bytearray()
    taken, ended = 0, False
    with suppress(brotli.error):
        for byte in data:
            for part in engine.give(bytes((byte,))):
                found += part
            taken += 1
            ended = engine.finished
            if ended or len(found) > _MOST:
                break
    return bytes(found), taken, ended
