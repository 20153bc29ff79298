"""An entry while it is looked at, and the hits with their places in it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from dunnage.engine.match.carrier import Carrier
from dunnage.engine.plan import Asked
from dunnage.errors import ArchiveError
from dunnage.model import Artifact, Entry, Hit, Match, Severity
from dunnage.rules import Rule

PLAIN = 30
"""The rank of a token that its own shape tells: pasted into documentation, it may still be live.
What its place or its form tells is an example there."""


class Placed(Struct, frozen=True):
    """A hit with its place in an entry. ``via`` names the encodings that were taken off to reach
    it. ``documented`` tells that it stands in documentation inside code."""

    rule: str
    hit: Hit
    path: str | None
    raw_path: bytes | None = None
    line: int | None = None
    column: int | None = None
    excerpt: str | None = None
    via: tuple[str, ...] = ()
    documented: bool = False


class Rest(Struct):
    """Hits of a rule that weigh the same, beyond those that are told apart: the first of them, its
    place, and how many they are."""

    rule: Rule
    hit: Hit
    documented: bool
    line: int
    column: int
    count: int = 0


class Owner(Struct):
    """An entry while it is looked at. ``found`` takes what the rules say; ``broken`` what went
    wrong; ``counts`` the hits of each rule, of which ``rest`` are too many. While it is
    ``streamed``, a rule that opens it waits: its matches are in ``later``. ``opened`` tells that
    what is embedded in it has been looked at, ``flooded`` that there was too much to try in it,
    ``met`` that something matched in it, ``ended`` that it ends as a zip, ``tried`` as what it was
    opened that could not be unpacked whole. ``cut`` are the packed texts that go on beyond a
    window: what carries each, and where it begins."""

    entry: Entry
    asked: Asked
    found: list[Placed]
    broken: Callable[[str], None]
    signs: set[str] = field(default_factory=set)
    once: set[int] = field(default_factory=set)
    counts: dict[int, int] = field(default_factory=dict)
    rest: dict[tuple[int, Severity | None, bool, bool], Rest] = field(default_factory=dict)
    after: Callable[[Owner], None] | None = None
    streamed: bool = False
    opened: bool = False
    flooded: bool = False
    met: bool = False
    ended: bool = False
    tried: str = ""
    cut: list[tuple[Carrier, int]] = field(default_factory=list)
    later: list[tuple[int, Match, tuple[int, int], tuple[str, ...]]] = field(default_factory=list)


def said(
    rule: Rule, broken: Callable[[str], None], subject: Entry | Artifact, *match: Match
) -> list[Hit]:
    """What a rule says of its subject. Rules are foreign code: one that raises, also that it wants
    the process to end, or that gives what is no Hit, becomes a problem that names it."""
    try:
        hits = list(rule.check(subject, *match) or ())
    except ArchiveError as error:
        broken(f"{rule.id} could not read it: {error}")
        return []
    except (Exception, SystemExit) as error:  # noqa: BLE001 - as above
        broken(f"{rule.id} failed: {type(error).__name__}: {error}")
        return []
    for hit in hits:
        if not isinstance(hit, Hit):
            broken(f"{rule.id} failed: it gave {hit!r}, which is no Hit")
            return []
    return hits


def odd_name(entry: Entry) -> bytes | None:
    """The exact bytes of a name that its text does not hold."""
    try:
        return None if entry.path.encode("utf-8") == entry.raw_path else entry.raw_path
    except UnicodeEncodeError:
        return entry.raw_path
