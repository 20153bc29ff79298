"""What headers say besides names and content: owners, old names, comments, unused fields."""

from __future__ import annotations

_MOST = 4096
_SHORTEST = 12


class Labels:
    """Gathers the texts of headers, each once as far as can be remembered, until they are taken.
    ``size`` is how many bytes wait."""

    __slots__ = ("_seen", "_waiting", "size")

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._waiting: list[bytes] = []
        self.size = 0

    def add(self, field: bytes) -> None:
        """Note the texts of a field, which NULs end; what has fewer than 12 bytes says nothing."""
        for part in field.split(b"\0"):
            if len(part) < _SHORTEST or part in self._seen:
                continue
            if len(self._seen) >= _MOST:
                self._seen.clear()
            self._seen.add(part)
            self._waiting.append(part)
            self.size += len(part)

    def taken(self) -> list[bytes]:
        """What waits; it is forgotten here."""
        waiting, self._waiting, self.size = self._waiting, [], 0
        return waiting
