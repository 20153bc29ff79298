"""One database for the tests of rules: each rule runs alone, and compiling costs more than that."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from functools import cache

import pytest
from msgspec.structs import replace

from dunnage import Rule
from dunnage.engine.match import confirm, prepare
from dunnage.engine.plan import Plan
from dunnage.testing import bundled

Put = tuple[object, ...]


def _put(rule: Rule) -> Put:
    """What a rule gives to the matcher."""
    return rule.pattern, bool(rule.paths), tuple(rule.leads), tuple(rule.keywords)


@cache
def _whole(signs: tuple[bytes, ...]) -> tuple[prepare.Prepared, Mapping[Put, int]]:
    rules = Plan(bundled().rules, (), False).patterns  # with the signs that the engine looks for
    whole = prepare.prepare(rules, signs, None)
    return whole, {_put(rule): number for number, rule in enumerate(rules)}


def _prepared(rules: Sequence[Rule], signs: Sequence[bytes], cache: str | None) -> prepare.Prepared:
    whole, known = _whole(tuple(signs))
    if cache or not all(_put(rule) in known for rule in rules):
        return prepare.prepare(rules, signs, cache)
    mine: dict[int, list[int]] = {}
    for number, rule in enumerate(rules):
        mine.setdefault(known[_put(rule)], []).append(number)
    events = [
        [replace(ask, rule=number) for ask in asks for number in mine.get(ask.rule, ())]
        for asks in whole.events
    ]
    direct = {
        number: anchored for n, anchored in whole.direct.items() for number in mine.get(n, ())
    }
    return prepare.Prepared(events, direct, whole.expressions, database=whole.whole())


@pytest.fixture(scope="module", autouse=True)
def one_database() -> Generator[None, None, None]:
    """The bundled rules, however few of them run, are looked for by the database of all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(confirm, "prepare", _prepared)
        yield
