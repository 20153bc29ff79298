"""Formats told by their first bytes, never by a name."""

from __future__ import annotations

from collections.abc import Iterator

_FIRST = frozenset(
    b"\x04\x1f\x28\xfdBLP\x50\x51\x52\x53\x54\x55\x56\x57\x58\x59\x5a\x5b\x5c\x5d\x5e\x5f"
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK\x03\x04", b"PK00PK\x03\x04", b"PK\x06\x06")
_LZIP = (b"LZIP\0", b"LZIP\1")
_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")
_DICTIONARIES = frozenset(
    size.to_bytes(4, "little") for power in range(12, 31) for size in (1 << power, 3 << (power - 1))
)
_ORDINARY = b"\x5d"
"""The properties that all but the most unusual LZMA_Alone streams have: lc=3, lp=0, pb=2."""
_DENSE, _VARIED = 270, 100
"""So many bytes of a stream with other ones are told apart, and so many values they have."""
_ASAR = b"\4\0\0\0"
_PICKLE = 64
BLANKS = b" \0"
_LITTLE = 16
_PRINTABLE = bytes([9, 10, 13, *range(32, 127)])

COMPRESSED = ("gzip", "zstd", "xz", "bzip2", "lzip", "lzma-alone", "brotli", "deflate", "compress")
"""The formats that hold one stream."""

_NAMED = (".br", ".brotli", ".deflate")
_ENDINGS = (".gz", ".zst", ".xz", ".bz2", ".lz", ".lzma", ".Z", *_NAMED)


def sniff(head: bytes) -> str | None:
    """The format of what begins with ``head`` (give 4 KiB, or all there is), None if it is no
    archive: ``gzip``, ``zstd``, ``xz``, ``bzip2``, ``lzip``, ``lzma-alone``, ``compress``, ``zip``,
    ``tar`` or ``asar``.

    Sources: RFC 1952; RFC 8878; POSIX compress; the .xz file format 1.2; the lzip manual;
    APPNOTE.TXT 6.3.10; POSIX pax."""
    if not head:
        return None
    if head[0] in _FIRST:
        found = _magic(head)
        if found is not None:
            return found
    if head[1:2] == b"\0" and head[13:14] == b"\0" and _is_lzma(head):
        return "lzma-alone"
    if head[257:262] == b"ustar" and b"\0" in head[:512]:
        return "tar"  # whatever its checksum: a damaged archive must not pass for text
    if head[148:154].strip(BLANKS).isdigit() and valid_header(head[:512]):
        return "tar"
    return None


def sniff_named(name: str, head: bytes, whole: bytes | None = None) -> str | None:
    """``brotli`` or ``deflate``, which no first bytes tell, when the name says so and ``head``
    (give 4 KiB, or all there is) unpacks. ``whole`` is all of it, if that is at hand."""
    if not name.endswith(_NAMED):
        return None
    from dunnage.archives import named  # here: hardly a file has such a name

    return named.unpacked_form(name, head, whole)


def unpacked_name(name: str) -> str:
    """What a compressed file is called once it is unpacked."""
    inner, dot, ending = name.rpartition(".")
    return inner if inner and dot + ending in _ENDINGS else name


def _magic(head: bytes) -> str | None:
    if head[:2] == b"\x1f\x8b":
        return "gzip" if head[2:3] in (b"\x08", b"") else None
    if head[:4] == b"\x28\xb5\x2f\xfd" or (head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] < 0x60):
        return "zstd"
    if head[:6] == b"\xfd7zXZ\0":
        return "xz"
    if head[:3] == b"BZh" and head[3:4].isdigit() and head[4:10] in _BZIP2_BLOCKS:
        return "bzip2"
    if head[:2] == b"\x1f\x9d" and 10 <= (head[2:3] or b"\0")[0] & 0x7F <= 16:  # bits of a code
        return "compress"
    if head[:5] in _LZIP:
        return "lzip"
    if head[:4] in _ZIP or head[:8] in _ZIP:
        return "zip"
    if head[:4] == _ASAR and asar_header(head) is not None:
        return "asar"
    return None


def asar_header(head: bytes) -> tuple[int, int, int] | None:
    """Of an asar that begins with ``head``: where its JSON begins, how many bytes it has, and where
    the contents begin (the README of @electron/asar, "Format"). Two of Chromium's pickles stand
    before that; what lies between the sizes of the second one is passed over, as Electron does."""
    whole, payload = (int.from_bytes(head[at : at + 4], "little") for at in (4, 8))
    between = whole - payload
    if head[:4] != _ASAR or not 4 <= between <= _PICKLE or between % 4:
        return None
    start = 12 + between
    size = int.from_bytes(head[start - 4 : start], "little")
    if size > payload - 4 or head[start : start + 64].lstrip(b" \t\r\n")[:1] != b"{":
        return None
    return start, size, 8 + whole


def _is_lzma(head: bytes) -> bool:
    """Whether a header of 13 bytes names a dictionary and a size as encoders do. Streams with
    unusual properties must unpack as well: their first byte may be any."""
    size = head[5:13]
    if head[1:5] not in _DICTIONARIES or (size != b"\xff" * 8 and size[5:] > b"\0\0\0"):
        return False
    if head[:1] == _ORDINARY:
        return True
    if len(head) > _DENSE and len(set(head[14:_DENSE])) < _VARIED:
        return False  # numbers, or a table: nearly all bytes unpack to something
    import lzma  # here: it takes a start 4 ms, and hardly a file comes so far

    try:
        engine = lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=128 << 20)
        content = engine.decompress(head, 1 << 20)
    except lzma.LZMAError as error:
        return "emory" in str(error)
    if not engine.eof:
        return len(head) > _DENSE
    rest = engine.unused_data
    # Behind it: nothing, another stream, or anything if it is text that was packed.
    another = not rest or rest[1:5] in _DICTIONARIES
    return size != bytes(8) and (another or _is_text(content))


def _is_text(content: bytes) -> bool:
    return len(content) > _LITTLE and not content.translate(None, _PRINTABLE)


def sniff_tail(tail: bytes) -> str | None:
    """``zip`` when the last 66 KiB hold an end-of-central-directory record that may be real."""
    for at, size, end in _ends(tail):
        if end <= len(tail) or tail.startswith(b"PK\x01\x02", max(at - size, 0)):
            return "zip"
    return None


def ends_as_zip(tail: bytes) -> bool:
    """Whether a file with this end is a zip whatever it begins with: the end record ends it, and
    the central directory lies before that where it says, or too far away to be seen."""
    for at, size, end in _ends(tail):
        if end == len(tail) and size:
            if tail[max(at - 20, 0) : at].startswith(b"PK\x06\x07"):
                return True  # the locator of a ZIP64 end record, which stands between
            return size > at or tail.startswith(b"PK\x01\x02", at - size)
    return False


def holds_zip(tail: bytes) -> bool:
    """Whether a zip lies in a file with this end, whatever follows: the central directory lies
    before the end record where it says; or too far away to be seen, and the record is sound."""
    for at, size, _ in _ends(tail):
        if size <= at:
            if size and tail.startswith(b"PK\x01\x02", at - size):
                return True
        elif (
            tail[at + 4 : at + 8] == bytes(4) and tail[at + 8 : at + 10] == tail[at + 10 : at + 12]
        ):
            count = int.from_bytes(tail[at + 8 : at + 10], "little")
            if count and 46 * count < size < 1024 * count:
                return True
    return False


def whole_zips(data: bytes) -> list[tuple[int, int]]:
    """Where zips that lie whole in ``data`` begin and end, whose offsets count from their own first
    byte; those inside another one are a part of that."""
    found: list[tuple[int, int]] = []
    low = len(data)
    for at, size, end in _ends(data):
        begin = at - size - int.from_bytes(data[at + 16 : at + 20], "little")
        if not 0 <= begin < end <= low:
            continue
        if data.startswith(b"PK\x01\x02", at - size) and data.startswith(b"PK\x03\x04", begin):
            found.append((begin, end))
            low = begin
    return found[::-1]


def _ends(tail: bytes) -> Iterator[tuple[int, int, int]]:
    """Where end records may lie, the last first: how long the directory before each is, and where
    it ends with its comment."""
    at = tail.rfind(b"PK\x05\x06")
    while at >= 0:
        comment = int.from_bytes(tail[at + 20 : at + 22], "little")
        yield at, int.from_bytes(tail[at + 12 : at + 16], "little"), at + 22 + comment
        at = tail.rfind(b"PK\x05\x06", 0, at)


def valid_header(head: bytes) -> bool:
    """Whether 512 bytes are a tar header by their checksum, as signed or unsigned bytes; both are
    in use (POSIX pax, "ustar Interchange Format"; GNU tar's from_header)."""
    field = head[148:156]
    digits = field.strip(BLANKS).partition(b"\0")[0].rstrip(b" ")
    if len(head) < 512 or not digits.isdigit():
        return False
    try:
        told = int(digits, 8)
    except ValueError:
        return False
    found = sum(head) - sum(field) + 256
    if told == found:
        return told != 256  # an empty block is no header
    rest = head[:148] + head[156:]
    return told == found - 256 * sum(byte > 127 for byte in rest)
