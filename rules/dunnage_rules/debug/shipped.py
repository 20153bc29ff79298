"""What the artifact's own word and index say about its sources: are they open, public, shipped?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from itertools import chain

from dunnage import Artifact, lazy_regex

_OWN = lazy_regex(
    r"(?:^|/)(?:webpack/|\(webpack\)|external |ignored\||rolldown:|vite/|node_modules/|\0)|"
    r"^(?:ng:|native )"
)
"""Sources that are no files of the project: a bundler's runtime, installed packages."""

_SCHEME = lazy_regex(
    r"^(?:webpack(?:-internal)?|ng|rollup|turbopack|app|meteor|parcel|vite|metro|"
    r"source-map)://[^/]*/+",
    re.IGNORECASE,
)
_INTERNAL = lazy_regex(
    r"(?i)(?:^|[@/.])(?:localhost|[\w-]+\.(?:internal|corp|local|lan|intranet|home|"
    r"private))(?=[:/]|$)|://(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))\."
)

_HOSTED = lazy_regex(r"https://(?:github|gitlab|codeberg|bitbucket)\.(?:com|org)/[\w.-]+/([\w.-]+)")
_HEAD = 32 << 10
"""How much of a description is read for each map."""


def own_sources(names: tuple[str, ...]) -> list[str]:
    """The names that are files of the project."""
    return [name for name in names if not _OWN.search(_SCHEME.sub("", name))]


def is_shipped(name: str, root: str, folder: str, artifact: Artifact) -> bool:
    """Whether the artifact holds the source that a map in ``folder`` calls ``name``."""
    index = artifact.index
    return any(path in index for path in _places(name, root, folder, artifact.root))


def _places(name: str, root: str, folder: str, top: str) -> Iterator[str]:
    name = name.split("?", maxsplit=1)[0]
    plain = _SCHEME.sub("", name)
    if plain == name and not name.startswith(("/", "file:")):
        yield posixpath.normpath(posixpath.join(folder, root, name))
        yield posixpath.normpath(posixpath.join(folder, name))
    parts = [part for part in posixpath.normpath(plain).split("/") if part not in ("..", ".", "")]
    for start in range(min(len(parts), 8)):
        tail = "/".join(parts[start:])
        stem, dot, ending = tail.rpartition(".")
        tails = [tail, f"{stem}.ts"] if dot and ending in ("js", "mjs", "cjs") else [tail]
        # A mere name at the top, or in lib/ or dist/, is the output and not the source.
        for place in ("", "src/", "source/") if "/" in tail else ("src/", "source/"):
            for each in tails:
                yield top + place + each


def public_repository(artifact: Artifact) -> str | None:
    """The address of the repository that the manifest names, None if it names none or an internal
    one."""
    for text in chain(_addresses(artifact.manifest), _described(artifact)):
        if re.search(
            r"(?i)(?:https?|git|ssh|git\+\w+)://|^git@|^(?:github|gitlab|bitbucket|codeberg):|"
            r"^[\w.-]+/[\w.-]+$",
            text,
        ) and not (_INTERNAL.search(text)):
            return text
    return None


def said_to_be_open(artifact: Artifact) -> bool:
    """Whether the manifest says besides its licence that it is an open one, as a classifier does:
    nobody's tool writes that without being asked."""
    return any("OSI Approved" in str(line) for line in artifact.manifest.get("Classifier") or ())


def _described(artifact: Artifact) -> Iterator[str]:
    """The repository of the package's own name that its description links to."""
    description = artifact.manifest.get("Description")
    if isinstance(description, str) and (name := _plain(artifact.name)):
        for found in _HOSTED.finditer(description, 0, _HEAD):
            if _plain(found[1].removesuffix(".git")) == name:
                yield found[0]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _addresses(manifest: Mapping[str, object]) -> Iterator[str]:
    package = manifest.get("package")
    for table in (manifest, package if isinstance(package, Mapping) else {}):
        value = table.get("repository")
        if isinstance(value, Mapping):
            value = value.get("url")
        if isinstance(value, str):
            yield value
    bugs = manifest.get("bugs")
    bugs = bugs.get("url") if isinstance(bugs, Mapping) else bugs
    urls = manifest.get("Project-URL")
    lines = (
        [line.partition(",")[2].strip() for line in urls if isinstance(line, str)]
        if isinstance(urls, list)
        else []
    )
    homes = manifest.get("Home-page"), manifest.get("homepage"), bugs
    for line in (*lines, *(home for home in homes if isinstance(home, str))):
        if re.search(
            r"(?i)//(?:www\.)?(?:github|gitlab|bitbucket|codeberg|sr\.ht|salsa|gitea|git)\b|"
            r"sourceforge|launchpad|/git\b",
            line,
        ):
            yield line


def owner(artifact: Artifact) -> str:
    """What the artifact says of its licence, for a sentence: that it is private before all."""
    manifest = artifact.manifest
    package = manifest.get("package")
    table = package if isinstance(package, Mapping) else manifest
    publish, classifiers = table.get("publish"), manifest.get("Classifier")
    if (
        manifest.get("private") is True
        or publish is False
        or (isinstance(publish, list) and "crates-io" not in publish)
        or any(str(line).startswith("Private ::") for line in classifiers or ())
    ):
        return "private"
    return f"licence {brief(artifact.licence)}" if artifact.licence else "no licence named"


def brief(licence: str) -> str:
    """The first words of a licence, for a sentence: some manifests hold the whole text."""
    return " ".join(licence.strip().partition("\n")[0].split())[:60]
