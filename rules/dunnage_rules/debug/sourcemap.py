"""Source maps: by content, judged by what they carry and whose sources it is."""

from __future__ import annotations

import base64
import binascii
import re
import urllib.parse
from collections.abc import Iterator

from msgspec import Struct

from dunnage import (
    Artifact,
    Entry,
    Hit,
    Match,
    MemorySource,
    Rule,
    Severity,
    amount,
    counted,
    is_source_map,
    lazy_regex,
    replace,
    rule,
    source_map_of,
)
from dunnage_rules.debug.shipped import brief, is_shipped, own_sources, owner, public_repository

_FIX = {
    "npm": 'Leave maps out: "files": ["dist", "!dist/**/*.map"] in package.json (or `*.map` in '
    ".npmignore); or build without: "
    '`sourcemap: false`, `devtool: false`, `"sourceMap": false`.',
    "pypi": 'hatch: `exclude = ["*.map"]` under [tool.hatch.build]; setuptools: '
    "`global-exclude *.map` in MANIFEST.in.",
    "crates": '`exclude = ["*.map"]` in Cargo.toml.',
    "oci": "Add `**/*.map` to .dockerignore, or delete the maps in the stage that builds.",
    "any": "Leave *.map out when you pack, or build without source maps.",
}
_SPEC = "https://tc39.es/ecma426/"
_PACKAGES = ("npm", "pypi", "crates")
_MOST = 64 << 20


class _Carried(Struct, frozen=True):
    """What a map carries, and where it lies."""

    what: str
    path: str
    sources: int
    embedded: int
    files: int
    sample: tuple[str, ...]
    roots: tuple[str, ...]


def _weigh(hit: Hit, artifact: Artifact) -> Hit | None:
    carried: _Carried = hit.facts
    if artifact.kind == "source-map":
        why = f"{_plural(carried)} inside the sources that a source map embeds"
        return replace(hit, message=why, severity=Severity.NOTE)
    if artifact.ecosystem not in _PACKAGES or artifact.kind == "project":
        if artifact.private and carried.embedded and _missing(carried, artifact):
            told = f"{hit.message}, of {_called(artifact)}, which is not open source"
            why = f"{told} ({owner(artifact)}); the sources are not there otherwise"
            return replace(hit, message=why, severity=Severity.ERROR)
        if not carried.embedded:
            return replace(
                hit, message=f"{_plural(carried)} without the sources", severity=Severity.NOTE
            )
        if artifact.kind == "project" and not artifact.private and not _missing(carried, artifact):
            why = f"{_plural(carried)} that embed sources which are there as well"
            return replace(hit, message=why, severity=Severity.NOTE)
        return replace(hit, message=f"{_plural(carried)} that embed source files")
    missing = _missing(carried, artifact)
    if artifact.kind == "installed":
        return _installed(hit, carried, artifact)
    if not carried.embedded:
        return _referring(hit, carried, artifact, missing)
    told = hit.message
    if artifact.private:
        why = f"{told}, of a package that is not open source ({owner(artifact)})"
        return replace(hit, message=why, severity=Severity.ERROR)
    if not missing:
        why = (
            f"{_plural(carried)} that embed sources which the package ships as well "
            f"({owner(artifact)})"
        )
        return replace(hit, message=why, severity=Severity.NOTE)
    repository = public_repository(artifact)
    if repository is None or not artifact.licence:
        lacking = "names no public repository" if artifact.licence else "names no licence"
        why = f"{told}, which the package does not ship otherwise ({owner(artifact)}; it {lacking})"
        return replace(hit, message=why, severity=Severity.ERROR)
    why = (
        f"{_plural(carried)} that embed sources which the package does not ship otherwise; "
        f"its licence is open ({brief(artifact.licence)}) and its repository public"
    )
    return replace(hit, message=why, severity=Severity.WARNING)


@rule(
    "debug/source-map",
    severity=Severity.WARNING,
    pattern=r'"mappings"\s*:',
    once=True,
    content=True,
    fold="artifact",
    fix=_FIX,
    source=_SPEC,
    weigh=_weigh,
    reweigh=True,
    tags=("source-map",),
)
def source_map(entry: Entry, match: Match) -> Iterator[Hit]:
    """A source map: it leads from shipped code back to its sources, and often embeds them.

    A map with `sourcesContent` holds the sources word for word, with comments; one of 59.8 MB once
    gave away the 2,000 files of a closed program. Told by content, whatever the name, index maps
    with `sections` too.

    How much it weighs depends on the package. Embedded sources of a package that is private or has
    no open licence, or that neither ships them nor names a public repository: an error. Open
    licence and public repository: a warning. Shipped as well, or nothing embedded: a note, which
    is fine. The sources inside are looked at by all other rules.

    Why sources that an open package does not ship are no error as long as it names its repository:
    everybody can read them there, and 8 of 40 popular npm packages (Angular, Babel, Next.js …) do
    it on purpose. `--fail-on warning` stops these, too.

    Of a package installed in an image (`node_modules`, `site-packages`) its own manifest counts:
    with an open licence a note, else a warning that names it. Of your own program in an image,
    with a package.json above it that is private or has no open licence, maps with sources that are
    not there otherwise are an error.
    """
    if entry.data is None:
        entry.open().close()  # bytes that have passed are a problem, and no miss
    facts = source_map_of(entry)
    if facts is None or not facts.sources:
        return
    carried = _Carried(
        "source map",
        entry.path,
        facts.sources,
        facts.embedded,
        facts.embedded_sources,
        facts.sample,
        facts.roots,
    )
    yield Hit(_told(carried), facts=carried)


_INLINE = lazy_regex(rb"sourceMappingURL\s*=\s*data:([^,\s'\"]{0,200}),([^\s\"`<>]*)")
_BASE64 = lazy_regex(rb"[A-Za-z0-9+/=_-]*")


@rule(
    "debug/inline-source-map",
    severity=Severity.WARNING,
    pattern=r"sourceMappingURL[ \t]{0,4}=[ \t]{0,4}data:[^,\s'\"]{0,200},",
    once=True,
    content=True,
    fold="artifact",
    fix={
        "npm": "Build without: `devtool: false` (webpack), `sourcemap: false` (esbuild, "
        'rollup, vite), "inlineSourceMap": false (tsc).',
        "any": "Build without inline source maps.",
    },
    source=_SPEC,
    weigh=_weigh,
    reweigh=True,
    tags=("source-map",),
)
def inline_source_map(entry: Entry, match: Match) -> Iterator[Hit]:
    """A source map inside the code, as a `data:` address.

    It is decoded and judged like a map of its own; it makes the code several times larger, too.

    Build without inline maps. Judged as `debug/source-map` is.
    """
    sources = embedded = files = count = 0
    sample: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    for kind, payload in _INLINE.findall(entry.read(_MOST)):
        decoded = _decoded(kind, payload)
        facts = is_source_map(MemorySource(decoded)) if decoded else None
        if facts is not None:
            count += 1
            sources, embedded = sources + facts.sources, embedded + facts.embedded
            files += facts.embedded_sources
            sample, roots = (sample + facts.sample)[:10], (roots + facts.roots)[:10]
    if count:
        what = "inline source map" if count == 1 else f"{count} inline source maps"
        carried = _Carried(what, entry.path, sources, embedded, files, sample, roots)
        yield Hit(_told(carried), span=match.span, facts=carried)


def _decoded(kind: bytes, payload: bytes) -> bytes:
    if b"base64" not in kind.lower():
        return urllib.parse.unquote_to_bytes(payload.removesuffix(b"*/"))
    # The end of a comment in CSS, or of a string, may stand behind it without a blank.
    text = (_BASE64.match(payload.partition(b"*")[0].replace(b"%3D", b"=")) or [b""])[0]
    text = text.replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        return b""


def _told(carried: _Carried) -> str:
    names = own_sources(carried.sample)
    roots = list(dict.fromkeys([*carried.roots, *filter(None, map(_root, names))]))
    where = f"under {', '.join(roots[:3])}" if roots else ""
    if not carried.embedded:
        verb = "names" if carried.what[:1].isalpha() else "name"
        told = f"{carried.what} that {verb} {counted(carried.sources, 'source file')}"
        return f"{told} {where}".rstrip()
    return (
        f"{carried.what} with {counted(carried.files, 'source file')} embedded "
        f"({', '.join(filter(None, (amount(carried.embedded), where)))})"
    )


def _root(name: str) -> str:
    """Where a source lies: its scheme, or the folders above the map, or an absolute path's
    beginning."""
    if found := re.match(r"[a-z-]+://[^/]*/", name):
        return found[0]
    if name.startswith("/") or re.match(r"[A-Za-z]:[\\/]", name):
        return "/".join(name.replace("\\", "/").split("/")[:4]) + "/…"
    parents = re.match(r"(?:\.\./)*", name)
    first = (
        name[parents.end() :].split("/", maxsplit=1)[0]
        if parents and "/" in name[parents.end() :]
        else ""
    )
    return (parents[0] if parents else "") + first


def _installed(hit: Hit, carried: _Carried, artifact: Artifact) -> Hit:
    """Of a package that lies in an image: what an open one ships, all the world has."""
    if not carried.embedded:
        why = f"{_plural(carried)} of installed packages, without the sources"
        return replace(hit, message=why, severity=Severity.NOTE)
    if not artifact.private:
        why = f"{_plural(carried)} of installed packages whose licences are open"
        return replace(hit, message=why, severity=Severity.NOTE)
    why = (
        f"{_plural(carried)} that embed sources, of {_called(artifact)}, which is not open source "
        f"({owner(artifact)})"
    )
    return replace(hit, message=why)


def _called(artifact: Artifact) -> str:
    return f"{artifact.name or 'a package'} {artifact.version}".strip()


def _referring(hit: Hit, carried: _Carried, artifact: Artifact, missing: bool) -> Hit:
    if artifact.private and missing:
        why = (
            f"{_plural(carried)} that name sources of a package that is not open source "
            f"({owner(artifact)}); none is embedded"
        )
        return replace(hit, message=why, severity=Severity.WARNING)
    if missing:
        return replace(
            hit,
            message=f"{_plural(carried)} whose sources are neither embedded nor shipped: they "
            f"lead nowhere",
            severity=Severity.NOTE,
        )
    return replace(
        hit, message=f"{_plural(carried)} of sources that the package ships", severity=Severity.NOTE
    )


def _plural(carried: _Carried) -> str:
    return "inline source maps" if "inline" in carried.what else "source maps"


def _missing(carried: _Carried, artifact: Artifact) -> bool:
    """Whether the package lacks the sources that the map names. A map is known by its first ten,
    of which one in four may be a bundler's helper."""
    folder = carried.path.rpartition("/")[0]
    root = carried.roots[0] if carried.roots else ""
    names = own_sources(carried.sample)
    allowed = len(names) // 4
    for name in names:
        if not is_shipped(name, root, folder, artifact):
            allowed -= 1
            if allowed < 0:
                return True
    return not names


def rules() -> list[Rule]:
    """The rules of this module."""
    return [source_map, inline_source_map]
