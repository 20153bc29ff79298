"""Preparing the matcher: shapes and their Hyperscan database, kept in the user's cache folder.

The cache saves about a quarter of a second; it is never needed. It is named after everything that
went into it, and one that is missing, foreign or damaged only costs that time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import hyperscan
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from dunnage import kept
from dunnage.engine.match.database import Part, compiled
from dunnage.engine.match.shape import Shape, either, shapes_of
from dunnage.errors import UsageError
from dunnage.rules import Rule
from dunnage.version import __version__

_MAGIC = b"dunnage-matcher-11\n"
_BEGIN = len(_MAGIC) + 4
RARE = 36.0
"""Bits of literal bytes with which a shape is rare enough to be looked for in every file."""

WORD = 6
"""Keywords of at least so many letters are rare enough to be looked for instead of a weak shape."""

_GENERAL = frozenset(
    {
        "access",
        "api",
        "apikey",
        "auth",
        "bearer",
        "iam",
        "iamtoken",
        "key",
        "notify",
        "role",
        "sdk",
        "sdkkey",
        "secret",
        "service",
        "token",
    }
)
"""What the names of keys are made of, besides a provider's name."""

KEPT = 12
"""So many prepared matchers stay in the cache folder, of 1 to 2 MB each."""

_LARGEST = 64 << 20
_HERE = os.path.dirname(__file__)


class Ask(Struct, frozen=True, array_like=True):
    """What an event asks: may the rule with this number match here? ``low`` and ``high`` are the
    lengths in bytes of what Hyperscan matched, ``longest`` that of the whole pattern. One that is
    ``anchored`` found (a part of) the pattern itself, the others a word near it. ``first`` are the
    bytes that a match may begin with (in Latin-1), none where they may be many."""

    rule: int
    low: int
    high: int
    longest: int
    anchored: bool
    first: str = ""


class Prepared(Struct):
    """The ids of ``expressions`` count ``events`` and, after them, the signs. ``events`` are what
    each expression asks; ``direct`` the rules that Hyperscan does not look for, and whether their
    shape is anchored. ``database`` is that of all expressions once it was made. As long as there
    was little to look at, it is not: ``words`` are the literals that spare it, and ``part`` is the
    database of those expressions that were needed."""

    events: Sequence[Sequence[Ask]]
    direct: Mapping[int, bool]
    expressions: Sequence[bytes]
    words: Sequence[bytes] = ()
    database: Any = None
    part: Part | None = None
    made: Callable[[Prepared], None] | None = None
    new: bool = False

    def whole(self) -> Any:
        """The database of all expressions, made now if it is not there."""
        if self.database is None:
            self.database = compiled(self.expressions, range(len(self.expressions)))
            self.new = True
            self.save()
        return self.database

    def keep(self, part: Part) -> None:
        """Take the database of some expressions."""
        self.part = part
        self.new = True

    def save(self) -> None:
        """Write into the cache what was made since it was read."""
        if self.new and self.made is not None:
            self.made(self)
        self.new = False


def prepare(rules: Sequence[Rule], signs: Sequence[bytes], cache: str | None) -> Prepared:
    """The matcher's parts, from the cache or made anew; once a process for the same rules. Raises
    UsageError naming the rule whose pattern is not RE2 syntax."""
    return _prepared(_Wanted(_key(rules, signs), cache, rules, signs))


class _Wanted(Struct, frozen=True, eq=False):
    """What is to be prepared; the same when its key and its cache are."""

    key: str
    cache: str | None
    rules: Sequence[Rule]
    signs: Sequence[bytes]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Wanted) and (self.key, self.cache) == (other.key, other.cache)

    def __hash__(self) -> int:
        return hash((self.key, self.cache))


@lru_cache(maxsize=4)
def _prepared(wanted: _Wanted) -> Prepared:
    key, cache = wanted.key, wanted.cache
    path = os.path.join(cache, f"matcher-{key[:32]}.bin") if cache else None
    known = _load(path, key) if path else None
    prepared = known or _make(wanted.rules, wanted.signs)
    if path:
        prepared.made = partial(_save, path, key)
    return prepared


class _Kept(Struct):
    """What a cache file says before the database."""

    key: str
    sha256: str
    events: list[list[Ask]]
    direct: dict[int, bool]
    part: list[int]
    words: list[bytes]
    expressions: list[bytes]


def looked_for(rule: Rule, shapes: Sequence[Shape]) -> list[tuple[str, Shape]]:
    """What Hyperscan looks for: the shapes, or the keywords of a rule whose shape is too common.
    Nothing for a rule of few paths with a common shape: its files are searched directly."""
    if rule.paths and min(shape.selectivity for shape in shapes) < RARE:
        return []
    # A shape that is met too often, and rare words that must stand near it.
    weak = any(not shape.literal or shape.selectivity < RARE for shape in shapes)
    by_words = weak and _rare(rule.keywords)
    if rule.leads or (all(shape.anchored for shape in shapes) and not by_words):
        pairs: dict[str, Shape] = {}
        for shape in shapes:
            same = pairs.setdefault(shape.expression, shape)
            pairs[shape.expression] = _either(same, shape)
        if rule.leads:  # where one word begins another, the shorter finds both
            pairs = {e: pairs[e] for e in sorted(_shortest(pairs))}
        return list(pairs.items())
    return [
        (
            "".join(_either_case(char) for char in word),
            replace(shapes[0], word=word.lower().encode()),
        )
        for word in rule.keywords
        if word.isascii()
    ]


def _rare(keywords: Sequence[str]) -> bool:
    """Whether all of these words are long, and none is made of what code is full of."""
    return bool(keywords) and not any(
        len(word) < WORD or _GENERAL.issuperset(re.split(r"[\W_]+", word.lower()))
        for word in keywords
    )


def _either(one: Shape, other: Shape) -> Shape:
    """The shape of two alternatives that look alike at their beginning."""
    return replace(
        one,
        low=min(one.low, other.low),
        high=max(one.high, other.high),
        longest=max(one.longest, other.longest),
        first=either(one.first, other.first),
    )


def _shortest(expressions: Iterable[str]) -> set[str]:
    """The expressions that none of the others is the beginning of."""
    found: set[str] = set()
    last: str | None = None
    for expression in sorted(expressions):
        if last is None or not expression.startswith(last):
            found.add(expression)
            last = expression
    return found


def _either_case(char: str) -> str:
    return f"[{char.lower()}{char.upper()}]" if char.isalpha() else f"\\x{ord(char):02x}"


def _make(rules: Sequence[Rule], signs: Sequence[bytes]) -> Prepared:
    shapes = []
    for rule in rules:
        try:
            shapes.append(shapes_of(rule.pattern or "", rule.leads))
        except UsageError as error:
            raise UsageError(f"rule {rule.id}: {error}") from None
    events: dict[str, list[Ask]] = {}
    words: dict[str, bytes] = {}
    direct: dict[int, bool] = {}
    for number, (rule, found) in enumerate(zip(rules, shapes, strict=True)):
        pairs = looked_for(rule, found)
        if not pairs:
            direct[number] = found[0].anchored
        for expression, shape in pairs:
            anchored = expression == shape.expression
            first = shape.first if anchored else ""
            ask = Ask(number, shape.low, shape.high, shape.longest, anchored, first)
            events.setdefault(expression, []).append(ask)
            words[expression] = shape.word
    expressions = [*(expression.encode() for expression in events), *signs]
    return Prepared(
        list(events.values()), direct, expressions, [*words.values(), *(b"" for _ in signs)]
    )


def _key(rules: Sequence[Rule], signs: Sequence[bytes]) -> str:
    digest = hashlib.sha256()
    version = getattr(hyperscan, "__version__", "")
    for part in (__version__, version, platform.machine(), platform.system()):
        digest.update(part.encode() + b"\0")
    for name in ("pattern", "prepare", "shape", "syntax"):
        # The code that makes it, too: between two releases the version stays as it is.
        with contextlib.suppress(OSError), open(os.path.join(_HERE, f"{name}.py"), "rb") as code:
            digest.update(code.read())
    for rule in rules:
        parts = (str(bool(rule.paths)), rule.pattern or "", *rule.leads, *rule.keywords, "")
        digest.update("\0".join(parts).encode())
    for sign in signs:
        digest.update(sign + b"\0")
    return digest.hexdigest()


def _load(path: str, key: str) -> Prepared | None:
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST)
        if not data.startswith(_MAGIC):
            return None
        length = int.from_bytes(data[len(_MAGIC) : _BEGIN], "big")
        known = msgspec.msgpack.decode(data[_BEGIN : _BEGIN + length], type=_Kept)
        body = data[_BEGIN + length :]
        if known.key != key or known.sha256 != hashlib.sha256(body).hexdigest():
            return None
        made = Prepared(known.events, known.direct, known.expressions, known.words)
        database = hyperscan.loadb(body, mode=hyperscan.HS_MODE_BLOCK) if body else None
        if database is not None and known.words:
            made.part = (known.part, database)
        else:
            made.database = database
        return made
    except Exception:  # noqa: BLE001 - whatever is wrong with it, the matcher is made anew
        return None


def _save(path: str, key: str, prepared: Prepared) -> None:
    with contextlib.suppress(Exception):  # a cache that cannot be written is none
        numbers, database = prepared.part or ([], None)
        words: Sequence[bytes] = prepared.words
        if prepared.database is not None:
            numbers, database, words = [], prepared.database, ()
        body = b"" if database is None else hyperscan.dumpb(database)
        header = msgspec.msgpack.encode(
            _Kept(
                key,
                hashlib.sha256(body).hexdigest(),
                [list(asks) for asks in prepared.events],
                dict(prepared.direct),
                list(numbers),
                list(words),
                list(prepared.expressions),
            )
        )
        length = len(header).to_bytes(_BEGIN - len(_MAGIC), "big")
        kept.write(path, _MAGIC + length + header + body)
        _forget(os.path.dirname(path))


def _forget(folder: str) -> None:
    """Remove all but the newest: each version of dunnage and set of rules has one of its own."""
    with os.scandir(folder) as entries:
        found = [(e.stat().st_mtime, e.path) for e in entries if e.name.startswith("matcher-")]
    for _, path in sorted(found, reverse=True)[KEPT:]:
        os.remove(path)
