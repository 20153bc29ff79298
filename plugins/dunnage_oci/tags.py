"""What the images of an archive are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dunnage import DunnageError, FileSource, TargetError, read_members
from dunnage_oci.document import items, load, mapping, text, texts
from dunnage_oci.image import CONTAINERD_NAME, REF_NAME
from dunnage_oci.reference import is_digest, parse

_DESCRIBED = ("manifest.json", "index.json", "repositories")


def refuse_unknown(path: str, tag: str) -> None:
    """Raises TargetError when the archive at ``path`` is one of images and none of them is called
    ``tag``. Digests, and places in the archive (``@0``), are left to the look at the whole."""
    if tag.startswith("@") or is_digest(tag):
        return
    try:
        documents = read_members(FileSource(path), _DESCRIBED)
    except DunnageError:
        return  # what is wrong with the archive is told when it is looked at
    names = list(dict.fromkeys(_names({name: load(data) for name, data in documents.items()})))
    if not documents or tag in names or any(_same(tag, name) for name in names):
        return
    known = ", ".join(sorted(names)) or "none has a name"
    raise TargetError(f"{path} has no image {tag!r}; there are: {known}")


def _names(documents: Mapping[str, object]) -> Iterator[str]:
    for entry in items(documents.get("manifest.json")):
        yield from texts(mapping(entry).get("RepoTags"))
    for entry in items(mapping(documents.get("index.json")).get("manifests")):
        annotations = mapping(mapping(entry).get("annotations"))
        yield from filter(
            None, (text(annotations.get(each)) for each in (CONTAINERD_NAME, REF_NAME))
        )
    for repository, tags in mapping(documents.get("repositories")).items():
        yield from (f"{repository}:{each}" for each in mapping(tags))


def _same(tag: str, name: str) -> bool:
    """Whether a name is meant: with or without its host and ``latest``, or its tag alone."""
    if name.endswith(f":{tag}"):
        return True
    try:
        return parse(tag).familiar == parse(name).familiar
    except TargetError:
        return False
