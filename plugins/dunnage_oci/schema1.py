"""Docker's first manifest that names layers, schema 1: the newest comes first, and beside each is
the configuration that the image had then.

Source: distribution, "Image Manifest Version 2, Schema 1"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dunnage_oci.document import items, load, mapping, text, texts


def is_schema1(document: Mapping[str, Any]) -> bool:
    """Whether a manifest is of schema 1."""
    return "fsLayers" in document and "layers" not in document


def layers(document: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """The descriptors of its layers, the oldest first."""
    found = [text(mapping(each).get("blobSum")) for each in items(document.get("fsLayers"))]
    return [{"digest": each} for each in reversed(found)]


def configuration(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The configuration of the image, as schema 2 would have it: one line of history a layer."""
    states = [
        mapping(load(text(mapping(each).get("v1Compatibility")).encode("utf-8", "replace")))
        for each in items(document.get("history"))
    ]
    history = [
        {
            "created": text(state.get("created")),
            "created_by": " ".join(texts(mapping(state.get("container_config")).get("Cmd"))),
        }
        for state in reversed(states)
    ]
    newest = dict(states[0]) if states else {}
    newest.setdefault("architecture", text(document.get("architecture")))
    return {**newest, "history": history}
