"""The plan: which rules may care about an entry, before a byte of it is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dunnage.archives import sniff
from dunnage.engine.globs import Globs
from dunnage.model import Adapter, Entry, Hit, Match, Severity, Subject
from dunnage.rules import Rule

SOURCE_MAP = "engine/source-map"
ZIP_END = "engine/zip-end"
"""Signs that a content opens as an archive though its first bytes do not tell."""


def _noted(entry: Entry, match: Match) -> Iterator[Hit]:
    """A sign is noted, and says nothing."""
    return iter(())


def _sign(name: str, pattern: str) -> Rule:
    return Rule(
        id=name,
        on=Subject.ENTRY,
        severity=Severity.NOTE,
        summary="",
        check=_noted,
        pattern=pattern,
        once=True,
    )


class Plan:
    """All rules of a run, arranged by what they need."""

    def __init__(
        self, rules: Sequence[Rule], adapters: Sequence[Adapter], show_secrets: bool = False
    ) -> None:
        self.show_secrets = show_secrets
        entry = [rule for rule in rules if rule.on is Subject.ENTRY]
        self.rules = {rule.id: rule for rule in rules}
        self.artifact = [rule for rule in rules if rule.on is Subject.ARTIFACT]
        self.patterns = [rule for rule in entry if rule.pattern is not None]
        signs = [_sign(SOURCE_MAP, r'"mappings"\s*:'), _sign(ZIP_END, r"PK\x05\x06[\x00-\xff]{8}")]
        self.signs = frozenset(rule.id for rule in signs)
        self.patterns += signs
        self._limits = [
            Globs((glob, True) for glob in rule.paths) if rule.paths else None
            for rule in self.patterns
        ]
        plain = [rule for rule in entry if rule.pattern is None]
        self._named = Globs(
            (glob, number)
            for number, rule in enumerate(plain)
            if not rule.magic
            for glob in rule.paths
        )
        self._plain = plain
        self._magic: dict[int, list[tuple[int, bytes, Rule]]] = {}
        self._deep: list[tuple[int, bytes, Rule]] = []
        for rule in plain:
            for magic in rule.magic:
                offset, value = magic if isinstance(magic, tuple) else (0, magic)
                if offset == 0:
                    self._magic.setdefault(value[0], []).append((0, value, rule))
                else:
                    self._deep.append((offset, value, rule))
        self._paths_of = {
            rule.id: Globs((glob, True) for glob in rule.paths) for rule in plain if rule.magic
        }
        self.documents = Globs((glob, a.name) for a in adapters for glob in a.documents)
        self.parts = Globs((g, a.name) for a in adapters for g in getattr(a, "parts", ()))
        self.manifests = tuple(e for a in adapters for e in getattr(a, "manifests", ()))
        self._json_only = {a.name for a in adapters if getattr(a, "json_only", False)}
        self.digests = Globs((g, a.name) for a in adapters for g in getattr(a, "digests", ()))

    def document(self, path: str, data: bytes) -> bool:
        """Whether an adapter wants to see this content."""
        names = self.documents.of(path)
        if not names or data.lstrip()[:1] in (b"{", b"["):
            return bool(names)
        return any(name not in self._json_only for name in names)

    def named(self, entry: Entry) -> list[Rule]:
        """The rules that the entry's path asks for."""
        numbers = self._named.of(entry.path)
        if not numbers:
            return []
        found = [self._plain[number] for number in sorted(numbers)]
        return [rule for rule in found if entry.kind in rule.kinds]

    def by_magic(self, entry: Entry, head: bytes) -> list[Rule]:
        """The rules that the first bytes of a file ask for."""
        if not head:
            return []
        candidates = [*self._magic.get(head[0], ()), *self._deep]
        found: list[Rule] = []
        for offset, value, rule in candidates:
            if rule in found or head[offset : offset + len(value)] != value:
                continue
            paths = self._paths_of[rule.id]
            if entry.kind in rule.kinds and (not paths or paths.of(entry.path)):
                found.append(rule)
        return found

    def applies(self, number: int, entry: Entry) -> bool:
        """Whether a pattern rule looks at this entry. What has content is looked at, a link too."""
        limit = self._limits[number]
        return limit is None or bool(limit.of(entry.path))

    def is_archive(self, data: bytes) -> bool:
        """Whether decoded bytes open as an archive."""
        return len(data) > 20 and sniff(data[:4096]) is not None
