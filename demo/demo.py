"""The demo: build a package that leaks, lint it, leave out what leaks, lint it again.

Everything in it that looks like a secret is made up anew at each run.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from dunnage.testing import npm_tarball, render

CODE = "module.exports = (name) => `Hello, ${name}`;\n//# sourceMappingURL=cli.js.map\n"
KEYS = """\
import { connect } from './net';

export const client = connect('{token}');
"""


def leaky() -> dict[str, str]:
    """The files of a package with nothing in its ``files`` and a forgotten ``.npmignore``."""
    seed = os.urandom(8).hex()
    keys = KEYS.replace("{token}", render("{github-token:ghp_}", seed))
    source_map = {
        "version": 3,
        "file": "cli.js",
        "sources": ["../src/cli.ts", "../src/keys.ts"],
        "sourcesContent": ["export default (name: string) => `Hello, ${name}`;\n" * 40, keys],
        "names": [],
        "mappings": "AAAA",
    }
    return {
        "README.md": "# greeter\n",
        "dist/cli.js": CODE,
        "dist/cli.js.map": json.dumps(source_map),
        ".env": render("NPM_TOKEN={npm-token}\n", seed),
        "certs/dev.key": private_key(),
    }


def private_key() -> str:
    """A fresh Ed25519 key in PEM (RFC 8410: a fixed header, then 32 random bytes)."""
    der = bytes.fromhex("302e020100300506032b657004220420") + os.urandom(32)
    body = base64.encodebytes(der).decode()
    return f"-----BEGIN {'PRIVATE'} KEY-----\n{body}-----END {'PRIVATE'} KEY-----\n"


def check(folder: Path, target: str) -> int:
    """Show the command, run it, show how it ended."""
    print(f"\n$ dunnage check {target}", flush=True)
    command = str(Path(sys.executable).with_name("dunnage"))
    code = subprocess.run([command, "check", target], cwd=folder, check=False).returncode
    print(f"(exit code {code})", flush=True)
    return code


def main() -> int:
    """0 when the leak was found and the mended package was clean."""
    manifest = {"name": "greeter", "version": "1.0.0", "main": "dist/cli.js"}
    files = leaky()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "greeter-1.0.0.tgz").write_bytes(npm_tarball(files, manifest))
        print("A package that was packed without looking:")
        found = check(folder, "greeter-1.0.0.tgz")

        print('\nThe same with "files": ["dist/*.js"] in its package.json:')
        kept = {path: files[path] for path in ("README.md", "dist/cli.js")}
        kept["dist/cli.js"] = kept["dist/cli.js"].partition("//#")[0]
        mended = npm_tarball(kept, {**manifest, "version": "1.0.1", "files": ["dist/*.js"]})
        (folder / "greeter-1.0.1.tgz").write_bytes(mended)
        clean = check(folder, "greeter-1.0.1.tgz")
    return 0 if (found, clean) == (1, 0) else 1


if __name__ == "__main__":
    sys.exit(main())
