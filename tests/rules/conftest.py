"""One database for the tests of rules: each rule runs alone, and compiling costs more than that."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from functools import cache

import pytest

from dunnage import Rule
from dunnage.engine.match import confirm, prepare
from dunnage.engine.match.shape import Shape
from dunnage.testing import bundled

Put = tuple[object, ...]


def _put(rule: Rule) -> Put:
    """What a rule gives to the matcher."""
    return rule.pattern, bool(rule.paths), tuple(rule.leads), tuple(rule.keywords)


@cache
def _whole(signs: tuple[bytes, ...]) -> tuple[prepare.Prepared, Mapping[Put, Sequence[Shape]]]:
    rules = [rule for rule in bundled().rules if rule.pattern is not None]
    whole = prepare.prepare(rules, signs, None)
    return whole, {_put(rule): shapes for rule, shapes in zip(rules, whole.shapes, strict=True)}


def _prepared(rules: Sequence[Rule], signs: Sequence[bytes], cache: str | None) -> prepare.Prepared:
    whole, known = _whole(tuple(signs))
    if cache or not all(_put(rule) in known for rule in rules):
        return prepare.prepare(rules, signs, cache)
    shapes = [known[_put(rule)] for rule in rules]
    return prepare.Prepared(shapes, whole.expressions, whole.database)


@pytest.fixture(scope="module", autouse=True)
def one_database() -> Generator[None, None, None]:
    """The bundled rules, however few of them run, are looked for by the database of all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(confirm, "prepare", _prepared)
        yield
