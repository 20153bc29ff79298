"""The builders make what the ecosystems' readers read, the same each time."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import tarfile
import zipfile

import pytest

from dunnage import testing

FILES = {"a.txt": "é", "lib/": b"", "lib/b.bin": b"\x00" * 100_000}


@pytest.mark.parametrize("compression", ["none", "gzip", "gzip-members", "xz", "bzip2"])
def test_tars_hold_what_was_packed(compression: str) -> None:
    data = testing.tar_archive(FILES, compression)
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert tar.getnames() == ["a.txt", "lib", "lib/b.bin"]
        member = tar.extractfile("a.txt")
        assert member is not None
        assert member.read() == "é".encode()


def test_zstd_is_a_zstd_frame() -> None:
    assert testing.tar_archive(FILES, "zstd")[:4] == b"\x28\xb5\x2f\xfd"


def test_an_unknown_compression_is_refused() -> None:
    with pytest.raises(ValueError, match="'lzip' is not one of none, gzip"):
        testing.compress(b"", "lzip")


def test_tars_hold_links_modes_and_duplicates() -> None:
    pairs = [
        ("tool", testing.Member(b"#!", mode=0o4755)),
        ("link", testing.symlink("../tool")),
        ("hard", testing.hardlink("tool")),
        ("tool", b"again"),
    ]
    with tarfile.open(fileobj=io.BytesIO(testing.tar_archive(pairs))) as tar:
        found = [(each.name, each.mode, each.linkname, each.type) for each in tar]
    assert found == [
        ("tool", 0o4755, "", tarfile.REGTYPE),
        ("link", 0o777, "../tool", tarfile.SYMTYPE),
        ("hard", 0o644, "tool", tarfile.LNKTYPE),
        ("tool", 0o644, "", tarfile.REGTYPE),
    ]


def test_zips_hold_what_was_packed() -> None:
    with zipfile.ZipFile(io.BytesIO(testing.zip_archive(FILES))) as archive:
        assert archive.namelist() == ["a.txt", "lib/", "lib/b.bin"]
        assert archive.read("lib/b.bin") == b"\x00" * 100_000
        assert archive.getinfo("a.txt").compress_type == zipfile.ZIP_DEFLATED


def test_stored_zips_keep_the_bytes_as_they_are() -> None:
    assert b"\x00" * 100_000 in testing.zip_archive(FILES, stored=True)


def test_npm_tarballs_have_a_manifest_under_package() -> None:
    data = testing.npm_tarball({"index.js": ""}, {"version": "2.0.0", "private": True})
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert tar.getnames() == ["package/package.json", "package/index.js"]
        member = tar.extractfile("package/package.json")
        assert member is not None
        manifest = json.load(member)
    assert manifest == {"name": "demo", "version": "2.0.0", "license": "MIT", "private": True}


def test_wheels_have_a_record_that_is_right() -> None:
    data = testing.wheel({"demo/__init__.py": "x = 1\n"}, "Demo-Pkg", "1.2")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = "demo_pkg-1.2.dist-info"
        rows = list(csv.reader(archive.read(f"{info}/RECORD").decode().splitlines()))
        assert [row[0] for row in rows] == archive.namelist()
        assert rows[-1] == [f"{info}/RECORD", "", ""]
        for path, digest, size in rows[:-1]:
            content = archive.read(path)
            right = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
            assert (digest, int(size)) == (f"sha256={right}", len(content))


def test_what_is_given_takes_the_place_of_what_is_built() -> None:
    data = testing.wheel({"demo-1.0.0.dist-info/METADATA": "Name: other\n"}, record="")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.read("demo-1.0.0.dist-info/METADATA") == b"Name: other\n"
        assert archive.read("demo-1.0.0.dist-info/RECORD") == b""


def test_sdists_and_crates_have_one_top_folder() -> None:
    for data in (testing.sdist({"a": ""}, "x", "1"), testing.crate({"a": ""}, "x", "1")):
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            assert {name.split("/")[0] for name in tar.getnames()} == {"x-1"}


def test_oci_layouts_refer_to_their_blobs_by_digest() -> None:
    files = testing.oci_layout([testing.layer({"etc/passwd": ""})], config={"Env": ["A=1"]})
    manifest = _blob(files, json.loads(files["index.json"])["manifests"][0])
    config = _blob(files, json.loads(manifest)["config"])
    layer = _blob(files, json.loads(manifest)["layers"][0])
    assert json.loads(config)["config"] == {"Env": ["A=1"]}
    with tarfile.open(fileobj=io.BytesIO(layer), mode="r:gz") as tar:
        assert tar.getnames() == ["etc/passwd"]


@pytest.mark.parametrize("legacy", [False, True])
def test_docker_archives_name_their_layers(legacy: bool) -> None:
    layers = [testing.layer({"a": "1"}), testing.layer({".wh.a": ""})]
    files = testing.docker_archive(layers, legacy=legacy)
    [image] = json.loads(files["manifest.json"])
    assert [files[name] for name in image["Layers"]] == layers
    assert image["Config"] in files
    assert all(name.endswith("/layer.tar") for name in image["Layers"]) is legacy


@pytest.mark.parametrize(
    "build", [testing.npm_tarball, testing.wheel, testing.sdist, testing.crate]
)
def test_the_same_call_gives_the_same_bytes(build: object) -> None:
    assert callable(build)
    assert build(FILES) == build(FILES)


def _blob(files: dict[str, bytes], descriptor: dict[str, str]) -> bytes:
    data = files["blobs/" + descriptor["digest"].replace(":", "/")]
    assert testing.digest(data) == descriptor["digest"]
    return data
