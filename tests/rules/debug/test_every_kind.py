"""What is left over, and words that must not leave, in each kind of artifact: the same findings,
but where the kind itself decides; and one finding for one cause."""

# ruff: noqa: E501 - a table: one case, one line

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import binaries as b
import pytest

from dunnage import Rule, load_rules
from dunnage.testing import (
    crate,
    docker_archive,
    layer,
    lint,
    npm_tarball,
    sdist,
    tar_archive,
    wheel,
)
from dunnage_rules import debug, leftovers, words

Files = Mapping[str, "bytes | str"]


def image(files: Files) -> bytes:
    own = {f"app/{path}": data for path, data in files.items()}
    manifest = {"name": "app", "version": "1.0.0", "private": True}
    return tar_archive(docker_archive([layer({**own, "app/package.json": json.dumps(manifest)})]))


KINDS: dict[str, Callable[[Files], bytes]] = {
    "npm": npm_tarball,
    "wheel": wheel,
    "sdist": sdist,
    "crate": crate,
    "image": image,
}

OWN = """
[[rule]]
id = "acme/code-name"
severity = "error"
summary = "a code name of ours"
words = ["Capybara", "KAIROS"]
"""


@pytest.fixture(scope="module")
def every() -> list[Rule]:
    folder = Path(leftovers.__file__).parent
    declared = [
        rule
        for path in sorted(folder.glob("*.toml"))
        for rule in load_rules(path.read_text(encoding="utf-8"), path.name)
    ]
    coded = [rule for package in (debug, leftovers, words) for rule in package.rules()]
    return [*declared, *coded, *load_rules(OWN, "acme.toml")]


TAG = "Signature: 8a477f597d28d172789f06886806bc55\n"
STATE = json.dumps(
    {"version": 4, "terraform_version": "1.9.1", "resources": [{"type": "x"}], "outputs": {}}
)
NOTEBOOK = json.dumps(
    {
        "cells": [
            {
                "cell_type": "code",
                "source": "1",
                "outputs": [{"output_type": "stream", "text": "x"}],
            }
        ],
        "nbformat": 4,
    }
)
LOG = "2026-01-02 10:00:00 INFO started\n" * 6
GIT = {
    ".git/HEAD": "ref: refs/heads/main\n",
    ".git/config": "[core]\n\tbare = false\n",
    f".git/objects/ab/{'c' * 38}": b"x",
}
INSTALLED = {
    "sub/node_modules/a/package.json": '{"name": "a", "version": "1.0.0"}',
    "sub/node_modules/a/i.js": "x",
}
COVERAGE = '<?xml version="1.0" ?>\n<coverage version="7.4" timestamp="1" lines-valid="2" line-rate="1"><sources/></coverage>'

# the files, what each kind says of them (severity and rule), and the kinds that say something else
CASES: list[tuple[Files, str, dict[str, str]]] = [
    (GIT, "error leftover/git-folder", {}),
    ({".hg/requires": "store\n", ".hg/store/00manifest.i": "x"}, "error leftover/vcs-folder", {}),
    ({".svn/entries": "12\n"}, "error leftover/vcs-folder", {}),
    ({".bzr/branch-format": "Bazaar\n"}, "error leftover/vcs-folder", {}),
    ({".jj/repo/store/type": "git"}, "error leftover/vcs-folder", {}),
    ({"x/__pycache__/a.cpython-311.pyc": b.pyc("x/a.py")}, "warning leftover/python-cache", {"image": ""}),
    ({"x/a.pyc": b.pyc("/home/alice/acme/x/a.py")}, "note debug/bytecode-path, warning leftover/python-cache", {"image": "note debug/bytecode-path"}),
    ({".pytest_cache/v/cache/lastfailed": "{}", ".pytest_cache/CACHEDIR.TAG": TAG}, "warning leftover/tool-cache", {}),
    ({".mypy_cache/3.11/a.data.json": "{}"}, "warning leftover/tool-cache", {}),
    ({".eslintcache": '[{"/srv/a.js": "1"}]'}, "warning leftover/tool-cache", {}),
    ({".nyc_output/a.json": "{}"}, "warning leftover/tool-cache", {}),
    ({".venv/pyvenv.cfg": "home = /usr/bin\n", ".venv/CACHEDIR.TAG": TAG}, "warning leftover/virtual-environment", {"image": ""}),
    (INSTALLED, "warning leftover/node-modules-elsewhere", {"npm": "warning leftover/node-modules", "image": ""}),
    ({"target/.rustc_info.json": "{}", "target/CACHEDIR.TAG": TAG, "target/debug/deps/a.d": "x"}, "warning leftover/build-folder", {}),
    ({".uv-cache/CACHEDIR.TAG": TAG}, "warning leftover/cache-folder", {}),
    ({".idea/workspace.xml": "<project/>"}, "note leftover/editor-file", {}),
    ({".vscode/settings.json": "{}"}, "note leftover/editor-file", {}),
    ({".DS_Store": b"\0\0\0\1Bud1" + bytes(60)}, "warning leftover/os-file", {}),
    ({"Thumbs.db": b"x" * 60}, "warning leftover/os-file", {}),
    ({".claude/settings.local.json": '{"permissions": {"allow": ["Bash(npm run deploy:*)"]}}'}, "error leftover/ai-local-settings", {}),
    ({".aider.chat.history.md": "# aider chat started at 2026-01-02\n"}, "warning leftover/ai-history", {}),
    ({"CLAUDE.md": "# About\n", "AGENTS.md": "# About\n"}, "", {}),
    ({".github/workflows/ci.yml": "on: push\n"}, "note leftover/ci-config", {"wheel": "warning leftover/ci-config", "sdist": "", "crate": ""}),
    ({".gitlab-ci.yml": "stages: [a]\n"}, "note leftover/ci-config", {"wheel": "warning leftover/ci-config", "sdist": "", "crate": ""}),
    ({".coverage": b.sqlite(["file", "line_bits"], 3)}, "warning leftover/coverage", {}),
    ({"coverage/lcov.info": "TN:\nSF:/srv/a.js\nDA:1,1\nend_of_record\n"}, "warning leftover/coverage", {}),
    ({"coverage.xml": COVERAGE}, "warning leftover/coverage", {}),
    ({"a.cpuprofile": '{"nodes": [{"id": 1}]}'}, "warning debug/cpu-profile", {}),
    ({"Heap-1.heapsnapshot": '{"snapshot":{"meta":{"node_fields":["type"]}},"nodes":[1]}'}, "error debug/heap-dump", {}),
    ({"run.prof": b"\xfb\xa9\x03\xda\4a.py"}, "warning debug/python-profile", {}),
    ({"perf.data": b"PERFILE2" + bytes(90)}, "error debug/profile-data", {}),
    ({"a.jfr": b"FLR\0\0\2\0\1" + bytes(60)}, "error debug/profile-data", {}),
    ({"npm-debug.log": "0 info it worked if it ends with ok\n"}, "warning leftover/install-log", {}),
    ({"srv.log": LOG}, "warning leftover/log-file", {}),
    ({"core.4711": b.elf(kind=4)}, "error debug/core-dump", {}),
    ({"crash.dmp": b"MDMP\x93\xa7\0\0" + bytes(30)}, "error debug/core-dump", {}),
    ({"hs_err_pid1.log": "#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n"}, "warning debug/jvm-crash-log", {}),
    ({".a.js.swp": b"b0VIM 9.0\0" + bytes(4086)}, "warning leftover/swap-file", {}),
    ({"a.js.orig": "x\n"}, "note leftover/patch-remnant", {}),
    ({"a.js.rej": "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n"}, "note leftover/patch-remnant", {}),
    ({"a.js~": "x\n"}, "note leftover/backup-file", {}),
    ({"conf.bak": "x\n"}, "note leftover/backup-file", {}),
    ({"dump.sql": "-- MySQL dump 10.13\n\nINSERT INTO `users` VALUES (1,'a');\n"}, "warning leftover/database-dump", {}),
    ({"db.dump": b"PGDMP\1\16" + bytes(40) + b"TABLE DATA"}, "warning leftover/database-dump", {}),
    ({"db.sqlite3": b.sqlite(["users"], 12)}, "warning leftover/sqlite-rows", {}),
    ({"a.ipynb": NOTEBOOK}, "note leftover/notebook-output", {}),
    ({"terraform.tfstate": STATE}, "error leftover/terraform-state", {}),
    ({".bash_history": "mysql -u root -p\n"}, "error leftover/shell-history", {}),
    ({".zsh_history": ": 1700000000:0;ls\n"}, "error leftover/shell-history", {}),
    ({"site/settings.py": "A = 1\nDEBUG = True\n"}, "warning leftover/debug-flag", {}),
    ({"web.config": '<compilation debug="true" />'}, "warning leftover/debug-flag", {}),
    ({"tests/test_a.py": "def test_a(): pass\n"}, "", {"wheel": "warning wheel/top-level-tests"}),
    ({".env": "HOST=db.acme.io\nPORT=5432\n"}, "note leftover/environment-file", {}),
    ({"plan.txt": "ACME - INTERNAL " + "ONLY\nThe plan.\n"}, "note words/confidential", {}),
    ({"plan.md": "# Plan\n\nCONFIDENTIAL" + " - do not distribute\n"}, "note words/confidential", {}),
    ({"a.js": 'fetch("https://git.acme-inc.corp/api")\n'}, "note words/internal-host", {}),
    ({"a.js": 'fetch("http://10.42.7.13:8080/")\n'}, "note words/private-address", {}),
    ({"a.js": "const flag = 1; // capybara\n", "b.md": "KAIROS\n"}, "error acme/code-name", {}),
]  # fmt: skip


@pytest.mark.parametrize(("files", "said", "others"), CASES, ids=[next(iter(c[0])) for c in CASES])
def test_in_every_kind(files: Files, said: str, others: dict[str, str], every: list[Rule]) -> None:
    for kind, build in KINDS.items():
        run = lint(build(files), every)
        assert not run.problems
        found = sorted({f"{f.severity.name.lower()} {f.rule}" for f in run.findings})
        assert ", ".join(found) == others.get(kind, said), kind
