"""What an image says outside of its files, as the engine looks at it: ``ENV FOO``, ``LABEL x``, the
steps of its history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dunnage import Text
from dunnage_oci import history
from dunnage_oci.document import mapping, pairs, texts
from dunnage_oci.image import Image

HISTORY = "history"
MOST = 5000
"""How many settings and steps are looked at one by one; honest images have some hundred. The rest
is one text."""

_WORDS = (
    ("ENTRYPOINT", ("Entrypoint",)),
    ("CMD", ("Cmd",)),
    ("HEALTHCHECK", ("Healthcheck", "Test")),
    ("SHELL", ("Shell",)),
    ("ONBUILD", ("OnBuild",)),
    ("USER", ("User",)),
    ("WORKDIR", ("WorkingDir",)),
)


def of(images: Sequence[Image], labels: Sequence[str]) -> list[Text]:
    """The texts of all images, the settings before the history. ``labels`` are the images' names
    for people, used where there are several."""
    found: list[Text] = []
    for tell in (_settings, _history):
        for image, label in zip(images, labels, strict=True):
            suffix = f" of {label}" if len(images) > 1 else ""
            found += [_named(each, suffix) for each in tell(image)]
    if len(found) <= MOST:
        return found
    rest = found[MOST:]
    joined = b"\n".join(each.data for each in rest)
    return [*found[:MOST], Text(f"{HISTORY}: {len(rest)} more settings and steps", joined)]


def _named(given: Text, suffix: str) -> Text:
    # JSON may hold halves of surrogate pairs, which no encoding has.
    name = (given.name + suffix).encode("utf-8", "replace").decode()
    return Text(name, given.data, given.within, given.trail)


def _settings(image: Image) -> Iterator[Text]:
    config = mapping(image.config.get("config"))
    within = image.config_blob.path
    for entry in texts(config.get("Env")):
        yield Text(f"ENV {entry.partition('=')[0]}", _bytes(entry), within)
    for name, value in pairs(config.get("Labels")):
        yield Text(f"LABEL {name}", _bytes(f"{name}={value}"), within)
    for name, value in image.annotations.items():
        yield Text(f"annotation {name}", _bytes(f"{name}={value}"), image.manifest)
    for name, keys in _WORDS:
        words = texts(_at(config, keys))
        if words:
            yield Text(name, _bytes(" ".join(words)), within)


def _history(image: Image) -> Iterator[Text]:
    steps = history.steps(image.config)
    made = {
        id(step): layer.path
        for layer, group in zip(image.layers, history.makers(len(image.layers), steps), strict=True)
        for step in group
    }
    for step in steps:
        path = made.get(id(step))
        name = f"{HISTORY}: {step.instruction}" if step.instruction else HISTORY
        trail = (path,) if path is not None else ()
        yield Text(name, _bytes(step.raw), image.config_blob.path, trail)


def _at(value: Mapping[str, Any], keys: Sequence[str]) -> object:
    found: object = value
    for key in keys:
        found = mapping(found).get(key)
    return found


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "replace")
