"""Compressed streams as blocks of at most 1 MiB, bounded whatever their headers claim.

Each decoder is a generator over a :class:`Raw`; what it finds beside the content (header fields,
frames that hold none, damage that does not stop it) it appends to ``notes``. It raises ArchiveError
where the bytes are damaged, after all that could be read before. When it ends, what lies behind
the stream has not been taken from the Raw.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import zstandard
from isal import isal_zlib
from isal.igzip_lib import IsalError

from dunnage.archives.limits import Budget
from dunnage.archives.raw import Raw
from dunnage.errors import ArchiveError
from dunnage.model import Entry, Flaw, Oddity

BLOCK = 1 << 20
_PIECE = 128 << 10
_FINE = 4 << 10

Item = Entry | Oddity | Flaw


@dataclass(slots=True)
class Notes:
    """What a decoder finds beside the content. ``name`` is the one that a gzip header gives."""

    items: list[Item] = field(default_factory=list)
    name: bytes = b""


Decoder = Callable[[Raw, Budget, Notes], Iterator[bytes]]


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
                budget.ratio(total, raw.offset - began)
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
            if seen + len(out) > total:
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
    if flags & 4:
        fields.append(raw.take(int.from_bytes(raw.take(2), "little")))
    name = b""
    if flags & 8:
        name = _until_nul(raw, budget)
    if flags & 16:
        fields.append(_until_nul(raw, budget))
    if flags & 2:
        raw.take(2)
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


def extra(path: str, data: bytes) -> Entry:
    """An entry for bytes that are no member, so that they are looked at."""
    return Entry(path, path.encode(), size=len(data), data=data)


_SKIPPABLE = b"\x2a\x4d\x18"
_ZSTD = b"\x28\xb5\x2f\xfd"


def unzstd(raw: Raw, budget: Budget, notes: Notes) -> Iterator[bytes]:
    """Every frame of a zstd file (RFC 8878), fed block by block, so that what comes out at once
    is bounded by the format's 128 KiB a block and not by the input's claims."""
    began, total, number = raw.offset, 0, 0
    while True:
        magic = raw.take(4)
        if magic == _ZSTD:
            for block in _zstd_frame(raw, budget):
                total += len(block)
                budget.ratio(total, raw.offset - began)
                yield block
        elif magic[1:] == _SKIPPABLE and 0x50 <= magic[0] < 0x60:
            number += 1
            _skippable(raw, notes, number)
        else:
            raw.unread(magic)
            return


def _skippable(raw: Raw, notes: Notes, number: int) -> None:
    size = raw.take(4)
    left = int.from_bytes(size, "little")
    part, held = 0, b""
    while left > 0 and (data := raw.take(min(left, BLOCK))):
        left -= len(data)
        part += 1
        if part <= 64:
            path = (
                f"(skippable frame {number})" if part == 1 else f"(skippable frame {number}.{part})"
            )
            notes.items.append(extra(path, held[-(64 << 10) :] + data))
        elif part == 65:
            notes.items.append(Flaw(f"zstd: skippable frame {number} is larger than 64 MiB"))
        held = data
    if left or len(size) < 4:
        raise ArchiveError("the zstd stream ends early: truncated in a skippable frame")


def _zstd_frame(raw: Raw, budget: Budget) -> Iterator[bytes]:
    head = raw.take(1)
    if not head:
        raise ArchiveError("the zstd stream ends early: truncated in a frame header")
    flags = head[0]
    single = bool(flags & 0x20)
    id_size = (0, 1, 2, 4)[flags & 3]
    content_size = (1 if single else 0, 2, 4, 8)[flags >> 6]
    rest = raw.take((0 if single else 1) + id_size + content_size)
    if len(rest) < (0 if single else 1) + id_size + content_size:
        raise ArchiveError("the zstd stream ends early: truncated in a frame header")
    if single:
        window = int.from_bytes(rest[id_size:], "little") + (256 if content_size == 2 else 0)
    else:
        base = 1 << (10 + (rest[0] >> 3))
        window = base + (base >> 3) * (rest[0] & 7)
    if not single or window > budget.limits.max_window:
        # a single-segment frame's window is its content, which is held by what comes out
        budget.window(window)
    if any(rest[(0 if single else 1) :][:id_size]):
        raise ArchiveError("zstd: the frame needs a dictionary that is not in it")
    engine = zstandard.ZstdDecompressor(max_window_size=budget.limits.max_window).decompressobj()
    parts: list[bytes] = [engine.decompress(_ZSTD + head + rest)]
    held, fault, last = 0, "", False
    while not last and not fault:
        fixed = raw.take(3)
        value = int.from_bytes(fixed, "little")
        last, kind, size = bool(value & 1), (value >> 1) & 3, value >> 3
        length = 1 if kind == 1 else size
        if len(fixed) == 3 and (kind == 3 or size > 128 << 10):
            fault = "the zstd stream is damaged: a block of an unknown kind or size"
            break
        block = raw.take(length) if len(fixed) == 3 else b""
        if len(fixed) < 3 or len(block) < length:
            fault = "the zstd stream ends early: truncated"
        trailer = b""
        if last and flags & 4:
            trailer = raw.take(4)
            if len(trailer) < 4:
                fault = "the zstd stream ends early: truncated"
        try:
            part = engine.decompress(fixed + block)
            if part:
                parts.append(part)
                held += len(part)
            if trailer:
                engine.decompress(trailer)
        except zstandard.ZstdError as error:
            fault = f"the zstd stream is damaged: {error}"
        if held >= BLOCK:
            yield b"".join(parts)
            parts, held = [], 0
    if held:
        yield b"".join(parts)
    if fault:
        raise ArchiveError(fault)


def stream_blocks(
    raw: Raw, budget: Budget, what: str, make: Callable[[], Any], *, most: int | None = None
) -> Iterator[bytes]:
    """One stream through a decompressor object of the standard library; ``most`` bytes of it where
    the format has no end mark. Raises ArchiveError where it is damaged or ends early."""
    engine = make()
    began, total = raw.offset, 0
    parts: list[bytes] = []
    held = 0
    fault: str | None = None
    while True:
        data = b""
        if most is not None and total >= most:
            break
        if engine.needs_input:
            data = raw.chunk(_FINE)
            if not data:
                fault = f"{what} ends early: truncated"
                break
        try:
            part = engine.decompress(data, BLOCK if most is None else min(BLOCK, most - total))
        except lzma.LZMAError as error:
            if "emory" in str(error):
                budget.window(budget.limits.max_window + 1)
            fault = f"{what} is damaged: {error}"
            break
        except (OSError, ValueError, EOFError) as error:
            fault = f"{what} is damaged: {error}"
            break
        if part:
            total += len(part)
            parts.append(part)
            held += len(part)
            if held >= BLOCK:
                budget.ratio(total, raw.offset - began)
                yield b"".join(parts)
                parts, held = [], 0
        if engine.eof:
            break
    if parts:
        yield b"".join(parts)
    if fault is not None:
        raise ArchiveError(fault)
    raw.unread(engine.unused_data if engine.eof else b"")


def unxz(raw: Raw, budget: Budget, notes: Notes) -> Iterator[bytes]:
    """Every stream of an .xz file (the .xz file format, 1.2), zero padding between them."""
    limit = budget.limits.max_window

    def make() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=limit)

    while True:
        yield from stream_blocks(raw, budget, "the xz stream", make)
        while (data := raw.take(4)) == b"\0\0\0\0":
            pass
        rest = data + raw.take(2)
        raw.unread(rest)
        if rest != b"\xfd7zXZ\0":
            return


def unlzma(raw: Raw, budget: Budget, notes: Notes) -> Iterator[bytes]:
    """A stream of the old LZMA_Alone format."""
    limit = budget.limits.max_window

    def make() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=limit)

    yield from stream_blocks(raw, budget, "the lzma stream", make)


def unbzip2(raw: Raw, budget: Budget, notes: Notes) -> Iterator[bytes]:
    """Every stream of a bzip2 file."""
    while True:
        yield from stream_blocks(raw, budget, "the bzip2 stream", bz2.BZ2Decompressor)
        rest = raw.take(10)
        raw.unread(rest)
        if rest[:3] != b"BZh" or not rest[3:4].isdigit():
            return


def plain(raw: Raw, budget: Budget, notes: Notes) -> Iterator[bytes]:
    """No compression at all."""
    while data := raw.chunk(BLOCK):
        budget.tick()
        yield data


DECODERS: dict[str, Decoder] = {
    "gzip": gunzip,
    "zstd": unzstd,
    "xz": unxz,
    "bzip2": unbzip2,
    "lzma-alone": unlzma,
    "plain": plain,
}

__all__ = ["BLOCK", "DECODERS", "Decoder", "Item", "Notes", "extra", "inflate", "stream_blocks"]
