"""Archives that hold a secret in a name alone, or in a link's target or a field of a header."""

from __future__ import annotations

import gzip
import stat
import struct
from collections.abc import Iterator

from cases import Case
from crafted import (
    END,
    Zipped,
    header,
    honest_tar,
    honest_zip,
    long_name,
    member,
    pax,
    zipped,
)

from dunnage.testing import npm_tarball


def _fields(text: bytes) -> Iterator[tuple[str, bytes]]:
    """Fields of tar headers. ``text`` takes 40 bytes, an owner's name 32."""
    seen = member(b"a.js", b"1")
    yield "file", member(b"package/" + text + b".txt", b"1")
    yield "folder", header(text + b"/", flag=b"5") + member(text + b"/a.js", b"1")
    yield "long-name", long_name(b"d/" * 100 + text) + member(b"n", b"1")
    yield "pax-name", pax((b"path", b"d/" * 100 + text)) + member(b"n", b"1")
    yield "not-utf8", member(b"\xff\xfe/" + text, b"1")
    yield "newline", member(b"a\n" + text, b"1")
    yield "link", header(b"l", flag=b"2", link=b"https://user:" + text + b"@github.com/a")
    yield (
        "long-link",
        long_name(b"https://u:" + text + b"@github.com/a" * 9, b"K")
        + header(b"l", flag=b"2", link=b"https:"),
    )
    yield "hardlink", header(b"l", flag=b"1", link=text) + seen
    yield "link-of-a-folder", header(b"d/", flag=b"5", link=text) + seen
    yield "link-behind-its-end", header(b"l", flag=b"2", link=b"x\0" + text) + seen
    yield "name-overridden", pax((b"path", b"a.js")) + member(text, b"1")
    yield "link-overridden", pax((b"linkpath", b"a.js")) + header(b"l", flag=b"2", link=text)
    yield "name-of-an-extension", member(text, b"13 path=a.js\n"[:13], flag=b"x") + seen
    yield "owner", pax((b"uname", text)) + seen
    yield "label", pax((b"SCHILY.xattr.security.note", text)) + seen
    yield "charset", pax((b"hdrcharset", text)) + seen
    yield "prefix", member(b"b.js", b"1", prefix=text)
    yield "old-prefix", member(b"b.js", b"1", prefix=text, magic=b"ustar  \0")
    yield "behind-the-prefix", member(b"b.js", b"1", prefix=b"p\0" + text)


def cases(text: bytes) -> dict[str, Case]:
    """All of them, by name; ``text`` is the secret alone."""
    found = {f"named-{name}": Case(data + END, told=False) for name, data in _fields(text)}
    word = text.decode()
    inner = gzip.compress(honest_tar([("package/a.js", b"1")]), mtime=0)
    named = inner[:3] + b"\x08" + inner[4:10] + text + b".tar\0" + inner[10:]
    found["named-gzip"] = Case(named, told=False)
    alone = gzip.compress(b"text " * 40, mtime=0)
    alone = alone[:3] + b"\x08" + alone[4:10] + text + b".txt\0" + alone[10:]
    found["named-gzip-of-text"] = Case(alone, told=False)
    found["named-zip-file"] = Case(honest_zip([(f"{word}.txt", b"1")]), told=False)
    found["named-zip-link"] = Case(
        zipped(Zipped(b"l", b"https://u:" + text + b"@x.org/", attributes=stat.S_IFLNK << 16)),
        told=False,
    )
    # a field of at most 36 bytes, as those of times and owners are
    short = b"https://u:" + b"Zq7x9vK2pM4w" + b"@a.org"
    field = struct.pack("<2H", 0x9999, len(short)) + short
    found["named-zip-extra"] = Case(zipped(Zipped(b"a", b"1", extra=field)), told=False)
    found["named-zip-local-extra"] = Case(zipped(Zipped(b"a", b"1", local_extra=field)), told=False)
    found["named-archive"] = Case(
        npm_tarball({f"vendor/{word}.tgz": npm_tarball({"a.js": b"1"})}), told=False
    )
    return found
