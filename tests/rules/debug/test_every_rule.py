"""A hit and a miss for every rule of the groups debug, leftover and words that needs code."""

# ruff: noqa: E501 - a table: one case, one line

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping

import binaries as b
import pytest

from dunnage import Rule, Severity
from dunnage.testing import (
    crate,
    docker_archive,
    layer,
    lint,
    npm_tarball,
    sdist,
    tar_archive,
    wheel,
    zip_archive,
)
from dunnage_rules import debug, leftovers, words

Build = Callable[[Mapping[str, "bytes | str"]], bytes]
Files = Mapping[str, "bytes | str"]

RULES = {rule.id: rule for package in (debug, leftovers, words) for rule in package.rules()}

DWARF = {".text": b"\x90" * 64, ".debug_info": b"d" * 900, ".debug_line": b"l" * 100}
TABLE = {".text": b"\x90" * 64, ".symtab": b"s" * 96, ".strtab": b"\0main\0"}
CORE = b.elf(kind=4)
REPORT = '{"header": {"reportVersion": 3, "dumpEventTime": "x", "nodejsVersion": "v20"}}'
STATE = {"terraform_version": "1.9", "resources": [{"type": "x"}], "outputs": {}}
MAP = b.source_map({"../src/a.ts": "let a = 1"})
PYTHON2 = b"\x03\xf3\r\n" + bytes(4) + b"c" + bytes(24) + b"s\x14\0\0\0/srv/build/acme/a.py"
CACHE = "Signature: 8a477f597d28d172789f06886806bc55\n# made by a test\n"
PPROF = b"\x0a\x04\x08\x01\x10\x02" + bytes(30) + b"samples\x32\x05count\x32\x0bnanoseconds"
# A section whose name is too far into the table of strings for seven decimal digits.
FAR = b.pe({".debug_info": b"d" * 90}).replace(b"/4\0\0\0\0\0\0", b"//AAAAAE")
FOUND, CLEAN = True, False


COUNTED = """function cov_1() { var path = "/srv/acme/src/a.js"; var gcv = "__coverage__";
  var coverageData = { path: "/srv/acme/src/a.js", statementMap: { "0": { start: { line: 2, column: 0 } } } };
}"""
JSX_DEV = """import { jsxDEV } from "react/jsx-dev-runtime";
const App = () => jsxDEV("b", {}, void 0, false, { fileName: "src/app.jsx", lineNumber: 2 });
"""


def closed_wheel(files: Files) -> bytes:
    return wheel(files, metadata="License: Proprietary\n")


def image(files: Files) -> bytes:
    return tar_archive(docker_archive([layer(files)]))


# rule, whether it finds something, how to pack, files
CASES: list[tuple[str, bool, Build, Files]] = [
    ("debug/dwarf", FOUND, wheel, {"x/a.so": b.elf(DWARF)}),
    ("debug/dwarf", FOUND, wheel, {"x/a.so": b.elf(DWARF, wide=False, order=">")}),
    ("debug/dwarf", FOUND, wheel, {"x/a.so": b.elf(DWARF, names_last=True)}),
    ("debug/dwarf", FOUND, wheel, {"x/a.so": b.elf({".zdebug_info": b"ZLIB" * 30})}),
    ("debug/dwarf", FOUND, crate, {"a.rlib": b.ar({"lib.rmeta": b"x", "a.o": b.elf(DWARF, kind=1)})}),
    ("debug/dwarf", FOUND, npm_tarball, {"a.exe": b.pe({".text": b"x", ".debug_info": b"d" * 90})}),
    ("debug/dwarf", FOUND, npm_tarball, {"go.exe": b.pe({".zdebug_info": b"d" * 90})}),
    ("debug/dwarf", FOUND, npm_tarball, {"large.exe": FAR}),
    ("debug/dwarf", FOUND, npm_tarball, {"a.dylib": b.macho(dwarf=5000, symbols=3)}),
    ("debug/dwarf", FOUND, npm_tarball, {"a.dylib": b.fat(b.macho(), b.macho(dwarf=70))}),
    ("debug/dwarf", FOUND, npm_tarball, {"a.wasm": b.wasm({".debug_info": b"d" * 50})}),
    ("debug/dwarf", CLEAN, wheel, {"x/a.so": b.elf(TABLE)}),
    ("debug/dwarf", CLEAN, wheel, {"x/a.so": b.elf({".debug_gdb_scripts": b"debug_info"})}),
    ("debug/dwarf", CLEAN, wheel, {"x/a.so": b.elf({".rodata": b".debug_info\0"})}),
    ("debug/dwarf", CLEAN, wheel, {"x/dwarf.py": 'SECTION = ".debug_info"'}),
    ("debug/dwarf", CLEAN, wheel, {"x/a.so": b.elf(DWARF)[:-60]}),
    ("debug/dwarf", FOUND, wheel, {"x/a.so": b.elf({".text": b"x", ".ctf": b"c" * 40})}),
    ("debug/dwarf", CLEAN, wheel, {"x/bpf.o": b.elf({".text": b"x", ".BTF": b"c" * 40}, kind=1)}),
    ("debug/bitcode", FOUND, crate, {"a.bc": b"BC\xc0\xde" + bytes(40) + b"Dwarf VersionDebug Info Version"}),
    ("debug/bitcode", CLEAN, crate, {"a.bc": b"BC\xc0\xde" + bytes(40), "a.txt": "Debug Info Version"}),
    ("debug/bundle-report", FOUND, npm_tarball, {"dist/stats.json": '{"hash":"1","assetsByChunkName":{"main":["main.js"]}}'}),
    ("debug/bundle-report", FOUND, npm_tarball, {"dist/meta.json": '{\n  "inputs": {\n    "src/a.js": {"bytes": 9}}}'}),
    ("debug/bundle-report", FOUND, npm_tarball, {"dist/report.html": "<script>window.chartData = [];</script>"}),
    ("debug/bundle-report", CLEAN, npm_tarball, {"meta.json": '{"title": "Docs"}', "report.html": "<p>x</p>"}),
    ("debug/extension-source", FOUND, closed_wheel, {"x/a.cpython-311-x86_64-linux-gnu.so": "x", "x/a.pyx": "x"}),
    ("debug/extension-source", FOUND, wheel, {"x/a.abi3.so": "x", "x/a.html": "x"}),
    ("debug/extension-source", CLEAN, wheel, {"x/a.abi3.so": "x", "x/a.pyx": "x", "x/a.c": "x"}),
    ("debug/extension-source", CLEAN, closed_wheel, {"x/a.so": "x", "x/b.pyx": "x", "x/_a.c": "x"}),
    ("debug/instrumented-code", FOUND, npm_tarball, {"a.js": COUNTED}),
    ("debug/instrumented-code", FOUND, npm_tarball, {"a.js": COUNTED.replace(" ", "").replace('"0"', "0")}),
    ("debug/instrumented-code", CLEAN, npm_tarball, {"a.js": COUNTED.replace("__coverage__", "x"), "a.json": COUNTED}),
    ("debug/instrumented-code", CLEAN, npm_tarball, {"a.js": 'x["__coverage__"]; t.objectProperty("statementMap")'}),
    ("debug/development-build", FOUND, npm_tarball, {"a.js": JSX_DEV}),
    ("debug/development-build", FOUND, npm_tarball, {"a.js": 'var _jsxFileName = "/srv/acme/src/app.jsx";\n'}),
    ("debug/development-build", FOUND, npm_tarball, {"a.js": 'import.meta.hot = __vite__createHotContext("/src/App.vue");\n'}),
    ("debug/development-build", FOUND, npm_tarball, {"a.js": '"./node_modules/webpack-dev-server/client/index.js?protocol=ws": x'}),
    ("debug/development-build", FOUND, npm_tarball, {"a.js": '_export_sfc(_sfc_main, [["render", r], ["__file", "/srv/acme/src/App.vue"]])'}),
    ("debug/development-build", FOUND, npm_tarball, {"a.js": 'App[$.FILENAME] = "src/App.svelte";\n'}),
    ("debug/development-build", CLEAN, npm_tarball, {"a.js": '_export_sfc(_sfc_main, [["render", r]]); x.__file = name'}),
    ("debug/development-build", CLEAN, npm_tarball, {"a.js": "// add `App[$.FILENAME] = 'hello.svelte'` for HMR\n"}),
    ("debug/development-build", FOUND, npm_tarball, {"main.jsbundle": "var __BUNDLE_START_TIME__=Date.now(),__DEV__=true,process=globalThis.process"}),
    ("debug/development-build", CLEAN, npm_tarball, {"a.js": "var __BUNDLE_START_TIME__=Date.now(),__DEV__=false,process=globalThis.process"}),
    ("debug/development-build", CLEAN, npm_tarball, {"a.js": 'import * as jsx from "react/jsx-dev-runtime";\n'}),
    ("debug/development-build", CLEAN, npm_tarball, {"a.js": 'return e + (dev ? "jsx-dev-runtime" : "jsx-runtime"); x = {fileName: "a.js"}'}),
    ("debug/development-build", CLEAN, npm_tarball, {"a.js": "`__vite__createHotContext(${JSON.stringify(url)})`"}),
    ("debug/breakpoint", FOUND, npm_tarball, {"a.js": "function f() {\n  debugger;\n  return 1;\n}\n"}),
    ("debug/breakpoint", FOUND, wheel, {"x/a.py": "def f():\n    import pdb; pdb.set_trace()\n"}),
    ("debug/breakpoint", FOUND, wheel, {"x/a.py": "def f():\n    breakpoint()  # look\n"}),
    ("debug/breakpoint", CLEAN, wheel, {"x/a.py": 'def f(a):\n    if a == "breakpoint":\n        breakpoint()\n', "x/b.py": "def _debug(a):\n    import pdb\n\n    pdb.set_trace()\n"}),
    ("debug/breakpoint", FOUND, wheel, {"x/a.py": "def debug(a):\n    pass\n\ndef g():\n    breakpoint()\n"}),
    ("debug/breakpoint", CLEAN, npm_tarball, {"a.js": "  // eslint-disable-next-line no-debugger\n  debugger;\n", "b.py": "debugger;\n", "c.js": "words = `\n  debugger\n`"}),
    ("debug/breakpoint", CLEAN, npm_tarball, {"a.js": "function fail() {\n  debugger;\n  throw new Error(1);\n}\n"}),
    ("debug/breakpoint", CLEAN, wheel, {"x/a.py": "    breakpoint()  # noqa: T100\n", "x/b.py": "# use breakpoint()\n", "tests/c.py": "breakpoint()\n"}),
    ("debug/breakpoint", CLEAN, wheel, {"x/a.py": "    # this call is intentional\n    breakpoint()\n"}),
    ("debug/breakpoint", CLEAN, wheel, {"x/a.py": "pdb.set_trace()._x\nself.breakpoint()\n>>> breakpoint()\n"}),
    ("debug/symbol-table", FOUND, wheel, {"x/a.so": b.elf(TABLE)}),
    ("debug/symbol-table", CLEAN, wheel, {"x/a.so": b.elf({".text": b"x"})}),
    ("debug/symbol-table", CLEAN, wheel, {"x/a.o": b.elf(TABLE, kind=1)}),
    ("debug/symbol-table", CLEAN, tar_archive, {"usr/lib/a.so": b.elf(TABLE)}),
    ("debug/debug-link", FOUND, wheel, {"x/a.so": b.elf({".gnu_debuglink": b"a.debug\0"})}),
    ("debug/debug-link", CLEAN, wheel, {"x/a.py": b".gnu_debuglink\0"}),
    ("debug/debug-link", CLEAN, wheel, {"x/a.so": b.elf({".rodata": b".gnu_debuglink\0.opd\0" + bytes(600)})}),
    ("debug/wasm-names", FOUND, npm_tarball, {"a.wasm": b.wasm({"name": b"n" * 40})}),
    ("debug/wasm-names", CLEAN, npm_tarball, {"a.wasm": b.wasm({"producers": b"n" * 40})}),
    ("debug/wasm-names", CLEAN, npm_tarball, {"a.wasm": b.wasm({".debug_info": b"d", "name": b"n" * 40})}),
    ("debug/external-wasm", FOUND, npm_tarball, {"a.wasm": b.wasm({"external_debug_info": b"\6a.dwrf"})}),
    ("debug/external-wasm", CLEAN, npm_tarball, {"a.wasm": b.wasm({"name": b"external_debug_info"})}),
    ("debug/java-locals", FOUND, tar_archive, {"A.class": b.java("Code", "LocalVariableTable")}),
    ("debug/java-locals", CLEAN, tar_archive, {"A.class": b.java("Code", "LineNumberTable")}),
    ("debug/java-locals", CLEAN, tar_archive, {"a": b.fat(b.macho()) + b"LocalVariableTable"}),
    ("debug/core-dump", FOUND, npm_tarball, {"lib/core.1234": CORE}),
    ("debug/core-dump", FOUND, npm_tarball, {"crash.dmp": b"MDMP\x93\xa7\0\0"}),
    ("debug/core-dump", CLEAN, npm_tarball, {"core/index.js": "x", "core": b.elf(TABLE)}),
    ("debug/heap-dump", FOUND, npm_tarball, {"a.hprof": b"JAVA PROFILE 1.0.2\0"}),
    ("debug/heap-dump", CLEAN, npm_tarball, {"a.hprof.md": "about JAVA PROFILE 1.0.2"}),
    ("debug/diagnostic-report", FOUND, npm_tarball, {"report.2026.json": REPORT}),
    ("debug/diagnostic-report", CLEAN, npm_tarball, {"report.json": '{"reportVersion": 1}'}),
    ("debug/jvm-crash-log", FOUND, tar_archive, {
        "hs_err_pid1.log": "#\n# A fatal error has been detected by the Java Runtime Environment:\n"}),
    ("debug/jvm-crash-log", CLEAN, tar_archive, {"hs_err_pid1.log": "nothing\n"}),
    ("debug/profile-data", FOUND, crate, {"perf.data": b"PERFILE2" + bytes(90)}),
    ("debug/profile-data", FOUND, tar_archive, {"a.jfr": b"FLR\0\0\2\0\1"}),
    ("debug/profile-data", CLEAN, crate, {"perf.data": b"performance of data\n"}),
    ("debug/profile-data", FOUND, crate, {"a": b'{"dhatFileVersion":2\n', "b": "desc: I1 cache: 1\n"}),
    ("debug/profile-data", FOUND, sdist, {"a.bin": b"memray\0" + bytes(30)}),
    ("debug/profile-data", FOUND, sdist, {"out.1": "version: 1\ncreator: callgrind-3.19.0\n", "out.2": "desc: (none)\ncmd: ./a\n"}),
    ("debug/pprof", FOUND, crate, {"cpu.prof": gzip.compress(PPROF)}),
    ("debug/pprof", FOUND, crate, {"cpu.pprof": PPROF}),
    ("debug/pprof", CLEAN, crate, {"default.pgo": PPROF, "x": PPROF[:6] + bytes(40)}),
    ("debug/crash-report", FOUND, tar_archive, {"erl_crash.dump": "=erl_crash_dump:0.5\nSun\n"}),
    ("debug/crash-report", FOUND, tar_archive, {"a.ips": '{"app_name":"a","bug_type":"309"}\n{}'}),
    ("debug/crash-report", FOUND, tar_archive, {
        "a.crash": "Process:               a [7]\nPath:   /Users/a/a\nIdentifier:  a\n"}),
    ("debug/crash-report", FOUND, tar_archive, {"javacore.1.txt": "0SECTION       TITLE subcomponent\n"}),
    ("debug/crash-report", CLEAN, tar_archive, {"a.json": '{"app_name":"a"}', "b": "Process:         wait\n"}),
    ("debug/cpu-profile", FOUND, npm_tarball, {"a.cpuprofile": '{"nodes":[{"id":1}]}'}),
    ("debug/cpu-profile", CLEAN, npm_tarball, {"a.cpuprofile": "what a profile is"}),
    ("debug/python-profile", FOUND, sdist, {"a.prof": b"\xfb\xa9\x03\xda\4a.py"}),
    ("debug/python-profile", CLEAN, sdist, {"a.prof": b"{\n  'x': 1\n}"}),
    ("debug/speedscope", FOUND, npm_tarball, {"trace.json": '{"traceEvents": []}'}),
    ("debug/speedscope", CLEAN, wheel, {"x/flame.html": "{% extends 'base.html' %}\n<html><title>Flame graph</title></html>"}),
    ("debug/speedscope", CLEAN, npm_tarball, {"trace.json": '{"level": "debug"}'}),
    ("debug/speedscope", FOUND, crate, {"flamegraph.svg": "<svg><!-- Flame graph stack visualization. --></svg>"}),
    ("debug/speedscope", FOUND, crate, {"strace.out": '4711 execve("./a", ["./a"], 0x7ffc /* 20 vars */) = 0\n'}),
    ("debug/speedscope", CLEAN, crate, {"flame.svg": "<svg><path/></svg>", "strace.out": "x"}),
    ("debug/pdb", FOUND, npm_tarball, {"a.exe.mdb": b"\x14\xa6\x7f\xfd\x23\x26\xe8\x45\x32" + bytes(9)}),
    ("debug/pdb", FOUND, npm_tarball, {"a.bin": b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0" + bytes(9)}),
    ("debug/pdb", CLEAN, npm_tarball, {"a.pdb": "HEADER    a protein of the Protein Data Bank\n"}),
    ("debug/pdb-path", FOUND, npm_tarball, {"a.exe": b.pe(pdb=r"C:\Users\alice\secret\a.pdb")}),
    ("debug/pdb-path", CLEAN, npm_tarball, {"a.exe": b.pe(pdb="a.pdb")}),
    ("debug/embedded-pdb", FOUND, npm_tarball, {"a.dll": b.pe({".text": b"x"}) + b"MPDB\0\1\0\0\xed"}),
    ("debug/embedded-pdb", CLEAN, npm_tarball, {"a.txt": "MPDB\0\1\0\0\x05"}),
    ("debug/bytecode-path", FOUND, wheel, {"x/a.pyc": b.pyc("/srv/build/acme/x/a.py")}),
    ("debug/bytecode-path", FOUND, sdist, {"a.pyc": PYTHON2}),
    ("debug/bytecode-path", CLEAN, wheel, {"x/a.pyc": b.pyc("x/a.py")}),
    ("debug/bytecode-path", CLEAN, wheel, {"x/a.pyc": b.pyc("/./x/a.py")}),
    ("debug/bytecode-path", CLEAN, tar_archive, {
        "opt/acme/__pycache__/a.cpython-311.pyc": b.pyc("/opt/acme/a.py")}),
    ("debug/build-path", FOUND, wheel, {"x/a.so": b"\0\0/home/alice/acme/a.c\0"}),
    ("debug/build-path", FOUND, npm_tarball, {"a.js": 'f("C:\\\\Users\\\\Alice\\\\work\\\\acme\\\\a.js")'}),
    ("debug/build-path", FOUND, npm_tarball, {"a.json": '"/Users/alice/work/acme/src/a.ts"'}),
    ("debug/build-path", FOUND, npm_tarball, {"a.js": '"/home/runner/' + 'work/acme/acme/a.ts"'}),
    ("debug/build-path", FOUND, npm_tarball, {"a.js": '"/github/' + 'workspace/src/a.ts"'}),
    ("debug/build-path", FOUND, wheel, {"a.so": b"\0/var/lib/buildkite" + b"-agent/builds/x/acme/a.c\0"}),
    ("debug/build-path", FOUND, wheel, {"demo-1.0.0.dist-info/direct_url.json": '{"url": "file:///home/alice/acme"}'}),
    ("debug/build-path", FOUND, sdist, {"demo.egg-info/SOURCES.txt": "setup.py\n/home/alice/acme/a.py\n"}),
    ("debug/build-path", CLEAN, sdist, {"demo.egg-info/SOURCES.txt": "tests/home/alice/acme/a/b.py\n"}),
    ("debug/build-path", CLEAN, npm_tarball, {"a.js": '"/home/user/work/acme/src/a.ts"'}),
    ("debug/build-path", CLEAN, npm_tarball, {"a.js": '"/home/alice/x"', "b.js": "a.edu/home/alice/b/c/d"}),
    ("debug/build-path", CLEAN, tar_archive, {"home/alice/": b"", "etc/a.conf": "/home/alice/b/c/d/e"}),
    ("debug/source-map", FOUND, npm_tarball, {"a.js.map": MAP}),
    ("debug/source-map", FOUND, npm_tarball, {"level1.dat": MAP}),
    ("debug/source-map", FOUND, npm_tarball, {"a.map": json.dumps(
        {"version": 3, "sections": [{"offset": {"line": 0, "column": 0}, "map": json.loads(MAP)}]})}),
    ("debug/source-map", CLEAN, npm_tarball, {"level1.map": '{"mappings": {"w": "up"}, "version": 1}'}),
    ("debug/inline-source-map", FOUND, npm_tarball, {"a.js": b.inline(MAP)}),
    ("debug/inline-source-map", CLEAN, npm_tarball, {"a.js": b.inline('{"version": 3}')}),
    ("debug/inline-source-map", CLEAN, npm_tarball, {
        "a.js": b.inline('{"version": 3, "sources": [], "names": [], "mappings": ""}')}),
    ("debug/inline-source-map", CLEAN, npm_tarball, {
        "report.html": "<script>\nwindow.chartData = [];\nx = {version:3,sources:['a.css'],mappings:'AA',"
        "sourcesContent:['.button { color: red; margin: 0 }']}\n</script>"}),
    ("debug/program-source-map", FOUND, npm_tarball, {"a": b.elf({".text": b"x"}) + b.bun({"src/a.ts": "let a = 1"})}),
    ("debug/program-source-map", CLEAN, npm_tarball, {"a": b.elf({".text": b"x"}) + b.bun({})}),
    ("debug/source-map-reference", FOUND, npm_tarball, {"a.js": "//# sourceMappingURL=a.js.map"}),
    ("debug/source-map-reference", CLEAN, npm_tarball, {
        "a.js": "//# sourceMappingURL=a.js.map", "a.js.map": MAP}),
    ("debug/source-map-reference", CLEAN, npm_tarball, {
        "a.d.ts": "/**\n   * Adds a comment:\n   * // /*# sourceMappingURL=out.css.map * /\n   */\n"}),
    ("debug/eval-bundle", FOUND, npm_tarball, {
        "a.js": r'eval("var a;\n\n//# source' + r'URL=webpack://acme/./src/a.js?\n}");'}),
    ("debug/eval-bundle", CLEAN, npm_tarball, {"a.js": 'x = "//# sourceURL=webpack://" + name'}),
    ("debug/tsbuildinfo", FOUND, npm_tarball, {"a.tsbuildinfo": '{"program": {"fileNames": ["a.ts"]}}'}),
    ("debug/tsbuildinfo", FOUND, npm_tarball, {"a.tsbuildinfo": '{"root": ["../a.ts"], "version": "5.9.2"}'}),
    ("debug/tsbuildinfo", CLEAN, npm_tarball, {"a.tsbuildinfo": "no JSON"}),
    ("debug/tsbuildinfo", FOUND, npm_tarball, {"a.tsbuildinfo": '{"program": "' + "x" * (5 << 20)}),
    ("debug/tsbuildinfo", CLEAN, npm_tarball, {".next/cache/.tsbuildinfo": '{"root": ["../a.ts"], "version": "5.9.2"}'}),
    ("debug/typescript-source", FOUND, npm_tarball, {"lib/a.ts": "x", "lib/a.js": "x"}),
    ("debug/typescript-source", CLEAN, npm_tarball, {"src/a.ts": "x", "lib/a.js": "x", "lib/a.d.ts": "x"}),
    ("leftover/git-folder", FOUND, tar_archive, {"app/.git/HEAD": "ref: refs/heads/main\n"}),
    ("leftover/git-folder", CLEAN, tar_archive, {"app/.gitignore": "x", "app/git/HEAD": "x"}),
    ("leftover/git-link", FOUND, sdist, {".git": "gitdir: /home/alice/a/.git/worktrees/b\n"}),
    ("leftover/git-link", CLEAN, sdist, {".git": "something else\n"}),
    ("leftover/backup-file", FOUND, sdist, {"a.py~": "x"}),
    ("leftover/backup-file", CLEAN, sdist, {"a.py": "x", "bak.py": "x", "b~": ""}),
    ("leftover/ci-config", FOUND, npm_tarball, {".github/workflows/ci.yml": "x"}),
    ("leftover/ci-config", FOUND, npm_tarball, {"lib/.travis.yml": "x"}),
    ("leftover/ci-config", FOUND, wheel, {".gitlab-ci.yml": "x"}),
    ("leftover/ci-config", FOUND, image, {"app/.circleci/config.yml": "x"}),
    ("leftover/ci-config", CLEAN, npm_tarball, {".github/FUNDING.yml": "x", "node_modules/a/.travis.yml": "x"}),
    ("leftover/ci-config", CLEAN, sdist, {".github/workflows/ci.yml": "x"}),
    ("leftover/ci-config", CLEAN, crate, {".github/workflows/ci.yml": "x"}),
    ("leftover/ci-config", CLEAN, image, {"usr/lib/x/.travis.yml": "x"}),
    ("leftover/editor-file", FOUND, npm_tarball, {".idea/workspace.xml": "x"}),
    ("leftover/editor-file", FOUND, crate, {".vscode/settings.json": "x"}),
    ("leftover/editor-file", FOUND, image, {"srv/.vscode/settings.json": "x"}),
    ("leftover/editor-file", CLEAN, npm_tarball, {".editorconfig": "x", "vscode/index.js": "x"}),
    ("leftover/editor-file", CLEAN, image, {"srv/vendor/a/.idea/x.xml": "x"}),
    ("leftover/editor-file", CLEAN, npm_tarball, {".idea/dataSources.xml": "x", ".vscode/mcp.json": "{}"}),
    ("leftover/local-history", FOUND, npm_tarball, {".history/lib/a_20261122101500.js": "x"}),
    ("leftover/local-history", CLEAN, npm_tarball, {".history/index.js": "x"}),
    ("leftover/patch-remnant", FOUND, npm_tarball, {"lib/index.js.orig": "x"}),
    ("leftover/patch-remnant", FOUND, image, {"app/a.rej": "x"}),
    ("leftover/patch-remnant", CLEAN, crate, {"Cargo.toml.orig": "x", "src/original.rs": "x"}),
    ("leftover/patch-remnant", CLEAN, image, {"etc/a.conf.orig": "x"}),
    ("leftover/backup-file", FOUND, image, {"app/a.conf.bak": "x", "app/#a#": "x"}),
    ("leftover/backup-file", CLEAN, image, {"var/backups/passwd.bak": "x"}),
    ("leftover/log-file", FOUND, image, {"app/a.log": "2026-01-02 10:00:00 started\n" * 4}),
    ("leftover/log-file", CLEAN, image, {"var/log/dpkg.log": "2026-01-02 10:00:00 started\n" * 4}),
    ("leftover/cache-folder", FOUND, crate, {"target/CACHEDIR.TAG": CACHE}),
    ("leftover/cache-folder", CLEAN, crate, {
        "a/CACHEDIR.TAG": "x", ".venv/CACHEDIR.TAG": CACHE, ".venv/pyvenv.cfg": "x",
        ".mypy_cache/CACHEDIR.TAG": CACHE}),
    ("leftover/swap-file", FOUND, npm_tarball, {".a.js.swp": b"b0VIM 9.0\0" + bytes(200)}),
    ("leftover/swap-file", CLEAN, npm_tarball, {"a.swp": "b0VIMs are fun"}),
    ("leftover/finder-attributes", FOUND, npm_tarball, {"._a.js": b"\0\5\x16\7\0\2\0\0" + bytes(20)}),
    ("leftover/finder-attributes", CLEAN, npm_tarball, {"._a.js": "x"}),
    ("leftover/log-file", FOUND, npm_tarball, {"a.log": "2026-01-02 10:00:00 started\n" * 4}),
    ("leftover/log-file", CLEAN, npm_tarball, {"a.log": "", "logs/index.js": "[INFO] x\n" * 9}),
    ("leftover/log-file", FOUND, crate, {"asan.4711": "=====\n==4711==ERROR: AddressSanitizer: x\n"}),
    ("leftover/log-file", FOUND, crate, {"valgrind-out.txt": "==4711== Memcheck, a memory error detector\n" * 4}),
    ("leftover/log-file", FOUND, crate, {"a.log": 'Full thread dump OpenJDK 64-Bit Server VM:\n"main" #1\n'}),
    ("leftover/log-file", CLEAN, crate, {"asan.txt": "how to build with a sanitizer\n"}),
    ("leftover/sqlite-rows", FOUND, sdist, {"db.sqlite3": b.sqlite(["users"], 12)}),
    ("leftover/sqlite-rows", CLEAN, sdist, {"db.sqlite3": b.sqlite(["users"], 0)}),
    ("leftover/database-dump", FOUND, sdist, {"a.dump": b"PGDMP\1\16" + bytes(40) + b"TABLE DATA"}),
    ("leftover/database-dump", FOUND, sdist, {"a.sql": "-- MySQL dump 10\n\nINSERT INTO `a` VALUES (1);\n"}),
    ("leftover/database-dump", FOUND, sdist, {"a.rdb": b"REDIS0011" + bytes(20)}),
    ("leftover/database-dump", FOUND, sdist, {"a.aof": b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"}),
    ("leftover/database-dump", FOUND, sdist, {"a.archive": b"\x6d\xe2\x99\x81" + bytes(9)}),
    ("leftover/database-dump", FOUND, sdist, {"a.bak": b"TAPE\0\0\3\0" + bytes(9)}),
    ("leftover/database-dump", CLEAN, sdist, {"a.dump": b"PGDMP\1\16" + bytes(40) + b"TABLE"}),
    ("leftover/database-dump", CLEAN, sdist, {"a.sql": "-- MySQL dump 10\n\nCREATE TABLE a (b int);\n"}),
    ("leftover/database-dump", CLEAN, sdist, {"a.dump": "-- a schema\n"}),
    ("leftover/sql-rows", FOUND, sdist, {
        "a.sql": "--\n-- PostgreSQL database dump\n--\nCOPY public.users (id) FROM stdin;\n1\n\\.\n"}),
    ("leftover/sql-rows", CLEAN, sdist, {"a.sql": "-- PostgreSQL database dump\nCREATE TABLE a (b int);\n"}),
    ("leftover/sql-rows", FOUND, sdist, {
        "a.sql": "--\n-- PostgreSQL database cluster dump\n--\nALTER ROLE a WITH LOGIN PASSWORD 'md5'\n"}),
    ("leftover/bson-dump", FOUND, sdist, {"a.bson": b.bson(3)}),
    ("leftover/bson-dump", CLEAN, sdist, {"a.bson": "", "b.bson": "about BSON\n", "c.js": b.bson(1)}),
    ("leftover/sqlite-journal", FOUND, sdist, {"a.db-wal": bytes.fromhex("377f0682") + bytes(90)}),
    ("leftover/sqlite-journal", FOUND, sdist, {"a": bytes.fromhex("d9d505f920a163d7") + bytes(600)}),
    ("leftover/sqlite-journal", CLEAN, sdist, {"a.db-wal": bytes.fromhex("377f0682") + bytes(28)}),
    ("leftover/key-value-store", FOUND, sdist, {
        "db/CURRENT": "MANIFEST-000004\n", "db/MANIFEST-000004": "x", "db/000005.ldb": "x"}),
    ("leftover/key-value-store", CLEAN, sdist, {
        "db/CURRENT": "MANIFEST-000004\n", "db/MANIFEST-000004": "x", "db/000005.ldb": "", "CURRENT": "x"}),
    ("leftover/database-file", FOUND, sdist, {"a.duckdb": bytes(8) + b"DUCK" + bytes(90)}),
    ("leftover/database-file", FOUND, sdist, {"data.mdb": bytes(16) + bytes.fromhex("dec0efbe01000000")}),
    ("leftover/database-file", FOUND, sdist, {"a.mv.db": "H:2,block:4,blockSize:1000"}),
    ("leftover/database-file", CLEAN, sdist, {"a.mdb": "a text", "DUCK": "about DUCK"}),
    ("leftover/notebook-output", FOUND, sdist, {
        "a.ipynb": json.dumps({"cells": [{"outputs": [{"output_type": "stream", "text": "x"}]}]})}),
    ("leftover/notebook-output", CLEAN, sdist, {"a.ipynb": json.dumps({"cells": [{"outputs": []}]})}),
    ("leftover/terraform-state", FOUND, sdist, {"terraform.tfstate": json.dumps(STATE)}),
    ("leftover/terraform-state", CLEAN, sdist, {"a.tfstate": json.dumps({**STATE, "resources": []})}),
    ("leftover/terraform-state", FOUND, sdist, {"tfplan": zip_archive({"tfplan": "x", "tfstate": json.dumps(STATE)})}),
    ("leftover/terraform-state", FOUND, sdist, {"plan.json": json.dumps({"planned_values": {}, "terraform_version": "1.9", "resource_changes": [1]})}),
    ("leftover/terraform-state", CLEAN, sdist, {"plan.json": json.dumps({"resources": [1]})}),
    ("leftover/environment-file", FOUND, npm_tarball, {".env": "HOST=db.acme.io\nPORT=5432\n"}),
    ("leftover/environment-file", FOUND, npm_tarball, {"terraform.tfvars": 'region = "eu-west-1"\n'}),
    ("leftover/environment-file", CLEAN, npm_tarball, {".env": "# HOST=\nPORT=\n", ".env.example": "HOST=db\n"}),
    ("leftover/environment-file", CLEAN, npm_tarball, {".env": "HOST=db.acme.io\nAPI_KEY=what-others-judge\n"}),
    ("leftover/environment-file", CLEAN, sdist, {"tests/.env": "HOST=db.acme.io\n"}),
    ("leftover/har-file", FOUND, npm_tarball, {"a.har": '{"log": {"version": "1.2", "entries": []}}'}),
    ("leftover/har-file", CLEAN, npm_tarball, {"a.har": "HAR archive", "har.json": '{"log": 1}'}),
    ("leftover/network-capture", FOUND, sdist, {"a.dump": b"\xd4\xc3\xb2\xa1\2\0\4\0" + bytes(40)}),
    ("leftover/network-capture", FOUND, sdist, {"a.dump": b"\n\r\r\n\x1c\0\0\0\x4d\x3c\x2b\x1a" + bytes(40)}),
    ("leftover/network-capture", CLEAN, sdist, {"a.txt": "\n\r\r\nlines, oddly ended", "a.pcap": "x"}),
    ("leftover/terminal-recording", FOUND, sdist, {"typescript": "Script started on 2026-01-02 10:00:00\n$ ls\n"}),
    ("leftover/terminal-recording", CLEAN, sdist, {"typescript": "Script started\n"}),
    ("leftover/shell-history", FOUND, tar_archive, {"root/.bash_history": "mysql -p\n"}),
    ("leftover/shell-history", CLEAN, tar_archive, {"root/.bash_history": ""}),
    ("leftover/tool-history", FOUND, tar_archive, {"root/.lesshst": "x"}),
    ("leftover/tool-history", CLEAN, tar_archive, {"root/.lesshst": "", "root/.bashrc": "x"}),
    ("leftover/password-database", FOUND, npm_tarball, {"a.kdbx": b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5"}),
    ("leftover/password-database", FOUND, npm_tarball, {"login.keychain": b.keychain({0x80000000: 3, 0x80001000: 1})}),
    ("leftover/password-database", FOUND, npm_tarball, {"login.keychain": b.keychain({0x10: 1})[:40]}),
    ("leftover/password-database", FOUND, npm_tarball, {"blank_database.kdbx": b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5"}),
    ("leftover/password-database", CLEAN, npm_tarball, {"a.kdbx": "x"}),
    ("leftover/password-database", CLEAN, npm_tarball, {"roots.keychain": b.keychain({0x10: 0, 0x80001000: 9})}),
    ("leftover/debug-flag", FOUND, sdist, {"site/settings.py": "A = 1\nDEBUG = True\n"}),
    ("leftover/debug-flag", CLEAN, sdist, {"site/settings.py": "DEBUG = False\n# DEBUG = True\n"}),
    ("leftover/debug-flag", FOUND, sdist, {"site/config.py": "DEBUG = True\n"}),
    ("leftover/debug-flag", FOUND, tar_archive, {"app/.env": "A=1\nexport NODE_ENV='development'\n"}),
    ("leftover/debug-flag", FOUND, tar_archive, {"app/.env.production": "APP_DEBUG=true\n"}),
    ("leftover/debug-flag", FOUND, tar_archive, {"app/Dockerfile": "FROM x\nENV NODE_ENV development\n"}),
    ("leftover/debug-flag", FOUND, tar_archive, {"app/Web.config": '<compilation strict="true" debug="true" />'}),
    ("leftover/debug-flag", FOUND, tar_archive, {"app/application.properties": "a=b\ndebug=true\n"}),
    ("leftover/debug-flag", FOUND, tar_archive, {"app/wp-config.php": "define( 'WP_DEBUG', true );"}),
    ("leftover/debug-flag", FOUND, tar_archive, {"etc/php/php.ini": "display_errors = On\n"}),
    ("leftover/debug-flag", CLEAN, sdist, {"site/config.py": "class Dev(Config):\n    DEBUG = True\n"}),
    ("leftover/debug-flag", CLEAN, tar_archive, {
        "app/.env": "# NODE_ENV=development\nNODE_ENV=production\n", "etc/php.ini": ";display_errors = On\n",
        "app/web.config": '<compilation debug="false" />', "app/app.py": "DEBUG = True\n"}),
    ("leftover/node-modules", FOUND, npm_tarball, {"lib/node_modules/a/package.json": "{}"}),
    ("leftover/node-modules", CLEAN, npm_tarball, {"test/fixtures/node_modules/a/package.json": "{}"}),
    ("leftover/node-modules", FOUND, npm_tarball, {".yarn/cache/a-npm-1.0.0-5c1f.zip": "x"}),
    ("leftover/node-modules", CLEAN, npm_tarball, {".yarn/releases/yarn-4.0.0.cjs": "x"}),
    ("leftover/virtual-environment", FOUND, sdist, {".venv/pyvenv.cfg": "home = /usr/bin\n"}),
    ("leftover/virtual-environment", CLEAN, tar_archive, {"opt/venv/pyvenv.cfg": "home = /usr/bin\n"}),
    ("wheel/top-level-tests", FOUND, wheel, {"demo/a.py": "", "tests/test_a.py": ""}),
    ("wheel/top-level-tests", CLEAN, wheel, {"demo/tests/test_a.py": ""}),
    ("wheel/top-level-tests", CLEAN, sdist, {"tests/test_a.py": ""}),
    ("words/confidential", FOUND, sdist, {"plan.txt": "ACME - INTERNAL " + "ONLY\n"}),
    ("words/confidential", FOUND, sdist, {"a.py": "# Copyright ACME. Proprietary and " + "Confidential.\n"}),
    ("words/confidential", CLEAN, sdist, {
        "LICENSE": "CONFIDENTIAL", "a.py": "AUTH_CONFIDENTIAL = 1  # for internal use only\n"}),
    ("words/confidential", FOUND, sdist, {"a.html": "<!-- Internal Use " + "Only -->"}),
    ("words/confidential", CLEAN, sdist, {"a.js": "// (Internal Use " + "Only)\n"}),
    ("words/confidential", CLEAN, sdist, {
        "a.php": " * @type bool $_builtin INTERNAL USE " + "ONLY! True if native.\n",
        "a.txt": "CLIENT: HERE ARE SOME " + "CONFIDENTIAL DATA",
        "a.json": '{"description": "The workspace holds highly ' + 'confidential data."}'}),
    ("words/confidential", FOUND, sdist, {"a.md": "This document is highly " + "confidential and internal"}),
    ("words/confidential", CLEAN, sdist, {
        "a.py": '""" *FOR INTERNAL ' + 'USE*\n"""', "b.js": "// --*-- FOR INTERNAL " + "USE ONLY --*--"}),
    ("words/internal-host", FOUND, npm_tarball, {"a.yml": "database:\n  host: db01.acme.internal\n"}),
    ("words/internal-host", FOUND, sdist, {"a.conf": "relay = ops@mail.acme.corp\n"}),
    ("words/internal-host", CLEAN, npm_tarball, {"a.js": 'x = a.b.internal "y" + f(c.corp)', "a.yml": "a.b.internal: x\n"}),
    ("words/internal-host", FOUND, npm_tarball, {"a.js": '"https://git.acme-inc.corp/x"'}),
    ("words/internal-host", CLEAN, npm_tarball, {
        "a.js": '"http://host.docker.internal:80" + this.internal.x + "https://app.example.internal/"',
        "a.py": "# URL of a proxy (e.g. ``http://proxy.internal:3128``)"}),
    ("words/private-address", FOUND, npm_tarball, {"a.js": '"http://10.42.7.13:8080/"'}),
    ("words/private-address", CLEAN, npm_tarball, {
        "a.js": '"http://192.168.1.1/", "10.42.7.13"', "a.py": '# the endpoint (e.g. "tcp://10.42.7.13:1")'}),
]  # fmt: skip

ELSEWHERE = {"leftover/development-image"}
"""Tested with images, in test_leftovers.py."""


@pytest.mark.parametrize(
    ("rule", "wanted", "build", "files"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)]
)
def test_case(rule: str, wanted: bool, build: Build, files: Files) -> None:
    run = lint(build(files), [RULES[rule]])
    assert not run.problems
    assert bool(run.findings) is wanted, run.findings


def test_every_rule_has_a_hit_and_a_miss() -> None:
    for wanted in (FOUND, CLEAN):
        assert {case[0] for case in CASES if case[1] is wanted} == RULES.keys() - ELSEWHERE


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_every_rule_explains_itself(rule: Rule) -> None:
    assert rule.summary.endswith(".")
    assert rule.why
    assert rule.fix
    assert rule.lower or rule.lower is False


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (
            "debug/eval-bundle",
            r'eval("var a;\n\n//# source' + r'URL=webpack://acme/./src/a.js?\n}");',
        ),
        ("debug/typescript-source", "x"),
    ],
)
def test_sources_of_a_closed_package_are_an_error(rule: str, text: str) -> None:
    files = {"lib/a.ts": "x", "lib/a.js": text}
    closed: list[Mapping[str, object]] = [{"license": "UNLICENSED"}, {"private": True}]
    for package in closed:
        (finding,) = lint(npm_tarball(files, package), [RULES[rule]]).findings
        assert finding.severity is Severity.ERROR
        assert "of a package that is not open source (" in finding.message
    (finding,) = lint(npm_tarball(files), [RULES[rule]]).findings
    assert finding.severity is RULES[rule].severity
    assert "not open source" not in finding.message
