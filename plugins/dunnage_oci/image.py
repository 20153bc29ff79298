"""Images as an archive describes them: OCI layouts and what ``docker save`` writes.

Every reader of such an archive may choose another description: ``manifest.json`` (Docker),
``index.json`` (OCI), ``repositories`` (Docker before 1.10). All that stand there are followed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from dunnage import Flaw, Listing, TargetError, Text
from dunnage_oci import attestations, media, schema1
from dunnage_oci.blobs import Blob, Blobs
from dunnage_oci.document import items, load, mapping, text, texts
from dunnage_oci.overlay import clean
from dunnage_oci.platforms import UNKNOWN, fits, platform_of
from dunnage_oci.reference import is_digest, is_explicit, parse

REF_NAME = "org.opencontainers.image.ref.name"
TITLE = "org.opencontainers.image.title"
CONTAINERD_NAME = "io.containerd.image.name"
REGISTRY_FORMAT = "registry"
"""The format of the archive of an image that a registry has. No bytes of an archive claim it."""

_MOST_MANIFESTS = 2000
_MOST_QUEUED = 100_000
_MOST_PARENTS = 400
_MOST_TITLES = 20
_MOST_TOLD = 5000
"""So much of what attestations tell is looked at one by one. The rest is looked at as it lies."""

_MOST_DESCRIBED = 100_000
"""The images of an archive may have so many layers, tags and units of configuration in all, counted
for each image that names them: what a few bytes name again is weighed again."""


class Image(Struct, frozen=True):
    """One image for one platform. ``config`` is its configuration, ``digest`` its manifest's
    (None for Docker's own form) and ``manifest`` where that lies; ``annotations`` are those of the
    manifest."""

    tags: tuple[str, ...]
    platform: str
    digest: str | None
    config: Mapping[str, Any]
    config_blob: Blob
    layers: tuple[Blob, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)
    manifest: str | None = None

    @property
    def diff_ids(self) -> list[str]:
        """The digests of the uncompressed layers, as the configuration claims them."""
        return texts(mapping(self.config.get("rootfs")).get("diff_ids"))

    @property
    def layer_paths(self) -> frozenset[str]:
        """Where its layers lie in the archive."""
        return frozenset(each.path for each in self.layers if each.path is not None)

    @property
    def name(self) -> str:
        """What to call it: its first tag, or the start of a digest."""
        known = self.digest or self.config_blob.digest or self.config_blob.named
        return self.tags[0] if self.tags else known[:19]


class _Same(Struct):
    """Images that are one: its number, and the tags and annotations of all of them; ``bare`` are
    the ends of tags."""

    number: int
    tags: dict[str, None]
    bare: set[str]
    annotations: dict[str, str]


class Found(Struct):
    """All that an archive describes. ``flaws`` could not be looked at; ``notes`` are for people;
    ``texts`` is what attestations say. ``room`` is what may yet be described."""

    images: list[Image] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    room: int = 0
    same: dict[tuple[str | None, ...], _Same] = field(default_factory=dict)

    def fits(self, path: str, *described: int) -> bool:
        """Whether there is room for one more image, which ``path`` describes and so much belongs
        to; says so where there is not."""
        left = self.room
        self.room -= 1 + sum(described)
        if self.room < 0 <= left:
            why = "the images have more layers, tags and settings in all than are looked at"
            self.flaws.append(Flaw(f"{why}; the rest is not followed", path))
        return self.room >= 0


def find(listing: Listing, platform: str | None = None) -> Found:
    """The images of an archive, those of ``index.json`` first, each once. ``platform`` is the one
    that the user chose: an index may name others that are not here."""
    archive = Blobs(listing)
    found = Found(room=_MOST_DESCRIBED)
    docker = list(_from_manifest_json(archive, found))
    _from_index(archive, found, platform, partial=bool(docker))
    for image in docker:
        _add(found, image)
    if not found.images:
        for image in _from_repositories(archive, found):
            _add(found, image)
    for same in found.same.values():
        image = found.images[same.number]
        tags, annotations = tuple(same.tags), same.annotations
        found.images[same.number] = replace(image, tags=tags, annotations=annotations)
    return found


def registry(listing: Listing) -> str | None:
    """The registry that the image comes from; None for one that is local."""
    if listing.format != REGISTRY_FORMAT:
        return None
    # Its first descriptor is our own: it bears the name that the user gave.
    index = mapping(load(listing.documents.get("index.json", b"")))
    own = mapping(next(iter(items(index.get("manifests"))), None))
    return parse(text(mapping(own.get("annotations")).get(REF_NAME))).host


def beside(listing: Listing) -> Callable[[str], list[str]]:
    """What gives the diff_ids of an image by the digest of its manifest, which lies in the archive,
    named by it or not; none for what does not. Each document is read once."""
    archive = Blobs(listing)

    @cache
    def configured(path: str) -> list[str]:
        return texts(mapping(mapping(archive.json(path)).get("rootfs")).get("diff_ids"))

    @cache
    def described(path: str) -> list[str]:
        manifest = mapping(archive.json(path))
        return configured(archive.blob(mapping(manifest.get("config"))).path or "")

    return lambda digest: described(archive.blob({"digest": digest}).path or "")


def _from_manifest_json(archive: Blobs, found: Found) -> Iterator[Image]:
    for entry in items(archive.json("manifest.json")):
        given = mapping(entry)
        named, layers = text(given.get("Config")), texts(given.get("Layers"))
        if not named and not layers:
            continue
        tags, path = texts(given.get("RepoTags")), archive.path(named)
        if not found.fits("manifest.json", len(layers), len(tags), archive.units(path)):
            return
        config = mapping(archive.json(named))
        if not config:
            found.flaws.append(
                Flaw(f"the image's configuration {named!r} is missing or not JSON", "manifest.json")
            )
        yield Image(
            tuple(map(_familiar, tags)),
            platform_of(config),
            None,
            config,
            Blob(path, named, _digest_in(named)),
            tuple(Blob(archive.path(each), each, _digest_in(each, "blobs/")) for each in layers),
        )


def _digest_in(path: str, prefix: str = "") -> str | None:
    """The digest that a file's name claims: ``blobs/sha256/<hex>``, ``<hex>.json`` and
    ``sha256:<hex>`` do. (``<id>/layer.tar`` does not: the id is no digest.)"""
    parts = clean(path).split("/")
    digest = f"{parts[1]}:{parts[2]}" if len(parts) == 3 and parts[0] == "blobs" else ""
    if not prefix and len(parts) == 1:
        digest = f"sha256:{path.removeprefix('sha256:').removesuffix('.json')}"
    return digest if is_digest(digest) else None


def _from_index(archive: Blobs, found: Found, platform: str | None, *, partial: bool) -> None:
    """Follow ``index.json`` through nested indexes. ``partial``: Docker writes the
    whole index of a multi-platform image even if it holds one platform's blobs alone."""
    top = mapping(archive.json("index.json"))
    queue = deque(
        (mapping(each), "index.json", _tags(mapping(each)), 0)
        for each in items(top.get("manifests"))
    )
    seen: set[tuple[str, tuple[str, ...]]] = set()
    statements: set[str] = set()
    while queue:
        descriptor, parent, tags, depth = queue.popleft()
        blob = archive.blob(descriptor)
        if (blob.named, tags) in seen:
            continue
        seen.add((blob.named, tags))
        if len(seen) > _MOST_MANIFESTS or len(queue) > _MOST_QUEUED:
            found.flaws.append(
                Flaw(
                    f"more than {_MOST_MANIFESTS} manifests; the rest is not followed", "index.json"
                )
            )
            return
        skipped = attestations.kind(descriptor)
        if skipped:
            found.notes.append(f"{blob.named}: {skipped}, no file system; skipped as an image")
            room = _MOST_TOLD - len(found.texts)
            found.texts += islice(_attested(archive, blob, statements), room)
            continue
        document = mapping(archive.json(blob.path) if blob.path is not None else None)
        if blob.path is None and (partial or depth):
            where = platform_of(mapping(descriptor.get("platform")))
            others = platform is not None and not fits(where, platform)
            why = "was not asked for" if others else "is named but not in this archive"
            found.notes.append(f"{blob.named}: {where} {why}")
            if partial or others:
                continue
        if "manifests" in document:
            nested = items(document.get("manifests"))
            queue += [
                (mapping(each), blob.named, _tags(mapping(each)) or tags, depth + 1)
                for each in nested
            ]
        elif document:
            _add_manifest(archive, found, blob, document, descriptor, tags)
        elif blob.path is None:
            found.flaws.append(Flaw(f"the manifest {blob.named} is missing", parent))
        else:
            found.flaws.append(Flaw("the manifest is not JSON", blob.path))


def _attested(archive: Blobs, manifest: Blob, seen: set[str]) -> Iterator[Text]:
    document = mapping(archive.json(manifest.path) if manifest.path is not None else None)
    for each in items(document.get("layers")):
        path = archive.blob(mapping(each)).path
        if path is not None and path not in seen:
            seen.add(path)
            yield from attestations.told(mapping(archive.json(path)), path)


def _add_manifest(
    archive: Blobs,
    found: Found,
    blob: Blob,
    document: Mapping[str, Any],
    descriptor: Mapping[str, Any],
    tags: tuple[str, ...],
) -> None:
    listed = len(items(document.get("layers")))
    where = archive.blob(mapping(document.get("config"))).path
    annotated = len(mapping(document.get("annotations")))
    if not found.fits("index.json", listed, annotated, archive.units(where)):
        return
    if schema1.is_schema1(document):
        config_blob, config = blob, schema1.configuration(document)
        layers = tuple(map(archive.blob, schema1.layers(document)))
    elif "layers" not in document or "config" not in document:
        why = "the manifest names no configuration or no layers"
        found.flaws.append(Flaw(why, blob.path))
        return
    else:
        config_blob = archive.blob(mapping(document.get("config")))
        config = mapping(archive.json(config_blob.path) if config_blob.path else None)
        layers = tuple(archive.blob(mapping(each)) for each in items(document.get("layers")))
    other = media.other(each.media_type for each in layers)
    known = "rootfs" in config or "history" in config or media.is_config(config_blob.media_type)
    if other or not known:
        own = "" if media.is_config(config_blob.media_type) else config_blob.media_type
        kind = text(document.get("artifactType")) or own or other or "unknown"
        said = f"{blob.named}: not an image but {kind}; its blobs are looked at as files"
        found.notes.append(said + _titles(items(document.get("layers"))))
        return
    platform = platform_of(config)
    if platform == UNKNOWN:
        platform = platform_of(mapping(descriptor.get("platform")))
    annotations = {
        key: value
        for each in (descriptor, document)
        for key, value in mapping(each.get("annotations")).items()
        if isinstance(value, str)
    }
    _add(
        found,
        Image(tags, platform, blob.digest, config, config_blob, layers, annotations, blob.path),
    )


def _titles(descriptors: Sequence[object]) -> str:
    """What the files of an artifact are called (ORAS, Helm's provenance and others name them)."""
    told = []
    for each in map(mapping, descriptors[:_MOST_TITLES]):
        title = text(mapping(each.get("annotations")).get(TITLE))
        if title:
            told.append(f"{text(each.get('digest'))[:19]} is {title[:100]}")
    return f" ({', '.join(told)})" if told else ""


def _add(found: Found, image: Image) -> None:
    """Keep an image, or what is new of it: the same configuration with the same layers under
    another tag, or in Docker's description beside OCI's, is the same image."""
    config = image.config_blob.path
    places = (config, *(each.path for each in image.layers))
    same = found.same.get(places) if config is not None else None
    if same is None:
        if config is not None:
            tags = dict.fromkeys(image.tags)
            annotations = dict(image.annotations)
            found.same[places] = _Same(len(found.images), tags, set(map(_bare, tags)), annotations)
        found.images.append(image)
        return
    # OCI's annotation may hold the bare tag ("latest") of a name that Docker's form has whole.
    new = [each for each in image.tags if each not in same.tags and each not in same.bare]
    same.tags.update(dict.fromkeys(new))
    same.bare.update(map(_bare, new))
    for key, value in image.annotations.items():
        same.annotations.setdefault(key, value)


def _bare(tag: str) -> str:
    """A tag without the name before it; nothing where it has none."""
    _, colon, bare = tag.rpartition(":")
    return bare if colon else ""


def _familiar(name: str) -> str:
    """``docker.io/library/app:1`` as Docker shows it, ``app:1``; a bare tag stays one."""
    try:
        return parse(name).familiar if is_explicit(name) else name
    except TargetError:
        return name


def _from_repositories(archive: Blobs, found: Found) -> Iterator[Image]:
    """Docker before 1.10: ``<id>/json`` names its parent, ``<id>/layer.tar`` is the layer."""
    for repository, tags in mapping(archive.json("repositories")).items():
        for tag, top in mapping(tags).items():
            known: dict[str, Mapping[str, Any]] = {}
            at = text(top)
            while at and at not in known and len(known) < _MOST_PARENTS:
                known[at] = mapping(archive.json(f"{at}/json"))
                at = text(known[at].get("parent"))
            chain = list(known.items())
            if not chain:
                continue
            if not found.fits(
                "repositories", len(chain), archive.units(archive.path(f"{top}/json"))
            ):
                return
            if not chain[0][1]:
                found.flaws.append(
                    Flaw(
                        f"the image {repository}:{tag} names {chain[0][0]!r}, "
                        "which has no configuration",
                        "repositories",
                    )
                )
            chain.reverse()
            history = [
                {"created_by": " ".join(texts(mapping(each.get("container_config")).get("Cmd")))}
                for _, each in chain
            ]
            config = {**chain[-1][1], "history": history}
            layers = tuple(
                Blob(archive.path(f"{each}/layer.tar"), f"{each}/layer.tar") for each, _ in chain
            )
            own = f"{chain[-1][0]}/json"
            yield Image(
                (f"{repository}:{tag}",),
                platform_of(config),
                None,
                config,
                Blob(archive.path(own), own),
                layers,
            )


def _tags(descriptor: Mapping[str, Any]) -> tuple[str, ...]:
    annotations = mapping(descriptor.get("annotations"))
    name = text(annotations.get(CONTAINERD_NAME)) or text(annotations.get(REF_NAME))
    return (_familiar(name),) if name else ()
