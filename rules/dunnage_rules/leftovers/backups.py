"""Copies that editors keep."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Entry, Hit, Rule, Severity, rule
from dunnage_rules.leftovers.place import weigh_own


@rule(
    "leftover/backup-file",
    severity=Severity.NOTE,
    paths=("*~", "*.bak", "*.backup", "*.kate-swp", "**/#*#"),
    ecosystems=("npm", "pypi", "crates", "oci"),
    fold="artifact",
    fix={
        "npm": 'Delete it, or list what ships under "files" in package.json.',
        "pypi": "setuptools: `global-exclude *~ *.bak` in MANIFEST.in; hatch: "
        '`exclude = ["*~", "*.bak"]` under [tool.hatch.build].',
        "crates": '`exclude = ["*~", "*.bak"]` in Cargo.toml.',
        "oci": "Add `**/*~` and `**/*.bak` to .dockerignore.",
        "any": "Delete it.",
    },
    weigh=weigh_own,
)
def backup_file(entry: Entry) -> Iterator[Hit]:
    """Backup copies of files (`index.js~`, `config.bak`).

    They hold an older version of the file, which may be the one with the secret in it.

    Delete them. In an image those of the distribution, which keeps backups of its own databases,
    and of installed packages are not meant.
    """
    if (entry.size or entry.data) and len(entry.name) > 2:
        yield Hit("a backup copy of a file", facts=entry.path)


@rule(
    "leftover/swap-file",
    severity=Severity.WARNING,
    magic=(b"b0VIM ",),
    fix={
        "npm": "Delete it; npm leaves `.*.swp` out by itself.",
        "pypi": "setuptools: `global-exclude *.swp` in MANIFEST.in; hatch: "
        '`exclude = ["*.swp"]` under [tool.hatch.build].',
        "any": "Close the editor and delete it.",
    },
    source="https://vimhelp.org/recover.txt.html",
)
def swap_file(entry: Entry) -> Iterator[Hit]:
    """A swap file of Vim: the text that somebody was editing.

    It names the user, the host and the file, and holds unsaved text. Told by content, whatever the
    name.

    Delete it.
    """
    head = entry.read(1024)
    user = head[28:68].split(b"\0")[0].decode("utf-8", "replace")
    host = head[68:108].split(b"\0")[0].decode("utf-8", "replace")
    by = f" of {user}@{host}" if user and host else ""
    yield Hit(f"a swap file of Vim{by}: text that was being edited")


@rule(
    "leftover/finder-attributes",
    severity=Severity.NOTE,
    magic=(b"\0\5\x16\7\0\2\0\0",),
    fold="artifact",
    fix="Pack with `COPYFILE_DISABLE=1 tar …` on macOS.",
    source="https://datatracker.ietf.org/doc/html/rfc1740",
)
def finder_attributes(entry: Entry) -> Iterator[Hit]:
    """An AppleDouble file (`._name`): attributes that macOS keeps beside a file.

    They hold where a file was downloaded from, and break tools that take them for the file itself.

    Pack with `COPYFILE_DISABLE=1`, or delete them.
    """
    if entry.name.startswith("._") and "__MACOSX/" not in entry.path:  # os-file tells of those
        yield Hit("attributes of a file that macOS wrote beside it (AppleDouble)")


def rules() -> list[Rule]:
    """The rules of this module."""
    return [backup_file, swap_file, finder_attributes]
