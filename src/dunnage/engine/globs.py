"""Many globs as one question: which of them match this path?

Globs are those of gitignore. Most rules name an extension, a file or a folder; these are looked up
in dictionaries, and only the rest is matched one by one, after its extension or name agrees.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

from dunnage.lazy import lazy_regex

Key = TypeVar("Key", bound=Hashable)
_WILD = lazy_regex(r"[*?\[\\]")
_APART = lazy_regex(r"\[[!^]?\]?[^\]]*\]|[*?/]+|\[.*")
_NAME = r"[\w.\-+~@=]*(?:\*[\w.\-+~@=]+)*\*?"
_USUAL = lazy_regex(rf"(?=.*[^*/])(?:\*\*/|/)?(?=[^/]){_NAME}(?:/(?=[^/]){_NAME})*(?:/\*\*)?")


class Globs(Generic[Key]):
    """Globs, each with a key. ``of(path)`` gives the keys whose globs match the path."""

    def __init__(self, pairs: Iterable[tuple[str, Key]] = ()) -> None:
        self._suffix: dict[str, list[tuple[str, Key]]] = {}
        self._name: dict[str, list[Key]] = {}
        self._folder: dict[str, list[Key]] = {}
        self._by_suffix: dict[str, list[tuple[str, _Lazy, Key]]] = {}
        self._by_name: dict[str, list[tuple[str, _Lazy, Key]]] = {}
        self._by_folder: dict[str, list[tuple[str, _Lazy, Key]]] = {}
        self._others: list[tuple[str, _Lazy, Key]] = []
        self._rooted: list[tuple[str, _Lazy, Key]] = []  # such as can only be at the top
        self._last = ""  # a folder: what stands in it comes one behind the other
        self._of_last: tuple[list[Key], list[tuple[str, _Lazy, Key]]] = [], []
        for glob, key in pairs:
            self._add(glob, key)

    def _add(self, glob: str, key: Key) -> None:
        plain = glob.removeprefix("**/")
        if "/" not in plain:
            if not _WILD.search(plain):
                self._name.setdefault(plain, []).append(key)
                return
            if plain.startswith("*.") and not _WILD.search(plain[2:]):
                last = plain.rpartition(".")[2]
                self._suffix.setdefault(last, []).append((plain[1:], key))
                return
        folder = plain.removesuffix("/**").removesuffix("/")
        anywhere = glob.startswith("**/") or not plain.endswith("/**")
        if anywhere and folder != plain and "/" not in folder and not _WILD.search(folder):
            self._folder.setdefault(folder, []).append(key)
            return
        self._keyed(glob, plain, key)

    def _keyed(self, glob: str, plain: str, key: Key) -> None:
        lazy = _Lazy(glob)
        one = (lazy.part, lazy, key)
        parts = plain.split("/")
        last = parts[-1]
        if last and not _WILD.search(last):
            self._by_name.setdefault(last, []).append(one)
        elif re.fullmatch(r".*\.[^.*?\[\\]+", last):
            self._by_suffix.setdefault(last.rpartition(".")[2], []).append(one)
        elif literal := next((p for p in parts[:-1] if p and not _WILD.search(p)), None):
            self._by_folder.setdefault(literal, []).append(one)
        else:
            (self._rooted if lazy.rooted else self._others).append(one)

    def of(self, path: str) -> list[Key]:
        """The keys whose globs match, each once, in the order of no importance."""
        path = path.rstrip("/")
        folder, _, name = path.rpartition("/")
        suffix = name.rpartition(".")[2]
        found: list[Key] = []
        if pairs := self._suffix.get(suffix):
            found += [key for ending, key in pairs if name.endswith(ending)]
        if keys := self._name.get(name):
            found += keys
        lazies = [one for one in self._others if one[0] in path]
        if pairs_of_suffix := self._by_suffix.get(suffix):
            lazies += [one for one in pairs_of_suffix if one[0] in path]
        if pairs_of_name := self._by_name.get(name):
            lazies += pairs_of_name
        if folder:
            if folder != self._last:
                self._of_last = self._of_folder(folder)
                self._last = folder
            keys, more = self._of_last
            found += keys
            lazies += more
        else:
            lazies += [one for one in self._rooted if one[0] in path]
        if lazies:
            found += [key for part, lazy, key in lazies if part in path and lazy.match(path)]
        return list(dict.fromkeys(found)) if len(found) > 1 else found

    def _of_folder(self, folder: str) -> tuple[list[Key], list[tuple[str, _Lazy, Key]]]:
        found: list[Key] = []
        lazies: list[tuple[str, _Lazy, Key]] = []
        for part in frozenset(folder.split("/")):
            found += self._folder.get(part, ())
            lazies += self._by_folder.get(part, ())
        return found, lazies

    def __bool__(self) -> bool:
        return bool(
            self._suffix
            or self._name
            or self._folder
            or self._by_suffix
            or self._by_name
            or self._by_folder
            or self._others
            or self._rooted
        )


class _Lazy:
    """A glob compiled when a path first comes near it: one that has the glob's longest literal
    ``part``, which the caller sees to, and lies in no folder where the glob does not."""

    __slots__ = ("_glob", "_match", "part", "rooted")

    def __init__(self, glob: str) -> None:
        self._glob = glob
        parts = [] if "\\" in glob else _APART.split(glob)
        self.rooted = glob.startswith("/") and "/" not in glob[1:]
        self.part = max(parts, key=len, default="")
        self._match: Callable[[str], object] | None = None

    def match(self, path: str) -> bool:
        if self.rooted and "/" in path:
            return False
        if self._match is None:
            self._match = re.compile(expression_of(self._glob)).match
        return self._match(path) is not None


def expression_of(glob: str) -> str:
    """A glob as a regular expression for a whole path. The usual ones, of names, ``*``, ``/`` and
    ``**`` at an end, are translated here: pathspec, which does the rest, takes 40 ms to import."""
    if _USUAL.fullmatch(glob):
        anywhere = glob.startswith("**/") or "/" not in glob.rstrip("/")
        begin = "(?:.+/)?" if anywhere else ""
        body = glob.removeprefix("**/").removeprefix("/")
        parts = body.removesuffix("/**").split("/")
        end = "/" if body.endswith("/**") else "/?$" if parts[-1] == "*" else "(?:/|$)"
        return f"^{begin}{'/'.join(_part(part) for part in parts)}{end}"
    from pathspec.patterns.gitignore.basic import GitIgnoreBasicPattern

    expression, _ = GitIgnoreBasicPattern.pattern_to_regex(glob)
    return expression or r"(?!)"


def _part(part: str) -> str:
    if part == "*":
        return "[^/]+"
    return "[^/]*".join(re.escape(piece) for piece in part.split("*"))
