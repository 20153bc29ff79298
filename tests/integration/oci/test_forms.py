"""The same image gives the same findings, wherever it lies and however it is packed."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dunnage import TargetError

pytestmark = pytest.mark.integration

NAME = "localhost/demo:1"
Findings = list[Mapping[str, object]]


@pytest.fixture(scope="session")
def expected(box: Any) -> Findings:
    """The findings in what ``podman save`` writes."""
    box.run("podman", "save", "-q", "--format", "docker-archive", "-o", "demo.tar", NAME)
    found: Findings = box.findings(str(box.path / "demo.tar"))
    return found


def rules(findings: Findings) -> set[object]:
    return {each["rule"] for each in findings}


def test_what_was_planted_is_found(box: Any, expected: Findings) -> None:
    assert {
        "image/secret-in-env",
        "image/secret-in-label",
        "image/secret-in-command",
        "image/secret-in-history",
        "leftover/git-folder",
        "image/setuid-file",
        "image/wasted-space",
        "image/root-user",
        "debug/source-map",
    } <= rules(expected)


def test_a_deleted_file_is_still_found_and_marked(expected: Findings) -> None:
    [found] = [each for each in expected if each["path"] == "app/.npmrc"]
    assert found["severity"] == "error"
    assert found["hidden_by"] is not None
    assert "COPY" in str(found["layer"])


def test_an_archive_left_behind_is_looked_into(expected: Findings) -> None:
    [found] = [each for each in expected if each["path"] == "package/config.js"]
    assert found["inner"] == ("app/inner.tgz",)
    assert found["layer"] is not None


def test_no_report_shows_a_secret(box: Any) -> None:
    run = box.dunnage(str(box.path / "demo.tar"))
    said = repr(run.findings) + repr(run.notes) + repr(run.problems)
    assert [name for name, secret in box.secrets.items() if secret in said] == []


def test_the_base_is_told_from_ones_own(box: Any, expected: Findings) -> None:
    assert not any(each["base"] for each in expected)
    target = str(box.path / "demo.tar")
    marked = box.findings(target, base="2")
    based = [each for each in marked if each["base"]]
    assert based
    assert {each["layer"][0] for each in based} == {1}  # type: ignore[index] # a tuple
    own = box.findings(target, base="2", own_layers=True)
    assert own == [each for each in marked if not each["base"]]
    assert any("layers 0 to 0" in note for note in box.dunnage(target).notes)


def test_oci_archive(box: Any, expected: Findings) -> None:
    box.run("podman", "save", "-q", "--format", "oci-archive", "-o", "demo-oci.tar", NAME)
    assert box.findings(str(box.path / "demo-oci.tar")) == expected
    assert box.findings(f"oci-archive:{box.path}/demo-oci.tar") == expected


def test_a_baseline_holds_for_all_forms_of_one_name(box: Any, expected: Findings) -> None:
    box.run("podman", "save", "-q", "--format", "oci-archive", "-o", "again.tar", NAME)
    runs = [box.dunnage(str(box.path / name)) for name in ("demo.tar", "again.tar")]
    one, other = ([each.fingerprint for each in run.findings] for run in runs)
    assert one == other
    assert len(set(one)) == len(expected)


@pytest.mark.parametrize("compression", ["gzip", "zstd", "zstd:chunked", "uncompressed"])
def test_oci_folder(box: Any, expected: Findings, compression: str) -> None:
    folder = f"{box.path}/layout-{compression.replace(':', '-')}"
    place = f"oci:{folder}:demo"
    how = {
        "uncompressed": ["--dest-decompress"],
    }.get(compression, ["--dest-compress-format", compression, "--dest-compress"])
    box.run("skopeo", "copy", "-q", *how, f"containers-storage:{NAME}", place)
    assert box.findings(folder) == expected
    assert box.findings(place) == expected


def test_a_dir(box: Any, expected: Findings) -> None:
    box.run("podman", "save", "-q", "--format", "docker-dir", "-o", "demo-dir", NAME)
    box.run("skopeo", "copy", "-q", f"containers-storage:{NAME}", f"dir:{box.path}/copied-dir")
    for folder in ("demo-dir", "copied-dir"):
        assert box.findings(str(box.path / folder)) == expected
        assert box.findings(f"dir:{box.path}/{folder}") == expected


def test_an_oci_dir_by_podman(box: Any, expected: Findings) -> None:
    box.run("podman", "save", "-q", "--format", "oci-dir", "-o", "demo-oci-dir", NAME)
    assert box.findings(str(box.path / "demo-oci-dir")) == expected


def test_several_images_in_one_archive(box: Any, expected: Findings) -> None:
    box.run("podman", "save", "-q", "-m", "-o", "several.tar", NAME, "localhost/base:1")
    run = box.dunnage(str(box.path / "several.tar"))
    assert run.problems == []
    assert any("2 images" in note for note in run.notes)
    known = {each["rule"] for each in expected}
    assert known == {each.rule for each in run.findings}


def test_an_exported_container_is_one_layer(box: Any, expected: Findings) -> None:
    made = box.run("podman", "create", NAME)
    box.run("podman", "export", "-o", "exported.tar", made)
    box.run("podman", "rm", made)
    run = box.dunnage(str(box.path / "exported.tar"))
    assert (run.artifacts[0].kind, run.problems) == ("layer", [])
    paths = {each.path for each in run.findings}
    assert "app/cli.js.map" in paths
    assert "app/.npmrc" not in paths  # deleted: it is in the image, and not in the container


def test_a_docker_archive_by_skopeo_and_gzipped(box: Any, expected: Findings) -> None:
    packed = box.path / "demo.tar.gz"
    packed.write_bytes(gzip.compress((box.path / "demo.tar").read_bytes(), 1, mtime=0))
    assert [each["rule"] for each in box.findings(str(packed))] == [
        each["rule"] for each in expected
    ]


def test_standard_input(box: Any, expected: Findings, dunnage_command: str) -> None:
    save = (
        f"podman save -q --format docker-archive {NAME} | {dunnage_command} check - --format json"
    )
    done = subprocess.run(
        ["/bin/sh", "-c", save],
        env=box.env,
        cwd=box.path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert [each["rule"] for each in report["findings"]] == [each["rule"] for each in expected]


def test_the_engine(box: Any, expected: Findings, engine: str) -> None:
    env = {**box.env, "DOCKER_HOST": engine}
    assert box.findings(f"docker-daemon:{NAME}", env=env) == expected
    assert box.findings(NAME, env=env) == expected


def test_an_engine_without_the_image(box: Any, engine: str) -> None:
    env = {**box.env, "DOCKER_HOST": engine}
    with pytest.raises(TargetError, match="no such image"):
        box.dunnage("docker-daemon:localhost/nobody:1", env=env)


def test_the_base_by_its_name(box: Any, expected: Findings, engine: str, registry: str) -> None:
    env = {**box.env, "DOCKER_HOST": engine}
    box.run(
        "skopeo",
        "copy",
        "-q",
        "--dest-tls-verify=false",
        "containers-storage:localhost/base:1",
        f"docker://{registry}/base:1",
    )
    bases = ("localhost/base:1", f"docker://{registry}/base:1", "containers-storage:base:1", "1")
    for base in bases:
        run = box.dunnage(str(box.path / "demo.tar"), base=base, env=env)
        assert any(f"layers 0 to 0 are the base image's, by --base {base}" in n for n in run.notes)
    run = box.dunnage(str(box.path / "demo.tar"), base="localhost/nobody:1", env=env)
    assert any("does not have it" in note for note in run.notes)
    run = box.dunnage(str(box.path / "demo.tar"), base=NAME + "-other", env=env)
    assert any("is not to be found" in note for note in run.notes)


def test_the_base_by_the_annotations(box: Any, engine: str, registry: str) -> None:
    push = ("skopeo", "copy", "-q", "--dest-tls-verify=false")
    base = f"{registry}/team/annotated:1"
    box.run(*push, "containers-storage:localhost/base:1", f"docker://{base}")
    box.run("skopeo", "copy", "-q", f"containers-storage:{NAME}", "oci:based:1")
    _annotate(box.path / "based", base)
    box.run(*push, "oci:based:1", f"docker://{registry}/team/based:1")
    said = "layers 0 to 0 are the base image's, by org.opencontainers.image.base.name"
    run = box.dunnage(f"docker://{registry}/team/based:1")
    assert any(said in note for note in run.notes)
    # Of a local form of it nobody but this machine is asked.
    local, env = str(box.path / "based"), {**box.env, "DOCKER_HOST": engine}
    assert not any("base image's" in note for note in box.dunnage(local, env=env).notes)
    box.run("podman", "tag", "localhost/base:1", base)
    assert any(said in note for note in box.dunnage(local, env=env).notes)
    assert any(said in note for note in box.dunnage(local).notes)


def _annotate(layout: Path, base: str) -> None:
    """Name the base of a layout's image by nothing but an annotation: no history is left."""
    index = json.loads((layout / "index.json").read_text())
    manifest = json.loads(_blob(layout, index["manifests"][0]).read_bytes())
    config = json.loads(_blob(layout, manifest["config"]).read_bytes())
    del config["history"]
    manifest["config"] |= _stored(layout, config)
    manifest["annotations"] = {"org.opencontainers.image.base.name": base}
    index["manifests"][0] |= _stored(layout, manifest)
    (layout / "index.json").write_text(json.dumps(index))


def _stored(layout: Path, document: object) -> dict[str, object]:
    data = json.dumps(document).encode()
    digest = hashlib.sha256(data).hexdigest()
    (layout / "blobs/sha256" / digest).write_bytes(data)
    return {"digest": f"sha256:{digest}", "size": len(data)}


def _blob(layout: Path, descriptor: Any) -> Path:
    return layout / "blobs" / str(descriptor["digest"]).replace(":", "/")


def test_podmans_storage(box: Any, expected: Findings) -> None:
    assert box.findings(f"containers-storage:{NAME}") == expected
    with pytest.raises(TargetError, match="nobody"):
        box.dunnage("containers-storage:localhost/nobody:1")


@pytest.mark.parametrize("tool", ["skopeo", "buildah"])
def test_podmans_storage_by_another_tool(box: Any, expected: Findings, tool: str) -> None:
    there = Path(box.path) / f"only-{tool}"
    there.mkdir()
    for name in {tool, "newuidmap", "newgidmap"}:
        if found := shutil.which(name):
            (there / name).symlink_to(found)
    env = {**box.env, "PATH": str(there)}
    assert box.findings(f"containers-storage:{NAME}", env=env) == expected
    with pytest.raises(TargetError, match="nobody"):
        box.dunnage("containers-storage:localhost/nobody:1", env=env)
    known = box.run("podman", "image", "inspect", "--format", "{{.Id}}", NAME)
    assert box.findings(f"containers-storage:{NAME}@{known}", env=env) == expected
    run = box.dunnage(
        str(box.path / "demo.tar"), base="containers-storage:localhost/base:1", env=env
    )
    assert any("layers 0 to 0 are the base image's" in note for note in run.notes)


def test_podmans_storage_by_its_id_and_its_place(box: Any, expected: Findings) -> None:
    known = box.run("podman", "image", "inspect", "--format", "{{.Id}}", NAME)
    elsewhere = f"[vfs@{box.path}/store+{box.path}/run]"
    for reference in (known, known[:12], f"{NAME}@{known}", f"@{known}", f"{elsewhere}{NAME}"):
        assert box.findings(f"containers-storage:{reference}") == expected


def test_a_bare_name_falls_back_to_podmans_storage(box: Any, expected: Findings) -> None:
    assert box.findings(NAME) == expected


def test_a_registry(box: Any, expected: Findings, registry: str) -> None:
    target = f"docker://{registry}/team/demo:1"
    box.run("skopeo", "copy", "-q", "--dest-tls-verify=false", f"containers-storage:{NAME}", target)
    assert box.findings(target) == expected


def test_a_registry_that_wants_a_login(box: Any, expected: Findings, closed_registry: str) -> None:
    target = f"docker://{closed_registry}/team/demo:1"
    box.run(
        "skopeo", "copy", "-q", "--dest-tls-verify=false", "--dest-creds", "joe:stowage",
        f"containers-storage:{NAME}", target,
    )  # fmt: skip
    with pytest.raises(TargetError, match="docker login"):
        box.dunnage(target)
    folder = box.path / "login"
    folder.mkdir(exist_ok=True)
    _login(folder, closed_registry, "joe:wrong")
    with pytest.raises(TargetError, match="the login is refused"):
        box.dunnage(target, env={**box.env, "DOCKER_CONFIG": str(folder)})
    _login(folder, closed_registry, "joe:stowage")
    assert box.findings(target, env={**box.env, "DOCKER_CONFIG": str(folder)}) == expected


def _login(folder: Any, host: str, pair: str) -> None:
    entry = {host: {"auth": base64.b64encode(pair.encode()).decode()}}
    (folder / "config.json").write_text(json.dumps({"auths": entry}))


def test_a_registry_without_the_image(box: Any, registry: str) -> None:
    with pytest.raises(TargetError, match="no such image"):
        box.dunnage(f"docker://{registry}/team/nobody:1")


def test_several_platforms(box: Any, expected: Findings, registry: str) -> None:
    box.run("buildah", "manifest", "create", "localhost/multi:1", check=False)
    box.run("buildah", "manifest", "add", "--arch", "amd64", "localhost/multi:1", NAME)
    box.run(
        "buildah", "manifest", "add", "--arch", "arm64", "localhost/multi:1", "localhost/full:1"
    )
    target = f"docker://{registry}/team/multi:1"
    box.run(
        "buildah", "manifest", "push", "--all", "--tls-verify=false", "localhost/multi:1", target
    )
    run = box.dunnage(target)
    assert run.problems == []
    assert any("2 images" in note for note in run.notes)
    # The second image's layers are among the first one's: each is looked at once.
    found = [(each.rule, each.path) for each in run.findings if each.layer]
    assert len(found) == len(set(found))
    with pytest.raises(TargetError, match="linux/amd64"):
        box.dunnage(target, platform="linux/s390x")
    run = box.dunnage(target, platform="linux/x86_64")
    assert run.problems == []
    assert "image/secret-in-env" in {each.rule for each in run.findings}
    assert any("linux/arm64 was not asked for" in note for note in run.notes)
