"""Builders of odd image layouts, for tests: as mappings of files, to be packed with
:func:`dunnage.testing.tar_archive` or written to a folder. The same call gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dunnage.testing import (
    Content,
    blob_path,
    descriptor,
    digest,
    docker_archive,
    index,
    oci_layout,
    symlink,
)

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"

Layout = dict[str, Content]


def multi_platform(
    images: Mapping[str, Sequence[bytes]],
    *,
    tag: str = "demo:latest",
    compression: str = "gzip",
    nested: int = 1,
    attest: bool = False,
    **configuration: Any,
) -> Layout:
    """An OCI layout of one image for several platforms (``linux/arm64`` → its uncompressed layers).

    Its index lies ``nested`` levels below ``index.json`` (0: its manifests stand there themselves).
    ``attest`` adds an attestation manifest as BuildKit does. ``configuration`` as ``image_config``.
    """
    files: Layout = {}
    entries = []
    for platform, layers in images.items():
        layout = oci_layout(
            layers, tag=None, compression=compression, platform=platform, **configuration
        )
        entry = json.loads(layout.pop("index.json"))["manifests"][0]
        os, _, architecture = platform.partition("/")
        entries.append({**entry, "platform": {"os": os, "architecture": architecture}})
        files.update(layout)
    if attest:
        files.update(_attestation(entries))
    if not nested:
        for entry in entries:
            entry["annotations"] = {"org.opencontainers.image.ref.name": tag}
        return {**files, "index.json": index(entries)}
    blob = index(entries)
    for _ in range(nested - 1):
        files[blob_path(blob)] = blob
        blob = index([descriptor(blob, INDEX)])
    files[blob_path(blob)] = blob
    top = {
        **descriptor(blob, INDEX),
        "annotations": {"org.opencontainers.image.ref.name": tag},
    }
    return {**files, "index.json": index([top])}


def _attestation(entries: list[dict[str, Any]]) -> Layout:
    """Add BuildKit's attestation of the first image to ``entries``; returns its blobs."""
    statement = json.dumps({"_type": "https://in-toto.io/Statement/v0.1"}).encode()
    config = json.dumps({"os": "unknown", "architecture": "unknown", "config": {}}).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(config, "application/vnd.oci.image.config.v1+json"),
            "layers": [descriptor(statement, "application/vnd.in-toto+json")],
        }
    ).encode()
    entries.append(
        {
            **descriptor(manifest, MANIFEST),
            "platform": {"os": "unknown", "architecture": "unknown"},
            "annotations": {
                "vnd.docker.reference.type": "attestation-manifest",
                "vnd.docker.reference.digest": entries[0]["digest"],
            },
        }
    )
    return {blob_path(blob): blob for blob in (statement, config, manifest)}


def linked_layers(layers: Sequence[bytes], **options: Any) -> Layout:
    """What Docker before 25 and podman write where a layer stands twice: ``<id>/layer.tar`` of all
    but the first is a link to it. ``options`` as ``docker_archive``."""
    files: Layout = dict(docker_archive(layers, legacy=True, **options))
    manifest = json.loads(bytes(files["manifest.json"]))  # type: ignore[arg-type] # built as bytes
    names: list[str] = []
    for i, layer in enumerate(layers):
        first = layers.index(layer)
        own = f"{digest(layer)[7:60]}{i:04d}/layer.tar"
        if first == i:
            files[own] = layer
        else:
            files[own] = symlink("../" + names[first])
        names.append(own)
    for name in manifest[0]["Layers"]:
        files.pop(name, None)
    manifest[0]["Layers"] = names
    files["manifest.json"] = json.dumps(manifest).encode()
    return files


def ancient_archive(layers: Sequence[bytes], *, name: str = "demo", tag: str = "latest") -> Layout:
    """What Docker before 1.10 wrote: no ``manifest.json``; ``repositories`` names the topmost
    layer, and each layer's ``json`` its parent."""
    files: Layout = {}
    parent = ""
    for i, layer in enumerate(layers):
        identity = digest(layer + str(i).encode())[7:]
        about: dict[str, Any] = {
            "id": identity,
            "os": "linux",
            "architecture": "amd64",
            "container_config": {"Cmd": ["/bin/sh", "-c", f"make layer-{i}"]},
            "config": {"Env": ["PATH=/bin"]},
        }
        if parent:
            about["parent"] = parent
        files[f"{identity}/VERSION"] = b"1.0"
        files[f"{identity}/json"] = json.dumps(about).encode()
        files[f"{identity}/layer.tar"] = layer
        parent = identity
    files["repositories"] = json.dumps({name: {tag: parent}}).encode()
    return files


def saved_by_docker_25(
    layers: Sequence[bytes], *, compression: str = "none", **options: Any
) -> Layout:
    """What Docker 25 and later write: an OCI layout that bears a ``manifest.json`` as well. Docker
    29 keeps the layers compressed (``compression="gzip"``)."""
    layout = oci_layout(layers, tag="latest", compression=compression, **options)
    manifest = json.loads(layout["index.json"])["manifests"][0]
    manifest["annotations"]["io.containerd.image.name"] = "docker.io/library/demo:latest"
    document = json.loads(layout["blobs/" + manifest["digest"].replace(":", "/")])
    paths = ["blobs/" + each["digest"].replace(":", "/") for each in document["layers"]]
    config = "blobs/" + document["config"]["digest"].replace(":", "/")
    saved = [{"Config": config, "RepoTags": ["demo:latest"], "Layers": paths}]
    return {
        **layout,
        "index.json": index([manifest]),
        "manifest.json": json.dumps(saved).encode(),
    }


def tarball_of_crane(layers: Sequence[bytes]) -> Layout:
    """What go-containerregistry writes, and so crane, ko and kaniko: a configuration named by its
    digest, layers by that of their compressed bytes."""
    saved = docker_archive(layers, compression="gzip")
    [given] = json.loads(saved.pop("manifest.json"))
    config = saved[given["Config"]]
    files: Layout = {digest(config): config}
    names = []
    for path in given["Layers"]:
        names.append(path.rpartition("/")[2] + ".tar.gz")
        files[names[-1]] = saved[path]
    manifest = {"Config": digest(config), "RepoTags": given["RepoTags"], "Layers": names}
    return {**files, "manifest.json": json.dumps([manifest]).encode()}
