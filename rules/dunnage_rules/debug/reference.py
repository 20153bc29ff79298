"""References to source maps: where they lead."""

from __future__ import annotations

import posixpath
import re
import urllib.parse
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import islice

from dunnage import (
    Artifact,
    Entry,
    Facts,
    Hit,
    Match,
    Rule,
    Severity,
    derived,
    lazy_regex,
    replace,
    rule,
)
from dunnage_rules.debug.formats.heads import starts

_FIX = {
    "npm": 'Build without the comment: `devtool: "hidden-source-map"` (webpack), `sourcemap: '
    '"hidden"` (vite, rollup), `--sourcemap=external` (esbuild).',
    "any": "Build without the comment, and keep the map where only you can read it.",
}
_BEFORE = lazy_regex(rb"(?://|/\*)[#@][ \t]*\Z")
_IN_COMMENT = lazy_regex(rb"\n[ \t]*\*[ \t][^\n{]*\Z")  # an example in documentation
_VALUE = lazy_regex(rb"[ \t]*=[ \t]*([^\s'\"*<>`\\,;]+)(?![^\s'\"*<>`\\,;]|[ \t]+\w)")
"""An address ends its comment (ECMA-426, "MatchSourceMapURL"): what goes on behind a blank is
prose, or another literal of a program."""

_WINDOWS = lazy_regex(rb"[ \t]*=[ \t]*([A-Za-z]:\\{1,2}[^\r\n\"'<>|?*`;,\\]+\\[^\r\n\"'<>|?*`;,]+)")
_PACKED = ("", ".gz", ".br", ".zst")
_SANE = lazy_regex(r"[\w./:%?&=~@+\-#\[\]()!,;| ]+\Z")
_PLACEHOLDER = lazy_regex(r"[\[{(]|path/to/|%s|\$|\.\.\.|^(?:url|URL|foo|path)$")

_BUCKETS = lazy_regex(
    r"(?i)(?:^|\.)(?:s3[.-][\w.-]*amazonaws\.com|s3\.amazonaws\.com|storage\.googleapis\.com|"
    r"storage\.cloud\.google\.com|blob\.core\.windows\.net|"
    r"r2\.dev|r2\.cloudflarestorage\.com|digitaloceanspaces\.com|backblazeb2\.com|"
    r"aliyuncs\.com|myqcloud\.com|wasabisys\.com|firebasestorage\.googleapis\.com)\Z"
)
_CI = lazy_regex(
    r"(?i)(?:^|\.)(?:jenkins|teamcity|bamboo|buildkite|circle-artifacts|circleci|travis-ci|"
    r"appveyor|drone|gocd|artifactory|nexus|ci)(?:\.|-|\Z)"
)
_JOBS = lazy_regex(r"/-/jobs/\d+/|/job/[^?#]+/artifact|/_apis/build/|/actions/runs/\d+")
_INTERNAL = lazy_regex(
    r"(?i)(?:^|\.)(?:internal|corp|local|lan|intranet|home|private|localdomain|test)\Z|"
    r"^(?:10\.|127\.|0\.0\.0\.0|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|\[)|^[^.]+\Z"
)


_MOST = 200_000
"""So many maps are known by the end of their paths; no honest artifact has more."""


def _backwards(index: Mapping[str, Facts]) -> list[str]:
    """The paths of maps written backwards, in order: those that end alike stand together."""
    maps = (path[::-1] for path in index if path.endswith(".map"))
    return sorted(islice(maps, _MOST))


def _is_end(tail: str, index: Mapping[str, Facts]) -> bool:
    """Whether the path of a map ends so."""
    paths, wanted = derived(index, _backwards), tail[::-1]
    at = bisect_left(paths, wanted)
    return at < len(paths) and paths[at].startswith(wanted)


def _weigh(hit: Hit, artifact: Artifact) -> Hit | None:
    if artifact.kind == "source-map":
        return None  # sources inside a map: their references are the map's history
    if hit.facts is None:
        return hit
    path, value = hit.facts
    if hit.severity is None:
        # A path from the root: of a web server, when the artifact has such a file.
        own = artifact.root + value.lstrip("/")
        tail = "/" + value.lstrip("/")
        if value.startswith("/") and not re.match(
            r"/(?:home|Users|root|tmp|var|opt|builds?|private|mnt|workspace)/", value
        ):
            found = own in artifact.index or _is_end(tail, artifact.index)
            text = "references to source maps that are not shipped"
            return None if found else replace(hit, message=text, severity=Severity.NOTE)
        return hit
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), value))
    if not value or any(target + packed in artifact.index for packed in _PACKED):
        return None
    return hit


@rule(
    "debug/source-map-reference",
    severity=Severity.WARNING,
    pattern=r"sourceMappingURL[\x00-\xff][^\r\n]{1,400}",
    fold="artifact",
    fix=_FIX,
    source="https://tc39.es/ecma426/",
    weigh=_weigh,
    tags=("source-map",),
)
def source_map_reference(entry: Entry, match: Match) -> Iterator[Hit]:
    """A reference from code to a source map that lies elsewhere, or nowhere.

    `//# sourceMappingURL=` (also `//@`, and `/*# … */` in CSS; a section of that name in
    WebAssembly) tells every browser where the map is. The HTTP header `SourceMap` does the same
    and is not in the file: look at your server for it.

    A storage bucket, a CI server or an internal host is an error: the address was not meant for
    the public. Other addresses are a warning. A file that is not in the package is a note: the
    reference dangles. A map beside the code is judged by `debug/source-map`.
    """
    if entry.name.endswith((".map", ".md", ".rst", ".ipynb", ".py", ".pyi", ".go", ".rs", ".java")):
        return
    before = match.window[max(0, match.start - 16) : match.start]
    rest = match.text[len(b"sourceMappingURL") :]
    windows = _WINDOWS.match(rest)
    if _IN_COMMENT.search(match.window[max(0, match.start - 100) : match.start]):
        return
    if _BEFORE.search(before) and windows:
        yield from _judged(windows[1].decode("utf-8", "replace"), entry, match)
        return
    if _BEFORE.search(before):
        found = _VALUE.match(rest)
        value = found[1].decode("utf-8", "replace") if found else ""
    elif before.endswith(b"\x10") and starts(entry, b"\0asm"):
        from dunnage_rules.debug.formats.wasm import text

        value = text(rest)
    else:
        return
    if (
        not value
        or value.startswith("data:")
        or not _SANE.match(value)
        or _PLACEHOLDER.search(value)
    ):
        return
    yield from _judged(value, entry, match)


def _judged(value: str, entry: Entry, match: Match) -> Iterator[Hit]:
    split = urllib.parse.urlsplit(value)
    if split.scheme in ("http", "https") or value.startswith("//"):
        host = (split.netloc.rpartition("@")[2]).partition(":")[0]
        if not host:
            return
        if _BUCKETS.search(host):
            yield Hit(
                f"source map in a storage bucket: {split.scheme}://{host}/…",
                span=match.span,
                severity=Severity.ERROR,
            )
        elif _INTERNAL.search(host):
            yield Hit(
                f"source map on an internal host: {host}",
                span=match.span,
                severity=Severity.WARNING if _is_own(host) else Severity.ERROR,
            )
        elif _CI.search(host) or _JOBS.search(split.path):
            yield Hit(
                f"source map on a build server: {host}", span=match.span, severity=Severity.ERROR
            )
        else:
            yield Hit(f"source map at a remote address: {host}", span=match.span)
    elif split.scheme == "file" or value.startswith("/") or re.match(r"[A-Za-z]:[\\/]", value):
        yield Hit(
            "source map at a path of the machine that built it",
            span=match.span,
            facts=(entry.path, value),
        )
    elif not split.scheme:
        path = urllib.parse.unquote(split.path)
        yield Hit(
            "references to source maps that are not shipped",
            span=match.span,
            severity=Severity.NOTE,
            facts=(entry.path, path),
        )


def _is_own(host: str) -> bool:
    return host == "localhost" or host.startswith(("127.", "0.0.0.0", "[::1"))  # noqa: S104 - no socket


def rules() -> list[Rule]:
    """The rules of this module."""
    return [source_map_reference]
