"""Local files, whole or in part."""

from __future__ import annotations

import io
import os
import stat
from typing import BinaryIO, cast

from msgspec import Struct

from dunnage.errors import ArchiveError, TargetError

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


def open_regular(path: str) -> int:
    """A descriptor of the regular file at ``path``. Never blocks on a FIFO or wakes a device.
    Raises TargetError, in one line, when it is anything else or cannot be opened."""
    try:
        number = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        raise TargetError(f"{path}: {_reason(error)}") from None
    mode = os.fstat(number).st_mode
    if stat.S_ISREG(mode):
        return number
    os.close(number)
    raise TargetError(f"{path}: {_what(mode)}, not a regular file")


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:1].lower() + error.strerror[1:]
    return str(error)


def _what(mode: int) -> str:
    names = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((name for test, name in names if test(mode)), "something special")


class _Window(io.RawIOBase):
    """A range of an open file, read with pread where there is one, so that it owns its position."""

    def __init__(self, number: int, offset: int, size: int) -> None:
        super().__init__()
        self._file = number
        self._start = offset
        self._at = offset
        self._end = offset + size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: self._start, os.SEEK_CUR: self._at, os.SEEK_END: self._end}[whence]
        self._at = max(base + offset, self._start)
        return self._at - self._start

    def tell(self) -> int:
        return self._at - self._start

    def read(self, size: int | None = -1) -> bytes:
        left = self._end - self._at
        wanted = left if size is None or size < 0 else min(size, left)
        if wanted <= 0:
            return b""
        if hasattr(os, "pread"):
            part = os.pread(self._file, min(wanted, 1 << 30), self._at)
        else:
            os.lseek(self._file, self._at, os.SEEK_SET)
            part = os.read(self._file, min(wanted, 1 << 30))
        self._at += len(part)
        return part

    def readall(self) -> bytes:
        return b"".join(iter(lambda: self.read(1 << 20), b""))

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override] # a writable buffer
        part = self.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)

    def fileno(self) -> int:
        return self._file

    def close(self) -> None:
        if not self.closed:
            os.close(self._file)
        super().close()


class SliceSource(Struct, frozen=True):
    """``size`` bytes of the regular file at ``path``, from ``offset`` on."""

    path: str
    offset: int
    size: int

    @property
    def slice_of(self) -> tuple[str, int]:
        """Where the bytes lie."""
        return (self.path, self.offset)

    def open(self) -> BinaryIO:
        """A seekable stream. Raises ArchiveError when the file has gone or changed its kind."""
        try:
            number = open_regular(self.path)
        except TargetError as error:
            raise ArchiveError(str(error)) from None
        return cast("BinaryIO", _Window(number, self.offset, self.size))


class FileSource:
    """A regular file. Making one raises TargetError, in one line, when ``path`` is none."""

    __slots__ = ("path", "size")

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path: str = os.fspath(path)
        number = open_regular(self.path)
        try:
            self.size: int = os.fstat(number).st_size
        finally:
            os.close(number)

    @property
    def slice_of(self) -> tuple[str, int]:
        """Where the bytes lie."""
        return (self.path, 0)

    def open(self) -> BinaryIO:
        """A seekable stream. Raises ArchiveError when the file has gone or changed its kind."""
        return SliceSource(self.path, 0, self.size).open()
