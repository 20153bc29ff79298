"""Opening images: of registries, engines, podman's storage, archives and layout folders."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, cast

from dunnage import DunnageError, FileSource, StreamSource, Target, TargetError
from dunnage_oci import auth, engine, storage
from dunnage_oci.directory import Directory, is_directory
from dunnage_oci.document import load, mapping
from dunnage_oci.image import REGISTRY_FORMAT
from dunnage_oci.platforms import fits, platforms
from dunnage_oci.reference import is_digest, is_explicit, is_id, parse
from dunnage_oci.registry import Registry, agent
from dunnage_oci.remote import Folder, Registered, RemoteImage
from dunnage_oci.tags import refuse_unknown
from dunnage_oci.web import Web


def anywhere(target: str, options: Mapping[str, Any]) -> Target:
    """The image of the first engine that has it, or of podman's storage. Raises TargetError that
    tells who was asked."""
    try:
        name = _asked(target)
    except TargetError as error:
        raise TargetError(f"{target}: there is no such file or folder, and {error}") from None
    env = _env(options)
    asked: list[str] = []
    engines = engine.engines(env)
    for each in engines:
        try:
            if engine.has(each, name):
                return _saved(each, name, engines)
            asked.append(f"the engine at {each.url} does not have it")
        except TargetError as error:
            if each.named and is_explicit(target):
                raise
            asked.append(str(error))
    if not engines:
        asked.append("no engine listens here")
    if storage.available(env):
        try:
            return stored(name, options)
        except TargetError as error:
            asked.append(f"podman's storage: {str(error).partition(': ')[2]}")
    else:
        asked.append("there is no podman")
    tried = "; ".join(asked)
    said = f"{target}: there is no such file or folder, and no such image here: {tried}"
    if is_explicit(target):  # who writes a mere name may have meant a file
        said += f" (docker://{target} asks the registry)"
    raise TargetError(said)


def _env(options: Mapping[str, Any]) -> Mapping[str, str]:
    return mapping(options.get("env"))


def _platform(options: Mapping[str, Any]) -> str | None:
    wanted = options.get("platform")
    return str(wanted) if wanted and wanted != "all" else None


def registry(rest: str, options: Mapping[str, Any]) -> Target:
    """``docker://``: an image of a registry. Raises TargetError."""
    reference = parse(rest)
    env = _env(options)
    insecure = frozenset(str(each) for each in options.get("insecure_registry") or ())
    asked = Registry(reference, Web(agent(), insecure, env), auth.find(reference, env))
    try:
        first = asked.manifest(reference.wanted)
    except TargetError:
        raise
    except DunnageError as error:
        raise TargetError(f"docker://{reference}: {error}") from None
    return _remote(
        Registered(asked),
        reference.wanted,
        reference.familiar,
        f"docker://{rest}",
        first,
        options,
    )


def _remote(
    store: Registered | Folder | Directory,
    wanted: str,
    name: str,
    target: str,
    first: tuple[bytes, str],
    options: Mapping[str, Any],
) -> Target:
    platform = _platform(options)
    document = mapping(load(first[0]))
    there = platforms(document)
    if platform is not None and there and not any(fits(each, platform) for each in there):
        raise TargetError(
            f"{target}: no image for {platform}; there are {', '.join(sorted(set(there)))}"
        )
    format_ = REGISTRY_FORMAT if isinstance(store, Registered) else "oci"
    return Target(target, archive=RemoteImage(store, wanted, name, platform, format_, first))


def daemon(rest: str, options: Mapping[str, Any]) -> Target:
    """``docker-daemon:``: an image of the engine. Raises TargetError."""
    name = _asked(rest)
    failures: list[str] = []
    engines = engine.engines(_env(options))
    for each in engines:
        try:
            return _saved(each, name, engines)
        except TargetError as error:
            if each.named:
                raise
            failures.append(str(error))
    raise TargetError(f"docker-daemon:{rest}: " + ("; ".join(failures) or "no engine listens here"))


def _saved(where: engine.Engine, name: str, engines: Sequence[engine.Engine]) -> Target:
    """The image from one of the engines that were to be asked; says which, if there are several."""
    response = engine.save(where, name)
    at = f" at {where.url}" if len(engines) > 1 else ""
    return Target(f"docker-daemon:{name}{at}", source=StreamSource(cast("BinaryIO", response)))


def _asked(target: str) -> str:
    """As engines know it: a digest and an id as they stand, a name with its tag, since podman's
    storage would take a short one for one of localhost."""
    return target if is_digest(target) or is_id(target) else parse(target).familiar


def archive(rest: str, options: Mapping[str, Any]) -> Target:
    """``docker-archive:`` and ``oci-archive:``. Raises TargetError."""
    del options
    path, tag = _path_and_tag(rest)
    if tag:
        refuse_unknown(path, tag)
    # An archive ships whole, whichever of its images is named; the adapter tells them apart.
    return Target(f"{path} ({tag})" if tag else path, source=FileSource(path))


def layout(rest: str, options: Mapping[str, Any]) -> Target:
    """``oci:``: an image of a layout folder. Raises TargetError."""
    path, tag = _path_and_tag(rest)
    folder = Folder(path)
    wanted, name = (tag, tag) if tag else _only(folder)
    try:
        first = folder.manifest(wanted)
    except TargetError:
        raise
    except DunnageError as error:
        raise TargetError(f"{path}: {error}") from None
    return _remote(folder, wanted, name, f"oci:{rest}", first, options)


def directory(path: str, options: Mapping[str, Any]) -> Target:
    """``dir:``: the image in a folder of files. Raises TargetError."""
    if not is_directory(path):
        raise TargetError(f"{path}: there is no folder that `skopeo copy … dir:` wrote")
    store = Directory(path)
    first = store.manifest("")
    return _remote(store, "", "", f"dir:{path}", first, options)


def _only(folder: Folder) -> tuple[str, str]:
    """The digest of the layout's only image and its name ("" for none). Raises TargetError
    when there are more."""
    manifests, names = folder.contents()
    if len(manifests) == 1:
        return manifests[0], names[0] if names else ""
    if not manifests:
        raise TargetError(f"{folder.path}: its index.json names no image")
    known = f": {', '.join(names)}" if names else ""
    raise TargetError(
        f"{folder.path} holds {len(manifests)} images{known}; say which (oci:DIR:TAG), or "
        f"check them all with `dunnage check {folder.path}`"
    )


def _path_and_tag(rest: str) -> tuple[str, str | None]:
    """``PATH[:TAG]``. What exists as it stands is a path, so that a colon in a name does no
    harm."""
    if os.path.exists(rest):
        return rest, None
    path, colon, tag = rest.partition(":")
    if os.name == "nt" and len(path) == 1 and colon:
        drive, _, more = rest[2:].partition(":")
        path, tag = f"{path}:{drive}", more
    if not os.path.exists(path):
        raise TargetError(f"{path}: no such file or folder")
    return path, tag or None


def stored(reference: str, options: Mapping[str, Any]) -> Target:
    """``containers-storage:``: an image of podman's storage. Raises TargetError."""
    source = StreamSource(storage.stream(reference, _env(options)))
    return Target(f"containers-storage:{reference}", source=source)
