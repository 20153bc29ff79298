"""PyPI: wheels, sdists and unpacked ``*.dist-info`` folders.

Facts: packaging.python.org, "Binary distribution format" (wheels: ``WHEEL``, ``METADATA`` and
``RECORD`` under ``{name}-{version}.dist-info/``), "Source distribution format" (one top folder
with ``PKG-INFO``) and "Core metadata specifications".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from dunnage import Adapter, ArchiveError, Artifact, Flaw, Listing, derived, hookimpl, lazy_regex

_KEEP_OUT = (
    "Keep {path} out: `global-exclude {name}` in MANIFEST.in (setuptools); "
    '`exclude = ["{name}"]` under [tool.hatch.build]; '
    '`exclude = ["**/{name}"]` under [tool.poetry].'
)

_CLOSED = lazy_regex(
    r"(?i)\s*(?:LicenseRef-\S*(?:proprietary|commercial|closed|internal|confidential)\S*|"
    r"proprietary\b.{0,40}|unlicensed|(?:commercial|closed|private|internal|all rights reserved)\b"
    r".{0,20})\s*"
)
"""What people write who keep their rights, as the whole of the field."""

_MOST_INFOS = 2
"""How many ``*.dist-info`` a zip has that is meant for a wheel: one, and a second by mistake."""

_INSTALLED = lazy_regex(r"(?P<site>(?:.*/)?(?:site|dist)-packages/)(?P<top>[^/]+)/")


class PyPIAdapter:
    """Recognises wheels by their ``dist-info`` and sdists by their ``PKG-INFO``."""

    name = "pypi"
    documents: Sequence[str] = (
        "/*.dist-info/METADATA",
        "/*.dist-info/WHEEL",
        "/*.dist-info/RECORD",
        "/*/PKG-INFO",
        "/PKG-INFO",
    )
    manifests: Sequence[str] = (".dist-info/METADATA", ".dist-info/RECORD")

    def match(self, listing: Listing) -> int:
        """A zip with ``*.dist-info/WHEEL`` or METADATA is a wheel, one with many of them a bundle
        of what was installed; ``<folder>/PKG-INFO`` makes an sdist."""
        folders = self._infos(listing)
        if listing.format == "directory":
            return 50 if folders or "PKG-INFO" in listing.documents else 0
        if listing.format == "zip" and 0 < len(folders) <= _MOST_INFOS:
            return 90 if any(f"{f}WHEEL" in listing.documents for f in folders) else 70
        return 80 if self._sdist(listing) else 0

    def read(self, listing: Listing) -> Artifact:
        """The artifact, a wheel before an sdist."""
        folders = self._infos(listing)
        if folders and (listing.format in ("zip", "directory")):
            return self._wheel(listing, folders)
        path = self._sdist(listing) or "PKG-INFO"
        if path not in listing.documents:
            raise ArchiveError("there is no PKG-INFO")
        metadata = headers(listing.documents[path])
        return _artifact(listing, "sdist", metadata, path[: -len("PKG-INFO")], [])

    def installed(self, path: str, listing: Listing) -> Artifact | None:
        """The distribution that put the top folder of ``path`` below ``site-packages`` there, by
        its RECORD."""
        found = _INSTALLED.match(path)
        if found is None:
            return None
        site, top = found["site"], found["top"]
        folder = derived(listing.documents, _tops).get((site, top.encode()))
        if folder is None:
            return None
        known = derived(listing.documents, _distributions)
        if folder not in known:
            metadata = headers(listing.documents.get(f"{folder}/METADATA", b""))
            known[folder] = _artifact(listing, "installed", metadata, site, [])
        return known[folder]

    def _wheel(self, listing: Listing, folders: Sequence[str]) -> Artifact:
        folder = folders[0]
        problems = []
        if len(folders) > 1 and listing.format == "zip":
            problems.append(Flaw(f"a wheel with {len(folders)} dist-info folders", folders[1]))
        metadata = dict(headers(listing.documents.get(f"{folder}METADATA", b"")))
        metadata["WHEEL"] = headers(listing.documents.get(f"{folder}WHEEL", b""))
        record = listing.documents.get(f"{folder}RECORD")
        if record is not None:
            try:
                metadata["RECORD"] = read_record(record)
            except ArchiveError as error:
                problems.append(Flaw(str(error), f"{folder}RECORD"))
        kind = "wheel" if listing.format == "zip" else "folder"
        return _artifact(listing, kind, metadata, "", problems)

    def _infos(self, listing: Listing) -> list[str]:
        found = {
            path.rpartition("/")[0] + "/" for path in listing.documents if ".dist-info/" in path
        }
        if listing.format == "directory":
            found |= {
                path.partition("/")[0] + "/"
                for path in listing.index
                if path.partition("/")[0].endswith(".dist-info")
            }
        return sorted(found)

    def _sdist(self, listing: Listing) -> str | None:
        if not (listing.format.startswith("tar") or listing.format == "zip"):
            return None
        found = [p for p in listing.documents if p.endswith("/PKG-INFO") and p.count("/") == 1]
        found = [p for p in found if not p.endswith((".egg-info/PKG-INFO", "EGG-INFO/PKG-INFO"))]
        return found[0] if len(found) == 1 else None


def _tops(documents: Mapping[str, bytes]) -> dict[tuple[str, bytes], str]:
    """The top folders that distributions have below ``site-packages``, by their RECORDs: the folder
    of the first that names one, by site and name."""
    found: dict[tuple[str, bytes], str] = {}
    for record, data in documents.items():
        if record.endswith("/RECORD"):
            folder = record.rpartition("/")[0]
            site = folder.rpartition("/")[0] + "/"
            for top in dict.fromkeys(line.partition(b"/")[0] for line in data.split(b"\n")):
                found.setdefault((site, top), folder)
    return found


def _distributions(documents: Mapping[str, bytes]) -> dict[str, Artifact]:
    """Those that have been read, by their folder: each is asked for again and again."""
    return {}


def headers(text: bytes) -> Mapping[str, Any]:
    """Core metadata as a mapping: the keys as written; those that may repeat hold lists. A
    description that stands below the headers is one."""
    import email.parser  # here: these take everything else 5 ms
    import email.policy

    message = email.parser.BytesHeaderParser(policy=email.policy.compat32).parsebytes(text)
    found: dict[str, Any] = {}
    for key, header in message.items():
        value = str(header)
        if key in ("Classifier", "Requires-Dist", "License-File", "Project-URL", "Tag", "Keywords"):
            found.setdefault(key, []).append(value)
        else:
            found.setdefault(key, value)
    if body := message.get_payload():
        found.setdefault("Description", str(body))
    return found


def read_record(text: bytes) -> dict[str, tuple[str, str]]:
    """RECORD: path to (hash, size), as written. Raises ArchiveError when it is not CSV with three
    columns."""
    rows: dict[str, tuple[str, str]] = {}
    try:
        for row in csv.reader(io.StringIO(text.decode("utf-8"))):
            if row:
                rows[row[0]] = (row[1], row[2])
    except (csv.Error, UnicodeDecodeError, IndexError) as error:
        raise ArchiveError(f"RECORD cannot be read: {error}") from None
    return rows


def _artifact(
    listing: Listing, kind: str, metadata: Mapping[str, Any], root: str, problems: list[Flaw]
) -> Artifact:
    classifiers = metadata.get("Classifier", ())
    private = any(str(line).startswith("Private ::") for line in classifiers)
    licence = metadata.get("License-Expression") or metadata.get("License")
    licence = licence or next((c for c in classifiers if str(c).startswith("License ::")), None)
    proprietary = "License :: Other/Proprietary License" in classifiers
    proprietary = proprietary or bool(licence and _CLOSED.fullmatch(str(licence)))
    return Artifact(
        ecosystem="pypi",
        kind=kind,
        name=str(metadata.get("Name", "")),
        version=str(metadata.get("Version", "")),
        manifest=metadata,
        listing=listing,
        root=root,
        licence=str(licence)[:200] if licence else None,
        private=private or proprietary,
        problems=problems,
        keep_out=_KEEP_OUT,
    )


@hookimpl
def register_adapters() -> list[Adapter]:
    """One adapter."""
    return [PyPIAdapter()]
