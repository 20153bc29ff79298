"""Source maps: by content, judged by what they carry and whose sources it is."""

from __future__ import annotations

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
    Span,
    amount,
    counted,
    is_source_map,
    lazy_regex,
    replace,
    rule,
    source_map_of,
)
from dunnage_rules.debug.incode import MapInCode, maps_in_code, of_analyzer
from dunnage_rules.debug.mapfix import FIX, IN_STYLES, fix_for
from dunnage_rules.debug.shipped import (
    brief,
    is_shipped,
    own_sources,
    owner,
    public_repository,
    said_to_be_open,
)
from dunnage_rules.verifiers.encoded import decoded

_SPEC = "https://tc39.es/ecma426/"
_PACKAGES = ("npm", "pypi", "crates")
_MOST = 64 << 20
_SHOWN = 60
"""Bytes of a map in code that the report shows."""


_FOREIGN = lazy_regex(
    r"(?i)(?:\A|/)(?:bower_components|vendors?|third[_-]?party|3rd[_-]?party)/"
    r"|(?:\A|/)libs/([\w-]{2,40})/(?:[^/]+/)?\1(?:[.-][\w.-]*)?\.min\.(?:js|css)\.map\Z"
)
"""Where a package keeps the built libraries of others."""


class Carried(Struct, frozen=True):
    """What a map carries, and where it lies."""

    what: str
    path: str
    sources: int
    embedded: int
    files: int
    sample: tuple[str, ...]
    roots: tuple[str, ...]


def total(sums: tuple[int, ...]) -> str:
    """What several maps name and embed."""
    sources, files, embedded = sums
    if not embedded:
        return f"{counted(sources, 'source file')} in all"
    return f"{counted(files, 'source file')} and {amount(embedded)} in all"


def weigh_map(hit: Hit, artifact: Artifact) -> Hit | None:
    """A map's hit by what the artifact says of its sources; its facts are what the map carries."""
    carried: Carried = hit.facts
    weighed = _weighed(hit, carried, artifact)
    if weighed.severity is Severity.NOTE:
        return weighed
    if carried.what != "source map":
        return replace(weighed, fix=IN_STYLES) if carried.path.endswith(".css") else weighed
    if artifact.kind in ("project", "installed"):
        return weighed  # of an image, which is packed in other ways
    line = fix_for(carried.path, artifact)
    return replace(weighed, fix=line) if line else weighed


def _weighed(hit: Hit, carried: Carried, artifact: Artifact) -> Hit:
    if artifact.kind == "source-map":
        why = f"{_plural(carried)} inside the sources that a source map embeds"
        return replace(hit, message=why, severity=Severity.NOTE)
    told = hit.message
    missing = _missing(carried, artifact)
    if artifact.ecosystem not in _PACKAGES or artifact.kind == "project":
        if not carried.embedded:
            return replace(hit, severity=Severity.NOTE)
        if artifact.private and missing:
            told = f"{told}, of {_called(artifact)}, which is not open source"
            why = f"{told} ({owner(artifact)}); the sources are not there otherwise"
            return replace(hit, message=why, severity=Severity.ERROR)
        if artifact.kind == "project" and not artifact.private and not missing:
            return replace(hit, message=f"{told}, which are there as well", severity=Severity.NOTE)
        return hit
    if artifact.kind == "installed":
        return _installed(hit, carried, artifact)
    if not carried.embedded:
        return _referring(hit, artifact, missing)
    if artifact.private and _FOREIGN.search(carried.path):
        return replace(hit, message=f"{told}, of a library that the package brings along")
    if artifact.private:
        why = f"{told}, of a package that is not open source ({owner(artifact)})"
        return replace(hit, message=why, severity=Severity.ERROR)
    if not missing:
        why = f"{told}, which the package ships as well ({owner(artifact)})"
        return replace(hit, message=why, severity=Severity.NOTE)
    why = f"{told}, which the package does not ship otherwise"
    if not artifact.licence:
        return replace(hit, message=f"{why} (it names no licence)", severity=Severity.ERROR)
    if public_repository(artifact) is None:
        if said_to_be_open(artifact):
            why += f"; its licence is open ({brief(artifact.licence)})"
            return replace(hit, message=why, severity=Severity.WARNING)
        why += f" ({owner(artifact)}; it names no public repository)"
        return replace(hit, message=why, severity=Severity.ERROR)
    why += f"; its licence is open ({brief(artifact.licence)}) and its repository public"
    return replace(hit, message=why, severity=Severity.WARNING)


@rule(
    "debug/source-map",
    severity=Severity.WARNING,
    pattern=r'"mappings"\s*:',
    once=True,
    content=True,
    fold="artifact",
    fix=FIX,
    source=_SPEC,
    weigh=weigh_map,
    total=total,
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
    licence and public repository, or a classifier that says open: a warning. Shipped as well,
    or nothing embedded: a note, which is fine. The sources inside are looked at by all other rules.

    Why sources that an open package does not ship are no error as long as it names its repository:
    everybody can read them there, and of 1,050 popular npm packages 174 do it on purpose (of 956
    on PyPI 21), where 15 in all have an error. `--fail-on warning` stops these, too.

    Of a package installed in an image (`node_modules`, `site-packages`) its own manifest counts:
    with an open licence a note, else a warning that names it. Of your own program in an image,
    with a package.json above it that is private or has no open licence, maps with sources that are
    not there otherwise are an error.
    """
    facts = source_map_of(entry)
    if facts is None or not facts.sources:
        return
    carried = Carried(
        "source map",
        entry.path,
        facts.sources,
        facts.embedded,
        facts.embedded_sources,
        facts.sample,
        facts.roots,
    )
    yield told_of(carried)


def told_of(carried: Carried, message: str = "", span: Span | None = None) -> Hit:
    """The hit for what maps carry, to be weighed by :func:`weigh_map`."""
    sums = carried.sources, carried.files, carried.embedded
    return Hit(message or _told(carried), span=span, facts=carried, sums=sums)


_INLINE = lazy_regex(rb"sourceMappingURL\s*=\s*data:([^,\s'\"]{0,200}),([^\s\"`<>]*)")
_NAMED = lazy_regex(rb"//# sourceURL=[^\s\"'`]{1,300}(?:\\n)?[^\r\n]{0,8}[\"'`]\)")
_BASE64 = lazy_regex(rb"[A-Za-z0-9+/_-]*")


@rule(
    "debug/inline-source-map",
    severity=Severity.WARNING,
    pattern=r"(?:sourceMappingURL[ \t]{0,4}=[ \t]{0,4}data:[^,\s'\"]{0,200},|"
    r"mappings\\?[\"']?\s{0,4}:\s{0,4}\\?[\"'`])",
    once=True,
    content=True,
    fold="artifact",
    fix={
        "npm": "Build without: `devtool: false` (webpack), `sourcemap: false` (esbuild, "
        'rollup, vite), "inlineSourceMap": false (tsc), `sourceMap: false` (css-loader).',
        "any": "Build without inline source maps.",
    },
    source=_SPEC,
    weigh=weigh_map,
    total=total,
    reweigh=True,
    tags=("source-map",),
)
def inline_source_map(entry: Entry, match: Match) -> Iterator[Hit]:
    """A source map inside the code, as a `data:` address, an object or a string.

    It is decoded and judged like a map of its own; it makes the code several times larger, too.
    Loaders of style sheets (css-loader) put maps as objects into bundles; of these, and of strings,
    those are meant that embed sources.

    Build without inline maps. Judged as `debug/source-map` is.
    """
    if source_map_of(entry) is not None:
        return  # what its sources embed is their own business
    data = entry.read(_MOST)
    if of_analyzer(data):
        return  # debug/bundle-report says it, and the maps in its page are the analyzer's
    if is_eval_bundle(data):
        return  # debug/eval-bundle says it, and whose the maps in it are
    if found := carried_inline(entry, data):
        start, carried = found
        span = match.span
        if not span.start <= start < span.end:
            span = Span(start, min(start + _SHOWN, len(data)))
        yield told_of(carried, span=span)


def is_eval_bundle(data: bytes) -> bool:
    """Whether modules stand in it as strings for eval, with their own names behind them."""
    return _NAMED.search(data) is not None


def carried_inline(entry: Entry, data: bytes) -> tuple[int, Carried] | None:
    """What the maps inside code carry together, and where the first of them stands."""
    sources = embedded = files = count = 0
    start = len(data)
    sample: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    for one in _inside(data):
        start = min(start, one.start)
        count += 1
        sources, embedded = sources + one.sources, embedded + one.embedded
        files += one.embedded_sources
        sample, roots = (sample + one.sample)[:10], (roots + one.roots)[:10]
    if not count:
        return None
    what = "inline source map" if count == 1 else f"{count} inline source maps"
    return start, Carried(what, entry.path, sources, embedded, files, sample, roots)


def _inside(data: bytes) -> Iterator[MapInCode]:
    for found in _INLINE.finditer(data):
        decoded = _decoded(found[1], found[2])
        facts = is_source_map(MemorySource(decoded)) if decoded else None
        if facts is not None and facts.sources:  # one of nothing stands in what makes maps
            yield MapInCode(
                found.start(),
                facts.sources,
                facts.embedded_sources,
                facts.embedded,
                facts.sample,
                facts.roots,
            )
    if b"mappings" in data:
        # What was bundled of other packages, style sheets mostly, is no source of this one.
        yield from (one for one in maps_in_code(data) if own_sources(one.sample))


def _decoded(kind: bytes, payload: bytes) -> bytes:
    if b"base64" not in kind.lower():
        return urllib.parse.unquote_to_bytes(payload.removesuffix(b"*/"))
    # The end of a comment in CSS, or of a string, may stand behind it without a blank.
    found = _BASE64.match(payload)
    return decoded(found[0] if found else b"") or b""


def _told(carried: Carried) -> str:
    names = own_sources(carried.sample)
    roots = list(dict.fromkeys([*carried.roots, *filter(None, map(_root, names))]))
    where = f"under {', '.join(roots[:3])}" if roots else ""
    if not carried.embedded:
        verb = "names its" if carried.what[:1].isalpha() else "name their"
        amounts = ", ".join(filter(None, (counted(carried.sources, "file"), where)))
        return f"{carried.what} that {verb} sources ({amounts})"
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


def _installed(hit: Hit, carried: Carried, artifact: Artifact) -> Hit:
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


def _referring(hit: Hit, artifact: Artifact, missing: bool) -> Hit:
    if artifact.private and missing:
        why = (
            f"{hit.message}, of a package that is not open source ({owner(artifact)}); none is "
            f"embedded"
        )
        return replace(hit, message=why, severity=Severity.WARNING)
    why = "neither embedded nor shipped: it leads nowhere"
    told = f"{hit.message}, {why if missing else 'which the package ships'}"
    return replace(hit, message=told, severity=Severity.NOTE)


def _plural(carried: Carried) -> str:
    return "inline source maps" if "inline" in carried.what else "source maps"


def _missing(carried: Carried, artifact: Artifact) -> bool:
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
