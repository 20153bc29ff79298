from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

from dunnage.model import LayerNote, Problem
from dunnage.report.json import JsonReporter, write
from dunnage.version import __version__


def test_every_field_is_documented(render, rich_run):
    page = (Path(__file__).resolve().parents[2] / "docs/report.md").read_text("utf-8")
    cells = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    documented = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    report = json.loads(render(JsonReporter(), rich_run))
    parts = [report, report["summary"], *report["artifacts"], *report["findings"]]
    fields = {name for part in [*parts, *report["problems"]] for name in part}
    assert fields | {"raw_path"} == documented
    layers = {name for found in report["findings"] for name in found["layer"] or ()}
    assert all(f"`{name}`" in page for name in layers)


def test_version_1_has_the_fields_that_were_promised(render, rich_run):
    report = json.loads(render(JsonReporter(), rich_run))
    assert list(report)[:5] == ["schema", "tool", "artifacts", "findings", "problems"]
    assert report["schema"] == "dunnage-report/1"
    assert report["tool"] == {"name": "dunnage", "version": __version__}
    assert report["artifacts"][0] == {
        "target": "dist/x-1.0.tgz",
        "ecosystem": "npm",
        "kind": "package",
        "name": "x",
        "version": "1.0",
        "sha256": "ab" * 32,
        "size": 1234,
        "files": 12,
        "bytes": 59_800_000,
        "complete": True,
    }
    promised = {
        *("rule", "severity", "message", "artifact", "trail", "path", "line", "column", "layer"),
        *("hidden_by", "excerpt", "fingerprint", "fix", "suppressed"),
    }
    for found in report["findings"]:
        assert promised <= set(found)
    assert report["problems"][0] == {
        "artifact": "app.tar",
        "trail": ["app.tar", f"blobs/sha256/{'ab' * 32}", "srv/in.zip"],
        "path": "a/b.bin",
        "message": "the content is encrypted",
        "suppressed": None,
    }
    assert report["summary"] == {
        "errors": 3,
        "warnings": 121,
        "notes": 5,
        "problems": 2,
        "suppressed": 2,
        "suppressed_problems": 0,
        "artifacts": 3,
        "files": 1424,
        "bytes": 179_400_000,
    }


def test_a_problem_that_was_accepted(render, make):
    problem = Problem("x", ("x",), "a/b.zip", "damaged", "dunnage.toml: for \x1b tests")
    report = json.loads(render(JsonReporter(), make.run(problems=[problem])))
    assert report["problems"][0]["suppressed"] == "dunnage.toml: for \\x1b tests"
    assert report["summary"]["problems"] == 0
    assert report["summary"]["suppressed_problems"] == 1


def test_a_finding_in_a_layer(render, rich_run):
    report = json.loads(render(JsonReporter(), rich_run))
    found = next(f for f in report["findings"] if f["rule"] == "secret/npm-token")
    assert found["layer"] == {
        "index": 3,
        "digest": "sha256:" + "ab" * 32,
        "created_by": "/bin/sh -c npm ci --omit=dev # buildkit",
        "base": False,
        "images": [],
    }
    assert found["hidden_by"] == 5
    assert found["severity"] == "error"
    assert (found["line"], found["column"]) == (1, 34)


def test_the_time_it_took_is_not_in_it(render, make):
    found = make.finding()
    assert render(JsonReporter(), make.run(found, elapsed=1.0)) == render(
        JsonReporter(), make.run(found, elapsed=2.0)
    )


def test_exact_bytes_stand_beside_an_escaped_path_only(render, make):
    run = make.run(
        make.finding(path="plain/é.js", raw_path="plain/é.js".encode()),
        make.finding(path="odd\udcff", raw_path=b"odd\xff"),
        make.finding(path="odd\x1b"),
        make.finding(path="shown", raw_path=b"sho\x00wn"),
        make.finding(path="lone \ud800"),
    )
    found = json.loads(render(JsonReporter(), run))["findings"]
    assert "raw_path" not in found[0]
    assert [(f["path"], base64.b64decode(f["raw_path"])) for f in found[1:]] == [
        ("odd\\xff", b"odd\xff"),
        ("odd\\x1b", b"odd\x1b"),
        ("shown", b"sho\x00wn"),
        ("lone \\ud800", b"lone \xed\xa0\x80"),
    ]


def test_nothing_of_a_stranger_acts_on_reader_or_runner(render, hostile_run):
    text = render(JsonReporter(), hostile_run)
    assert all(line.isprintable() for line in text.split("\n"))
    assert not [line for line in text.split("\n") if line.lstrip().startswith("::")]
    assert "##[" not in text
    assert "##vso[" not in text

    def strings(value):
        if isinstance(value, str):
            yield value
        for inner in (
            value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        ):
            yield from strings(inner)

    # A fix may have lines of its own: it is the rule's, and is shown as such.
    assert all(
        line.isprintable() for text in strings(json.loads(text)) for line in text.split("\n")
    )


def test_arrays_may_be_iterators() -> None:
    def made(items: Callable[[list[object]], object]) -> dict[str, object]:
        deep = {"a": items([1, "x\ny", {"b": [{}, [], {"c": []}]}, []]), "d": {}, "e": []}
        return {"runs": [{"results": items([deep["d"], {"f": "##[g]", "h": [1, [2]]}])}, deep]}

    lazily, at_once = io.BytesIO(), made(list)
    write(made(iter), lazily)
    expected = json.dumps(at_once, indent=2, ensure_ascii=False) + "\n"
    assert lazily.getvalue().decode() == expected.replace("##[", "#\\u0023[")


def test_long_names_are_whole_up_to_a_bound(render, make, monkeypatch):
    monkeypatch.setattr("dunnage.report.json._MOST_LONG", 10_000)
    long = "d/" * 1000 + "\x1b"
    layer = LayerNote(0, "sha256:ab", None, images=tuple(f"app:{n}" for n in range(99)))
    found = make.finding(path=long, raw_path=long.encode(), trail=("x", long), layer=layer)
    report = json.loads(render(JsonReporter(), make.run(*[found] * 50)))
    first, last = report["findings"][0], report["findings"][-1]
    assert base64.b64decode(first["raw_path"]) == long.encode()
    assert len(first["layer"]["images"]) == 99
    assert len(last["path"]) < 300 > len(last["trail"][1])
    assert "raw_path" not in last
    assert last["layer"]["images"][-1] == "…"
    assert "is cut in this report" in report["notes"][-1]
