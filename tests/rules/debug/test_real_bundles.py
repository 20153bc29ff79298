"""What esbuild, webpack, rollup, vite and tsc make, with and without source maps."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dunnage import Finding, Severity

pytestmark = pytest.mark.integration

CLOSED: dict[str, object] = {"license": "UNLICENSED"}
OPEN: dict[str, object] = {"license": "MIT", "repository": "github:demo/demo"}

TSC = ("src/index.ts", "--module", "es2020", "--moduleResolution", "bundler", "--lib", "es2020,dom")

Said = Callable[..., list[Finding]]
Bundle = Callable[..., Path]


@pytest.fixture
def bundle(tmp_path: Path, bundlers: Path) -> Bundle:
    source = tmp_path / "src"
    source.mkdir()
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "index.html").write_text('<script type="module" src="/src/index.ts"></script>')
    (source / "util.ts").write_text(
        "// about the launch\nexport const greet = (n: string) => `Hi ${n}`;\n"
    )
    (source / "index.ts").write_text(
        'import { greet } from "./util";\nconsole.log(greet("you"));\n'
    )
    (source / "m.js").write_text("// about the launch\nexport const x = 42;\n")
    (source / "entry.js").write_text('import { x } from "./m.js";\nconsole.log(x);\n')
    (source / "a.css").write_text("body { color: red }\n")

    def run(tool: str, *arguments: str) -> Path:
        call = [str(bundlers / tool), *arguments]
        done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{call}\n{done.stdout}{done.stderr}"
        return tmp_path / "out"

    return run


def found(findings: list[Finding]) -> set[tuple[str, str, Severity]]:
    return {((f.path or "").removeprefix("package/"), f.rule, f.severity) for f in findings}


MAPS = [
    ("esbuild", ("src/index.ts", "--bundle", "--sourcemap", "--outfile=out/a.js"), "a.js.map"),
    ("esbuild", ("src/a.css", "--bundle", "--sourcemap", "--outfile=out/a.css"), "a.css.map"),
    ("rollup", ("src/entry.js", "-d", "out", "--sourcemap", "--silent"), "entry.js.map"),
    ("tsc", (*TSC, "--outDir", "out", "--sourceMap", "--inlineSources"), "index.js.map"),
    (
        "webpack",
        ("--mode=production", "--devtool=source-map", "--entry=./src/entry.js", "-o", "out"),
        "main.js.map",
    ),
    (
        "webpack",
        ("--mode=production", "--devtool=hidden-source-map", "--entry=./src/entry.js", "-o", "out"),
        "main.js.map",
    ),
    ("vite", ("build", "--sourcemap", "--outDir=out", "--logLevel=error"), "assets/index"),
]


@pytest.mark.parametrize(("tool", "arguments", "path"), MAPS)
def test_maps(tool: str, arguments: tuple[str, ...], path: str, bundle: Bundle, said: Said) -> None:
    folder = bundle(tool, *arguments)
    closed = [f for f in said(folder, CLOSED) if f.rule == "debug/source-map"]
    assert all(f.severity is Severity.ERROR for f in closed)
    assert any(path in (f.path or "") and "not open source" in f.message for f in closed)
    opened = [f for f in said(folder, OPEN) if f.rule == "debug/source-map"]
    assert [f.severity for f in opened] == [Severity.WARNING]


INLINE = [
    ("esbuild", ("src/index.ts", "--bundle", "--sourcemap=inline", "--outfile=out/a.js")),
    ("rollup", ("src/entry.js", "-f", "es", "-o", "out/a.js", "--sourcemap=inline", "--silent")),
    ("tsc", (*TSC, "--outDir", "out", "--inlineSourceMap", "--inlineSources")),
    (
        "webpack",
        (
            "--mode=development",
            "--devtool=inline-source-map",
            "--entry=./src/entry.js",
            "-o",
            "out",
        ),
    ),
    ("vite", ("build", "--sourcemap=inline", "--outDir=out", "--logLevel=error")),
]


@pytest.mark.parametrize(("tool", "arguments"), INLINE)
def test_inline_maps(tool: str, arguments: tuple[str, ...], bundle: Bundle, said: Said) -> None:
    findings = said(bundle(tool, *arguments), CLOSED)
    assert findings
    assert {(f.rule, f.severity) for f in findings} == {("debug/inline-source-map", Severity.ERROR)}


@pytest.mark.parametrize("devtool", ["eval", "eval-source-map", "eval-cheap-module-source-map"])
def test_eval(devtool: str, bundle: Bundle, said: Said) -> None:
    call = ("--mode=development", f"--devtool={devtool}", "--entry=./src/entry.js", "-o", "out")
    findings = said(bundle("webpack", *call), CLOSED)
    (evaluated,) = (f for f in findings if f.rule == "debug/eval-bundle")
    assert "2 modules as strings for eval" in evaluated.message
    assert evaluated.severity is Severity.ERROR
    assert ("inline source maps that embed 2 source files" in evaluated.message) is (
        devtool != "eval"
    )
    assert "debug/inline-source-map" not in {f.rule for f in findings}  # one cause, one finding


@pytest.mark.parametrize("dev", [True, False])
def test_jsx(dev: bool, bundle: Bundle, said: Said, tmp_path: Path) -> None:
    (tmp_path / "src" / "app.jsx").write_text("export const App = () => <b>Hi</b>;\n")
    call = ("src/app.jsx", "--jsx=automatic", "--format=esm", "--outdir=out")
    findings = said(bundle("esbuild", *call, *["--jsx-dev"] * dev), CLOSED)
    message = "JSX compiled for development, with the names of the sources"
    assert [(f.rule, f.message) for f in findings] == [("debug/development-build", message)] * dev


REPORTS = [
    ("esbuild", ("src/index.ts", "--bundle", "--outfile=out/a.js", "--metafile=out/meta.json")),
    (
        "webpack",
        ("--mode=production", "--entry=./src/entry.js", "-o", "out", "--json=out/stats.json"),
    ),
]


@pytest.mark.parametrize(("tool", "arguments"), REPORTS)
def test_reports(tool: str, arguments: tuple[str, ...], bundle: Bundle, said: Said) -> None:
    folder = bundle(tool, *arguments)
    for package, level in ((OPEN, Severity.NOTE), (CLOSED, Severity.WARNING)):
        findings = [f for f in said(folder, package) if f.rule == "debug/bundle-report"]
        assert [(f.severity, f.places) for f in findings] == [(level, 1)]


CLEAN = [
    ("esbuild", ("src/index.ts", "--bundle", "--minify", "--outfile=out/a.js")),
    ("rollup", ("src/entry.js", "-d", "out", "--silent")),
    ("tsc", (*TSC, "--outDir", "out", "--declaration")),
    ("webpack", ("--mode=production", "--entry=./src/entry.js", "-o", "out")),
    ("vite", ("build", "--outDir=out", "--logLevel=error")),
]


@pytest.mark.parametrize(("tool", "arguments"), CLEAN)
def test_clean(tool: str, arguments: tuple[str, ...], bundle: Bundle, said: Said) -> None:
    assert not said(bundle(tool, *arguments), CLOSED)


def test_a_map_that_was_left_out_dangles(bundle: Bundle, said: Said) -> None:
    folder = bundle("esbuild", "src/index.ts", "--bundle", "--sourcemap", "--outfile=out/a.js")
    (folder / "a.js.map").unlink()
    assert found(said(folder, CLOSED)) == {("a.js", "debug/source-map-reference", Severity.NOTE)}


def test_shipped_sources_make_a_note(bundle: Bundle, said: Said) -> None:
    folder = bundle(
        "tsc", *TSC, "--outDir", "dist/lib", "--sourceMap", "--declaration", "--declarationMap"
    ).parent
    (folder / "package.json").unlink()
    findings = said(folder, {"license": "MIT"})
    assert {(f.rule, f.severity) for f in findings} == {("debug/source-map", Severity.NOTE)}
    (finding,) = findings
    assert re.fullmatch(
        r"source map that names its sources \(1 file, under \.\./\.\./src\), "
        r"which the package ships; \d source files in all",
        finding.message,
    )


def test_incremental_build(bundle: Bundle, said: Said) -> None:
    call = (*TSC, "--outDir", "out", "--incremental", "--tsBuildInfoFile", "out/a.tsbuildinfo")
    (finding,) = said(bundle("tsc", *call), OPEN)
    assert finding.rule == "debug/tsbuildinfo"
    assert "names 2 files of the project" in finding.message
