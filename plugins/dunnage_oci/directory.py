"""``dir:``, what ``skopeo copy`` and ``podman save --format docker-dir`` write: a folder with
``manifest.json`` as a registry has it, and a file for each blob, named by the digits of its digest
(containers-transports(5))."""

from __future__ import annotations

import os

from msgspec import Struct

from dunnage import ArchiveError, FileSource, Source, TargetError
from dunnage_oci.reference import is_digest
from dunnage_oci.remote import MOST_MANIFEST

_MARK = b"Directory Transport Version: "


def is_directory(path: str) -> bool:
    """Whether ``path`` is such a folder, by the file ``version`` in it."""
    try:
        with open(os.path.join(path, "version"), "rb") as file:
            return file.read(len(_MARK)) == _MARK
    except (OSError, ValueError):
        return False


class Directory(Struct, frozen=True):
    """The store of such a folder."""

    path: str

    def manifest(self, wanted: str) -> tuple[bytes, str]:
        """As in :class:`dunnage_oci.remote.Store`; the one without a digest is the folder's own."""
        name = "manifest.json"
        if is_digest(wanted):
            # Those of an index have a name of their own; a configuration is a blob.
            name = _digits(wanted) + ".manifest.json"
            if not os.path.isfile(os.path.join(self.path, name)):
                name = _digits(wanted)
        with FileSource(os.path.join(self.path, name)).open() as stream:
            return stream.read(MOST_MANIFEST), ""

    def source(self, digest: str, size: int | None) -> Source:
        """As in :class:`dunnage_oci.remote.Store`."""
        del size
        try:
            return FileSource(os.path.join(self.path, _digits(digest)))
        except TargetError as error:
            raise ArchiveError(str(error)) from None

    def holds(self, digest: str) -> bool:
        """As in :class:`dunnage_oci.remote.Store`."""
        return os.path.isfile(os.path.join(self.path, _digits(digest)))


def _digits(digest: str) -> str:
    return digest.partition(":")[2]
