"""The sources that a source map embeds, looked at on the way through an archive."""

from __future__ import annotations

import json
from pathlib import Path

from dunnage.archives import Limits
from dunnage.engine import Settings, check
from dunnage.testing import bundled, npm_tarball, render


def test_a_map_beyond_a_limit_does_not_end_the_archive(tmp_path: Path) -> None:
    sources = [f"{number}.ts" for number in range(50)]
    content = {"version": 3, "mappings": "", "sources": sources, "sourcesContent": ["a;"] * 50}
    token = render("{npm-token:npm_}", "embedded")
    files = {"a.js.map": json.dumps(content), "z.env": f"T={token}\n"}
    target = tmp_path / "a.tgz"
    target.write_bytes(npm_tarball(files))
    run = check([str(target)], Settings(jobs=1, limits=Limits(max_entries=20)), bundled())
    assert [problem.path for problem in run.problems if "max_entries" in problem.message]
    assert "secret/npm-token" in [found.rule for found in run.findings]
