from __future__ import annotations

import pytest

from dunnage import TargetError
from dunnage_oci.reference import is_digest, is_explicit, parse

SHA = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "whole", "short"),
    [
        ("nginx", "docker.io/library/nginx:latest", "nginx:latest"),
        ("nginx:1.27", "docker.io/library/nginx:1.27", "nginx:1.27"),
        ("me/app", "docker.io/me/app:latest", "me/app:latest"),
        ("docker.io/nginx", "docker.io/library/nginx:latest", "nginx:latest"),
        ("index.docker.io/me/app:1", "docker.io/me/app:1", "me/app:1"),
        ("localhost/app:1", "localhost/app:1", "localhost/app:1"),
        ("localhost:5000/a/b:1", "localhost:5000/a/b:1", "localhost:5000/a/b:1"),
        ("registry.acme.test/a", "registry.acme.test/a:latest", "registry.acme.test/a:latest"),
        ("[::1]:5000/a:1", "[::1]:5000/a:1", "[::1]:5000/a:1"),
        (f"app@{SHA}", f"docker.io/library/app@{SHA}", f"app@{SHA}"),
        (f"app:1@{SHA}", f"docker.io/library/app:1@{SHA}", f"app:1@{SHA}"),
        ("a__b/c--d.e", "docker.io/a__b/c--d.e:latest", "a__b/c--d.e:latest"),
    ],
)
def test_a_reference_is_filled_in_as_docker_does(text: str, whole: str, short: str) -> None:
    found = parse(text)
    assert str(found) == whole
    assert found.familiar == short


@pytest.mark.parametrize(
    "text",
    [
        "",
        "App:1",
        "a//b",
        "a:",
        "a:b:c",
        "-a",
        "a@sha256:abc",
        f"a@md5:{'a' * 32}",
        "a b",
        "../a:1",
        "a/" * 200 + "b",
    ],
)
def test_what_is_no_reference_is_told_in_one_line(text: str) -> None:
    with pytest.raises(TargetError) as raised:
        parse(text)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["app:1", "me/app:latest", f"app@{SHA}", "localhost:5000/a:1"])
def test_a_bare_target_is_an_image_when_it_says_a_tag(text: str) -> None:
    assert is_explicit(text)


@pytest.mark.parametrize(
    "text", ["dist/x.whl", "app", "pkg:npm/left-pad@1.0.0", "C:\\x\\y", "https://a.test/b", "a*b:1"]
)
def test_what_may_be_a_path_or_a_url_is_none(text: str) -> None:
    assert not is_explicit(text)


def test_digests_have_the_length_of_their_algorithm() -> None:
    assert is_digest("sha512:" + "0" * 128)
    assert not is_digest("sha512:" + "0" * 64)
    assert not is_digest("sha256:" + "A" * 64)
    assert not is_digest(None)
