"""Docker's own engine and its command line, not podman's word for them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from dunnage import TargetError
from dunnage.testing import render

pytestmark = pytest.mark.integration

NAME = "localhost/demo:1"


@pytest.fixture(scope="module")
def docker(box: Any) -> Iterator[str]:
    """``DOCKER_HOST`` of a Docker engine of its own, which has the demo image. It runs nothing, so
    it needs no network and no storage driver of the kernel's."""
    if shutil.which("dockerd") is None:
        pytest.skip("needs dockerd")
    if os.geteuid():
        pytest.skip("dockerd needs root")
    home = box.path / "docker"
    home.mkdir()
    place = f"unix://{home}/docker.sock"
    command = [
        "dockerd", "--host", place, "--data-root", home / "data", "--exec-root", home / "exec",
        "--pidfile", home / "pid", "--config-file", home / "daemon.json",
        "--storage-driver", "vfs", "--bridge", "none", "--iptables=false", "--ip6tables=false",
    ]  # fmt: skip
    (home / "daemon.json").write_text("{}")
    log = home / "log"
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            for _ in range(300):
                if "API listen on" in log.read_text(errors="replace"):
                    break
                if process.poll() is not None:
                    pytest.skip(f"dockerd may not work here: {log.read_text()[-300:]}")
                time.sleep(0.1)
            else:
                pytest.fail("dockerd does not listen")
            box.run(
                "skopeo", "copy", "-q", "--dest-daemon-host", place,
                f"containers-storage:{NAME}", "docker-daemon:demo:1",
            )  # fmt: skip
            yield place
        finally:
            process.terminate()
            process.wait(60)


@pytest.fixture
def env(box: Any, docker: str) -> dict[str, str]:
    return {**box.env, "DOCKER_HOST": docker}


def rules(findings: list[Mapping[str, object]]) -> list[object]:
    return sorted(str(each["rule"]) for each in findings)


@pytest.fixture(scope="module")
def expected(box: Any) -> list[object]:
    return rules(box.findings(f"containers-storage:{NAME}"))


@pytest.mark.parametrize("target", ["demo:1", "docker-daemon:demo:1", "docker.io/library/demo:1"])
def test_by_name(box: Any, env: Any, expected: list[object], target: str) -> None:
    assert rules(box.findings(target, env=env)) == expected


def test_by_its_name_alone_and_by_its_id(box: Any, env: Any, expected: list[object]) -> None:
    box.run(
        "skopeo", "copy", "-q", "--dest-daemon-host", env["DOCKER_HOST"],
        f"containers-storage:{NAME}", "docker-daemon:alone:latest",
    )  # fmt: skip
    assert rules(box.findings("alone", env=env)) == expected
    whole = json.loads(
        subprocess.run(
            ["podman", "image", "inspect", NAME], env=box.env, capture_output=True, check=True
        ).stdout
    )[0]["Id"]
    for known in (whole[:12], whole, f"sha256:{whole}", f"docker-daemon:{whole[:12]}"):
        assert rules(box.findings(known, env=env)) == expected


def test_what_it_saves(box: Any, env: Any, expected: list[object], dunnage_command: str) -> None:
    if shutil.which("docker") is None:
        pytest.skip("needs docker")
    saved = subprocess.run(
        ["/bin/sh", "-c", f"docker save demo:1 | {dunnage_command} check - --format json"],
        env=env, cwd=box.path, capture_output=True, check=False,
    )  # fmt: skip
    assert saved.returncode == 1, saved.stderr
    assert rules(json.loads(saved.stdout)["findings"]) == expected


def test_the_engine_of_a_context(box: Any, env: Any, expected: list[object]) -> None:
    folder = Path(box.path) / "contexts-of-docker"
    place = folder / "contexts/meta" / hashlib.sha256(b"mine").hexdigest()
    place.mkdir(parents=True)
    meta = {"Name": "mine", "Endpoints": {"docker": {"Host": env["DOCKER_HOST"]}}}
    (place / "meta.json").write_text(json.dumps(meta))
    chosen = {**box.env, "DOCKER_CONFIG": str(folder), "DOCKER_CONTEXT": "mine"}
    assert rules(box.findings("demo:1", env=chosen)) == expected


@pytest.fixture
def by_ssh(box: Any, docker: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The settings of somebody to whom the engine is on another machine."""
    server = shutil.which("sshd", path="/usr/sbin:/sbin")
    if server is None or shutil.which("ssh") is None or shutil.which("docker") is None:
        pytest.skip("needs sshd, ssh and docker")
    for name in ("host", "own"):
        box.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    known = (tmp_path / "host.pub").read_text()
    (tmp_path / "known").write_text(f"[127.0.0.1]:{port} {known}")
    (tmp_path / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {tmp_path}/host\nPidFile none\nUsePAM no\n"
        f"AuthorizedKeysFile {tmp_path}/own.pub\nStrictModes no\nPermitRootLogin yes\n"
    )
    (tmp_path / "config").write_text(
        f"IdentityFile {tmp_path}/own\nUserKnownHostsFile {tmp_path}/known\nBatchMode yes\n"
    )
    # ssh looks for its settings in the home of the account, whatever HOME is.
    (tmp_path / "ssh").write_text(
        f'#!/bin/sh\nexec {shutil.which("ssh")} -F {tmp_path}/config "$@"\n'
    )
    (tmp_path / "ssh").chmod(0o755)
    Path("/run/sshd").mkdir(exist_ok=True)  # where it puts its unprivileged half
    process = subprocess.Popen([server, "-D", "-e", "-f", tmp_path / "sshd_config"])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        place = f"ssh://root@127.0.0.1:{port}{docker.removeprefix('unix://')}"
        yield {**box.env, "PATH": f"{tmp_path}:{box.env['PATH']}", "DOCKER_HOST": place}
    finally:
        process.terminate()
        process.wait(20)


def test_over_ssh(box: Any, by_ssh: dict[str, str], expected: list[object]) -> None:
    for target in ("demo:1", "docker-daemon:demo:1"):
        assert rules(box.findings(target, env=by_ssh)) == expected
    with pytest.raises(TargetError, match="the engine has no such image: nobody:latest"):
        box.dunnage("docker-daemon:nobody", env=by_ssh)
    elsewhere = {**by_ssh, "DOCKER_HOST": by_ssh["DOCKER_HOST"] + ".gone"}
    with pytest.raises(TargetError, match=r"ssh://.*(?i:docker daemon|docker API|no such file)"):
        box.dunnage("docker-daemon:demo:1", env=elsewhere)


def test_the_base_that_it_has(box: Any, env: Any) -> None:
    box.run(
        "skopeo", "copy", "-q", "--dest-daemon-host", env["DOCKER_HOST"],
        "containers-storage:localhost/base:1", "docker-daemon:base:1",
    )  # fmt: skip
    run = box.dunnage("demo:1", env=env, base="base:1")
    assert any("layers 0 to 0 are the base image's, by --base base:1" in n for n in run.notes)


def test_an_image_that_it_does_not_have(box: Any, env: Any) -> None:
    with pytest.raises(TargetError, match="nobody: there is no such file or folder, and no such"):
        box.dunnage("nobody", env=env)
    with pytest.raises(TargetError, match="the engine has no such image: nobody:latest"):
        box.dunnage("docker-daemon:nobody", env=env)


def test_what_buildkit_builds(box: Any, env: Any, tmp_path: Path) -> None:
    program, busybox = shutil.which("docker", path="/usr/bin"), shutil.which("busybox")
    if program is None or busybox is None:
        pytest.skip("needs docker and busybox")
    shutil.copy(busybox, tmp_path / "busybox")
    known = {name: render("{github-token:ghp_}", f"kit {name}") for name in ("arg", "file", "rest")}
    (tmp_path / "a.js").write_text(f"export const t = '{known['file']}';\n")
    (tmp_path / "secret.txt").write_text(known["rest"])
    (tmp_path / "Dockerfile").write_text(
        "FROM scratch\nCOPY busybox /bin/sh\nCOPY busybox /bin/busybox\nARG TOKEN\n"
        "COPY a.js /app/a.js\n"
        "RUN --mount=type=secret,id=t /bin/busybox cat /run/secrets/t > /app/left.txt\n"
        "RUN /bin/busybox rm /app/a.js\n"
    )
    built = subprocess.run(
        [program, "build", "--network", "none", "--build-arg", f"TOKEN={known['arg']}",
         "--secret", f"id=t,src={tmp_path}/secret.txt", "-t", "kit:1", str(tmp_path)],
        env={**env, "DOCKER_BUILDKIT": "1"}, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    if built.returncode:
        pytest.skip(f"BuildKit may not work here: {built.stderr.decode()[-300:]}")
    found = {str(each["path"]): each for each in box.findings("kit:1", env=env)}
    assert found["app/left.txt"]["rule"] == found["app/a.js"]["rule"] == "secret/github-token"
    assert found["app/a.js"]["hidden_by"] is not None
    assert [each["rule"] for path, each in found.items() if path.startswith("history")] == [
        "image/secret-in-history"
    ]
