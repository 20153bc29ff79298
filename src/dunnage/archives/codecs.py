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
from typing import Any

from dunnage.archives.deflate import gunzip, inflate
from dunnage.archives.limits import Budget
from dunnage.archives.notes import BLOCK, Notes
from dunnage.archives.raw import Raw
from dunnage.archives.zstd import unzstd
from dunnage.errors import ArchiveError, LimitError
from dunnage.model import Flaw

_FINE = 4 << 10

Decoder = Callable[[Raw, Budget, Notes], Iterator[bytes]]


def gathered(parts: Iterator[bytes], raw: Raw, budget: Budget) -> Iterator[bytes]:
    """The parts of a stream that begins at the next byte of ``raw``, joined to blocks and held
    against the ratio. What there is comes before the error with which they end."""
    began, total = raw.offset, 0
    held: list[bytes] = []
    size = 0
    try:
        for part in parts:
            total += len(part)
            size += len(part)
            held.append(part)
            if size >= BLOCK:
                budget.ratio(total, raw.offset - began)
                yield b"".join(held)
                held, size = [], 0
    except LimitError:
        raise
    except ArchiveError:
        if size:
            yield b"".join(held)
        raise
    if size:
        yield b"".join(held)


def stream_blocks(
    raw: Raw, budget: Budget, what: str, make: Callable[[], Any], *, most: int | None = None
) -> Iterator[bytes]:
    """One stream through a decompressor object of the standard library; ``most`` bytes of it where
    the format has no end mark. Raises ArchiveError where it is damaged or ends early."""
    return gathered(_parts(raw, budget, what, make(), most), raw, budget)


def _parts(raw: Raw, budget: Budget, what: str, engine: Any, most: int | None) -> Iterator[bytes]:
    total = 0
    while most is None or total < most:
        data = b""
        if engine.needs_input:
            data = raw.chunk(_FINE)
            if not data:
                raise ArchiveError(f"{what} ends early: truncated")
        try:
            part = engine.decompress(data, BLOCK if most is None else min(BLOCK, most - total))
        except lzma.LZMAError as error:
            if "emory" in str(error):
                budget.window(budget.limits.max_window + 1)
            raise ArchiveError(f"{what} is damaged: {error}") from None
        except (OSError, ValueError, EOFError) as error:
            raise ArchiveError(f"{what} is damaged: {error}") from None
        total += len(part)
        yield part
        if engine.eof:
            raw.unread(engine.unused_data)
            return


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


def unlzip(raw: Raw, budget: Budget, notes: Notes) -> Iterator[bytes]:
    """Every member of an lzip file (the lzip manual, "File format"), of version 0 as well, which
    does not tell its length."""
    while True:
        began = raw.offset
        head = raw.take(6)
        if len(head) < 6:
            raise ArchiveError("the lzip stream ends early: truncated in a header")
        if not 12 <= head[5] & 31 <= 29:
            raise ArchiveError("the lzip stream is damaged: it has no window that lzip knows")
        base = 1 << (head[5] & 31)
        window = base - (base >> 4) * (head[5] >> 5)
        budget.window(window)
        filters = [{"id": lzma.FILTER_LZMA1, "dict_size": max(window, 4096)}]

        def make(filters: list[dict[str, int]] = filters) -> lzma.LZMADecompressor:
            return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)

        crc = total = 0
        for block in stream_blocks(raw, budget, "the lzip stream", make):
            crc, total = zlib.crc32(block, crc), total + len(block)
            yield block
        size = 20 if head[4] else 12
        trailer = raw.take(size)
        if len(trailer) < size:
            raise ArchiveError(f"the lzip stream ends early: truncated in its last {size} bytes")
        told = crc.to_bytes(4, "little") + total.to_bytes(8, "little")
        if trailer != (told + (raw.offset - began).to_bytes(8, "little"))[:size]:
            notes.items.append(Flaw("lzip: the CRC or a length does not match"))
        rest = raw.take(6)
        raw.unread(rest)
        if rest[:5] not in (b"LZIP\0", b"LZIP\1"):
            return


def unbzip2(raw: Raw, budget: Budget, notes: Notes) -> Iterator[bytes]:
    """Every stream of a bzip2 file."""
    while True:
        yield from stream_blocks(raw, budget, "the bzip2 stream", bz2.BZ2Decompressor)
        rest = raw.take(10)
        raw.unread(rest)
        if rest[:3] != b"BZh" or not rest[3:4].isdigit():
            return


def unbrotli(raw: Raw, budget: Budget, notes: Notes) -> Iterator[bytes]:
    """A brotli stream."""
    from dunnage.archives import named  # here: hardly a run meets one

    yield from named.unbrotli(raw, budget)


def undeflate(raw: Raw, budget: Budget, notes: Notes) -> Iterator[bytes]:
    """A raw deflate stream (RFC 1951)."""
    yield from inflate(raw, budget, "the deflate stream")


def plain(raw: Raw, budget: Budget, notes: Notes) -> Iterator[bytes]:
    """No compression at all."""
    while data := raw.chunk(BLOCK):
        budget.tick()
        yield data


def uncompress(raw: Raw, budget: Budget, notes: Notes) -> Iterator[bytes]:
    """A stream of compress (.Z)."""
    from dunnage.archives import lzw  # here: hardly a run meets one

    yield from gathered(lzw.uncompressed(raw, budget), raw, budget)


DECODERS: dict[str, Decoder] = {
    "gzip": gunzip,
    "zstd": unzstd,
    "xz": unxz,
    "bzip2": unbzip2,
    "lzip": unlzip,
    "lzma-alone": unlzma,
    "brotli": unbrotli,
    "deflate": undeflate,
    "compress": uncompress,
    "plain": plain,
}
