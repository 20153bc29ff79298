"""The cache of parsed rule files saves time and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli

from dunnage import Documents

TEXT = 'words = ["Capybara"]\n'


def kept(folder: Path, *texts: str) -> None:
    documents = Documents(str(folder))
    for text in texts:
        documents.parse(text)
    documents.keep()


def test_it_is_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(tmp_path / "cache", TEXT)
    monkeypatch.setattr(tomli, "loads", lambda _: pytest.fail("parsed again"))
    documents = Documents(str(tmp_path / "cache"))
    assert documents.parse(TEXT) == {"words": ["Capybara"]}


def test_another_text_is_parsed(tmp_path: Path) -> None:
    kept(tmp_path, TEXT)
    assert Documents(str(tmp_path)).parse('words = ["Kairos"]') == {"words": ["Kairos"]}


def test_only_what_is_asked_for_is_kept(tmp_path: Path) -> None:
    kept(tmp_path, TEXT, "a = 1")
    first = (tmp_path / "documents-2.bin").stat().st_size
    kept(tmp_path, TEXT, "b = 1")
    assert (tmp_path / "documents-2.bin").stat().st_size == first


def test_what_would_come_back_otherwise_is_parsed_each_time(tmp_path: Path) -> None:
    text = "day = 2026-01-01"
    kept(tmp_path, text)
    assert Documents(str(tmp_path)).parse(text) == tomli.loads(text)


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[1]", b"\x81\xa1a\x01", b"\xff", b"\x91" * 100_000]
)
def test_a_damaged_one_is_as_none(tmp_path: Path, damage: bytes) -> None:
    kept(tmp_path, TEXT)
    (tmp_path / "documents-2.bin").write_bytes(damage)
    assert Documents(str(tmp_path)).parse(TEXT) == {"words": ["Capybara"]}


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    kept(file / "below", TEXT)
