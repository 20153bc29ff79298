"""What readers and rules do for an input is in proportion to its bytes: work is counted here, or
the memory that it takes."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import dunnage_cargo
import dunnage_npm
import dunnage_pypi
from dunnage import (
    Artifact,
    Entry,
    Facts,
    Flaw,
    Hit,
    Kind,
    LimitError,
    Listing,
    MemorySource,
    trials,
)
from dunnage import allowance as allowances
from dunnage.archives import gitobject, limits, png
from dunnage.archives.limits import Budget, Limits
from dunnage.archives.pdf import _PIECES
from dunnage.engine import Settings, check
from dunnage.engine.index import Index
from dunnage.engine.installed import Manifests
from dunnage.engine.look import Look
from dunnage.engine.match.confirm import Matcher
from dunnage.engine.owner import Owner
from dunnage.engine.plan import Plan
from dunnage.errors import StartAgain
from dunnage.testing import bundled, render, tar_archive, zip_archive
from dunnage_oci import overlay
from dunnage_rules.debug import reference
from dunnage_rules.debug.formats import elf, macho, pe, wasm
from dunnage_rules.keys import stores
from dunnage_rules.leftovers import gitfolder
from dunnage_rules.leftovers import stores as databases

MIB = 1 << 20


def opener(data: bytes) -> Callable[[], io.BytesIO]:
    return lambda: io.BytesIO(data)


def peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_sections_that_share_a_name_of_a_megabyte() -> None:
    strings = b".debug_info" + b"A" * MIB
    head = b"\x7fELF\2\1\1".ljust(16, b"\0")
    head += struct.pack(
        "<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, 64 + len(strings), 0, 64, 0, 0, 64, 500, 1
    )
    one = struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, 64, len(strings), 0, 0, 0, 0)
    data = head + strings + one * 500
    assert peak(lambda: elf.read_elf(opener(data))) < 6 * MIB
    known = elf.read_elf(opener(data))
    assert known is not None
    assert len(known.sections) == 499
    names = b"/4".ljust(8, b"\0") + struct.pack("<8xII16x", 10, 10)
    data = struct.pack("<HHIIIHH", 0x8664, 500, 0, 20 + 40 * 500, 0, 0, 0) + names * 500
    data += b"...." + strings + b"\0"
    assert peak(lambda: pe.read_coff(opener(data))) < 6 * MIB


def test_architectures_over_one_another_are_read_in_few_passes() -> None:
    asked = []
    thin = b"\xcf\xfa\xed\xfe" + struct.pack("<7I", 7, 3, 2, 9, 72, 0, 0)
    data = b"\xca\xfe\xba\xbe" + struct.pack(">I", 32) + struct.pack(">5I", 7, 3, 700, 99, 0) * 32
    data = data.ljust(700, b"\0") + thin + struct.pack("<II", 2, 8) * 9

    def counted() -> io.BytesIO:
        asked.append(1)
        return io.BytesIO(data)

    macho.read_macho(counted)
    assert len(asked) <= 9


def test_sections_of_a_module_are_bounded() -> None:
    customs = wasm.read_custom(opener(b"\0asm\1\0\0\0" + b"\0\2\1a" * 5000))
    assert customs is not None
    assert len(customs) == wasm._MOST_SECTIONS


def test_text_in_pieces_is_read_once() -> None:
    assert _PIECES.search(rb"\[(a) 1 (b)] TJ") is None, "each escaped bracket would be read on from"
    assert _PIECES.search(rb"[(a) 1 (b)] TJ") is not None


def test_small_objects_of_a_pack_are_given_no_megabyte(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    make = zlib.decompressobj

    class Counted:
        def __init__(self) -> None:
            self._engine = make()

        def decompress(self, data: bytes, *most: int) -> bytes:
            given.append(len(data))
            return self._engine.decompress(data, *most)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._engine, name)

    one = b"\x35" + zlib.compress(b"hello")
    data = b"PACK\0\0\0\2" + (1000).to_bytes(4, "big") + one * 1000 + bytes(20)
    monkeypatch.setattr(zlib, "decompressobj", Counted)
    assert len(list(gitobject.open_git(MemorySource(data), Budget()))) == 1000
    assert sum(given) <= 1024 * 1000


def test_texts_of_a_png_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(png, "_MOST_TEXTS", 3)
    chunk = struct.pack(">I", 3) + b"tEXtk\0a" + bytes(4)
    items = list(png.open_png(MemorySource(png.MAGIC + chunk * 5), Budget()))
    assert [type(item) for item in items] == [Entry] * 3 + [Flaw]
    assert isinstance(items[-1], Flaw)
    assert "more than 3 texts" in items[-1].message


class Counted(Index):
    """An index that knows how often all its paths were asked for."""

    asked = 0

    def __iter__(self) -> Iterator[str]:
        self.asked += 1
        return super().__iter__()

    def pairs(self) -> Iterator[tuple[str, Facts]]:
        self.asked += 1
        return super().pairs()


def artifact(*paths: str) -> tuple[Artifact, Counted]:
    index = Counted()
    for path in paths:
        index.add(path, Facts(Kind.FILE, 10, 0o644))
    return Artifact("archive", "tar", "", "", {}, Listing("tar", index, {})), index


def test_paths_are_gone_through_once_for_all_hits() -> None:
    objects = [f"a/.git/objects/12/{number:038}" for number in range(50)]
    made, index = artifact("first", *objects, "b/.git/HEAD", "b/.git/objects/pack/a.pack")
    weighed = [gitfolder._weigh(Hit("", facts=("a/.git/", p[7:], "")), made) for p in objects]
    (told,) = [hit for hit in weighed if hit is not None]
    assert "50 loose objects, 500 B" in told.message
    told_too = gitfolder._weigh(Hit("", facts=("b/.git/", "HEAD", "")), made)
    assert told_too is not None
    assert "1 pack, 0 loose objects" in told_too.message
    assert index.asked == 1

    made, index = artifact(
        *(f"{n}/{name}" for n in range(50) for name in ("CURRENT", "MANIFEST-000001", "000003.ldb"))
    )
    hits = [Hit("", facts=(f"{number}/", "MANIFEST-000001")) for number in range(50)]
    weighed = [databases._weigh(hit, made) for hit in hits]
    assert {hit and hit.message for hit in weighed} == {
        "a LevelDB database (1 file with rows, 10 B)"
    }
    assert index.asked == 2

    made, index = artifact(*(f"www/{number}.js.map" for number in range(50)))
    hits = [Hit("", facts=(f"{number}.js", f"/{number}.js.map")) for number in range(99)]
    weighed = [reference._weigh(hit, made) for hit in hits]
    assert [hit is None for hit in weighed] == [True] * 50 + [False] * 49
    assert index.asked == 1


def test_manifests_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    for module, name in (
        (json, "loads"),
        (dunnage_cargo.tomli, "loads"),
        (dunnage_pypi, "headers"),
    ):
        known = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda text, known=known: (read.append(1), known(text))[1]
        )
    site = "lib/site-packages"
    documents = Manifests(
        {
            "app/package.json": b'{"name": "app"}',
            "a/node_modules/b/package.json": b'{"name": "b"}',
            "vendor/c/Cargo.toml": b'[package]\nname = "c"',
            f"{site}/d-1.dist-info/RECORD": b"d/a.py,,\nd/b.py,,\n",
            f"{site}/d-1.dist-info/METADATA": b"Name: d\n",
        }
    )
    listing = Listing("tar", Index(), documents)
    npm, cargo = dunnage_npm.NpmAdapter(), dunnage_cargo.CargoAdapter()
    pypi = dunnage_pypi.PyPIAdapter()
    for number in range(20):
        found = [
            npm.installed(f"app/{number}/x", listing),
            npm.installed(f"a/node_modules/b/{number}/x", listing),
            cargo.installed(f"vendor/c/{number}/x", listing),
            pypi.installed(f"{site}/d/{number}/x", listing),
        ]
        assert [package and package.name for package in found] == ["app", "b", "c", "d"]
    assert len(read) == 4
    assert npm.installed("a/" * 30_000 + "x", listing) is None


def test_passwords_are_tried_on_few_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    monkeypatch.setattr(stores, "_derive", lambda *_: tried.append(1) or b"")
    monkeypatch.setattr(allowances, "STEPS", 100_000)

    def item(tag: int, value: bytes) -> bytes:
        return bytes((tag, 0x82)) + len(value).to_bytes(2, "big") + value

    digest = item(0x30, item(0x30, item(6, bytes.fromhex("2b0e03021a"))) + item(4, b"0"))
    mac = item(0x30, digest + item(4, b"salt") + item(2, b"\x13\x88"))[4:]
    with allowances.allowance():
        for _ in range(50):
            stores._pkcs12_password(b"safe", mac)
    assert len(tried) == 2 * (len(stores.PASSWORDS) + 1)
    stores._pkcs12_password(b"safe", mac)
    assert len(tried) == 3 * (len(stores.PASSWORDS) + 1), "outside of a run"


def test_what_manifests_take_is_bounded() -> None:
    budget = Budget()
    assert not budget.parse(b"{}," * MIB)
    assert budget.parse(b'{"name": "a"}'), "the room is there for others"


def test_documents_that_are_no_manifests_take_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_PARSED", 3000)
    data = json.dumps({"version": "2.0", "metadata": [1, 2, 3]}).encode()
    files = {f"{number}.json.gz": gzip.compress(data, mtime=0) for number in range(20)}
    path = tmp_path / "a.tar"
    path.write_bytes(tar_archive(files))
    assert not check([str(path)], Settings(jobs=1), bundled()).problems
    files = {f"{n}.tar": tar_archive({"package/package.json": data}) for n in range(20)}
    path.write_bytes(tar_archive(files))
    problems = check([str(path)], Settings(jobs=1), bundled()).problems
    assert {problem.message for problem in problems} == {
        "the manifests take too much memory: this one was not read"
    }


def test_names_are_bounded_together() -> None:
    budget = Budget()
    budget.names = 63 << 20
    for _ in range(200):
        budget.path(4000)
    budget.names = 64 << 20
    with pytest.raises(LimitError, match="long names"):
        budget.path(4000)
    budget = Budget()
    for _ in range(10_000):
        budget.path(128)
    assert budget.names == 0


def test_a_target_may_not_take_long_for_its_size() -> None:
    now = [0.0]
    budget = Budget(clock=lambda: now[0], work=lambda: now[0])
    budget.size = MIB
    budget.expand(MIB // 2)
    now[0] = 20.1
    budget.tick()
    now[0] = 20.3
    with pytest.raises(LimitError, match=r"takes too long for its size .*seconds"):
        budget.tick()
    assert budget.spent
    budget.expanded = 100 * MIB
    now[0] = 20.9
    budget.tick()
    now[0] = 21.2
    with pytest.raises(LimitError):
        budget.tick()
    Budget(Limits(max_seconds=1200), work=lambda: now[0]).tick()


def test_where_processes_share_a_limit_all_of_them_stop_at_it() -> None:
    alone = Budget(Limits(max_candidates=0))
    assert not alone.may_try()
    alone.tick()
    assert not alone.over()
    shared = Budget(Limits(max_candidates=0))
    shared.share = lambda: None
    with pytest.raises(StartAgain):
        shared.may_try()
    assert shared.over()
    shared.stopped = True  # the user does not want it again
    assert not shared.over()

    other = Budget(Limits())
    other.share = lambda: setattr(other, "met", 1)
    with pytest.raises(StartAgain):
        other.tick()


def test_no_target_is_walked_again_whose_time_is_over() -> None:
    budget = Budget(Limits(max_entries=0))
    budget.size, budget.used, budget.share = MIB, 100.0, lambda: None
    with pytest.raises(LimitError, match="entries"):
        budget.count_entry()
    assert not budget.over()


def test_the_clock_is_asked_between_the_windows_of_what_is_held() -> None:
    asked: list[str] = []

    class Asked(Budget):
        def tick(self) -> None:
            asked.append("")

    plan = Plan([], [])
    for kind, count in ((Kind.FILE, 5), (Kind.TEXT, 0)):
        asked.clear()
        data = bytes(5 << 20)
        look = Look(plan, Matcher([]), Asked(), {}, lambda *_: None)
        entry = Entry("a", b"a", kind, len(data), data=data)
        look.small(Owner(entry, plan.asked(entry), [], asked.append), data)
        assert len(asked) == count


def test_what_is_around_the_members_of_a_zip_is_no_zip_again(tmp_path: Path) -> None:
    central = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, *[0] * 7, 1, *[0] * 5, 99) + b"a"
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(central), 2, 0)
    path = tmp_path / "a.tar"
    path.write_bytes(tar_archive({"a.bin": b"ab" + central + end + b"x"}))
    run = check([str(path)], Settings(jobs=1), bundled())
    assert run.artifacts[0].files < 5


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_told_of_all_targets_is_bounded(tmp_path: Path, jobs: int) -> None:
    names = []
    for number in range(40):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "package.json").write_text('{"name": "a", "license": "MIT"}')
        names.append(str(folder))
        for name in ("a.key", "b.key"):
            key = render("{github-token:ghp_}", f"{number} {name}")
            (folder / name).write_text(f"{key}\n")
    settings = Settings(jobs=jobs, limits=Limits(max_findings=20))
    run = check(names, settings, bundled())
    assert len(run.artifacts) + len(run.problems) == 40
    assert len(run.findings) == 2 * len(run.artifacts) > 20
    assert "not looked at: there is more to tell" in run.problems[-1].message
    assert len(check(names, Settings(jobs=jobs), bundled()).findings) == 80


def test_damaged_archives_in_one_another_are_opened_once_each(tmp_path: Path) -> None:
    data = b"text " * 20
    for _ in range(7):
        inner = zip_archive({"a.zip": data})
        data = inner.replace(inner[14:18], b"abcd")  # the CRC
    path = tmp_path / "a.tar"
    path.write_bytes(tar_archive({"a.zip": data}))
    run = check([str(path)], Settings(jobs=1), bundled())
    assert run.problems
    assert run.artifacts[0].files < 30, "2 to the 7th, if each were opened twice"


def test_folders_of_deep_paths_are_not_kept() -> None:
    deep = "a/" * 20_000 + "f"
    layers: list[dict[str, Facts]] = [
        {deep: Facts(Kind.FILE, 0, 0)},
        {"b/.wh.c": Facts(Kind.FILE, 0, 0)},
    ]
    assert peak(lambda: overlay.hidden(layers)) < MIB
    wide: dict[str, Facts] = {f"{number}/b/c/f": Facts(Kind.FILE, 0, 0) for number in range(20_000)}
    assert overlay.hidden(
        [{**wide, "d/e": Facts(Kind.FILE, 0, 0)}, {".wh.d": Facts(Kind.FILE, 0, 0)}]
    )[0] == {"d/e": 1}


def test_a_path_is_judged_once_for_all_matches(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = []

    class Counted:
        def search(self, path: str) -> None:
            asked.append(path)

    monkeypatch.setattr(trials, "_TRIAL", Counted())
    path = tmp_path / "a.tar"
    line = "postgres://acme:{base62:16}@db.acme.io/x\n"
    text = "".join(render(line, f"judged {number}") for number in range(50))
    path.write_bytes(tar_archive({"judged/once/a.txt": text}))
    run = check([str(path)], Settings(jobs=1), bundled())
    assert len(run.findings) > 40
    assert asked.count("judged/once/a.txt") == 1
