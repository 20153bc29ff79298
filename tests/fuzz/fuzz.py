"""Coverage-guided fuzzing of the parsers, with atheris.

``python tests/fuzz/fuzz.py HARNESS [CORPUS] [-runs=N] [-max_total_time=SECONDS] …`` runs a harness
of harness.py on a corpus folder, which is filled with the seeds first; what follows are
libFuzzer's options. Needs ``pip install atheris`` (Linux).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent / "src")]

OURS = ["dunnage", "dunnage_npm", "dunnage_pypi", "dunnage_cargo", "dunnage_oci", "dunnage_rules"]

with atheris.instrument_imports(include=OURS):
    import harness

    if sys.argv[1:2] in (["whole"], ["content"]):
        harness.engine()  # imports the adapters and the rules

import seeds  # noqa: E402 - it only builds


def main(arguments: list[str]) -> None:
    """Fuzz until libFuzzer stops."""
    name, options = arguments[1], arguments[2:]
    corpus = Path(tempfile.mkdtemp(prefix=f"dunnage-fuzz-{name}-"))
    if options and not options[0].startswith("-"):
        corpus = Path(options.pop(0))
    seeds.write(corpus, name)
    check = harness.HARNESSES[name]
    atheris.Setup([arguments[0], str(corpus), "-timeout=30", "-rss_limit_mb=1500", *options], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
