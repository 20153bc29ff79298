"""How reports name a place, a layer and an amount. Every string from an artifact is escaped
here."""

from __future__ import annotations

import re

from dunnage.amounts import counted
from dunnage.escape import escape
from dunnage.lazy import lazy_regex
from dunnage.model import Finding, LayerNote, Problem

ARROW = " → "
LONGEST_PLACE = 300
LONGEST_MESSAGE = 1200
_MOST_IMAGES = 5

# How layers are named inside image archives (OCI image layout; docker save before version 25). The
# report names the layer itself by its number and its instruction.
LAYER_FILE = lazy_regex(r"(?:^|/)(?:blobs/sha256/[0-9a-f]{64}|[0-9a-f]{64}(?:\.tar|/layer\.tar))$")
_SHELL = lazy_regex(r"^(?:\|\d+ .*?)?/bin/(?:ba)?sh -c (?:#\(nop\)\s*)?|\s*# buildkit$")


def base_name(target: str) -> str:
    """The last component of a target: what a file is called."""
    return target.rstrip("/").rpartition("/")[2] or target


def containers(found: Finding | Problem) -> tuple[str, ...]:
    """The containers between the target and the file, escaped; layers, which have names that tell
    nothing, left out."""
    # The end of a long name tells whether it is a layer's.
    return tuple(shown(step) for step in found.trail[1:] if not LAYER_FILE.search(step[-200:]))


def position(found: Finding) -> str:
    """``:line:column``, as far as known."""
    if found.line is None:
        return ""
    return f":{found.line}" if found.column is None else f":{found.line}:{found.column}"


def place(found: Finding | Problem) -> str:
    """Where it is, seen from the target: ``a/b.js:3:1``, or with containers between, ``x.tgz →
    in.whl → a/b.js:3:1``. The target's own name where the whole artifact is meant."""
    steps = containers(found)
    path = shown(found.path) if found.path else ""
    if path and isinstance(found, Finding):
        path += position(found)
    if not steps:
        return path or escape(base_name(found.artifact))
    return ARROW.join([escape(base_name(found.artifact)), *steps, *([path] if path else [])])


def shown(name: str) -> str:
    """A name, escaped and of a length that can be read."""
    return cut(escape(cut(name)))


def cut(text: str, most: int = LONGEST_PLACE) -> str:
    """A name or place that a stranger made long, without its middle."""
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-most // 2 :]}"


def shorten(text: str) -> str:
    """A message, cut at the end if it is long."""
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def instruction(layer: LayerNote, most: int = 60) -> str:
    """The line of the history that made the layer, as its Dockerfile has it; "" if unknown."""
    line = " ".join(_SHELL.sub("", layer.created_by or "").split())
    if line and not re.match(r"[A-Z]{3,}\b", line):
        line = "RUN " + line
    line = escape(line)
    return line if len(line) <= most else line[: most - 1] + "…"


def layer_words(found: Finding) -> str:
    """The layer in words: ``layer 3 (RUN npm ci), hidden by layer 5, still in the image``; ""
    without layers."""
    if found.layer is None:
        return ""
    words = f"layer {found.layer.index}"
    if line := instruction(found.layer):
        words += f" ({line})"
    if found.layer.base or not found.own:
        words += " of the base image"
    if found.layer.images:
        first = [shown(image) for image in found.layer.images[:_MOST_IMAGES]]
        more = len(found.layer.images) - len(first)
        words += f" of {', '.join(first)}" + (f" and {counted(more, 'more image')}" if more else "")
    if found.hidden_by is not None:
        words += f", hidden by layer {found.hidden_by}, still in the image"
    return words


def via_words(found: Finding) -> str:
    """The encodings taken off to see it: ``decoded from base64, then hex``; "" if none."""
    return "decoded from " + ", then ".join(map(escape, found.via)) if found.via else ""
