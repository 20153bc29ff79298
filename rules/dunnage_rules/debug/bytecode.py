"""What compiled Python files say of where they were compiled."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from dunnage import Entry, Hit, Rule, Severity, lazy_regex, rule

_NAME = lazy_regex(rb"[\xfa\xda\x7a\x5a](.)((?:/|[A-Za-z]:\\)[^\x00-\x1f]*?\.pyw?)", re.DOTALL)
_LONG = lazy_regex(
    rb"[\xe1\x61\xf5\x75\xc1\x41\xf3\x73\x74](..)\x00\x00((?:/|[A-Za-z]:\\)[^\x00-\x1f]*?\.pyw?)",
    re.DOTALL,
)
_MOST = 4 << 20


@rule(
    "debug/bytecode-path",
    severity=Severity.NOTE,
    paths=("*.pyc", "*.pyo"),
    content=True,
    fold="artifact",
    fix={
        "pypi": "Leave *.pyc out: `global-exclude *.py[cod]` in MANIFEST.in (setuptools), "
        '`exclude = ["*.py[cod]"]` under [tool.hatch.build].',
        "any": "Compile with `python -m compileall -s BUILD_FOLDER -p INSTALL_FOLDER`, or "
        "leave *.pyc out.",
    },
    source="https://docs.python.org/3/reference/datamodel.html#codeobject.co_filename",
)
def bytecode_path(entry: Entry) -> Iterator[Hit]:
    """A compiled Python file that names the folder it was compiled in.

    Its `co_filename` is the source's path on the machine that compiled it. It is read without
    unmarshalling, which hostile bytes could use.

    Compile for the folder in which it will lie, or leave it out. A file that lies where it says is
    not reported.
    """
    data = entry.read(_MOST)
    if data[2:4] != b"\r\n":
        return
    for pattern in (_NAME, _LONG):
        for found in pattern.finditer(data):
            if int.from_bytes(found[1], "little") == len(found[2]):
                path = found[2].decode("utf-8", "replace").replace("\\", "/")
                if folder := _compiled_in(path, entry.path):
                    yield Hit(
                        f"compiled Python files that name the folder they were compiled in, "
                        f"{'/'.join(folder.split('/')[:4])}/…"
                    )
                return


def _compiled_in(path: str, own: str) -> str:
    """The folder on the machine that compiled it, above what the artifact holds as well; none, if
    the file lies where it says."""
    if path.startswith(("/usr/lib/", "/usr/local/lib/", "/usr/share/")):
        return ""
    said = posixpath.normpath(path).split("/")[:-1]
    lies = own.replace("/__pycache__/", "/").split("/")[:-1]
    while said and lies and said[-1] == lies[-1]:
        said.pop()
        lies.pop()
    return "/".join(said)


def rules() -> list[Rule]:
    """The rules of this module."""
    return [bytecode_path]
