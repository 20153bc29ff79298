"""Whole runs: targets, problems, processes, interruption."""

from __future__ import annotations

import errno
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dunnage.archives import Limits
from dunnage.engine import Interrupted, Settings, check
from dunnage.engine import run as runs
from dunnage.engine.listing import contents
from dunnage.engine.targets import resolve
from dunnage.errors import TargetError
from dunnage.model import Entry, Hit, Run
from dunnage.plugins import Plugins
from dunnage.rules import rule
from dunnage.testing import (
    bundled,
    compress,
    crate,
    lint,
    npm_tarball,
    render,
    sdist,
    tar_archive,
    wheel,
    zip_archive,
)


def token(seed: str) -> str:
    return render("{github-token:ghp_}", seed)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    big = "\n".join(f"line {number} of nothing" for number in range(60_000))
    (tmp_path / "a.tgz").write_bytes(npm_tarball({"a.js": f"'{token('a')}'", "big.txt": big}))
    (tmp_path / "b-1.0-py3-none-any.whl").write_bytes(wheel({"b.py": token("b")}, "b", "1.0"))
    (tmp_path / "c-1.0.crate").write_bytes(crate({"src/lib.rs": token("c"), "b.txt": big}))
    (tmp_path / "d-1.0.tar.gz").write_bytes(sdist({"d.py": token("d"), "b.txt": big}))
    (tmp_path / "e.zip").write_bytes(zip_archive({"in.tgz": npm_tarball({"x": token("e")})}))
    (tmp_path / "broken.tgz").write_bytes(npm_tarball({"x.js": big})[:-2000])
    (tmp_path / "notes.txt").write_text("no artifact")
    return tmp_path


def report(run: Run, plugins: Plugins) -> bytes:
    out = io.BytesIO()
    plugins.reporter("json").report(run, out)
    return out.getvalue()


def test_the_same_report_whatever_the_jobs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dunnage.engine.pool.ALONE", 0)
    plugins = bundled()
    reports = [
        report(check([str(folder)], Settings(jobs=jobs), plugins), plugins) for jobs in (1, 2, 3)
    ]
    assert reports[0] == reports[1] == reports[2]
    found = json.loads(reports[0])
    assert len(found["artifacts"]) == 6
    assert {one["artifact"].rpartition("/")[2][0] for one in found["findings"]} >= set("abcde")


def test_what_is_told_ends_at_the_same_place_whatever_the_jobs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dunnage.engine.pool.ALONE", 0)
    plugins = bundled()
    for most in (1, 3, 6):
        limits = Limits(max_findings=most)
        reports = [
            report(check([str(folder)], Settings(jobs=jobs, limits=limits), plugins), plugins)
            for jobs in (1, 2, 3)
        ]
        assert reports[0] == reports[1] == reports[2]
        assert b"more to tell of others than is told" in reports[0]


def test_kinds_and_names_are_told_by_content(folder: Path) -> None:
    (folder / "a.tgz").rename(folder / "something.jpg")
    run = check([str(folder)], Settings(jobs=1), bundled())
    kinds = {(one.ecosystem, one.kind) for one in run.artifacts}
    assert {("npm", "tarball"), ("pypi", "wheel"), ("pypi", "sdist"), ("crates", "crate")} < kinds


def test_a_bundle_of_what_was_installed_is_no_wheel() -> None:
    names = ("METADATA", "WHEEL")
    found = [
        lint(
            zip_archive(
                {
                    f"p{n}-1.dist-info/{name}": "Name: p\nVersion: 1\n"
                    for n in range(many)
                    for name in names
                }
            )
        )
        for many in (1, 2, 3)
    ]
    assert [[one.kind for one in run.artifacts] for run in found] == [["wheel"], ["wheel"], ["zip"]]
    assert [len(run.problems) for run in found] == [0, 1, 0]


def test_what_is_truncated_is_a_problem(folder: Path) -> None:
    run = check([str(folder / "broken.tgz")], Settings(jobs=1), bundled())
    assert run.problems
    assert not run.artifacts[0].complete


@pytest.mark.parametrize("content", [b"", b"just text", b"\x00" * 4096, b"\xff\xd8\xff\xe0JFIF"])
def test_what_is_no_artifact_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.tgz"
    file.write_bytes(content)
    with pytest.raises(TargetError) as raised:
        check([str(file)], Settings(jobs=1), bundled())
    assert str(file) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_target_and_an_empty_folder(tmp_path: Path) -> None:
    for target in (str(tmp_path / "none.tgz"), str(tmp_path)):
        with pytest.raises(TargetError, match=r"no such file|no artifact"):
            check([target], Settings(jobs=1), bundled())


def test_a_target_that_is_none_does_not_stop_the_others(folder: Path) -> None:
    empty, text = folder / "a:b.tgz", folder / "c:d"
    empty.write_bytes(b"")
    text.write_bytes(b"just text")
    missing, good = str(folder / "missing.tgz"), str(folder / "a.tgz")
    pattern = str(folder / "*.gem")
    targets = [missing, str(empty), good, str(text), "", pattern]
    alone = check([good], Settings(jobs=1), bundled())
    said = [
        (missing, "there is no such file or folder"),
        (str(empty), "the file is empty"),
        (str(text), "it is no archive that dunnage knows (tar, zip, image, package)"),
        ("", "an empty target: name a file, a folder, - or an image"),
        (pattern, "nothing matches this pattern"),
    ]
    for jobs in (1, 2):
        run = check(targets, Settings(jobs=jobs), bundled())
        assert [one.fingerprint for one in run.findings] == [
            one.fingerprint for one in alone.findings
        ]
        assert [(one.artifact, one.message) for one in run.problems] == said
    listed = list(contents(targets, Settings(), bundled()))
    assert [one.target for one in listed] == [good, *[name for name, _ in said]]
    assert [one.message for each in listed[1:] for one in each.problems] == [m for _, m in said]
    for say in (check, lambda *given: list(contents(*given))):
        with pytest.raises(TargetError) as raised:
            say([missing, str(empty)], Settings(jobs=1), bundled())
        assert str(raised.value) == (
            f"{missing}: there is no such file or folder; {empty}: the file is empty"
        )


def test_what_goes_while_a_folder_is_read_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    units = list(resolve([str(folder)], Settings(), bundled().adapters, ()))
    (folder / "a.tgz").unlink()
    monkeypatch.setattr("dunnage.engine.run.resolve", lambda *_: iter(units))
    run = check([str(folder)], Settings(jobs=1), bundled())
    gone = str(folder / "a.tgz")
    assert [one.message for one in run.problems if one.artifact == gone] == ["no such file"]


def test_what_cannot_be_read_in_a_folder_does_not_stop_the_rest(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, file = folder / "closed", folder / "zz.tgz"
    closed.mkdir()
    file.write_bytes(b"x")
    scandir, open_ = os.scandir, open

    def forbidden(path: Any, *more: Any) -> Any:
        if str(path) in (str(closed), str(file)):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return open_(path, *more) if more else scandir(path)

    before = check([str(folder)], Settings(jobs=1), bundled())
    monkeypatch.setattr(os, "scandir", forbidden)
    monkeypatch.setattr("dunnage.engine.targets.open", forbidden, raising=False)
    for jobs in (1, 2):
        run = check([str(folder)], Settings(jobs=jobs), bundled())
        assert [one.fingerprint for one in run.findings] == [
            one.fingerprint for one in before.findings
        ]
        more = [one for one in run.problems if one not in before.problems]
        assert [(one.artifact, one.message) for one in more] == [
            (str(file), "Permission denied"),
            (str(closed), "Permission denied"),
        ]
    listed = [one.target for one in contents([str(folder)], Settings(), bundled())]
    assert {str(file), str(closed)} < set(listed)


def test_a_pattern_of_names_and_the_same_target_twice(folder: Path) -> None:
    targets = [f"{folder}/*.whl", str(folder / "b-1.0-py3-none-any.whl")]
    assert len(check(targets, Settings(jobs=1), bundled()).artifacts) == 1


def test_an_unpacked_package_is_one_artifact(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": "x", "version": "1.2.3"}')
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "a.js").write_text(token("folder"))
    run = check([str(tmp_path)], Settings(jobs=1), bundled())
    assert [(one.name, one.version) for one in run.artifacts] == [("x", "1.2.3")]
    assert [found.path for found in run.findings] == ["lib/a.js"]


def test_too_deep_is_a_problem_that_names_the_limit() -> None:
    data = tar_archive({"x": "text"})
    for _ in range(4):
        data = tar_archive({"in.tar": data})
    run = lint(data, [], limits=Limits(max_depth=3))
    assert ["depth=3" in problem.message for problem in run.problems] == [True]


def test_a_damaged_archive_inside_is_also_looked_at_as_it_lies() -> None:
    inner = zip_archive({"a.txt": "x" * 50, "k.txt": token("inside")}, stored=True)
    damaged = inner[: inner.index(b"PK\x01\x02") + 10]
    run = lint(tar_archive({"in.zip": damaged}))
    assert run.problems
    assert any(found.rule == "secret/github-token" for found in run.findings)


def test_what_came_before_the_damage_is_looked_at_in_a_file_that_is_held() -> None:
    noise = "".join(f"{number * 7919 % 1000003:06d}" for number in range(300_000))
    whole = npm_tarball({"big.json": f'{{"x": "{noise[:9000]} {token("held")} {noise}"}}'})
    run = lint(whole[: len(whole) // 2])
    assert [found.path for found in run.findings] == ["package/big.json"]
    assert run.problems


def test_select_and_ignore() -> None:
    artifact = npm_tarball({"a.js": token("s"), "__pycache__/x.pyc": b"\0"})
    assert {f.rule for f in lint(artifact, select=("secret",)).findings} == {"secret/github-token"}
    assert "secret/github-token" not in {
        f.rule for f in lint(artifact, ignore=("secret/*",)).findings
    }


@rule("acme/impatient", paths=["stop.txt"])
def impatient(entry: Entry) -> Iterator[Hit]:
    """Ctrl-C while this file is looked at."""
    raise KeyboardInterrupt
    yield Hit("never")


def test_interrupted_gives_what_was_found_so_far() -> None:
    files = {"a.js": token("early"), "stop.txt": "", "b.js": token("late")}
    rules = [*bundled().rules, impatient]
    with pytest.raises(Interrupted) as raised:
        lint(tar_archive(files), rules)
    assert [found.path for found in raised.value.run.findings] == ["a.js"]
    assert any("interrupted" in problem.message for problem in raised.value.run.problems)


def test_a_process_that_dies_is_a_problem(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    honest = runs.Engine.check

    def check_or_die(self: runs.Engine, unit: object, *more: object, **named: object) -> object:
        if unit.path.endswith("e.zip"):  # type: ignore[attr-defined]  # a Unit
            os._exit(9)
        return honest(self, unit, *more, **named)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr("dunnage.engine.pool.ALONE", 0)
    monkeypatch.setattr(runs.Engine, "check", check_or_die)
    run = check([str(folder)], Settings(jobs=2), bundled())
    assert len(run.artifacts) == 6
    assert [p.artifact.endswith("e.zip") for p in run.problems if "died" in p.message] == [True]


def test_compressed_in_every_way() -> None:
    for compression in ("gzip", "zstd", "xz", "bzip2"):
        data = compress(tar_archive({"x.txt": token(compression)}), compression)
        (found,) = lint(data, select=("secret",)).findings
        assert found.path == "x.txt"
