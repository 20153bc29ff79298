"""Raw deflate streams and the gzip files made of them, as blocks of at most 1 MiB."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

from isal import isal_zlib
from isal.igzip_lib import IsalError

from dunnage.archives.limits import Budget
from dunnage.archives.notes import BLOCK, Notes, extra
from dunnage.archives.raw import Raw
from dunnage.errors import ArchiveError
from dunnage.model import Flaw

_PIECE = 128 << 10
_FINE = 4 << 10


def inflate(
    raw: Raw, budget: Budget, what: str, finish: Callable[[int, int], None] | None = None
) -> Iterator[bytes]:
    """One raw deflate stream (RFC 1951). ``finish`` gets the CRC-32 and the length of what came
    out. Raises ArchiveError where it is damaged or ends early, after all that could be read."""
    engine = isal_zlib.decompressobj(-15)
    began, crc, total = raw.offset, 0, 0
    parts: list[bytes] = []
    held = 0
    data = raw.chunk()
    fault: str | None = None
    while fault is None:
        try:
            part = engine.decompress(data, _PIECE)
        except IsalError as error:  # type: ignore[misc] # its stub calls it an instance
            fault = f"{what} is damaged: {error}"
            break
        if part:
            total += len(part)
            crc = isal_zlib.crc32(part, crc)
            parts.append(part)
            held += len(part)
            if held >= BLOCK:
                budget.ratio(total, raw.offset - began - len(engine.unconsumed_tail))
                yield b"".join(parts)
                parts, held = [], 0
        if engine.eof:
            break
        data = engine.unconsumed_tail
        if not data and len(part) < _PIECE:
            data = raw.chunk()
            if not data:
                fault = f"{what} ends early: truncated"
    if parts:
        yield b"".join(parts)
    if fault is not None:
        if fault.startswith(f"{what} is damaged"):
            yield from _salvage(raw, budget, began, total)
        raise ArchiveError(fault)
    raw.unread(engine.unused_data)
    if finish is not None:
        finish(crc, total)


def _salvage(raw: Raw, budget: Budget, began: int, total: int) -> Iterator[bytes]:
    """What isal had decoded but not given when it met damage: up to 128 KiB. Decodes once more from
    ``began`` with zlib, whose state can be copied, and passes the first ``total`` bytes."""
    stream = raw.again()
    if stream is None:
        return
    with stream:
        left = began
        while left > 0 and (part := stream.read(min(left, BLOCK))):
            left -= len(part)
        engine = zlib.decompressobj(-15)
        seen = 0
        while data := stream.read(_FINE):
            budget.tick()
            before = engine.copy()
            try:
                out, fine = _all(engine, data), True
            except zlib.error:
                out, fine = _byte_by_byte(before, data), False
            if out and seen + len(out) > total:  # an empty block would be taken for the end
                yield out[max(total - seen, 0) :]
            seen += len(out)
            if not fine or engine.eof:
                return


def _all(engine: Any, data: bytes) -> bytes:
    parts = []
    while data:
        parts.append(engine.decompress(data, BLOCK))
        data = engine.unconsumed_tail
    return b"".join(parts)


def _byte_by_byte(engine: Any, data: bytes) -> bytes:
    found = bytearray()
    try:
        for at in range(len(data)):
            found += engine.decompress(data[at : at + 1])
    except zlib.error:
        pass
    return bytes(found)


def gunzip(raw: Raw, budget: Budget, notes: Notes) -> Iterator[bytes]:
    """Every member of a gzip file (RFC 1952), CRC and length checked."""
    number = 0
    while True:
        number += 1
        _gzip_header(raw, budget, notes, number)

        def check(crc: int, total: int) -> None:
            trailer = raw.take(8)
            if len(trailer) < 8:
                raise ArchiveError("the gzip stream ends early: truncated in its last 8 bytes")
            if int.from_bytes(trailer[:4], "little") != crc:
                notes.items.append(Flaw("gzip: the CRC of the content does not match"))
            elif int.from_bytes(trailer[4:], "little") != total & 0xFFFFFFFF:
                notes.items.append(Flaw("gzip: the length of the content does not match"))

        yield from inflate(raw, budget, "the gzip stream", check)
        while True:  # zero padding may stand between members and at the end
            data = raw.chunk()
            rest = data.lstrip(b"\0")
            if rest or not data:
                break
        raw.unread(rest)
        if rest[:1] == b"\x1f" and len(rest) < 2:
            rest = raw.take(2)
            raw.unread(rest)
        if rest[:2] != b"\x1f\x8b":
            return


def _gzip_header(raw: Raw, budget: Budget, notes: Notes, number: int) -> None:
    fixed = raw.take(10)
    if len(fixed) < 10:
        raise ArchiveError("the gzip stream ends early: truncated in a header")
    if fixed[2] != 8:
        raise ArchiveError(f"gzip: compression method {fixed[2]} is not known")
    flags = fixed[3]
    fields: list[bytes] = []
    passed = [fixed]
    if flags & 4:
        size = raw.take(2)
        fields.append(raw.take(int.from_bytes(size, "little")))
        passed += (size, fields[-1])
    name = b""
    if flags & 8:
        name = _until_nul(raw, budget)
        passed += (name, b"\0")
    if flags & 16:
        fields.append(_until_nul(raw, budget))
        passed += (fields[-1], b"\0")
    if flags & 2:
        told = int.from_bytes(raw.take(2), "little")
        if zlib.crc32(b"".join(passed)) & 0xFFFF != told:
            notes.items.append(Flaw("gzip: the CRC of the header does not match"))
    if number == 1 and name:
        notes.name = name
    elif name:
        fields.append(name)
    if len(name) > 255:
        fields.append(name)
    if any(len(field) > 8 for field in fields):
        data = b"\n".join(fields)
        notes.items.append(extra(f"(gzip header of member {number})", data))


def _until_nul(raw: Raw, budget: Budget) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        part = raw.chunk(512)
        if not part:
            raise ArchiveError("the gzip stream ends early: truncated in a header")
        before, nul, after = part.partition(b"\0")
        parts.append(before)
        if nul:
            raw.unread(after)
            return b"".join(parts)
        size += len(part)
        budget.header(size)
