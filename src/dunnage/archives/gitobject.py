"""Git's objects: a loose one, a pack and a bundle, as archives of what they hold.

Source: https://git-scm.com/docs/gitformat-pack, https://git-scm.com/docs/gitformat-bundle,
https://git-scm.com/book/en/v2/Git-Internals-Git-Objects."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator

from dunnage.archives.gitdelta import applied
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
_HELD, _MOST_NAMED = 64 << 20, 250_000
"""How many bytes of objects are kept for the deltas that are made from them, and how many names."""
_LONGEST_CHAIN = 4096
_MADE, _MADE_RATE = 256 << 20, 32
"""Deltas are applied until they have made so many bytes, or so many times the pack."""
_BLOCK = 1 << 20
_FIRST = 1 << 10
"""Most objects are small: what is behind one is not copied with it."""


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
    """The objects, each as one entry. Of an object that is stored as a delta the parts are given
    that its base has not, with what is around them; where the base is not at hand, the delta."""

    format = "git"
    noun = "the pack"
    parts = "objects"
    most = MOST
    _out = 0

    def __init__(self, source: Source, budget: Budget) -> None:
        super().__init__(source, budget)
        self._kept: dict[int, tuple[int, bytes]] = {}
        self._held = self._left = 0
        self._named: dict[bytes, int] = {}
        self._unmade: set[int] = set()

    def _parts(self, data: bytearray) -> Iterator[Item]:
        if data[:4] == b"PACK":
            yield from self._pack(data)
        elif data.startswith(BUNDLE):  # names and revisions, an empty line, a pack
            at = data.find(b"\n\nPACK")
            if at < 0:
                yield Flaw("the bundle holds no pack")
                return
            del data[: at + 2]
            yield from self._pack(data)
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
        self._left = max(_MADE, _MADE_RATE * len(data))
        for number in range(count):
            if at >= len(data) - 20:
                yield Flaw(f"the pack ends after {number} of {count} objects")
                return
            begun = at
            try:
                kind, at, base = _header(data, at)
            except IndexError:
                kind, base = 0, None
            if kind not in _KINDS:
                yield Flaw(f"object {number + 1} of the pack is of no known kind")
                return
            self._budget.count_entry()
            content, at, fault = self._inflated(data, at)
            if content:
                if base is not None and not fault:
                    made = self._new(data, begun, base, content)
                    if made is None:
                        self._unmade.add(begun)  # nor is what is made from it
                    content = made or content
                elif not fault:
                    self._keep(begun, kind, content)
                yield extra(f"{_KINDS[kind]} {number + 1}", content)
            if fault:
                yield Flaw(fault)
                if not fault.endswith("cut off there"):
                    return

    def _keep(self, begun: int, kind: int, content: bytes) -> None:
        """Keep an object for the deltas that are made from it, and of those kept the last."""
        if len(self._named) < _MOST_NAMED:
            head = f"{_KINDS[kind]} {len(content)}\0".encode()
            name = hashlib.sha1(head + content, usedforsecurity=False).digest()
            self._named[name] = begun
        self._kept[begun] = kind, content
        self._held += len(content)
        while self._held > _HELD and len(self._kept) > 1:
            _, first = self._kept.pop(next(iter(self._kept)))
            self._held -= len(first)

    def _new(self, data: bytearray, begun: int, base: int | bytes, delta: bytes) -> bytes | None:
        """What the delta at ``begun`` adds. None where its base is not there, or is damaged, and
        once too much was made of deltas."""
        chain: list[tuple[int, bytes]] = [(begun, delta)]
        while True:
            at = self._named.get(base, begun) if isinstance(base, bytes) else base
            if at in self._kept:
                break
            if not 12 <= at < chain[-1][0] or len(chain) > _LONGEST_CHAIN or at in self._unmade:
                return None
            kind, start, below = _header(data, at)
            content, _, fault = self._inflated(data, start)
            if fault:
                return None
            if below is None:
                self._keep(at, kind, content)
                break
            chain.append((at, content))
            base = below
        kind, content = self._kept[at]
        new = b""
        for place, difference in reversed(chain):
            found = applied(content, difference) if self._left > 0 else None
            if found is None:
                return None
            content, new = found
            self._left -= len(content) + len(new)
            self._keep(place, kind, content)
        return new

    def _inflated(self, data: bytearray, start: int) -> tuple[bytes, int, str | None]:
        """A zlib stream's content (its first 32 MiB), where it ends, and what is wrong with it."""
        inflater = zlib.decompressobj()
        parts: list[bytes] = []
        size, at, step = 0, start, _FIRST
        view = memoryview(data)
        try:
            while not inflater.eof:
                raw = inflater.unconsumed_tail
                if not raw:
                    raw = bytes(view[at : at + step])
                    at += len(raw)
                    step = _BLOCK
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


def _header(data: bytearray, at: int) -> tuple[int, int, int | bytes | None]:
    """An object's kind, where its zlib stream begins, and where its base does, or the base's
    name."""
    begun = at
    byte = data[at]
    kind = byte >> 4 & 7
    while byte & 0x80:
        at += 1
        byte = data[at]
    at += 1
    if kind == _OFFSET_DELTA:
        back = data[at] & 127
        while data[at] & 0x80:
            at += 1
            back = (back + 1 << 7) | data[at] & 127
        return kind, at + 1, begun - back
    if kind == _REFERENCE_DELTA:
        return kind, at + 20, bytes(data[at : at + 20])
    return kind, at, None


def open_git(source: Source, budget: Budget) -> GitArchive:
    """The loose object or pack in ``source`` as an archive. Damage comes as Flaw."""
    return GitArchive(source, budget)
