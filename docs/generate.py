"""Write docs/rules.md and docs/cli.md from the code; with --check, only say whether they differ."""

from __future__ import annotations

import sys
from pathlib import Path

from dunnage.cli.docs import pages


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them. Gives the exit code."""
    stale = []
    for name, text in pages().items():
        path = Path(__file__).parent / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
            if arguments != ["--check"]:
                path.write_text(text, encoding="utf-8")
    if stale and arguments == ["--check"]:
        sys.stderr.write(f"not as the code has it: {', '.join(stale)}; run `make docs`\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
