"""The bases of an archive's images: told by the archive, or looked up where they come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from dunnage import DunnageError, Listing
from dunnage_oci import base, history, image
from dunnage_oci.base import Base
from dunnage_oci.image import Image

MOST = 8
"""How many different bases are looked up outside of the archive: each takes requests, and an
archive may hold thousands of images that each name another."""


class Bases:
    """Where the base of each image ends. ``options`` are those of the command line: ``base`` is a
    number of layers, a digest or a name. Nobody is asked the same twice."""

    def __init__(
        self, images: Sequence[Image], listing: Listing, options: Mapping[str, Any]
    ) -> None:
        self._images = images
        self._listing = listing
        self._options = options
        self._wanted = str(options.get("base") or "")
        self._asked: set[tuple[str, str, str]] = set()
        self._answers: dict[tuple[str, str], list[str] | DunnageError] = {}
        self._left = 0

    def of(self, own: Image) -> Base:
        """The base of one image."""
        wanted = self._wanted
        found = base.find(own, history.steps(own.config), wanted or None, self._images)
        if not wanted and (found.layers is None or found.guessed):
            return self._annotated(own) or found
        if wanted and found.layers is None:
            if not self._may_ask(wanted, "", own.platform):
                return Base(None, f"--base {wanted} was not looked up for {own.platform}")
            try:
                named = self._diff_ids(wanted, own.platform)
            except DunnageError as error:
                return Base(None, f"--base {wanted} is not to be found: {error}")
            count = base.shared(own.diff_ids, named)
            if count is not None:
                return Base(count, f"--base {wanted}")
        return found

    def notes(self) -> Sequence[str]:
        """What is to be said of those that were not looked up."""
        if not self._left:
            return ()
        most = f"no more than {MOST} bases are, for one archive"
        return (f"the base of {self._left} more images was not looked up: {most}",)

    def _annotated(self, own: Image) -> Base | None:
        """The base that the annotations tell."""
        told = base.annotated(own)
        if told is None:
            return None
        name, digest = told
        count = base.shared(own.diff_ids, self._beside(digest))
        if count is not None:
            return Base(count, base.BASE_DIGEST)
        from dunnage_oci import baseimage  # HTTP and TLS, which hardly a run needs

        possible = list(baseimage.possible(name, digest, self._registry))
        if not possible or not self._may_ask(name, digest, own.platform):
            return None
        for wanted in possible:
            try:
                named = self._diff_ids(wanted, own.platform, near=self._registry is None)
            except DunnageError:
                continue
            count = base.shared(own.diff_ids, named)
            if count is not None:
                return Base(count, f"{base.BASE_NAME} ({name or digest})")
        return None

    def _may_ask(self, name: str, digest: str, platform: str) -> bool:
        """Whether this base was looked up already, or may still be."""
        key = name, digest, platform
        if key not in self._asked and len(self._asked) >= MOST:
            self._left += 1
            return False
        self._asked.add(key)
        return True

    def _diff_ids(self, wanted: str, platform: str, *, near: bool = False) -> list[str]:
        from dunnage_oci import baseimage  # as above

        key = wanted, platform
        if key not in self._answers:
            try:
                self._answers[key] = baseimage.diff_ids(wanted, platform, self._options, near=near)
            except DunnageError as error:
                self._answers[key] = error
        answer = self._answers[key]
        if isinstance(answer, DunnageError):
            raise answer
        return answer

    @cached_property
    def _beside(self) -> Callable[[str], list[str]]:
        return image.beside(self._listing)

    @cached_property
    def _registry(self) -> str | None:
        return image.registry(self._listing)
