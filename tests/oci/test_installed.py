"""Packages installed in a layer are judged by their own manifests."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from dunnage import Finding, Rule
from dunnage.testing import (
    bundled,
    crate,
    docker_archive,
    layer,
    lint,
    npm_tarball,
    sdist,
    tar_archive,
)

MAP = json.dumps(
    {
        "version": 3,
        "sources": ["../src/a.ts"],
        "sourcesContent": ["export const a = 1;\n" * 20],
        "names": [],
        "mappings": "AAAA",
    }
)


@cache
def chosen() -> list[Rule]:
    names = ("debug/source-map", "leftover/tool-cache", "leftover/build-folder")
    return [each for each in bundled().rules if each.id in names]


def found(files: dict[str, str]) -> list[Finding]:
    run = lint(tar_archive(docker_archive([layer(files)])), chosen())
    assert run.problems == []
    return list(run.findings)


def manifest(**more: object) -> str:
    return json.dumps({"name": "demo", "version": "1.0.0", **more})


@pytest.mark.parametrize(
    "modules",
    ["node_modules/", "app/node_modules/", "usr/share/nodejs/", "a/node_modules/b/node_modules/"],
)
@pytest.mark.parametrize("name", ["demo", "@acme/demo"])
def test_a_map_of_an_open_npm_package_is_a_note(modules: str, name: str) -> None:
    folder = modules + name
    files = {f"{folder}/package.json": manifest(license="MIT"), f"{folder}/dist/a.js.map": MAP}
    # A package.json further in is of no package of its own.
    files[f"{folder}/dist/package.json"] = '{"type": "module"}'
    [hit] = found(files)
    assert hit.severity.label == "note"
    assert "open" in hit.message


def test_one_of_a_closed_npm_package_is_a_warning_that_names_it() -> None:
    folder = "app/node_modules/@acme/demo"
    files = {f"{folder}/package.json": manifest(private=True), f"{folder}/a.js.map": MAP}
    [hit] = found({**files, f"{folder}/b.js.map": MAP})
    assert hit.severity.label == "warning"
    assert "demo 1.0.0, which is not open source (private)" in hit.message
    assert hit.places == 2


def test_many_open_packages_are_one_note() -> None:
    files = {}
    for i in range(5):
        files[f"node_modules/p{i}/package.json"] = manifest(license="MIT" if i % 2 else "ISC")
        files[f"node_modules/p{i}/a.js.map"] = MAP
    [hit] = found(files)
    assert hit.places == 5


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"license": 7, "name": []}'])
def test_a_manifest_that_tells_nothing_makes_it_closed(broken: str) -> None:
    files = {"node_modules/x/package.json": broken, "node_modules/x/a.js.map": MAP}
    [hit] = found(files)
    assert hit.severity.label == "warning"


@pytest.mark.parametrize(
    ("classifier", "level"),
    [("License :: OSI Approved :: MIT License", "note"), ("Private :: Do Not Upload", "warning")],
)
def test_a_distribution_is_known_by_its_record(classifier: str, level: str) -> None:
    site = "usr/lib/python3/dist-packages/"
    info = f"{site}apache_demo-1.0.dist-info/"
    other = f"{site}other-1.0.dist-info/"
    [hit] = found(
        {
            f"{other}METADATA": "Name: other\nClassifier: Private :: x\n",
            f"{other}RECORD": "other/__init__.py,,\n",
            f"{info}METADATA": f"Name: apache-demo\nVersion: 1.0\nClassifier: {classifier}\n",
            f"{info}RECORD": "demo/__init__.py,,\ndemo/static/a.js.map,,\n",
            f"{site}demo/static/a.js.map": MAP,
        }
    )
    assert hit.severity.label == level


CRATE = '[package]\nname = "demo"\nversion = "1.0.0"\n'


@pytest.mark.parametrize(
    "folder",
    [
        "root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/demo-1.0.0",
        "usr/local/cargo/git/checkouts/demo-0123456789abcdef/1a2b3c4",
        "app/vendor/demo",
        "usr/share/cargo/registry/demo-1.0.0",
    ],
)
@pytest.mark.parametrize(
    ("more", "level", "words"),
    [
        ('license = "MIT OR Apache-2.0"\n', "note", "open"),
        ('license = "MIT"\npublish = false\n', "warning", "demo 1.0.0, which is not open"),
        ('license = "MIT"\npublish = ["acme"]\n', "warning", "(private)"),
        ('license = "LicenseRef-Acme-Proprietary"\n', "warning", "(licence LicenseRef-Acme"),
    ],
)
def test_a_crate_that_lies_unpacked(folder: str, more: str, level: str, words: str) -> None:
    files = {f"{folder}/Cargo.toml": CRATE + more, f"{folder}/src/assets/a.js.map": MAP}
    [hit] = found(files)
    assert hit.severity.label == level
    assert words in hit.message


def test_ones_own_files_stay_a_warning() -> None:
    [hit] = found({"app/package.json": manifest(license="MIT"), "app/dist/a.js.map": MAP})
    assert hit.severity.label == "warning"
    assert hit.message == "source map with 1 source file embedded (420 B, under ../src)"


@pytest.mark.parametrize(
    "more", [{"private": True}, {"license": "UNLICENSED"}, {"private": True, "license": "MIT"}]
)
def test_ones_own_closed_program_is_an_error(more: dict[str, object]) -> None:
    files = {"etc/x": "1", "app/package.json": manifest(**more), "app/web/dist/a.js.map": MAP}
    [hit] = found({**files, "app/web/package.json": '{"type": "module"}'})
    assert hit.severity.label == "error"
    assert "of demo 1.0.0, which is not open source (" in hit.message
    # What is there anyway, nobody learns from a map.
    [hit] = found({**files, "app/web/src/a.ts": "export const a = 1;"})
    assert hit.severity.label == "warning"


def test_a_manifest_that_says_nothing_of_it_makes_no_program_closed() -> None:
    [hit] = found({"app/package.json": manifest(), "app/dist/a.js.map": MAP})
    assert hit.severity.label == "warning"


def test_an_npm_tarball_is_judged_by_its_own_manifest() -> None:
    files = {"package.json": '{"name": "demo", "license": "MIT"}', "dist/a.js.map": MAP}
    for root in ("package/", "demo/"):
        run = lint(npm_tarball({**files, "src/a.ts": "x"}, root=root), chosen())
        assert [each.severity.label for each in run.findings] == ["note"]


@pytest.mark.parametrize("build", [sdist, crate])
def test_a_manifest_inside_a_package_of_another_kind_does_not_speak_for_it(build: Any) -> None:
    files = {"web/package.json": manifest(private=True), "web/dist/a.js.map": MAP}
    [hit] = lint(build({**files, "web/src/a.ts": "x"}), chosen()).findings
    assert hit.severity.label == "note"


def test_build_folders_and_caches_in_an_image() -> None:
    files = {"app/.next/cache/x": "1", "app/target/release/deps/x.rlib": "1"}
    assert {each.rule for each in found(files)} == {"leftover/tool-cache", "leftover/build-folder"}
