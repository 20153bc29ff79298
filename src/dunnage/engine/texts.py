"""What an artifact says outside of its files is looked at like files, and tells of the rest: which
lines of layers hold secrets, and what was found a second time in the document around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set

from msgspec.structs import replace

from dunnage.engine.owner import Placed
from dunnage.engine.redact import MASK
from dunnage.model import Artifact, Entry, Flaw, Kind, Oddity

LONGEST = 1000
"""Characters of a line that are kept."""


class Nothing:
    """An archive without entries."""

    format = ""

    def __iter__(self) -> Iterator[Entry | Oddity | Flaw]:
        return iter(())


def look_outside(
    artifact: Artifact, placed: list[Placed], look: Callable[[Entry], None], show_secrets: bool
) -> Artifact:
    """Look at the texts of ``artifact``; gives it with what was found there masked in the lines of
    its layers. ``look`` looks at an entry and adds to ``placed`` what it finds."""
    known, documents = len(placed), set()
    for text in artifact.texts:
        mark = len(placed)
        name = text.name.encode("utf-8", "surrogateescape")
        look(Entry(text.name, name, Kind.TEXT, len(text.data), data=text.data))
        placed[mark:] = [replace(p, hit=replace(p.hit, trail=text.trail)) for p in placed[mark:]]
        documents.add(text.within)
    found = placed[known:]
    secrets = frozenset(p.hit.secret for p in found if p.hit.secret is not None)
    rules = frozenset(p.rule for p in found)
    placed[:known] = [
        p for p in placed[:known] if p.path not in documents or not _is_said(p, secrets, rules)
    ]
    return _masked(artifact, found, show_secrets)


def _masked(artifact: Artifact, found: Sequence[Placed], show_secrets: bool) -> Artifact:
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


def _is_said(placed: Placed, secrets: Set[bytes], rules: Set[str]) -> bool:
    """Whether what was found in the document as it lies is among what was found in its texts: the
    same secret, or one that is written with backslashes there, or the same rule's word."""
    secret = placed.hit.secret
    if secret is not None and b"\\" not in secret:
        return secret in secrets
    return placed.rule in rules


def _forms(secret: bytes) -> tuple[str, str]:
    """A secret as it stands in a line, and with its blanks as a line has them."""
    text = secret.decode("utf-8", "replace")
    return text, " ".join(text.split())
