"""Preparing the matcher: what Hyperscan looks for, for each of the rules."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache, partial

from msgspec import Struct
from msgspec.structs import replace

from dunnage.engine.match import cached
from dunnage.engine.match.prepared import Ask, Prepared
from dunnage.engine.match.shape import Shape, either, shapes_of
from dunnage.errors import UsageError
from dunnage.rules import Rule

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


def prepare(rules: Sequence[Rule], signs: Sequence[bytes], cache: str | None) -> Prepared:
    """The matcher's parts, from the cache or made anew; once a process for the same rules. Raises
    UsageError naming the rule whose pattern is not RE2 syntax."""
    return _prepared(_Wanted(cached.key_of(rules, signs), cache, rules, signs))


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
    known = cached.load(path, key) if path else None
    prepared = known or _make(wanted.rules, wanted.signs)
    if path:
        prepared.made = partial(cached.save, path, key)
    return prepared


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
