"""What plugin authors and our own tests use: builders of artifacts, and running rules on them.

Every builder returns bytes (or, for images, the files to pack) and gives the same for the
same call. ``files`` is a mapping of paths to ``bytes``, ``str`` or :class:`Member`, or pairs of
them where a path shall occur twice.
"""

from __future__ import annotations

from dunnage.testing.archives import EPOCH, compress, tar_archive, zip_archive
from dunnage.testing.images import (
    blob_path,
    descriptor,
    digest,
    docker_archive,
    image_config,
    index,
    layer,
    oci_layout,
)
from dunnage.testing.lint import bundled, check_examples, lint, lint_paths, render, with_plugins
from dunnage.testing.members import Content, Files, Member, directory, hardlink, symlink
from dunnage.testing.packages import crate, npm_tarball, sdist, wheel

__all__ = [
    "EPOCH",
    "Content",
    "Files",
    "Member",
    "blob_path",
    "bundled",
    "check_examples",
    "compress",
    "crate",
    "descriptor",
    "digest",
    "directory",
    "docker_archive",
    "hardlink",
    "image_config",
    "index",
    "layer",
    "lint",
    "lint_paths",
    "npm_tarball",
    "oci_layout",
    "render",
    "sdist",
    "symlink",
    "tar_archive",
    "wheel",
    "with_plugins",
    "zip_archive",
]
