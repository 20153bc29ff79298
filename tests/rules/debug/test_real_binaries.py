"""What gcc, clang, cargo, javac and Python make, with and without debug information."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dunnage import Finding, Severity

pytestmark = pytest.mark.integration

PROGRAM = "int helper(int x) { return x * 2; }\nint main(void) { return helper(3); }\n"
LIBRARY = "int add(int a, int b) { return a + b; }\n"
PASSWORD = "hunter" + str(2)
WASM = ("--target=wasm32", "-nostdlib", "-Wl,--no-entry", "-Wl,--export-all")

Command = Callable[..., Path]
Said = Callable[..., list[Finding]]


def out(tmp_path: Path) -> Path:
    (tmp_path / "a.c").write_text(PROGRAM)
    (tmp_path / "l.c").write_text(LIBRARY)
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def rules(findings: list[Finding]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for finding in findings:
        found.setdefault(finding.path or "", set()).add(finding.rule)
    return found


def test_gcc(tmp_path: Path, command: Command, said: Said) -> None:
    folder = out(tmp_path)
    command("gcc", "-g", "a.c", "-o", "out/debug")
    command("gcc", "-g", "-gz", "a.c", "-o", "out/compressed")
    command("gcc", "-g", "-gsplit-dwarf", "-c", "a.c", "-o", "out/split.o")
    command("gcc", "a.c", "-o", "out/symbols")
    command("gcc", "-s", "a.c", "-o", "out/stripped")
    command("objcopy", "--only-keep-debug", "out/debug", "out/debug.debug")
    command(
        "objcopy", "--strip-all", "--add-gnu-debuglink=out/debug.debug", "out/debug", "out/linked"
    )
    findings = said(folder, {})
    dwarf = {"debug/dwarf"}
    assert rules(findings) == {
        "package/compressed": dwarf,
        "package/split.o": dwarf,
        "package/debug.debug": dwarf,
        "package/symbols": {"debug/symbol-table"},
        "package/linked": {"debug/debug-link"},
    }
    found = {finding.path: (finding.message, finding.places) for finding in findings}
    message, places = found["package/compressed"]  # and package/debug
    assert message.startswith("ELF program with debug information (DWARF, ")
    assert "stripping would save" in message
    assert places == 2
    message, places = found["package/debug.debug"]  # and package/split.dwo
    assert message.startswith("a separate file of debug information")
    assert places == 2
    fixes = {finding.path: finding.fix or "" for finding in findings}
    assert "out of the release" in fixes["package/debug.debug"]
    assert "strip --strip-debug" in fixes["package/compressed"]


def test_what_compilers_keep_beside_dwarf(tmp_path: Path, command: Command, said: Said) -> None:
    folder = out(tmp_path)
    command("gcc", "-gctf", "-shared", "-fPIC", "l.c", "-o", "out/types.so")
    command("clang", "-emit-llvm", "-g", "-c", "l.c", "-o", "out/l.bc")
    command("clang", "-emit-llvm", "-c", "l.c", "-o", "out/plain.bc")
    findings = said(folder)
    assert rules(findings) == {"types.so": {"debug/dwarf"}, "l.bc": {"debug/bitcode"}}
    (types,) = (finding for finding in findings if finding.path == "types.so")
    assert types.severity is Severity.NOTE
    assert types.message.startswith("ELF shared library with the types of its source (CTF, ")


def test_static_libraries(tmp_path: Path, command: Command, said: Said) -> None:
    folder = out(tmp_path)
    for name, flag in (("debug", "-g"), ("plain", "-O2")):
        command("gcc", flag, "-c", "a.c", "-o", f"{name}.o")
        command("gcc", flag, "-c", "l.c", "-o", f"{name}2.o")
        command("ar", "rcs", f"out/lib{name}.a", f"{name}.o", f"{name}2.o")
    findings = said(folder)
    assert rules(findings) == {"libdebug.a": {"debug/dwarf"}}
    assert "in 2 of its 2 members" in findings[0].message


def test_wasm(tmp_path: Path, command: Command, said: Said) -> None:
    folder = out(tmp_path)
    command("clang", *WASM, "-g", "l.c", "-o", "out/debug.wasm")
    command("clang", *WASM, "l.c", "-o", "out/names.wasm")
    command("clang", *WASM, "-Wl,--strip-all", "l.c", "-o", "out/stripped.wasm")
    findings = said(folder)
    found = rules(findings)
    assert found["debug.wasm"] == {"debug/dwarf"}
    assert "stripped.wasm" not in found
    names = [finding for finding in findings if finding.rule == "debug/wasm-names"]
    assert [(finding.path, finding.places) for finding in names] == [("names.wasm", 1)]


def test_other_systems(tmp_path: Path, command: Command, said: Said) -> None:
    folder = out(tmp_path)
    for name, target, flags in (
        ("macos.o", "x86_64-apple-macos", ("-g",)),
        ("mingw.o", "x86_64-pc-windows-gnu", ("-g",)),
        ("msvc.obj", "x86_64-pc-windows-msvc", ("-g", "-gcodeview")),
    ):
        command("clang", f"--target={target}", *flags, "-c", "l.c", "-o", f"out/{name}")
        command("clang", f"--target={target}", "-c", "l.c", "-o", f"out/plain-{name}")
    messages = {finding.path: finding.message for finding in said(folder)}
    assert messages.keys() == {"macos.o", "mingw.o", "msvc.obj"}
    assert messages["macos.o"].startswith("Mach-O object file with debug information (DWARF")
    assert messages["mingw.o"].startswith("COFF object file with debug information (DWARF")
    assert messages["msvc.obj"].startswith("COFF object file with debug information (CodeView")


def test_linked_for_macos(tmp_path: Path, command: Command, said: Said) -> None:
    folder = out(tmp_path)
    version = ("-platform_version", "macos", "11.0", "11.0")
    for arch in ("x86_64", "arm64"):
        target = f"--target={arch}-apple-macos11"
        command("clang", target, "-g", "-c", "l.c", "-o", f"out/{arch}.o")
        link = ("-arch", arch, *version, "-dylib", f"out/{arch}.o", "-o", f"out/{arch}.dylib")
        command("ld64.lld-14", *link)
    command("dsymutil", "x86_64.dylib", cwd=folder)
    command("llvm-lipo-14", "-create", "x86_64.o", "arm64.o", "-output", "both.o", cwd=folder)
    for arch in ("x86_64", "arm64"):
        (folder / f"{arch}.o").unlink()
    findings = {finding.path: finding for finding in said(folder)}
    inside = "x86_64.dylib.dSYM/Contents/Resources/DWARF/x86_64.dylib"
    assert findings.keys() == {"both.o", inside}
    assert findings[inside].message.startswith("a dSYM file of debug information (DWARF, ")
    assert "out of the release" in (findings[inside].fix or "")
    assert findings["both.o"].message.startswith("Mach-O object file with debug information")


def test_linked_for_windows(tmp_path: Path, command: Command, said: Said) -> None:
    folder = out(tmp_path)
    target = ("--target=x86_64-pc-windows-msvc", "-g", "-gcodeview")
    command("clang", *target, "-c", "l.c", "-o", "l.obj")
    link = ("/dll", "/noentry", "/debug", "/export:add", "l.obj", "/out:out/l.dll")
    command("lld-link", *link, f"/pdb:{folder}/l.pdb")
    found = rules(said(folder))
    assert found["l.dll"] == {"debug/pdb-path"}
    assert found["l.pdb"] >= {"debug/pdb"}


def test_cargo(tmp_path: Path, command: Command, said: Said) -> None:
    command("cargo", "new", "--lib", "--vcs", "none", "demo")
    folder = tmp_path / "demo"
    command("cargo", "build", "--offline", cwd=folder)
    findings = [f for f in said(folder / "target" / "debug") if f.rule == "debug/dwarf"]
    found = {Path(finding.path or "").suffix: finding.places for finding in findings}
    assert found[".rlib"] == 2  # libdemo.rlib, and that of deps/


def test_core_dump(tmp_path: Path, command: Command, said: Said) -> None:
    folder = out(tmp_path)
    command("gcc", "-g", "a.c", "-o", "a")
    steps = ("break helper", "run", f"generate-core-file {folder}/core.17")
    command("gdb", "-q", "-batch", *(part for step in steps for part in ("-ex", step)), "./a")
    findings = [f for f in said(folder) if f.rule == "debug/core-dump"]
    assert [(f.path, f.severity) for f in findings] == [("core.17", Severity.ERROR)]


def test_java(tmp_path: Path, command: Command, said: Said) -> None:
    source = "public class M { int f(int a) { int local = a + 1; return local; } }"
    (tmp_path / "M.java").write_text(source)
    command("javac", "-g", "-d", "out/full", "M.java")
    command("javac", "-g:source,lines", "-d", "out/usual", "M.java")
    assert rules(said(tmp_path / "out")) == {"full/M.class": {"debug/java-locals"}}


def test_python(tmp_path: Path, command: Command, said: Said) -> None:
    folder = out(tmp_path)
    (folder / "mod.py").write_text("def f():\n    return 1\n")
    command("python3", "-m", "compileall", "-q", str(folder / "mod.py"))
    command("python3", "-m", "cProfile", "-o", "out/p.prof", "out/mod.py")
    found = rules(said(folder))
    assert {"debug/bytecode-path"} in found.values()
    assert "debug/python-profile" in found["p.prof"]


def test_python_where_it_lies(tmp_path: Path, command: Command, said: Said) -> None:
    folder = out(tmp_path)
    (folder / "mod.py").write_text("x = 1\n")
    command(
        "python3", "-m", "compileall", "-q", "-s", str(folder), "-p", "/", str(folder / "mod.py")
    )
    assert not rules(said(folder))


def test_git(tmp_path: Path, command: Command, said: Said) -> None:
    folder = out(tmp_path)
    (folder / "a.py").write_text("x = 1\n")
    me = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    command("git", "init", "-q", cwd=folder)
    command(
        "git", "remote", "add", "origin", f"https://ci:{PASSWORD}@git.example.org/a.git", cwd=folder
    )
    command("git", "add", ".", cwd=folder)
    command("git", *me, "commit", "-q", "-m", "first", cwd=folder)
    (finding,) = (f for f in said(folder) if f.rule == "leftover/git-folder")
    assert finding.severity is Severity.ERROR
    assert "3 loose objects" in finding.message
    assert "https://…@git.example.org/a.git" in finding.message
    assert PASSWORD not in finding.message


def test_sqlite(tmp_path: Path, said: Said) -> None:
    import sqlite3

    for name, rows in (("full", 300), ("empty", 0)):
        with sqlite3.connect(tmp_path / f"{name}.db") as database:
            database.execute("CREATE TABLE accounts (id INTEGER PRIMARY KEY, name TEXT)")
            database.execute("CREATE TABLE sessions (id INTEGER PRIMARY KEY)")
            database.executemany("INSERT INTO accounts (name) VALUES (?)", [("a" * 50,)] * rows)
        database.close()
    (finding,) = said(tmp_path)
    assert finding.path == "full.db"
    assert finding.message == "a SQLite database with 300 rows (tables accounts, sessions)"
