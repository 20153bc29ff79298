"""The plan: which rules may care about an entry, before a byte of it is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct, field

from dunnage.archives import sniff
from dunnage.archives.hidden import SIGN
from dunnage.engine.globs import Globs
from dunnage.model import Adapter, Entry, Hit, Match, Severity, Subject
from dunnage.rules import Rule

SOURCE_MAP = "engine/source-map"
ZIP_END = "engine/zip-end"
CARRIED = "engine/carried"
"""Signs that a content opens as an archive, or holds some, though its first bytes do not tell."""


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


class Asked(Struct):
    """What a path alone tells: the rules that ask for it by name, the adapters that want to see
    the document, whether its digest is wanted and whether it is a part of what holds it, and, of
    the rules that are limited to some paths, the pattern rules (by number) and the rules by first
    bytes (by id) that it is for."""

    named: list[Rule] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    digest: bool = False
    part: bool = False
    patterns: set[int] = field(default_factory=set)
    magic: set[str] = field(default_factory=set)


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
        signs = [
            _sign(SOURCE_MAP, r'"mappings"\s*:'),
            _sign(ZIP_END, r"PK\x05\x06[\x00-\xff]{8}"),
            _sign(CARRIED, SIGN),
        ]
        self.signs = frozenset(rule.id for rule in signs)
        self.patterns += signs
        plain = [rule for rule in entry if rule.pattern is None]
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
        self._limited = frozenset(n for n, rule in enumerate(self.patterns) if rule.paths)
        self._globs = Globs(self._questions(adapters))
        self.manifests = tuple(e for a in adapters for e in getattr(a, "manifests", ()))
        self._json_only = {a.name for a in adapters if getattr(a, "json_only", False)}

    def _questions(self, adapters: Sequence[Adapter]) -> Iterator[tuple[str, tuple[str, Any]]]:
        """Every glob of the run, with what it is asked for."""
        for number, rule in enumerate(self.patterns):
            yield from ((glob, ("patterns", number)) for glob in rule.paths)
        for number, rule in enumerate(self._plain):
            if rule.magic:
                yield from ((glob, ("magic", rule.id)) for glob in rule.paths)
            else:
                yield from ((glob, ("named", number)) for glob in rule.paths)
        for adapter in adapters:
            yield from ((glob, ("documents", adapter.name)) for glob in adapter.documents)
            yield from ((glob, ("digest", True)) for glob in getattr(adapter, "digests", ()))
            yield from ((glob, ("part", True)) for glob in getattr(adapter, "parts", ()))

    def asked(self, entry: Entry) -> Asked:
        """What is asked of an entry by its path."""
        found = self._globs.of(entry.path)
        if not found:
            return _NOTHING
        asked = Asked()
        named = []
        for what, key in found:
            if what == "named":
                named.append(key)
            elif what == "patterns":
                asked.patterns.add(key)
            elif what == "documents":
                asked.documents.append(key)
            elif what == "magic":
                asked.magic.add(key)
            elif what == "digest":
                asked.digest = True
            else:
                asked.part = True
        asked.named = [
            self._plain[number]
            for number in sorted(named)
            if entry.kind in self._plain[number].kinds
        ]
        return asked

    def document(self, asked: Asked, data: bytes) -> bool:
        """Whether an adapter wants to see this content."""
        names = asked.documents
        if not names or data.lstrip()[:1] in (b"{", b"["):
            return bool(names)
        return any(name not in self._json_only for name in names)

    def by_magic(self, entry: Entry, asked: Asked, head: bytes) -> list[Rule]:
        """The rules that the first bytes of a file ask for."""
        if not head:
            return []
        found: list[Rule] = []
        for candidates in (self._magic.get(head[0], ()), self._deep):
            for offset, value, rule in candidates:
                if rule in found or not head.startswith(value, offset):
                    continue
                if entry.kind in rule.kinds and (not rule.paths or rule.id in asked.magic):
                    found.append(rule)
        return found

    def applies(self, number: int, asked: Asked) -> bool:
        """Whether a pattern rule looks at an entry. What has content is looked at, a link too."""
        return number not in self._limited or number in asked.patterns

    def is_archive(self, data: bytes) -> bool:
        """Whether decoded bytes open as an archive."""
        return len(data) > 20 and sniff(data[:4096]) is not None


_NOTHING = Asked()
