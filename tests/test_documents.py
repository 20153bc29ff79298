"""The documents hold: each file is written, each command run, each output compared.

What a comment before a code block says:

``<!-- file: NAME -->``     the block is the file NAME
``<!-- from: PATH -->``     the block stands so in the repository's file PATH
``<!-- exit: N -->``        the last command of a ``console`` block ends with N, not 0
``<!-- not run: WHY -->``   the block is neither
A line ``…`` of an expected output stands for any lines, ``…`` inside a line for any text.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dunnage.testing import npm_tarball, render

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ["README.md", "docs/writing-rules.md"]

_BLOCK = re.compile(r"(?:<!-- (.+?) -->\n)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A code block: what the comment before it says, its language, its text, its line."""

    note: str
    language: str
    text: str
    line: int

    def said(self, word: str) -> str:
        """What the comment says of ``word``, or nothing."""
        before, colon, rest = self.note.partition(": ")
        return rest if colon and before == word else ""


def blocks(path: Path) -> list[Block]:
    text = path.read_text(encoding="utf-8")
    return [
        Block(found[1] or "", found[2], found[3], text.count("\n", 0, found.start(2)) + 1)
        for found in _BLOCK.finditer(text)
    ]


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Each command of a console block with the output that is expected of it."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        while command.endswith("\\"):
            more, _, output = output.partition("\n")
            command = command[:-1] + more.removeprefix("> ")
        yield command, output


def matches(expected: str, output: str) -> bool:
    """Whether the output is as expected."""
    pattern = ""
    for line in expected.splitlines():
        if line.strip() == "…":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(map(re.escape, line.split("…"))) + r"\n"
    ended = output if output.endswith("\n") or not output else output + "\n"
    return re.fullmatch(pattern, ended) is not None


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    """A folder as the README's reader has one: ``dist/`` with a package that leaks."""
    source_map = (
        '{"version":3,"file":"cli.js","sources":["../src/cli.ts"],'
        '"sourcesContent":["export const greet = (name: string) => `Hello, ${name}`;"],'
        '"names":[],"mappings":"AAAA"}'
    )
    files = {
        "cli.js": "module.exports = (name) => `Hello, ${name}`;\n",
        "cli.js.map": source_map,
        ".env": render("NPM_TOKEN={npm-token}\n", "readme"),
    }
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "greeter-1.0.0.tgz").write_bytes(
        npm_tarball(files, {"name": "greeter", "main": "cli.js"})
    )
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_files_and_commands_of_a_document_work(name: str, stage: Path) -> None:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(stage),
        "PYTEST_ADDOPTS": "-p no:cacheprovider",
        "NO_COLOR": "1",
        "COLUMNS": "100",
        "XDG_CACHE_HOME": str(stage / ".cache"),
    }
    for block in blocks(ROOT / name):
        if file := block.said("file"):
            (stage / file).parent.mkdir(parents=True, exist_ok=True)
            (stage / file).write_text(block.text, encoding="utf-8")
        if block.language != "console" or block.said("not run"):
            continue
        found = list(commands(block))
        for number, (command, expected) in enumerate(found):
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=stage,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            code = int(block.said("exit") or 0) if number == len(found) - 1 else done.returncode
            where = f"{name}:{block.line}: $ {command}\n"
            assert done.returncode == code, where + done.stdout
            assert "Traceback" not in done.stdout, where + done.stdout
            assert matches(expected, done.stdout), f"{where}{done.stdout}\nexpected:\n{expected}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_block_is_checked_by_something(name: str) -> None:
    for block in blocks(ROOT / name):
        where = f"{name}:{block.line}"
        assert block.language, f"{where}: a block without a language"
        if source := block.said("from"):
            assert block.text in (ROOT / source).read_text(encoding="utf-8"), where
        known = block.said("file") or block.said("from") or block.said("not run")
        assert known or block.language == "console", f"{where}: neither run nor written"


@pytest.mark.parametrize("path", sorted(ROOT.glob("docs/*.md")) + sorted(ROOT.glob("*.md")))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_an_output_is_matched_line_by_line() -> None:
    assert matches("a\n…\nb … c\n", "a\n1\n2\nb 3 c\n")
    assert matches("…\n", "")
    assert not matches("a\n", "a\nb\n")


@pytest.mark.parametrize("script", ["bombs", "compare", "images", "secrets"])
def test_what_measures_begins(script: str) -> None:
    command = [sys.executable, str(ROOT / f"bench/{script}.py"), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
