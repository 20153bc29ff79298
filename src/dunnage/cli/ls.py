"""``dunnage ls``: what is in the box."""

from __future__ import annotations


def ls() -> None:
    """List what an artifact holds."""
