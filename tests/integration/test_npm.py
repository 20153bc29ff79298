"""A package that ``npm pack`` made: what leaks is found, the fix is named, and works."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dunnage.testing import render

pytestmark = pytest.mark.integration

SOURCE_MAP = {
    "version": 3,
    "file": "index.js",
    "sources": ["../src/index.ts"],
    "sourcesContent": ["export const greet = (name: string) => `Hello, ${name}`;\n" * 20],
    "names": [],
    "mappings": "AAAA",
}


def write(project: Path, manifest: dict[str, Any]) -> None:
    (project / "package.json").write_text(json.dumps(manifest))


def test_a_map_and_an_env_file_are_found_and_the_fix_works(
    tmp_path: Path,
    need: Callable[..., str],
    tool: Callable[..., str],
    check: Callable[..., Any],
) -> None:
    npm = need("npm")
    project = tmp_path / "leaky"
    (project / "dist").mkdir(parents=True)
    manifest = {"name": "leaky", "version": "1.0.0", "license": "MIT", "main": "dist/index.js"}
    write(project, manifest)
    (project / "dist" / "index.js").write_text("module.exports = (name) => `Hello, ${name}`;\n")
    (project / "dist" / "index.js.map").write_text(json.dumps(SOURCE_MAP))
    (project / ".env").write_text(render("NPM_TOKEN={npm-token:npm_}\n", "env"))

    tool(npm, "pack", "--ignore-scripts", cwd=project)
    before = check(project / "leaky-1.0.0.tgz")
    assert before.exit_code == 1
    assert "debug/source-map" in before.rules("dist/index.js.map")
    assert any(rule.startswith("secret/") for rule in before.rules(".env"))
    assert '"files"' in before.text
    assert "package.json" in before.text

    write(project, {**manifest, "files": ["dist/*.js"]})
    tool(npm, "pack", "--ignore-scripts", cwd=project)
    after = check(project / "leaky-1.0.0.tgz")
    assert (after.exit_code, after.report["findings"]) == (0, [])
