from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from dunnage import TargetError
from dunnage_oci import engine, resolvers, storage
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
        ("ssh://acme.test", "docker save IMAGE"),
        ("tcp://127.0.0.1:99999", "not a host and port"),
        ("npipe:////./pipe/docker_engine", "docker save IMAGE"),
    ],
)
def test_engines_that_cannot_be_asked(url: str, text: str) -> None:
    with pytest.raises(TargetError, match=text):
        engine.save(engine.Engine(url), "app:1")


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
