"""The index of an archive: its paths and their facts."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import ItemsView, Iterator, Mapping
from typing import Any

from dunnage.model import Facts, Kind

MANY = 200_000
"""Beyond so many entries paths are packed: no honest artifact has more, and a dictionary of two
million would take 400 MB."""

_CHUNK = 1024
_MASK = (1 << 64) - 1
_SHARED = 100_000
_FILE = Kind.FILE


class Index(Mapping[str, Facts]):
    """Paths to facts, in stored order; of duplicates the last. Equal facts are kept once, since a
    million entries of an archive differ in little but size. ``derived`` is what was found of the
    index when it was complete."""

    __slots__ = ("_facts", "_order", "_packed", "_shared", "derived")

    def __init__(self) -> None:
        self._facts: dict[str, Facts] = {}
        self._shared: dict[object, Facts] = {}
        self._packed: _Packed | None = None  # few archives have so many entries
        self._order: tuple[array[int], array[int]] | None = None
        self.derived: dict[object, Any] = {}

    def add(self, path: str, facts: Facts) -> None:
        """Note an entry."""
        if len(self._shared) < _SHARED:
            # Of a plain file three numbers, which take a fifth of the time that all fields take.
            plain = facts.kind is _FILE and facts.link is None and facts.digest is None
            key = (facts.size, facts.mode, facts.uid) if plain else facts
            facts = self._shared.setdefault(key, facts)
        if len(self._facts) < MANY or path in self._facts:
            self._facts[path] = facts
        else:
            if self._packed is None:
                self._packed = _Packed()
            self._packed.add(path, facts)
            self._order = None

    def __getitem__(self, path: str) -> Facts:
        if path in self._facts:
            return self._facts[path]
        packed = self._packed
        for number in reversed(self._numbers(path)):
            if packed is not None and packed.path(number) == path:
                return packed.facts[number]
        raise KeyError(path)

    def __contains__(self, path: object) -> bool:
        if path in self._facts:
            return True
        packed = self._packed
        if packed is None or not isinstance(path, str):
            return False
        return any(packed.path(number) == path for number in self._numbers(path))

    def __iter__(self) -> Iterator[str]:
        yield from self._facts
        yield from self._packed or ()

    def items(self) -> ItemsView[str, Facts]:
        """The entries in stored order, packed duplicates each with its own facts: to look every
        path up would take 50 µs for each that is packed."""
        return _Items(self)

    def pairs(self) -> Iterator[tuple[str, Facts]]:
        """What :meth:`items` goes through."""
        yield from self._facts.items()
        if self._packed is not None:
            yield from zip(self._packed, self._packed.facts, strict=True)

    def __len__(self) -> int:
        return len(self._facts) + (len(self._packed.facts) if self._packed is not None else 0)

    def _numbers(self, path: str) -> list[int]:
        """The packed entries whose paths have the same hash, in stored order."""
        if self._packed is None:
            return []
        if self._order is None:
            hashes = self._packed.hashes
            order = array("I", sorted(range(len(hashes)), key=hashes.__getitem__))
            self._order = array("Q", (hashes[number] for number in order)), order
        hashes, order = self._order
        wanted = hash(path) & _MASK
        at = bisect_left(hashes, wanted)
        found = []
        while at < len(hashes) and hashes[at] == wanted:
            found.append(order[at])
            at += 1
        return sorted(found)

    def __getstate__(self) -> dict[str, Any]:
        return {"facts": self._facts, "packed": self._packed}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._facts, self._packed = state["facts"], state["packed"]
        self._shared, self._order, self.derived = {}, None, {}
        if self._packed is not None:
            self._packed.hashes = array("Q", (hash(path) & _MASK for path in self._packed))


class _Items(ItemsView[str, Facts]):
    _mapping: Index

    def __iter__(self) -> Iterator[tuple[str, Facts]]:
        return self._mapping.pairs()


class _Packed:
    """Paths joined in chunks, with a hash of 64 bits each, which holds in one process alone."""

    def __init__(self) -> None:
        self.facts: list[Facts] = []
        self.hashes = array("Q")
        self._chunks: list[bytes] = []
        self._tail: list[bytes] = []

    def add(self, path: str, facts: Facts) -> None:
        raw = path.encode("utf-8", "surrogateescape")
        self.facts.append(facts)
        self.hashes.append(hash(path) & _MASK)
        self._tail.append(raw)
        if len(self._tail) == _CHUNK:
            self._chunks.append(b"\0".join(self._tail))
            self._tail = []

    def path(self, number: int) -> str:
        chunk, place = divmod(number, _CHUNK)
        paths = self._chunks[chunk].split(b"\0") if chunk < len(self._chunks) else self._tail
        return paths[place].decode("utf-8", "surrogateescape")

    def __iter__(self) -> Iterator[str]:
        for chunk in self._chunks:
            for raw in chunk.split(b"\0"):
                yield raw.decode("utf-8", "surrogateescape")
        for raw in self._tail:
            yield raw.decode("utf-8", "surrogateescape")
