"""What gives an image archive, or a single layer, its meaning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from dunnage import Artifact, Facts, Flaw, Layer, Listing
from dunnage_oci import base, history, image, integrity, overlay, texts
from dunnage_oci.bases import Bases
from dunnage_oci.document import items, load, mapping
from dunnage_oci.image import Image
from dunnage_oci.mask import masked
from dunnage_oci.platforms import UNKNOWN, fits

_ROOT_FILES = (
    "etc/passwd",
    "etc/os-release",
    "usr/lib/os-release",
    "lib/apk/db/installed",
    "var/lib/dpkg/status",
    "var/lib/rpm/rpmdb.sqlite",
)
_HEX = "[0-9a-f]" * 64
_MOST_HIDDEN = 3_000_000
"""So many entries of layers are looked at for what upper layers hide, each again for every image.
Beyond that nothing counts as hidden: what is found there weighs as if it could be seen."""
_WINDOWS = ("Files", "Hives")  # the folders at the top of a layer of Windows


class OciAdapter(Struct, frozen=True):
    """Images in every layout that Docker, podman, skopeo and buildah write, and single layers.

    ``options`` are those of the command line: ``base`` is a number of layers, a digest or a name.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    name: str = "oci"
    documents: Sequence[str] = (
        "/manifest.json",
        "/index.json",
        "/oci-layout",
        "/repositories",
        "/*.json",
        "/*/json",
        "/blobs/*/*",
        "/sha256:*",  # the configuration, as go-containerregistry (crane, ko, kaniko) names it
    )
    json_only: bool = True
    digests: Sequence[str] = ("/blobs/*/*", "/*.tar", "/*/layer.tar")
    # A layer with nothing but a folder of an npm package is a layer, and no npm package.
    parts: Sequence[str] = ("/blobs/*/*", "/*/layer.tar", f"/{_HEX}.tar", f"/{_HEX}.tar.gz")

    def match(self, listing: Listing) -> int:
        """By content: 95 for an image's own documents, 85 for Docker's before 1.10, 40
        for what looks like a layer: deletion marks, or the root of a Linux system."""
        documents = {overlay.clean(path): data for path, data in listing.documents.items()}
        manifest = load(documents.get("manifest.json", b""))
        if any("Layers" in mapping(each) for each in items(manifest)):
            return 95
        layout = mapping(load(documents.get("oci-layout", b"")))
        index = mapping(load(documents.get("index.json", b"")))
        if "imageLayoutVersion" in layout or ("manifests" in index and _has_blobs(listing)):
            return 95
        if "repositories" in documents and any(p.endswith("/layer.tar") for p in listing.index):
            return 85
        # Inside of something else the root of a system is no layer by itself.
        alone = listing.depth == 1
        return 40 if alone and listing.format == "tar" and _is_layer(listing) else 0

    def read(self, listing: Listing) -> Artifact:
        """The artifact: kind ``image`` with all images of the archive, ``artifact`` where what it
        names is none, or ``layer``."""
        if self.match(listing) < 50:
            return Artifact("oci", "layer", "", "", {}, listing)
        found = image.find(listing, self._platform)
        if not found.images and not found.notes and not found.flaws:
            found.notes.append("the layout holds no image")
        seams = Bases(found.images, listing, self.options)
        bases = {id(each): seams.of(each) for each in found.images}
        layers = _layers(found.images, listing, bases)
        first = found.images[0] if found.images else None
        name, version = _name(first)
        notes = [*found.notes, *_notes(found.images, bases, layers), *seams.notes()]
        if listing.depth == 1 and (said := self._other_platforms(found.images)):
            found.flaws.append(Flaw(said))
        return Artifact(
            "oci",
            "image" if found.images or not found.notes else "artifact",
            name,
            version,
            {"images": [_manifest(each, bases[id(each)]) for each in found.images]},
            listing,
            layers=tuple(layers),
            texts=(
                *texts.of(found.images, [_label(each) for each in found.images]),
                *found.texts,
            ),
            problems=(*found.flaws, *integrity.check(listing, found.images)),
            hidden=_hidden(found.images, listing),
            notes=tuple(notes),
        )

    @property
    def _platform(self) -> str | None:
        wanted = self.options.get("platform")
        return str(wanted) if wanted and wanted != "all" else None

    def _other_platforms(self, images: Sequence[Image]) -> str | None:
        """What to say where no image is for the platform that the user wants: what is there is
        looked at all the same, for it ships."""
        wanted = self._platform
        there = sorted({each.platform for each in images})
        if wanted is None or not there or any(fits(p, wanted) or p == UNKNOWN for p in there):
            return None
        return f"--platform {wanted}: no such image is here, but one for {', '.join(there)}"


def _has_blobs(listing: Listing) -> bool:
    return any(overlay.clean(path).startswith("blobs/") for path in listing.index)


def is_root(index: Mapping[str, Facts]) -> bool:
    """Whether these are the files of a whole Linux system, by the files that name it."""
    return any(path in index or f"./{path}" in index for path in _ROOT_FILES) or all(
        path in index or f"{path}/" in index for path in _WINDOWS
    )


def _is_layer(listing: Listing) -> bool:
    return is_root(listing.index) or any(
        overlay.is_mark(path) for path in listing.index if overlay.WHITEOUT in path
    )


def _layers(
    images: Sequence[Image], listing: Listing, bases: Mapping[int, base.Base]
) -> list[Layer]:
    """Every layer once, in the order of the images; a layer that several images share bears
    the index that it has in the first of them."""
    order: dict[str, Layer] = {}
    users: dict[str, dict[str, None]] = {}
    own_somewhere: set[str] = set()
    for each in images:
        steps = history.makers(len(each.layers), history.steps(each.config))
        ends = bases[id(each)].layers or 0
        label = _label(each)
        for i, blob in enumerate(each.layers):
            if blob.path is None:
                continue
            users.setdefault(blob.path, {})[label] = None
            if i >= ends:
                own_somewhere.add(blob.path)
            if blob.path in order:
                continue
            created_by = "; ".join(masked(step) for step in steps[i] if step.raw) or None
            order[blob.path] = Layer(i, blob.path, _digest(each, i, listing), created_by)
    layers = [replace(layer, base=path not in own_somewhere) for path, layer in order.items()]
    if len(images) < 2:
        return layers
    return [replace(layer, images=tuple(users[layer.path])) for layer in layers]


def _digest(own: Image, i: int, listing: Listing) -> str:
    """The diff_id: the same whatever the layer's compression, and what ``docker inspect`` shows."""
    child = listing.children.get(own.layers[i].path or "")
    actual = child.inner_digest if child is not None and child.complete else None
    diff_ids = own.diff_ids
    return actual or (diff_ids[i] if i < len(diff_ids) else None) or own.layers[i].digest or ""


def _hidden(images: Sequence[Image], listing: Listing) -> dict[tuple[str, str], int]:
    """What upper layers hide, keyed by layer and path. Of a layer that stands
    twice in an image its last place counts; what only some of several images hide is not hidden."""
    result: dict[tuple[str, str], int] = {}
    users = Counter(path for each in images for path in each.layer_paths)
    visible: set[tuple[str, str]] = set()
    done: set[tuple[str | None, ...]] = set()
    left = _MOST_HIDDEN
    for each in images:
        places = tuple(blob.path for blob in each.layers)
        if places in done:
            continue
        done.add(places)
        indexes = [_index(listing, path) for path in places]
        left -= sum(map(len, indexes))
        if left < 0:
            return {}
        by_layer = overlay.hidden(indexes)
        last = {path: i for i, path in enumerate(places) if path is not None}
        for path, i in last.items():
            if users[path] > 1:
                visible.update((path, entry) for entry in indexes[i] if entry not in by_layer[i])
            for entry, by in by_layer[i].items():
                result.setdefault((path, entry), by)
    for key in visible:
        result.pop(key, None)
    return result


def _index(listing: Listing, path: str | None) -> Mapping[str, Facts]:
    child = listing.children.get(path) if path is not None else None
    return child.index if child is not None else {}


def _name(own: Image | None) -> tuple[str, str]:
    if own is None:
        return "", ""
    name, colon, tag = own.name.rpartition(":")
    if not own.tags or not colon or "/" in tag:
        return own.name, ""
    return name, tag


def _label(own: Image) -> str:
    return f"{own.name} ({own.platform})" if own.platform != UNKNOWN else own.name


def _manifest(own: Image, seam: base.Base) -> dict[str, Any]:
    return {
        "name": own.name,
        "tags": list(own.tags),
        "platform": own.platform,
        "digest": own.digest,
        "config_path": own.config_blob.path,
        "config": own.config,
        "annotations": dict(own.annotations),
        "layers": [blob.path for blob in own.layers],
        "base": seam.layers,
    }


def _notes(
    images: Sequence[Image], bases: Mapping[int, base.Base], layers: Sequence[Layer]
) -> list[str]:
    notes = []
    if len(images) > 1:
        notes.append(
            f"{len(images)} images, {len(layers)} different layers: "
            + ", ".join(_label(each) for each in images)
        )
    for each in images:
        seam = bases[id(each)]
        if seam.layers:
            notes.append(
                f"{_label(each)}: layers 0 to {seam.layers - 1} are the base image's, by {seam.how}"
            )
        elif seam.how.startswith("--base") and seam.layers is None:
            notes.append(f"{_label(each)}: {seam.how}")
    return notes
