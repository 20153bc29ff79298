"""Paths of the machine that built it."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Artifact, Entry, Hit, Match, Rule, Severity, is_trial, lazy_regex, rule

_FIX = {
    "npm": "Build with relative paths: `output.devtoolModuleFilenameTemplate` (webpack), "
    "`sourcemapPathTransform` (rollup).",
    "pypi": "Compile with `-ffile-prefix-map=$PWD=.` (C, C++), `--remap-path-prefix` (Rust), "
    "`-trimpath` (Go).",
    "crates": "Keep generated files with paths in them out: `exclude` in Cargo.toml.",
    "any": "Compile with `-ffile-prefix-map=$PWD=.` (C, C++), `--remap-path-prefix` or "
    "`trim-paths` (Rust), `-trimpath` (Go), `/pathmap` (C#).",
}

_SAMPLES = frozenset(
    b"user users username user1 you your yourname your-name yourusername your_username "
    b"your-username me myname myuser myusername name foo bar baz "
    b"foobar john johndoe jdoe jane janedoe doe someone somebody somename example test "
    b"testuser xxx xxxx abc public shared default "
    b"www u a x ubuntu debian pi vagrant web_user web sagemaker-user jovyan node app work "
    b"mydirectory all".split()
)
"""Names that stand for anybody, and accounts of images and virtual machines."""

_CI = lazy_regex(
    rb"/home/(?:runner/(?:work|\.cargo)/|circleci/|travis/build/|vsts/work/|"
    rb"conda/feedstock_root/|jenkins/)|/Users/(?:runner|distiller|travis|vsts|jenkins|admin)/|/__w/"
    rb"|/github/workspace/|/drone/src/|/bitrise/src/|/var/lib/buildkite-agent/"
    rb"|/var/lib/jenkins/|/codebuild/output/|/opt/atlassian/pipelines/|"
    rb"/builds/[\w.-]+/[\w.-]+/|/private/var/folders/|[A-Za-z]:\\{1,2}(?:a|"
    rb"actions-runner\\{1,2}_work|agent\\{1,2}_work)\\"
)
_HOME = lazy_regex(
    rb"(?:/home/|/Users/|[A-Za-z]:(?:\\{1,2}|/)Users(?:\\{1,2}|/))([A-Za-z0-9_][\w.@ "
    rb"-]{0,40}?)(?:/|\\{1,2})([^\x00-\x1f\s\"'`<>|;,)\]}]*)"
)
_PROSE = (
    ".md",
    ".rst",
    ".txt",
    ".adoc",
    ".html",
    ".htm",
    ".po",
    ".pot",
    ".1",
    ".8",
    ".ipynb",
    ".pyi",
    "METADATA",
    "PKG-INFO",
    "README",
    "CHANGELOG",
    "CHANGES",
    "RECORD",
)
_MADE = ("direct_url.json", "SOURCES.txt", "RECORD", ".egg-link", ".pth", ".modules.yaml")
"""Lists and notes that installers and builders write: a path that a line or address begins with is
the machine's, however short."""

_REBUILD = (
    "Build anew from a clean copy (`python -m build`), and do not pack what was installed on a "
    "machine (`pip install --target`, `-e`)."
)
_DEEP = 3
"""How many components a path in text has below its user: documentation stops earlier."""


def _weigh(hit: Hit, artifact: Artifact) -> Hit | None:
    """In an image, a path that is there is no path of another machine."""
    if hit.facts is None:
        return hit  # the engine's count of the places beyond those that are told apart
    parts = bytes(hit.facts).decode("utf-8", "replace").split("/")
    own = "/".join(parts[1:3])
    if own and (own in artifact.index or f"{own}/" in artifact.index):
        return None
    return hit


@rule(
    "debug/build-path",
    severity=Severity.NOTE,
    pattern=r"(?:/home/|/Users/|:\\Users\\|:\\\\Users\\|:/Users/|/__w/|/builds/|"
    r"/var/lib/jenkins/|/codebuild/output/|/opt/atlassian/pipelines/|"
    r"/private/var/folders/|/github/workspace/|/drone/src/|/bitrise/src/|"
    r"/var/lib/buildkite-agent/|[C-Z]:\\a\\|[C-Z]:\\\\a\\\\)[^\x00-\x1f\s]{1,200}",
    fold="artifact",
    lower=False,
    fix=_FIX,
    source="https://reproducible-builds.org/docs/build-path/",
    weigh=_weigh,
)
def build_path(entry: Entry, match: Match) -> Iterator[Hit]:
    """Paths of the machine that built it.

    `/home/alice/…`, `C:\\Users\\…` and CI workspaces name people, projects and customers, and make
    builds that differ from machine to machine. Looked for in binaries, source maps and text, one
    finding for all.

    Compile with the option that maps paths. Names that stand for anybody (`/home/user`), and short
    paths in texts and documentation, are not meant: they are examples.
    """
    if entry.name.endswith((".pyc", ".pyo")):
        return  # debug/bytecode-path says it
    start = max(0, match.start - 2)
    window = match.window
    before = window[max(0, match.start - 1) : match.start]
    text = match.text
    if text[:1] == b":":
        text, before = window[match.start - 1 : match.end], window[start : match.start - 1]
    if before and (before.isalnum() or before in (b"_", b".", b"~", b"-", b"$", b"}", b"*", b")")):
        return
    if window[: match.start].endswith((b"sourceMappingURL=", b"sourceMappingURL=file://")):
        return  # debug/source-map-reference says it
    binary = b"\0" in window[max(0, match.start - 200) : match.end + 200]
    if b"|" in text:
        return  # a pattern, and no path
    made = entry.name.endswith(_MADE) and before in (b"", b"\n", b"/", b'"', b" ")
    if _CI.match(text):
        if binary or made or not entry.name.endswith(_PROSE):
            yield Hit("paths of the machine that built it", span=match.span, facts=text)
        return
    home = _HOME.match(text)
    if home is None or home[1].lower() in _SAMPLES:
        return
    if text.endswith((b".pdb", b".PDB")):
        return  # debug/pdb-path names it
    if not binary and not made:
        if b"$" in home[2] or b"%" in home[2] or b"<" in home[2] or b"..." in home[2]:
            return
        depth = home[2].replace(b"\\\\", b"/").replace(b"\\", b"/").rstrip(b"/").count(b"/") + 1
        if depth < _DEEP or entry.name.endswith(_PROSE) or is_trial(entry.path):
            return
    fix = _REBUILD if made else None
    yield Hit("paths of the machine that built it", span=match.span, facts=text, fix=fix)


def rules() -> list[Rule]:
    """The rules of this module."""
    return [build_path]
