from __future__ import annotations

import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from dunnage import Listing, TargetError
from dunnage_oci import base, baseimage, engine
from dunnage_oci.adapter import OciAdapter
from dunnage_oci.bases import MOST, Bases
from dunnage_oci.blobs import Blob
from dunnage_oci.history import Step, step
from dunnage_oci.image import Image


def image(*diff_ids: str, tags: tuple[str, ...] = (), **annotations: str) -> Image:
    layers = tuple(Blob(f"l{i}", f"l{i}", f"sha256:{'b' * 63}{i}") for i in range(len(diff_ids)))
    config = {"rootfs": {"diff_ids": list(diff_ids)}}
    return Image(tags, "linux/amd64", None, config, Blob("c", "c"), layers, annotations)


def history(*lines: str) -> list[Step]:
    """Lines of a Containerfile; a leading ``-`` says that the step made no layer."""
    return [
        step({"created_by": line.lstrip("-"), "empty_layer": line.startswith("-")})
        for line in lines
    ]


BLOB = "sha256:" + "b" * 63 + "2"
A, B, C = ("sha256:" + letter * 64 for letter in "abc")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("0", 0),
        ("2", 2),
        (A, 1),
        (B, 2),
        ("sha256:" + "b" * 63 + "2", 3),
        ("debian:12", 2),
    ],
)
def test_what_the_user_says(wanted: str, expected: int) -> None:
    beside = image(A, B, tags=("debian:12",))
    found = base.find(image(A, B, C), [], wanted, [beside])
    assert found.layers == expected


def test_more_layers_than_there_are_hide_nothing() -> None:
    found = base.find(image(A, B, C), [], "9", [])
    assert found.layers is None
    assert found.how == "--base 9 is more layers than this image has (3)"


def test_an_image_that_is_not_the_base_is_told() -> None:
    beside = image(B, A, tags=("debian:12",))
    found = base.find(image(A, B, C), [], "debian:12", [beside])
    assert found.layers is None
    assert "no base" in found.how


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["ADD root", "-CMD bash", "RUN a", "COPY b"], 1),
        (["ADD root", "-CMD bash", "RUN python", "-CMD python3", "COPY b", "-CMD app"], 2),
        (["ADD root", "RUN a", "-ENTRYPOINT x"], None),
        (["ADD root", "-ENTRYPOINT x", "-USER u", "RUN a", "COPY b"], 1),
        (["-CMD bash", "RUN a"], None),
        (["RUN a"], None),
        ([], None),
    ],
)
def test_the_seam_in_a_history(lines: list[str], expected: int | None) -> None:
    count = sum(not line.startswith("-") for line in lines)
    own = image(*(f"sha256:{i:064d}" for i in range(count)))
    assert base.find(own, history(*lines), None, []).layers == expected


def test_a_history_that_does_not_fit_tells_nothing() -> None:
    found = base.find(image(A, B), history("ADD root", "-CMD bash", "RUN a", "RUN b"), None, [])
    assert found.layers is None


def test_buildahs_comment() -> None:
    steps = [
        step({"created_by": "COPY root"}),
        step({"created_by": "COPY a", "comment": "FROM docker.io/library/debian:12"}),
        step({"created_by": "COPY b", "comment": "FROM 0123456789ab"}),
    ]
    assert base.find(image(A, B, C), steps, None, []).layers == 1


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ("debian", "no image with a tag"),
        (
            "nobody:1",
            "no engine listens there; podman's storage: none of podman, skopeo and buildah",
        ),
        (A, "no engine listens there; podman's storage: none of podman, skopeo and buildah"),
        ("docker-daemon:nobody:1", "no engine listens there$"),
        ("containers-storage:nobody:1", "none of podman, skopeo and buildah"),
        ("docker://127.0.0.1:9/a:1", "127.0.0.1:9"),
        ("::", "no image"),
        ("", "no image"),
    ],
)
def test_a_base_that_is_not_to_be_found_is_told(wanted: str, why: str, tmp_path: Path) -> None:
    env = {
        "HOME": str(tmp_path),
        "DOCKER_HOST": f"unix://{tmp_path}/no.sock",
        "PATH": str(tmp_path),
    }
    with pytest.raises(TargetError, match=why):
        baseimage.diff_ids(wanted, "linux/amd64", {"env": env})


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("podman", '[{"RootFS": {"Type": "layers", "Layers": ["A", "B"]}}]'),
        ("skopeo", '{"rootfs": {"type": "layers", "diff_ids": ["A", "B"]}}'),
    ],
)
def test_the_base_in_podmans_storage(name: str, answer: str, tmp_path: Path) -> None:
    tool = tmp_path / name
    tool.write_text(
        f"#!/bin/sh\necho '{answer}'\n".replace('"A"', f'"{A}"').replace('"B"', f'"{B}"')
    )
    tool.chmod(0o755)
    env = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    for wanted in ("containers-storage:base:1", "base:1"):
        assert baseimage.diff_ids(wanted, "linux/amd64", {"env": env}) == [A, B]


HOME = "registry.acme.test"


@pytest.mark.parametrize(
    ("name", "registry", "asked"),
    [
        (f"{HOME}/base:1", HOME, [f"docker://{HOME}/base@{A}"]),
        ("docker.io/library/debian:12", HOME, [f"docker://docker.io/library/debian@{A}"]),
        ("elsewhere.test/base:1", HOME, []),
        ("127.0.0.1:80/base", HOME, []),
        ("", HOME, []),
        ("docker.io/library/debian:12", None, [f"docker.io/library/debian@{A}", "debian:12"]),
        ("elsewhere.test/base:1", None, [f"elsewhere.test/base@{A}", "elsewhere.test/base:1"]),
        ("", None, [A]),
        ("No Name", None, [A]),
    ],
)
def test_who_is_asked_for_an_annotated_base(
    name: str, registry: str | None, asked: list[str]
) -> None:
    assert list(baseimage.possible(name, A, registry)) == asked


def based(number: int, name: str = "acme/base", platform: str = "linux/amd64") -> Image:
    digest = f"sha256:{number:064x}"
    own = image(A, B, C, **{base.BASE_NAME: f"{name}:{number}", base.BASE_DIGEST: digest})
    return replace(own, platform=platform)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is looked up outside of the archive; the fourth base is there."""
    wanted: list[str] = []

    def diff_ids(reference: str, *_: object, near: bool = False) -> list[str]:
        wanted.append(reference)
        if reference == "acme/base:4":
            return [A, B]
        raise TargetError("not there")

    monkeypatch.setattr(baseimage, "diff_ids", diff_ids)
    return wanted


def test_few_bases_are_looked_up_and_the_rest_is_told(asked: list[str]) -> None:
    images = [based(number) for number in range(40)]
    bases = Bases(images, Listing("tar", {}, {}), {})
    found = [bases.of(each).layers for each in images]
    assert [number for number, layers in enumerate(found) if layers == 2] == [4]
    assert len(asked) == 2 * MOST
    assert list(bases.notes()) == [
        "the base of 32 more images was not looked up: no more than 8 bases are, for one archive"
    ]


def test_looking_up_ends_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    never, wanted = threading.Event(), []

    def diff_ids(reference: str, *_: object, near: bool = False) -> list[str]:
        wanted.append(reference)
        never.wait(20)
        return [A]

    monkeypatch.setattr(baseimage, "diff_ids", diff_ids)
    for options in ({"seconds": 0.01}, {"seconds": 0.01, "base": "docker://nobody.test/a:1"}):
        wanted.clear()
        bases = Bases([], Listing("tar", {}, {}), options)
        found = [bases.of(based(number)) for number in range(5)]
        assert [one.layers for one in found] == [None] * 5
        assert len(wanted) == 1
        assert "set with --limit seconds=N" in bases.notes()[0]
    assert "takes too long" in str(found[0])
    never.set()


def test_the_same_base_is_looked_up_once(asked: list[str]) -> None:
    images = [based(4) for _ in range(40)]
    bases = Bases(images, Listing("tar", {}, {}), {})
    assert {bases.of(each).layers for each in images} == {2}
    assert len(asked) == len(set(asked)) == 2
    assert not bases.notes()


def test_the_base_that_the_user_names_is_looked_up_once_a_platform(asked: list[str]) -> None:
    images = [replace(image(A, B), platform=f"linux/p{number % 20}") for number in range(200)]
    bases = Bases(images, Listing("tar", {}, {}), {"base": "docker://nobody.test/a:1"})
    assert {bases.of(each).layers for each in images} == {None}
    assert len(asked) == MOST
    assert "120 more images" in bases.notes()[0]


def test_a_local_image_asks_nobody_over_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def layers(one: engine.Engine, reference: str) -> list[str]:
        seen.append(one.url)
        return [A]

    monkeypatch.setattr(engine, "layers", layers)
    podman = tmp_path / "podman"
    podman.write_text('#!/bin/sh\necho "podman $CONTAINER_HOST$CONTAINER_CONNECTION" >> "$SEEN"\n')
    podman.chmod(0o755)
    (tmp_path / "seen").touch()
    env = {
        "HOME": str(tmp_path),
        "PATH": f"{tmp_path}:/bin:/usr/bin",
        "SEEN": str(tmp_path / "seen"),
        "CONTAINER_HOST": "ssh://elsewhere.test",
        "CONTAINER_CONNECTION": "elsewhere",
    }
    for host in ("tcp://127.0.0.1:2375", "unix:///run/it.sock", "ssh://elsewhere.test"):
        options = {"env": {**env, "DOCKER_HOST": host}}
        Bases([], Listing("tar", {}, {}), options).of(based(1))
    assert seen == ["unix:///run/it.sock"]
    assert set((tmp_path / "seen").read_text().splitlines()) == {"podman "}
    named = {"env": {**env, "DOCKER_HOST": "tcp://127.0.0.1:2375"}, "base": "acme/base:1"}
    assert Bases([], Listing("tar", {}, {}), named).of(image(A, B)).layers == 1


def test_what_the_annotations_tell() -> None:
    told = {base.BASE_NAME: "debian:12", base.BASE_DIGEST: A}
    assert base.annotated(image(A, **told)) == ("debian:12", A)
    assert base.annotated(image(A, **{base.BASE_DIGEST: "nonsense"})) is None
    assert base.annotated(image(A)) is None


def test_the_look_of_a_history_is_a_guess() -> None:
    lines = history("ADD root", "-CMD bash", "RUN a", "COPY b")
    assert base.find(image(A, B, C), lines, None, []).guessed
    assert not base.find(image(A, B, C), lines, "1", []).guessed


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("linux/arm64", "--platform linux/arm64: no such image is here, but one for linux/amd64"),
        ("linux/am", "--platform linux/am: no such image is here, but one for linux/amd64"),
        ("linux/amd64", None),
        ("linux", None),
        ("all", None),
        (None, None),
    ],
)
def test_a_platform_that_is_not_there_is_told(wanted: str | None, said: str | None) -> None:
    adapter = OciAdapter({"platform": wanted})
    assert adapter._other_platforms([image(A)]) == said
