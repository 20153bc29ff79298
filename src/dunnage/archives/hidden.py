"""Formats that are looked at as they lie, and hold text besides that is not to be seen there."""

from __future__ import annotations

from collections.abc import Callable

from dunnage.archives import gitobject, opaque, payload, pdf, png, sqlite
from dunnage.archives.limits import Budget
from dunnage.archives.magics import is_disk_image, unpacks_7z
from dunnage.model import Archive, Source

Opener = Callable[[Source, Budget], Archive]


_HERE = frozenset((b"%", b"\x89", b"S", b"P", b"x", b"#", b"<", b"M"))
"""What the first byte of these is. Most files are text, and pass at once."""

LARGE = 16 << 20
"""Libraries beyond this many bytes are looked at as they lie: they would be read twice."""


def opener_of(head: bytes, whole: bytes | None = None, size: int = 0) -> Opener | None:
    """What opens the hidden parts of content that begins with ``head``, None if it has none: PDF,
    PNG, SQLite, git objects and packs, packages of distributions, archives in scripts, in ar and in
    cpio archives, zlib streams, and archives that cannot be read, which is told. ``whole`` is all
    of it, if that is at hand, ``size`` its length, if that is known. The content itself is still to
    be looked at."""
    if head[:1] in _HERE and (opener := _by_first(head, whole)) is not None:
        return opener
    if whole is not None and is_disk_image(whole[-512:]):
        return disk_image
    found = opaque.opener_of(head)
    if found is opaque.Ar and size > LARGE and not head.startswith(opaque.DEB):
        return None
    return found


def _by_first(head: bytes, whole: bytes | None) -> Opener | None:
    if head.startswith(pdf.MAGIC):
        return pdf.open_pdf
    if head.startswith(png.MAGIC):
        return png.open_png
    if head.startswith(sqlite.MAGIC):
        return sqlite.open_sqlite
    if gitobject.is_git(head[:64]):
        return gitobject.open_git
    if payload.is_script(head, whole):
        return payload.Script
    if payload.is_zlib(head):
        return payload.Zlib
    if head.startswith(b"MZ") and whole is not None and unpacks_7z(whole):
        return lambda source, budget: opaque.Unread(source, budget, "7z")
    return None


def disk_image(source: Source, budget: Budget) -> Archive:
    """What tells that a disk image (.dmg) cannot be read."""
    return opaque.Unread(source, budget, "dmg")
