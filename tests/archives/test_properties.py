"""Properties: what a reference reader lists, dunnage lists or calls odd or damaged; nothing but
ArchiveError comes out, whatever the bytes."""

from __future__ import annotations

import gzip
import io
import random
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from crafted import honest_tar, honest_zip, read
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "fuzz"))

import harness
import seeds

from dunnage.sources import StreamSource

QUICK = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

PART = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="/\\"),
    min_size=1,
    max_size=40,
).filter(lambda part: part not in (".", ".."))
NAME = st.lists(PART, min_size=1, max_size=4).map("/".join)
FILES = st.lists(
    st.tuples(NAME, st.binary(max_size=3000)), max_size=8, unique_by=lambda file: file[0]
)
FORMS = st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])


@QUICK
@given(FILES, FORMS)
def test_tars_read_as_tarfile_reads_them(files: list[tuple[str, bytes]], form: int) -> None:
    data = honest_tar(files, form)
    seen = read(data, "tar")
    assert seen.entries == files
    assert not seen.flaws
    assert harness.tarfile_lists(data) == [(name.encode(), body) for name, body in files]
    assert read(gzip.compress(data)).entries == files


@QUICK
@given(FILES, st.sampled_from([0, 8, 12, 14]))
def test_zips_read_as_zipfile_reads_them(files: list[tuple[str, bytes]], method: int) -> None:
    data = honest_zip(files, method)
    seen = read(data, "zip")
    assert seen.entries == files
    assert not seen.flaws
    with zipfile.ZipFile(io.BytesIO(data)) as reference:
        assert [info.filename for info in reference.infolist()] == seen.paths


def mutated(random_: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(random_.choice([1, 1, 2, 5])):
        if not out:
            break
        at = random_.randrange(len(out))
        kind = random_.randrange(6)
        if kind == 0:
            out[at] ^= 1 << random_.randrange(8)
        elif kind == 1:
            del out[at : at + random_.choice([1, 4, 512, 1500])]
        elif kind == 2:
            out[at:at] = random_.randbytes(random_.choice([1, 4, 512]))
        elif kind == 3:
            start = random_.randrange(len(out))
            size = random_.choice([4, 512, 1024])
            out[at : at + size] = out[start : start + size]
        elif kind == 4:
            del out[at:]
        else:
            out[at : at + 4] = random_.choice([b"\xff" * 4, bytes(4), b"7777", b"PK\x03\x04"])
    return bytes(out)


PARSERS = {name: check for name, check in harness.HARNESSES.items() if name != "whole"}


@pytest.mark.parametrize("name", list(PARSERS))
def test_mutations_break_nothing(name: str) -> None:
    random_ = random.Random(name)
    corpus = seeds.seeds(name)
    for _ in range(150):
        seed = random_.choice(corpus)
        if random_.random() < 0.2:
            seed += random_.choice(corpus)
        harness.HARNESSES[name](mutated(random_, seed))


def test_mutated_packages_break_nothing() -> None:
    random_ = random.Random(11)
    corpus = seeds.seeds("whole")
    for _ in range(60):
        harness.whole(mutated(random_, random_.choice(corpus)))


@QUICK
@given(st.binary(max_size=2000))
def test_any_bytes_break_nothing(data: bytes) -> None:
    for check in PARSERS.values():
        check(data)


@QUICK
@given(FILES, st.integers(0, 1000))
def test_streams_do_not_depend_on_how_they_are_read(
    files: list[tuple[str, bytes]], seed: int
) -> None:
    random_ = random.Random(seed)

    class Drip(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, random_.randint(1, 700)))

    data = gzip.compress(honest_tar(files))
    assert read(data, "gzip", source=StreamSource(Drip(data))).entries == files
