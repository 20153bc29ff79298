"""Formats that are looked at as they lie, and hold text besides that is not to be seen there."""

from __future__ import annotations

from collections.abc import Callable

from dunnage.archives import gitobject, opaque, pdf, png, sqlite
from dunnage.archives.limits import Budget
from dunnage.model import Archive, Source

Opener = Callable[[Source, Budget], Archive]


def opener_of(head: bytes) -> Opener | None:
    """What opens the hidden parts of content that begins with ``head``, None if it has none: PDF,
    PNG, SQLite, git objects and packs, packages of distributions, and archives that cannot be read,
    which is told. The content itself is still to be looked at."""
    if head.startswith(pdf.MAGIC):
        return pdf.open_pdf
    if head.startswith(png.MAGIC):
        return png.open_png
    if head.startswith(sqlite.MAGIC):
        return sqlite.open_sqlite
    if gitobject.is_git(head[:64]):
        return gitobject.open_git
    return opaque.opener_of(head)
