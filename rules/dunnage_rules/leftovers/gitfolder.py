"""A Git repository inside a release."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from dunnage import (
    Artifact,
    Entry,
    Facts,
    Hit,
    Kind,
    Rule,
    Severity,
    amount,
    counted,
    derived,
    replace,
    rule,
)

_LEADERS = (
    "config",
    "HEAD",
    "packed-refs",
    "index",
    "ORIG_HEAD",
    "FETCH_HEAD",
    "COMMIT_EDITMSG",
    "logs/HEAD",
)
"""The files that speak for their folder, the most telling first."""

_FIX = {
    "npm": 'List what ships under "files" in package.json, e.g. "files": ["dist"].',
    "pypi": 'hatch: `exclude = [".git"]` under [tool.hatch.build]; setuptools: `prune .git` in '
    "MANIFEST.in.",
    "crates": '`exclude = [".git/"]` in Cargo.toml.',
    "oci": "Add `.git` to .dockerignore; COPY what the image needs, not `.`.",
    "any": "Leave .git out when you pack; change every secret that the history holds.",
}


class _Folder(Struct):
    """What a `.git` folder holds. ``leader`` is the one of its files that speaks for it."""

    leader: str
    rank: int
    packs: int = 0
    loose: int = 0
    stored: int = 0


_RANKS = {name: number for number, name in enumerate(_LEADERS)}


def _folders(index: Mapping[str, Facts]) -> dict[str, _Folder]:
    """The `.git` folders, each with the innermost path counted to it."""
    found: dict[str, _Folder] = {}
    for path, facts in index.items():
        before, slash, inner = path.rpartition(".git/")
        is_object = inner.startswith("objects/")
        rank = len(_LEADERS) if is_object else _RANKS.get(inner)
        if rank is None or not slash or before[-1:] not in ("", "/") or facts.kind is Kind.DIR:
            continue  # nothing is said of it
        folder = found.setdefault(before + slash, _Folder(inner, rank))
        if rank < folder.rank:
            folder.leader, folder.rank = inner, rank
        if is_object:
            folder.packs += inner.endswith(".pack")
            folder.loose += len(inner) == len("objects/12/") + 38
            folder.stored += facts.size
    return found


def _weigh(hit: Hit, artifact: Artifact) -> Hit | None:
    folder, inner, remote = hit.facts
    known = derived(artifact.index, _folders).get(folder)
    if known is None or inner != known.leader:
        return None
    if known.packs or known.loose:
        held = (
            f"{counted(known.packs, 'pack')}, {counted(known.loose, 'loose object')}, "
            f"{amount(known.stored)}"
        )
        what = f"a Git repository with its history ({held})"
    else:
        what = "parts of a Git repository, without its history"
    if remote:
        what += f"; its remote is {remote}"
    return replace(hit, message=what)


@rule(
    "leftover/git-folder",
    severity=Severity.ERROR,
    paths=(*(f"**/.git/{name}" for name in _LEADERS), "**/.git/objects/**"),
    content=True,
    fix=_FIX,
    source="https://git-scm.com/docs/gitrepository-layout",
    weigh=_weigh,
)
def git_folder(entry: Entry) -> Iterator[Hit]:
    """A `.git` folder: the history of the source.

    Whoever has it can check out every version of every file, with the secrets that were removed
    since. `.git/config` names the remote, at times with a token in its address, and is how CI
    tokens have leaked from uploaded artifacts.

    Leave it out, and change every secret that the history ever held. There is one finding a
    folder; it says what the folder gives away.
    """
    before, slash, inner = entry.path.rpartition(".git/")
    folder = before + slash
    remote = ""
    if inner == "config":
        text = entry.read(64 << 10).decode("utf-8", "replace")
        if found := re.search(r"(?m)^\s*url\s*=\s*(\S+)", text):
            remote = re.sub(r"//[^/@\s]+@", "//…@", found[1])[:200]
    yield Hit("a Git repository", facts=(folder, inner, remote))


@rule(
    "leftover/git-link",
    severity=Severity.NOTE,
    paths=(".git",),
    content=True,
    fix=_FIX,
    source="https://git-scm.com/docs/gitrepository-layout",
)
def git_link(entry: Entry) -> Iterator[Hit]:
    """A `.git` file, as submodules and work trees have it.

    It names the folder of the repository on the machine that packed the release.

    Leave it out. It gives away a path and nothing more.
    """
    text = entry.read(4096)
    if text.startswith(b"gitdir: "):
        yield Hit(f"a link to a Git folder, {text[8:].decode('utf-8', 'replace').strip()[:200]}")


def rules() -> list[Rule]:
    """The rules of this module."""
    return [git_folder, git_link]
