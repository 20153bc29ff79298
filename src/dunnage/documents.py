"""TOML read once: the parsed rule files are kept in the user's cache folder.

Parsing those that come with dunnage takes 40 ms of every start. What is kept is never needed: a
file that is missing, foreign or damaged only costs that time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import Any

import msgspec
import tomli

from dunnage import kept

_NAME = "documents-2.bin"
_LARGEST = 64 << 20


class Documents:
    """TOML documents by the sha256 of their text. ``keep`` writes those that were asked for into
    the folder ``cache``, if one of them was new."""

    def __init__(self, cache: str | None = None) -> None:
        self._path = os.path.join(cache, _NAME) if cache else None
        self._known = _load(self._path) if self._path else {}
        self._asked: dict[str, Any] = {}
        self._new = False

    def parse(self, text: str) -> dict[str, Any]:
        """The document; the caller may change it. Raises tomli.TOMLDecodeError."""
        if self._path is None:
            return tomli.loads(text)
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        known = self._known.pop(key, None)
        if isinstance(known, bytes):
            with contextlib.suppress(msgspec.DecodeError):
                document = msgspec.msgpack.decode(known, type=dict[str, Any])
                self._asked[key] = known
                return document
        document = tomli.loads(text)
        packed = _packed(document)
        if packed is not None:
            self._asked[key] = packed
            self._new = True
        return document

    def keep(self) -> None:
        """Write what was asked for. A cache that cannot be written is none."""
        if self._path is None or not self._new:
            return
        with contextlib.suppress(OSError):
            kept.write(self._path, msgspec.msgpack.encode(self._asked))


def _packed(document: dict[str, Any]) -> bytes | None:
    """None where it would come back as something else: a date as its text, for one."""
    try:
        packed = msgspec.msgpack.encode(document)
    except (TypeError, ValueError, OverflowError):
        return None
    return packed if msgspec.msgpack.decode(packed) == document else None


def _load(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            return msgspec.msgpack.decode(file.read(_LARGEST), type=dict[str, Any])
    except (OSError, msgspec.DecodeError, RecursionError):
        return {}
