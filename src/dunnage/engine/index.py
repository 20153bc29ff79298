"""The index of an archive: its paths and their facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dunnage.model import Facts


class Index(Mapping[str, Facts]):
    """Paths to facts, in stored order; of duplicates the last. Equal facts are kept once, since a
    million entries of an archive differ in little but size."""

    __slots__ = ("_facts", "_shared")

    def __init__(self) -> None:
        self._facts: dict[str, Facts] = {}
        self._shared: dict[Facts, Facts] = {}

    def add(self, path: str, facts: Facts) -> None:
        """Note an entry."""
        if len(self._shared) < 100_000:
            facts = self._shared.setdefault(facts, facts)
        self._facts[path] = facts

    def __getitem__(self, path: str) -> Facts:
        return self._facts[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def __contains__(self, path: object) -> bool:
        return path in self._facts

    def __getstate__(self) -> dict[str, Facts]:
        return self._facts

    def __setstate__(self, state: dict[str, Facts]) -> None:
        self._facts = state
        self._shared = {}
