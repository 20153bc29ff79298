"""What the integration tests share: running tools, and dunnage as its users do."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Checked:
    """What a check of one target came to."""

    exit_code: int
    text: str
    report: Mapping[str, Any]

    def rules(self, path: str) -> set[str]:
        """The rules with a finding at ``path`` (its last components) at level error."""
        return {
            found["rule"]
            for found in self.report["findings"]
            if found["severity"] == "error" and f"/{found['path']}".endswith(f"/{path}")
        }


@pytest.fixture
def tool(tmp_path: Path) -> Callable[..., str]:
    """Run a tool to success; its standard output."""

    def run(*command: str | Path, cwd: Path = tmp_path) -> str:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
        return done.stdout

    return run


@pytest.fixture
def check(tmp_path: Path, dunnage_command: str) -> Callable[[Path], Checked]:
    """``dunnage check TARGET``, once as text and as JSON together."""

    def run(target: Path) -> Checked:
        place = tmp_path / "report.json"
        command = [dunnage_command, "check", str(target), "--color", "never"]
        more = ["--format", "text", "--format", "json", "--output", str(place)]
        done = subprocess.run([*command, *more], capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr
        text = done.stdout + done.stderr
        assert place.exists(), text
        return Checked(done.returncode, text, json.loads(place.read_text()))

    return run
