"""A shape stands in every match of its pattern, where it says."""

from __future__ import annotations

import random
import re

import pytest

from dunnage.engine.match import shape
from dunnage.engine.match.pattern import compile_pattern
from dunnage.engine.match.prepare import looked_for
from dunnage.engine.match.shape import Shape, shapes_of
from dunnage.engine.match.syntax import parse
from dunnage.engine.match.tree import UNBOUNDED, Byte, Choice, Node, Sequence, width
from dunnage.errors import UsageError
from dunnage.testing import bundled

PATTERNS = [
    r"(?P<secret>gh[pousr]_[0-9A-Za-z]{36})",
    r"https?://hooks\.slack\.com/services/T[0-9A-Z]{8,10}/",
    r"https?://[0-9a-f]{32}:(?P<secret>[0-9a-f]{32})@",
    r"(?P<secret>[0-9A-Za-z+/]{42}\+ACR[A-D][0-9A-Za-z+/]{5})",
    r"[0-9]{8,10}:AA[\w-]{33}",
    r"://(?P<user>[^\s:/@]{1,30}):(?P<secret>[^\s@/]{3,80})@",
    r"(?i:authorization)[\"' ]{0,3}[:=]",
    r"(?:mainnet|preprod|ipfs)[A-Za-z0-9]{32}",
    r"\"mappings\"\s*:",
    r"-----BEGIN (?:RSA |EC |)PRIVATE KEY-----",
    r"a(?:b|cd)?\.x[[:xdigit:]]{4}\x41",
]


def shape_of(pattern: str) -> Shape:
    """That of a pattern as a whole, its branches together."""
    return shape._shape(parse(pattern), shape.LONGEST)


def sample(node: Node, source: random.Random) -> bytes:
    """A text that the tree matches."""
    if isinstance(node, Byte):
        values = [value for value in range(32, 127) if node.allowed >> value & 1]
        values = values or [value for value in range(256) if node.allowed >> value & 1]
        return bytes([source.choice(values)])
    if isinstance(node, Sequence):
        return b"".join(sample(item, source) for item in node.items)
    if isinstance(node, Choice):
        return sample(source.choice(node.items), source)
    most = node.low + 4 if node.high == UNBOUNDED else node.high
    return b"".join(sample(node.item, source) for _ in range(source.randint(node.low, most)))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_where_it_says(pattern: str) -> None:
    source = random.Random(pattern)
    shapes = shapes_of(pattern)
    expressions = [re.compile(f"(?s:{s.expression})".encode()) for s in shapes]
    compiled = compile_pattern(pattern)
    tree = parse(pattern)
    for _ in range(60):
        text = sample(tree, source)
        assert compiled.match(text)
        ends = [
            (shape, end)
            for shape, expression in zip(shapes, expressions, strict=True)
            for start in range(len(text) + 1)
            for end in range(start, len(text) + 1)
            if expression.fullmatch(text, start, end)
        ]
        assert any(shape.low <= end <= shape.high for shape, end in ends), (text, shapes)
        low, high = width(tree)
        assert low <= len(text) <= high


def test_a_literal_far_in_is_the_anchor() -> None:
    shape = shape_of(r"[0-9A-Za-z+/]{42}\+ACR[A-D]")
    assert shape.anchored
    assert shape.expression.startswith(r"\x2bACR")
    assert shape.low == shape.high == 42 + 5


def test_the_assignment_behind_a_name_is_part_of_its_shape() -> None:
    shape = shape_of(r"encrypt[\"']?[ \t]{0,4}[:=][ \t]*(?P<secret>[0-9a-f]{20})")
    assert re.search(shape.expression, 'encrypt" : 0')
    assert not re.search(shape.expression, "encrypt the users")
    assert shape.expression.endswith(r"[\x3a\x3d]")


def test_a_pattern_without_literals_is_not_anchored() -> None:
    assert not shape_of(r"[0-9a-f]{32}").anchored


@pytest.mark.parametrize(
    "pattern", ["(?=a)b", "(?<!a)b", r"(a)\1{2", "(a", "a)", "[a", "(?P<x", r"\Qa\E"]
)
def test_what_re2_does_not_have_is_refused(pattern: str) -> None:
    with pytest.raises(UsageError):  # noqa: PT012 - either of them refuses it
        parse(pattern)
        compile_pattern(pattern)


def test_every_bundled_pattern_is_anchored_and_compiles() -> None:
    unanchored = []
    for rule in bundled().rules:
        if rule.pattern is None:
            continue
        compile_pattern(rule.pattern)
        shapes = shapes_of(rule.pattern, rule.leads)
        if not looked_for(rule, shapes) and not rule.paths:
            unanchored.append(rule.id)
    assert unanchored == []


@pytest.mark.parametrize(
    ("pattern", "first"),
    [
        ("(?i:key)_[0-9]{8}", "Kk"),
        ("a?b_token", "ab"),
        ("(?:x_|y{0,2})z_key", "xyz"),
        ("^$a_token", "a"),
        ("[a-z0-9]{8}_token", ""),
        ("(?:a|)", ""),
    ],
)
def test_what_a_match_may_begin_with(pattern: str, first: str) -> None:
    assert shape_of(pattern).first == first
