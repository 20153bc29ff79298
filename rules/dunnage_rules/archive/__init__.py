"""What the archive readers see of an archive's structure, as rules.

The readers say what is odd and what each reader of the format would make of it; here is how much
it weighs. Facts: PKWARE's APPNOTE.TXT 6.3.10 (zip), POSIX.1-2024 ``pax`` and the GNU tar manual
(tar), RFC 1952 (gzip), and PyPI's "Preventing ZIP parser confusion attacks" (blog.pypi.org, August
2025).
"""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Artifact, Entry, Hit, Rule, Severity, Subject

_REBUILD = "Build the archive again with the ecosystem's own tool, and publish that."
_RENAME = "Rename the file, or leave it out of the archive."

_TABLE: tuple[tuple[str, Severity, str, str, str], ...] = (
    (
        "case-collision",
        Severity.WARNING,
        "Two names differ only by case or by Unicode form",
        "On Windows and macOS one file overwrites the other: users get something else.",
        _RENAME,
    ),
    (
        "duplicate-entry",
        Severity.WARNING,
        "The same name stands twice in the archive",
        "Some installers keep the first, others the last: what was reviewed may not be installed.",
        _REBUILD,
    ),
    (
        "header-mismatch",
        Severity.ERROR,
        "Two places that describe a member disagree",
        "Readers trust different places and install different things. Registries refuse it.",
        _REBUILD,
    ),
    (
        "hidden-member",
        Severity.ERROR,
        "A member that only some readers see",
        "A review with one tool passes what another tool installs.",
        _REBUILD,
    ),
    (
        "leading-data",
        Severity.WARNING,
        "Bytes before the archive begins",
        "The file is something else as well: an executable, a script, a second archive.",
        _REBUILD,
    ),
    (
        "link-escape",
        Severity.WARNING,
        "A link that points out of the archive",
        "An installer that follows it reads or writes where the package has no business.",
        "Leave the link out, or make it relative to a file in the archive.",
    ),
    (
        "name-bidi",
        Severity.ERROR,
        "A name with characters that turn the direction of text",
        "What people read is not what is there (Unicode Technical Report 36).",
        _RENAME,
    ),
    (
        "name-control-characters",
        Severity.ERROR,
        "A name with control characters",
        "Shown on a terminal or in a log it can forge lines or run terminal commands.",
        _RENAME,
    ),
    (
        "name-encoding",
        Severity.NOTE,
        "A name that is not UTF-8",
        "Each system shows another name, and some refuse the file.",
        _RENAME,
    ),
    (
        "overlapping-members",
        Severity.ERROR,
        "Members share the same bytes",
        "This is how small files become terabytes, or one byte becomes two files.",
        _REBUILD,
    ),
    (
        "path-escape",
        Severity.ERROR,
        "A name that leads out of the folder it is unpacked in",
        "An installer that follows it overwrites the user's files.",
        _RENAME,
    ),
    (
        "reserved-name",
        Severity.NOTE,
        "A name that Windows cannot hold",
        "Installation on Windows fails (Microsoft: Naming Files, Paths, and Namespaces).",
        _RENAME,
    ),
    (
        "sparse-member",
        Severity.NOTE,
        "A sparse file",
        "Readers without support unpack something else, and its size on disk can be anything.",
        "Pack it without --sparse.",
    ),
    (
        "special-file",
        Severity.WARNING,
        "A device, a FIFO or another special file",
        "Packages have no use for it, and unpacked by root a device gives access to the hardware.",
        "Leave it out of the archive.",
    ),
    (
        "trailing-data",
        Severity.WARNING,
        "Bytes after the archive's end",
        "Most readers ignore them, some find a second archive in them.",
        _REBUILD,
    ),
)


_NORMAL_IN_LAYERS = frozenset({"case-collision", "link-escape", "reserved-name", "special-file"})
"""What root file systems have: absolute links, which a runtime resolves inside the root, devices,
and names that only Linux keeps apart, or can hold."""


_TOPS = ("usr", "etc", "bin", "lib", "opt", "var")


def _in_a_system(hit: Hit, artifact: Artifact) -> Hit | None:
    """What a distribution's package lays over the root of a system (a `.deb`'s data, the export of
    a container) has what root file systems have, links that lead to that root among it."""
    if artifact.ecosystem != "archive":
        return hit
    index = artifact.index
    laid = any(f"{lead}{top}/" in index for top in _TOPS for lead in ("", "./", "/"))
    return None if laid else hit


def _unless_a_jar(hit: Hit, artifact: Artifact) -> Hit | None:
    """Classes are loaded from a jar and not unpacked; tools that shorten names make A and a."""
    return None if "META-INF/MANIFEST.MF" in artifact.index else _in_a_system(hit, artifact)


_WEIGHED = {
    **dict.fromkeys(_NORMAL_IN_LAYERS, _in_a_system),
    "case-collision": _unless_a_jar,
}


def _said_by_the_reader(entry: Entry) -> Iterator[Hit]:
    """The archive's reader says it while it reads; there is nothing to look for."""
    return iter(())


def rules() -> list[Rule]:
    """One rule for each kind of oddity."""
    return [
        Rule(
            id=f"archive/{name}",
            on=Subject.ENTRY,
            severity=severity,
            summary=summary,
            why=why,
            fix=fix,
            not_in=("oci",) if name in _NORMAL_IN_LAYERS else (),
            weigh=_WEIGHED.get(name),
            check=_said_by_the_reader,
        )
        for name, severity, summary, why, fix in _TABLE
    ]
