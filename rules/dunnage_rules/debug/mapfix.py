"""How to leave source maps out: the line that the reader can paste."""

from __future__ import annotations

import json

from dunnage import Artifact, lazy_regex

_WITHOUT = 'or build without: `sourcemap: false`, `devtool: false`, `"sourceMap": false`.'

FIX = {
    "npm": f'Leave maps out: "files": ["dist", "!**/*.map"] in package.json; {_WITHOUT}',
    "pypi": 'hatch: `exclude = ["*.map"]` under [tool.hatch.build]; setuptools: '
    '`global-exclude *.map` in MANIFEST.in; Poetry: `exclude = ["**/*.map"]` under [tool.poetry].',
    "crates": '`exclude = ["*.map"]` in Cargo.toml.',
    "oci": "Add `**/*.map` to .dockerignore, or delete the maps in the stage that builds.",
    "any": "Leave *.map out when you pack, or build without source maps.",
}
"""By the ecosystem's name."""

IN_STYLES = (
    "Build without: `--no-map` (postcss), `--no-source-map` (sass), `sourceMap: false` "
    "(css-loader), `css.devSourcemap: false` (vite); not with `--source-map-inline` (less) or "
    "`--sourcemap-inline` (stylus)."
)
"""For a map inside a style sheet."""

_SANE = lazy_regex(r"[\w@!*./+-]{1,100}")
_BY_ITSELF = lazy_regex(
    r"(?i)(?:\.|package\.json$|npm-shrinkwrap|(?:readme|licen[cs]e|copying)\b|node_modules$|$)"
)
"""What npm packs by itself or never, and hidden files, which nobody lists."""

_MOST_LISTED = 8
_MOST_FILES = 300
"""Each map asks for all files of the package."""


def fix_for(path: str, artifact: Artifact) -> str:
    """The line for this package, "" where the general one is right: with the list that its
    package.json has, and the file's own name where no glob for maps would meet it."""
    path = path.removeprefix(artifact.root)
    glob = "**/*.map" if path.endswith(".map") else path
    if not _SANE.fullmatch(glob):
        return ""
    if artifact.ecosystem != "npm":
        if glob != path:
            return ""
        line = FIX.get(artifact.ecosystem, FIX["any"]).replace("*.map", path)
        return line if path in line else ""
    listed = artifact.manifest.get("files")
    files = listed if isinstance(listed, list) else _tops(path, artifact)
    kept = [name for name in files if isinstance(name, str) and not name.endswith(".map")]
    if not 1 <= len(kept) <= _MOST_LISTED or not all(map(_SANE.fullmatch, kept)):
        return ""
    listing = json.dumps([*kept, f"!{glob}"])
    return f'Leave maps out: "files": {listing} in package.json; {_WITHOUT}'


def _tops(path: str, artifact: Artifact) -> list[str]:
    """What a package without a list of files ships at its top: the list must not lose any of it."""
    if len(artifact.index) > _MOST_FILES:
        return []
    root, own = artifact.root, path.partition("/")[0]
    names = [each.removeprefix(root) for each in artifact.index if each.startswith(root)]
    tops = {name.partition("/")[0] for name in names}
    kept = {top for top in tops if not _BY_ITSELF.match(top) and not top.endswith(".map")}
    return sorted(kept | ({own} if "/" in path else set()) - {path})
