"""Resolving targets: what the user names becomes bytes."""

from __future__ import annotations

import glob
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress

from msgspec import Struct

from dunnage.archives import sniff, sniff_named, sniff_tail
from dunnage.archives.magics import DISK_HEAD
from dunnage.archives.opaque import name_of
from dunnage.engine.settings import Settings
from dunnage.errors import TargetError
from dunnage.lazy import lazy_regex
from dunnage.model import Adapter, Facts, Kind, Listing, Resolver, Target
from dunnage.sources import FileSource, StreamSource

TAIL = 66 << 10
_ADDRESS = lazy_regex(r"[A-Za-z][A-Za-z0-9+.-]*:/{2}|pkg:")


class Unit(Struct, frozen=True):
    """One target's bytes, as they are handed to a process. ``path`` names a local file or folder;
    else ``target`` holds bytes that only this process can read. ``fault`` tells why what was met in
    a folder cannot be looked at at all, ``failure`` why there is nothing under that name."""

    name: str
    path: str | None = None
    folder: bool = False
    target: Target | None = None
    size: int = 0
    fault: str = ""
    failure: str = ""


def resolve(
    targets: Sequence[str],
    settings: Settings,
    adapters: Sequence[Adapter],
    resolvers: Sequence[Resolver],
) -> Iterator[Unit]:
    """The units of all targets, in order, each once. What is no target is a unit with a failure,
    one clear line: the others are looked at all the same."""
    seen: set[str] = set()
    for target in targets:
        for unit in _tried(target, settings, adapters, resolvers):
            if unit.path is not None and unit.path in seen:
                continue
            if unit.path is not None:
                seen.add(unit.path)
            yield unit


def _tried(
    target: str, settings: Settings, adapters: Sequence[Adapter], resolvers: Sequence[Resolver]
) -> Iterator[Unit]:
    try:
        yield from _units(target, settings, adapters, resolvers)
    except TargetError as error:
        yield Unit(target, failure=str(error))


def _units(
    target: str, settings: Settings, adapters: Sequence[Adapter], resolvers: Sequence[Resolver]
) -> Iterator[Unit]:
    if target == "-":
        stream = sys.stdin.buffer
        yield Unit("-", target=Target("-", source=StreamSource(stream)))
        return
    if not target:
        raise TargetError("an empty target: name a file, a folder, - or an image")
    scores = [(resolver.match(target), resolver) for resolver in resolvers]
    best = max((score for score, _ in scores), default=0)
    exists = os.path.lexists(target)
    if best >= 100 or (best > 0 and not exists):
        resolver = next(resolver for score, resolver in scores if score == best)
        for found in resolver.resolve(target, settings.options):
            yield Unit(found.name, target=found)
        return
    if not exists:
        if glob.has_magic(target) and (names := sorted(glob.glob(target, recursive=True))):
            for name in names:
                yield from _tried(name, settings, adapters, resolvers)
            return
        if _ADDRESS.match(target):
            raise TargetError(
                f"{target}: dunnage takes files, folders and images (docker://…), and fetches "
                "nothing else; download it first"
            )
        what = (
            "nothing matches this pattern"
            if glob.has_magic(target)
            else "there is no such file or folder"
        )
        raise TargetError(f"{target}: {what}")
    yield from _local(target, adapters)


def _local(target: str, adapters: Sequence[Adapter]) -> Iterator[Unit]:
    try:
        status = os.stat(target)
    except OSError as error:
        if os.path.islink(target) and isinstance(error, FileNotFoundError):
            there = os.readlink(target)
            raise TargetError(f"{target}: a link to {there}, which is not there") from None
        raise TargetError(f"{target}: {error.strerror}") from None
    if not stat.S_ISDIR(status.st_mode):
        source = FileSource(target)
        if not source.size:
            raise TargetError(f"{target}: the file is empty")
        yield Unit(target, path=target, size=source.size)
        return
    if is_package(target, adapters):
        yield Unit(target, path=target, folder=True)
        return
    found = list(_artifacts(target))
    if not found:
        raise TargetError(
            f"{target}: the folder holds no artifact (tar, zip, image) and is no unpacked package"
        )
    yield from found


def is_package(folder: str, adapters: Sequence[Adapter]) -> bool:
    """Whether a folder is an unpacked package or image itself, by the names at its top."""
    index = {}
    documents = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                directory = entry.is_dir(follow_symlinks=False)
                index[entry.name] = Facts(Kind.DIR if directory else Kind.FILE, 0, 0)
                if directory and entry.name.endswith((".dist-info", ".egg-info")):
                    with suppress(OSError):  # whoever walks the folder meets it, and tells
                        for name in os.listdir(entry.path):
                            index[f"{entry.name}/{name}"] = Facts(Kind.FILE, 0, 0)
    except OSError as error:
        raise TargetError(f"{folder}: {error.strerror}") from None
    for name in (
        "package.json",
        "Cargo.toml",
        "PKG-INFO",
        "oci-layout",
        "index.json",
        "manifest.json",
    ):
        path = os.path.join(folder, name)
        if name in index and os.path.isfile(path) and os.path.getsize(path) < 4 << 20:
            try:
                with open(path, "rb") as file:
                    documents[name] = file.read()
            except OSError:
                continue
    listing = Listing("directory", index, documents)
    return any(adapter.match(listing) > 0 for adapter in adapters)


def _artifacts(folder: str) -> Iterator[Unit]:
    """The artifacts in a folder, and what may be one and cannot be read."""
    faults: list[OSError] = []
    for base, folders, files in os.walk(folder, onerror=faults.append):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(base, name)
            try:
                if not stat.S_ISREG(os.lstat(path).st_mode):
                    continue
                with open(path, "rb") as file:
                    head = file.read(DISK_HEAD)
                known = sniff(head) or sniff_named(name, head) or name_of(head)
                if known is None and not _tail(path):
                    continue
                size = os.path.getsize(path)
            except OSError as error:
                yield Unit(path, fault=_reason(error))
                continue
            yield Unit(path, path=path, size=size)
    for fault in faults:
        yield Unit(str(fault.filename), fault=_reason(fault))


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _tail(path: str) -> bool:
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL))
        return sniff_tail(file.read(TAIL)) is not None
