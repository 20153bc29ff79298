"""A crate that ``cargo package`` made: what leaks is found, the fix is named, and works."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.integration

MANIFEST = """\
[package]
name = "leaky"
version = "0.1.0"
edition = "2021"
license = "MIT"
description = "a demo"
"""


def test_a_profile_is_found_and_the_fix_works(
    tmp_path: Path,
    need: Callable[..., str],
    tool: Callable[..., str],
    check: Callable[..., Any],
) -> None:
    cargo = need("cargo")
    project = tmp_path / "leaky"
    (project / "src").mkdir(parents=True)
    (project / "src" / "lib.rs").write_text("pub fn answer() -> u8 { 42 }\n")
    (project / "perf.data").write_bytes(b"PERFILE2" + (104).to_bytes(8, "little") + bytes(500))
    (project / "Cargo.toml").write_text(MANIFEST)
    package = [cargo, "package", "--offline", "--no-verify", "--allow-dirty"]

    tool(*package, cwd=project)
    before = check(project / "target" / "package" / "leaky-0.1.0.crate")
    assert before.exit_code == 1
    assert before.rules("perf.data")
    assert "exclude" in before.text
    assert "Cargo.toml" in before.text

    (project / "Cargo.toml").write_text(MANIFEST + 'exclude = ["perf.data"]\n')
    tool(*package, cwd=project)
    after = check(project / "target" / "package" / "leaky-0.1.0.crate")
    assert (after.exit_code, after.report["findings"]) == (0, [])
