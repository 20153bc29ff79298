"""The uncompressed bytes of one archive, passing once, with a window that can be looked at."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from dunnage.archives.codecs import DECODERS
from dunnage.archives.limits import Budget
from dunnage.archives.notes import Notes
from dunnage.archives.parts import ByteStream
from dunnage.archives.raw import Raw
from dunnage.archives.readahead import read_ahead
from dunnage.errors import ArchiveError, LimitError
from dunnage.model import MemorySource, Source


class Flow:
    """A buffer over blocks. ``buf[pos:]`` can be seen; ``base`` is the offset of ``buf[0]``.

    Damage met while filling ends the flow: it is kept in ``fault``. A limit is raised at once.
    """

    __slots__ = (
        "_blocks",
        "_hash",
        "_seek",
        "base",
        "budget",
        "buf",
        "charge",
        "ended",
        "fault",
        "fresh",
        "out",
        "pos",
        "taken",
        "total",
    )

    def __init__(
        self,
        blocks: Iterator[bytes],
        budget: Budget,
        *,
        charge: bool,
        digests: bool = False,
        seek: Callable[[int], None] | None = None,
    ) -> None:
        self._blocks = blocks
        self._hash = hashlib.sha256() if digests else None
        self._seek = None if digests else seek
        self.budget = budget
        self.charge = charge
        self.buf = b""
        self.pos = 0
        self.base = 0
        self.ended = False
        self.total: int | None = None
        self.out = 0
        self.taken: Callable[[], int] | None = None
        self.fault: str | None = None
        self.fresh = False

    @property
    def offset(self) -> int:
        """The offset of the next byte."""
        return self.base + self.pos

    def _next(self) -> bytes:
        if self.ended:
            return b""
        try:
            block = next(filter(None, self._blocks), b"")
        except LimitError:
            self.ended = True
            raise
        except ArchiveError as error:
            self.fault = str(error)
            block = b""
        if not block:
            self.ended = True
            return b""
        if self._hash is not None:
            self._hash.update(block)
        if self.charge:
            self.budget.expand(len(block))
            self.out += len(block)
            if self.taken is not None:
                self.budget.ratio(self.out, self.taken())
        else:
            self.budget.tick()
        return block

    def need(self, size: int) -> int:
        """Fill so that ``size`` bytes can be seen; returns how many can, fewer at the end only."""
        have = len(self.buf) - self.pos
        while have < size:
            block = self._next()
            if not block:
                if have < 0:
                    self.base += len(self.buf)
                    self.buf, self.pos, have = b"", 0, 0
                return have
            if have <= 0:
                self.base += len(self.buf)
                self.pos = -have
                self.buf = block
            else:
                self.base += self.pos
                self.buf = self.buf[self.pos :] + block
                self.pos = 0
            have = len(self.buf) - self.pos
        return have

    def take(self, size: int) -> bytes:
        """``size`` bytes, fewer at the end only; ``size`` must be small."""
        have = self.need(size)
        part = self.buf[self.pos : self.pos + min(size, have)]
        self.pos += len(part)
        return part

    def some(self, most: int) -> bytes:
        """Between 1 and ``most`` bytes, none at the end."""
        if self.need(1) < 1:
            return b""
        part = self.buf[self.pos : self.pos + most]
        self.pos += len(part)
        return part

    def skip(self, size: int) -> int:
        """Pass ``size`` bytes; returns how many there were."""
        have = len(self.buf) - self.pos
        if size <= have:
            self.pos += size
            return size
        within = self.total is not None and self.offset + size <= self.total
        if self._seek is not None and within and not self.ended:
            self._seek(size - have)
            self.base += self.pos + size
            self.buf, self.pos = b"", 0
            return size
        done = 0
        while done < size and (part := self.some(size - done)):
            done += len(part)
        return done

    def drain(self) -> None:
        """Read to the end."""
        self.pos = len(self.buf)
        while self._next():
            pass

    def digest(self) -> str | None:
        """``sha256:…`` of all uncompressed bytes, once the flow has been drained."""
        return None if self._hash is None else "sha256:" + self._hash.hexdigest()

    def close(self) -> None:
        """Stop whatever makes the blocks."""
        close = getattr(self._blocks, "close", None)
        if close is not None:
            close()


class Decoded:
    """The bytes of a source with its compression taken off."""

    slice_of = None
    size = None

    def __init__(self, source: Source, form: str, budget: Budget) -> None:
        self._source = source
        self._form = form
        self._budget = budget

    def open(self) -> BinaryIO:
        """A stream that decompresses from the start; it costs time but counts as no expansion."""
        stream = self._source.open()
        raw = Raw(stream, reopen=self._source.open)
        blocks = filter(None, DECODERS[self._form](raw, self._budget, Notes()))
        held = [b""]

        def take(size: int) -> bytes:
            if not held[0]:
                held[0] = next(blocks, b"")
                self._budget.tick()
            part, held[0] = held[0][:size], held[0][size:]
            return part

        return cast("BinaryIO", ByteStream(take, stream.close))


def open_flow(
    source: Source,
    form: str,
    budget: Budget,
    *,
    digests: bool,
    ahead: bool,
) -> tuple[Flow, Raw, Notes]:
    """A flow over a source, through the decoder of ``form``."""
    stream = source.open()
    raw = Raw(stream, digests, source.open)
    notes = Notes()
    blocks = DECODERS[form](raw, budget, notes)
    if ahead:
        blocks = read_ahead(blocks)
    seek = None
    if form == "plain" and not digests and source.slice_of is not None and stream.seekable():

        def jump(size: int) -> None:
            stream.seek(size, io.SEEK_CUR)

        seek = jump
    flow = Flow(blocks, budget, charge=form != "plain", digests=digests, seek=seek)
    flow.fresh = source.slice_of is not None or isinstance(source, MemorySource)
    flow.total = source.size if form == "plain" else None
    flow.taken = lambda: raw.offset  # of all members and frames together
    return flow, raw, notes
