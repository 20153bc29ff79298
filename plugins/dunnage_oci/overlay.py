"""What a layer hides of the layers below it (OCI image-spec 1.1, layer.md).

Hidden is not gone: the bytes stay in the image, and anyone who pulls it can read them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from dunnage import Facts, Kind, lazy_regex

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
_AUFS = ".wh..wh."  # AUFS's own bookkeeping; layer.md keeps the prefix reserved
_LONGEST, _DEEPEST = 4096, 100
"""The longest path that Linux takes (PATH_MAX), and how deep it is looked up: every folder above a
path is a text of its own."""
_MOST_KNOWN = 10_000
_ASIDE = lazy_regex(
    r"\((?:skippable frame|gzip header|bytes |link field|padding behind|extension header|"
    r"damaged header)"
)


class Marks(Struct, frozen=True):
    """What one layer does to those below it. Paths are clean: no leading or trailing slash.

    ``removed`` are the paths it takes away, ``opaque`` the folders that it empties first,
    ``odd`` the marks that mean nothing or hold content, by their path as stored.
    """

    removed: frozenset[str] = frozenset()
    opaque: frozenset[str] = frozenset()
    odd: Mapping[str, str] = field(default_factory=dict)


def clean(path: str) -> str:
    """A path as an unpacker sees it: relative to the root, which ``..`` cannot leave."""
    if (
        path.startswith(("/", "./", ".."))
        or path.endswith("/")
        or "//" in path
        or "/." in path
        or path == "."
    ):
        return posixpath.normpath("/" + path).lstrip("/")
    return path


def is_mark(path: str) -> bool:
    """Whether an entry of this path is a deletion mark (or one of AUFS's) and not a file."""
    return path.rstrip("/").rpartition("/")[2].startswith(WHITEOUT)


def is_aside(path: str) -> bool:
    """Whether an entry is none of the layer's files: bytes beside its members, as zstd:chunked
    keeps its table of contents in skippable frames. They have the same name in every layer."""
    return path[:1] == "(" and _ASIDE.match(path) is not None


def marks(index: Mapping[str, Facts]) -> Marks:
    """The deletion marks among a layer's entries: plain files named ``.wh.NAME`` as the tar has
    them, or entries already told to be marks by their kind."""
    removed: set[str] = set()
    opaque: set[str] = set()
    odd: dict[str, str] = {}
    for path, facts in index.items():
        # Nearly all paths end here; the test must be cheap.
        if WHITEOUT not in path and facts.kind not in (Kind.WHITEOUT, Kind.OPAQUE):
            continue
        if is_aside(path):
            continue
        folder, _, name = clean(path).rpartition("/")
        if name == OPAQUE:
            opaque.add(folder)
        elif name.startswith(_AUFS):
            odd[path] = "a mark of AUFS, which other storage drivers ignore"
        elif name.startswith(WHITEOUT):
            hidden = name[len(WHITEOUT) :]
            if hidden in ("", ".", ".."):
                odd[path] = "a deletion mark without a name"
                continue
            removed.add(f"{folder}/{hidden}" if folder else hidden)
        else:
            continue
        if facts.size and facts.kind is Kind.FILE:
            odd.setdefault(path, f"a deletion mark that holds {facts.size} bytes")
    return Marks(frozenset(removed), frozenset(opaque), odd)


def hidden(layers: Sequence[Mapping[str, Facts]]) -> list[dict[str, int]]:
    """For each layer, bottom first: path as stored → index of the first layer above that hides it.

    A layer hides a path when it removes it or a folder above it, empties a folder above it,
    or holds an entry of the same path (folder over folder merges and hides nothing) or a
    file in place of a folder above it. A file that another name in its layer is a hard link to is
    not hidden while that name is there. Marks themselves are never hidden. The time is that
    of one pass over all entries.
    """
    result: list[dict[str, int]] = [{} for _ in layers]
    above = _Above()
    for i in range(len(layers) - 1, -1, -1):
        if above.any:
            result[i] = dict(_hidden_in(layers[i], above))
            for seen in _seen_through_links(layers[i], result[i]):
                del result[i][seen]
        if i:  # below the lowest there is none
            above.put(layers[i], i)
    return result


class _Above(Struct):
    """What the layers above one do to it: path → the lowest of them that does it."""

    folders: dict[str, int] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)  # entries that are no folders
    removed: dict[str, int] = field(default_factory=dict)
    opaque: dict[str, int] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        return bool(self.folders or self.others or self.removed or self.opaque)

    def put(self, index: Mapping[str, Facts], i: int) -> None:
        # Layers come from the top down, so that a lower one overwrites what a higher one put.
        found = marks(index)
        self.removed.update(dict.fromkeys(found.removed, i))
        self.opaque.update(dict.fromkeys(found.opaque, i))
        for path, facts in index.items():
            if (WHITEOUT in path and is_mark(path)) or is_aside(path):
                continue
            (self.folders if facts.kind is Kind.DIR else self.others)[clean(path)] = i


def _hidden_in(index: Mapping[str, Facts], above: _Above) -> Iterable[tuple[str, int]]:
    cut: dict[str, int | None] = {}  # folder → the lowest layer that takes all in it away
    for stored, facts in index.items():
        if (WHITEOUT in stored and is_mark(stored)) or is_aside(stored):
            continue
        path = clean(stored)
        candidates = [
            above.others.get(path),
            above.removed.get(path),
            above.folders.get(path) if facts.kind is not Kind.DIR else None,
            _cut(path.rpartition("/")[0], above, cut) if path else None,
        ]
        found = [each for each in candidates if each is not None]
        if found:
            yield stored, min(found)


def _seen_through_links(index: Mapping[str, Facts], gone: Mapping[str, int]) -> set[str]:
    """Which of the hidden paths ``gone`` can still be read by another name."""
    if not gone:
        return set()
    targets = {
        clean(facts.link or "")
        for path, facts in index.items()
        if facts.kind is Kind.HARDLINK and path not in gone
    }
    return {path for path in gone if clean(path) in targets} if targets else set()


def _cut(folder: str, above: _Above, known: dict[str, int | None]) -> int | None:
    """The lowest layer above that takes away all that stands in ``folder``; None for one that no
    system would unpack."""
    if len(folder) > _LONGEST or folder.count("/") > _DEEPEST:
        return None
    if len(known) > _MOST_KNOWN:
        known.clear()  # those of one folder stand together
    todo = []
    while folder not in known:
        todo.append(folder)
        if not folder:
            break
        folder = folder.rpartition("/")[0]
    for each in reversed(todo):
        candidates = [above.opaque.get(each)]
        if each:
            candidates += [above.others.get(each), above.removed.get(each)]
            candidates.append(known[each.rpartition("/")[0]])
        known[each] = min((c for c in candidates if c is not None), default=None)
    return known[todo[0]] if todo else known[folder]
