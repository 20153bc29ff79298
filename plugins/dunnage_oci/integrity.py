"""Whether an image's parts are what its manifests say: digests, sizes, diff_ids."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from urllib.parse import urlsplit

from dunnage import Flaw, Listing
from dunnage_oci import media
from dunnage_oci.blobs import Blob
from dunnage_oci.image import Image

_EMPTY = 1 << 20  # bytes: tars are padded to the size of a record, 10 KiB as a rule


def check(listing: Listing, images: list[Image]) -> list[Flaw]:
    """What does not fit, each once."""
    flaws = list(_named_blobs(listing))
    for image in images:
        flaws += _of_image(listing, image)
    return list(dict.fromkeys(flaws))


def _of_image(listing: Listing, image: Image) -> Iterator[Flaw]:
    if image.config_blob.path is None:
        yield Flaw(f"the configuration {image.config_blob.named} of {image.name} is missing")
    else:
        yield from _against_claims(listing, image.config_blob)
    diff_ids = image.diff_ids
    if image.config and len(diff_ids) != len(image.layers) and "rootfs" in image.config:
        yield Flaw(
            f"the configuration of {image.name} names {len(diff_ids)} layers, its manifest "
            f"{len(image.layers)}",
            image.config_blob.path,
        )
        diff_ids = []
    for i, blob in enumerate(image.layers):
        yield from _of_layer(listing, image, i, blob, diff_ids[i] if i < len(diff_ids) else None)


def _of_layer(
    listing: Listing, image: Image, i: int, blob: Blob, diff_id: str | None
) -> Iterator[Flaw]:
    if blob.path is None:
        why = "is missing"
        if blob.elsewhere:
            host = urlsplit(blob.elsewhere[0]).netloc.rpartition("@")[2][:100]
            why = f"lies elsewhere (at {host}), is not in this image and was not looked at"
        yield Flaw(f"layer {i} of {image.name}, {blob.named}, {why}")
        return
    yield from _against_claims(listing, blob)
    child = listing.children.get(blob.path)
    if child is None:
        if media.is_layer(blob.media_type) and not _is_empty_tar(listing, blob.path):
            why = "encrypted" if media.encrypted(blob.media_type) else "not a tar archive"
            yield Flaw(f"layer {i} of {image.name} is {why}", blob.path)
    elif (
        child.complete
        and diff_id
        and child.inner_digest
        and diff_id.startswith("sha256:")
        and child.inner_digest != diff_id
    ):
        yield Flaw(
            f"layer {i} of {image.name} unpacks to {child.inner_digest}, its configuration "
            f"says {diff_id}",
            blob.path,
        )


def _against_claims(listing: Listing, blob: Blob) -> Iterator[Flaw]:
    size = _size(listing, blob.path)
    if blob.size is not None and size is not None and size != blob.size:
        yield Flaw(f"the blob has {size} bytes, its manifest says {blob.size}", blob.path)
    # A blob whose path is its digest is checked against its path, with all the others.
    if blob.path is not None and blob.digest and _claimed(blob.path) != blob.digest:
        yield from _digest_flaws(listing, blob.path, blob.digest)


def _named_blobs(listing: Listing) -> Iterator[Flaw]:
    for path in listing.index:
        claimed = _claimed(path)
        if claimed:
            yield from _digest_flaws(listing, path, claimed)


def _claimed(path: str) -> str | None:
    parts = path.removeprefix("./").strip("/").split("/")
    if len(parts) == 3 and parts[0] == "blobs" and parts[1] in ("sha256", "sha384", "sha512"):
        return f"{parts[1]}:{parts[2]}"
    return None


def _digest_flaws(listing: Listing, path: str, claimed: str) -> Iterator[Flaw]:
    actual = _digest(listing, path, claimed.partition(":")[0])
    if actual and actual != claimed:
        yield Flaw(f"the blob's digest is {actual}, its name says {claimed}", path)


def _digest(listing: Listing, path: str, algorithm: str) -> str | None:
    """The digest of what lies at ``path``; None where it was not taken: the bytes ended
    early (which is a problem already) or the algorithm is not sha256."""
    if path in listing.documents:
        return f"{algorithm}:{hashlib.new(algorithm, listing.documents[path]).hexdigest()}"
    if algorithm != "sha256":
        return None
    child = listing.children.get(path)
    if child is not None:
        return child.digest if child.complete else None
    facts = listing.index.get(path)
    return facts.digest if facts is not None else None


def _is_empty_tar(listing: Listing, path: str) -> bool:
    """Whether the blob is a tar without members: nothing but zero bytes, in whole blocks."""
    facts = listing.index[path]
    if facts.size % 512 or not 0 < facts.size <= _EMPTY:
        return False
    return facts.digest == "sha256:" + hashlib.sha256(bytes(facts.size)).hexdigest()


def _size(listing: Listing, path: str | None) -> int | None:
    facts = listing.index.get(path) if path is not None else None
    return facts.size if facts is not None else None
