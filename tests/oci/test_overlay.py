from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunnage import Facts, Kind
from dunnage_oci import overlay

FILE = Facts(Kind.FILE, 1, 0o644)
DIR = Facts(Kind.DIR, 0, 0o755)
MARK = Facts(Kind.FILE, 0, 0o644)


def layer(*paths: str) -> dict[str, Facts]:
    return {path.rstrip("/"): DIR if path.endswith("/") else FILE for path in paths}


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([layer("a"), layer("a")], [{"a": 1}, {}]),
        ([layer("a"), layer(".wh.a")], [{"a": 1}, {}]),
        ([layer("d/", "d/a"), layer("d/")], [{}, {}]),
        ([layer("d/", "d/a"), layer("d")], [{"d": 1, "d/a": 1}, {}]),
        ([layer("a"), layer("a/")], [{"a": 1}, {}]),
        (
            [layer("d/", "d/a", "d/e/f"), layer("d/.wh..wh..opq", "d/b")],
            [{"d/a": 1, "d/e/f": 1}, {}],
        ),
        ([layer("d/", "d/a"), layer("d/b", "d/.wh..wh..opq")], [{"d/a": 1}, {}]),
        ([layer("d/", "d/a"), layer(".wh.d", "d/", "d/b")], [{"d": 1, "d/a": 1}, {}]),
        ([layer("a"), layer("b"), layer(".wh.a"), layer("a")], [{"a": 2}, {}, {}, {}]),
        ([layer("a"), layer("a"), layer(".wh.a")], [{"a": 1}, {"a": 2}, {}]),
        ([layer("./etc/x"), layer("etc/.wh.x")], [{"./etc/x": 1}, {}]),
        ([layer("a"), layer(".wh..wh..opq")], [{"a": 1}, {}]),
        ([layer("a", ".wh.a")], [{}]),
        ([layer("aa"), layer(".wh.a")], [{}, {}]),
        ([layer("(skippable frame 1)", "a"), layer("(skippable frame 1)")], [{}, {}]),
        ([layer("a"), layer(".wh."), layer(".wh..wh.plnk")], [{}, {}, {}]),
    ],
)
def test_what_an_upper_layer_hides(
    layers: list[dict[str, Facts]], expected: list[dict[str, int]]
) -> None:
    assert overlay.hidden(layers) == expected


def test_what_has_another_name_in_its_layer_is_not_hidden() -> None:
    lower = {**layer("./a/x", "a/y"), "b": Facts(Kind.HARDLINK, 0, 0o644, link="a/x")}
    upper = layer("a/.wh..wh..opq")
    assert overlay.hidden([lower, upper]) == [{"a/y": 1}, {}]
    both = overlay.hidden([lower, {**upper, **layer(".wh.b")}])
    assert both == [{"./a/x": 1, "a/y": 1, "b": 1}, {}]


def test_marks_told_by_kind_count_too() -> None:
    upper = {"d/.wh..wh..opq": Facts(Kind.OPAQUE, 0, 0), "e/.wh.f": Facts(Kind.WHITEOUT, 0, 0)}
    assert overlay.hidden([layer("d/a", "e/f"), upper])[0] == {"d/a": 1, "e/f": 1}


@pytest.mark.parametrize(
    ("path", "size", "word"),
    [
        ("a/.wh.", 0, "without a name"),
        ("a/.wh...", 0, "without a name"),
        (".wh..", 0, "without a name"),
        ("a/.wh.b", 7, "holds 7 bytes"),
        (".wh..wh.aufs", 0, "AUFS"),
    ],
)
def test_odd_marks_are_told(path: str, size: int, word: str) -> None:
    marks = overlay.marks({path: Facts(Kind.FILE, size, 0o644)})
    assert word in marks.odd[path]


def test_what_the_header_of_a_mark_holds_besides_is_no_mark() -> None:
    # Docker leaves the link of one member in the headers of the marks behind it.
    found = overlay.marks(layer("app/.wh.a", "(link field of app/.wh.a)") | {"app/.wh.a": MARK})
    assert (found.removed, found.odd) == ({"app/a"}, {})


def test_a_name_that_only_holds_the_prefix_is_no_mark() -> None:
    assert overlay.marks(layer("a.wh.b", "x.wh./y")) == overlay.Marks()


names = st.sampled_from(["a", "b", "c"])
folders = st.lists(names, max_size=3).map("/".join)


@st.composite
def entries(draw: st.DrawFn) -> tuple[str, Facts]:
    folder = draw(folders)
    at = f"{folder}/" if folder else ""
    kind = draw(st.sampled_from(["file", "dir", "whiteout", "opaque", "link"]))
    if kind == "opaque":
        return at + ".wh..wh..opq", MARK
    name = draw(names)
    if kind == "whiteout":
        return f"{at}.wh.{name}", MARK
    facts = {"file": FILE, "dir": DIR, "link": Facts(Kind.SYMLINK, 0, 0o777, "a")}[kind]
    return at + name, facts


stacks = st.lists(st.lists(entries(), max_size=8).map(dict), max_size=5)


@given(stacks)
def test_it_is_what_unpacking_one_layer_after_the_other_comes_to(
    stack: list[dict[str, Facts]],
) -> None:
    assert overlay.hidden(stack) == naive(stack)


def naive(stack: list[dict[str, Facts]]) -> list[dict[str, int]]:
    """Each layer put over each one below it, entry by entry, as layer.md has it."""
    result: list[dict[str, int]] = [{} for _ in stack]
    for lower, index in enumerate(stack):
        for path, facts in index.items():
            if posixpath.basename(path).startswith(".wh."):
                continue
            for upper in range(lower + 1, len(stack)):
                if any(_hides(other, each, path, facts) for other, each in stack[upper].items()):
                    result[lower][path] = upper
                    break
    return result


def _hides(other: str, each: Facts, path: str, facts: Facts) -> bool:
    folder, _, name = other.rpartition("/")
    inside = f"{folder}/" if folder else ""
    if name == ".wh..wh..opq":
        return path.startswith(inside)
    if name.startswith(".wh."):
        gone = inside + name[4:]
        return path == gone or path.startswith(f"{gone}/")
    if other == path:
        return not (each.kind is Kind.DIR and facts.kind is Kind.DIR)
    return each.kind is not Kind.DIR and path.startswith(f"{other}/")
