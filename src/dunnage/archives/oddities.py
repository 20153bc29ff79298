"""What is odd about names and structure, counted so that a report stays bounded."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from dunnage.lazy import lazy_regex
from dunnage.model import Entry, Kind, Oddity

MOST = 20
_CASES = 250_000
_SAFE = bytes(range(0x21, 0x7F)).translate(None, b'\\:*?<>|"')
_SPACE_SAFE = _SAFE + b" "
_CONTROL = lazy_regex("[\x00-\x1f\x7f-\x9f]")
_BIDI = lazy_regex("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u200b-\u200d\u2060\ufeff]")
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{name}{digit}" for name in ("com", "lpt") for digit in "123456789¹²³"]
)
_DRIVE = lazy_regex(r"[A-Za-z]:")


class Oddities:
    """The oddities of one archive: at most ``MOST`` messages of a kind, then a count at the end.

    Paths are remembered as 64-bit hashes only: two million cost some 130 MB.
    """

    __slots__ = ("_counts", "_folded", "_folder", "_links", "_paths", "extra")

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._paths: set[int] = set()
        self._folded: set[int] = set()
        self._folder = ""
        self._links: set[int] = set()
        self.extra: list[Oddity] = []

    def add(self, kind: str, message: str, path: str | None = None) -> None:
        """Note one."""
        count = self._counts.get(kind, 0) + 1
        self._counts[kind] = count
        if count <= MOST:
            self.extra.append(Oddity(kind, message, path))

    def taken(self) -> list[Oddity]:
        """What was noted since the last call."""
        found, self.extra = self.extra, []
        return found

    def rest(self) -> Iterator[Oddity]:
        """What was noted and not yet taken, and one line for each kind that had too many."""
        yield from self.taken()
        for kind, count in self._counts.items():
            if count > MOST:
                yield Oddity(kind, f"and {count - MOST} more of the same kind in this archive")

    def look(self, path: str, raw: bytes, kind: Kind) -> None:
        """Judge a member's name. The common, harmless name costs about a microsecond."""
        if raw.translate(None, _SPACE_SAFE) or b".." in raw or raw[:1] == b"/" or b" " in raw:
            self._odd_name(path, raw)
        folder, _, name = path.rpartition("/")
        if name[:4].lower() in _STEMS:
            if name.partition(".")[0].rstrip(" ").lower() in _RESERVED:
                self.add("reserved-name", _WINDOWS_RESERVED, path)
        elif name[-1:] in _TRAILING and name not in _TRAILING:
            self.add("reserved-name", _WINDOWS_TRAILING, path)
        if folder != self._folder:
            self._folder = folder
            self._odd_folder(folder, path)
            if self._links:
                self._behind_link(folder, path)
        if kind is Kind.DIR:
            return
        exact = hash(path)
        if exact in self._paths:
            self.add(
                "duplicate-entry",
                "a member of this name came before: most tools unpack the last one, some the first",
                path,
            )
            return
        self._paths.add(exact)
        lower = path.lower()
        if lower != path or not path.isascii():
            if not path.isascii():
                lower = unicodedata.normalize("NFC", path).casefold()
            low = hash(lower)
            if low in self._folded or (low != exact and low in self._paths):
                self._collision(path)
            elif len(self._folded) < _CASES:
                self._folded.add(low)
        elif exact in self._folded:
            self._collision(path)

    def _behind_link(self, folder: str, path: str) -> None:
        end = len(folder)
        while end > 0:
            if hash(folder[:end]) in self._links:
                self.add(
                    "link-escape",
                    f"lies behind the link {folder[:end]!r}: it is unpacked where that one leads",
                    path,
                )
                return
            end = folder.rfind("/", 0, end)

    def _collision(self, path: str) -> None:
        self.add(
            "case-collision",
            "differs from another member only by case or Unicode form: on macOS and Windows"
            " one overwrites the other",
            path,
        )

    def _odd_folder(self, folder: str, path: str) -> None:
        for part in folder.split("/"):
            if part.partition(".")[0].rstrip(" ").lower() in _RESERVED:
                self.add("reserved-name", _WINDOWS_RESERVED, path)
                return
            if part[-1:] in (".", " ") and part not in (".", ".."):
                self.add("reserved-name", _WINDOWS_TRAILING, path)
                return

    def _odd_name(self, path: str, raw: bytes) -> None:
        if b".." in raw.replace(b"\\", b"/").split(b"/"):
            self.add(
                "path-escape", "the name holds '..': a careless tool unpacks it elsewhere", path
            )
        elif raw[:1] in (b"/", b"\\") or _DRIVE.match(path):
            self.add(
                "path-escape", "the name is absolute: a careless tool unpacks it elsewhere", path
            )
        elif b"\\" in raw and b"\\" not in _UNIT.sub(b"", raw):
            self.add("reserved-name", _WINDOWS_BACKSLASH, path)
        elif b"\\" in raw:
            self.add(
                "path-escape",
                "the name holds a backslash: a folder on Windows, a character elsewhere",
                path,
            )
        if _CONTROL.search(path):
            self.add(
                "name-control-characters",
                "the name holds control characters: it can forge lines of a log or a listing",
                path,
            )
        if _BIDI.search(path):
            self.add(
                "name-bidi",
                "the name holds invisible or direction-changing characters: it reads as another",
                path,
            )
        try:
            raw.decode()
        except UnicodeDecodeError:
            self.add(
                "name-encoding",
                "the name is not UTF-8: tools disagree on what it is called",
                path,
            )

    def link(self, entry: Entry) -> None:
        """Judge where a link leads: out of the archive by its text alone, or by way of folders."""
        target = entry.link or ""
        if entry.kind is Kind.SYMLINK and len(self._links) < _CASES:
            self._links.add(hash(entry.path.rstrip("/")))
            self._folder = "\0"  # the next member's folder is looked at again
        flat = target.replace("\\", "/")
        if flat.startswith("/") or _DRIVE.match(flat):
            # an image's absolute links lead to its own root: the engine knows what is an image
            self.add("link-escape", f"the link leads to the absolute path {target!r}", entry.path)
            return
        depth = entry.path.strip("/").count("/") if entry.kind is Kind.SYMLINK else 0
        for part in flat.split("/"):
            if part == "..":
                depth -= 1
                if depth < 0:
                    self.add(
                        "link-escape",
                        f"the link leads out of the archive, to {target!r}",
                        entry.path,
                    )
                    return
            elif part not in ("", "."):
                depth += 1


_STEMS = (
    frozenset(["con", "prn", "aux", "nul"])
    | frozenset(name[:4] for name in _RESERVED)
    | frozenset(name + tail for name in ("con", "prn", "aux", "nul") for tail in ". ")
)
_TRAILING = ("", ".", " ", "..")
_WINDOWS_BACKSLASH = "the name holds a backslash, which separates folders on Windows"
_UNIT = lazy_regex(rb"\\x[0-9a-f]{2}")
"""How systemd writes a character in the name of a unit (systemd.unit(5))."""
_WINDOWS_RESERVED = "the name is reserved on Windows: it cannot be unpacked there"
_WINDOWS_TRAILING = "the name ends in a dot or a space, which Windows drops"
