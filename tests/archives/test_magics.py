"""What names an archive by its first bytes, and what only begins like one."""

from __future__ import annotations

import gzip
import struct

from dunnage.archives.magics import unread_name
from dunnage.archives.opaque import name_of

ARC = b"\x1a\x08" + b"a.js".ljust(13, b"\0") + struct.pack("<L", 4000) + bytes(40)


def test_an_arc_archive() -> None:
    assert name_of(ARC) == "arc"


def test_compiled_terminfo_is_no_arc_archive() -> None:
    """term(5): the same two bytes, six numbers, the terminal's names."""
    numbers = struct.pack("<6H", 0o432, 0x2B, 0x26, 0x10, 0x16D, 0x2FB)
    assert name_of(numbers + b"eterm-color|Emacs term.el terminal emulator\0" + bytes(40)) is None


def test_gzip_with_a_reserved_method_is_named() -> None:
    data = gzip.compress(b"token")
    assert unread_name(data) is None
    assert unread_name(data[:2] + b"\x07" + data[3:]) == "gzip of an unknown method"
