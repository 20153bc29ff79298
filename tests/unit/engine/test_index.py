"""The index answers as a dictionary does, however many entries it has."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunnage.engine import index
from dunnage.engine.index import Index
from dunnage.model import Facts, Kind

PATHS = st.lists(st.tuples(st.text(st.characters(blacklist_characters="\0")), st.integers(0, 9)))


@pytest.mark.parametrize("many", [2, 10_000])
@given(PATHS)
def test_as_a_dictionary(many: int, pairs: list[tuple[str, int]]) -> None:
    kept, chunk = index.MANY, index._CHUNK
    index.MANY, index._CHUNK = many, 3
    try:
        made, plain = Index(), {}
        for path, size in pairs:
            path = path.encode("utf-8", "replace").decode()
            facts = Facts(Kind.FILE, size, 0o644)
            made.add(path, facts)
            plain[path] = facts
        for known in (made, pickle.loads(pickle.dumps(made))):
            assert set(known) == set(plain)
            assert {path: known[path] for path in plain} == plain
            assert dict(known.items()) == plain
            assert "not there" not in known
            assert all(path in known for path in plain)
            with pytest.raises(KeyError):
                known["not there"]
    finally:
        index.MANY, index._CHUNK = kept, chunk


def test_nothing_is_looked_up_to_go_through_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MANY", 2)
    made = Index()
    for number in range(10):
        made.add(f"{number}", Facts(Kind.FILE, number, 0o644))
    monkeypatch.setattr(Index, "_numbers", lambda *_: pytest.fail("looked up"))
    assert [(path, facts.size) for path, facts in made.items()] == [(f"{n}", n) for n in range(10)]
