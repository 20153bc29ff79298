"""The prepared matcher in the user's cache folder.

The cache saves about a quarter of a second; it is never needed. A file is named after everything
that went into it, and one that is missing, foreign or damaged only costs that time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
from collections.abc import Sequence

import hyperscan
import msgspec
from msgspec import Struct

from dunnage import kept
from dunnage.engine.match.prepared import Ask, Prepared
from dunnage.rules import Rule
from dunnage.version import __version__

KEPT = 12
"""So many prepared matchers stay in the cache folder, of 1 to 2 MB each."""

_MAGIC = b"dunnage-matcher-11\n"
_BEGIN = len(_MAGIC) + 4
_LARGEST = 64 << 20
_HERE = os.path.dirname(__file__)
_MADE_BY = ("cut", "pattern", "prepare", "prepared", "shape", "syntax", "tree")
"""The modules that what is kept depends on."""


class _Kept(Struct):
    """What a cache file says before the database."""

    key: str
    sha256: str
    events: list[list[Ask]]
    direct: dict[int, bool]
    part: list[int]
    words: list[bytes]
    expressions: list[bytes]


def key_of(rules: Sequence[Rule], signs: Sequence[bytes]) -> str:
    """What tells the matcher of these rules and signs from any other, in hex: of its rules, and of
    everything that makes it."""
    digest = hashlib.sha256()
    version = getattr(hyperscan, "__version__", "")
    for part in (__version__, version, platform.machine(), platform.system()):
        digest.update(part.encode() + b"\0")
    for name in _MADE_BY:
        # The code that makes it, too: between two releases the version stays as it is.
        with contextlib.suppress(OSError), open(os.path.join(_HERE, f"{name}.py"), "rb") as code:
            digest.update(code.read())
    for rule in rules:
        parts = (str(bool(rule.paths)), rule.pattern or "", *rule.leads, *rule.keywords, "")
        digest.update("\0".join(parts).encode())
    for sign in signs:
        digest.update(sign + b"\0")
    return digest.hexdigest()


def load(path: str, key: str) -> Prepared | None:
    """The matcher kept at ``path`` under this key; None where there is none that can be used."""
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST)
        if not data.startswith(_MAGIC):
            return None
        length = int.from_bytes(data[len(_MAGIC) : _BEGIN], "big")
        known = msgspec.msgpack.decode(data[_BEGIN : _BEGIN + length], type=_Kept)
        body = data[_BEGIN + length :]
        if known.key != key or known.sha256 != hashlib.sha256(body).hexdigest():
            return None
        made = Prepared(known.events, known.direct, known.expressions, known.words)
        database = hyperscan.loadb(body, mode=hyperscan.HS_MODE_BLOCK) if body else None
        if database is not None and known.words:
            made.part = (known.part, database)
        else:
            made.database = database
        return made
    except Exception:  # noqa: BLE001 - whatever is wrong with it, the matcher is made anew
        return None


def save(path: str, key: str, prepared: Prepared) -> None:
    """Keep a matcher, where that is possible."""
    with contextlib.suppress(Exception):  # a cache that cannot be written is none
        numbers, database = prepared.part or ([], None)
        words: Sequence[bytes] = prepared.words
        if prepared.database is not None:
            numbers, database, words = [], prepared.database, ()
        body = b"" if database is None else hyperscan.dumpb(database)
        header = msgspec.msgpack.encode(
            _Kept(
                key,
                hashlib.sha256(body).hexdigest(),
                [list(asks) for asks in prepared.events],
                dict(prepared.direct),
                list(numbers),
                list(words),
                list(prepared.expressions),
            )
        )
        length = len(header).to_bytes(_BEGIN - len(_MAGIC), "big")
        kept.write(path, _MAGIC + length + header + body)
        _forget(os.path.dirname(path))


def _forget(folder: str) -> None:
    """Remove all but the newest: each version of dunnage and set of rules has one of its own."""
    with os.scandir(folder) as entries:
        found = [(e.stat().st_mtime, e.path) for e in entries if e.name.startswith("matcher-")]
    for _, path in sorted(found, reverse=True)[KEPT:]:
        os.remove(path)
