"""TOML read once: the parsed rule files are kept in the user's cache folder.

Parsing those that come with dunnage takes 40 ms of every start. What is kept is never needed: a
file that is missing, foreign or damaged only costs that time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from typing import Any

import tomli

from dunnage import kept

_NAME = "documents-1.json"
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
        if isinstance(known, str):
            self._asked[key] = known
            document: dict[str, Any] = json.loads(known)
            return document
        document = tomli.loads(text)
        with contextlib.suppress(TypeError, ValueError):  # a date: not for JSON
            self._asked[key] = json.dumps(document)
            self._new = True
        return document

    def keep(self) -> None:
        """Write what was asked for. A cache that cannot be written is none."""
        if self._path is None or not self._new:
            return
        with contextlib.suppress(OSError):
            kept.write(self._path, json.dumps(self._asked).encode())


def _load(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            known = json.loads(file.read(_LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}
