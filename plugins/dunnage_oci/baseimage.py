"""The layers of the image that another is built on: the user names it, or its annotations do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dunnage import DunnageError, TargetError
from dunnage_oci import auth, engine, storage
from dunnage_oci.document import items, load, mapping, text, texts
from dunnage_oci.reference import DEFAULT_HOST, is_digest, is_explicit, parse
from dunnage_oci.registry import Registry, agent
from dunnage_oci.web import Web

_MOST = 4 << 20
_REGISTRY = "docker://"
_DAEMON = "docker-daemon:"
_STORAGE = "containers-storage:"
_ELSEWHERE = ("CONTAINER_HOST", "CONTAINER_CONNECTION")
"""What makes podman a client of a service elsewhere (podman(1), ``--remote``)."""


def diff_ids(
    wanted: str, platform: str, options: Mapping[str, Any], *, near: bool = False
) -> list[str]:
    """The diff_ids of ``wanted``, bottom first: of a registry after ``docker://``, else of the
    engine or podman's storage. ``near`` asks none of these over the network: it was an artifact's
    wish, not the user's. Raises DunnageError, in one line, when it is not there."""
    env = mapping(options.get("env"))
    if near:
        env = {name: value for name, value in env.items() if name not in _ELSEWHERE}
    if wanted.startswith(_REGISTRY):
        return _registered(wanted.removeprefix(_REGISTRY), platform, options)
    if wanted.startswith(_STORAGE):
        return storage.layers(wanted.removeprefix(_STORAGE), env)
    name = wanted.removeprefix(_DAEMON)
    if not is_digest(name):
        if not is_explicit(name):
            raise TargetError(f"{wanted} is no image with a tag or digest, and no number of layers")
        name = parse(name).familiar
    said = []
    for each in engine.engines(env):
        if near and not each.url.startswith("unix:"):
            continue
        try:
            found = engine.layers(each, name)
        except DunnageError as error:
            said.append(str(error))
            continue
        if found:
            return found
        said.append(f"the engine at {each.url} does not have it")
    if not wanted.startswith(_DAEMON):
        try:
            return storage.layers(name, env)
        except TargetError as error:
            said.append(f"podman's storage: {str(error).partition(': ')[2]}")
    raise TargetError("; ".join(said) or "no engine listens here")


def possible(name: str, digest: str, registry: str | None) -> Iterator[str]:
    """What may be the base that an image's annotations tell, the likeliest first.

    ``registry`` is the host that the image comes from, None for one that is local: then nothing
    but the engine and podman's storage is to be asked. An image does not choose whom dunnage
    talks to: of the registries its own is asked, and Docker Hub."""
    try:
        reference = parse(name)
    except TargetError:
        if digest and registry is None:
            yield digest
        return
    exact = f"{reference.host}/{reference.repository}@{digest}" if digest else ""
    if registry is not None:
        if reference.host in (registry, DEFAULT_HOST):
            yield _REGISTRY + (exact or str(reference))
        return
    if exact:
        yield exact
    # An image of the tag's today may have the same layers still; if it has not, it is not taken.
    yield reference.familiar


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
        raise TargetError(f"{_REGISTRY}{wanted} has no image for {platform}")
    with registry.blob(digest, None) as stream:
        config = mapping(load(stream.read(_MOST)))
    return texts(mapping(config.get("rootfs")).get("diff_ids"))
