"""What an archive's structure weighs in its context."""

from __future__ import annotations

import io
import tarfile

import pytest

from dunnage.testing import lint, tar_archive, zip_archive
from dunnage_rules import archive

NAMES = ("archive/case-collision", "archive/link-escape", "archive/reserved-name")
RULES = [rule for rule in archive.rules() if rule.id in NAMES]


def linked(*folders: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for folder in folders:
            entry = tarfile.TarInfo(folder)
            entry.type = tarfile.DIRTYPE
            tar.addfile(entry)
        link = tarfile.TarInfo(f"{folders[-1]}/settings")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/acme/settings"
        tar.addfile(link)
    return out.getvalue()


@pytest.mark.parametrize(
    ("folders", "count"), [(("data",), 1), (("usr", "usr/share"), 0), (("./etc", "./etc/acme"), 0)]
)
def test_absolute_links_are_normal_in_what_is_laid_over_a_root(
    folders: tuple[str, ...], count: int
) -> None:
    assert len(lint(linked(*folders), RULES).findings) == count


@pytest.mark.parametrize(("folder", "count"), [("data", 1), ("usr", 0)])
def test_names_of_units_are_normal_in_what_is_laid_over_a_root(folder: str, count: int) -> None:
    files = {f"{folder}/": "", f"{folder}/lib/systemd/system/a-b\\x2dc.slice": ""}
    assert len(lint(tar_archive(files), RULES).findings) == count


@pytest.mark.parametrize(("first", "count"), [("README", 1), ("META-INF/MANIFEST.MF", 0)])
def test_the_case_of_classes_in_a_jar_is_nothing(first: str, count: int) -> None:
    files = {first: "", "acme/a.class": "", "acme/A.class": ""}
    assert len(lint(zip_archive(files), RULES).findings) == count
