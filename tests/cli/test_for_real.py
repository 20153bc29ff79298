"""The command line with the real engine and the bundled plugins, in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dunnage.testing import docker_archive, layer, npm_tarball, tar_archive, wheel
from dunnage_oci.testing import multi_platform

BARE = ("--no-plugin", "rules")  # their 800 take a moment to load; one of our own will do here
TOKEN = "acme_live_" + "0123456789abcdef" * 2
RULES = """
[[rule]]
id = "acme/key"
severity = "error"
summary = "an Acme key"
fix = "Revoke it."
pattern = '''(?P<secret>acme_live_[0-9a-f]{32})'''
placeholders = false
match = ["acme_live_{hex:32}"]
miss = ["acme_test_{hex:32}"]

[[rule]]
id = "acme/log"
summary = "a log file"
paths = ["*.log"]
"""


def inner_wheel() -> bytes:
    return wheel({"inner/a.py": f"key = '{TOKEN}'\n", "inner/b.py": "x = 1\n"})


@pytest.fixture
def folder(tmp_path):
    """A folder with a package in a package, an image, and rules of one's own."""
    inner = inner_wheel()
    source_map = {
        "version": 3,
        "mappings": "AAAA",
        "sources": ["src/keys.ts"],
        "sourcesContent": [f'a\nb\nconst key = "{TOKEN[:-1]}0"\n'],
    }
    files = {
        "index.js": "1;\n",
        "vendor/inner.whl": inner,
        "cli.js.map": json.dumps(source_map),
        "odd\x1b[2J\n::error::.log": "x",
    }
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "x-1.0.0.tgz").write_bytes(npm_tarball(files, {"name": "x"}))
    below = layer({"root/.acme": f"key={TOKEN}\n", "etc/os-release": "ID=debian\n"})
    above = layer({"root/.wh..acme": b"", "app/a.js": "1;\n"})
    history = [{"created_by": "ADD rootfs / # buildkit"}, {"created_by": "RUN npm ci # buildkit"}]
    image = tar_archive(docker_archive([below, above], history=history))
    (tmp_path / "app.tar").write_bytes(image)
    (tmp_path / "acme.toml").write_text(RULES)
    return tmp_path


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "dunnage.cli.main", *words, *BARE],
        cwd=folder,
        env={**os.environ, "DUNNAGE_CACHE_DIR": str(folder.parent / "cache"), **environment},
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_a_package_in_a_package_and_a_source_in_a_map(folder):
    done = run(folder, "check", "dist", "--rules", "acme.toml", "--select", "acme/key")
    assert done.stderr == b""
    assert done.returncode == 1
    text = done.stdout.decode()
    assert "dist/x-1.0.0.tgz  (npm tarball x 1.0.0)" in text
    assert "x-1.0.0.tgz → package/vendor/inner.whl → inner/a.py:1:8  [acme/key]" in text
    assert "x-1.0.0.tgz → package/cli.js.map → src/keys.ts:3:14  [acme/key]" in text
    assert "│ key = 'acme_live_… (42 bytes)'" in text
    assert "2 errors in 1 artifact" in text
    assert TOKEN not in text


def test_a_layer_that_was_deleted(folder):
    done = run(folder, "check", "app.tar", "--rules", "acme.toml", "--select", "acme")
    assert done.returncode == 1
    text = " ".join(done.stdout.decode().split())
    assert "root/.acme:1:5 [acme/key]" in text
    assert "hidden by layer 1, still in the image" in text
    assert "in layer 0 (ADD rootfs /)" in text


def test_the_same_bytes_whatever_the_number_of_processes_and_the_locale(folder):
    words = ["check", "dist", "app.tar", "--rules", "acme.toml", "-v"]
    for name in ("json", "sarif"):
        one = run(folder, *words, "--format", name, "-j", "1")
        two = run(folder, *words, "--format", name, "-j", "2", LC_ALL="C", PYTHONUTF8="0")
        assert one.stdout == two.stdout
        assert one.returncode == two.returncode == 1
        json.loads(one.stdout)


def test_standard_input(folder):
    with open(folder / "dist" / "x-1.0.0.tgz", "rb") as package:
        done = subprocess.run(
            [sys.executable, "-m", "dunnage.cli.main", "check", "-", *BARE],
            stdin=package,
            cwd=folder,
            capture_output=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0
    assert done.stdout.startswith(b"No findings in 1 artifact")


def test_names_are_harmless_in_every_format(folder):
    for words in (
        ["check", "dist"],
        ["check", "dist", "-q"],
        ["check", "dist", "--format", "json"],
        ["check", "dist", "--format", "sarif"],
        ["ls", "dist"],
        ["ls", "dist", "--tree"],
        ["ls", "dist", "--json"],
    ):
        more = ["--rules", "acme.toml"] if words[0] == "check" else []
        out = run(folder, *words, *more).stdout
        lines = out.decode().split("\n")
        assert all(line.isprintable() for line in lines)
        assert not [line for line in lines if line.lstrip().startswith("::")]
        assert b"\\x1b[2J" in out


def test_what_is_in_the_box(folder):
    text = run(folder, "ls", "dist/x-1.0.0.tgz").stdout.decode()
    lines = [line.split(None, 3) for line in text.splitlines()[1:]]
    assert ["file", "3", "0644", "package/index.js"] in lines
    assert ["file", "6", "0644", "package/vendor/inner.whl → inner/b.py"] in lines
    assert any(line[3] == "package/cli.js.map → src/keys.ts" for line in lines)
    tree = run(folder, "ls", "dist/x-1.0.0.tgz", "--tree").stdout.decode()
    assert f"inner.whl  {len(inner_wheel()) / 1000:.1f} kB\n" in tree  # its own size, as it lies
    listed = json.loads(run(folder, "ls", "dist", "--json").stdout)
    assert listed["schema"] == "dunnage-listing/1"
    entries = listed["targets"][0]["entries"]
    nested = [entry["path"] for entry in entries if entry["trail"] == ["package/vendor/inner.whl"]]
    assert {"inner/a.py", "inner/b.py"} < set(nested)
    assert [entry for entry in entries if "raw_path" in entry]


def test_the_layers_of_an_image(folder):
    text = run(folder, "ls", "app.tar").stdout.decode()
    rows = [line.split() for line in text.splitlines()]
    assert rows[1] == ["layer", "entries", "bytes", "digest", "instruction"]
    assert [row[0] for row in rows[2:4]] == ["0", "1"]
    assert rows[3][-3:] == ["RUN", "npm", "ci"]
    below = run(folder, "ls", "app.tar", "--layer", "0").stdout.decode()
    assert "root/.acme" in below
    assert "app/a.js" not in below
    above = run(folder, "ls", "app.tar", "--layer", "1", "--tree").stdout.decode()
    assert "a.js  3 B" in above
    assert "layer 1  3 B  RUN npm ci" in above
    gone = run(folder, "ls", "app.tar", "--layer", "7")
    assert gone.returncode == 2
    assert gone.stderr == b"dunnage: app.tar: there is no layer 7; it has 0 to 1\n"


def test_layers_of_the_same_number(folder):
    shared = layer({"etc/os-release": "ID=debian\n"})
    one, two = layer({"who": "amd64\n"}), layer({"who": "arm64\n", "x": "1"})
    files = multi_platform({"linux/amd64": [shared, one], "linux/arm64": [shared, two]})
    (folder / "app.tar").write_bytes(tar_archive(files))
    text = run(folder, "ls", "app.tar").stdout.decode()
    rows = [" ".join(line.split()[:4] + line.split()[5:-3]) for line in text.splitlines()[2:5]]
    assert rows == [
        "0 1 10 B all",
        "1 1 6 B demo:latest (linux/amd64)",
        "1 2 7 B demo:latest (linux/arm64)",
    ]
    lines = run(folder, "ls", "app.tar", "--layer", "1").stdout.decode().splitlines()
    assert lines[1] == "layer 1 of demo:latest (linux/amd64):"
    tree = run(folder, "ls", "app.tar", "--tree").stdout.decode()
    assert "layer 1 of demo:latest (linux/arm64)  7 B" in tree


def test_a_rule_file_is_tried(folder):
    done = run(folder, "rules", "test", "acme.toml")
    assert done.returncode == 0
    assert b"acme/key" in done.stdout
    assert b"ms/MB" in done.stdout
    assert b"ok" in done.stdout
    (folder / "acme.toml").write_text(RULES.replace("acme_test_", "acme_live_"))
    done = run(folder, "rules", "test", "acme.toml")
    assert done.returncode == 1
    assert b"acme/key: miss 1: matched, and must not: 'acme_live_{hex:32}'" in done.stdout
    (folder / "acme.toml").write_text(RULES.replace('match = ["acme_live_{hex:32}"]', ""))
    done = run(folder, "rules", "test", "acme.toml")
    assert done.returncode == 1
    assert b"acme/key: has no example that it must match" in done.stdout
    (folder / "acme.toml").write_text("[[rule]]\nid = 3\n")
    assert run(folder, "rules", "test", "acme.toml").returncode == 2


def test_secrets_are_whole_only_on_request(folder):
    words = ["check", "dist", "app.tar", "--rules", "acme.toml", "-v"]
    for name in ("text", "json", "sarif"):
        assert TOKEN.encode() not in run(folder, *words, "--format", name).stdout
    done = run(folder, *words, "--show-secrets")
    assert TOKEN.encode() in done.stdout
    assert done.stderr.startswith(b"dunnage: --show-secrets")


def test_a_baseline_holds_nothing_of_a_secret(folder):
    words = ["check", "dist", "app.tar", "--rules", "acme.toml", "--baseline", "known.json"]
    assert run(folder, *words, "--write-baseline").returncode == 0
    assert TOKEN not in (folder / "known.json").read_text()
    assert run(folder, *words).returncode == 0
