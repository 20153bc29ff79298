"""Packages that lie in folders of something else, as in an image's ``node_modules``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from dunnage.engine.judge import Tell
from dunnage.model import Adapter, Artifact, Listing


class Manifests(dict[str, bytes]):
    """Manifests by path; ``derived`` is what was found of them when they were complete."""

    def __init__(self, given: Mapping[str, bytes] | None = None) -> None:
        super().__init__(given or {})
        self.derived: dict[object, Any] = {}


class Installed:
    """The packages installed in one archive, each read when something was found in it.

    An adapter may tell of them: ``manifests`` are the endings of the paths of the manifests that it
    wants to see, ``installed(path, listing)`` gives the package that ``path`` lies in, or None.
    ``manifests`` here are the contents of those that were met.
    """

    def __init__(
        self,
        listing: Listing,
        adapters: Sequence[Adapter],
        manifests: Mapping[str, bytes],
        tell: Tell,
    ) -> None:
        self._adapters = [each for each in adapters if hasattr(each, "installed")]
        self._listing = replace(listing, documents=manifests)
        self._known: dict[str, Artifact | None] = {}
        self._tell = tell

    def of(self, path: str | None) -> Artifact | None:
        """The innermost package around ``path``."""
        if not path or not self._listing.documents:
            return None
        folder = path.rpartition("/")[0]
        if folder not in self._known:
            self._known[folder] = self._read(path)
        return self._known[folder]

    def _read(self, path: str) -> Artifact | None:
        found = [self._asked(adapter, path) for adapter in self._adapters]
        return max((f for f in found if f is not None), key=lambda f: len(f.root), default=None)

    def _asked(self, adapter: Adapter, path: str) -> Artifact | None:
        try:
            package: Artifact | None = adapter.installed(path, self._listing)  # type: ignore[attr-defined] # an adapter may have it
        except Exception as error:  # noqa: BLE001 - an adapter is foreign code
            self._tell(path, f"{adapter.name} failed: {type(error).__name__}: {error}")
            return None
        return package
