"""Whose folders these are: one's own, an installed package's, or in an image a distribution's."""

from __future__ import annotations

from dunnage import Artifact, Hit, lazy_regex

_SYSTEM = lazy_regex(
    r"(?:\./|/)?(?:usr/(?!src/(?:app|code|project)/)|var/(?!www/)|etc/|boot/|run/|bin/|sbin/|"
    r"lib(?:32|64|exec)?/|opt/(?:conda|venv|bitnami)/)"
)
_INSTALLED = lazy_regex(
    r"(?:.*/)?(?:node_modules|(?:site|dist)-packages|gems|pkg/mod|registry/src|git/checkouts|"
    r"vendor|\.cache|\.nvm|\.pyenv|\.rbenv|\.rustup|\.vscode-server)/"
)


def is_own(path: str, artifact: Artifact) -> bool:
    """Whether ``path`` lies below no installed package and, in an image, in none of the
    distribution's folders: what lies there, somebody else left."""
    if _INSTALLED.match(path):
        return False
    image = artifact.ecosystem in ("oci", "archive") and artifact.listing.format.startswith("tar")
    return not (image and _SYSTEM.match(path))


def weigh_own(hit: Hit, artifact: Artifact) -> Hit | None:
    """Drops a hit that is somebody else's; its ``facts`` are the path."""
    return hit if is_own(hit.facts, artifact) else None
