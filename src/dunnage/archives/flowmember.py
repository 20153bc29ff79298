"""The content of one member while its archive passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, cast

from dunnage.archives.flow import Flow
from dunnage.archives.parts import ByteStream
from dunnage.errors import ArchiveError, NotRereadable
from dunnage.model import Source

HOLD_ONE = 32 << 20
"""So many bytes of one member stay in memory, so that it can be read again."""

HOLD_ALL = 64 << 20
"""So many bytes of all members of a run that are being read."""


class Member:
    """Content that passes in a flow: read there the first time, from its source again later.

    What has been read of it stays in memory up to 32 MiB while it is the current member, as far
    as the budget's 64 MiB for all archives allow.
    """

    slice_of = None

    @property
    def fresh(self) -> bool:
        """Whether it can be opened again at any time, whatever was read of it."""
        return self._flow.fresh

    def __init__(
        self, flow: Flow, size: int | None, again: Callable[[], Source], what: str
    ) -> None:
        self.size = size
        self._flow = flow
        self._left = size
        self._again = again
        self._what = what
        self._held: list[bytes] | None = []
        self._held_size = 0
        self._opened = False
        self._gone = False

    def _take(self, most: int) -> bytes:
        flow = self._flow
        if self._gone:
            raise NotRereadable(f"{self._what}: the content has passed")
        left = self._left
        if left is not None:
            most = min(most, left)
            if not left:
                return b""
        part = flow.some(min(most, 1 << 20))
        if left is not None:
            self._left = left - len(part)
        if not part:
            if flow.fault is not None:
                raise ArchiveError(flow.fault)
            if left:
                raise ArchiveError(f"truncated: {left} bytes of {self._what} are missing")
        elif self._held is not None:
            budget = flow.budget
            if self._held_size + len(part) > HOLD_ONE or budget.held + len(part) > HOLD_ALL:
                self._let_go()
            else:
                self._held.append(part)
                self._held_size += len(part)
                budget.held += len(part)
        return part

    def _let_go(self) -> None:
        self._flow.budget.held -= self._held_size
        self._held, self._held_size = None, 0

    def open(self) -> BinaryIO:
        """The content from its first byte. Raises NotRereadable when it has passed and the archive
        cannot be opened again."""
        if not self._opened and not self._gone:
            self._opened = True
            return cast("BinaryIO", ByteStream(self._take))
        if self._held is not None and not self._gone:
            return self._replay(self._held)
        return self._again().open()

    def _replay(self, held: list[bytes]) -> BinaryIO:
        state = [0, 0]

        def take(most: int) -> bytes:
            index, at = state
            if index < len(held):
                part = held[index][at : at + most]
                at += len(part)
                state[:] = (index + 1, 0) if at >= len(held[index]) else (index, at)
                return part
            if self._held is not held:
                raise NotRereadable(f"{self._what}: too large to be read twice at once")
            part = self._take(most)
            if self._held is held:
                state[0] = len(held)
            return part

        return cast("BinaryIO", ByteStream(take))

    def finish(self) -> int:
        """Pass what was not read; returns how many bytes are missing. Called when the next member
        is asked for."""
        self._gone = True
        if self._held is not None:
            self._let_go()
        if self._left is None:
            while self._flow.some(1 << 20):
                pass
            return 0
        self._left -= self._flow.skip(self._left)
        return self._left
