"""What must hold of every input, whatever its bytes. Run by atheris (fuzz.py) and by the tests."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from dunnage.archives import (
    Budget,
    Limits,
    is_source_map,
    open_archive,
    open_source_map,
    sniff,
    sniff_tail,
)
from dunnage.archives.hidden import opener_of
from dunnage.archives.zipforward import ForwardZip
from dunnage.errors import ArchiveError, LimitError, TargetError
from dunnage.model import Archive, Entry, Flaw, MemorySource, Oddity, Target
from dunnage.testing import tar_archive

LIMITS = Limits(max_entries=5_000, max_expanded=64 << 20, max_seconds=20)

_NAMES = (
    "a.txt",
    "a.js",
    "a.rtf",
    "META-INF/MANIFEST.MF",
    "META-INF/manifest.xml",
    ".env",
    "a.woff2",
)


class Broken(AssertionError):
    """What was promised does not hold."""


def drain(archive: Archive) -> tuple[list[Entry], list[bytes], bool]:
    """Read all: entries, their contents, whether anything was odd, missing or beyond a limit."""
    entries, contents, noted = [], [], False
    try:
        for item in archive:
            if isinstance(item, Entry):
                entries.append(item)
                try:
                    contents.append(item.read(1 << 30))
                except LimitError:
                    raise
                except ArchiveError:
                    noted = True
                    contents.append(b"")
                if item.data is not None and len(item.data) > 2 << 20:
                    raise Broken("more than 2 MiB in memory")
                item.path.encode()
            elif isinstance(item, Oddity | Flaw):
                noted = True
                item.message.encode()
            else:
                raise Broken(f"{type(item)} is no item")
    except LimitError:
        noted = True
    return entries, contents, noted


def any_archive(data: bytes) -> None:
    """Whatever the bytes are: no exception but ArchiveError."""
    form = sniff(data[:4096]) or sniff_tail(data[-(66 << 10) :])
    if form is not None:
        opened(data, form)


def opened(data: bytes, form: str) -> tuple[list[Entry], list[bytes], bool]:
    """The archive, read to its end."""
    try:
        archive = open_archive(MemorySource(data), form, Budget(LIMITS), name="x", digests=True)
    except ArchiveError:
        return [], [], True
    return drain(archive)


def tar(data: bytes) -> None:
    """What tarfile lists, is listed or there is a note."""
    entries, contents, noted = opened(data, "tar")
    if noted:
        return
    found = {entry.raw_path.rstrip(b"/") for entry in entries}
    for name, body in tarfile_lists(data):
        if name not in found:
            raise Broken(f"tarfile lists {name!r}")
        if body is not None and body not in contents:
            raise Broken(f"tarfile gives another content of {name!r}")


def tarfile_lists(data: bytes) -> list[tuple[bytes, bytes | None]]:
    """Names, and the contents of what is small, up to where tarfile gives up."""
    listed: list[tuple[bytes, bytes | None]] = []
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as reference:
            for member in reference:
                body = None
                if member.isreg() and not member.issparse() and member.size < 1 << 20:
                    stream = reference.extractfile(member)
                    body = stream.read() if stream is not None else b""
                name = member.name.encode("utf-8", "surrogateescape").rstrip(b"/")
                listed.append((name, body))
    except Exception:  # noqa: BLE001 - whatever the reference raises on such input
        pass
    return listed


def zip(data: bytes) -> None:  # noqa: A001 - the format's name
    """What zipfile lists, is listed or there is a note."""
    _, contents, noted = opened(data, "zip")
    if noted:
        return
    for name, body in zipfile_lists(data):
        if body not in contents:
            raise Broken(f"zipfile gives another content of {name!r}")


def forward(data: bytes) -> None:
    """The same of a zip that is read forwards."""
    _, contents, noted = drain(ForwardZip(io.BytesIO(data), Budget(LIMITS)))
    if noted:
        return
    for name, body in zipfile_lists(data):
        if body not in contents:
            raise Broken(f"zipfile gives another content of {name!r}")


def zipfile_lists(data: bytes) -> list[tuple[str, bytes]]:
    """Names and contents of what is small, up to where zipfile gives up."""
    listed: list[tuple[str, bytes]] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as reference:
            listed.extend(
                (member.filename, reference.read(member))
                for member in reference.infolist()
                if member.file_size <= 1 << 20
            )
    except Exception:  # noqa: BLE001 - whatever the reference raises on such input
        pass
    return listed


def compressed(data: bytes) -> None:
    """Every decoder on the same bytes."""
    for form in ("gzip", "zstd", "xz", "bzip2", "lzip", "lzma-alone", "compress"):
        opened(data, form)


def hidden(data: bytes) -> None:
    """What PDF, PNG, SQLite, git's formats, ar, cpio and scripts hold besides what is seen: read,
    or a note."""
    opener = opener_of(data[:4096], data, len(data))
    if opener is not None:
        drain(opener(MemorySource(data), Budget(LIMITS)))


def source_map(data: bytes) -> None:
    """A source map, or nothing of the kind."""
    facts = is_source_map(MemorySource(data))
    entries, _, noted = drain(open_source_map(MemorySource(data), Budget(LIMITS)))
    if facts is not None and not noted and len(entries) != facts.embedded_sources:
        raise Broken(f"{facts.embedded_sources} sources were told, {len(entries)} given")


@cache
def engine() -> Any:
    """An engine with all rules that come with dunnage, built once."""
    from dunnage.engine import Settings
    from dunnage.engine.run import Engine
    from dunnage.testing import bundled

    return Engine(Settings(jobs=1, limits=LIMITS), bundled())


def content(data: bytes) -> None:
    """A file of an archive, whose first byte chooses its name, from end to end: what carries text
    in another form is decoded in places that no archive reaches."""
    name = _NAMES[data[0] % len(_NAMES)] if data else "a"
    whole(tar_archive({name: data[1:]}))


def whole(data: bytes) -> None:
    """A check from end to end: an outcome, or one clear line; no rule and no adapter breaks."""
    from dunnage.engine.targets import Unit

    try:
        outcome = engine().check(Unit("x", target=Target("x", source=MemorySource(data))))
    except TargetError as error:
        if "\n" in str(error):
            raise Broken("an error of several lines") from error
        return
    for problem in outcome.problems:
        if " failed: " in problem.message:
            raise Broken(problem.message)


HARNESSES: Mapping[str, Callable[[bytes], None]] = MappingProxyType(
    {
        "any": any_archive,
        "tar": tar,
        "zip": zip,
        "forward": forward,
        "compressed": compressed,
        "sourcemap": source_map,
        "hidden": hidden,
        "content": content,
        "whole": whole,
    }
)
