"""The cache of the prepared matcher saves time and nothing else."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from dunnage.engine.match import cached, prepare
from dunnage.engine.match.database import Scanner, compiled
from dunnage.errors import UsageError
from dunnage.model import Severity, Subject
from dunnage.rules import Rule


def a_rule(pattern: str) -> Rule:
    return Rule(
        id="acme/key",
        on=Subject.ENTRY,
        severity=Severity.ERROR,
        summary="a key",
        check=lambda _entry, _match: iter(()),
        pattern=pattern,
    )


@pytest.fixture(autouse=True)
def _forget() -> None:
    prepare._prepared.cache_clear()


RULES = [a_rule(r"acme_[0-9a-f]{32}")]
SIGNS = [rb"(?:%[2-7][0-9A-F]){4}"]


@pytest.mark.parametrize("whole", [False, True])
def test_it_is_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: bool) -> None:
    made = prepare.prepare(RULES, SIGNS, str(tmp_path / "cache"))
    if whole:
        made.whole()
    else:
        made.keep(([0], compiled(made.expressions[:1], [0])))
        made.save()
    (file,) = (tmp_path / "cache").iterdir()
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    prepare._prepared.cache_clear()
    monkeypatch.setattr(prepare, "_make", lambda *_: pytest.fail("made anew"))
    known = prepare.prepare(RULES, SIGNS, str(tmp_path / "cache"))
    assert known.events == made.events
    assert known.direct == made.direct
    assert known.expressions == made.expressions
    assert (known.database is not None) == whole
    assert bool(known.words) != whole, "they spare the whole database, and are not needed with it"
    assert file.name.startswith("matcher-")


def test_a_part_is_kept(tmp_path: Path) -> None:
    made = prepare.prepare(RULES, SIGNS, str(tmp_path))
    made.keep(([0], compiled(made.expressions[:1], [0])))
    assert not list(tmp_path.iterdir()), "it is written once, at the end"
    made.save()
    prepare._prepared.cache_clear()
    known = prepare.prepare(RULES, SIGNS, str(tmp_path))
    assert (known.database, known.words) == (None, made.words)
    assert known.part is not None
    assert known.part[0] == [0]
    ends: list[int] = []
    data = b"x acme_" + b"0" * 32
    Scanner(known.expressions, known.whole, known.words, known.part).scan(
        data, lambda _number, _start, end, _flags, _context: ends.append(end)
    )
    assert ends


def test_the_whole_is_kept_when_it_is_made(tmp_path: Path) -> None:
    assert prepare.prepare(RULES, SIGNS, str(tmp_path)).whole()
    prepare._prepared.cache_clear()
    assert prepare.prepare(RULES, SIGNS, str(tmp_path)).database is not None


@pytest.mark.parametrize("damage", ["empty", "foreign", "cut", "flipped", "header"])
def test_a_damaged_one_is_made_anew(tmp_path: Path, damage: str) -> None:
    cache = str(tmp_path)
    made = prepare.prepare(RULES, SIGNS, cache)
    made.whole()
    (file,) = tmp_path.iterdir()
    data = bytearray(file.read_bytes())
    if damage == "empty":
        data = bytearray()
    elif damage == "foreign":
        data = bytearray(b"something else\n" * 100)
    elif damage == "cut":
        del data[len(data) // 2 :]
    elif damage == "flipped":
        data[-5] ^= 0xFF
    else:
        data[30:60] = b"\xff" * 30
    file.write_bytes(data)
    prepare._prepared.cache_clear()
    assert prepare.prepare(RULES, SIGNS, cache).events == made.events


def test_other_rules_have_another(tmp_path: Path) -> None:
    prepare.prepare(RULES, SIGNS, str(tmp_path)).whole()
    prepare.prepare([a_rule(r"acmf_[0-9a-f]{32}")], SIGNS, str(tmp_path)).whole()
    assert len(list(tmp_path.iterdir())) == 2


def test_other_signs_have_another(tmp_path: Path) -> None:
    prepare.prepare(RULES, SIGNS, str(tmp_path)).whole()
    prepare.prepare(RULES, [rb"(?:&#[0-9]{2};){4}"], str(tmp_path)).whole()
    assert len(list(tmp_path.iterdir())) == 2


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    other = tmp_path / "documents-1.json"
    other.write_text("{}")
    for number in range(cached.KEPT + 2):
        (tmp_path / f"matcher-{number}.bin").write_bytes(b"")
        os.utime(tmp_path / f"matcher-{number}.bin", (number, number))
    prepare.prepare(RULES, SIGNS, str(tmp_path)).whole()
    names = {file.name for file in tmp_path.iterdir()}
    assert len(names) == cached.KEPT + 1
    assert other.name in names
    assert not names & {f"matcher-{number}.bin" for number in range(3)}


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    assert prepare.prepare(RULES, SIGNS, str(file / "below")).whole()


def test_a_pattern_that_is_none_names_its_rule() -> None:
    with pytest.raises(UsageError, match="acme/key"):
        prepare.prepare([a_rule("acme_(?=x)")], SIGNS, None)
