"""Compressed streams in the middle of other bytes: what a program unpacks of itself, a message with
a body that was packed, members of a zip that lost its end.

Sources: RFC 1952; the .xz file format 1.2, "Stream Header"; APPNOTE.TXT 6.3.10, 4.3.7.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from functools import cache

import hyperscan

from dunnage.archives.codecs import DECODERS
from dunnage.archives.limits import MIB, Budget
from dunnage.archives.magics import cabinet_at, is_7z_at
from dunnage.archives.notes import Item, Notes, Whole, extra
from dunnage.archives.parts import Passing
from dunnage.archives.raw import Raw
from dunnage.errors import ArchiveError, LimitError
from dunnage.lazy import lazy_regex
from dunnage.model import Entry, Flaw

_MARK = lazy_regex(
    rb"(?P<gzip>\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff])"
    rb"|(?P<xz>\xfd7zXZ\x00\x00[\x00\x01\x04\x0a].{4})|(?P<bzip2>BZh[1-9]1AY&SY)"
    rb"|(?P<zip>PK\x03\x04[\x0a-\x3f].[\x00-\x0f].[\x00\x08\x09\x0c\x0e]\x00.{16}"
    rb"[\x01-\xff]\x00.\x00[!-~])"
    rb"|(?P<unread>MSCF\x00{4}|7z\xbc\xaf\x27\x1c\x00|Rar!\x1a\x07[\x00\x01])",
    16,  # re.DOTALL
)
_LEAST = 64
_MOST_STREAMS = 1000
_END = b"PK\5\6"


def carries(whole: bytes) -> bool:
    """Whether content, which is no archive itself, holds a compressed stream somewhere."""
    marked: list[int] = []
    _marks().scan(whole, match_event_handler=lambda number, *_: marked.append(number))
    return bool(marked) and next(_found(whole, 1, _zip_is_opened(whole)), None) is not None


@cache
def _marks() -> hyperscan.Database:
    """What finds the marks in binaries, where Python's search for a few bytes takes 30 times as
    long."""
    marks = [rb"\x1f\x8b\x08[\x00-\x1f]", rb"\xfd7zXZ\x00", rb"1AY&SY", rb"PK\x03\x04"]
    marks += [rb"MSCF\x00{4}", rb"7z\xbc\xaf\x27\x1c\x00", rb"Rar!\x1a\x07[\x00\x01]"]
    flags = [hyperscan.HS_FLAG_DOTALL | hyperscan.HS_FLAG_SINGLEMATCH] * len(marks)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=marks, ids=range(len(marks)), elements=len(marks), flags=flags)
    return database


def _zip_is_opened(whole: bytes) -> bool:
    """Whether a zip in it is opened by others: one with an end is told by that, and one at the
    beginning has been walked, with every header in it."""
    return _END in whole or whole.startswith(b"PK\3\4")


def _found(whole: bytes, low: int, opened: bool) -> Iterator[tuple[int, str]]:
    """Where streams begin from ``low`` on, and what they are. ``opened`` is whether others
    open the zips."""
    for found in _MARK.finditer(whole, low):
        at, form = found.start(), str(found.lastgroup)
        if form == "gzip" and not _unpacks(whole[at : at + 4096]):
            continue
        if form == "xz":
            told = int.from_bytes(whole[at + 8 : at + 12], "little")
            if zlib.crc32(whole[at + 6 : at + 8]) != told:
                continue
        if form == "zip" and opened:
            continue
        if form == "unread" and _unread(whole, at) is None:
            continue
        yield at, form


def _unread(whole: bytes, at: int) -> str | None:
    """The name of an archive that cannot be read, if what follows its mark is a header."""
    head = whole[at : at + 64]
    if head[:2] == b"MS":
        return "cabinet" if cabinet_at(whole, at) else None
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


class Carried(Whole):
    """Other bytes, and the streams in them. Nobody promised these: where one is damaged, what comes
    before is given."""

    format = "carried"
    noun = "the file"
    parts = "compressed streams"
    most = 16 * MIB

    def _parts(self, data: bytearray) -> Iterator[Item]:
        whole = bytes(data)
        del data
        low, opened = 1, _zip_is_opened(whole)
        for number in range(_MOST_STREAMS + 1):
            at, form = next(_found(whole, low, opened), (0, ""))
            if not at:
                return
            if number == _MOST_STREAMS:
                break
            self._budget.count_entry()
            name = f"({form} at {at})"
            if form == "unread":
                yield Flaw(
                    f"what the {_unread(whole, at)} archive at {at} holds could not be looked at"
                )
                low = at + 4
                continue
            if form == "zip":
                yield extra(name, whole[at:])
                return
            stream = io.BytesIO(whole)
            stream.seek(at)
            raw = Raw(stream)
            faults: list[str] = []
            content = Passing(_blocks(raw, form, self._budget, faults), name, None)
            yield Entry(name, name.encode(), source=content)
            content.finish()
            low = at + (4 if faults else max(raw.offset, 4))
        yield Flaw(
            f"more than {_MOST_STREAMS} compressed streams: those that follow were not opened"
        )


def _blocks(raw: Raw, form: str, budget: Budget, faults: list[str]) -> Iterator[bytes]:
    try:
        for block in DECODERS[form](raw, budget, Notes()):
            budget.expand(len(block))
            yield block
    except LimitError:
        raise
    except ArchiveError as error:
        faults.append(str(error))
