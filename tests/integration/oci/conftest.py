"""A real image with planted faults, made by buildah, and the places where it can lie."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dunnage import Run
from dunnage.testing import npm_tarball, render

NAME = "localhost/demo:1"

STORAGE = """[storage]
driver = "vfs"
graphroot = "{here}/store"
runroot = "{here}/run"
"""

CONTAINERFILE = """FROM {base}
ARG NPM_TOKEN
COPY app /app
RUN ["/bin/tool", "--version"]
ENV API_TOKEN={env}
LABEL org.opencontainers.image.source={label}
COPY --chmod=4755 tool /app/tool
CMD ["/app/start", "--api-key={command}"]
"""


@dataclass
class Box:
    """A folder with its own container storage; ``run`` runs a tool on it."""

    path: Path
    env: dict[str, str]
    secrets: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str | Path, check: bool = True) -> str:
        done = subprocess.run(
            [str(each) for each in command],
            cwd=self.path,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0 or not check, f"{command}:\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def dunnage(self, *targets: str, **options: object) -> Run:
        """What a check of ``targets`` comes to."""
        from dunnage.engine import Settings, check
        from dunnage.plugins import load_plugins

        given = {"env": self.env, **options}
        own = bool(given.pop("own_layers", False))
        plugins = load_plugins(installed=False, options=given)
        return check(list(targets), Settings(jobs=1, options=given, own_layers=own), plugins)

    def findings(self, *targets: str, **options: object) -> list[Mapping[str, object]]:
        """What must be the same in each form of an image. Fails where anything was not looked
        at."""
        run = self.dunnage(*targets, **options)
        assert [each.message for each in run.problems] == []
        return essence(run)


def _needed(*names: str) -> None:
    for name in names:
        if shutil.which(name) is None:
            pytest.skip(f"needs {name}")


@pytest.fixture(scope="session")
def box() -> Iterator[Box]:
    """The demo image in a storage of its own, its base beside it."""
    _needed("buildah", "podman", "skopeo", "git")
    # podman takes no run root whose path is longer than 50 characters
    with tempfile.TemporaryDirectory(prefix="box-", ignore_cleanup_errors=True) as place:
        here = Path(place)
        (here / "storage.conf").write_text(STORAGE.format(here=here))
        (here / "policy.json").write_text(
            json.dumps({"default": [{"type": "insecureAcceptAnything"}]})
        )
        home = here / "home"
        home.mkdir()
        keep = {key: os.environ[key] for key in ("PATH",) if key in os.environ}
        env = {
            **keep,
            "HOME": str(home),
            "CONTAINERS_STORAGE_CONF": str(here / "storage.conf"),
            "BUILDAH_ISOLATION": "chroot",
            "TMPDIR": str(here),
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        made = Box(here, env)
        _build(made)
        yield made


def _build(box: Box) -> None:
    # ldconfig is the one program that every Debian has linked statically: it runs in an empty
    # image.
    program = next(
        (p for p in ("/sbin/ldconfig.real", "/sbin/ldconfig") if os.path.isfile(p)), None
    )
    if program is None:
        pytest.skip("needs a static program to run in an empty image")
    base = box.path / "base"
    (base / "etc").mkdir(parents=True)
    (base / "bin").mkdir()
    (base / "etc/os-release").write_text("ID=demo\n")
    (base / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    shutil.copy(program, base / "bin/tool")
    (base / "Containerfile").write_text(
        'FROM scratch\nCOPY etc /etc\nCOPY bin /bin\nCMD ["/bin/tool"]\n'
    )
    try:
        box.run("buildah", "bud", "-t", "localhost/base:1", base)
    except AssertionError as error:
        if "perm" in str(error).lower() or "mount" in str(error).lower():
            pytest.skip(f"buildah may not work here: {str(error)[-200:]}")
        raise
    box.secrets = {
        name: render(template, name)
        for name, template in {
            "npmrc": "{npm-token}",
            "arg": "{npm-token}",
            "env": "{github-token:ghp_}",
            "command": "{base62:40}",
            "inner": "{github-token:ghp_}",
            "label": "{base62:24}",
        }.items()
    }
    app = box.path / "app"
    _plant(box, app)
    lines = CONTAINERFILE.format(
        base="localhost/base:1",
        env=box.secrets["env"],
        label=f"https://bot:{box.secrets['label']}@git.acme.test/app",
        command=box.secrets["command"],
    )
    (box.path / "Containerfile").write_text(lines)
    shutil.copy(program, box.path / "tool")
    argument = f"NPM_TOKEN={box.secrets['arg']}"
    box.run(
        "buildah",
        "bud",
        "--layers",
        "--format",
        "docker",
        "--build-arg",
        argument,
        "-t",
        "localhost/full:1",
        ".",
    )
    # One more layer, which deletes: no shell is in the image, so it is done from outside.
    container = box.run("buildah", "from", "localhost/full:1")
    root = Path(box.run("buildah", "mount", container))
    (root / "app/.npmrc").unlink()
    shutil.rmtree(root / "app/cache")
    (root / "app/notes.txt").write_text("written again\n")
    box.run("buildah", "config", "--history-comment", "cleaned", container)
    box.run("buildah", "umount", container)
    box.run("buildah", "commit", "--format", "docker", container, NAME)
    box.run("buildah", "rm", container)


def _plant(box: Box, app: Path) -> None:
    (app / "cache").mkdir(parents=True)
    (app / ".npmrc").write_text(f"//registry.npmjs.org/:_authToken={box.secrets['npmrc']}\n")
    (app / "cache/large.bin").write_bytes(bytes(range(256)) * 8192)
    (app / "notes.txt").write_text("one\n")
    source = {
        "version": 3,
        "sources": ["src/a.ts", "src/b.ts"],
        "sourcesContent": ["export const a = 1;\n" * 40, "export const b = 2;\n" * 40],
        "names": [],
        "mappings": "AAAA;" * 20,
    }
    (app / "cli.js.map").write_text(json.dumps(source))
    files = {"index.js": "1\n", "config.js": f'const token = "{box.secrets["inner"]}";\n'}
    (app / "inner.tgz").write_bytes(npm_tarball(files))
    (app / "core").write_bytes(_core_dump())
    box.run("git", "init", "-q", app / "web")
    (app / "web/page.html").write_text("<p>\n")
    box.run("git", "-C", app / "web", "add", ".")
    who = ("-c", "user.name=a", "-c", "user.email=a@acme.test")
    box.run("git", "-C", app / "web", *who, "commit", "-qm", "one")


def _core_dump() -> bytes:
    """The ELF header of a core file (type 4) with one note segment, and nothing in it."""
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += (4).to_bytes(2, "little") + (62).to_bytes(2, "little") + (1).to_bytes(4, "little")
    header += bytes(8) + (64).to_bytes(8, "little") + bytes(8) + bytes(4)
    header += b"".join(n.to_bytes(2, "little") for n in (64, 56, 1, 64, 0, 0))
    segment = (4).to_bytes(4, "little") + bytes(4) + (120).to_bytes(8, "little") + bytes(40)
    return header + segment + bytes(4096)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _registry(box: Box, name: str, extra: str) -> Iterator[str]:
    _needed("docker-registry")
    port = free_port()
    config = box.path / f"{name}.yml"
    config.write_text(
        "version: 0.1\nlog: {level: error}\n"
        f"storage: {{filesystem: {{rootdirectory: {box.path}/{name}-data}}}}\n"
        f'http: {{addr: "127.0.0.1:{port}"}}\n{extra}'
    )
    with open(box.path / f"{name}.log", "wb") as log:
        process = subprocess.Popen(["docker-registry", "serve", config], stdout=log, stderr=log)
        try:
            _wait(port)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def _wait(port: int) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the registry does not answer")


@pytest.fixture(scope="session")
def registry(box: Box) -> Iterator[str]:
    """``host:port`` of a registry on this machine, open to all."""
    yield from _registry(box, "open", "")


@pytest.fixture(scope="session")
def closed_registry(box: Box) -> Iterator[str]:
    """``host:port`` of a registry that wants the user ``joe`` with the password ``stowage``."""
    _needed("perl")
    users = box.path / "users"
    # bcrypt, the only scheme that the registry takes: by the C library's crypt(3), which perl
    # calls.
    salt = "$2y$05$" + "stowage" * 3 + "."
    users.write_text(
        "joe:" + box.run("perl", "-e", "print crypt($ARGV[0], $ARGV[1])", "stowage", salt) + "\n"
    )
    yield from _registry(box, "closed", f"auth: {{htpasswd: {{realm: demo, path: {users}}}}}\n")


@pytest.fixture(scope="session")
def engine(box: Box) -> Iterator[str]:
    """``DOCKER_HOST`` of a podman API socket."""
    place = f"unix://{box.path}/podman.sock"
    with open(box.path / "podman.log", "wb") as log:
        process = subprocess.Popen(
            ["podman", "system", "service", "--time=0", place], env=box.env, stdout=log, stderr=log
        )
        try:
            for _ in range(100):
                if (box.path / "podman.sock").exists():
                    break
                time.sleep(0.1)
            else:
                pytest.fail("podman's service does not listen")
            yield place
        finally:
            process.terminate()
            process.wait(20)


def essence(run: Run) -> list[Mapping[str, object]]:
    """What must be the same in each form of an image: all of each finding but the path of the layer
    in the archive."""
    # (Fingerprints hold the image's name, which differs from place to place.)
    return [
        {
            "rule": each.rule,
            "severity": each.severity.label,
            "message": each.message,
            "layer": each.layer and (each.layer.index, each.layer.digest, each.layer.created_by),
            "base": bool(each.layer and each.layer.base),
            "hidden_by": each.hidden_by,
            "inner": each.trail[2:] if each.layer else each.trail[1:],
            "path": each.path,
            "line": each.line,
            "column": each.column,
            "excerpt": each.excerpt,
        }
        for each in run.findings
    ]
