"""Folders that say of themselves that they are caches."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Artifact, Entry, Hit, Rule, Severity, replace, rule
from dunnage_rules.leftovers.place import weigh_own

_SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"
_KNOWN = frozenset((".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"))
"""Those that leftover/tool-cache names."""

_FIX = {
    "npm": 'List what ships under "files" in package.json.',
    "pypi": "setuptools: `prune FOLDER` in MANIFEST.in; hatch: "
    '`exclude = ["FOLDER"]` under [tool.hatch.build].',
    "crates": '`exclude = ["FOLDER/"]` in Cargo.toml.',
    "oci": "Add the folder to .dockerignore, or mount a cache: `RUN --mount=type=cache,…`.",
    "any": "Leave the folder out when you pack.",
}


_NAMED = ("pypi", "crates")
"""Where the folder's path is what the fix takes; a layer's is not the one of the build."""


def _weigh(hit: Hit, artifact: Artifact) -> Hit | None:
    folder = hit.facts.rpartition("/")[0]
    if f"{folder}/pyvenv.cfg" in artifact.index:
        return None  # uv marks virtual environments, which an image may well need
    if f"{folder}/.rustc_info.json" in artifact.index:
        return None  # Cargo's: leftover/build-folder says it
    weighed = weigh_own(hit, artifact)
    if weighed is None or artifact.ecosystem not in _NAMED:
        return weighed
    fix = _FIX[artifact.ecosystem].replace("FOLDER", folder.removeprefix(artifact.root))
    return replace(weighed, fix=fix)


@rule(
    "leftover/cache-folder",
    severity=Severity.WARNING,
    paths=("CACHEDIR.TAG",),
    content=True,
    fold="artifact",
    fix=_FIX,
    source="https://bford.info/cachedir/",
    weigh=_weigh,
)
def cache_folder(entry: Entry) -> Iterator[Hit]:
    """A folder that says of itself that it is a cache.

    A `CACHEDIR.TAG` with its signature marks what a program can make again at any time: uv's and
    many tools' caches.

    Leave it out. Virtual environments, which uv marks as well, are not meant.
    """
    folder = entry.path.rpartition("/")[0].rpartition("/")[2]
    if folder not in _KNOWN and entry.read(64).startswith(_SIGNATURE):
        yield Hit(f"a folder that is a cache by its own word: {folder}/", facts=entry.path)


def rules() -> list[Rule]:
    """The rules of this module."""
    return [cache_folder]
