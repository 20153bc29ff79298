"""Builders of container images: layers, OCI layouts, docker archives, as mappings of files, so
that a test can bend one before it packs it with :func:`tar_archive`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from dunnage.testing.archives import compress, tar_archive
from dunnage.testing.members import Files

_SUFFIXES: Mapping[str, str] = MappingProxyType(
    {"none": "", "gzip": "+gzip", "gzip-members": "+gzip", "zstd": "+zstd"}
)
_OCI = "application/vnd.oci.image"


def layer(files: Files) -> bytes:
    """A layer: an uncompressed tar. Deletion marks are files like any other (``etc/.wh.passwd``,
    ``etc/.wh..wh..opq``). The image builders compress it."""
    return tar_archive(files)


def digest(data: bytes) -> str:
    """``sha256:…`` of ``data``."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def image_config(
    layers: Sequence[bytes],
    *,
    config: Mapping[str, Any] | None = None,
    history: Sequence[Mapping[str, Any]] | None = None,
    platform: str = "linux/amd64",
) -> bytes:
    """An image's configuration (OCI image-spec 1.1, config.md) for uncompressed ``layers``.

    ``config`` holds Env, Labels, Cmd …; ``history`` is one made-up line a layer if left out.
    """
    os, _, architecture = platform.partition("/")
    lines = history
    if lines is None:
        lines = [{"created_by": f"COPY layer-{i} /"} for i in range(len(layers))]
    return _json(
        {
            "os": os,
            "architecture": architecture,
            "config": dict(config or {}),
            "rootfs": {"type": "layers", "diff_ids": [digest(each) for each in layers]},
            "history": [dict(line) for line in lines],
        }
    )


def oci_layout(
    layers: Sequence[bytes],
    *,
    tag: str | None = "demo:latest",
    compression: str = "gzip",
    annotations: Mapping[str, str] | None = None,
    **configuration: Any,
) -> dict[str, bytes]:
    """The files of an OCI image layout with one image; ``configuration`` as
    :func:`image_config`."""
    blobs: dict[str, bytes] = {}
    config = image_config(layers, **configuration)
    packed = [compress(each, compression) for each in layers]
    kind = f"{_OCI}.layer.v1.tar{_SUFFIXES[compression]}"
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": f"{_OCI}.manifest.v1+json",
            "config": descriptor(config, f"{_OCI}.config.v1+json"),
            "layers": [descriptor(each, kind) for each in packed],
            "annotations": dict(annotations or {}),
        }
    )
    for blob in (manifest, config, *packed):
        blobs[blob_path(blob)] = blob
    names = {"org.opencontainers.image.ref.name": tag} if tag else {}
    entry = {**descriptor(manifest, f"{_OCI}.manifest.v1+json"), "annotations": names}
    return {
        "oci-layout": _json({"imageLayoutVersion": "1.0.0"}),
        "index.json": index([entry]),
    } | blobs


def docker_archive(
    layers: Sequence[bytes],
    *,
    tags: Sequence[str] = ("demo:latest",),
    compression: str = "none",
    legacy: bool = False,
    **configuration: Any,
) -> dict[str, bytes]:
    """The files of what ``docker save`` makes: ``manifest.json``, the configuration, the layers.

    ``legacy`` names the layers ``<id>/layer.tar`` as Docker before 25 did, else they are blobs;
    ``configuration`` as :func:`image_config`.
    """
    config = image_config(layers, **configuration)
    files: dict[str, bytes] = {}
    names = []
    for each in layers:
        packed = compress(each, compression)
        sha = hashlib.sha256(packed).hexdigest()
        names.append(f"{sha}/layer.tar" if legacy else blob_path(packed))
        files[names[-1]] = packed
    place = hashlib.sha256(config).hexdigest() + ".json" if legacy else blob_path(config)
    manifest = [{"Config": place, "RepoTags": list(tags), "Layers": names}]
    return {**files, place: config, "manifest.json": _json(manifest)}


def index(manifests: Sequence[Mapping[str, Any]]) -> bytes:
    """An OCI image index of the given descriptors."""
    entries = [dict(each) for each in manifests]
    return _json({"schemaVersion": 2, "mediaType": f"{_OCI}.index.v1+json", "manifests": entries})


def descriptor(blob: bytes, media_type: str) -> dict[str, Any]:
    """An OCI descriptor of ``blob``."""
    return {"mediaType": media_type, "digest": digest(blob), "size": len(blob)}


def blob_path(blob: bytes) -> str:
    """Where an OCI layout keeps ``blob``."""
    return "blobs/sha256/" + hashlib.sha256(blob).hexdigest()


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
