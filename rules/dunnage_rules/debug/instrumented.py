"""Code that is for developers: instrumented for coverage, compiled for development, stopped at."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dunnage import (
    Artifact,
    Entry,
    Hit,
    Match,
    Rule,
    Severity,
    is_trial,
    lazy_regex,
    replace,
    rule,
)

_SCRIPTS = ("*.js", "*.mjs", "*.cjs", "*.jsx", "*.html", "*.jsbundle", "*.bundle")
_AROUND = 4096

_PATH = lazy_regex(rb"path\s*[:=]\s*[\"']([^\"'\r\n]{1,400})[\"']")


_ROOT = lazy_regex(rb"/|[A-Za-z]:[\\/]")


def _where(place: re.Match[bytes] | None) -> str:
    """What the place that a source has in code gives away."""
    if place is None:
        return ""
    full = _ROOT.match(place[1])
    return ", with the full paths of the sources" if full else ", with the names of the sources"


@rule(
    "debug/instrumented-code",
    severity=Severity.WARNING,
    # The positions of an Istanbul's first statement, as they stand in code.
    pattern=r'statementMap"?\s{0,4}:\s{0,9}\{\s{0,40}"?0"?\s{0,4}:\s{0,9}\{\s{0,40}"?start',
    once=True,
    paths=_SCRIPTS,
    fold="artifact",
    lower=True,
    fix="Instrument for tests alone: keep babel-plugin-istanbul (vite-plugin-istanbul, `nyc "
    'instrument`) behind `process.env.NODE_ENV === "test"`, and build again.',
    source="https://github.com/istanbuljs/istanbuljs/tree/main/packages/istanbul-lib-instrument",
)
def instrumented_code(entry: Entry, match: Match) -> Iterator[Hit]:
    """Code that counts its own coverage (Istanbul, nyc).

    Each statement adds to a counter, each file names its place on the machine that built it, and
    the positions of every function of the source ship with it: larger, slower, and telling.

    Build without instrumentation. Fine in a test's fixtures.
    """
    before = match.window[max(0, match.start - _AROUND) : match.start]
    if b"__coverage__" in before:
        yield Hit(f"code that counts its own coverage{_where(_PATH.search(before))}")


_JSX = lazy_regex(rb"(?:from\s*|require\(\s*)[\"'][\w@/.-]{1,60}/jsx-dev-runtime[\"']")
_COMPONENT = lazy_regex(rb"[\"']([^\"']+\.(?:vue|svelte))[\"']\Z")
_PLACE = lazy_regex(
    rb"(?:_jsxFileName(?:\$\d+)?\s*=|\bfileName:)\s*[\"'`]([^\"'`\r\n]{1,400}\.[cm]?[jt]sx?)[\"'`]"
)


@rule(
    "debug/development-build",
    severity=Severity.WARNING,
    pattern=r"jsx-dev-runtime[\"']|_jsxFileName(?:\$\d{1,3})?\s?=\s?[\"']|"
    r'__vite__createHotContext\("/|webpack-dev-server/client/index\.js\?|'
    r"__file[\"']?\s?[,:=]\s?[\"'][^\"'\r\n]{1,300}\.vue[\"']|"
    r"__BUNDLE_START_TIME__[^\r\n]{0,120}__DEV__=true|"
    r"FILENAME\]\s?=\s?[\"'][^\"'\r\n]{1,300}\.svelte[\"']",
    once=True,
    paths=_SCRIPTS,
    fold="artifact",
    lower=True,
    fix="Build for production: `NODE_ENV=production`, `vite build` (not what `vite` serves), "
    '`webpack --mode=production`; for libraries `"jsx": "react-jsx"` in tsconfig.json, '
    "`--jsx-dev=false` for esbuild, `development: false` for Babel's React preset.",
    source="https://legacy.reactjs.org/blog/2020/09/22/introducing-the-new-jsx-transform.html",
)
def development_build(entry: Entry, match: Match) -> Iterator[Hit]:
    """Code compiled for development: components that name their sources, clients of dev servers.

    React's development transform writes the source's file name and line into every element, often
    with the full path on the machine, and calls `jsxDEV`, which production builds of React do not
    have: it fails there. Vue's and Svelte's write the file name into every component. The clients
    of Vite's and webpack's dev servers try to reach a server. Bundles of React Native say of
    themselves what they were made for.

    Build for production. Relative names in components of Vue and Svelte are a note.
    """
    if match.text.startswith((b"__vite", b"webpack")):
        yield Hit("code of a development server, with its client for hot reloading")
        return
    if match.text.startswith(b"__BUNDLE"):
        yield Hit("a bundle of React Native that was made for development (__DEV__ is true)")
        return
    if component := _COMPONENT.search(match.text):
        before = match.window[max(0, match.start - 200) : match.start].rpartition(b"\n")[2]
        if b"//" in before or b"*" in before:
            return  # what a compiler says it writes
        full = _ROOT.match(component[1])
        told = f"components compiled for development{_where(component)}"
        yield Hit(told, severity=None if full else Severity.NOTE)
        return
    data = entry.read(1 << 20)
    place = _PLACE.search(data)
    if place and (b"_jsxFileName" in match.text or _JSX.search(data)):
        yield Hit(f"JSX compiled for development{_where(place)}")


_STATEMENT = lazy_regex(rb"(?:^|\n)[ \t]*(?:import[ \t]+\w+[ \t]*;[ \t]*\w{0,8})?\Z")
_HEADER = lazy_regex(rb"(?m)^[ \t]*(?:def|if|elif)\b[^\n]{1,200}:[ \t]*(?:#.*)?$")
_DEBUGGING = lazy_regex(rb"(?i)debug|pdb|breakpoint|post_?mortem")
_REST = lazy_regex(rb"\s*(?:#.*)?")
# Python's own library, its documentation among it.
_LIBRARY = lazy_regex(r"(?:^|/)lib/python3(?:\.\d+)?/(?!site-|dist-)")
_ON_PURPOSE = lazy_regex(rb"(?i)#[^\n]*\b(?:intention|deliberate|on purpose)[^\n]*\n[ \t]*\Z")


def _weigh(hit: Hit, artifact: Artifact) -> Hit:
    """Of a package that lies in an image, it is its author's."""
    return replace(hit, severity=Severity.NOTE) if artifact.kind == "installed" else hit


@rule(
    "debug/breakpoint",
    severity=Severity.WARNING,
    pattern=r"debugger;[ \t]{0,9}\r?\n|pdb\.set_trace\(\)|breakpoint\(\)",
    paths=("*.js", "*.mjs", "*.cjs", "*.py"),
    fold="artifact",
    lower=True,
    fix="Take the line out. Linters find it before it is committed: `no-debugger` of ESLint, "
    "`T100` of ruff.",
    source="https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Statements/debugger",
    weigh=_weigh,
)
def breakpoint_statement(entry: Entry, match: Match) -> Iterator[Hit]:
    """A breakpoint that was left in code.

    `pdb.set_trace()` and `breakpoint()` stop a Python program at a prompt: a server hangs there.
    `debugger;` stops whoever has the browser's tools open.

    Take it out. One that a linter was told about (`no-debugger`, `noqa`) stands there on purpose,
    as does one that a comment above it calls intentional, one before an error is thrown, and one
    under a condition or in a function with `debug`, `pdb` or `breakpoint` in its name. A note in
    JavaScript.
    """
    if is_trial(entry.path):
        return
    python = entry.name.endswith(".py")
    if python is match.text.startswith(b"debugger"):
        return
    before = match.window[max(0, match.start - 600) : match.start]
    behind = match.window[match.end : match.end + 80].partition(b"\n")[0]
    if python:
        meant = b"noqa" in behind or _ON_PURPOSE.search(before) is not None
        meant = meant or _is_asked_for(before)
    else:
        meant = b"no-debugger" in before[-200:] or b" Error(" in behind
    if not meant and _STATEMENT.search(before) and (not python or _REST.fullmatch(behind)):
        told = "a breakpoint that was left in code"
        own = python and _LIBRARY.search(entry.path) is None
        yield Hit(told, span=match.span, severity=None if own else Severity.NOTE)


def _is_asked_for(before: bytes) -> bool:
    """Whether what leads to a breakpoint, a condition or a function, has its name from that."""
    headers = _HEADER.findall(before)
    return bool(headers) and _DEBUGGING.search(headers[-1]) is not None


def rules() -> list[Rule]:
    """The rules of this module."""
    return [instrumented_code, development_build, breakpoint_statement]
