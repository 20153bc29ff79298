"""Git's objects: a loose one, a pack and a bundle, as archives of what they hold.

Source: https://git-scm.com/docs/gitformat-pack, https://git-scm.com/docs/gitformat-bundle,
https://git-scm.com/book/en/v2/Git-Internals-Git-Objects."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from dunnage.archives.limits import Budget
from dunnage.archives.notes import Item, Whole, extra
from dunnage.lazy import lazy_regex
from dunnage.model import Flaw, Source

PACK = (b"PACK\0\0\0\2", b"PACK\0\0\0\3")
BUNDLE = (b"# v2 git bundle\n", b"# v3 git bundle\n")
ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
MOST = 128 << 20
"""How much of a pack is read, in bytes."""

_KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag", 6: "delta", 7: "delta"}
_OFFSET_DELTA, _REFERENCE_DELTA = 6, 7
_LOOSE = lazy_regex(rb"(blob|commit|tree|tag) ([0-9]{1,12})\0")
_LARGEST = 32 << 20
_BLOCK = 1 << 20


def is_git(head: bytes) -> bool:
    """Whether content that begins with ``head`` (give 64 bytes) is a loose object, a pack or a
    bundle."""
    if head[:8] in PACK or head.startswith(BUNDLE):
        return True
    if head[:2] not in ZLIB:
        return False
    try:
        return _LOOSE.match(zlib.decompressobj().decompress(head, 64)) is not None
    except zlib.error:
        return False


class GitArchive(Whole):
    """The objects, each as one entry. An object that is stored as a delta is given as the delta,
    which holds what its base has not."""

    format = "git"
    noun = "the pack"
    parts = "objects"
    most = MOST
    _out = 0

    def _parts(self, data: bytearray) -> Iterator[Item]:
        if data[:4] == b"PACK":
            yield from self._pack(data)
        elif data.startswith(BUNDLE):  # names and revisions, an empty line, a pack
            at = data.find(b"\n\nPACK")
            if at < 0:
                yield Flaw("the bundle holds no pack")
                return
            yield from self._pack(data[at + 2 :])
        else:
            yield from self._loose(data)

    def _loose(self, data: bytearray) -> Iterator[Item]:
        self._budget.count_entry()
        content, _, fault = self._inflated(data, 0)
        found = _LOOSE.match(content)
        if found is not None:
            yield extra(found[1].decode(), content[found.end() :])
        if fault:
            yield Flaw(fault)

    def _pack(self, data: bytearray) -> Iterator[Item]:
        at, count = 12, int.from_bytes(data[8:12], "big")
        for number in range(count):
            if at >= len(data) - 20:
                yield Flaw(f"the pack ends after {number} of {count} objects")
                return
            try:
                kind, at = _header(data, at)
            except IndexError:
                kind = 0
            if kind not in _KINDS:
                yield Flaw(f"object {number + 1} of the pack is of no known kind")
                return
            self._budget.count_entry()
            content, at, fault = self._inflated(data, at)
            if content:
                yield extra(f"{_KINDS[kind]} {number + 1}", content)
            if fault:
                yield Flaw(fault)
                if not fault.endswith("cut off there"):
                    return

    def _inflated(self, data: bytearray, start: int) -> tuple[bytes, int, str | None]:
        """A zlib stream's content (its first 32 MiB), where it ends, and what is wrong with it."""
        inflater = zlib.decompressobj()
        parts: list[bytes] = []
        size, at = 0, start
        view = memoryview(data)
        try:
            while not inflater.eof:
                raw = inflater.unconsumed_tail
                if not raw:
                    raw = bytes(view[at : at + _BLOCK])
                    at += len(raw)
                    if not raw:
                        return b"".join(parts), at, "a git object is cut off"
                part = inflater.decompress(raw, _BLOCK)
                self._budget.expand(len(part))
                self._out += len(part)
                self._budget.ratio(self._out, at)
                if size < _LARGEST:
                    parts.append(part)
                size += len(part)
        except zlib.error as error:
            return b"".join(parts), at, f"a git object is damaged: {error}"
        stop = at - len(inflater.unused_data)
        if size > _LARGEST:
            most = f"{_LARGEST >> 20} MiB"
            return b"".join(parts), stop, f"a git object is larger than {most}: cut off there"
        return b"".join(parts), stop, None


def _header(data: bytearray, at: int) -> tuple[int, int]:
    """An object's kind, and where its zlib stream begins."""
    byte = data[at]
    kind = byte >> 4 & 7
    while byte & 0x80:
        at += 1
        byte = data[at]
    at += 1
    if kind == _OFFSET_DELTA:
        while data[at] & 0x80:
            at += 1
        at += 1
    elif kind == _REFERENCE_DELTA:
        at += 20
    return kind, at


def open_git(source: Source, budget: Budget) -> GitArchive:
    """The loose object or pack in ``source`` as an archive. Damage comes as Flaw."""
    return GitArchive(source, budget)
