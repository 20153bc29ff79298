"""Platforms, ``os/architecture[/variant]``, as indexes and people name them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from dunnage_oci.document import items, mapping, text

UNKNOWN = "unknown/unknown"
_USUAL = MappingProxyType(
    {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "armhf": "arm/v7"}
)


def usual(platform: str) -> str:
    """A platform as indexes name it: Docker takes ``linux/aarch64`` and ``linux/arm64/v8`` for
    ``linux/arm64`` (containerd's platforms package)."""
    os_, _, rest = platform.strip("/").lower().partition("/")
    architecture, _, variant = rest.partition("/")
    architecture, _, usual_variant = _USUAL.get(architecture, architecture).partition("/")
    variant = variant or usual_variant
    if (architecture, variant) == ("arm64", "v8"):
        variant = ""
    return "/".join(part for part in (os_, architecture, variant) if part)


def fits(there: str, wanted: str) -> bool:
    """Whether a platform is the one that is wanted; any variant is, where none is said."""
    return f"{usual(there)}/".startswith(f"{usual(wanted)}/")


def platforms(document: Mapping[str, Any]) -> list[str]:
    """The platforms of an index, attestations left out."""
    found = []
    for descriptor in items(document.get("manifests")):
        given = mapping(mapping(descriptor).get("platform"))
        parts = [text(given.get(key)) for key in ("os", "architecture", "variant")]
        if given and parts[0] != "unknown":
            found.append("/".join(part for part in parts if part))
    return found


def platform_of(value: Mapping[str, Any]) -> str:
    """``os/architecture[/variant]`` of a configuration or a descriptor's platform."""
    parts = [text(value.get("os")) or "unknown", text(value.get("architecture")) or "unknown"]
    variant = text(value.get("variant"))
    return "/".join([*parts, variant] if variant else parts)
