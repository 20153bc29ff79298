"""Source maps too large for memory: their sources are looked at in their own form alone."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest

from dunnage.archives import mapfacts
from dunnage.engine import Settings, check, contents
from dunnage.engine.streams import Blanked
from dunnage.model import Finding
from dunnage.testing import bundled, npm_tarball, render, wheel

TOKEN = render("{github-token:ghp_}", "inside")
OTHER = render("{github-token:ghp_}", "outside")


@pytest.fixture(autouse=True)
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is large begins at 1 MiB."""
    monkeypatch.setattr(contents, "HOLD", 1 << 20)
    monkeypatch.setattr(mapfacts, "_HELD", 1 << 20)


def _map(**more: object) -> bytes:
    sources = [f"const a{number} = 'ä{'x' * 900}';\n" for number in range(2000)]
    sources[1000] = f'const t = "{TOKEN}";\n'
    contents: list[str | None] = [*sources[:7], None, *sources[7:]]
    return json.dumps(
        {
            "version": 3,
            "sourcesContent": contents,
            "mappings": "AAAA",
            "x_note": f"t = {OTHER}",
            "sources": [f"src/{number}.ts" for number in range(len(contents))],
            **more,
        },
        ensure_ascii=False,
    ).encode()


def _found(path: Path, data: bytes) -> tuple[list[Finding], list[str]]:
    path.write_bytes(data)
    run = check([str(path)], Settings(jobs=1, select=["secret/github-token"]), bundled())
    return list(run.findings), [problem.message for problem in run.problems]


@pytest.mark.parametrize("form", ["npm", "npm-plain", "wheel"])
def test_both_are_found_once_and_at_their_places(form: str, tmp_path: Path) -> None:
    data = _map()
    if form == "wheel":
        whole = wheel({"demo/a.js.map": data})
    else:
        whole = npm_tarball({"dist/a.js.map": data})
        whole = gzip.decompress(whole) if form == "npm-plain" else whole
    found, problems = _found(tmp_path / "a", whole)
    assert problems == []
    assert len(found) == 2
    (inside,) = (one for one in found if one.path == "src/1001.ts")
    assert (inside.line, inside.places) == (1, 1)
    (outside,) = (one for one in found if one is not inside)
    assert outside.path is not None
    assert outside.path.endswith("a.js.map")
    assert outside.line == 1
    assert outside.column == data.decode().index(OTHER) + 1


def test_a_damaged_map_is_looked_at_as_it_lies(tmp_path: Path) -> None:
    data = _map()
    cut = data[: data.index(b'"mappings"')].replace(b'"version": 3', b'"version": 3, "mappings":""')
    found, _ = _found(tmp_path / "a", npm_tarball({"dist/a.js.map": cut}))
    assert any(one.path == "package/dist/a.js.map" for one in found)


def test_what_is_too_deep_is_looked_at_as_it_lies(tmp_path: Path) -> None:
    data = npm_tarball({"dist/a.js.map": _map()})
    for _ in range(7):
        data = gzip.compress(data, 1)
    found, problems = _found(tmp_path / "a", data)
    assert problems
    assert len({one.excerpt for one in found}) == 2


@pytest.mark.parametrize("count", [1, 2, 3, 5, 1000])
def test_blanks_keep_lines_and_columns(count: int) -> None:
    data = "ab\ncäd'ö\nü€x'\nend".encode()
    low, high = data.index(b"d'"), data.index(b"'\nend")
    blanked = Blanked(io.BytesIO(data), [0, 1, low, high])
    seen = b"".join(iter(lambda: blanked.read(count), b"")).decode()
    assert seen == " b\ncä   \n   '\nend"
