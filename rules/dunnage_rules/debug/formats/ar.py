"""ar: the members of a static library (``.a``, ``.lib``, ``.rlib``).

Sources: ar(5); the PE format's "Archive (Library) File Format"; LLVM's description of thin
archives.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from dunnage_rules.debug.formats.forward import Forward, Opener

MAGIC = b"!<arch>\n"
HELD = 16 << 20
"""Members of up to this many bytes are given whole; of larger ones the beginning."""


class Member(Struct, frozen=True):
    """A member: where its content lies, how long it is, and its (first) bytes."""

    offset: int
    size: int
    data: bytes


def members(opener: Opener) -> Iterator[Member]:
    """The members in stored order; ends where the structure does."""
    with opener() as stream:
        reader = Forward(stream)
        if reader.take(8) != MAGIC:
            return
        while len(head := reader.take(60)) == 60 and head[58:] == b"`\n":
            digits = head[48:58].strip()
            if not digits.isdigit():
                return
            size = int(digits)
            start = reader.position
            name = head[:16].rstrip()
            if name not in (b"/", b"//", b"/SYM64/"):
                yield Member(start, size, reader.take(min(size, HELD)))
            if not reader.skip_to(start + size + (size & 1)):
                return
