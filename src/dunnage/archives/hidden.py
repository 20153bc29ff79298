"""Formats that are looked at as they lie and hold compressed text besides."""

from __future__ import annotations

from collections.abc import Callable

from dunnage.archives import gitobject, pdf, png
from dunnage.archives.limits import Budget
from dunnage.model import Archive, Source

Opener = Callable[[Source, Budget], Archive]


def opener_of(head: bytes) -> Opener | None:
    """What opens the compressed parts of content that begins with ``head``, None if it has none:
    PDF, PNG, git objects and packs. The content itself is still to be looked at."""
    if head.startswith(pdf.MAGIC):
        return pdf.open_pdf
    if head.startswith(png.MAGIC):
        return png.open_png
    if gitobject.is_git(head[:64]):
        return gitobject.open_git
    return None
