"""What is packed as text that is longer than a window is opened whole."""

from __future__ import annotations

import base64
import gzip
import random
from collections.abc import Callable
from functools import cache

import pytest

from dunnage import Rule
from dunnage.testing import bundled, lint, render, tar_archive

TOKEN = render("{github-token:ghp_}", "long")
NOISE = random.Random(8).randbytes(1_700_000)


@cache
def chosen() -> list[Rule]:
    return [rule for rule in bundled().rules if rule.id == "secret/github-token"]


def packed(noise: bytes = NOISE) -> bytes:
    return gzip.compress(tar_archive({"a": noise, "b": f"t = '{TOKEN}'\n"}), mtime=0)


@pytest.mark.parametrize(
    ("carrier", "written"),
    [
        ("base64", base64.b64encode),
        ("base64", base64.encodebytes),
        ("hex", lambda data: data.hex().encode()),
        ("base85", base64.b85encode),
    ],
)
def test_it_is_opened_whole(carrier: str, written: Callable[[bytes], bytes]) -> None:
    text = b"#!/bin/sh\n# setup\n" * 9000 + b"DATA='" + written(packed()) + b"'\nexit\n"
    run = lint(tar_archive({"setup.sh": text}), chosen())
    assert [found.trail[-1] for found in run.findings] == [f"setup.sh ({carrier})"]
    assert list(run.problems) == []


def test_what_is_longer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dunnage.engine.deeper._TEXTS", (1 << 19, 1 << 20))
    text = b"DATA='" + base64.b64encode(packed()) + b"'\n"
    run = lint(tar_archive({"a.sh": text}), chosen())
    assert ["its end was not looked at" in problem.message for problem in run.problems] == [True]


def test_many_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dunnage.engine.deeper._MOST_CUT", 0)
    text = b"DATA='" + base64.b64encode(packed()) + b"'\n"
    run = lint(tar_archive({"a.sh": text}), chosen())
    assert ["long packed texts" in problem.message for problem in run.problems] == [True]
