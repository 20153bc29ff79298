"""Compressed streams in the middle of other bytes: what a program unpacks of itself, a message with
a body that was packed, members of a zip that lost its end.

Sources: RFC 1952; the .xz file format 1.2, "Stream Header"; APPNOTE.TXT 6.3.10, 4.3.7.
"""

from __future__ import annotations

import re
import zlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache, partial
from itertools import chain

import hyperscan

from dunnage.archives.codecs import DECODERS
from dunnage.archives.hidden import STREAMS, ZIP_TAIL
from dunnage.archives.limits import MIB, Budget
from dunnage.archives.magics import is_7z_at
from dunnage.archives.notes import BLOCK, Inside, Item, Notes, extra, unopened
from dunnage.archives.parts import Passing
from dunnage.archives.raw import Raw
from dunnage.archives.sniff import sniff_tail
from dunnage.errors import ArchiveError, LimitError
from dunnage.lazy import lazy_regex
from dunnage.model import Entry, Flaw, MemorySource, Source

_NAMED = lazy_regex(rb".{16}[\x01-\xff]\x00.\x00[!-~]", re.DOTALL)
"""The rest of a zip's local header behind its mark, and the first character of a name."""
_LEAST = 64
_MOST_STREAMS = 1000
_BUFFER = MIB
_LOOK = 4096
"""So many bytes tell whether a mark is the beginning of a stream."""
_MOST_ZIP = 16 * MIB
_FEW = MIB // 4
"""So much is taken of a zip first: a file may have a thousand."""
_ZIP = b"PK\3\4"
_END = b"PK\5\6"


def carries(whole: bytes) -> bool:
    """Whether content, which is no archive itself, holds a compressed stream somewhere."""
    starts = _starts(whole)
    if not starts:
        return False
    ended = len(whole) <= ZIP_TAIL and sniff_tail(whole) is not None
    opened = ended or whole.startswith(_ZIP)
    return next(_found(whole, starts, 1, len(whole), opened=opened), None) is not None


def marks_stand_in(data: bytes) -> bool:
    """Whether there is anything that may begin a stream."""
    return bool(_starts(data))


def _starts(data: bytes) -> list[tuple[int, str]]:
    """Where marks begin, in order, and of what."""
    starts: list[tuple[int, str]] = []

    def note(number: int, start: int, end: int, flags: int, context: object) -> None:
        form, _, size = STREAMS[number]
        starts.append((end - size, form))

    _marks().scan(data, match_event_handler=note)
    return sorted(starts)


def ends_in_zip(source: Source) -> bool:
    """Whether content in memory ends as a zip; of others that is not asked."""
    return isinstance(source, MemorySource) and sniff_tail(source.data[-ZIP_TAIL:]) is not None


@cache
def _marks() -> hyperscan.Database:
    """What finds the marks in binaries, where Python's search for a few bytes takes 30 times as
    long."""
    marks, ids = [mark.encode() for _, mark, _ in STREAMS], range(len(STREAMS))
    flags = [hyperscan.HS_FLAG_DOTALL] * len(marks)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=marks, ids=ids, elements=len(marks), flags=flags)
    return database


def _found(
    data: bytes, starts: Sequence[tuple[int, str]], low: int, high: int, *, opened: bool
) -> Iterator[tuple[int, str]]:
    """At which of ``starts`` streams begin, from ``low`` on and before ``high``, and what they are.
    ``opened`` is whether others open the zips."""
    for at, form in starts:
        if at >= high:
            return
        if at < low or (form == "zip" and (opened or not _NAMED.match(data, at + 10))):
            continue
        if form == "gzip" and not _unpacks(data[at : at + _LOOK]):
            continue
        if form == "xz" and _crc(data[at + 6 : at + 8]) != data[at + 8 : at + 12]:
            continue
        if form == "unread" and _unread(data, at) is None:
            continue
        yield at, form


def _crc(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "little")


def _zip_end(data: bytes, begin: int) -> int:
    """Where the zip ends that ``data`` begins with, 0 if its end is not there. Its offsets count
    from its first byte, or from that of what holds it, ``begin`` bytes before."""
    at = data.find(_END)
    while at >= 0:
        size = int.from_bytes(data[at + 12 : at + 16], "little")
        known = size + int.from_bytes(data[at + 16 : at + 20], "little")
        if known in (at, begin + at) and data.startswith(b"PK\1\2", at - size):
            return min(at + 22 + int.from_bytes(data[at + 20 : at + 22], "little"), len(data))
        at = data.find(_END, at + 4)
    return 0


def _unread(whole: bytes, at: int) -> str | None:
    """The name of an archive that cannot be read, if what follows its mark is a header."""
    head = whole[at : at + 64]
    if head[:2] == b"MS":
        size, files = (int.from_bytes(head[i : i + 4], "little") for i in (8, 16))
        unused = head[12:16] + head[20:24]
        found = head[24:26] == b"\3\1" and not any(unused) and size > 36 and files < size
        return "cabinet" if found else None
    if head[:2] == b"7z":
        return "7z" if is_7z_at(whole, at) else None
    if head[6:8] == b"\1\0":  # the size follows the CRC, of 1 byte in the first header
        told, end = int.from_bytes(head[8:12], "little"), 13 + head[12] if head[12:] else 0
        return "rar" if end and zlib.crc32(head[12:end]) == told else None
    size = int.from_bytes(head[12:14], "little")
    crc = zlib.crc32(head[9 : 7 + size]) & 0xFFFF
    found = head[9:10] == b"\x73" and crc == int.from_bytes(head[7:9], "little")
    return "rar" if found else None


def _unpacks(head: bytes) -> bool:
    engine = zlib.decompressobj(31)
    try:
        return len(engine.decompress(head, _LEAST)) >= _LEAST or engine.eof
    except zlib.error:
        return False


class Carried(Inside):
    """Other bytes, and the streams in them. Nobody promised these: where one is damaged, what comes
    before is given. ``ended`` tells that the content ends as a zip, which is opened for itself."""

    format = "carried"
    noun = "the file"
    parts = "compressed streams"

    def __init__(self, source: Source, budget: Budget, *, ended: bool = False) -> None:
        super().__init__(source, budget)
        self._ended = ended

    def _opened(self, raw: Raw) -> Iterator[Item]:
        streams = begin = high = 0
        opened = False  # a zip at the beginning has been walked, with every header in it
        data, starts = b"", list[tuple[int, str]]()
        while True:
            low = raw.offset - begin
            if low >= high:  # what stands behind it is looked for when it is whole
                data = raw.take(_BUFFER)
                if not data:
                    return
                self._budget.tick()
                begin, low = raw.offset - len(data), 0 if raw.offset > len(data) else 1
                high = len(data) if len(data) < _BUFFER else len(data) - _LOOK
                opened = opened or (begin == 0 and data.startswith(_ZIP))
                starts = _starts(data)
                raw.unread(data)
            del starts[: bisect_left(starts, (low, ""))]
            at, form = next(_found(data, starts, low, high, opened=opened), (-1, ""))
            raw.take((high if at < 0 else at) + begin - raw.offset)
            if at < 0:
                continue
            if streams >= _MOST_STREAMS:
                yield Flaw(
                    f"more than {_MOST_STREAMS} compressed streams: those that follow were not"
                    " opened"
                )
                return
            streams += 1
            self._budget.count_entry()
            name = f"({form} at {begin + at})"
            if form == "unread":
                noun = _unread(data, at)
                yield Flaw(unopened(f"{noun} archive at {begin + at}"))
                raw.take(4)
            elif form == "zip":
                yield from self._zip(raw, name)
            else:
                yield from self._stream(raw, form, name, data[at:])

    def _stream(self, raw: Raw, form: str, name: str, data: bytes) -> Iterator[Item]:
        """The stream that comes next; ``data`` is what is known of it already."""
        begin = raw.offset
        faults: list[str] = []
        content = Passing(_blocks(raw, form, self._budget, faults), name, None)
        yield Entry(name, name.encode(), source=content)
        content.finish()
        passed = raw.offset - begin
        if faults and 4 < passed <= len(data):
            raw.unread(data[4:passed])

    def _zip(self, raw: Raw, name: str) -> Iterator[Item]:
        """The zip that comes next, of which only its members may be left."""
        begin, data = raw.offset, raw.take(_FEW)
        end = _zip_end(data, begin)
        known = end and (not self._ended or len(data) - end > ZIP_TAIL)
        if len(data) == _FEW and not known:
            data += raw.take(_MOST_ZIP - _FEW)
            end = _zip_end(data, begin)
        if end:
            if not self._ended or len(data) == _MOST_ZIP or len(data) - end > ZIP_TAIL:
                yield extra(name, data[:end])
            raw.unread(data[end:])
        elif not self._ended:
            blocks = chain((data,), iter(partial(raw.chunk, BLOCK), b""))
            content = Passing(iter(blocks), name, None)
            yield Entry(name, name.encode(), source=content)
            content.finish()


def _blocks(raw: Raw, form: str, budget: Budget, faults: list[str]) -> Iterator[bytes]:
    try:
        for block in DECODERS[form](raw, budget, Notes()):
            budget.expand(len(block))
            yield block
    except LimitError:
        raise
    except ArchiveError as error:
        faults.append(str(error))
