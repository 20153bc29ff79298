"""Work that has nothing to do with how many bytes there are, such as trying passwords."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

STEPS = 5_000_000
"""For one target: some three seconds of hashing."""

_left: ContextVar[list[int] | None] = ContextVar("left", default=None)


@contextmanager
def allowance() -> Iterator[None]:
    """While a target is looked at, so many steps are allowed."""
    token = _left.set([STEPS])
    try:
        yield
    finally:
        _left.reset(token)


def allowed(steps: int) -> bool:
    """Whether a rule may take so many steps for what it found, each as long as a hash of some
    bytes. A target with thousands of key stores is told about without trying passwords on all of
    them. Outside of a run everything is allowed."""
    left = _left.get()
    if left is None:
        return True
    left[0] -= steps
    return left[0] >= 0
