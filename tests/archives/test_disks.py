"""Archives inside disk images, compound files, web archives and programs are opened, or told."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from crafted import honest_tar, honest_zip
from packed import compound, elf, iso, pe, warc

from dunnage import Entry, Flaw, MemorySource
from dunnage.archives.hidden import opener_of
from dunnage.archives.limits import Budget
from dunnage.archives.notes import unopened
from dunnage.engine import Settings, check
from dunnage.sources import FileSource
from dunnage.testing import bundled

TAR = honest_tar([("usr/a", b"content")])
PACKED = gzip.compress(TAR, mtime=0)
NOISE = gzip.compress(random.Random(4).randbytes(2 << 20), mtime=0)
RAR = b"Rar!\x1a\x07\x01\x00" + bytes(40)


def read(data: bytes, whole: bool = True) -> tuple[dict[str, bytes], list[str]]:
    opener = opener_of(data[:4096], data if whole else None, len(data))
    assert opener is not None
    entries, flaws = {}, []
    for item in opener(MemorySource(data), Budget()):
        if isinstance(item, Entry):
            entries[item.path] = item.read()
        elif isinstance(item, Flaw):
            flaws.append(item.message)
    return entries, flaws


@pytest.mark.parametrize("whole", [True, False])
def test_iso(whole: bool) -> None:
    data = iso((b"A.TXT", b"text"), (b"A.TGZ", PACKED), (b"N.GZ", NOISE), (b"A.RAR", RAR))
    assert read(data, whole) == ({"A.TGZ": PACKED, "N.GZ": NOISE, "A.RAR": RAR}, [])
    assert "truncated" in read(data[:-4096], whole)[1][0]
    assert "before its folder" in read(iso((b"A.TGZ", PACKED), above=True))[1][0]
    both = iso(
        (b"A.TGZ", PACKED), more=b"\0BEA01".ljust(2048, b"\0") + b"\0NSR03".ljust(2048, b"\0")
    )
    assert "UDF" in str(read(both)[1])


def test_damaged_iso_ends() -> None:
    data = iso((b"A.TGZ", PACKED), (b"B", b"b"))
    chance = random.Random(7)
    for _ in range(300):
        damaged = bytearray(data)
        for _ in range(3):
            damaged[chance.randrange(32768, 40960)] ^= 1 << chance.randrange(8)
        if opener_of(bytes(damaged[:4096]), bytes(damaged)) is not None:
            read(bytes(damaged))


@pytest.mark.integration
@pytest.mark.parametrize("options", [[], ["-R", "-J"]])
def test_an_image_that_genisoimage_made(
    options: list[str], need: Callable[..., str], tmp_path: Path
) -> None:
    tool = need("genisoimage", "mkisofs")
    root = tmp_path / "root"
    (root / "deep/er").mkdir(parents=True)
    (root / "deep/er/a.tgz").write_bytes(PACKED)
    shutil.copy(__file__, root)
    made = tmp_path / "a.iso"
    command = [tool, "-quiet", *options, "-o", str(made), str(root)]
    subprocess.run(command, check=True, capture_output=True)
    found = opener_of(made.read_bytes()[:4096], None, made.stat().st_size)
    assert found is not None
    contents = [e.read() for e in found(FileSource(str(made)), Budget()) if isinstance(e, Entry)]
    assert contents == [PACKED]


@pytest.mark.parametrize(
    ("at", "mark", "name"),
    [
        (0, b"XFSB", "XFS"),
        (3, b"NTFS    ", "NTFS"),
        (54, b"FAT16   ", "FAT"),
        (512, b"EFI PART", "disk image"),
        (450, b"\x83" + bytes(7) + b"\1", "disk image"),
        (1024, b"H+\0\4", "HFS+"),
        (1024, b"\xe2\xe1\xf5\xe0", "EROFS"),
        (1080, b"\x53\xef", "ext"),
        (32769, b"BEA01", "UDF"),
        (65600, b"_BHRfS_M", "Btrfs"),
    ],
)
def test_file_systems_are_told(at: int, mark: bytes, name: str) -> None:
    data = bytearray(70 << 10)
    data[at : at + len(mark)] = mark
    if at < 1024:
        data[510:512] = b"\x55\xaa"
    assert name in read(bytes(data))[1][0]
    assert name in read(bytes(data), whole=False)[1][0]


def test_what_begins_with_zeros_is_no_disk() -> None:
    assert opener_of(bytes(4096), bytes(90_000)) is None
    assert read(bytes(90_000), whole=False) == ({}, [])
    loader = bytes([0xFA]) + bytes(range(255)) * 2
    assert opener_of(loader[:510] + b"\x55\xaa", loader[:510] + b"\x55\xaa") is None


@pytest.mark.parametrize("step", [1, 2])
def test_compound(step: int) -> None:
    text = b"text" * 2000
    data = compound(("text", text), ("a.tgz", PACKED), ("b", RAR * 200), ("s", b"few"), step=step)
    entries, flaws = read(data)
    assert flaws == []
    assert entries.pop("text", text) == text
    assert entries == {"a.tgz": PACKED, "b": RAR * 200}
    assert ("text" in read(data)[0]) == (step == 2), "it is seen as it lies"
    assert "truncated" in str(read(data[:2048])[1]) or "damaged" in str(read(data[:2048])[1])
    circle = bytearray(data)
    circle[512 + 4 : 512 + 4 * 128] = struct.pack("<127L", *[1] * 127)
    assert "damaged" in read(bytes(circle))[1][0]


@pytest.mark.parametrize("step", [1, 2])
def test_zips_in_a_stream_of_a_compound_are_parts_of_it(step: int, tmp_path: Path) -> None:
    """[MS-PPT] 2.11: PowerPoint keeps zips (RoundTripTheme12Atom) in the records of its stream."""
    zips = [honest_zip([(f"{n}.txt", b"%d" % n * 3000), ("b", b"b")]) for n in range(3)]
    stream = b"".join(b"\x0f\0\x0e\x04" + inner + b"record" * 99 for inner in zips)
    data = compound(("PowerPoint Document", stream + bytes(4096)), ("c", b"few"), step=step)
    entries, flaws = read(data)
    assert flaws == []
    entries.pop("PowerPoint Document", None)
    assert list(entries.values()) == zips
    (tmp_path / "a.ppt").write_bytes(data)
    run = check([str(tmp_path / "a.ppt")], Settings(jobs=1), bundled())
    assert (run.findings, run.problems) == ([], [])
    (tmp_path / "b.ppt").write_bytes(compound(("c", b"few" * 2000)) + bytes(512) + zips[0])
    run = check([str(tmp_path / "b.ppt")], Settings(jobs=1), bundled())
    assert "archive/leading-data" in {found.rule for found in run.findings}
    (tmp_path / "c.ppt").write_bytes(compound(("c", b"few" * 2000)) + zips[0] + bytes(512))
    assert list(read((tmp_path / "c.ppt").read_bytes())[0].values()) == zips[:1]


def test_small_streams_of_a_compound_that_lie_scattered() -> None:
    text = b"%4d text" * 150 % (*range(150),)
    assert read(compound(("a", b"few"), ("text", text), step=2)) == ({"text": text}, [])
    assert read(compound(("a", b"few"), ("text", text))) == ({}, []), "it is seen as it lies"


def test_damaged_compounds_end() -> None:
    data = compound(("text", b"text" * 2000), ("a.tgz", PACKED), ("b", RAR * 200), step=2)
    chance = random.Random(7)
    for _ in range(300):
        damaged = bytearray(data)
        for _ in range(3):
            damaged[chance.randrange(8, 1024)] ^= 1 << chance.randrange(8)
        read(bytes(damaged))


def test_warc() -> None:
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(PACKED), PACKED)
    data = warc(
        (b"", b"text"),
        (b"Content-Encoding: gzip\r\n", PACKED),
    )
    assert read(data) == ({"http://a.invalid/x": PACKED}, [])
    assert read(warc((b"Transfer-Encoding: chunked\r\n", chunks)))[0] == {
        "http://a.invalid/x": PACKED
    }
    assert "br could not" in read(warc((b"content-encoding: br\r\n", b"\x0b\1\x80text")))[1][0]
    assert "truncated" in str(read(data[:-20])[1])
    assert "damaged" in read(data + b"WARX")[1][0]


PACKS = {"tgz": PACKED, "xz": lzma.compress(TAR), "rar": RAR, "zlib": zlib.compress(TAR * 9)}


@pytest.mark.parametrize("program", [pe, elf, lambda data: pe(data, old=True)])
@pytest.mark.parametrize("pack", list(PACKS))
@pytest.mark.parametrize("whole", [True, False])
def test_behind_a_program(program: Callable[[bytes], bytes], pack: str, whole: bool) -> None:
    entries, flaws = read(program(bytes(32) + PACKS[pack]), whole)
    assert list(entries.values()) == [PACKS[pack]]
    assert flaws == []


@pytest.mark.parametrize("at", range(28, 64))
def test_damaged_programs(at: int) -> None:
    for program in (elf(PACKED), pe(PACKED), pe(PACKED, old=True)):
        damaged = bytearray(program)
        damaged[at : at + 8] = b"\xff" * 8
        for whole in (True, False):
            opener = opener_of(bytes(damaged[:4096]), bytes(damaged) if whole else None)
            assert (
                opener is None or list(opener(MemorySource(bytes(damaged)), Budget())) is not None
            )


def test_programs_that_carry_nothing() -> None:
    assert opener_of(elf(b""), elf(b"")) is None
    assert opener_of(pe(b""), pe(b"")) is None
    assert read(pe(b"a certificate" * 99)) == ({}, [])
    assert read(pe(b"PK\3\4" + bytes(90) + b"PK\5\6")) == ({}, []), "a zip is told by its end"


@pytest.mark.parametrize(
    ("mark", "name"),
    [
        (b"\0\0\0\0\xef\xbe\xad\xdeNullsoftInst", "NSIS"),
        (b"zlb\x1a", "Inno Setup"),
        (b"\n;!@Install@!UTF-8!", "7z"),
        (bytes(9) + b"x" * 90_000 + b"MEI\x0c\x0b\x0a\x0b\x0e" + bytes(80), "PyInstaller"),
    ],
)
def test_installers_are_told(mark: bytes, name: str) -> None:
    assert name in read(pe(mark + bytes(40)))[1][0]


def test_inside_a_program() -> None:
    cabinet = b"MSCF\0\0\0\0" + struct.pack("<4L2B", 60, 0, 44, 0, 3, 1) + bytes(40)
    assert cabinet[24:26] == b"\3\1"
    assert "cabinet" in read(pe(b"")[:300] + cabinet)[1][0]
    fields = b"-lh5-" + bytes(13) + b"\0" + b"\5a.txt" + b"\0\0"
    header = bytes([len(fields), sum(fields) & 255]) + fields
    for start in (b"HU", b"\x60\x1a", b"\0\0\3\xf3", b"\xeb\x20\x90"):
        data = start + bytes(40) + header + bytes(90)
        assert "lha" in read(data)[1][0]
        damaged = data.replace(b"a.txt", b"b.txt")
        assert opener_of(damaged, damaged) is None


def test_inside_and_behind_a_program() -> None:
    cabinet = b"MSCF\0\0\0\0" + struct.pack("<4L2B", 60, 0, 44, 0, 3, 1) + bytes(40)
    program = pe(b"")
    both = program[:300] + cabinet.ljust(len(program) - 300, b"\x90") + PACKED
    assert len(both) == len(program) + len(PACKED)
    entries, flaws = read(both)
    assert list(entries.values()) == [PACKED]
    assert flaws == [unopened("cabinet archive")]
    entries, flaws = read(program + cabinet)
    assert (entries, len(flaws)) == ({}, 1), "it is told once"


@pytest.mark.parametrize("program", [pe, elf])
@pytest.mark.parametrize("behind", [b"a certificate" * 9, PACKED])
def test_in_the_middle_of_a_program(program: Callable[[bytes], bytes], behind: bytes) -> None:
    start = program(b"")
    middle = bytearray(start)
    mark = lzma.compress(b"content" * 9, preset=0)
    if program is pe:
        middle[300 : 300 + len(mark)] = mark
    else:
        middle[120 : 120 + len(mark)] = mark
    assert len(middle) == len(start)
    entries, flaws = read(bytes(middle) + behind)
    assert flaws == []
    assert b"content" * 9 in entries.values()
    assert list(entries.values()).count(PACKED) == (behind == PACKED)
    assert len(entries) == 1 + (behind == PACKED)


STREAMS = {"gzip": PACKED, "xz": lzma.compress(TAR), "bzip2": bz2.compress(TAR)}


@pytest.mark.parametrize("form", list(STREAMS))
def test_in_the_middle_of_other_bytes(form: str) -> None:
    packed = STREAMS[form]
    data = b"# a program\n" + packed + b"\nits end" + packed[:-9] + b"more" * 20 + packed
    entries, flaws = read(data)
    assert flaws == []
    assert next(iter(entries)) == f"({form} at 12)"
    assert b"".join(entries.values()).count(TAR) >= 2
    assert opener_of(data, None) is None


def test_marks_alone_are_no_streams() -> None:
    for mark in (b"\x1f\x8b\x08\0\0\0\0\0\0\3", b"\xfd7zXZ\0\0\4abcd", b"1AY&SY", b"PK\3\4"):
        data = b"it looks for " + mark + b" and so on" * 9
        assert opener_of(data, data) is None


def test_members_of_a_zip_without_its_end() -> None:
    whole = b"very not a zip file\n" + honest_zip([("a.txt", b"text" * 99)])
    assert opener_of(whole, whole) is None, "it is told by its end"
    cut = whole[: whole.index(b"PK\1\2")]
    entries, flaws = read(cut)
    assert flaws == []
    assert entries == {"(zip at 20)": cut[20:]}
    assert "no end" in read(pe(cut[20:]))[1][0]


def test_flash() -> None:
    text = b"a trace of the build" * 9
    assert read(b"CWS\x0a" + bytes(4) + zlib.compress(text)) == ({"(inflated)": text}, [])
    assert "Flash" in read(b"ZWS\r" + bytes(40))[1][0]


def test_archives_that_cannot_be_read_in_the_middle_of_others() -> None:
    cabinet = b"MSCF\0\0\0\0" + struct.pack("<4L2B", 60, 0, 44, 0, 3, 1) + bytes(40)
    start = bytes(range(20))
    seven = b"7z\xbc\xaf\x27\x1c\0\4" + zlib.crc32(start).to_bytes(4, "little") + start
    body = b"\x73\0\0\x0d\0" + bytes(6)
    old = b"Rar!\x1a\x07\0" + (zlib.crc32(body) & 0xFFFF).to_bytes(2, "little") + body
    main = b"\x05\1\0\0\0\0"
    new = b"Rar!\x1a\x07\1\0" + zlib.crc32(main).to_bytes(4, "little") + main
    for data, name in ((cabinet, "cabinet"), (seven, "7z"), (old, "rar"), (new, "rar")):
        whole = b"filler\0" + data + bytes(20)
        assert f"this {name} archive at 7" in read(whole)[1][0]
        at = len(data) - 36 if data is cabinet else len(data) - 1
        changed = whole[: 7 + at] + b"\x99" + whole[8 + at :]
        if data is not cabinet:
            assert opener_of(changed, changed) is None


def test_more_names() -> None:
    for data in (b"GRZipII\0\2\4", b"MSCF\0\0\0\xe0" + bytes(16) + b"\3\1", b"\x60\xea\x22\0\x1e"):
        assert "could not" in read(data + bytes(2))[1][0]
    assert "bcachefs" in read(bytes(4120) + bytes.fromhex("c68573f64e1a45ca8265f57f48ba6d81"))[1][0]
