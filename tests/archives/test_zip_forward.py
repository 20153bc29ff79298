"""Zips that come in a stream and are too large to hold: read forwards, held against their central
directory."""

from __future__ import annotations

import bz2
import io
import lzma
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from crafted import Zipped, deflated, honest_zip, zipped

from dunnage.archives import Budget, Limits, archive, open_archive, space
from dunnage.archives.zipforward import ForwardZip
from dunnage.engine import Settings, check
from dunnage.errors import LimitError
from dunnage.model import Entry, Flaw, Kind, Oddity
from dunnage.sources import StreamSource
from dunnage.testing import bundled, npm_tarball, render

TEXT = b"var x = 'some text of a member';\n" * 40
NOISE = random.Random(9).randbytes(3 << 20)


class Seen:
    """What one zip gave, read forwards."""

    def __init__(self, data: bytes, budget: Budget | None = None) -> None:
        self.entries: dict[str, bytes] = {}
        self.odd: list[str] = []
        self.flaws: list[str] = []
        for item in ForwardZip(io.BytesIO(data), budget or Budget()):
            if isinstance(item, Entry):
                self.entries[item.path] = item.read(1 << 30) if item.kind is Kind.FILE else b""
            elif isinstance(item, Oddity):
                self.odd.append(item.kind)
            elif isinstance(item, Flaw):
                self.flaws.append(item.message)

    @property
    def clean(self) -> bool:
        return not self.odd and not self.flaws


def _methods() -> Iterator[Zipped]:
    for flags in (0, 8):
        for number, (method, pack) in enumerate(
            (
                (0, bytes),
                (8, deflated),
                (12, bz2.compress),
                (93, zstandard.compress),
                (95, lzma.compress),
            )
        ):
            for size, content in (("small", TEXT), ("large", TEXT + NOISE)):
                name = f"{flags}-{number}-{size}".encode()
                yield Zipped(name, content, method=method, packed=pack(content), flags=flags)


@pytest.mark.parametrize("one", list(_methods()), ids=lambda one: one.name.decode())
def test_each_method_with_and_without_descriptor(one: Zipped) -> None:
    seen = Seen(zipped(Zipped(b"a", b"1"), one, Zipped(b"z", b"2")))
    assert seen.clean, (seen.odd, seen.flaws)
    assert seen.entries == {"a": b"1", one.name.decode(): one.data, "z": b"2"}


def test_what_cpython_writes() -> None:
    for method in (0, 8, 12, 14):
        seen = Seen(honest_zip([("a", TEXT), ("b", TEXT + NOISE), ("c", b"")], method))
        assert seen.clean, seen.flaws
        assert seen.entries == {"a": TEXT, "b": TEXT + NOISE, "c": b""}

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override] # a buffer
            self.data += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", 8) as out:  # type: ignore[arg-type] # a stream will do
        for number in range(300):
            with out.open(f"{number}", "w", force_zip64=bool(number % 2)) as member:
                member.write(TEXT)
        out.writestr("stored", TEXT * 2, 0)
    seen = Seen(bytes(pipe.data))
    assert seen.clean, (seen.odd, seen.flaws[:3])
    assert len(seen.entries) == 301


def test_disagreements_are_told() -> None:
    a = Zipped(b"a", b"1")
    hidden = Seen(zipped(a, Zipped(b"h", TEXT, central=False)))
    assert hidden.entries["h"] == TEXT
    assert hidden.odd == ["hidden-member"]
    named = Seen(zipped(a, Zipped(b"h", TEXT, local_name=b"other")))
    assert named.entries["other"] == TEXT
    assert named.odd == ["header-mismatch"]
    assert named.flaws
    lost = Seen(zipped(a, Zipped(b"h", TEXT, offset=77)))
    assert "is not where" in lost.flaws[0]
    assert "CRC" in Seen(zipped(a, Zipped(b"h", TEXT, crc=7))).flaws[0]
    assert Seen(zipped(a, Zipped(b"h", TEXT, size=7))).flaws
    behind = Seen(zipped(Zipped(b"h", TEXT, packed=deflated(TEXT) + b"more"), a))
    assert behind.odd == ["trailing-data"]
    assert behind.flaws
    assert behind.entries == {"h": TEXT, "a": b"1"}


def test_bytes_that_are_no_member_are_given() -> None:
    a, b = Zipped(b"a", b"1"), Zipped(b"b", TEXT)
    for where, kind in (
        ("prefix", "leading-data"),
        ("gap", "trailing-data"),
        ("trailing", "trailing-data"),
    ):
        for data in (b"token", b"token" * 500_000):
            seen = Seen(zipped(a, b, **{where: data}))  # type: ignore[arg-type] # one of them
            assert seen.odd == [kind]
            assert data in seen.entries.values()
            assert seen.flaws == []
    assert "token" in str(Seen(zipped(a, comment=b"token")).entries)
    assert "token" in str(Seen(zipped(Zipped(b"a", b"1", comment=b"token"))).entries)
    assert Seen(zipped(a, b, prefix=b"#!/bin/sh\n", shifted=False)).flaws == []


def test_what_cannot_be_read_is_told() -> None:
    for one in (Zipped(b"e", TEXT, flags=1), Zipped(b"e", TEXT, method=98)):
        seen = Seen(zipped(one, Zipped(b"b", TEXT)))
        assert len(seen.flaws) == 1
        assert seen.entries["b"] == TEXT
    unknown = Zipped(b"e", TEXT, method=98, flags=8)
    assert "cannot be told" in Seen(zipped(unknown, Zipped(b"b", TEXT))).flaws[1]


@pytest.mark.parametrize("flags", [0, 8])
@pytest.mark.parametrize("method", [0, 8])
def test_every_truncation_is_told(flags: int, method: int) -> None:
    whole = zipped(Zipped(b"a.js", TEXT, flags=flags, method=method), Zipped(b"b", b"1"))
    assert Seen(whole).clean
    for cut in range(len(whole)):
        assert not Seen(whole[:cut]).clean, cut


def test_flipped_bits_are_told() -> None:
    whole = zipped(Zipped(b"a.js", TEXT), Zipped(b"b.js", TEXT, flags=8))
    clean = Seen(whole).entries
    for at in range(len(whole)):
        data = bytearray(whole)
        data[at] ^= 1 << (at % 8)
        seen = Seen(bytes(data))
        assert not seen.clean or seen.entries == clean, at


def test_nothing_escapes() -> None:
    draw = random.Random(11)
    whole = zipped(
        Zipped(b"a", TEXT, flags=8), Zipped(b"b", TEXT, method=0, flags=8), gap=b"PK\3\4"
    )
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(draw.randrange(1, 30)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        Seen(bytes(data))


def test_zip64() -> None:
    extra = struct.pack("<2H2Q", 1, 16, len(TEXT), len(deflated(TEXT)))
    one = Zipped(b"a", TEXT, local_size=0xFFFFFFFF, local_packed=0xFFFFFFFF, local_extra=extra)
    assert Seen(zipped(one)).clean
    descriptor = struct.pack(
        "<4sL2Q", b"PK\7\x08", zlib.crc32(TEXT), len(deflated(TEXT)), len(TEXT)
    )
    wide = Zipped(
        b"a", TEXT, local_flags=8, local_packed=0, local_size=0, crc=None, after=descriptor
    )
    assert Seen(zipped(wide, Zipped(b"b", b"1"))).flaws == []


def test_limits_hold() -> None:
    with pytest.raises(LimitError, match="ratio"):
        Seen(zipped(Zipped(b"a", bytes(300 << 20))))
    many = zipped(*(Zipped(b"%d" % number) for number in range(50)))
    with pytest.raises(LimitError, match="entries"):
        Seen(many, Budget(Limits(max_entries=20)))


def test_one_that_cannot_be_held_is_read_forwards(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(space, "HOLD", 2 << 20)
    monkeypatch.setattr(archive, "HOLD", 2 << 20)
    token = render("{github-token:ghp_}", "forward")
    files = [("noise", NOISE), ("a.js", f't = "{token}"'.encode()), ("z", b"1")]
    whole = honest_zip(files, 0)
    for source in (StreamSource(io.BytesIO(whole)), StreamSource(io.BytesIO(whole), len(whole))):
        opened = open_archive(source, "zip", Budget())
        assert isinstance(opened, ForwardZip)
        assert sum(isinstance(item, Entry) for item in opened) == 3
    path = tmp_path / "a.tgz"
    path.write_bytes(npm_tarball({"vendor/a.zip": whole}))
    run = check([str(path)], Settings(jobs=1), bundled())
    assert run.problems == []
    (found,) = (found for found in run.findings if found.rule == "secret/github-token")
    assert found.trail[1:] == ("package/vendor/a.zip",)
    assert found.path == "a.js"
