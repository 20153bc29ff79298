"""What builds for development leave: eval bundles, incremental builds, TypeScript beside its
output."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from dunnage import (
    Artifact,
    Entry,
    Hit,
    Kind,
    Match,
    Rule,
    Severity,
    amount,
    counted,
    lazy_regex,
    replace,
    rule,
)
from dunnage_rules.debug.incode import of_analyzer
from dunnage_rules.debug.shipped import owner
from dunnage_rules.debug.sourcemap import carried_inline, is_eval_bundle, told_of, total, weigh_map


def _weigh(hit: Hit, artifact: Artifact) -> Hit | None:
    """Of a bundle with maps in it, the maps decide, but for what makes them a mere note."""
    if hit.facts is None:
        return _judged(hit, artifact)
    weighed = weigh_map(hit, artifact)
    if weighed and artifact.kind not in ("installed", "source-map"):
        return replace(
            weighed, severity=max(weighed.severity or Severity.WARNING, Severity.WARNING)
        )
    return weighed


def _judged(hit: Hit, artifact: Artifact) -> Hit:
    """Modules that are to be read as they were written are the sources of a closed package."""
    if not artifact.private:
        return hit
    why = f"{hit.message}, of a package that is not open source ({owner(artifact)})"
    return replace(
        hit, message=why, severity=None if artifact.kind == "installed" else Severity.ERROR
    )


def _total(sums: tuple[int, ...]) -> str:
    return total(sums) if any(sums) else ""


@rule(
    "debug/eval-bundle",
    severity=Severity.WARNING,
    pattern=r"//# sourceURL=(?:webpack|turbopack|\[module\])[^\r\n]{1,300}",
    once=True,
    fold="artifact",
    content=True,
    fix='Build for production: `mode: "production"` or `devtool: false` in webpack\'s '
    "configuration.",
    source="https://webpack.js.org/configuration/devtool/",
    weigh=_weigh,
    total=_total,
    reweigh=True,
    tags=("source-map",),
)
def eval_bundle(entry: Entry, match: Match) -> Iterator[Hit]:
    """A webpack bundle made for development: each module is a string for `eval`.

    The strings hold the modules with their comments and file names, the bundle is slow, and no
    content security policy without `unsafe-eval` runs it.

    Build for production. In a package that is private or has no open licence it is an error: the
    strings are its sources.
    """
    data = entry.read(64 << 20)
    count = len(re.findall(rb"\beval\((?:__webpack_require__\.ts\()?[\"'`]", data))
    names = re.findall(
        rb"//# sourceURL=((?:webpack|turbopack|\[module\])[^\s\"'`?\\]{0,200})", data
    )
    if count and names and is_eval_bundle(data):
        # Not a module's own name: the bundles of one build are one finding.
        roots = [found[0] for name in names if (found := re.match(rb"[a-z-]+://[^/]*/", name))]
        under = f" under {roots[0].decode('utf-8', 'replace')}" if roots else ""
        told = f"development bundles: {counted(count, 'module')} as strings for eval{under}"
        inline = carried_inline(entry, data)
        carried = inline[1] if inline else None
        if carried is None or not carried.embedded:
            yield Hit(told, sums=(0, 0, 0))
            return
        files, size = counted(carried.files, "source file"), amount(carried.embedded)
        yield told_of(carried, f"{told}, with inline source maps that embed {files} ({size})")


_NOT_OWN = lazy_regex(r"(?:^|/)(?:node_modules/|lib\.[a-z0-9.]{1,40}\.d\.ts$)")
"""Declarations of packages and of the language itself."""


_IN_CACHE = lazy_regex(r"(?:^|/)(?:\.[\w-]+/cache|\.cache|\.svelte-kit|\.turbo)/")
_STATE = lazy_regex(rb"\s*\{\s*\"(?:program|fileNames|root)\"\s*:")
_MOST_STATE = 4 << 20
"""What is longer is not parsed: of a few bytes of JSON objects of many are made."""


def _weigh_state(hit: Hit, artifact: Artifact) -> Hit:
    """The names of an open package's files are no secret."""
    if artifact.ecosystem not in ("npm", "pypi", "crates") or artifact.private:
        return hit
    return replace(hit, severity=Severity.NOTE)


@rule(
    "debug/tsbuildinfo",
    severity=Severity.WARNING,
    paths=("*.tsbuildinfo",),
    content=True,
    weigh=_weigh_state,
    fix={
        "npm": '"!**/*.tsbuildinfo" under "files" in package.json, or set `tsBuildInfoFile` to '
        "a folder that does not ship.",
        "any": "Leave *.tsbuildinfo out when you pack.",
    },
    source="https://www.typescriptlang.org/tsconfig/#tsBuildInfoFile",
)
def tsbuildinfo(entry: Entry) -> Iterator[Hit]:
    """The state of TypeScript's incremental builds.

    It names every file of the project with its hash, the compiler's options, and at times folders
    of the machine.

    Leave it out. Nobody but the compiler that wrote it can use it. A note in an open package.
    """
    if _IN_CACHE.search(entry.path):
        return  # leftover/tool-cache says it
    text = entry.read(_MOST_STATE + 1)
    if len(text) > _MOST_STATE:
        if _STATE.match(text):
            yield Hit(f"TypeScript's build state ({amount(entry.size)})")
        return
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return
    if not isinstance(content, dict) or not (
        "program" in content or "fileNames" in content or "root" in content
    ):
        return
    program = content.get("program")
    table = program if isinstance(program, dict) else content
    names = table.get("fileNames") or table.get("root") or ()
    own = [n for n in names if isinstance(n, str) and not _NOT_OWN.search(n)]
    yield Hit(f"TypeScript's build state, which names {counted(len(own), 'file')} of the project")


_OUTPUT = {".ts": (".js",), ".tsx": (".js", ".jsx"), ".mts": (".mjs",), ".cts": (".cjs",)}


@rule(
    "debug/typescript-source",
    on=Artifact,
    severity=Severity.NOTE,
    ecosystems=("npm",),
    fix='"files": ["dist"] in package.json, with `outDir` set in tsconfig.json.',
    source="https://www.typescriptlang.org/tsconfig/#outDir",
)
def typescript_source(artifact: Artifact) -> Iterator[Hit]:
    """TypeScript sources beside the JavaScript made of them.

    Whoever packs the folder in which the compiler writes ships both. It doubles the package, and
    gives away the sources of one that is private or has no open licence: an error there.

    Let the compiler write to a folder of its own, and ship that one. Sources in a folder of their
    own (`src/`) are shipped on purpose, and not meant; nor are declarations (`.d.ts`).
    """
    index = artifact.index
    found = []
    for path, facts in index.items():
        stem, dot, ending = path.rpartition(".")
        outputs = _OUTPUT.get(dot + ending)
        if (
            outputs
            and facts.kind is Kind.FILE
            and not stem.endswith(".d")
            and any(stem + o in index for o in outputs)
        ):
            found.append(path)
    if found:
        what = f"{counted(len(found), 'TypeScript source')} beside the output"
        hit = Hit(what, entry=found[0], count=len(found))
        yield _judged(hit, artifact)


_REPORT = lazy_regex(rb'"assetsByChunkName"\s*:|"namedChunkGroups"\s*:|\A\s*\{\s*"inputs"\s*:\s*\{')
_SOURCE = lazy_regex(rb'"source"\s*:\s*"[^"]{20}')


def _weigh_report(hit: Hit, artifact: Artifact) -> Hit:
    """Names of modules are a note in an open package; their sources weigh as sources do."""
    if hit.facts:
        return _judged(hit, artifact)
    return replace(hit, severity=Severity.WARNING) if artifact.private else hit


@rule(
    "debug/bundle-report",
    severity=Severity.NOTE,
    paths=(
        "*stats*.json",
        "metafile.json",
        "meta.json",
        "*.meta.json",
        "report.html",
        "stats.html",
        "*analyzer*.html",
    ),
    ecosystems=("npm", "pypi", "oci"),
    content=True,
    fold="artifact",
    weigh=_weigh_report,
    fix={
        "npm": 'Write it to a folder that does not ship, or "!**/*stats*.json" under "files" in '
        "package.json.",
        "any": "Write it to a folder that does not ship.",
    },
    source="https://webpack.js.org/api/stats/",
)
def bundle_report(entry: Entry) -> Iterator[Hit]:
    """A bundler's report: webpack's stats, esbuild's metafile, the pages of bundle analyzers.

    It names every module with its size and why it is there, webpack's also the folder of the
    machine; with `source` in it, it holds the modules themselves.

    Leave it out. A warning in a package that is private or has no open licence, with sources an
    error there.
    """
    data = entry.read(_MOST_STATE)
    if _REPORT.search(data) or of_analyzer(data):
        sources = _SOURCE.search(data) is not None
        told = "the name of every module" + (", and their sources" if sources else "")
        yield Hit(f"a bundler's report: {told}", facts=sources)


_NATIVE = (".pyx", ".c", ".cpp", ".html")


@rule(
    "debug/extension-source",
    on=Artifact,
    severity=Severity.NOTE,
    ecosystems=("pypi",),
    fix="setuptools: `[tool.setuptools.exclude-package-data]` with "
    '`"*" = ["*.pyx", "*.c", "*.cpp", "*.html"]`, and `include-package-data = false` under '
    "[tool.setuptools]; meson-python and scikit-build-core install what is named alone.",
    source="https://cython.readthedocs.io/en/latest/src/userguide/source_files_and_compilation.html",
)
def extension_source(artifact: Artifact) -> Iterator[Hit]:
    """Sources of extension modules beside the modules made of them, in a wheel.

    Whoever installs a wheel needs the `.so` or `.pyd` alone. Cython's `.pyx` and the C that was
    made of it hold the source with its comments; the `.html` of `cython --annotate` shows both.

    Leave them out. An error in a package that is private or has no open licence; elsewhere the
    annotated pages are a note, and sources, which many ship on purpose, are nothing.
    """
    if artifact.kind != "wheel":
        return
    compiled = [path for path in artifact.index if path.endswith((".so", ".pyd"))]
    stems = sorted({path[: path.index(".", path.rfind("/") + 1)] for path in compiled})
    wanted = _NATIVE if artifact.private else _NATIVE[-1:]
    paths = [stem + ending for stem in stems for ending in wanted]
    if shipped := [path for path in paths if path in artifact.index]:
        what = f"{counted(len(shipped), 'source')} beside the compiled modules made of them"
        yield _judged(Hit(what, entry=shipped[0], count=len(shipped)), artifact)


def rules() -> list[Rule]:
    """The rules of this module."""
    return [eval_bundle, tsbuildinfo, typescript_source, bundle_report, extension_source]
