"""Archives built byte by byte, so that every field can lie; dunnage.testing builds honest ones."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dunnage.archives import Budget, Limits, open_archive, sniff, sniff_tail
from dunnage.errors import ArchiveError, LimitError
from dunnage.model import Entry, Flaw, Kind, MemorySource, Oddity

END = bytes(1024)


# -- tar ---------------------------------------------------------------------------


def octal(value: int, width: int) -> bytes:
    """A number as tar headers hold it."""
    return b"%0*o\0" % (width - 1, value)


def header(
    name: bytes,
    size: int = 0,
    flag: bytes = b"0",
    *,
    link: bytes = b"",
    prefix: bytes = b"",
    magic: bytes = b"ustar\x0000",
    mode: int = 0o644,
    size_field: bytes | None = None,
    checksum: bytes | None = None,
) -> bytes:
    """A tar header of 512 bytes."""
    head = bytearray(512)
    head[0 : len(name[:100])] = name[:100]
    head[100:124] = octal(mode, 8) + octal(0, 8) + octal(0, 8)
    head[124:136] = octal(size, 12) if size_field is None else size_field
    head[136:148] = octal(0, 12)
    head[148:156] = b" " * 8
    head[156:157] = flag
    head[157 : 157 + len(link[:100])] = link[:100]
    head[257 : 257 + len(magic)] = magic
    head[345 : 345 + len(prefix)] = prefix
    head[148:156] = b"%06o\0 " % sum(head) if checksum is None else checksum
    return bytes(head)


def pad(data: bytes) -> bytes:
    """Content filled up to whole blocks."""
    return data + bytes(-len(data) % 512)


def member(name: bytes, data: bytes = b"", **fields: Any) -> bytes:
    """A header and its content."""
    return header(name, len(data), **fields) + pad(data)


def record(key: bytes, value: bytes) -> bytes:
    """A PAX record with its right length."""
    rest = b" " + key + b"=" + value + b"\n"
    size = len(rest)
    while len(b"%d" % size) + len(rest) != size:
        size = len(b"%d" % size) + len(rest)
    return b"%d" % size + rest


def pax(*records: tuple[bytes, bytes], flag: bytes = b"x") -> bytes:
    """An extended header."""
    return member(b"PaxHeaders/x", b"".join(record(*pair) for pair in records), flag=flag)


def long_name(name: bytes, flag: bytes = b"L") -> bytes:
    """GNU's long name (or, with ``K``, long link)."""
    return member(b"././@LongLink", name + b"\0", flag=flag)


def honest_tar(files: Sequence[tuple[str, bytes]], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar that CPython wrote."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


# -- zip ---------------------------------------------------------------------------


@dataclass
class Zipped:
    """A member of a zip; each ``local_…`` is what its local header says instead."""

    name: bytes
    data: bytes = b""
    method: int = 8
    flags: int = 0
    packed: bytes | None = None
    crc: int | None = None
    size: int | None = None
    local_name: bytes | None = None
    local_size: int | None = None
    local_packed: int | None = None
    local_method: int | None = None
    local_flags: int | None = None
    extra: bytes = b""
    local_extra: bytes = b""
    comment: bytes = b""
    after: bytes = b""
    before: bytes = b""
    central: bool = True
    local: bool = True
    offset: int | None = None
    attributes: int = 0
    system: int = 3

    def body(self) -> bytes:
        """The content as it is packed."""
        if self.packed is not None:
            return self.packed
        return deflated(self.data) if self.method == 8 else self.data


def deflated(data: bytes) -> bytes:
    """A raw deflate stream."""
    engine = zlib.compressobj(6, zlib.DEFLATED, -15)
    return engine.compress(data) + engine.flush()


def either(first: Any, other: Any) -> Any:
    """The first unless it is None."""
    return other if first is None else first


def zipped(
    *members: Zipped,
    prefix: bytes = b"",
    gap: bytes = b"",
    comment: bytes = b"",
    trailing: bytes = b"",
    count: int | None = None,
    shifted: bool = True,
) -> bytes:
    """A zip. ``shifted`` counts the prefix in the offsets, as a repaired self-extractor does."""
    out = bytearray(prefix)
    base = 0 if shifted else len(prefix)
    central = bytearray()
    number = 0
    for one in members:
        body = one.body()
        crc = either(one.crc, zlib.crc32(one.data))
        size = either(one.size, len(one.data))
        out += one.before
        at = len(out) - base
        if one.local:
            name = either(one.local_name, one.name)
            out += struct.pack(
                "<4s5H3L2H",
                b"PK\x03\x04",
                20,
                either(one.local_flags, one.flags),
                either(one.local_method, one.method),
                0,
                33,
                0 if one.flags & 8 else crc,
                either(one.local_packed, 0 if one.flags & 8 else len(body)),
                either(one.local_size, 0 if one.flags & 8 else size),
                len(name),
                len(one.local_extra),
            )
            out += name + one.local_extra + body
            if one.flags & 8:
                out += struct.pack("<4s3L", b"PK\x07\x08", crc, len(body), size)
        out += one.after
        if one.central:
            number += 1
            central += struct.pack(
                "<4s6H3L5H2L",
                b"PK\x01\x02",
                one.system << 8 | 20,
                20,
                one.flags,
                one.method,
                0,
                33,
                crc,
                len(body),
                size,
                len(one.name),
                len(one.extra),
                len(one.comment),
                0,
                0,
                one.attributes,
                either(one.offset, at),
            )
            central += one.name + one.extra + one.comment
    out += gap
    start = len(out) - base
    out += central
    number = either(count, number)
    out += struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, number & 0xFFFF, number & 0xFFFF, len(central), start,
        len(comment),
    )  # fmt: skip
    return bytes(out) + comment + trailing


def honest_zip(files: Sequence[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip that CPython wrote."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), data, method)
    return out.getvalue()


# -- reading ---------------------------------------------------------------------------


@dataclass
class Seen:
    """All that an archive gave."""

    format: str
    entries: list[tuple[str, bytes]]
    kinds: list[Kind]
    odd: list[str]
    flaws: list[str]
    items: list[Entry | Oddity | Flaw]
    digest: str | None
    inner_digest: str | None

    def __getitem__(self, path: str) -> bytes:
        return next(data for name, data in self.entries if name == path)

    @property
    def paths(self) -> list[str]:
        """The paths, in order."""
        return [path for path, _ in self.entries]

    @property
    def bytes(self) -> bytes:
        """All contents, one behind the other."""
        return b"\n".join(data for _, data in self.entries)

    @property
    def clean(self) -> bool:
        """Whether nothing was odd or missing."""
        return not self.odd and not self.flaws


def form_of(data: bytes) -> str | None:
    """The format, as the engine tells it for a file."""
    return sniff(data[:4096]) or sniff_tail(data[-(66 << 10) :])


def read(
    data: bytes,
    form: str | None = None,
    limits: Limits | None = None,
    source: Any = None,
    **options: Any,
) -> Seen:
    """Read an archive to its end, contents too. Raises LimitError as the archive does."""
    found = form or form_of(data)
    assert found is not None, "no archive"
    archive = open_archive(source or MemorySource(data), found, Budget(limits), **options)
    seen = Seen(archive.format, [], [], [], [], [], None, None)
    for item in archive:
        seen.items.append(item)
        if isinstance(item, Entry):
            seen.entries.append((item.path, content(item, seen)))
            seen.kinds.append(item.kind)
        elif isinstance(item, Oddity):
            seen.odd.append(item.kind)
        else:
            seen.flaws.append(item.message)
    seen.digest = getattr(archive, "digest", None)
    seen.inner_digest = getattr(archive, "inner_digest", None)
    return seen


def content(entry: Entry, seen: Seen) -> bytes:
    """An entry's content, as far as it can be read; damage is noted as a flaw."""
    if entry.data is not None or entry.source is None:
        return entry.data or b""
    parts = []
    try:
        with entry.open() as stream:
            while part := stream.read(1 << 20):
                parts.append(part)
    except LimitError:
        raise
    except ArchiveError as error:
        seen.flaws.append(str(error))
    return b"".join(parts)
