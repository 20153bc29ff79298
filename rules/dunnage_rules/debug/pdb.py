"""What Microsoft's tools leave behind: program databases, and the paths to them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dunnage import Entry, Hit, Match, Rule, Severity, rule
from dunnage_rules.debug.formats.heads import starts

_FIX = {
    "npm": 'Leave *.pdb out: list what ships under "files" in package.json.',
    "pypi": "Leave *.pdb out: `global-exclude *.pdb` in MANIFEST.in (setuptools), "
    '`exclude = ["*.pdb"]` under [tool.hatch.build].',
    "crates": '`exclude = ["*.pdb"]` in Cargo.toml.',
    "any": "Keep *.pdb on your symbol server and out of the release.",
}
_MONO = b"\x14\xa6\x7f\xfd"


@rule(
    "debug/pdb",
    severity=Severity.WARNING,
    magic=(
        b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0",
        b"Microsoft C/C++ program database 2.00",
        b"BSJB\1\0\1\0",
        b"\x14\xa6\x7f\xfd\x23\x26\xe8\x45",
    ),
    fold="artifact",
    fix=_FIX,
    source="https://llvm.org/docs/PDB/MsfFile.html",
    tags=("binary",),
)
def program_database(entry: Entry) -> Iterator[Hit]:
    """A program database (`.pdb`, Mono's `.mdb`): debug information of a Windows or .NET binary.

    It names every function, type, local variable and source file. Told by content, whatever the
    name.

    Keep it on your symbol server. Fine in a symbol package.
    """
    kinds = {
        b"BSJB": "portable program database (.NET)",
        _MONO: "symbol file of Mono",
    }
    head = entry.read(4)
    # Mono's ends in another way than the others.
    fix = "Compile without `-debug`, or leave *.mdb out when you pack." if head == _MONO else None
    yield Hit(f"{kinds.get(head, 'program database')} with debug information", fix=fix)


@rule(
    "debug/pdb-path",
    severity=Severity.NOTE,
    # The CodeView record of a PE file's debug directory: signature, GUID, age, path.
    pattern=r"RSDS[\x00-\xff]{20}[^\x00-\x1f]{1,400}\.[pP][dD][bB]\x00",
    once=True,
    fold="artifact",
    fix="Link with `/PDBALTPATH:%_PDB%`, which keeps the file name alone; for .NET build with "
    "`/p:DebugType=none` or a "
    "deterministic `PathMap`.",
    source="https://learn.microsoft.com/en-us/cpp/build/reference/pdbaltpath-use-alternate-pdb-path",
    tags=("binary",),
)
def pdb_path(entry: Entry, match: Match) -> Iterator[Hit]:
    """A Windows binary that names the place of its program database.

    The debug directory keeps the path the `.pdb` had when it was linked: the user's name and the
    project's, as in `C:\\Users\\alice\\secret-project\\x.pdb`.

    Link so that the file name alone is kept. A mere file name is not reported.
    """
    path = match.text[24:-1].decode("utf-8", "replace").replace("\\", "/")
    if not re.match(r"[A-Za-z]:/|/", path) or not starts(entry, b"MZ"):
        return
    folder = "/".join(path.split("/")[:4] if path.count("/") > 3 else path.split("/")[:-1])
    yield Hit(f"Windows binaries that name their debug file under {folder}/", span=match.span)


@rule(
    "debug/embedded-pdb",
    severity=Severity.WARNING,
    # The signature of the embedded portable PDB, and the length it inflates to: below 64 MiB.
    pattern=r"MPDB[\x00-\xff]{3}[\x00-\x03]",
    once=True,
    fix="Build with `<DebugType>portable</DebugType>`, and keep the *.pdb on your symbol server.",
    source="https://github.com/dotnet/runtime/blob/main/docs/design/specs/PE-COFF.md",
    tags=("binary",),
)
def embedded_pdb(entry: Entry, match: Match) -> Iterator[Hit]:
    """A .NET assembly with its program database inside.

    `DebugType=embedded` puts the names of local variables, the source files' paths and at times the
    sources themselves into the assembly.

    Keep it apart. Fine for open source, where it gives readable stack traces.
    """
    following = match.window[match.end : match.end + 1]
    # Deflate: the kind of the first block is stored, fixed or dynamic, never the fourth.
    if following and following[0] & 6 != 6 and starts(entry, b"MZ"):
        yield Hit("a .NET assembly with its program database embedded")


def rules() -> list[Rule]:
    """The rules of this module."""
    return [program_database, pdb_path, embedded_pdb]
