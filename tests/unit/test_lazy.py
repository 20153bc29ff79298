"""Expressions that are compiled when they are first used."""

from __future__ import annotations

import importlib
import pickle
import pkgutil
import re

import pytest

from dunnage.lazy import _Lazy, lazy_regex

PACKAGES = (
    "dunnage",
    "dunnage_cargo",
    "dunnage_npm",
    "dunnage_oci",
    "dunnage_pypi",
    "dunnage_rules",
)


def _modules() -> list[str]:
    names = list(PACKAGES)
    for package in PACKAGES:
        path = importlib.import_module(package).__path__
        names += [module.name for module in pkgutil.walk_packages(path, f"{package}.")]
    return [name for name in names if not name.endswith("__main__")]


def test_every_expression_is_one() -> None:
    seen = 0
    for name in _modules():
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, _Lazy):
                assert value.pattern  # compiles it
                seen += 1
    assert seen > 150


def test_it_is_as_a_compiled_one() -> None:
    lazy, eager = lazy_regex(r"(?P<a>x+)y", re.IGNORECASE), re.compile(r"(?P<a>x+)y", re.IGNORECASE)
    assert lazy.flags == eager.flags
    assert lazy.groupindex == eager.groupindex
    assert lazy.sub("-", "aXXyb") == "a-b"
    found = lazy.search("aXXyb")
    assert found is not None
    assert found["a"] == "XX"
    assert lazy.search is lazy.search  # kept


def test_a_wrong_one_fails_at_its_first_use() -> None:
    wrong = lazy_regex("(")
    with pytest.raises(re.error):
        wrong.match("x")


def test_it_can_be_pickled() -> None:
    again = pickle.loads(pickle.dumps(lazy_regex(rb"a+")))
    assert again.fullmatch(b"aaa")
