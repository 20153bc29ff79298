"""WebAssembly: the custom sections of a module.

Sources: WebAssembly core specification, "Binary Format: Modules"; the tool conventions' "Debugging
WebAssembly" for ``sourceMappingURL``, ``external_debug_info`` and ``.debug_*``.
"""

from __future__ import annotations

from msgspec import Struct

from dunnage_rules.debug.formats.forward import Forward, Opener

MAGIC = b"\0asm"
_KEPT = 8192
_MOST_SECTIONS = 4096
"""Of a module; those of compilers have some dozens at most."""


class Custom(Struct, frozen=True):
    """A custom section: its name, its whole length in bytes, and the first 8 KiB of its content."""

    name: str
    size: int
    content: bytes


def read_custom(opener: Opener) -> list[Custom] | None:
    """The custom sections in stored order; None when the bytes are no module. Ends where the
    structure does."""
    with opener() as stream:
        reader = Forward(stream)
        if reader.take(8)[:4] != MAGIC:
            return None
        found: list[Custom] = []
        for _ in range(_MOST_SECTIONS):
            kind = reader.take(1)
            size = _number(reader)
            if not kind or size is None:
                break
            start = reader.position
            if kind == b"\0":
                length = _number(reader)
                if length is None or length > size:
                    break
                name = reader.take(min(length, 4096)).decode("utf-8", "replace")
                left = max(0, start + size - reader.position)
                found.append(Custom(name, size, reader.take(min(left, _KEPT))))
            if not reader.skip_to(start + size):
                break
        return found


def text(content: bytes) -> str:
    """A string that begins with its length (``sourceMappingURL``, ``external_debug_info``)."""
    length = shift = 0
    for place, byte in enumerate(content[:5]):
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return content[place + 1 : place + 1 + length].decode("utf-8", "replace")
    return ""


def _number(reader: Forward) -> int | None:
    """An unsigned LEB128 of 32 bits."""
    value = shift = 0
    while shift < 35 and (byte := reader.take(1)):
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
        shift += 7
    return None
