"""What an image says outside of its files, as the engine looks at it: ``ENV FOO``, ``LABEL x``, the
steps of its history."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from dunnage import Text
from dunnage_oci import history
from dunnage_oci.document import items, mapping, pairs, text, texts
from dunnage_oci.image import Image

HISTORY = "history"
CONFIGURATION = "configuration"
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
    ("STOPSIGNAL", ("StopSignal",)),
    ("EXPOSE", ("ExposedPorts",)),
    ("VOLUME", ("Volumes",)),
)
# What is told by itself, and what holds nothing but names and numbers of the builder's.
_TOLD = frozenset({"config", "container_config", "history", "rootfs", "author", "comment"})
_PLAIN = frozenset({"architecture", "container", "created", "id", "Image", "os", "parent"})
_SETTINGS = frozenset({"Env", "Labels", *(keys[0] for _, keys in _WORDS)})
_LONGEST = 200
_LEAST = 8  # characters; what is shorter is no secret


def of(images: Sequence[Image], labels: Sequence[str]) -> list[Text]:
    """The texts of all images, the settings before the history. ``labels`` are the images' names
    for people, used where there are several."""
    found: list[Text] = []
    rest, more = bytearray(), 0
    for tell in (_settings, _history):
        told: set[str] = set()
        for image, label in zip(images, labels, strict=True):
            suffix = f" of {label}" if len(images) > 1 else ""
            path = image.config_blob.path
            given = _annotations(image) if tell is _settings else iter(())
            if path is None or path not in told:  # what several images share is told once
                given = chain(given, tell(image))
                told.add(path or "")
            for each in given:
                if len(found) < MOST:
                    found.append(_named(each, suffix))
                else:
                    rest += each.data + b"\n"
                    more += 1
    if more:
        found.append(Text(f"{HISTORY}: {more} more settings and steps", bytes(rest)))
    return found


def _named(given: Text, suffix: str) -> Text:
    # JSON may hold halves of surrogate pairs, which no encoding has.
    name = (given.name + suffix).encode("utf-8", "replace").decode()
    return Text(name, given.data, given.within, given.trail)


def _settings(image: Image) -> Iterator[Text]:
    within = image.config_blob.path
    # Docker's classic builder keeps the settings of the container that made the last layer, too.
    steps = {text(mapping(step).get("created_by")) for step in _lines(image)}
    told: set[int] = set()
    for section in ("config", "container_config"):
        for name, value in _section(mapping(image.config.get(section))):
            setting = hash((name, value))
            if setting not in told and value not in steps:
                told.add(setting)
                yield Text(name, _bytes(value), within)
    for name in ("author", "comment"):
        if value := text(image.config.get(name)):
            yield Text(name, _bytes(value), within)
    yield from _others(image)


def _annotations(image: Image) -> Iterator[Text]:
    for name, value in image.annotations.items():
        yield Text(f"annotation {name}", _bytes(f"{name}={value}"), image.manifest)


def _section(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for entry in texts(config.get("Env")):
        yield f"ENV {entry.partition('=')[0]}", entry
    for name, value in pairs(config.get("Labels")):
        yield f"LABEL {name}", f"{name}={value}"
    for name, keys in _WORDS:
        found = _at(config, keys)
        words = list(mapping(found)) or texts(found)
        if words:
            yield name, " ".join(words)


def _others(image: Image) -> Iterator[Text]:
    """The strings of the configuration that no specification names, by where they stand."""
    top = {key: value for key, value in image.config.items() if key not in _TOLD}
    todo: list[tuple[str, object]] = [("", top)]
    for section in ("config", "container_config"):
        given = mapping(image.config.get(section))
        todo.append((section, {key: value for key, value in given.items() if key not in _SETTINGS}))
    while todo:
        where, value = todo.pop()
        for key, each in mapping(value).items():
            at = f"{where}.{key}"[:_LONGEST] if where else key[:_LONGEST]
            if isinstance(each, str) and len(each) >= _LEAST and key not in _PLAIN:
                pair = json.dumps({key: each}, ensure_ascii=False)
                yield Text(f"{CONFIGURATION}: {at}", _bytes(pair), image.config_blob.path)
            todo.append((at, each))
        for i, each in enumerate(items(value)):
            if isinstance(each, str) and len(each) >= _LEAST:
                yield Text(f"{CONFIGURATION}: {where}", _bytes(each), image.config_blob.path)
            todo.append((f"{where}.{i}"[:_LONGEST], each))


def _lines(image: Image) -> Sequence[Any]:
    return items(image.config.get("history"))


def _history(image: Image) -> Iterator[Text]:
    steps = history.steps(image.config)
    made = {
        id(step): layer.path
        for layer, group in zip(image.layers, history.makers(len(image.layers), steps), strict=True)
        for step in group
    }
    for step, line in zip(steps, _lines(image), strict=True):
        path = made.get(id(step))
        name = f"{HISTORY}: {step.instruction}" if step.instruction else HISTORY
        trail = (path,) if path is not None else ()
        yield Text(name, _bytes(step.raw), image.config_blob.path, trail)
        for key in ("comment", "author"):
            if said := text(mapping(line).get(key)):
                yield Text(f"{HISTORY}: {key}", _bytes(said), image.config_blob.path, trail)


def _at(value: Mapping[str, Any], keys: Sequence[str]) -> object:
    found: object = value
    for key in keys:
        found = mapping(found).get(key)
    return found


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "replace")
