"""Where the base image ends and the user's own layers begin."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from dunnage import lazy_regex
from dunnage_oci.history import Step
from dunnage_oci.image import Image
from dunnage_oci.reference import is_digest

_FROM = lazy_regex(r"FROM (\S+)")
_ID = lazy_regex(r"(?:sha256:)?[0-9a-f]{12,64}\Z")

BASE_DIGEST = "org.opencontainers.image.base.digest"
BASE_NAME = "org.opencontainers.image.base.name"


class Base(Struct, frozen=True):
    """The number of layers that belong to the base image, and how that is known. ``layers`` is
    None when it is not known; ``guessed`` tells that nothing but the look of the history says
    so."""

    layers: int | None
    how: str
    guessed: bool = False


def find(
    image: Image, history: Sequence[Step], wanted: str | None, others: Sequence[Image]
) -> Base:
    """Where the base of ``image`` ends.

    ``wanted`` is what the user said with ``--base``: a number of layers, the digest of a base
    image's topmost layer (diff_id or blob), or the name or digest of another image in the
    archive. Without it the annotations and the history are asked.
    """
    count = len(image.layers)
    if wanted:
        if wanted.isdigit():
            if int(wanted) > count:
                return Base(None, f"--base {wanted} is more layers than this image has ({count})")
            return Base(int(wanted), f"--base {wanted}")
        found = _named(image, wanted, others)
        return Base(
            found,
            f"--base {wanted}"
            if found is not None
            else f"--base {wanted} is no base of this image",
        )
    annotated = image.annotations.get(BASE_DIGEST)
    if annotated:
        found = _named(image, annotated, others)
        if found is not None:
            return Base(found, BASE_DIGEST)
    return _from_history(history, count)


def annotated(image: Image) -> tuple[str, str] | None:
    """The name and the digest ("" where there is none) of the base that the annotations tell; None
    without any (OCI image-spec 1.1, annotations.md)."""
    name, digest = (image.annotations.get(key, "") for key in (BASE_NAME, BASE_DIGEST))
    if not is_digest(digest):
        digest = ""
    return (name, digest) if name or digest else None


def shared(own: Sequence[str], base: Sequence[str]) -> int | None:
    """How many layers ``own`` has of ``base``, by diff_id; None unless it has all of them."""
    fits = 0 < len(base) <= len(own) and list(own[: len(base)]) == list(base)
    return len(base) if fits else None


def _named(image: Image, wanted: str, others: Sequence[Image]) -> int | None:
    if is_digest(wanted):
        for i, diff_id in enumerate(image.diff_ids):
            if diff_id == wanted:
                return i + 1
        for i, layer in enumerate(image.layers):
            if layer.digest == wanted:
                return i + 1
    for other in others:
        if other is not image and (wanted in other.tags or wanted == other.digest):
            found = shared(image.diff_ids, other.diff_ids)
            if found is not None:
                return found
    return None


def _from_history(history: Sequence[Step], count: int) -> Base:
    """Read the seam from the history, where builders leave one.

    Buildah writes a comment ``FROM name`` on its first step over a base (and ``FROM id`` over an
    image of its own cache). Docker writes nothing,
    but a CMD or ENTRYPOINT with layers above it that are followed by another is the end
    of an image somebody built on: a Containerfile has them last.
    """
    filled = 0
    seam: Base | None = None
    for step in history:
        from_name = _FROM.match(step.comment)
        if from_name and from_name[1] != "scratch" and not _ID.match(from_name[1]):
            seam = Base(filled, f"the history ({step.comment.strip()})")
        if not step.empty:
            filled += 1
    if filled != count:
        return Base(None, "the history does not fit the layers")
    if seam is not None:
        return seam
    passed = 0
    last: int | None = None
    for step in history:
        if not step.empty:
            passed += 1
        elif step.instruction in ("CMD", "ENTRYPOINT") and 0 < passed < count:
            last = passed
    if last is not None:
        return Base(last, "the history (a CMD in its middle)", guessed=True)
    return Base(None, "the history does not tell")
