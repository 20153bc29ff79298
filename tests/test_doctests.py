"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (ROOT / "src", ROOT / "plugins", ROOT / "rules")


def modules() -> list[str]:
    """Those of the packages with an example in them."""
    return sorted(
        ".".join(path.relative_to(folder).with_suffix("").parts)
        for folder in FOLDERS
        for path in folder.rglob("*.py")
        if "example" not in path.relative_to(folder).parts[:1]
        and re.search(r"^ +>>> ", path.read_text(encoding="utf-8"), re.MULTILINE)
    )


@pytest.mark.parametrize("name", modules())
def test_what_docstrings_show_is_so(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert tried
    assert not failed
