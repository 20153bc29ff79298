"""The adapter on every layout, odd ones too, by the real engine."""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import zstandard

from dunnage import Rule, Run
from dunnage.engine import Settings
from dunnage.engine import check as engine_check
from dunnage.plugins import load_plugins
from dunnage.testing import (
    Content,
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
from dunnage_oci import adapter, image
from dunnage_oci import testing as layouts

LEAKED = "secret/github-token"
TOKEN = "token = '{github-token:ghp_}'\n"


def token(seed: str = "oci") -> str:
    return render(TOKEN, seed)


@pytest.fixture(scope="module")
def layers() -> list[bytes]:
    """A base, a layer that leaks, and one that hides the leak."""
    return [
        layer({"etc/os-release": "ID=demo\n", "bin/": b"", "bin/sh": b"\x7fnot really"}),
        layer({"app/": b"", "app/keys.py": token(), "app/main.py": "1\n"}),
        layer({"app/.wh.keys.py": b"", "app/main.py": "2\n"}),
    ]


def check(files: Any, **settings: Any) -> Run:
    data = files if isinstance(files, bytes) else tar_archive(files)
    return lint(data, chosen(), **settings)


@cache
def chosen() -> list[Rule]:
    """Few rules, so that the engine is ready at once."""
    return [each for each in bundled().rules if each.group == "image" or each.id == LEAKED]


def leaks(run: Run) -> list[tuple[object, ...]]:
    return [
        (each.path, each.layer and each.layer.index, each.hidden_by)
        for each in run.findings
        if each.rule == LEAKED
    ]


LEAK = [("app/keys.py", 1, 2)]


@pytest.mark.parametrize("compression", ["none", "gzip", "gzip-members", "zstd"])
def test_an_oci_layout(layers: list[bytes], compression: str) -> None:
    run = check(oci_layout(layers, compression=compression))
    [artifact] = run.artifacts
    assert (artifact.ecosystem, artifact.kind) == ("oci", "image")
    assert (artifact.name, artifact.version) == ("demo", "latest")
    assert run.problems == []
    assert leaks(run) == LEAK


@pytest.mark.parametrize(
    "build",
    [
        docker_archive,
        lambda layers: docker_archive(layers, legacy=True),
        lambda layers: docker_archive(layers, compression="gzip"),
        layouts.linked_layers,
        layouts.ancient_archive,
        layouts.saved_by_docker_25,
        lambda layers: layouts.saved_by_docker_25(layers, compression="gzip"),
        layouts.tarball_of_crane,
        lambda layers: layouts.multi_platform({"linux/amd64": layers}, nested=0),
        lambda layers: layouts.multi_platform({"linux/amd64": layers}, nested=3, attest=True),
    ],
    ids=[
        "docker",
        "legacy",
        "docker-gzip",
        "linked",
        "ancient",
        "docker-25",
        "docker-29",
        "crane",
        "index",
        "deep",
    ],
)
def test_every_layout_gives_the_same(layers: list[bytes], build: Any) -> None:
    run = check(build(layers))
    assert run.problems == []
    assert leaks(run) == LEAK
    [artifact] = run.artifacts
    assert (artifact.kind, artifact.name) == ("image", "demo")


def test_what_zstd_chunked_keeps_of_the_headers_is_no_file() -> None:
    # A frame beside the members holds what tar-split does: the headers in base64, line by line.
    files = {f"app/.git/{name}": b"content\n" for name in ("config", "HEAD", "logs/HEAD")}
    plain = layer(files)
    lines = b"".join(
        json.dumps({"type": 2, "payload": base64.b64encode(head).decode()}).encode() + b"\n"
        for head in (plain[at : at + 512] for at in range(0, len(plain), 1024))
    )
    packed = zstandard.compress(lines)
    frame = b"\x50\x2a\x4d\x18" + len(packed).to_bytes(4, "little") + packed
    rules = [each for each in bundled().rules if each.id == "leftover/git-folder"]
    for data in (plain, zstandard.compress(plain) + frame):
        run = lint(tar_archive(oci_layout([data])), rules)
        assert [each.path for each in run.findings] == ["app/.git/config"]


def test_a_layout_in_a_folder(layers: list[bytes], tmp_path: Path) -> None:
    for path, data in oci_layout(layers).items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    run = lint(tmp_path, chosen())
    assert run.problems == []
    assert leaks(run) == LEAK


def test_the_layer_tells_its_digest_and_instruction(layers: list[bytes]) -> None:
    history = [
        {"created_by": "/bin/sh -c #(nop) ADD file:1 in / "},
        {"created_by": "COPY . /app # buildkit"},
        {"created_by": "ENV A=b", "empty_layer": True},
        {"created_by": "RUN /bin/sh -c rm app/keys.py # buildkit"},
    ]
    run = check(oci_layout(layers, history=history))
    [found] = [each for each in run.findings if each.rule == LEAKED]
    assert found.layer is not None
    assert found.layer.digest == digest(layers[1])
    assert found.layer.created_by == "COPY . /app"


def test_several_platforms_share_a_layer(layers: list[bytes]) -> None:
    other = [layers[0], layer({"app/other.py": token("other")})]
    files = layouts.multi_platform({"linux/amd64": layers, "linux/arm64": other}, attest=True)
    run = check(files)
    assert sorted(leaks(run)) == [("app/keys.py", 1, 2), ("app/other.py", 1, None)]
    images = {each.path: each.layer and each.layer.images for each in run.findings if each.layer}
    assert images["app/other.py"] == ("demo:latest (linux/arm64)",)
    assert any("attestation" in note for note in run.notes)
    assert any("2 images, 4 different layers" in note for note in run.notes)


def test_what_only_one_of_two_images_hides_is_not_hidden(layers: list[bytes]) -> None:
    run = check(layouts.multi_platform({"linux/amd64": layers, "linux/arm64": layers[:2]}))
    assert leaks(run) == [("app/keys.py", 1, None)]


def test_a_layer_alone(layers: list[bytes]) -> None:
    for data in (layers[0], layers[2]):
        [artifact] = check(data).artifacts
        assert (artifact.ecosystem, artifact.kind) == ("oci", "layer")


def test_an_ordinary_tar_is_no_image() -> None:
    for files in (
        {"a/b.txt": "1"},
        {"manifest.json": "[]", "b": "1"},
        {"index.json": "{}", "b": "1"},
    ):
        [artifact] = check(tar_archive(files)).artifacts
        assert artifact.ecosystem == "archive"


# -- what does not fit ----------------------------------------------------------------------------


def messages(run: Run) -> str:
    return "\n".join(each.message for each in run.problems)


def changed(files: dict[str, Any], path: str, data: Content | None) -> dict[str, Any]:
    result = dict(files)
    if data is None:
        del result[path]
    else:
        result[path] = data
    return result


def place_of(files: dict[str, Any], media_type: str) -> str:
    """The blob of the first descriptor of that type in the layout's manifest."""
    top = json.loads(files["index.json"])["manifests"][0]
    path = "blobs/" + top["digest"].replace(":", "/")
    if "manifest" in media_type:
        return path
    manifest = json.loads(files[path])
    entry = manifest["config"] if "config" in media_type else manifest["layers"][1]
    return "blobs/" + entry["digest"].replace(":", "/")


@pytest.mark.parametrize("what", ["manifest", "config", "layer"])
def test_a_missing_blob_is_a_problem(layers: list[bytes], what: str) -> None:
    files = oci_layout(layers)
    run = check(changed(files, place_of(files, what), None))
    assert "missing" in messages(run)
    assert not run.artifacts[0].complete


@pytest.mark.parametrize("what", ["config", "layer"])
def test_a_blob_of_another_digest_is_a_problem(layers: list[bytes], what: str) -> None:
    files = oci_layout(layers, compression="none")
    path = place_of(files, what)
    data = files[path].replace(b"amd64", b"arm64") if what == "config" else layer({"x": "1"})
    assert "digest is sha256:" in messages(check(changed(files, path, data)))


def test_a_wrong_size_and_a_wrong_diff_id_are_problems(layers: list[bytes]) -> None:
    files = oci_layout(layers)
    top = json.loads(files["index.json"])["manifests"][0]
    manifest = json.loads(files["blobs/" + top["digest"].replace(":", "/")])
    manifest["layers"][0]["size"] += 1
    swapped = json.loads(files[place_of(files, "config")])
    swapped["rootfs"]["diff_ids"].reverse()
    config = json.dumps(swapped).encode()
    manifest["config"] = descriptor(config, "application/vnd.oci.image.config.v1+json")
    blob = json.dumps(manifest).encode()
    files = {
        **files,
        "blobs/sha256/" + digest(config)[7:]: config,
        "blobs/sha256/" + digest(blob)[7:]: blob,
        "index.json": index([descriptor(blob, layouts.MANIFEST)]),
    }
    said = messages(check(files))
    assert "its manifest says" in said
    assert "unpacks to" in said


def test_a_layer_that_is_no_tar_is_a_problem(layers: list[bytes]) -> None:
    files = docker_archive([layers[0], b"not a tar at all, just text\n" * 30])
    assert "layer 1 of demo:latest is not a tar archive" in messages(check(files))


def test_an_empty_layer_is_none() -> None:
    run = check(docker_archive([layer({"a": "1"}), layer({})]))
    assert run.problems == []


def test_a_truncated_layer_is_a_problem_and_the_rest_goes_on(layers: list[bytes]) -> None:
    files = oci_layout([layers[0], layer({"z": b"x" * 90_000}), layers[1]], compression="none")
    path = place_of(files, "layer")
    run = check(changed(files, path, files[path][:40_000]))
    assert run.problems
    assert [path for path, *_ in leaks(run)] == ["app/keys.py"]


@pytest.mark.parametrize(
    "document",
    [
        b"[" * 100_000,
        b"[1, null, {}]",
        b'[{"Config": 7, "Layers": "x", "RepoTags": {}}]',
        b'[{"Config": "../../etc/passwd", "Layers": ["../../x.tar", "/etc/shadow"]}]',
        b'[{"Config": "a.json", "Layers": ["loop"]}]',
        b"\xff\xfe[",
        b'[{"Config": "' + b"9" * 5000 + b'", "Layers": [9' + b"9" * 5000 + b"]}]",
    ],
)
def test_odd_documents_raise_nothing(document: bytes) -> None:
    from dunnage.testing import symlink

    files: dict[str, Any] = {
        "manifest.json": document,
        "index.json": b'{"manifests": [{"digest": "sha256:..", "size": -1}, 7, {"digest": []}]}',
        "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
        "a.json": b'{"history": 7, "rootfs": [], "config": {"Env": {"a": 1}, "Labels": []}}',
        "loop": symlink("loop"),
    }
    run = check(files)
    assert "failed" not in messages(run)
    assert "could not be read" not in messages(run)


def test_index_loops_end() -> None:
    # A blob cannot name its own digest, but an archive may lie about its blobs' names.
    name = "sha256:" + "0" * 64
    entry = {"mediaType": layouts.INDEX, "digest": name, "size": 1}
    files = {
        "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
        "index.json": index([entry]),
        "blobs/sha256/" + "0" * 64: index([entry, entry]),
    }
    assert "digest is" in messages(check(files))


def test_an_artifact_that_is_no_image_is_told(layers: list[bytes]) -> None:
    del layers
    config, chart = b"{}", tar_archive({"chart/values.yaml": "a: 1\n"}, "gzip")
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "artifactType": "application/vnd.cncf.helm.config.v1+json",
            "config": descriptor(config, "application/vnd.oci.empty.v1+json"),
            "layers": [descriptor(chart, "application/vnd.cncf.helm.chart.content.v1.tar+gzip")],
        }
    ).encode()
    files = {
        "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
        "index.json": index([descriptor(manifest, layouts.MANIFEST)]),
    }
    for blob in (config, chart, manifest):
        files["blobs/sha256/" + digest(blob)[7:]] = blob
    run = check(files)
    assert run.problems == []
    assert any("not an image but application/vnd.cncf.helm" in note for note in run.notes)


@pytest.mark.parametrize("target", ["{folder}", "oci:{folder}:app:1"])
def test_the_annotated_base_in_the_same_layout(
    layers: list[bytes], target: str, tmp_path: Path
) -> None:
    base = oci_layout(layers[:1], tag="base:1")
    [named] = json.loads(base["index.json"])["manifests"]
    told = {"org.opencontainers.image.base.digest": named["digest"]}
    own = oci_layout(layers, tag="app:1", annotations=told, history=[])
    if not target.startswith("oci:"):  # a folder ships whole: the base is one of its images
        del base["index.json"]
        base = {path: data for path, data in base.items() if path.startswith("blobs/")}
    for path, data in {**base, **own}.items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    plugins = load_plugins(installed=False, options={"env": {"PATH": ""}})
    settings = Settings(jobs=1, select=("image",), options={"env": {"PATH": ""}})
    run = engine_check([target.format(folder=tmp_path)], settings, plugins)
    assert run.problems == []
    assert any("layers 0 to 0 are the base image's, by org" in note for note in run.notes), (
        run.notes
    )


def saved(layers: list[bytes], entries: list[dict[str, Any]]) -> dict[str, Any]:
    """An archive as ``docker save`` writes it, with these entries in its manifest."""
    files = {f"{number}.tar": each for number, each in enumerate(layers)}
    return {**files, "c.json": image_config(layers), "manifest.json": json.dumps(entries)}


def test_one_image_under_many_tags(layers: list[bytes]) -> None:
    names = [f"{number}.tar" for number in range(len(layers))]
    entries = [
        {"Config": "c.json", "RepoTags": [f"a:{n}", "a:0"], "Layers": names} for n in range(300)
    ]
    run = check(saved(layers, entries))
    assert not run.problems
    assert [each.name for each in run.artifacts] == ["a"]
    assert messages(run).count("runs as root") <= 1


def test_what_images_describe_is_bounded(
    layers: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{number}.tar" for number in range(len(layers))]
    entries: list[dict[str, Any]] = [
        {"Config": "c.json", "RepoTags": [f"{n}:1"], "Layers": [*names, *names[:1] * n]}
        for n in range(50)
    ]
    many = "more layers, tags and settings in all than are looked at"
    assert many not in messages(check(saved(layers, entries)))
    monkeypatch.setattr(image, "_MOST_DESCRIBED", 400)
    assert messages(check(saved(layers, entries))).count(many) == 1


def test_what_images_hide_is_looked_for_with_an_end(
    layers: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = docker_archive([layer({"a.env": f"A={token()}"}), layer({".wh.a.env": ""})])
    assert leaks(check(files)) == [("a.env", 0, 1)]
    monkeypatch.setattr(adapter, "_MOST_HIDDEN", 1)
    assert leaks(check(files)) == [("a.env", 0, None)]
