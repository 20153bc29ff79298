"""How to keep a database out, in the words of each ecosystem."""

from __future__ import annotations

FIX = {
    "npm": 'Delete it, or list what ships under "files" in package.json.',
    "pypi": "setuptools: `global-exclude *.sqlite3 *.db *.sql` in MANIFEST.in; hatch: "
    '`exclude = ["*.sqlite3", "*.db", "*.sql"]` under [tool.hatch.build].',
    "crates": '`exclude = ["*.sqlite3", "*.sql"]` in Cargo.toml.',
    "oci": "Add it to .dockerignore; mount the data when the container runs.",
}
