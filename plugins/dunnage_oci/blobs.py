"""The blobs and documents of an archive of images, by the names that manifests give them."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from dunnage import Facts, Kind, Listing
from dunnage_oci.document import load, number, text, texts
from dunnage_oci.overlay import clean
from dunnage_oci.reference import is_digest

_MOST_LINKS = 40
_UNIT = 256
"""Bytes of a configuration that count for one unit."""


class Blob(Struct, frozen=True):
    """A blob that an image names. ``path`` is where it lies in the archive, None if it does not;
    ``digest`` and ``size`` (bytes) are what the manifest claims, None where it claims nothing;
    ``elsewhere`` are the addresses that it gives."""

    path: str | None
    named: str
    digest: str | None = None
    size: int | None = None
    media_type: str = ""
    elsewhere: tuple[str, ...] = ()


class Blobs:
    """What lies in an archive, by clean path; links inside it are followed."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self._stored = {clean(path): path for path in listing.index}
        self._read: dict[str, Any] = {}

    def path(self, named: str) -> str | None:
        """The stored path of what ``named`` leads to, or None."""
        at = clean(named)
        for _ in range(_MOST_LINKS):
            stored = self._stored.get(at)
            facts = self.listing.index.get(stored) if stored is not None else None
            if facts is None:
                return None
            if facts.kind not in (Kind.SYMLINK, Kind.HARDLINK):
                return stored
            base = posixpath.dirname(at) if facts.kind is Kind.SYMLINK else ""
            at = clean(posixpath.join("/", base, facts.link or ""))
        return None

    def facts(self, named: str) -> Facts | None:
        stored = self.path(named)
        return self.listing.index[stored] if stored is not None else None

    def json(self, named: str) -> Any:
        """What a document holds, None if it is none. It is read once."""
        stored = self.path(named)
        if stored is None:
            return None
        if stored not in self._read:
            data = self.listing.documents.get(stored)
            self._read[stored] = load(data) if data is not None else None
        return self._read[stored]

    def units(self, stored: str | None) -> int:
        """What a configuration counts for."""
        data = self.listing.documents.get(stored) if stored is not None else None
        return len(data or b"") // _UNIT

    def paths(self) -> list[str]:
        return sorted(self._stored)

    def blob(self, descriptor: Mapping[str, Any]) -> Blob:
        digest = text(descriptor.get("digest"))
        media_type = text(descriptor.get("mediaType"))
        size = number(descriptor.get("size"))
        elsewhere = tuple(texts(descriptor.get("urls")))
        if not is_digest(digest):
            return Blob(None, digest or "a descriptor without digest", None, size, media_type)
        path = self.path("blobs/" + digest.replace(":", "/", 1))
        return Blob(path, digest, digest, size, media_type, elsewhere)
