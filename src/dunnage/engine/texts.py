"""What the texts of an artifact tell of the rest: which lines of layers hold secrets, and what was
found a second time in the document around the texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dunnage.engine.look import Placed
from dunnage.engine.redact import MASK
from dunnage.model import Artifact

LONGEST = 1000
"""Characters of a line that are kept."""


def masked(artifact: Artifact, found: Sequence[Placed], show_secrets: bool) -> Artifact:
    """``artifact`` with the secrets of ``found`` taken out of the lines that made its layers, and
    these cut. ``show_secrets`` leaves the secrets in."""
    secrets = set() if show_secrets else {item.hit.secret for item in found if item.hit.secret}
    words = {text for secret in secrets for text in _forms(secret) if text}
    longest_first = sorted(words, key=lambda text: (-len(text), text))
    layers = []
    for layer in artifact.layers:
        line = layer.created_by
        for word in longest_first:
            line = line.replace(word, MASK) if line else line
        layers.append(replace(layer, created_by=line[:LONGEST] if line else line))
    return replace(artifact, layers=tuple(layers))


def is_said(placed: Placed, found: Sequence[Placed]) -> bool:
    """Whether what was found in the document as it lies is among what was ``found`` in its texts:
    the same secret, or one that is written with backslashes there, or the same rule's word."""
    secret = placed.hit.secret
    if secret is not None and b"\\" not in secret:
        return any(other.hit.secret == secret for other in found)
    return any(other.rule == placed.rule for other in found)


def _forms(secret: bytes) -> tuple[str, str]:
    """A secret as it stands in a line, and with its blanks as a line has them."""
    text = secret.decode("utf-8", "replace")
    return text, " ".join(text.split())
