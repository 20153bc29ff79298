"""What BuildKit says of a build beside the image: its provenance (SLSA 0.2 and 1.0 as
docs.docker.com, "Provenance attestations", has them). With ``mode=max`` it holds the values of the
build arguments, the environment and the commands of every stage, and the Dockerfile itself; stages
that leave nothing else in the image among them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from dunnage import Text
from dunnage_oci.document import items, mapping, pairs, text, texts
from dunnage_oci.platforms import UNKNOWN, platform_of

_PREFIX = "build-arg:"
NAME = "history: provenance"
SOURCE = "provenance"
REFERENCE_TYPE = "vnd.docker.reference.type"
REFERENCE_DIGEST = "vnd.docker.reference.digest"
_LONGEST = 200


def told(statement: Mapping[str, Any], within: str) -> Iterator[Text]:
    """What a provenance statement tells of the build, each thing once; ``within`` is its path."""
    predicate = mapping(statement.get("predicate"))
    for instruction, words in dict.fromkeys(_lines(predicate)):
        line = f"{instruction} {words}"
        yield Text(f"{NAME}: {instruction}", line.encode("utf-8", "replace"), within)
    for name, data in _files(predicate):
        yield Text(f"{SOURCE}: {name}".encode("utf-8", "replace").decode(), data, within)


def _lines(predicate: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The instructions and the words behind them: SLSA 0.2 and 1.0 keep the same things in places
    of their own."""
    definition = mapping(predicate.get("buildDefinition"))
    new = mapping(mapping(definition.get("externalParameters")).get("request"))
    old = mapping(mapping(predicate.get("invocation")).get("parameters"))
    for given in (old, new):
        for key, value in pairs(given.get("args")):
            if key.startswith(_PREFIX):
                yield "ARG", f"{key.removeprefix(_PREFIX)}={value}"
    for place in (predicate, mapping(definition.get("internalParameters"))):
        for step in items(mapping(place.get("buildConfig")).get("llbDefinition")):
            operation = mapping(mapping(mapping(step).get("op")).get("Op"))
            meta = mapping(mapping(operation.get("exec")).get("meta"))
            for each in texts(meta.get("env")):
                yield "ENV", each
            if words := texts(meta.get("args")):
                yield "RUN", " ".join(words)


def _files(predicate: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The names and contents of the Dockerfiles that a statement holds."""
    old = mapping(predicate.get("metadata"))
    new = mapping(mapping(predicate.get("runDetails")).get("metadata"))
    for metadata in (
        mapping(old.get("https://mobyproject.org/buildkit@v1#metadata")),
        mapping(new.get("buildkit_metadata")),
    ):
        for each in items(mapping(metadata.get("source")).get("infos")):
            given = mapping(each)
            try:
                data = base64.b64decode(text(given.get("data")))
            except (binascii.Error, ValueError):
                continue
            yield text(given.get("filename"))[:_LONGEST], data


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
