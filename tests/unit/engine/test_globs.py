"""Many globs as one question give the same answer as each glob by itself."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from pathspec.patterns.gitignore.basic import GitIgnoreBasicPattern

from dunnage.engine.globs import Globs, expression_of

GLOBS = [
    "*.pdb",
    "*.d.ts.map",
    "core.[0-9]*",
    "*.log.[0-9]*",
    "*[]x]y*",
    "*[^]a]1",
    "*[!]b]2",
    ".env",
    ".env.*",
    "**/__pycache__/**",
    ".git/**",
    "package.json",
    "/package.json",
    "*.dist-info/METADATA",
    "/*/Cargo.toml",
    "a/b/*.txt",
    "**/dist/*.map",
    "*~",
]
# No folder has a name that a glob asks for: gitignore takes that for all that is in it.
PART = st.sampled_from(["a", "b", "dist", ".git", "__pycache__", "x.dist-info", "core", "src"])
NAME = st.sampled_from(
    [
        *("x.pdb", "i.d.ts.map", "core.12", ".env", ".env.local", "METADATA", "package.json"),
        *("n.txt", "Cargo.toml", "m.map", "x~", "HEAD", "pdb", "x.pdb.txt"),
        *("a.log.1", "a.log.x", "xy", "]y.z", "b1", "]1", "a1", "a2", "b2", "]2"),
    ]
)


@given(st.lists(PART, max_size=3), NAME)
def test_as_each_glob_by_itself(folders: list[str], name: str) -> None:
    path = "/".join([*folders, name])
    expected = set()
    for glob in GLOBS:
        expression, _ = GitIgnoreBasicPattern.pattern_to_regex(glob)
        if expression and re.match(expression, path):
            expected.add(glob)
    assert set(Globs((glob, glob) for glob in GLOBS).of(path)) == expected


USUAL = st.lists(
    st.sampled_from(["*", "a", "a.b", "*.c", "b*", "x*y", "*q*", ".rc", "a-b", "@s", "v+1", "x y"]),
    min_size=1,
    max_size=4,
)


@given(st.sampled_from(["", "/", "**/"]), USUAL, st.sampled_from(["", "/", "/**"]))
def test_our_translation_is_the_library_s(begin: str, parts: list[str], end: str) -> None:
    glob = begin + "/".join(parts) + end
    expected, _ = GitIgnoreBasicPattern.pattern_to_regex(glob)
    assert expression_of(glob) == (expected or "(?!)")


def test_a_key_comes_once() -> None:
    assert Globs([("*.map", 1), ("a.map", 1), ("**/dist/*.map", 1)]).of("dist/a.map") == [1]


def test_none_is_false() -> None:
    assert not Globs()
    assert Globs([("*.map", 1)])
