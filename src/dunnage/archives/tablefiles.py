"""Files of tables and records whose blocks are packed one by one, without a mark: Avro, ORC,
Parquet and Arrow. Blocks of zstd, gzip and other formats that have one are found wherever they lie.

Sources: the Apache Avro specification, "Object Container Files"; the ORC specification,
"Compression" and orc_proto.proto; the Parquet format, parquet.thrift; Thrift's compact protocol;
the Arrow columnar format, "Body compression".
"""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable, Iterator
from typing import Any

from dunnage.archives.embedded import decompressed
from dunnage.archives.limits import MIB
from dunnage.archives.named import unmarked
from dunnage.archives.notes import Item, Whole, extra
from dunnage.archives.rawblocks import (
    LZ4,
    bare_inflate,
    is_frame,
    unframed,
    unlz4,
    unsnappy,
)
from dunnage.model import Flaw

ORC, PARQUET = b"ORC", b"PAR1"

_MOST_OUT = 32 * MIB
_GATHERED = 256 << 10
_HEAD, _PRINTED = 256, bytes((9, 10, 13, *range(0x20, 0x7F)))
"""Text may begin as one of these does, and is text so far."""

Unpack = Callable[[bytes, int], bytes]


def _bunzip2(data: bytes, most: int) -> bytes:
    return decompressed(bz2.BZ2Decompressor(), data, 0, len(data), most, (len(data),))[0]


def _unxz(data: bytes, most: int) -> bytes:
    engine = lzma.LZMADecompressor(memlimit=32 * MIB)
    return decompressed(engine, data, 0, len(data), most, (len(data),))[0]


def _hadoop_lz4(data: bytes, most: int) -> bytes:
    """LZ4 as Hadoop frames it: the size of what comes out, that of the block, the block. Bare where
    some writers have it so."""
    out, at = bytearray(), 0
    while at + 8 < len(data) and len(out) < most:
        size = int.from_bytes(data[at + 4 : at + 8], "big")
        if not 0 < size <= len(data) - at - 8:
            return bytes(out) or unlz4(data, most)
        out += unlz4(data[at + 8 : at + 8 + size], most)
        at += 8 + size
    return bytes(out)


class Table(Whole):
    """A file of tables: the blocks that are packed without a mark, several in one entry."""

    format = "table"
    noun = "the file of tables"
    parts = "blocks"
    most = 128 * MIB

    def _parts(self, data: bytearray) -> Iterator[Item]:
        blocks = next((one for magic, one in _FORMATS if data.startswith(magic)), _arrow)
        parts: list[bytes] = []
        size = total = number = 0
        try:
            for part in blocks(data):
                self._budget.expand(len(part))
                parts.append(part)
                size += len(part)
                total += len(part)
                if size >= _GATHERED:
                    number += 1
                    yield self._entry(number, parts)
                    parts, size = [], 0
                if total >= _MOST_OUT:
                    most = _MOST_OUT >> 20
                    yield Flaw(f"blocks of {self.noun} beyond {most} MiB were not unpacked")
                    break
        except _Unknown as error:
            yield Flaw(f"what {self.noun} holds is packed with {error}: it was not looked at")
        except (IndexError, ValueError, KeyError, TypeError, AttributeError):
            if data[:_HEAD].translate(None, _PRINTED):
                yield Flaw(f"{self.noun} is damaged or cut off: blocks of it were not unpacked")
        if parts:
            yield self._entry(number + 1, parts)

    def _entry(self, number: int, parts: list[bytes]) -> Item:
        self._budget.count_entry()
        return extra(f"blocks {number}", b"\n".join(parts))


class _Unknown(Exception):
    """Blocks are packed in a way that is not known."""


def _avro(data: bytearray) -> Iterator[bytes]:
    at, codec = 4, b"null"
    while True:
        count, at = _zigzag(data, at)
        if not count:
            break
        if count < 0:
            _, at = _zigzag(data, at)
        for _ in range(abs(count)):
            key, at = _string(data, at)
            value, at = _string(data, at)
            if key == b"avro.codec":
                codec = value
    unpack = _AVRO_CODECS.get(codec)
    if unpack is None:
        if codec not in (b"null", b"zstandard", b""):
            raise _Unknown(codec.decode("utf-8", "backslashreplace")[:40])
        return  # it is seen as it lies, or has marks
    at += 16
    while at < len(data):
        _, at = _zigzag(data, at)
        block, at = _string(data, at)
        at += 16
        yield unpack(block, _MOST_OUT)
    if at > len(data):
        raise ValueError


_AVRO_CODECS: dict[bytes, Unpack] = {
    b"deflate": bare_inflate,
    b"snappy": lambda data, most: unsnappy(data[:-4], most),
    b"bzip2": _bunzip2,
    b"xz": _unxz,
}


def _zigzag(data: bytearray, at: int) -> tuple[int, int]:
    value, at = _varint(data, at)
    return (value >> 1) ^ -(value & 1), at


def _varint(data: bytearray, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if not byte & 0x80:
            break
    return value, at


def _string(data: bytearray, at: int) -> tuple[bytes, int]:
    size, at = _zigzag(data, at)
    if not 0 <= size <= len(data) - at:
        raise ValueError
    return bytes(data[at : at + size]), at + size


def _orc(data: bytearray) -> Iterator[bytes]:
    tail = data[-1]
    if data[-4:-1] != ORC:
        raise ValueError
    script = data[len(data) - 1 - tail : -1]
    kind, at = 0, 0
    while at < len(script):  # the PostScript, a message of Protocol Buffers
        tag, at = _varint(script, at)
        value, at = _varint(script, at)
        if tag & 7 == 2:
            at += value
        elif tag == 2 << 3:
            kind = value
    unpack = {1: bare_inflate, 2: unsnappy, 4: unlz4}.get(kind)
    if unpack is None:
        if kind == 3:
            raise _Unknown("LZO")
        return
    at, end = 3, len(data) - 1 - tail
    while at + 3 <= end:  # streams follow each other, each a row of chunks
        head = int.from_bytes(data[at : at + 3], "little")
        size = head >> 1
        if not size or at + 3 + size > end:
            at += 1  # padding between stripes
            continue
        if not head & 1:
            yield unpack(bytes(data[at + 3 : at + 3 + size]), _MOST_OUT)
        at += 3 + size


def _arrow(data: bytearray) -> Iterator[bytes]:
    at = data.find(LZ4)
    while at >= 0:
        end = at + 4
        if is_frame(data, at):
            content, end = unframed(data, at, _MOST_OUT)
            yield content
        at = data.find(LZ4, end)


_CODECS: dict[int, Unpack] = {1: unsnappy, 4: unmarked, 5: _hadoop_lz4, 7: unlz4}
_MARKED = (0, 2, 6)
_MOST_NESTED = 16


def _parquet(data: bytearray) -> Iterator[bytes]:
    if data[-4:] != PARQUET:
        raise ValueError
    size = int.from_bytes(data[-8:-4], "little")
    footer, _ = _struct(data, len(data) - 8 - size, 0)
    done: set[int] = set()
    for group in footer[4]:
        for column in group[1]:
            facts = column.get(3)
            if facts is None or (codec := facts.get(4, 0)) in _MARKED:
                continue
            if codec not in _CODECS:
                raise _Unknown("LZO")
            at = min(facts[9], facts.get(11) or facts[9])
            end = min(at + facts[7], len(data))
            while at < end and at not in done:
                done.add(at)
                page, at = _struct(data, at, 0)
                levels = page[8].get(5, 0) + page[8].get(6, 0) if 8 in page else 0
                packed = page.get(8, {}).get(7, True)
                if packed and page[3] > 0:
                    yield _CODECS[codec](bytes(data[at + levels : at + page[3]]), _MOST_OUT)
                at += max(page[3], 0)


def _struct(data: bytearray, at: int, depth: int) -> tuple[dict[int, Any], int]:
    """A struct of Thrift's compact protocol, by the numbers of its fields."""
    fields: dict[int, Any] = {}
    number = 0
    if depth > _MOST_NESTED:
        raise ValueError
    while head := data[at]:
        at += 1
        kind = head & 15
        if head >> 4:
            number += head >> 4
        else:
            number, at = _zigzag(data, at)
        if kind in (1, 2):
            fields[number] = kind == 1
        else:
            fields[number], at = _value(data, at, kind, depth)
    return fields, at + 1


def _value(data: bytearray, at: int, kind: int, depth: int) -> tuple[Any, int]:
    if kind in (1, 2, 3):
        return data[at], at + 1
    if kind in (4, 5, 6):
        return _zigzag(data, at)
    if kind == 7:
        return None, at + 8
    if kind == 8:
        size, at = _varint(data, at)
        return None, at + size
    if kind in (9, 10):
        head = data[at]
        at += 1
        count = head >> 4
        if count == 15:
            count, at = _varint(data, at)
        if count > len(data) - at:
            raise ValueError
        values = []
        for _ in range(count):
            value, at = _value(data, at, head & 15, depth + 1)
            values.append(value)
        return values, at
    if kind == 12:
        return _struct(data, at, depth + 1)
    raise ValueError  # maps do not occur


_FORMATS = ((b"Obj\1", _avro), (ORC, _orc), (PARQUET, _parquet), (b"ARROW1", _arrow))
