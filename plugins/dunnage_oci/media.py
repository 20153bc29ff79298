"""Media types: what of a manifest's blobs is a layer of files (OCI image-spec 1.1, layer.md; Docker
image manifest v2, schema 2; ocicrypt's ``+encrypted``)."""

from __future__ import annotations

from collections.abc import Iterable

_CONFIGS = ("application/vnd.oci.image.config", "application/vnd.docker.container.image")
_LAYERS = ("application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs.")


def is_config(media_type: str) -> bool:
    """Whether a configuration of this type is an image's."""
    return media_type.startswith(_CONFIGS)


def is_layer(media_type: str) -> bool:
    """Whether a blob of this type is a layer; Docker's own form names no types."""
    return not media_type or media_type.startswith(_LAYERS) or ".tar" in media_type


def other(media_types: Iterable[str]) -> str | None:
    """The type that blobs have of which none is a layer: a signature, an attestation, a module.
    They may bear an image's configuration, since some registries take nothing else."""
    known = list(media_types)
    return known[0] if known and not any(map(is_layer, known)) else None


def encrypted(media_type: str) -> bool:
    """Whether a layer of this type can be read by who has its key alone."""
    return media_type.endswith("+encrypted")
