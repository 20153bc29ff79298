"""What an input may cost grows with its size and no faster, and ends at a limit that is told.

These count work, or look at what is told: they measure no time."""

from __future__ import annotations

import base64
import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest
import zstandard

from dunnage.archives import Limits, carried, limits, zstd
from dunnage.archives.codecs import DECODERS
from dunnage.archives.limits import Budget
from dunnage.archives.notes import Notes
from dunnage.archives.raw import Raw
from dunnage.engine import Settings, check, deeper, pool
from dunnage.engine.names import Veil
from dunnage.errors import LimitError
from dunnage.model import Run
from dunnage.testing import bundled, render, tar_archive

HEADER = b"PK\3\4\x14\0\0\0\x08\0" + bytes(16) + b"\1\0\0\0a"


def tokens(count: int) -> list[bytes]:
    return [render("{github-token:ghp_}", f"cost {number}").encode() for number in range(count)]


def checked(path: Path, files: dict[str, bytes], **most: int) -> Run:
    with tarfile.open(path, "w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    settings = Settings(jobs=1, limits=Limits(**{f"max_{k}": v for k, v in most.items()}))
    return check([str(path)], settings, bundled())


def test_headers_of_a_zip_are_walked_once(tmp_path: Path) -> None:
    run = checked(tmp_path / "a.tar", {"a.bin": HEADER * 50})
    assert run.problems
    assert all(len(problem.trail) <= 2 for problem in run.problems), "opened again inside itself"


def test_a_zip_behind_other_bytes_is_opened_all_the_same() -> None:
    assert carried.carries(b"text" * 20 + HEADER + b"\3\0")
    assert not carried.carries(HEADER + b"\3\0" + HEADER + b"\3\0")


def test_frames_of_zstd_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = zstandard.compress(b"a")
    monkeypatch.setattr(zstd, "MOST_FRAMES", 5)
    assert b"".join(DECODERS["zstd"](Raw(io.BytesIO(frame * 4)), Budget(), Notes())) == b"aaaa"
    with pytest.raises(LimitError, match="more than 5 frames"):
        list(DECODERS["zstd"](Raw(io.BytesIO(frame * 6)), Budget(), Notes()))


def test_archives_inside_are_bounded(tmp_path: Path) -> None:
    inner = gzip.compress(b"text " * 20, mtime=0)
    files = {f"{number}.gz": inner for number in range(20)}
    assert not checked(tmp_path / "few.tar", files, archives=20).problems
    run = checked(tmp_path / "many.tar", files, archives=10)
    assert [
        p for p in run.problems if "max_archives = 10, set with --limit archives=N" in p.message
    ]
    assert not run.artifacts[0].complete
    lines = {"a.txt": b"\n".join([base64.b64encode(inner)] * 20)}
    run = checked(tmp_path / "lines.tar", lines, archives=10)
    assert any("max_archives = 10" in problem.message for problem in run.problems)


def test_the_sources_of_a_map_are_bounded(tmp_path: Path) -> None:
    for size in (20, 300_000):  # in memory, and streamed
        contents = [f"let a{number} = 1 {' ' * size}" for number in range(8)]
        document = {"version": 3, "sources": [f"{n}.ts" for n in range(8)], "mappings": "AAAA"}
        files = {"a.map": json.dumps({**document, "sourcesContent": contents}).encode()}
        assert not checked(tmp_path / "few.tar", files, sources=8).problems
        [problem] = checked(tmp_path / "many.tar", files, sources=7).problems
        assert "max_sources = 7, set with --limit sources=N" in problem.message
        assert problem.trail[-1] == "a.map"


def test_candidates_are_bounded(tmp_path: Path) -> None:
    [token] = tokens(1)
    flood = b"\n".join(b"AKIA" * 9 + b"%d" % number for number in range(30_000))
    files = {"flood.txt": flood, "a.txt": bytes(300 << 10) + b"\n" + token + b"\n"}
    few = checked(tmp_path / "a.tar", files, candidates=1_000_000)
    assert not few.problems
    run = checked(tmp_path / "a.tar", files, candidates=100)
    [problem] = run.problems
    assert problem.path == "flood.txt"
    assert "max_candidates = 100, set with --limit candidates=N" in problem.message
    # What comes behind has candidates of its own for the bytes it has.
    assert "a.txt" in {finding.path for finding in run.findings}
    assert not run.artifacts[0].complete


@pytest.mark.parametrize(("size", "most"), [(300_000, 3000), (3_000_000, 6000)])
def test_what_repeats_is_looked_at_once(tmp_path: Path, size: int, most: int) -> None:
    first, second = tokens(2)
    line = first.ljust(63) + b"\n"
    files = {"a.txt": line * (size // len(line)), "b.txt": b"a" * size + b"\n" + second}
    run = checked(tmp_path / "a.tar", files, candidates=most)
    assert {finding.path for finding in run.findings} == {"a.txt", "b.txt"}
    assert not run.problems


def test_what_is_told_is_bounded(tmp_path: Path) -> None:
    files = {f"{number}.txt": token + b"\n" for number, token in enumerate(tokens(60))}
    files = {name: text + bytes(300 << 10) for name, text in files.items()}  # a batch each
    run = checked(tmp_path / "a.tar", files, findings=30)
    assert 30 <= len(run.findings) < 60
    assert any("set with --limit findings=N" in problem.message for problem in run.problems)
    broken = {f"{number}.gz": b"\x1f\x8b\x08\0\0\0\0\0\0\3zz" for number in range(60)}
    run = checked(tmp_path / "b.tar", broken, findings=30)
    assert 30 <= len(run.problems) < 60
    assert any("set with --limit findings=N" in problem.message for problem in run.problems)


def test_what_is_taken_back_is_not_told(tmp_path: Path) -> None:
    broken = base64.b64encode(gzip.compress(b"text " * 20, mtime=0)[:-6])
    files = {f"{number}.txt": broken + b"\n" + bytes(300 << 10) for number in range(12)}
    assert not checked(tmp_path / "a.tar", files, findings=10).problems


def test_many_small_bombs_are_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    inner = gzip.compress(b"x=1;a(b);" * 40_000, mtime=0)
    files = {f"{number}.gz": inner for number in range(30)}
    monkeypatch.setattr(limits, "LARGE_TARGET", 1 << 20)
    assert not checked(tmp_path / "a.tar", files, ratio=100_000).problems
    run = checked(tmp_path / "b.tar", files)
    assert any("all of it expands like a decompression bomb" in p.message for p in run.problems)


@pytest.mark.parametrize(
    ("limit", "few", "many"),
    [
        ("entries", 200, 2000),
        ("archives", 5, 50),
        ("expanded", 20_000, 1_000_000),
        ("findings", 12, 50),
        ("candidates", 12, 50),
    ],
)
def test_processes_share_the_limits_of_a_target(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limit: str, few: int, many: int
) -> None:
    monkeypatch.setattr(pool, "ALONE", 1)
    monkeypatch.setattr(deeper, "DEFER", 1)
    monkeypatch.setattr(limits, "CANDIDATES_PER_KIB", 0)
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for number, token in enumerate(tokens(20)):
            files = {f"{n}.txt": b"" for n in range(28)}
            files |= {"token": token, "inner.gz": gzip.compress(bytes(2000), mtime=0)}
            layer = tar_archive(files | {"zeros": bytes(limits.SMALL)})
            info = tarfile.TarInfo(f"{number}.tar")
            info.size = len(layer)
            archive.addfile(info, io.BytesIO(layer))
    for most, told in ((many, False), (few, True)):
        runs = [
            check(
                [str(tmp_path / "a.tar")],
                Settings(jobs=jobs, limits=Limits(**{f"max_{limit}": most})),
                bundled(),
            )
            for jobs in (1, 2, 3)
        ]
        said = [p.message for p in runs[0].problems]
        assert any(f"max_{limit} = {most}" in message for message in said) is told
        assert bool(said) is told
        for run in runs[1:]:
            assert run.problems == runs[0].problems
            assert run.findings == runs[0].findings


def test_secrets_are_taken_out_of_names_by_where_they_stand() -> None:
    class Counted(str):
        def replace(self, *_: object) -> str:  # type: ignore[override] # what must not be called
            raise AssertionError("each secret was looked for in each name")

    known = tokens(300)
    veil = Veil(known)
    for secret in known[::50]:
        name = secret.decode()
        veiled = veil.text(Counted(f"a/{name}/b-{name}.txt"))
        assert name not in veiled
        assert veiled.startswith("a/ghp_")
        assert veiled.endswith(".txt")
    assert veil.text("a/b.txt") == "a/b.txt"
    assert veil.name(None) is None


def test_the_longest_secret_in_a_name_is_taken_out() -> None:
    veil = Veil([b"q7Zx9KfTw2Lm", b"q7Zx9KfTw2LmB4vRq8Yc"])
    for name in ("q7Zx9KfTw2Lm", "q7Zx9KfTw2LmB4vRq8Yc", "q7Zx9KfTw2LmB4vR"):
        assert "q7Zx9KfTw2Lm" not in veil.text(f"x-{name}-y")
