"""Rules on the layers of an image: what should not have been put there, and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from dunnage import (
    Artifact,
    Facts,
    Hit,
    Kind,
    Layer,
    Listing,
    Rule,
    Severity,
    amount,
    lazy_regex,
    rule,
)
from dunnage_oci import overlay
from dunnage_oci.adapter import is_root
from dunnage_oci.caches import CACHES, cache_of

_LEAST_CACHE = 64 << 10
_LEAST_WASTE = 1 << 20

# Programs that distributions ship with the set-id bit, for good reasons (Debian 12, Alpine 3.20,
# Fedora 40).
_SETID_PROGRAMS = """
Xorg.wrap arping at bbsuid bwrap chage chfn chrome-sandbox chsh crontab dbus-daemon-launch-helper
doas dotlockfile exim4 expiry fusermount fusermount3 gpasswd grub2-set-bootflag mlocate mount
mount.cifs mount.nfs mtr-packet newgidmap newgrp newuidmap ntfs-3g pam_timestamp_check passwd ping
ping6 pkexec plocate polkit-agent-helper-1 pppd screen sg ssh-agent ssh-keysign staprun su sudo
sudoedit traceroute6.iputils umount unix_chkpwd unix_update userhelper utempter wall write
write.ul
"""
_KNOWN_SETID = frozenset(_SETID_PROGRAMS.split())
_SYSTEM_FOLDER = lazy_regex(r"(?:usr/)?(?:local/)?(?:s?bin|lib(?:32|64|exec)?)/")


def _on_layers(name: str, fix: str, source: str) -> Callable[[Callable[..., Any]], Rule]:
    """A rule on an image, or on a layer by itself: a warning."""
    return rule(
        name, on=Artifact, severity=Severity.WARNING, ecosystems=("oci",), fix=fix, source=source
    )


class _Place(Struct, frozen=True):
    """One layer to look at: its entries, and the trail that leads from the artifact to it."""

    artifact: Artifact
    index: Mapping[str, Facts]
    layer: Layer | None = None

    @property
    def trail(self) -> tuple[str, ...]:
        return () if self.layer is None else (self.layer.path,)

    def hidden_by(self, path: str) -> int | None:
        """The layer that hides an entry of this one."""
        return None if self.layer is None else self.artifact.hidden.get((self.layer.path, path))

    def hit(self, message: str, entry: str, **more: Any) -> Hit:
        return Hit(message, entry=entry, trail=self.trail, **more)


def _places(artifact: Artifact) -> list[_Place]:
    """The layers of an image, bottom first, or the one layer that the artifact is."""
    if artifact.kind == "layer":
        return [_Place(artifact, artifact.index)]
    empty = Listing("", {}, {})
    return [
        _Place(artifact, artifact.listing.children.get(each.path, empty).index, each)
        for each in artifact.layers
    ]


def _own(artifact: Artifact) -> list[_Place]:
    """The layers that the user's own instructions made. Where nothing tells the base, the root
    of a distribution at the bottom is taken for one."""
    places = _places(artifact)
    known = any(each.layer is not None and each.layer.base for each in places)
    return [
        each
        for each in places
        if not (each.layer is not None and each.layer.base)
        and not (
            not known and is_root(each.index) and (each.layer is None or each.layer.index == 0)
        )
    ]


@_on_layers(
    "image/package-cache",
    fix="Empty it in the step that fills it, or mount one: `RUN --mount=type=cache,target=…`.",
    source="https://docs.docker.com/build/building/best-practices/#run",
)
def package_cache(artifact: Artifact) -> Iterator[Hit]:
    """A layer carries the cache of a package manager or a build tool.

    Nothing reads it again in the running image; everyone who pulls downloads it. Emptying it in a
    later instruction does not help: the layer below keeps its bytes.
    """
    for place in _places(artifact):
        bytes_of: dict[str, int] = {}
        gone: dict[str, int] = {}
        first: dict[str, str] = {}
        for path, facts in place.index.items():
            if facts.kind is not Kind.FILE or not facts.size:
                continue
            name = cache_of(path)
            if name is None:
                continue
            bytes_of[name] = bytes_of.get(name, 0) + facts.size
            first.setdefault(name, path)
            if place.hidden_by(path) is not None:
                gone[name] = gone.get(name, 0) + facts.size
        for name, size in bytes_of.items():
            if size < _LEAST_CACHE:
                continue
            later = ""
            if gone.get(name):
                later = (
                    f"; a later layer deletes {amount(gone[name])} of it: the image stays as large"
                )
            yield place.hit(
                f"{CACHES[name].what}: {amount(size)} that the image does not need{later}",
                entry=first[name],
                fix=CACHES[name].fix,
            )


@_on_layers(
    "image/wasted-space",
    fix="Delete or change the files in the step that makes them, or copy from another stage.",
    source="https://docs.docker.com/build/building/multi-stage/",
)
def wasted_space(artifact: Artifact) -> Iterator[Hit]:
    """Files that a later layer deletes or writes again still ship, and still count.

    A layer cannot make the ones below it smaller: their bytes are pushed, stored and pulled.
    Reported from 1 MiB on, for each pair of layers, and only where the user's own layer carries the
    bytes."""
    created = {layer.index: layer.created_by for layer in artifact.layers}
    for place in _own(artifact):
        waste: dict[int, list[tuple[int, str]]] = {}
        for path, facts in place.index.items():
            by = place.hidden_by(path)
            if by is not None and facts.kind is Kind.FILE and facts.size and cache_of(path) is None:
                waste.setdefault(by, []).append((facts.size, path))
        for by, files in sorted(waste.items()):
            total = sum(size for size, _ in files)
            if total < _LEAST_WASTE:
                continue
            largest = max(files, key=lambda each: (each[0], each[1]))[1]
            instruction = f" (`{_short(created[by])}`)" if created.get(by) else ""
            some = "1 file" if len(files) == 1 else f"{len(files)} files"
            yield place.hit(
                f"{some}, {amount(total)}, deleted or written again by layer {by}{instruction}: "
                "still in the image",
                entry=largest,
            )


@_on_layers(
    "image/setuid-file",
    fix="Take the bit away (`chmod a-s FILE`) in the instruction that adds the file.",
    source="https://man7.org/linux/man-pages/man7/inode.7.html",
)
def setuid_file(artifact: Artifact) -> Iterator[Hit]:
    """A layer of your own adds a program that runs with the rights of its owner or group.

    Such a program is the usual way from an ordinary user to root inside a container. What
    distributions ship with the bit (``su``, ``passwd``, ``ping`` …) is a note.
    """
    owned = {each.trail for each in _own(artifact)}
    below: set[str] = set()
    for place in _places(artifact):
        for stored, facts in place.index.items():
            if not facts.mode & 0o6000 or facts.kind not in (Kind.FILE, Kind.HARDLINK):
                continue
            path = overlay.clean(stored)
            fresh = path not in below
            below.add(path)
            if not fresh or place.trail not in owned:
                continue
            known = bool(_SYSTEM_FOLDER.match(path)) and path.rpartition("/")[2] in _KNOWN_SETID
            who = "its owner" if facts.mode & 0o4000 else "its group"
            if facts.mode & 0o4000 and facts.uid == 0:
                who = "root"
            yield place.hit(
                f"runs with the rights of {who} (mode {facts.mode & 0o7777:04o})",
                entry=stored,
                severity=Severity.NOTE if known else None,
            )


@_on_layers(
    "image/world-writable",
    fix="Give the files to the user that writes them (`COPY --chown=…`, `chown`) and take the "
    "rights of all others away (`chmod -R o-w`).",
    source="https://man7.org/linux/man-pages/man7/inode.7.html",
)
def world_writable(artifact: Artifact) -> Iterator[Hit]:
    """A layer of your own adds files or folders that everyone may write.

    Any process in the container can change them, the program's own code too. Folders with the
    sticky bit, such as ``/tmp``, are fine. One finding for each layer, with the number.
    """
    for place in _own(artifact):
        open_to_all = [
            path
            for path, facts in place.index.items()
            if facts.mode & 0o002
            and (facts.kind is Kind.FILE or (facts.kind is Kind.DIR and not facts.mode & 0o1000))
            and not overlay.is_mark(path)
        ]
        if open_to_all:
            some = (
                "may be written by everyone"
                if len(open_to_all) == 1
                else f"is one of {len(open_to_all)} files and folders that everyone may write"
            )
            yield place.hit(some, entry=open_to_all[0], count=len(open_to_all))


@_on_layers(
    "image/odd-whiteout",
    fix="Build the layer again; if a file shall really have this name, choose another.",
    source="https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md#whiteouts",
)
def odd_whiteout(artifact: Artifact) -> Iterator[Hit]:
    """A deletion mark that means nothing, or that holds content.

    Names that begin with ``.wh.`` are marks: runtimes never show them as files. One that holds
    bytes hides them from everyone who looks at the running image only.
    """
    for place in _places(artifact):
        for path, why in overlay.marks(place.index).odd.items():
            yield place.hit(why, entry=path)


def _short(line: str | None) -> str:
    return line if line is not None and len(line) <= 60 else (line or "")[:59] + "…"


RULES: Sequence[Rule] = (
    package_cache,
    wasted_space,
    setuid_file,
    world_writable,
    odd_whiteout,
)
