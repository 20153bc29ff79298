"""An image somewhere else, seen as the OCI layout it would be if it were written down."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Protocol

from msgspec import Struct, field

from dunnage import ArchiveError, Entry, FileSource, Flaw, Oddity, Source, TargetError
from dunnage_oci import media, schema1
from dunnage_oci.attestations import REFERENCE_DIGEST
from dunnage_oci.base import BASE_DIGEST
from dunnage_oci.document import items, load, mapping, number, text
from dunnage_oci.image import CONTAINERD_NAME, REF_NAME, TITLE
from dunnage_oci.overlay import clean
from dunnage_oci.platforms import fits
from dunnage_oci.reference import is_digest

IN_MEMORY = 1 << 20
_MOST_MANIFESTS = 2000
_LONGEST = 4096
MOST_MANIFEST = 4 << 20


class Store(Protocol):
    """Where manifests and blobs come from."""

    def manifest(self, wanted: str) -> tuple[bytes, str]:
        """A manifest by tag or digest, and its media type ("" if not told). Raises TargetError
        when there is none, ArchiveError when it is damaged."""
        ...

    def source(self, digest: str, size: int | None) -> Source:
        """A blob that can be streamed."""
        ...

    def holds(self, digest: str) -> bool:
        """Whether a manifest that the target does not name is here and costs nothing to read."""
        ...


class RemoteImage(Struct):
    """The archive of what a reference leads to: first the documents, then each layer once.

    ``platform`` (``os/architecture[/variant]``) chooses of an index; None takes all that are in it.
    Iterating asks the store; what it does not give becomes a flaw, and the rest goes on.
    """

    store: Store
    wanted: str
    name: str
    platform: str | None = None
    format: str = "oci"
    first: tuple[bytes, str] | None = None
    _seen: set[str] = field(default_factory=set)
    _titles: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def __iter__(self) -> Iterator[Entry | Oddity | Flaw]:
        data, media_type = self.first or self.store.manifest(self.wanted)
        digest = _digest(data)
        top = {
            "mediaType": media_type or text(mapping(load(data)).get("mediaType")),
            "digest": digest,
            "size": len(data),
            "annotations": {REF_NAME: self.name} if self.name else {},
        }
        self._seen = {digest}
        yield _entry("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        yield _entry("index.json", _json({"schemaVersion": 2, "manifests": [top]}))
        yield _entry(_path(digest), data)
        yield from self._walk(mapping(load(data)), digest)

    def _walk(self, document: Mapping[str, Any], where: str) -> Iterator[Entry | Oddity | Flaw]:
        todo = [(document, where)]
        blobs: list[Mapping[str, Any]] = []
        while todo:
            document, where = todo.pop(0)
            for descriptor in map(mapping, items(document.get("manifests"))):
                digest = text(descriptor.get("digest"))
                if not self._chosen(descriptor) and not self._speaks_of_chosen(descriptor):
                    continue
                if digest in self._seen or len(self._seen) > _MOST_MANIFESTS:
                    continue
                self._seen.add(digest)
                try:
                    data = self._document(digest)
                except (ArchiveError, TargetError) as error:
                    yield Flaw(f"the manifest {digest}: {error}", _path(where))
                    continue
                yield _entry(_path(digest), data)
                todo.append((mapping(load(data)), digest))
            base = text(mapping(document.get("annotations")).get(BASE_DIGEST))
            if base not in self._seen and is_digest(base) and self.store.holds(base):
                # What the base is, so that its layers are known; it is no image of this target.
                self._seen.add(base)
                data = self._document(base)
                yield _entry(_path(base), data)
                blobs.append(mapping(mapping(load(data)).get("config")))
            config = mapping(document.get("config"))
            layers = [mapping(x) for x in items(document.get("layers"))]
            if schema1.is_schema1(document):
                layers += schema1.layers(document)
            blobs += ([config] if config else []) + layers
            self._name_files(config, layers)
        # Small documents first: what an image is, before what is in it.
        blobs.sort(key=lambda each: "json" not in text(each.get("mediaType")))
        for blob in blobs:
            yield from self._blob(blob)

    def _name_files(self, config: Mapping[str, Any], layers: Sequence[Mapping[str, Any]]) -> None:
        """Note what the files of an artifact, which is no image, are called."""
        other = media.other(text(each.get("mediaType")) for each in layers)
        if media.is_config(text(config.get("mediaType"))) and not other:
            return
        for each in layers:
            title = text(mapping(each.get("annotations")).get(TITLE))[:_LONGEST]
            if title:
                named = title.encode("utf-8", "backslashreplace").decode()
                self._titles.setdefault(text(each.get("digest")), named)

    def _place(self, digest: str) -> tuple[str, Oddity | None]:
        """Where a blob lies: as `oras pull` would write it, if it has a title of its own that
        names none of the layout's files. Tells of a title that leads elsewhere."""
        title = self._titles.get(digest, "")
        path = clean(title)
        own = path in ("", "index.json", "manifest.json", "repositories", "oci-layout")
        if own or path.startswith("blobs/") or path in self._taken:
            return _path(digest), None
        self._taken.add(path)
        if title.startswith("/") or ".." in title.split("/"):
            said = f"the title {title[:100]!r} leads out of the folder that it is written to"
            return path, Oddity("path-escape", said, path)
        return path, None

    def _document(self, digest: str) -> bytes:
        if not is_digest(digest):
            raise ArchiveError("no digest of a known algorithm")
        return self.store.manifest(digest)[0]

    def _blob(self, descriptor: Mapping[str, Any]) -> Iterator[Entry | Oddity | Flaw]:
        digest, size = text(descriptor.get("digest")), number(descriptor.get("size"))
        if digest in self._seen:
            return
        self._seen.add(digest)
        if not is_digest(digest):
            yield Flaw(f"{digest!r} is not a digest of a known algorithm")
            return
        path, odd = self._place(digest)
        if odd is not None:
            yield odd
        try:
            source = self.store.source(digest, size)
            if size is not None and 0 <= size <= IN_MEMORY:
                with source.open() as stream:
                    yield _entry(path, stream.read(IN_MEMORY + 1))
                return
        except (ArchiveError, TargetError) as error:
            yield Flaw(str(error), path)
            return
        yield Entry(
            path,
            path.encode(),
            size=size or 0,
            media_type=text(descriptor.get("mediaType")),
            source=source,
        )

    def _chosen(self, descriptor: Mapping[str, Any]) -> bool:
        given = mapping(descriptor.get("platform"))
        if self.platform is None or not given:
            return True
        parts = [text(given.get(key)) for key in ("os", "architecture", "variant")]
        return fits("/".join(part for part in parts if part), self.platform)

    def _speaks_of_chosen(self, descriptor: Mapping[str, Any]) -> bool:
        # An attestation ships with its image, behind which it stands in the index.
        names = mapping(descriptor.get("annotations"))
        return text(names.get(REFERENCE_DIGEST)) in self._seen


class Folder(Struct, frozen=True):
    """The store of an OCI layout in a folder."""

    path: str

    def manifest(self, wanted: str) -> tuple[bytes, str]:
        """As in :class:`Store`; ``wanted`` is a tag or a digest."""
        if is_digest(wanted):
            return self._read(_path(wanted)), ""
        index = mapping(load(self._read("index.json")))
        for descriptor in map(mapping, items(index.get("manifests"))):
            names = mapping(descriptor.get("annotations"))
            if wanted in (text(names.get(REF_NAME)), text(names.get(CONTAINERD_NAME))):
                digest = text(descriptor.get("digest"))
                if is_digest(digest):
                    return self._read(_path(digest)), text(descriptor.get("mediaType"))
        known = ", ".join(sorted(self.contents()[1])) or "none has a name"
        raise TargetError(
            f"{self.path}: its index.json has no image {wanted!r}; there are: {known}"
        )

    def source(self, digest: str, size: int | None) -> Source:
        """As in :class:`Store`. The bytes lie in a file, so other processes can read them."""
        del size
        try:
            return FileSource(os.path.join(self.path, _path(digest)))
        except TargetError as error:
            raise ArchiveError(str(error)) from None

    def holds(self, digest: str) -> bool:
        """As in :class:`Store`."""
        return os.path.isfile(os.path.join(self.path, _path(digest)))

    def contents(self) -> tuple[list[str], list[str]]:
        """The digests of the manifests that index.json names, and their tags."""
        manifests = items(mapping(load(self._read("index.json"))).get("manifests"))
        names = [
            text(mapping(mapping(each).get("annotations")).get(REF_NAME)) for each in manifests
        ]
        digests = [text(mapping(each).get("digest")) for each in manifests]
        return digests, [name for name in names if name]

    def _read(self, name: str) -> bytes:
        with FileSource(os.path.join(self.path, name)).open() as stream:
            return stream.read(MOST_MANIFEST)


class Opener(Protocol):
    """What opens a blob anew: a registry."""

    def manifest(self, wanted: str) -> tuple[bytes, str]:
        """As in :class:`Store`."""
        ...

    def blob(self, digest: str, size: int | None) -> BinaryIO:
        """A stream of the blob."""
        ...


class BlobSource(Struct, frozen=True):
    """A blob of a registry. Each ``open`` asks for it anew."""

    opener: Opener
    digest: str
    size: int | None
    slice_of: tuple[str, int] | None = None

    def open(self) -> BinaryIO:
        """The bytes from the first on. Raises ArchiveError."""
        return self.opener.blob(self.digest, self.size)


class Registered(Struct, frozen=True):
    """The store of a repository in a registry."""

    opener: Opener

    def manifest(self, wanted: str) -> tuple[bytes, str]:
        """As in :class:`Store`."""
        return self.opener.manifest(wanted)

    def source(self, digest: str, size: int | None) -> Source:
        """As in :class:`Store`."""
        return BlobSource(self.opener, digest, size)

    def holds(self, digest: str) -> bool:
        """As in :class:`Store`. A registry is asked for a base by its name."""
        return False


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _path(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/", 1)


def _entry(path: str, data: bytes) -> Entry:
    return Entry(path, path.encode(), size=len(data), data=data)


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
