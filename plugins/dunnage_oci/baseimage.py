"""The layers of an image that the user names as the base of another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dunnage import DunnageError
from dunnage_oci import auth, engine
from dunnage_oci.document import items, load, mapping, text, texts
from dunnage_oci.reference import is_digest, is_explicit, parse
from dunnage_oci.registry import Registry, agent
from dunnage_oci.web import Web

_MOST = 4 << 20
_REGISTRY = "docker://"


def diff_ids(wanted: str, platform: str, options: Mapping[str, Any]) -> list[str]:
    """The diff_ids of ``wanted``, bottom first: of a registry after ``docker://``, else of the
    engine. Empty when it is not there: that is told where the base is looked for."""
    try:
        if wanted.startswith(_REGISTRY):
            return _registered(wanted.removeprefix(_REGISTRY), platform, options)
        if is_explicit(wanted):
            return _local(wanted, options)
    except DunnageError:
        pass
    return []


def _local(wanted: str, options: Mapping[str, Any]) -> list[str]:
    for each in engine.engines(mapping(options.get("env"))):
        try:
            found = engine.layers(each, parse(wanted).familiar)
        except DunnageError:
            continue
        if found:
            return found
    return []


def _registered(wanted: str, platform: str, options: Mapping[str, Any]) -> list[str]:
    reference = parse(wanted)
    env = mapping(options.get("env"))
    insecure = frozenset(str(each) for each in options.get("insecure_registry") or ())
    registry = Registry(reference, Web(agent(), insecure, env), auth.find(reference, env))
    document = mapping(load(registry.manifest(reference.wanted)[0]))
    for descriptor in map(mapping, items(document.get("manifests"))):
        given = mapping(descriptor.get("platform"))
        parts = [text(given.get(key)) for key in ("os", "architecture", "variant")]
        digest = text(descriptor.get("digest"))
        if is_digest(digest) and "/".join(part for part in parts if part).startswith(platform):
            document = mapping(load(registry.manifest(digest)[0]))
            break
    digest = text(mapping(document.get("config")).get("digest"))
    if not is_digest(digest):
        return []
    with registry.blob(digest, None) as stream:
        config = mapping(load(stream.read(_MOST)))
    return texts(mapping(config.get("rootfs")).get("diff_ids"))
