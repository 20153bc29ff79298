"""Zips that nobody promised: behind other bytes, or not there at all."""

from __future__ import annotations

import gzip
import importlib.util
import io
import random
import zipfile
from functools import cache
from pathlib import Path

import pytest
from msgspec.structs import replace

from dunnage import Rule
from dunnage.engine import Settings, check
from dunnage.testing import bundled, lint, render, tar_archive

TOKEN = render("{github-token:ghp_}", "appended")
# What zipimport and its like hold among their constants, in this order.
SIGNATURES = b"PK\x05\x06" + b"x" * 900 + b"PK\x01\x02" + b"y" * 900 + b"PK\x03\x04" + b"z" * 900


@cache
def chosen() -> list[Rule]:
    return [r for r in bundled().rules if r.group == "archive" or r.id == "secret/github-token"]


def test_a_program_that_speaks_of_zips_is_no_zip() -> None:
    run = lint(tar_archive({"zipimport.pyc": b"\xa7\r\r\n" + b"a" * 1300 + SIGNATURES}), chosen())
    assert list(run.findings) == []
    assert list(run.problems) == []


def test_what_stands_around_them_is_looked_at() -> None:
    data = b"a" * 1300 + SIGNATURES + f"token = '{TOKEN}'\n".encode()
    run = lint(tar_archive({"x": data}), chosen())
    assert [found.rule for found in run.findings] == ["secret/github-token"]


def test_a_zip_behind_a_program_is_looked_into_and_told() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zip_:
        zip_.writestr("(keys)", f"token = '{TOKEN}'\n")
    run = lint(tar_archive({"x": b"#!/bin/sh\n" * 200 + packed.getvalue()}), chosen())
    assert "secret/github-token" in {found.rule for found in run.findings}


def test_a_damaged_one_is_the_same_whatever_the_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dunnage.engine.pool.ALONE", 0)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as zip_:
        zip_.writestr("a", "a" * 900)
        zip_.writestr("b.tar.gz", gzip.compress(bytes(range(256)) * 40, mtime=0)[:60])
    data = bytearray(packed.getvalue())
    data[40] ^= 1  # a checksum that does not hold
    (tmp_path / "x.tar").write_bytes(
        tar_archive({"x": b"\x01" * (5 << 20) + bytes(data) + b"\0" * 40})
    )
    plugins = replace(bundled(), rules=chosen())
    runs = [check([str(tmp_path / "x.tar")], Settings(jobs=jobs), plugins) for jobs in (1, 2)]
    assert list(runs[0].problems) == list(runs[1].problems) != []
    assert list(runs[0].findings) == list(runs[1].findings)


def test_a_zip_that_a_linker_put_into_a_library_is_in_order() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zip_:
        zip_.writestr("Europe/Vienna", f"token = '{TOKEN}'\n")
    member = b"go object linux amd64\n" + b"\x01" * 900 + packed.getvalue() + b"\0" * 40
    library = b"!<arch>\n" + b"%-48s%-10d`\n" % (b"_go_.o", len(member)) + member
    run = lint(tar_archive({"tzdata.a": library}), chosen())
    assert [found.rule for found in run.findings] == ["secret/github-token"]
    assert list(run.problems) == []


def test_a_zip_in_a_library_of_many_megabytes_is_in_order_too() -> None:
    """As in libmupdf, with the numbers of a zip's records among its code."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zip_:
        zip_.writestr("hyphen", f"token = '{TOKEN}'\n")
    code = b"PK\x03\x04\x0f\x85\xa5\0\0\0" + b"\x48" * (2 << 20)
    library = b"\x7fELF\x02\x01\x01" + bytes(57) + code + packed.getvalue() + b"\1" * 4000
    run = lint(tar_archive({"libx.so": library}), chosen())
    assert [found.rule for found in run.findings] == ["secret/github-token"]


def test_what_is_damaged_inside_one_that_nobody_promised_is_told() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zip_:
        zip_.writestr("a.tar.gz", gzip.compress(bytes(range(256)) * 40, mtime=0)[:60])
        zip_.writestr("(keys)", f"token = '{TOKEN}'\n")
    data = b"\x01" * 900 + packed.getvalue() + b"\0" * 40
    run = lint(tar_archive({"table.bin": data}), chosen())
    assert "secret/github-token" in {found.rule for found in run.findings}
    assert [problem.path for problem in run.problems] == ["a.tar"]


def test_a_damaged_archive_is_looked_at_as_it_lies_whatever_the_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dunnage.engine.pool.ALONE", 0)
    noise = random.Random("damage").randbytes(5 << 20)
    inner = bytearray(gzip.compress(tar_archive({"a": noise}), mtime=0))
    inner[1 << 20 : 2 << 20] = bytes(1 << 20)
    inner += f"\ntoken = '{TOKEN}'\n".encode()
    (tmp_path / "x.tar").write_bytes(tar_archive({"inner.tgz": bytes(inner)}))
    plugins = replace(bundled(), rules=chosen())
    runs = [check([str(tmp_path / "x.tar")], Settings(jobs=jobs), plugins) for jobs in (1, 2)]
    assert "secret/github-token" in {found.rule for found in runs[0].findings}
    assert runs[0].findings == runs[1].findings
    assert runs[0].problems == runs[1].problems
    assert runs[0].artifacts == runs[1].artifacts


@pytest.mark.parametrize("trailing", [b"", b"\n\nxyz", b"text\n" * 20_000])
@pytest.mark.parametrize("count", [3, 900])  # a directory that is seen, and one that is not
def test_what_is_damaged_in_one_is_told_whatever_follows(trailing: bytes, count: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zip_:
        for number in range(count):
            zip_.writestr(f"folder/{number:060}", random.Random(number).randbytes(60))
    whole = packed.getvalue()
    data = bytearray(whole)
    data[30 + 67 + 10] ^= 1
    for lead in (b"\x7fELF\2\1\1" + bytes(900), b"\x89PNG\r\n\x1a\n" + bytes(900), b"text\n" * 90):
        assert list(lint(tar_archive({"x": lead + whole + trailing}), chosen()).problems) == []
        run = lint(tar_archive({"x": lead + bytes(data) + trailing}), chosen())
        assert list(run.problems)


def test_constants_of_bytecode_are_no_archives() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zip_:
        zip_.writestr("a", f"token = '{TOKEN}'\n" + "a" * 900)
        zip_.writestr("b", b"b" * 900)
    data = bytearray(packed.getvalue())
    data[-60] ^= 1  # the directory has another name than the member, or another place
    data = data.replace(b"\x01b", b"\x01c", 1)
    constants = (
        b"".join(bytes(data[:cut]) + b"s\x0f\0\0\0" for cut in (None, -30, None)) + b"N" * 90
    )
    header = importlib.util.MAGIC_NUMBER + bytes(12) + b"\xe3" + bytes(80)
    run = lint(tar_archive({"test_zipfile.pyc": header + constants}), chosen())
    assert [found.rule for found in run.findings] == ["secret/github-token"]
    assert list(run.problems) == []
    run = lint(tar_archive({"other": b"\xe3" + bytes(80) + constants}), chosen())
    assert run.problems or {found.rule for found in run.findings} > {"secret/github-token"}
