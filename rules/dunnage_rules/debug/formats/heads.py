"""The first bytes of an entry, where they can still be had."""

from __future__ import annotations

from dunnage import Entry, NotRereadable


def starts(entry: Entry, magic: bytes) -> bool:
    """Whether the content begins with ``magic``. Bytes that came from a pipe and have passed get
    the benefit of the doubt: what was found in them stands.

    Raises ArchiveError as the bytes come.
    """
    try:
        return entry.read(len(magic)) == magic
    except NotRereadable:
        return True


def is_object(entry: Entry) -> bool:
    """Whether this ELF file is an object file, which needs its symbol table. Raises as
    :func:`starts`."""
    try:
        return entry.read(18)[16:18] in (b"\1\0", b"\0\1")
    except NotRereadable:
        return False
