"""crates.io: the ``.crate`` that ``cargo package`` makes, and a folder that holds a Cargo.toml.

Facts: The Cargo Book, "cargo package" and "The Manifest Format". A crate is a gzipped tar under
``name-version/`` with a normalised ``Cargo.toml``, the original as ``Cargo.toml.orig`` and, from a
clean or dirty checkout, ``.cargo_vcs_info.json``. Cargo unpacks what it downloads into
``registry/src/<registry>/name-version/`` of its home; ``cargo vendor`` into ``vendor/name/``, with
``.cargo-checksum.json`` beside the manifest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import tomli

from dunnage import Adapter, ArchiveError, Artifact, Flaw, Listing, derived, hookimpl, lazy_regex

_CLOSED = lazy_regex(
    r"(?i)\s*(?:LicenseRef-\S*(?:proprietary|commercial|closed|internal|confidential)\S*|"
    r"proprietary\b.{0,40}|unlicensed|(?:commercial|closed|private|internal)\b.{0,20})\s*"
)
"""What people write who keep their rights, as the whole of the field."""

_INSTALLED = lazy_regex(
    r"(?:.*/)?(?:registry/src/[^/]+|git/checkouts/[^/]+|vendor|share/cargo/registry)/[^/]+/"
)


class CargoAdapter:
    """Recognises a crate by the ``Cargo.toml`` right under its one top folder."""

    name = "crates"
    documents: Sequence[str] = ("/*/Cargo.toml", "/Cargo.toml", "/*/.cargo_vcs_info.json")
    manifests: Sequence[str] = ("/Cargo.toml",)

    def match(self, listing: Listing) -> int:
        """A tar with ``<folder>/Cargo.toml``; surer with what only ``cargo package`` adds."""
        path = self._path(listing)
        if path is None:
            return 0
        if listing.format == "directory":
            return 55
        if not listing.format.startswith("tar"):
            return 0
        folder = path[: -len("Cargo.toml")]
        if {path for path in listing.documents if path.endswith("/Cargo.toml")} != {path}:
            return 0
        added = f"{folder}Cargo.toml.orig" in listing.index
        added = added or f"{folder}.cargo_vcs_info.json" in listing.index
        if added:
            return 85
        return 45 if all(entry.startswith(folder) for entry in listing.index) else 0

    def read(self, listing: Listing) -> Artifact:
        """The artifact. A manifest that is not TOML is a problem; the files are checked all the
        same."""
        path = self._path(listing)
        if path is None:
            raise ArchiveError("there is no Cargo.toml")
        kind = "crate" if listing.format.startswith("tar") else "folder"
        return self._read(listing, path, kind)

    def installed(self, path: str, listing: Listing) -> Artifact | None:
        """The crate that ``path`` lies in: one that Cargo unpacked, or that was vendored."""
        found = _INSTALLED.match(path)
        manifest = f"{found[0]}Cargo.toml" if found else ""
        if manifest not in listing.documents:
            return None
        known = derived(listing.documents, _packages)
        if manifest not in known:
            known[manifest] = self._read(listing, manifest, "installed")
        return known[manifest]

    def _read(self, listing: Listing, path: str, kind: str) -> Artifact:
        problems: list[Flaw] = []
        manifest: Mapping[str, Any] = {}
        try:
            manifest = tomli.loads(listing.documents[path].decode("utf-8"))
        except (ValueError, RecursionError) as error:
            problems.append(Flaw(f"Cargo.toml cannot be read: {str(error)[:200]}", path))
        package = manifest.get("package")
        package = package if isinstance(package, dict) else {}
        licence = package.get("license")
        publish = package.get("publish")
        elsewhere = isinstance(publish, list) and "crates-io" not in publish
        closed = isinstance(licence, str) and _CLOSED.fullmatch(licence) is not None
        return Artifact(
            ecosystem="crates",
            kind=kind,
            name=_text(package.get("name")),
            version=_text(package.get("version")),
            manifest=manifest,
            listing=listing,
            root=path[: -len("Cargo.toml")],
            licence=licence if isinstance(licence, str) else None,
            private=publish is False or elsewhere or closed,
            problems=problems,
            keep_out='Keep {path} out: `exclude = ["{path}"]` in Cargo.toml.',
        )

    def _path(self, listing: Listing) -> str | None:
        if "Cargo.toml" in listing.documents:
            return "Cargo.toml"
        found = [p for p in listing.documents if p.endswith("/Cargo.toml") and p.count("/") == 1]
        return found[0] if found else None


def _packages(documents: Mapping[str, bytes]) -> dict[str, Artifact]:
    """Those that have been read, by the path of the manifest: each is asked for again and again."""
    return {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


@hookimpl
def register_adapters() -> list[Adapter]:
    """One adapter."""
    return [CargoAdapter()]
