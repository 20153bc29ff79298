"""The bases of an archive's images: told by the archive, or looked up where they come from."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from dunnage import DunnageError, Listing, TargetError
from dunnage_oci import base, history, image
from dunnage_oci.base import Base
from dunnage_oci.image import Image

MOST = 8
"""How many different bases are looked up outside of the archive: each takes requests, and an
archive may hold thousands of images that each name another."""

SECONDS = 600.0
"""How long all of them may take together, where nothing else is said."""


class Bases:
    """Where the base of each image ends. ``options`` are those of the command line: ``base`` is a
    number of layers, a digest or a name; ``seconds`` is how long all look-ups may take together.
    Nobody is asked the same twice."""

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
        seconds = options.get("seconds")
        self._seconds = SECONDS if seconds is None else float(seconds)
        self._spent = 0.0
        self._late = False

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
        said = []
        if self._left:
            most = f"no more than {MOST} bases are, for one archive"
            said.append(f"the base of {self._left} more images was not looked up: {most}")
        if self._late:
            said.append(f"looking up bases was ended: it {self._too_long()}")
        return said

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
            ask = partial(baseimage.diff_ids, wanted, platform, self._options, near=near)
            self._answers[key] = self._in_time(ask)
        answer = self._answers[key]
        if isinstance(answer, DunnageError):
            raise answer
        return answer

    def _in_time(self, ask: Callable[[], list[str]]) -> list[str] | DunnageError:
        """What the look-up gives while there is time left. It waits in a thread, which nobody waits
        for when the time is over: a server may give a byte a minute."""
        given: list[list[str] | Exception] = []

        def wait() -> None:
            try:
                given.append(ask())
            except Exception as error:  # noqa: BLE001 - it is raised where it was asked for
                given.append(error)

        began = time.monotonic()
        if self._spent < self._seconds:
            from threading import Thread

            thread = Thread(target=wait, daemon=True)
            thread.start()
            thread.join(self._seconds - self._spent)
            self._spent += time.monotonic() - began
        if not given:
            self._late = True
            return TargetError(f"it {self._too_long()}")
        if isinstance(given[0], Exception) and not isinstance(given[0], DunnageError):
            raise given[0]
        return given[0]

    def _too_long(self) -> str:
        return f"takes too long (limit max_seconds = {self._seconds:g}, set with --limit seconds=N)"

    @cached_property
    def _beside(self) -> Callable[[str], list[str]]:
        return image.beside(self._listing)

    @cached_property
    def _registry(self) -> str | None:
        return image.registry(self._listing)
