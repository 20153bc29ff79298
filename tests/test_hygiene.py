"""Nothing that we keep looks like a live credential, to us or to another scanner."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dunnage import Severity
from dunnage.testing import bundled, lint, tar_archive

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def tracked() -> dict[str, bytes]:
    """Every file that git keeps, as it lies here."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git repository")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    paths = [path for path in listed.stdout.decode().split("\0") if path]
    return {path: (ROOT / path).read_bytes() for path in paths if (ROOT / path).is_file()}


def test_our_own_rules_find_no_secret_in_the_repository(tracked: dict[str, bytes]) -> None:
    rules = [rule for rule in bundled().rules if rule.group == "secret"]
    run = lint(tar_archive(tracked), rules, name="repository.tar")
    shown = [
        f"{found.path}:{found.line}: {found.severity.label} {found.rule}: {found.excerpt}"
        for found in run.findings
        if found.severity > Severity.NOTE
    ]
    assert shown == []


# What the other scanner takes for a secret and is none, told by the line it stands in.
INNOCENT = {
    r"\{[A-Za-z0-9-]+(:[^{}:]*)*\}": "a template, filled when a test runs",
    r"([0A-Za-z])\1{7}": "a placeholder: one character again and again",
    r"reason = ": "an example that must not match, with the reason beside it",
    r"Example\(": "as above, of a rule in Python",
    r"-----BEGIN [A-Z ]+-----": "the head of a key without its body; our own rules look for keys",
    r"\bacme\b|abcd1234": "made up for a test: no such company, no such secret",
    r"bedrock-api-key-YmV": "the part that all keys have: base64 of bedrock.amazonaws.com",
}


@pytest.mark.integration
def test_another_scanner_finds_no_secret_in_the_repository(
    tracked: dict[str, bytes], tmp_path: Path, need: Callable[..., str]
) -> None:
    beside = Path(sys.executable).with_name("kingfisher")
    command = str(beside) if beside.exists() else need("kingfisher")
    for path, data in tracked.items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    scan = [command, "scan", str(tmp_path), "--no-validate", "--no-update-check"]
    done = subprocess.run([*scan, "--format", "json"], capture_output=True, text=True, check=False)
    report, _ = json.JSONDecoder().raw_decode(done.stdout)
    shown = []
    for found in report["findings"]:
        place = found["finding"]
        path = Path(place["path"]).relative_to(tmp_path).as_posix()
        line = tracked[path].decode(errors="replace").splitlines()[place["line"] - 1]
        if not any(re.search(pattern, line) for pattern in INNOCENT):
            shown.append(f"{path}:{place['line']}: {found['rule']['id']}: {line.strip()[:100]}")
    assert shown == []
