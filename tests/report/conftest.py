"""Runs made by hand, with everything in them that a report can meet."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from dunnage.model import Finding, LayerNote, Problem, Run, Severity, Subject, Summary
from dunnage.rules import Rule

DIGEST = "ab" * 32


def make_rule(rule: str, severity: Severity = Severity.ERROR, **options: Any) -> Rule:
    options.setdefault("summary", f"Summary of {rule}")
    return Rule(
        id=rule, on=Subject.ENTRY, severity=severity, check=lambda entry: iter(()), **options
    )


def make_summary(target: str = "dist/x-1.0.tgz", **options: Any) -> Summary:
    known = {
        "ecosystem": "npm",
        "kind": "package",
        "name": "x",
        "version": "1.0",
        "sha256": DIGEST,
        "size": 1234,
        "files": 12,
        "bytes": 59_800_000,
        "complete": True,
    }
    return Summary(target=target, **{**known, **options})


def make_finding(
    rule: str = "debug/source-map", path: str | None = "package/cli.js.map", **options: Any
) -> Finding:
    target = options.setdefault("artifact", "dist/x-1.0.tgz")
    options.setdefault("trail", (target,))
    options.setdefault("severity", Severity.ERROR)
    options.setdefault("message", "a source map that embeds 1,906 source files (31.2 MB)")
    options.setdefault("fingerprint", f"{hash_of(rule, path):016x}")
    return Finding(rule=rule, path=path, **options)


def hash_of(*parts: object) -> int:
    return zlib.crc32(repr(parts).encode())


def make_run(*findings: Finding, **options: Any) -> Run:
    rules = {found.rule: make_rule(found.rule, found.severity) for found in findings}
    options.setdefault("artifacts", (make_summary(),))
    options.setdefault("problems", ())
    options.setdefault("elapsed", 0.214)
    return Run(findings=findings, rules={**rules, **options.pop("rules", {})}, **options)


@pytest.fixture
def make() -> SimpleNamespace:
    """The makers of this file, for tests."""
    return SimpleNamespace(finding=make_finding, rule=make_rule, run=make_run, summary=make_summary)


@pytest.fixture
def rich_run() -> Run:
    """Two artifacts and an image: folded, nested, layered, suppressed findings, and problems."""
    image = "app.tar"
    layer = LayerNote(3, "sha256:" + DIGEST, "/bin/sh -c npm ci --omit=dev # buildkit")
    wheel = "dist/y-2.0-py3-none-any.whl"
    blob = f"blobs/sha256/{DIGEST}"
    return make_run(
        make_finding(
            "debug/log-file",
            "package/npm-debug.log",
            severity=Severity.WARNING,
            message="a log file",
            fix='list what to ship under "files" in package.json',
        ),
        make_finding(
            fix='Add a line to "files" in package.json:\n"!dist/**/*.map"',
            line=1,
            column=1,
        ),
        make_finding(
            "secret/github-token",
            "src/keys.ts",
            trail=("dist/x-1.0.tgz", "package/cli.js.map"),
            message="a GitHub access token",
            excerpt='… const token = "ghp_A1b2… (40 bytes)"',
            line=3,
            column=16,
            places=4,
            fix="Revoke it, then publish a release without it.",
        ),
        *(
            make_finding(
                "debug/bytecode",
                f"y/__pycache__/m{number}.cpython-311.pyc",
                artifact=wheel,
                severity=Severity.WARNING,
                message="compiled bytecode beside its source",
                fix='exclude = ["**/__pycache__"] under [tool.hatch.build]',
            )
            for number in range(120)
        ),
        *(
            make_finding(
                "debug/build-path",
                f"y/m{number}.so",
                artifact=wheel,
                severity=Severity.NOTE,
                message=f"a path of the build machine, {number}",
            )
            for number in range(4)
        ),
        make_finding(
            "secret/npm-token",
            "root/.npmrc",
            artifact=image,
            trail=(image, blob),
            message="an npm access token",
            excerpt="… _authToken=npm_A1b2… (40 bytes)",
            line=1,
            column=34,
            layer=layer,
            hidden_by=5,
        ),
        make_finding(
            "image/no-user",
            None,
            artifact=image,
            message="the image runs as root",
            severity=Severity.NOTE,
            own=False,
            layer=LayerNote(0, "sha256:" + DIGEST, 'CMD ["bash"]', base=True),
        ),
        make_finding(
            "secret/generic",
            "y/conf.py",
            artifact=wheel,
            message="a password",
            suppressed="baseline: known before",
        ),
        make_finding(
            "secret/generic",
            "y/docs.py",
            artifact=wheel,
            message="a password",
            suppressed="pyproject.toml: a sample in the documentation",
        ),
        artifacts=(
            make_summary(),
            make_summary(
                wheel, ecosystem="pypi", kind="wheel", name="y", version="2.0", files=1_400
            ),
            make_summary(
                image, ecosystem="oci", kind="image", name="app", version="", complete=False
            ),
        ),
        problems=(
            Problem(image, (image, blob, "srv/in.zip"), "a/b.bin", "the content is encrypted"),
            Problem("gone.tgz", ("gone.tgz",), None, "the file ends within a header"),
        ),
        notes=("ignore 2 of pyproject.toml (secret/x in docs/**) matched nothing",),
    )


@pytest.fixture
def hostile_run() -> Run:
    """Names and texts that try to leave their line, their report or their reader."""
    evil = "a\x1b[2J\n::error::x\r\u202egnp.\u200bjs\udcff##[error]x##vso[task]\x9b"
    return make_run(
        make_finding(
            "debug/odd",
            "::error::" + evil,
            message="::warning::" + evil + " [click](https://evil.example) {0}",
            excerpt=evil,
            artifact=evil,
            trail=(evil, evil),
            raw_path=b"::error::\xff",
            fix="::set-output::" + evil,
            suppressed=None,
            layer=LayerNote(1, evil, evil),
        ),
        make_finding(
            "debug/odd", "p" * 60_000, message="m" * 60_000, artifact=evil, suppressed="::x" + evil
        ),
        make_finding("debug/odd", "\ud800/x", artifact=evil),
        artifacts=(make_summary(evil, name=evil, version=evil),),
        problems=(Problem(evil, (evil,), evil, evil),),
        notes=("::notice::" + evil,),
    )


@pytest.fixture
def render() -> Callable[[Any, Run], str]:
    def rendered(reporter: Any, run: Run) -> str:
        out = io.BytesIO()
        reporter.report(run, out)
        return out.getvalue().decode()

    return rendered
