"""A part of the database says what the whole would say."""

from __future__ import annotations

import random

import pytest
from carriers import CARRIERS as CARRIED

from dunnage.engine.match import database, prepare
from dunnage.engine.match.database import CALL, LITTLE, SHORT, Scanner
from dunnage.engine.match.decode import CARRIERS
from dunnage.testing import bundled, render

RULES = [rule for rule in bundled().rules if rule.pattern is not None]
SIGNS = [carrier.sign for carrier in CARRIERS if not carrier.zeros]


@pytest.fixture(scope="module")
def prepared() -> prepare.Prepared:
    return prepare.prepare(RULES, SIGNS, None)


def events(scanner: Scanner, data: bytes) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    scanner.scan(data, lambda number, _start, end, _flags, _context: found.append((end, number)))
    return sorted(found)


def test_it_finds_what_the_whole_finds(prepared: prepare.Prepared) -> None:
    chance = random.Random(7)
    words = [word for word in prepared.words if word]
    whole = Scanner(prepared.expressions, prepared.whole)
    for _ in range(6):
        parts = Scanner(prepared.expressions, prepared.whole, prepared.words)
        for _ in range(4):
            texts = [chance.choice(words) for _ in range(40)]
            texts += [text.upper() for text in texts[:10]]
            texts += [chance.randbytes(8).hex().encode() for _ in range(20)]
            chance.shuffle(texts)
            data = b" = ".join(texts)
            assert events(parts, data) == events(whole, data)


def test_it_finds_what_has_no_literal(prepared: prepare.Prepared) -> None:
    bare = [e for e, word in zip(prepared.expressions, prepared.words, strict=True) if not word]
    whole = Scanner(bare, lambda: database.compiled(bare, range(len(bare))))
    token = render("{github-token:ghp_}", "database")
    texts = [build(token) for _, build in CARRIED.values()]
    texts += [
        render(example.template, rule.id).encode() for rule in RULES for example in rule.match
    ][::20]
    met = set()
    for text in texts:
        matched = {number for _, number in events(whole, text)}
        assert matched <= {n for n, e in enumerate(bare) if database.may_match(e, text)}
        met |= matched
    assert len(met) > len(bare) // 2, "most of them are tried"
    assert not database.may_match(bare[0], b"")
    assert database.may_match(bare[0], bytes(SHORT + 1)), "what is long is not looked at twice"
    for text in texts[:3]:
        parts = Scanner(bare, lambda: None, [b""] * len(bare))
        assert events(parts, text) == events(whole, text)


def test_every_word_stands_in_its_expression(prepared: prepare.Prepared) -> None:
    for expression, word in zip(prepared.expressions, prepared.words, strict=True):
        for byte in word:
            char = chr(byte)
            assert any(
                form in expression.lower()
                for form in (char.encode("latin-1"), f"\\x{byte:02x}".encode())
            )


def test_much_is_looked_at_with_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def whole() -> object:
        made.append(1)
        return database.compiled([b"acme_"], [0])

    scanner = Scanner([b"acme_"], whole, [b"acme_"])
    for _ in range((LITTLE - CALL) // (2 * CALL)):
        scanner.scan(b"x" * CALL, lambda *_: None)
    assert not made
    for _ in range(4):
        scanner.scan(b"x" * CALL, lambda *_: None)
    assert made == [1]
    assert events(scanner, b"acme_") == [(5, 0)]


def test_a_large_buffer_is_looked_at_with_the_whole() -> None:
    scanner = Scanner([b"acme_"], lambda: database.compiled([b"acme_"], [0]), [b"acme_"])
    assert events(scanner, b"acme_" + b"x" * LITTLE) == [(5, 0)]
