"""Builders of plain archives. The same call gives the same bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from types import MappingProxyType

import zstandard

from dunnage.model import Kind
from dunnage.testing.members import Files, Member, members

EPOCH = 499_162_500
"""The time that every member bears, in seconds: 26 October 1985, which is what npm writes."""

_ZIP_DATE = (1985, 10, 26, 8, 15, 0)

_TAR_TYPES: Mapping[Kind, bytes] = MappingProxyType(
    {
        Kind.FILE: tarfile.REGTYPE,
        Kind.DIR: tarfile.DIRTYPE,
        Kind.SYMLINK: tarfile.SYMTYPE,
        Kind.HARDLINK: tarfile.LNKTYPE,
        Kind.OTHER: tarfile.FIFOTYPE,
        Kind.WHITEOUT: tarfile.REGTYPE,
        Kind.OPAQUE: tarfile.REGTYPE,
    }
)

_ZIP_TYPES: Mapping[Kind, int] = MappingProxyType(
    {Kind.DIR: stat.S_IFDIR, Kind.SYMLINK: stat.S_IFLNK, Kind.OTHER: stat.S_IFIFO}
)


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=6, mtime=0)


def _gzip_members(data: bytes) -> bytes:
    middle = len(data) // 2
    return _gzip(data[:middle]) + _gzip(data[middle:])


def _zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(data)


def _as_is(data: bytes) -> bytes:
    return data


_COMPRESSIONS: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "none": _as_is,
        "gzip": _gzip,
        "gzip-members": _gzip_members,
        "zstd": _zstd,
        "xz": lzma.compress,
        "bzip2": bz2.compress,
    }
)


def compress(data: bytes, compression: str = "gzip") -> bytes:
    """``data`` as one compressed stream.

    ``compression`` is ``none``, ``gzip``, ``gzip-members`` (two members, one after the other),
    ``zstd``, ``xz`` or ``bzip2``. Raises ValueError for any other word.
    """
    if compression not in _COMPRESSIONS:
        raise ValueError(f"{compression!r} is not one of {', '.join(_COMPRESSIONS)}")
    return _COMPRESSIONS[compression](data)


def tar_archive(files: Files, compression: str = "none") -> bytes:
    """A tar (PAX) of ``files``; ``compression`` as for :func:`compress`."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, member in members(files):
            info = tarfile.TarInfo(path)
            info.type = _TAR_TYPES[member.kind]
            info.size = len(member.data)
            info.mode = member.mode
            info.linkname = member.link
            info.uid, info.gid = member.uid, member.gid
            info.mtime = EPOCH
            tar.addfile(info, io.BytesIO(member.data))
    return compress(out.getvalue(), compression)


def zip_archive(files: Files, *, stored: bool = False) -> bytes:
    """A zip of ``files``, deflated or, with ``stored``, as they are."""
    out = io.BytesIO()
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(out, "w") as archive:
        for path, member in members(files):
            archive.writestr(*_zip_member(path, member), compress_type=method)
    return out.getvalue()


def _zip_member(path: str, member: Member) -> tuple[zipfile.ZipInfo, bytes]:
    if member.kind is Kind.DIR and not path.endswith("/"):
        path += "/"
    info = zipfile.ZipInfo(path, _ZIP_DATE)
    info.create_system = 3  # Unix: the upper half of external_attr is st_mode
    kind = _ZIP_TYPES.get(member.kind, stat.S_IFREG)
    info.external_attr = (kind | member.mode) << 16
    return info, member.link.encode() if member.kind is Kind.SYMLINK else member.data
