"""Builders of packages as the ecosystems' own tools make them: npm, PyPI, crates."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from dunnage.testing.archives import tar_archive, zip_archive
from dunnage.testing.members import Files, Member, beneath, members


def npm_tarball(
    files: Files = (), package: Mapping[str, Any] | None = None, *, root: str = "package/"
) -> bytes:
    """What ``npm pack`` makes: a gzipped tar under ``package/``, with a ``package.json``.

    ``package`` is merged over name ``demo``, version ``1.0.0`` and licence ``MIT``; a
    ``package.json`` among ``files`` takes its place.
    """
    manifest = {"name": "demo", "version": "1.0.0", "license": "MIT", **(package or {})}
    packed = beneath(root, files)
    if f"{root}package.json" not in dict(packed):
        packed.insert(0, (f"{root}package.json", Member(_json(manifest))))
    return tar_archive(packed, "gzip")


def wheel(
    files: Files = (),
    name: str = "demo",
    version: str = "1.0.0",
    *,
    tag: str = "py3-none-any",
    metadata: str = "License-Expression: MIT\n",
    record: str | None = None,
) -> bytes:
    """What ``python -m build --wheel`` makes, with a right RECORD.

    ``metadata`` are further header lines; ``record`` takes the place of the right one. A file of
    the ``.dist-info`` among ``files`` takes the place of the built one.
    """
    packed = list(members(files))
    info = f"{_normal(name)}-{version}.dist-info"
    given = dict(packed)
    built = {
        f"{info}/METADATA": _metadata(name, version, metadata),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: dunnage.testing\n"
        f"Root-Is-Purelib: {str(tag.endswith('-any')).lower()}\nTag: {tag}\n",
    }
    packed += [(path, Member(text.encode())) for path, text in built.items() if path not in given]
    if f"{info}/RECORD" not in given:
        lines = record if record is not None else _record(packed, f"{info}/RECORD")
        packed.append((f"{info}/RECORD", Member(lines.encode())))
    return zip_archive(packed)


def sdist(
    files: Files = (),
    name: str = "demo",
    version: str = "1.0.0",
    *,
    metadata: str = "License-Expression: MIT\n",
) -> bytes:
    """What ``python -m build --sdist`` makes: a gzipped tar under ``name-version/`` with a
    ``PKG-INFO`` and a ``pyproject.toml``."""
    root = f"{_normal(name)}-{version}/"
    packed = beneath(root, files)
    given = dict(packed)
    built = {
        f"{root}PKG-INFO": _metadata(name, version, metadata),
        f"{root}pyproject.toml": f'[project]\nname = "{name}"\nversion = "{version}"\n',
    }
    packed += [(path, Member(text.encode())) for path, text in built.items() if path not in given]
    return tar_archive(packed, "gzip")


def crate(
    files: Files = (),
    name: str = "demo",
    version: str = "1.0.0",
    *,
    licence: str | None = "MIT",
    dirty: bool = False,
) -> bytes:
    """What ``cargo package`` makes: a gzipped tar under ``name-version/`` with both manifests.

    ``dirty`` is what ``--allow-dirty`` leaves behind in ``.cargo_vcs_info.json``.
    """
    root = f"{name}-{version}/"
    manifest = f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n'
    manifest += f'license = "{licence}"\n' if licence else ""
    commit: dict[str, Any] = {"sha1": hashlib.sha1(name.encode()).hexdigest()}  # noqa: S324 - git's
    if dirty:
        commit["dirty"] = True
    packed = beneath(root, files)
    given = dict(packed)
    built = {
        f"{root}.cargo_vcs_info.json": _json({"git": commit, "path_in_vcs": ""}),
        f"{root}Cargo.toml": manifest.encode(),
        f"{root}Cargo.toml.orig": manifest.encode(),
    }
    packed = [(path, Member(data)) for path, data in built.items() if path not in given] + packed
    return tar_archive(packed, "gzip")


def _normal(name: str) -> str:
    """PEP 503's normalisation with ``_``, as file names have it (PEP 427, PEP 625)."""
    return re.sub(r"[-_.]+", "_", name).lower()


def _metadata(name: str, version: str, more: str) -> str:
    return f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{more}"


def _record(packed: list[tuple[str, Member]], own: str) -> str:
    lines = []
    for path, member in packed:
        digest = base64.urlsafe_b64encode(hashlib.sha256(member.data).digest()).rstrip(b"=")
        lines.append(f"{path},sha256={digest.decode()},{len(member.data)}\n")
    return "".join(lines) + f"{own},,\n"


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2).encode() + b"\n"
