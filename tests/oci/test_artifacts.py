"""What lies where images lie and is none, layers that are no plain ones, and ``dir:`` folders."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dunnage import Rule, Run, TargetError
from dunnage.plugins import load_plugins
from dunnage.testing import (
    blob_path,
    bundled,
    descriptor,
    digest,
    docker_archive,
    image_config,
    index,
    layer,
    lint,
    oci_layout,
    render,
    tar_archive,
)
from dunnage_oci import testing as layouts

TOKEN = render("{github-token:ghp_}", "artifacts")
RULE = "secret/github-token"
LAYERS = [layer({"etc/os-release": "ID=demo\n"}), layer({"app/k.py": f"token = '{TOKEN}'\n"})]
OCI = "application/vnd.oci.image"


@cache
def chosen() -> list[Rule]:
    return [each for each in bundled().rules if each.group == "image" or each.id == RULE]


def check(files: Mapping[str, Any]) -> Run:
    return lint(tar_archive(dict(files)), chosen())


def packed(
    config: bytes, config_type: str, blobs: Sequence[tuple[str, bytes]], **more: Any
) -> dict[str, bytes]:
    """A layout of one manifest with blobs of the types given."""
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": layouts.MANIFEST,
            "config": descriptor(config, config_type),
            "layers": [descriptor(blob, kind) for kind, blob in blobs],
            **more,
        }
    ).encode()
    files = {blob_path(each): each for each in (config, manifest, *(blob for _, blob in blobs))}
    return {
        "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
        "index.json": index([descriptor(manifest, layouts.MANIFEST)]),
        **files,
    }


@pytest.mark.parametrize(
    ("config_type", "kind", "said"),
    [
        (f"{OCI}.config.v1+json", "application/vnd.dev.cosign.simplesigning.v1+json", "cosign"),
        (f"{OCI}.config.v1+json", "application/vnd.in-toto+json", "in-toto"),
        (f"{OCI}.config.v1+json", "application/vnd.wasm.content.layer.v1+wasm", "wasm"),
        ("application/vnd.oci.empty.v1+json", "application/spdx+json", "oci.empty"),
    ],
)
def test_what_is_no_image_is_a_note_and_looked_at(config_type: str, kind: str, said: str) -> None:
    config = image_config([b"x"]) if "config" in config_type else b"{}"
    run = check(packed(config, config_type, [(kind, json.dumps({"a": TOKEN}).encode())]))
    assert run.problems == []
    assert [said in str(note) and "not an image" in str(note) for note in run.notes] == [True]
    assert RULE in {each.rule for each in run.findings}


def test_the_files_of_an_artifact_are_named() -> None:
    # As `oras push` does.
    blob = descriptor(b"token\n", "text/plain")
    blob["annotations"] = {"org.opencontainers.image.title": "notes.txt"}
    empty = "application/vnd.oci.empty.v1+json"
    files = packed(b"{}", empty, [], layers=[blob], artifactType="application/vnd.acme.thing")
    run = check({**files, blob_path(b"token\n"): b"token\n"})
    [note] = map(str, run.notes)
    assert "not an image but application/vnd.acme.thing" in note
    assert f"({digest(b'token' + bytes([10]))[:19]} is notes.txt)" in note
    assert [each.kind for each in run.artifacts] == ["artifact"]


def test_a_blob_of_another_type_among_layers_is_no_broken_layer() -> None:
    blobs = [(f"{OCI}.layer.v1.tar", LAYERS[1]), ("application/vnd.acme.notes", b"some notes")]
    run = check(packed(image_config([LAYERS[1], b"some notes"]), f"{OCI}.config.v1+json", blobs))
    assert run.problems == []
    assert [each.layer and each.layer.index for each in run.findings if each.rule == RULE] == [0]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (f"{OCI}.layer.v1.tar+gzip+encrypted", "layer 0 of .* is encrypted"),
        (f"{OCI}.layer.v1.tar+gzip", "layer 0 of .* is not a tar archive"),
    ],
)
def test_a_layer_that_cannot_be_looked_at_is_a_problem(kind: str, said: str) -> None:
    blob = bytes(range(256)) * 4
    run = check(packed(image_config([blob]), f"{OCI}.config.v1+json", [(kind, blob)]))
    [problem] = run.problems
    assert re.search(said, problem.message)


def test_a_layer_that_lies_elsewhere_is_told_with_the_place() -> None:
    files = oci_layout(LAYERS, compression="none")
    descriptor_ = json.loads(files["index.json"])["manifests"][0]
    path = "blobs/" + descriptor_["digest"].replace(":", "/")
    manifest = json.loads(files.pop(path))
    foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    where = "https://joe:stowage@layers.acme.test/a"
    manifest["layers"][0] |= {"mediaType": foreign, "urls": [where]}
    data = json.dumps(manifest).encode()
    files |= {blob_path(data): data, "index.json": index([descriptor(data, layouts.MANIFEST)])}
    assert check(files).problems == []  # it is here all the same
    del files[blob_path(LAYERS[0])]
    [problem] = check(files).problems
    assert "(at layers.acme.test), is not in this image" in problem.message
    assert "stowage" not in problem.message


def old(*states: Mapping[str, object], layers: Sequence[bytes]) -> dict[str, bytes]:
    """A layout whose manifest is of schema 1: the newest state and layer come first."""
    document = {
        "schemaVersion": 1,
        "architecture": "amd64",
        "fsLayers": [{"blobSum": digest(each)} for each in layers],
        "history": [{"v1Compatibility": json.dumps(each)} for each in states],
    }
    data = json.dumps(document).encode()
    kind = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', blob_path(data): data}
    files |= {blob_path(each): each for each in layers}
    return files | {"index.json": index([descriptor(data, kind)])}


def test_layers_of_schema_1_come_in_reverse() -> None:
    marked = layer({"etc/.wh.passwd": b""})
    states = (
        {"container_config": {"Cmd": ["/bin/sh", "-c", "rm it"]},
         "config": {"Env": ["TOKEN=" + render("{github-token:ghp_}", "schema 1")]}},
        {"container_config": {"Cmd": ["/bin/sh", "-c", "#(nop) COPY it"]}},
    )  # fmt: skip
    run = check(old(*states, layers=[marked, LAYERS[1]]))
    assert run.problems == []
    [finding] = [each for each in run.findings if each.rule == RULE]
    assert finding.layer is not None
    assert finding.layer.index == 0
    assert "COPY it" in (finding.layer.created_by or "")
    assert "image/secret-in-env" in {each.rule for each in run.findings}


def test_schema_1_without_a_history_is_looked_at() -> None:
    run = check(old(layers=[LAYERS[1]]))
    assert run.problems == []
    assert RULE in {each.rule for each in run.findings}
    [problem] = check({
        path: data for path, data in old(layers=[LAYERS[1]]).items() if path != blob_path(LAYERS[1])
    }).problems  # fmt: skip
    assert "is missing" in problem.message


# -- attestations ----------------------------------------------------------------------------------


def provenance(
    version: str, arguments: Mapping[str, str], env: str = "", command: str = "", source: str = ""
) -> dict[str, Any]:
    """What BuildKit tells of a build with ``--provenance=mode=max``: what its predicate holds."""
    args = {f"build-arg:{name}": value for name, value in arguments.items()}
    meta = {"args": ["/bin/sh", "-c", command], "env": ["PATH=/bin", env], "cwd": "/"}
    steps = [
        {"id": "step0", "op": {"Op": {"source": {"identifier": "docker-image://a:1"}}}},
        {"id": "step1", "op": {"Op": {"exec": {"meta": meta}}}, "inputs": ["step0:0"]},
        {"id": "step2", "op": {"Op": {"exec": {"meta": meta}}}, "inputs": ["step1:0"]},
    ]
    build = {"buildConfig": {"llbDefinition": steps}}
    data = base64.b64encode(source.encode()).decode()
    told = {"source": {"infos": [{"filename": "Dockerfile", "data": data}]}}
    if version == "v1":
        request = {"externalParameters": {"request": {"args": args}}}
        run = {"metadata": {"buildkit_metadata": told}}
        return {"buildDefinition": {**request, "internalParameters": build}, "runDetails": run}
    return {
        "invocation": {"parameters": {"args": args}},
        "metadata": {"https://mobyproject.org/buildkit@v1#metadata": told},
        **build,
    }


def attested(predicate: Mapping[str, Any], version: str) -> dict[str, bytes]:
    """An image of two platforms with BuildKit's provenance of the first."""
    files = layouts.multi_platform(
        {"linux/arm64": LAYERS[:1], "linux/amd64": LAYERS}, attest=True, nested=1
    )
    plain = {path: bytes(data) for path, data in files.items()}  # type: ignore[arg-type]
    told = json.dumps({"predicateType": version, "predicate": predicate}).encode()
    old = next(blob for blob in plain.values() if b"in-toto.io/Statement" in blob)
    for was, now in _renamed(plain, old, told):
        del plain[blob_path(was)]
        plain[blob_path(now)] = now
        top = plain["index.json"].replace(digest(was).encode(), digest(now).encode())
        plain["index.json"] = top.replace(b'"size": %d' % len(was), b'"size": %d' % len(now))
    return plain


def _renamed(plain: Mapping[str, bytes], was: bytes, now: bytes) -> list[tuple[bytes, bytes]]:
    """Each blob that names another which changes, changes as well."""
    changed = [(was, now)]
    for was, now in changed:
        for path, blob in plain.items():
            if path.startswith("blobs/") and digest(was).encode() in blob:
                document = blob.replace(digest(was).encode(), digest(now).encode())
                size = b'"digest": "%s", "size": ' % digest(now).encode()
                document = document.replace(size + b"%d" % len(was), size + b"%d" % len(now))
                changed.append((blob, document))
    return changed


@pytest.mark.parametrize("version", ["v0.2", "v1"])
def test_build_arguments_in_a_provenance(tmp_path: Path, version: str) -> None:
    told = provenance(version, {"DB_PASSWORD": "S3cr3tOfMine", "JOBS": "4"})
    files = attested(told, version)
    for path, data in files.items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    run = check(files)
    assert run.problems == []
    [hit] = [each for each in run.findings if each.rule == "image/secret-in-history"]
    assert hit.path == "history: provenance: ARG"
    # It ships with the image of its platform, and with no other.
    for platform, known in (("linux/aarch64", True), ("linux/amd64", False)):
        options = {"platform": platform}
        plugins = load_plugins(installed=False, options=options)
        target = f"oci:{tmp_path}:demo:latest"
        chosen_run = lint(target, chosen(), plugins=plugins, options=options)
        assert chosen_run.problems == []
        rules = {each.rule for each in chosen_run.findings}
        assert ("image/secret-in-history" in rules) is known


@pytest.mark.parametrize("version", ["v0.2", "v1"])
def test_stages_that_a_provenance_tells_of(version: str) -> None:
    command, source = render("{github-token:ghp_}", "run"), render("{github-token:ghp_}", "source")
    told = provenance(
        version, {}, "DB_PASSWORD=S3cr3tOfMine", f"echo {command} | sh", f"FROM a:1\n# {source}\n"
    )
    run = check(attested(told, version))
    assert run.problems == []
    told_of = [(e.rule, e.path) for e in run.findings if "provenance" in (e.path or "")]
    assert sorted(told_of) == [
        ("image/secret-in-history", "history: provenance: ENV"),
        ("secret/github-token", "history: provenance: RUN"),
        ("secret/github-token", "provenance: Dockerfile"),
    ]


# -- dir: ------------------------------------------------------------------------------------------


def directory(folder: Path, files: Mapping[str, bytes], top: str) -> Path:
    """The layout ``files`` as ``skopeo copy … dir:`` writes it; ``top`` is the digest of the
    manifest or index to begin with."""
    folder.mkdir()
    for path, data in files.items():
        if not path.startswith("blobs/"):
            continue
        name = path.rpartition("/")[2]
        if b'"layers"' in data[:4096] and b'"schemaVersion"' in data:
            name += ".manifest.json"
        if path.endswith(top.partition(":")[2]):
            name = "manifest.json"
        (folder / name).write_bytes(data)
    (folder / "version").write_text("Directory Transport Version: 1.1\n")
    return folder


def essence(run: Run) -> list[tuple[object, ...]]:
    return [
        (each.rule, each.path, each.layer, each.hidden_by, each.trail[1:]) for each in run.findings
    ]


def test_a_dir_gives_what_the_layout_gives(tmp_path: Path) -> None:
    files = oci_layout(LAYERS, tag=None)
    top = json.loads(files["index.json"])["manifests"][0]["digest"]
    place = directory(tmp_path / "image", files, top)
    expected = check(files)
    assert any(each.rule == RULE for each in expected.findings)
    for target in (str(place), f"dir:{place}"):
        run = lint(target, chosen())
        assert (run.problems, essence(run)) == ([], essence(expected))
        assert run.artifacts[0].name == expected.artifacts[0].name


def test_a_dir_of_several_platforms(tmp_path: Path) -> None:
    files = layouts.multi_platform({"linux/amd64": LAYERS[:1], "linux/arm64": LAYERS})
    top = json.loads(bytes(files["index.json"]))["manifests"][0]["digest"]
    plain = {path: bytes(data) for path, data in files.items()}
    run = lint(f"dir:{directory(tmp_path / 'image', plain, top)}", chosen())
    assert run.problems == []
    assert any("2 images" in str(note) for note in run.notes)
    assert RULE in {each.rule for each in run.findings}


def test_a_folder_that_is_no_dir(tmp_path: Path) -> None:
    (tmp_path / "version").write_text("1.2.3\n")
    with pytest.raises(TargetError, match="holds no artifact"):
        lint(str(tmp_path), chosen())
    with pytest.raises(TargetError, match="no folder that `skopeo copy"):
        lint(f"dir:{tmp_path}", chosen())


# -- names -----------------------------------------------------------------------------------------


def resolved(target: str) -> str:
    resolver = next(each for each in load_plugins(set()).resolvers if each.match(target) >= 100)
    return next(iter(resolver.resolve(target, {}))).name


@pytest.mark.parametrize("form", ["none", "gzip", "zstd"])
def test_an_archive_that_has_no_such_image_is_refused(tmp_path: Path, form: str) -> None:
    docker, oci = tmp_path / "docker.tar", tmp_path / "oci.tar"
    names = ("demo:1", "registry.acme.test/team/app:2")
    docker.write_bytes(tar_archive(docker_archive(LAYERS, tags=names), form))
    oci.write_bytes(tar_archive(oci_layout(LAYERS, tag="v1"), form))
    for tag in ("demo:1", "docker.io/library/demo:1", "registry.acme.test/team/app:2", "@0"):
        assert str(docker) in resolved(f"docker-archive:{docker}:{tag}")
    assert str(oci) in resolved(f"oci-archive:{oci}:v1")
    with pytest.raises(TargetError, match="has no image 'demo:2'; there are: demo:1, "):
        resolved(f"docker-archive:{docker}:demo:2")
    with pytest.raises(TargetError, match="has no image 'v2'; there are: v1"):
        resolved(f"oci-archive:{oci}:v2")


def test_a_layout_that_has_no_such_image_says_what_there_is(tmp_path: Path) -> None:
    for name, data in oci_layout(LAYERS, tag="v1").items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    with pytest.raises(TargetError, match="has no image 'v2'; there are: v1"):
        resolved(f"oci:{tmp_path}:v2")


def test_what_is_wrong_with_an_archive_is_told_later(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(tar_archive(docker_archive(LAYERS))[:700])
    assert resolved(f"docker-archive:{path}:any") == f"{path} (any)"
    path.write_bytes(b"no archive")
    assert resolved(f"docker-archive:{path}:any") == f"{path} (any)"
