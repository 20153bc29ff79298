from __future__ import annotations

import pytest

from dunnage_oci.platforms import fits, platforms


@pytest.mark.parametrize(
    ("there", "wanted", "fine"),
    [
        ("linux/amd64", "linux/amd64", True),
        ("linux/amd64", "Linux/x86_64", True),
        ("linux/arm64", "linux/aarch64", True),
        ("linux/arm64/v8", "linux/arm64", True),
        ("linux/arm64", "linux/arm64/v8", True),
        ("linux/arm/v7", "linux/arm", True),
        ("linux/arm/v7", "linux/armhf", True),
        ("linux/arm/v6", "linux/arm/v7", False),
        ("linux/arm64", "linux/arm", False),
        ("windows/amd64", "linux/amd64", False),
        ("linux/amd64", "linux", True),
    ],
)
def test_which_platform_is_meant(there: str, wanted: str, fine: bool) -> None:
    assert fits(there, wanted) is fine


def test_the_platforms_of_an_index() -> None:
    known = {"os": "linux", "architecture": "arm", "variant": "v7"}
    other = {"os": "unknown", "architecture": "unknown"}
    entries = [{"platform": known}, {"platform": other}, {}, None]
    assert platforms({"manifests": entries}) == ["linux/arm/v7"]
