"""What a builder packs: contents, links and special members, in a given order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from dunnage.model import Kind


class Member(Struct, frozen=True):
    """One member to pack, where plain bytes do not say enough.

    ``mode`` holds the permission and set-id bits; ``link`` is the target of a symlink or hardlink.
    """

    data: bytes = b""
    kind: Kind = Kind.FILE
    mode: int = 0o644
    link: str = ""
    uid: int = 0
    gid: int = 0


Content = bytes | str | Member
Files = Mapping[str, Content] | Iterable[tuple[str, Content]]


def symlink(target: str) -> Member:
    """A symbolic link to ``target``, whether that exists or not."""
    return Member(kind=Kind.SYMLINK, mode=0o777, link=target)


def hardlink(target: str) -> Member:
    """A hard link to ``target``, a path in the same archive."""
    return Member(kind=Kind.HARDLINK, link=target)


def directory(mode: int = 0o755) -> Member:
    """A folder."""
    return Member(kind=Kind.DIR, mode=mode)


def members(files: Files) -> Iterator[tuple[str, Member]]:
    """Each path with its member, in the order given; text becomes UTF-8.

    A path that ends in ``/`` is a folder. Pairs instead of a mapping may repeat a path.
    """
    pairs = files.items() if isinstance(files, Mapping) else files
    for path, content in pairs:
        if isinstance(content, Member):
            yield path, content
        elif path.endswith("/"):
            yield path, directory()
        else:
            yield path, Member(content.encode() if isinstance(content, str) else content)


def beneath(root: str, files: Files) -> list[tuple[str, Member]]:
    """The members with ``root`` put before each path."""
    return [(root + path, member) for path, member in members(files)]
