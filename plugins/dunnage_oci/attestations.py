"""What BuildKit says of a build beside the image: the build arguments in its provenance (SLSA 0.2
and 1.0 as docs.docker.com, "Provenance attestations", has them; ``mode=max`` records their
values)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dunnage import Text
from dunnage_oci.document import mapping, pairs, text
from dunnage_oci.platforms import UNKNOWN, platform_of

_PREFIX = "build-arg:"
NAME = "history: provenance"
REFERENCE_TYPE = "vnd.docker.reference.type"
REFERENCE_DIGEST = "vnd.docker.reference.digest"


def arguments(statement: Mapping[str, Any], within: str) -> Iterator[Text]:
    """The build arguments of a provenance statement, each as a text; ``within`` is its path."""
    predicate = mapping(statement.get("predicate"))
    old = mapping(mapping(predicate.get("invocation")).get("parameters"))
    definition = mapping(predicate.get("buildDefinition"))
    new = mapping(mapping(definition.get("externalParameters")).get("request"))
    for given in (old, new):
        for key, value in pairs(given.get("args")):
            if key.startswith(_PREFIX):
                said = f"ARG {key.removeprefix(_PREFIX)}={value}"
                yield Text(NAME, said.encode("utf-8", "replace"), within)


def kind(descriptor: Mapping[str, Any]) -> str | None:
    """Why a manifest is no image: BuildKit's attestations stand beside the images they
    speak of (docs.docker.com, "Image attestation storage")."""
    annotations = mapping(descriptor.get("annotations"))
    said = text(annotations.get(REFERENCE_TYPE))
    if said:
        return said.replace("-", " ")
    platform = mapping(descriptor.get("platform"))
    if platform and platform_of(platform) == UNKNOWN:
        return "a manifest for platform unknown/unknown"
    return None
