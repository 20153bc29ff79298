"""Targets that name an image: the transports of containers-transports(5), and the bare
``name:tag``. What opens them is in transports.py, which most runs never import: HTTP and TLS take
30 ms."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from dunnage import Resolver, Target, TargetError
from dunnage_oci.reference import is_explicit, is_possible

Open = Callable[[str, Mapping[str, Any]], Target]


def _opener(name: str) -> Open:
    def open_it(rest: str, options: Mapping[str, Any]) -> Target:
        from dunnage_oci import transports

        opener: Open = getattr(transports, name)
        return opener(rest, options)

    return open_it


class Transport(Struct, frozen=True):
    """A resolver for the targets that begin with ``prefix``."""

    name: str
    prefix: str
    open: Open

    def match(self, target: str) -> int:
        """100 for the prefix, else 0."""
        return 100 if target.startswith(self.prefix) else 0

    def resolve(self, target: str, options: Mapping[str, Any]) -> Sequence[Target]:
        """The image. Raises TargetError."""
        rest = target.removeprefix(self.prefix)
        if not rest:
            raise TargetError(f"{target} names no image")
        return [self.open(rest, options)]


class Directory(Transport, frozen=True):
    """``dir:``, and a folder that says of itself that it is one."""

    def match(self, target: str) -> int:
        """As of any transport."""
        if not target.startswith(self.prefix) and os.path.isfile(f"{target}/version"):
            from dunnage_oci.directory import is_directory

            return 100 if is_directory(target) else 0
        return super().match(target)


class Bare(Struct, frozen=True):
    """A resolver for ``name:tag``, ``name@digest``, an image's id, and ``name`` alone without a
    transport: the engine has it, or podman's storage. It never asks a registry."""

    name: str = "image"

    def match(self, target: str) -> int:
        """20 for a reference with a tag or a digest, 10 for a mere name: a local path or a known
        prefix goes before it. A name in capitals is told what is wrong with it."""
        return 20 if is_explicit(target.lower()) else 10 if is_possible(target) else 0

    def resolve(self, target: str, options: Mapping[str, Any]) -> Sequence[Target]:
        """The image of the first engine that has it. Raises TargetError that tells who was
        asked."""
        return [_opener("anywhere")(target, options)]


def all_resolvers() -> list[Resolver]:
    """All of them."""
    return [
        Transport("docker", "docker://", _opener("registry")),
        Transport("docker-daemon", "docker-daemon:", _opener("daemon")),
        Transport("docker-archive", "docker-archive:", _opener("archive")),
        Transport("oci-archive", "oci-archive:", _opener("archive")),
        Transport("oci", "oci:", _opener("layout")),
        Directory("dir", "dir:", _opener("directory")),
        Transport("containers-storage", "containers-storage:", _opener("stored")),
        Bare(),
    ]
