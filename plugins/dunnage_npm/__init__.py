"""npm: the tarball that ``npm pack`` makes, and a folder that holds a package.json.

Facts: npm documentation, "package.json" and "npm pack"; npm-packlist's README. The first component
of each path is stripped on installation, whatever its name; ``package`` is what npm itself writes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from dunnage import (
    Adapter,
    ArchiveError,
    Artifact,
    Flaw,
    Kind,
    Listing,
    derived,
    hookimpl,
    lazy_regex,
    replace,
)

_KEEP_OUT = 'Keep {path} out: list what ships under "files" in package.json.'
_KEEP_OUT_LISTED = (
    'Keep {path} out: take it from "files" in package.json, or end that list with "!{path}".'
)

OPEN_LICENCES = (
    "MIT", "ISC", "BSD", "Apache", "MPL", "GPL", "LGPL", "AGPL", "CC0", "CC-BY", "Unlicense",
    "0BSD", "Zlib", "BlueOak", "WTFPL", "Artistic", "EPL", "PSF", "Python", "Public Domain", "X11",
    "GNU", "Mozilla",
)  # fmt: skip
"""Beginnings of SPDX identifiers of open licences (spdx.org/licenses)."""

_INSTALLED = lazy_regex(
    r"(?:.*/)?(?:node_modules|(?:share|lib)/nodejs)/(?:@[^/]+/[^/]+|[^/@][^/]*)/"
)

_LOWER = lazy_regex(
    rf"(?i)(?:{'|'.join(name for name in OPEN_LICENCES if ' ' not in name)})(?:[\d.-]|v\d|\Z)"
)
"""The same in lower case, as people write them: ``apache-2.0``, ``gplv3``."""

_SEE = lazy_regex(r"(?i)\s*see licen[sc]e in (?:\./)?(\S+)")
_GRANT = lazy_regex(rb"(?i)(?:licen[sc]ed|available) under\b(?!\s+the\s+licen[sc]e\s+defined\b)")
"""Of an open core, the first grant is of the rest, under a licence that stands elsewhere."""
_NAMED = lazy_regex(
    rb"\b(MIT|ISC|BSD|Apache|Mozilla Public|GNU (?:Lesser |Affero )?General Public) License\b"
    rb"|\b((?:MIT|BSD-[23]-Clause|Apache-2\.0|MPL-2\.0|[AL]?GPL-?v?[23])[\w.+-]*)",
    re.IGNORECASE,
)
_LICENCES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "license.md", "license.txt")
_HEAD = 4096
_DEEPEST = 200
"""How many folders a file of a program may lie below its manifest."""
_NEAR = 160
"""How far behind the words that license it a licence is named."""


def is_open(licence: str | None) -> bool:
    """Whether a licence expression names an open licence anywhere."""
    if not licence:
        return False
    words = licence.replace("(", " ").replace(")", " ").split()
    if any(word.startswith(name) for word in words for name in OPEN_LICENCES):
        return True
    return any(_LOWER.match(word) for word in words)


class NpmAdapter:
    """Recognises a package by the ``package.json`` right under the tarball's one top folder."""

    name = "npm"
    documents: Sequence[str] = (
        "/*/package.json",
        "/package.json",
        *(f"/*/{name}" for name in _LICENCES),
    )
    manifests: Sequence[str] = ("package.json",)

    def match(self, listing: Listing) -> int:
        """A tar with ``<folder>/package.json``; surer when it is npm's own ``package``."""
        if listing.format == "directory":
            return 60 if "package.json" in listing.documents else 0
        if not listing.format.startswith("tar"):
            return 0
        if "package/package.json" in listing.documents:
            return 90
        tops = {path.partition("/")[0] for path in self._manifests(listing)}
        if len(tops) != 1:
            return 0
        top = tops.pop() + "/"
        return 50 if all(_inside(path, top, listing) for path in listing.index) else 0

    def read(self, listing: Listing) -> Artifact:
        """The artifact. A manifest that is not JSON is a problem; the files are checked still."""
        kind = "tarball" if listing.format.startswith("tar") else "folder"
        return self._read(listing, self._path(listing), kind)

    def installed(self, path: str, listing: Listing) -> Artifact | None:
        """The package that ``path`` lies in, below the last ``node_modules`` or Debian's folder;
        else, in a tar that is no package itself, the program whose folder it is, and in Electron's
        archive the program that it holds."""
        found = _INSTALLED.match(path)
        if found is None:
            return self._project(path, listing)
        manifest = f"{found[0]}package.json"
        if manifest not in listing.documents:
            return None
        return self._known(listing, manifest, "installed")

    def _known(self, listing: Listing, path: str, kind: str) -> Artifact:
        """A package that is asked for again and again, read once."""
        known = derived(listing.documents, _packages)
        if (path, kind) not in known:
            known[path, kind] = self._read(listing, path, kind)
        return known[path, kind]

    def _project(self, path: str, listing: Listing) -> Artifact | None:
        """The program that the nearest manifest above ``path`` describes, as in an image's
        ``/app``. It is private when the manifest says so: few programs name a licence."""
        top = path.partition("/")[0]
        others = ("package/package.json", f"{top}/PKG-INFO", f"{top}/Cargo.toml")
        packed = listing.format == "asar"  # Electron's, with the program's manifest at its top
        known = packed or listing.format.startswith("tar")
        if not known or any(each in listing.index for each in others):
            return None
        parts = path.split("/")[:-1]
        last = max(len(parts) - _DEEPEST, -1 if packed else 0)
        for count in range(len(parts), last, -1):
            manifest = "/".join([*parts[:count], "package.json"])
            if manifest in listing.documents:
                program = self._known(listing, manifest, "project")
                if {"name", "private", "license"} & program.manifest.keys():
                    said = program.manifest.get("private") is True or bool(program.licence)
                    return replace(program, private=program.private and said)
        return None

    def _read(self, listing: Listing, path: str, kind: str) -> Artifact:
        problems: list[Flaw] = []
        manifest: Mapping[str, Any] = {}
        try:
            loaded = json.loads(listing.documents[path].decode("utf-8-sig"))
            if isinstance(loaded, dict):
                manifest = loaded
            else:
                problems.append(Flaw("package.json is not a JSON object", path))
        except (ValueError, RecursionError) as error:
            problems.append(Flaw(f"package.json cannot be read: {_short(error)}", path))
        root = path[: -len("package.json")]
        licence = _granted(_licence(manifest), root, listing)
        return Artifact(
            ecosystem="npm",
            kind=kind,
            name=_text(manifest.get("name")),
            version=_text(manifest.get("version")),
            manifest=manifest,
            listing=listing,
            root=root,
            licence=licence,
            private=manifest.get("private") is True or not is_open(licence),
            problems=problems,
            keep_out=_KEEP_OUT_LISTED if isinstance(manifest.get("files"), list) else _KEEP_OUT,
        )

    def _manifests(self, listing: Listing) -> list[str]:
        return [
            path
            for path in listing.documents
            if path.endswith("/package.json") and path.count("/") == 1
        ]

    def _path(self, listing: Listing) -> str:
        for path in ("package/package.json", *self._manifests(listing), "package.json"):
            if path in listing.documents:
                return path
        raise ArchiveError("there is no package.json")


def _packages(documents: Mapping[str, bytes]) -> dict[tuple[str, str], Artifact]:
    """Those that have been read, by the path of the manifest and their kind."""
    return {}


def _granted(licence: str | None, root: str, listing: Listing) -> str | None:
    """The licence; of one that points to a file (``SEE LICENSE IN FILE``), with the open licence
    that the file begins with or first grants: dual licences are written so."""
    found = _SEE.match(licence or "")
    text = listing.documents.get(root + found[1]) if found else None
    if found is None or text is None:
        return licence
    head = text[:_HEAD]
    grant = _GRANT.search(head)
    name = _NAMED.match(head.lstrip(b"# \r\n")) or (
        _NAMED.search(head, grant.end(), grant.end() + _NEAR) if grant else None
    )
    return f"{name[0].decode()} ({found[1]})" if name else licence


def _inside(path: str, top: str, listing: Listing) -> bool:
    return path.startswith(top) or listing.index[path].kind is not Kind.FILE


def _short(error: Exception) -> str:
    return "it is nested too deep" if isinstance(error, RecursionError) else str(error)[:200]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _licence(manifest: Mapping[str, Any]) -> str | None:
    """``license`` as a string, or the older objects and ``licenses`` lists."""
    value = manifest.get("license", manifest.get("licenses"))
    items = value if isinstance(value, list) else [value]
    names = [
        _text(i.get("type") or i.get("name")) if isinstance(i, dict) else _text(i) for i in items
    ]
    return " OR ".join(name for name in names if name) or None


@hookimpl
def register_adapters() -> list[Adapter]:
    """One adapter."""
    return [NpmAdapter()]
