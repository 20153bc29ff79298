from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dunnage import TargetError
from dunnage_oci import engine, resolvers, ssh, storage, transports
from dunnage_oci.reference import parse


def context(home: Path, name: str, host: str | None) -> None:
    known = hashlib.sha256(name.encode()).hexdigest()
    place = home / ".docker/contexts/meta" / known
    place.mkdir(parents=True)
    endpoints = {"docker": {"Host": host}} if host else {}
    (place / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": endpoints}))


def test_docker_host_comes_first(tmp_path: Path) -> None:
    env = {"DOCKER_HOST": "tcp://127.0.0.1:1", "DOCKER_CONTEXT": "far", "HOME": str(tmp_path)}
    assert [each.url for each in engine.engines(env)] == ["tcp://127.0.0.1:1"]


def test_a_context_by_the_environment_or_by_the_settings(tmp_path: Path) -> None:
    context(tmp_path, "near", "unix:///near.sock")
    env = {"HOME": str(tmp_path)}
    assert engine.engines({**env, "DOCKER_CONTEXT": "near"})[0].url == "unix:///near.sock"
    (tmp_path / ".docker/config.json").write_text('{"currentContext": "near"}')
    assert engine.engines(env)[0].url == "unix:///near.sock"


def test_a_context_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="'gone', which DOCKER_CONTEXT chooses, is not in"):
        engine.engines({"HOME": str(tmp_path), "DOCKER_CONTEXT": "gone"})


def test_rootless_sockets_are_found(tmp_path: Path) -> None:
    (tmp_path / "podman").mkdir()
    (tmp_path / "podman/podman.sock").touch()
    found = engine.engines({"XDG_RUNTIME_DIR": str(tmp_path)})
    assert f"unix://{tmp_path}/podman/podman.sock" in [each.url for each in found]
    assert not any(each.named for each in found)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("unix:///no/such.sock", "no engine listens there"),
        ("tcp://engine.acme.test:2375", "on this machine only"),
        ("ssh://acme.test", "ssh is not on the PATH"),
        ("ssh://", "no address of an engine; ssh://"),
        ("ssh://joe:stowage@acme.test", r"^ssh://acme\.test is no address"),
        ("ssh://acme.test:99999", "no address of an engine"),
        ("tcp://127.0.0.1:99999", "not a host and port"),
        ("npipe:////./pipe/docker_engine", "docker save IMAGE"),
    ],
)
def test_engines_that_cannot_be_asked(url: str, text: str) -> None:
    with pytest.raises(TargetError, match=text):
        engine.save(engine.Engine(url, env={"PATH": ""}), "app:1")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ssh://acme.test", ["-T", "--", "acme.test", "docker", "system", "dial-stdio"]),
        (
            "ssh://joe@acme.test:2222",
            ["-l", "joe", "-p", "2222", "-T", "--", "acme.test", "docker", "system", "dial-stdio"],
        ),
        (
            "ssh://[::1]/run/user/1/it's.sock",
            [
                *("-T", "--", "::1", "docker", "--host"),
                *(r"'unix:///run/user/1/it'\''s.sock'", "system", "dial-stdio"),
            ],
        ),
        (
            "ssh://-oProxyCommand=x",
            ["-T", "--", "-oproxycommand=x", "docker", "system", "dial-stdio"],
        ),
    ],
)
def test_what_ssh_is_asked(url: str, words: list[str]) -> None:
    found = ssh.command(urlsplit(url))
    assert found[0] == "ssh"
    assert [each for each in found[1:] if each not in ("-o", "ConnectTimeout=30")] == words


def far(folder: Path, script: str) -> engine.Engine:
    program = folder / "ssh"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    env = {"DOCKER_HOST": "ssh://joe@acme.test", "PATH": f"{folder}:/usr/bin:/bin"}
    [found] = engine.engines(env)
    return found


def test_an_engine_behind_ssh(tmp_path: Path) -> None:
    answer = r"printf 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n'"
    asked = f"head -1 > {tmp_path}/asked"
    with engine.save(far(tmp_path, f"{asked}\n{answer}"), "app:1") as response:
        assert response.read() == b"body"
    assert (tmp_path / "asked").read_bytes() == b"GET /images/app:1/get HTTP/1.1\r\n"


def test_what_ssh_complains_of_is_told(tmp_path: Path) -> None:
    refusing = (
        "echo 'banner' >&2; echo 'joe@acme.test: Permission denied (publickey).' >&2; exit 255"
    )
    with pytest.raises(TargetError, match=r"^ssh://joe@acme\.test: joe@.*Permission denied"):
        engine.save(far(tmp_path, refusing), "app:1")
    with pytest.raises(TargetError, match=r"^ssh://joe@acme\.test: "):
        engine.save(far(tmp_path, "exit 1"), "app:1")


def test_storage_without_a_tool(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="none of podman, skopeo and buildah"):
        storage.stream("app:1", {"PATH": str(tmp_path)})


def test_a_tool_that_fails_is_told_by_its_last_line(tmp_path: Path) -> None:
    tool = tmp_path / "podman"
    tool.write_text("#!/bin/sh\necho first >&2\necho 'no such image' >&2\nexit 125\n")
    tool.chmod(0o755)
    with pytest.raises(TargetError, match="containers-storage:app:1: no such image"):
        storage.stream("app:1", {"PATH": str(tmp_path)})


def test_a_tool_that_fails_on_the_way_is_told_at_the_end(tmp_path: Path) -> None:
    from dunnage import ArchiveError

    tool = tmp_path / "podman"
    tool.write_text("#!/bin/sh\necho some bytes\necho 'disk full' >&2\nexit 1\n")
    tool.chmod(0o755)
    with (
        storage.stream("app:1", {"PATH": str(tmp_path)}) as stream,
        pytest.raises(ArchiveError, match="disk full"),
    ):
        stream.read()


def best(target: str) -> str:
    scores = [(each.match(target), each.name) for each in resolvers.all_resolvers()]
    score, name = max(scores)
    return name if score else ""


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("docker://a/b:1", "docker"),
        ("docker-daemon:a:1", "docker-daemon"),
        ("docker-archive:a.tar", "docker-archive"),
        ("oci:dir:tag", "oci"),
        ("oci-archive:a.tar", "oci-archive"),
        ("containers-storage:a", "containers-storage"),
        ("app:1", "image"),
        ("app", "image"),
        ("acme/app", "image"),
        ("2783d1647333", "image"),
        ("dist/app.whl", ""),
        ("app.tar", ""),
        ("dist/", ""),
        ("./app", ""),
        ("pkg:npm/a@1.0.0", ""),
    ],
)
def test_who_resolves_what(target: str, name: str) -> None:
    assert best(target) == name


def test_a_bare_name_that_is_nowhere_tells_who_was_asked(tmp_path: Path) -> None:
    env = {"PATH": str(tmp_path), "DOCKER_HOST": f"unix://{tmp_path}/no.sock"}
    with pytest.raises(TargetError, match="no engine listens there"):
        resolvers.Bare().resolve("app:1", {"env": env})
    with pytest.raises(TargetError, match="app: there is no such file or folder, and no"):
        resolvers.Bare().resolve("app", {"env": env})
    with pytest.raises(TargetError, match="names are in lower case"):
        resolvers.Bare().resolve("acme/App:1", {"env": env})


def test_no_engine_and_no_podman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports.engine, "engines", lambda env: [])
    with pytest.raises(TargetError, match="no engine listens here; there is no podman"):
        resolvers.Bare().resolve("app", {"env": {"PATH": str(tmp_path)}})


def test_of_several_engines_the_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    several = [engine.Engine(f"unix:///{name}", named=False) for name in ("a", "b")]
    monkeypatch.setattr(transports.engine, "engines", lambda env: several)
    monkeypatch.setattr(transports.engine, "has", lambda where, name: where.url.endswith("b"))
    monkeypatch.setattr(transports.engine, "save", lambda where, name: io.BytesIO())
    [found] = resolvers.Bare().resolve("app", {"env": {}})
    assert found.name == "docker-daemon:app:latest at unix:///b"


@pytest.mark.parametrize(
    ("index", "text"),
    [
        ({"manifests": []}, "names no image"),
        ({"manifests": [{"digest": "a"}, {"digest": "b"}]}, "holds 2 images"),
        ({"manifests": [{"digest": "sha256:" + "a" * 64}]}, "no such file"),
    ],
)
def test_layouts_that_cannot_be_resolved(tmp_path: Path, index: object, text: str) -> None:
    (tmp_path / "index.json").write_text(json.dumps(index))
    [transport] = [each for each in resolvers.all_resolvers() if each.name == "oci"]
    with pytest.raises(TargetError, match=text):
        transport.resolve(f"oci:{tmp_path}", {"env": {}})


def test_a_reference_is_asked_for_by_its_familiar_name() -> None:
    assert parse("docker.io/library/app:1").familiar == "app:1"
