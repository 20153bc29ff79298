"""Left-overs: what the messages give away, and where the context decides."""

from __future__ import annotations

import posixpath
import sqlite3
from collections.abc import Callable
from pathlib import Path

import binaries as b
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage import Rule, Severity, load_rules
from dunnage.testing import (
    check_examples,
    docker_archive,
    layer,
    lint,
    lint_paths,
    npm_tarball,
    tar_archive,
    wheel,
)
from dunnage_rules import debug, leftovers, words
from dunnage_rules.debug.formats import ar, elf, javaclass, macho, pe, wasm

FOLDER = Path(leftovers.__file__).parent
RULES = {
    rule.id: rule
    for path in sorted(FOLDER.glob("*.toml"))
    for rule in load_rules(path.read_text(encoding="utf-8"), path.name)
}
PASSWORD = "hunter" + str(2)
CODED = {rule.id: rule for package in (debug, leftovers, words) for rule in package.rules()}


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_declared_rules(rule: Rule) -> None:
    assert rule.match
    assert rule.miss
    assert rule.why
    assert rule.fix
    assert not check_examples(rule)


def test_names_that_mislead() -> None:
    innocent = [
        "core/index.js",
        "logs/index.js",
        "lib/es.regexp.test.js",
        "level1.map",
        "CLAUDE.md",
        "AGENTS.md",
        ".claude/settings.json",
        ".claude/commands/review.md",
        ".env.example",
        "testing/__init__.py",
        "cache/index.js",
        "build/index.js",
        "target/index.js",
        "coverage.js",
        ".gitignore",
        ".gitattributes",
        ".editorconfig",
        "certifi/cacert.pem",
    ]
    for rule in [*RULES.values(), *CODED.values()]:
        if rule.on.value == "entry":
            assert lint_paths(rule, innocent) == [], rule.id


def test_git_says_what_it_gives_away() -> None:
    files = {
        "app/.git/HEAD": "ref: refs/heads/main\n",
        "app/.git/config": f'[remote "origin"]\n\turl = https://ci:{PASSWORD}@git.acme.com/a.git\n',
        "app/.git/objects/pack/pack-1.pack": b"PACK" + bytes(996),
        f"app/.git/objects/ab/{'c' * 38}": b"x" * 10,
        "lib/.git/HEAD": "ref: refs/heads/main\n",
    }
    run = lint(tar_archive(files), [CODED["leftover/git-folder"]])
    assert [(f.path, f.severity, f.message) for f in run.findings] == [
        (
            "app/.git/config",
            Severity.ERROR,
            (
                "a Git repository with its history (1 pack, 1 loose object, 1.0 kB); "
                "its remote is https://…@git.acme.com/a.git"
            ),
        ),
        ("lib/.git/HEAD", Severity.ERROR, "parts of a Git repository, without its history"),
    ]


def test_databases_say_what_they_hold() -> None:
    files = {
        "dump/shop/users.bson": b.bson(3),
        "dump/shop/users.metadata.json": "{}",
        "other.bson": b.bson(1),
        "ldb/CURRENT": "MANIFEST-000004\n",
        "ldb/MANIFEST-000004": "x",
        "ldb/000005.ldb": "x" * 700,
        "ldb/000006.log": "x" * 300,
        "rocks/CURRENT": "MANIFEST-000004\n",
        "rocks/MANIFEST-000004": "x",
        "rocks/000009.sst": "x" * 10,
    }
    rules = [CODED["leftover/bson-dump"], CODED["leftover/key-value-store"]]
    assert {f.path: f.message for f in lint(tar_archive(files), rules).findings} == {
        "dump/shop/users.bson": "a MongoDB collection dumped by mongodump: 3 documents",
        "other.bson": "a MongoDB collection dumped: 1 document",
        "ldb/CURRENT": "a LevelDB database (2 files with rows, 1.0 kB)",
        "rocks/CURRENT": "a RocksDB database (1 file with rows, 10 B)",
    }


def test_the_bundles_of_one_build_are_one_finding() -> None:
    def chunk(*modules: str) -> str:
        names = [f"webpack://acme/./src/{name}.js?" for name in modules]
        return "".join('eval("var a;\\n\\n//# sourceURL' + f'={name}\\n}}");\n' for name in names)

    files = {"a.js": chunk("a", "b", "c"), "b.js": chunk("d")}
    (finding,) = lint(npm_tarball(files), [CODED["debug/eval-bundle"]]).findings
    assert finding.places == 2
    assert finding.message == (
        "development bundles: 3 modules as strings for eval under webpack://acme/"
    )


@pytest.mark.parametrize(
    ("rule", "name", "content"),
    [
        ("leftover/log-file", "{}.log", b"2026-01-02 10:00:00 started\n" * 4),
        ("leftover/bson-dump", "{}.bson", b.bson(2)),
        ("leftover/database-dump", "{}.rdb", b"REDIS0011" + bytes(20)),
        ("leftover/database-file", "{}.duckdb", bytes(8) + b"DUCK" + bytes(90)),
        ("debug/cpu-profile", "{}.cpuprofile", b'{"nodes":[{"id":1}]}'),
        ("debug/profile-data", "{}.out", b"# callgrind format\n"),
    ],
)
def test_many_of_a_kind_are_one_finding(rule: str, name: str, content: bytes) -> None:
    files = {f"data/{name.format(n)}": content + bytes(n if n > 1 else 0) for n in range(40)}
    (finding,) = lint(npm_tarball(files), [CODED[rule]]).findings
    assert finding.places == 40


def test_what_sqlite_itself_writes(tmp_path: Path) -> None:
    place = tmp_path / "shop.db"
    database = sqlite3.connect(place)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE users (name TEXT)")
    database.execute("INSERT INTO users VALUES ('alice')")
    database.commit()
    files = {"shop.db-wal": (tmp_path / "shop.db-wal").read_bytes()}
    files["dump.sql"] = "\n".join(database.iterdump()).encode()
    database.close()
    files["shop.db"] = place.read_bytes()
    names = ("leftover/sqlite-rows", "leftover/sqlite-journal", "leftover/sql-rows")
    found = lint(npm_tarball(files), [CODED[name] for name in names]).findings
    assert {(each.rule, (each.path or "").removeprefix("package/")) for each in found} == {
        ("leftover/sqlite-rows", "shop.db"),
        ("leftover/sqlite-journal", "shop.db-wal"),
        ("leftover/sql-rows", "dump.sql"),
    }


@pytest.mark.parametrize(
    ("name", "table", "severity"),
    [
        ("ac.index", "commands", Severity.NOTE),  # a format of the package's own
        ("../proj_data/proj.db", "commands", Severity.NOTE),
        ("../proj_data/proj.db", "users", Severity.WARNING),
        ("ac.index", "user_table", Severity.WARNING),
        ("shop.db", "commands", Severity.WARNING),
        ("Cookies", "commands", Severity.WARNING),
        ("shop.db.bak", "commands", Severity.WARNING),
    ],
)
def test_a_database_that_was_built_is_a_note(name: str, table: str, severity: Severity) -> None:
    files = {posixpath.normpath(f"shop/{name}"): b.sqlite([table], 12)}
    (finding,) = lint(npm_tarball(files), [CODED["leftover/sqlite-rows"]]).findings
    assert finding.severity is severity


def test_an_image_for_development() -> None:
    rule = CODED["leftover/development-image"]
    for value, wanted in (("development", 1), ("production", 0)):
        config = {"Env": [f"NODE_ENV={value}", "PATH=/bin"]}
        files = docker_archive([layer({"etc/os-release": "ID=demo\n"})], config=config)
        run = lint(tar_archive(files), [rule])
        assert len(run.findings) == wanted


def test_build_paths_are_one_finding_for_an_artifact() -> None:
    files = {f"x/{n}.so": b"\0/home/alice/acme/a.c\0\0/Users/bob/x/b.c\0" for n in range(9)}
    run = lint(wheel(files), [CODED["debug/build-path"]])
    assert [(f.severity, f.places) for f in run.findings] == [(Severity.NOTE, 18)]


@pytest.mark.parametrize(("rest", "severity"), [(500, Severity.WARNING), (9999, Severity.NOTE)])
def test_debug_information_of_a_few_routines_is_a_note(rest: int, severity: Severity) -> None:
    binary = b.elf({".text": b"x" * rest, ".debug_info": b"y" * 30})
    (finding,) = lint(wheel({"x/a.so": binary}), [CODED["debug/dwarf"]]).findings
    assert finding.severity is severity


def test_more_build_paths_than_are_told_apart_are_counted() -> None:
    text = "".join(f'"/Users/alice/work/acme/src/{n}.ts"\n' for n in range(1100))
    run = lint(npm_tarball({"a.json": text}), [CODED["debug/build-path"]])
    assert not run.problems
    assert [(f.severity, f.places) for f in run.findings] == [
        (Severity.NOTE, 1000),
        (Severity.NOTE, 100),
    ]


READERS: list[tuple[bytes, Callable[[bytes], object]]] = [
    (
        b.elf({".text": b"x", ".debug_info": b"y" * 40}, empty=[".bss"]),
        lambda d: elf.read_elf(opener(d)),
    ),
    (b.pe({".text": b"x", ".debug_info": b"y" * 40}), lambda d: pe.read_pe(opener(d))),
    (b.macho(dwarf=40, symbols=2), lambda d: macho.read_macho(opener(d))),
    (b.fat(b.macho(), b.macho(dwarf=7)), lambda d: macho.read_macho(opener(d))),
    (b.wasm({"name": b"x" * 300, ".debug_info": b"y"}), lambda d: wasm.read_custom(opener(d))),
    (b.ar({"a.o": b"x" * 9, "b.o": b"y"}), lambda d: list(ar.members(opener(d)))),
    (b.java("Code", "LocalVariableTable"), lambda d: javaclass.names(d, b"LocalVariableTable")),
]


def opener(data: bytes) -> Callable[[], object]:
    import io

    return lambda: io.BytesIO(data)


@pytest.mark.parametrize("number", range(len(READERS)))
@settings(deadline=None)
@given(data=st.data())
def test_readers_bear_any_bytes(number: int, data: st.DataObject) -> None:
    whole, read = READERS[number]
    damaged = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 4))):
        if damaged:
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(damaged))


@pytest.mark.parametrize(
    ("path", "severity"), [("pip/core.py", Severity.NOTE), ("app.py", Severity.WARNING)]
)
def test_a_breakpoint_of_an_installed_package_is_its_authors(path: str, severity: Severity) -> None:
    site = "usr/lib/python3/site-packages"
    files = {
        f"{site}/{path}": "def f():\n    breakpoint()\n",
        f"{site}/pip-20.0.dist-info/METADATA": "Name: pip\nVersion: 20.0\nLicense: MIT\n",
        f"{site}/pip-20.0.dist-info/RECORD": "pip/core.py,,\n",
    }
    (found,) = lint(
        tar_archive(docker_archive([layer(files)])), [CODED["debug/breakpoint"]]
    ).findings
    assert (found.rule, found.severity) == ("debug/breakpoint", severity)


def test_a_breakpoint_of_pythons_own_library_is_a_note() -> None:
    path = "usr/lib/python3.14/pydoc_data/topics.py"
    files = {path: "x = '''\nExample:\n\n   breakpoint()\n'''\n"}
    (found,) = lint(tar_archive(files), [CODED["debug/breakpoint"]]).findings
    assert (found.path, found.severity) == (path, Severity.NOTE)
