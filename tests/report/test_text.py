from __future__ import annotations

import io
import re

import pytest

from dunnage.model import LayerNote, Problem, Severity
from dunnage.report.text import TextReporter

RICH = """\
dist/x-1.0.tgz  (npm package x 1.0)

  error  package/cli.js.map:1:1  [debug/source-map]
         a source map that embeds 1,906 source files (31.2 MB)
         fix: Add a line to "files" in package.json:
              "!dist/**/*.map"

  error  x-1.0.tgz → package/cli.js.map → src/keys.ts:3:16  [secret/github-token]
         a GitHub access token (and in 3 other places)
         │ … const token = "ghp_A1b2… (40 bytes)"
         fix: Revoke it, then publish a release without it.

  warning  package/npm-debug.log  [debug/log-file]
         a log file
         fix: list what to ship under "files" in package.json

app.tar  (oci image app)

  error  root/.npmrc:1:34  [secret/npm-token]
         an npm access token
         │ … _authToken=npm_A1b2… (40 bytes)
         in layer 3 (RUN npm ci --omit=dev), hidden by layer 5, still in the image

  note   app.tar  [image/no-user]
         the image runs as root
         in layer 0 (CMD ["bash"]) of the base image

  not looked at
         app.tar → srv/in.zip → a/b.bin
           the content is encrypted

dist/y-2.0-py3-none-any.whl  (pypi wheel y 2.0)

  warning  120 places  [debug/bytecode]
         compiled bytecode beside its source
         y/__pycache__/m0.cpython-311.pyc
         y/__pycache__/m1.cpython-311.pyc
         y/__pycache__/m2.cpython-311.pyc
         … and 117 more places (-v shows them)
         fix: exclude = ["**/__pycache__"] under [tool.hatch.build]

  note   y/m0.so  [debug/build-path]
         a path of the build machine, 0
         … and 3 more places (-v shows them)

gone.tgz

  not looked at
         the file ends within a header

note: ignore 2 of pyproject.toml (secret/x in docs/**) matched nothing
3 errors, 121 warnings, 5 notes in 3 artifacts, 1,424 files, 179 MB, 0.21 s; ignored: 1 by \
configuration, 1 by the baseline.
Incomplete: 2 places could not be looked at, see above.
"""


def test_the_whole_report(render, rich_run):
    assert render(TextReporter(), rich_run) == RICH


def test_a_clean_run_is_one_line(render, make):
    run = make.run(artifacts=(make.summary(), make.summary("b.whl")))
    assert render(TextReporter(), run) == (
        "No findings in 2 artifacts, 24 files, 120 MB, 0.21 s.\n"
    )


def test_verbose_folds_nothing_and_shows_what_is_ignored(render, rich_run):
    text = render(TextReporter(verbosity=1), rich_run)
    assert text.count("compiled bytecode beside its source") == 120
    assert "ignored: baseline: known before" in text
    assert "dist/x-1.0.tgz  (npm package x 1.0): 12 files, 59.8 MB" in text


def test_problems_that_were_accepted_are_counted_and_shown_if_asked_for(render, make):
    problem = Problem("dist/x-1.0.tgz", ("dist/x-1.0.tgz",), "a/b.zip", "damaged", "f: for tests")
    run = make.run(problems=[problem])
    text = render(TextReporter(), run)
    assert "a/b.zip" not in text
    assert "Incomplete" not in text
    assert "; not looked at, and accepted: 1 place." in text
    assert "ignored: f: for tests" in render(TextReporter(verbosity=1), run)


def test_quiet_is_one_line_for_each_finding_and_problem(render, rich_run):
    lines = render(TextReporter(verbosity=-1), rich_run).splitlines()
    assert len(lines) == 131
    assert lines[2] == (
        "dist/x-1.0.tgz → package/cli.js.map → src/keys.ts:3:16: error: "
        "a GitHub access token (and in 3 other places) [secret/github-token]"
    )
    assert lines[-1] == "gone.tgz: problem: the file ends within a header"
    assert render(TextReporter(verbosity=-2), rich_run) == ""


def test_colour_changes_nothing_else(render, rich_run):
    coloured = render(TextReporter(colour=True, width=300), rich_run)
    assert "\x1b[1;31merror\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(TextReporter(width=300), rich_run)


@pytest.mark.parametrize("width", [80, 120])
def test_prose_fits_the_width(render, width, make):
    message = "words that go on and on and say why this file should not ship, " * 5
    found = make.finding("debug/x", "a.js", message=message, fix=message)
    lines = render(TextReporter(width=width), make.run(found)).splitlines()
    assert max(map(len, lines)) <= width


def test_an_excerpt_fits_the_width_unless_all_of_it_is_wanted(render, make):
    found = make.finding("debug/x", "a.js", excerpt="x" * 100)
    lines = render(TextReporter(width=80), make.run(found)).splitlines()
    (cut,) = [line for line in lines if "│" in line]
    assert len(cut) == 80
    assert cut.endswith("x…")
    for reporter in (TextReporter(width=80, whole=True), TextReporter(width=80, verbosity=1)):
        assert "│ " + "x" * 100 in render(reporter, make.run(found))


def test_an_old_terminal_gets_what_it_can_show(rich_run):
    out = io.BytesIO()
    TextReporter(encoding="ascii").report(rich_run, out)
    assert b"x-1.0.tgz -> package/cli.js.map -> src/keys.ts:3:16" in out.getvalue()
    assert out.getvalue().isascii()


def test_nothing_of_a_stranger_acts_on_terminal_or_runner(render, hostile_run):
    for verbosity in (-1, 0, 1):
        text = render(TextReporter(verbosity=verbosity), hostile_run)
        assert all(line.isprintable() for line in text.split("\n"))
        assert not [line for line in text.split("\n") if line.lstrip().startswith("::")]
        assert "##[" not in text
        assert "##vso[" not in text


def test_a_layer_of_one_of_several_images(render, make):
    layer = LayerNote(2, "sha256:ab", "COPY . /app # buildkit", images=("app:1 linux/arm64",))
    text = render(TextReporter(), make.run(make.finding(layer=layer)))
    assert "in layer 2 (COPY . /app) of app:1 linux/arm64\n" in text


def test_long_strings_are_cut(render, hostile_run):
    text = render(TextReporter(verbosity=1), hostile_run)
    assert len(text) < 6000


def test_many_findings_and_problems_stay_few_lines(render, make):
    findings = [
        make.finding("debug/x", f"a/{n}.js", severity=Severity(1 + n % 3)) for n in range(20_000)
    ]
    problems = [
        Problem("dist/x-1.0.tgz", ("dist/x-1.0.tgz",), f"b/{n}", "damaged") for n in range(20_000)
    ]
    text = render(TextReporter(), make.run(*findings, problems=problems))
    assert text.count("\n") < 60
    assert "6,666 errors, 6,667 warnings, 6,667 notes" in text
    assert "… and 19,990 more places (-v shows them)" in text
    assert "… and 6,663 more places (-v shows them)" in text


def test_the_worst_artifact_comes_first(render, make):
    run = make.run(
        make.finding(artifact="a", severity=Severity.NOTE),
        make.finding(artifact="b", severity=Severity.WARNING),
        make.finding(artifact="c", severity=Severity.ERROR),
        artifacts=tuple(make.summary(name) for name in "abcd"),
    )
    text = render(TextReporter(), run)
    assert re.findall(r"^[abcd](?=  \()", text, re.MULTILINE) == ["c", "b", "a"]


def test_fixes_that_differ_stay_few_lines(render, make):
    findings = [make.finding(path=f"a/{n}/.env", fix=f"Leave out a/{n}/.env.") for n in range(999)]
    text = render(TextReporter(), make.run(*findings))
    assert text.count("fix:") == 20
    assert "… and 979 more fixes (-v shows them)" in text


def test_long_names_are_cut_on_one_line(render, make):
    long = "d/" * 30_000
    found = make.finding(path=long, trail=("x", long, long), message=long)
    problem = Problem("x", ("x", long), long, long)
    text = render(TextReporter(verbosity=-1), make.run(found, problems=[problem]))
    assert len(text) < 4000
