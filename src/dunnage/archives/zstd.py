"""Zstandard files, frame by frame and block by block, so that what comes out at once is bounded."""

from __future__ import annotations

from collections.abc import Iterator

import zstandard

from dunnage.archives.limits import Budget
from dunnage.archives.notes import BLOCK, Notes, extra
from dunnage.archives.raw import Raw
from dunnage.errors import ArchiveError, LimitError
from dunnage.model import Flaw

_SKIPPABLE = b"\x2a\x4d\x18"
_ZSTD = b"\x28\xb5\x2f\xfd"
MOST_FRAMES = 1_000_000
"""Of one stream. One without content has 9 bytes and takes 10 µs; honest ones hold kilobytes."""


def unzstd(raw: Raw, budget: Budget, notes: Notes) -> Iterator[bytes]:
    """Every frame of a zstd file (RFC 8878), fed block by block, so that what comes out at once
    is bounded by the format's 128 KiB a block and not by the input's claims."""
    began, total, number, frames = raw.offset, 0, 0, 0
    decoder = zstandard.ZstdDecompressor(max_window_size=budget.limits.max_window)
    while True:
        frames += 1
        if frames > MOST_FRAMES:
            budget.spent = True  # else what follows would be opened as a stream of its own
            raise LimitError(f"zstd: more than {MOST_FRAMES} frames: the rest was not looked at")
        magic = raw.take(4)
        if magic == _ZSTD:
            for block in _zstd_frame(raw, budget, decoder):
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


def _zstd_frame(raw: Raw, budget: Budget, decoder: zstandard.ZstdDecompressor) -> Iterator[bytes]:
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
    engine = decoder.decompressobj()
    parts: list[bytes] = []
    held, fault, last = 0, "", False
    try:
        engine.decompress(_ZSTD + head + rest)
    except zstandard.ZstdError as error:
        fault = f"the zstd stream is damaged: {error}"
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
