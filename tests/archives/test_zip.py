"""Zip: each odd file with what any reader sees of it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from crafted import Seen, Zipped, deflated, honest_zip, read, zipped

from dunnage.archives import Budget, Limits, ends_as_zip, open_archive
from dunnage.archives.zipfields import DESCRIBED, descriptor
from dunnage.errors import LimitError
from dunnage.model import Entry, Kind
from dunnage.sources import FileSource, StreamSource

FILES = [("a.txt", b"alpha"), ("dir/b.bin", bytes(range(256)) * 9), ("empty", b""), ("d/", b"")]
PLAIN = [Zipped(b"a", b"alpha"), Zipped(b"b", b"beta", method=0)]
TOKEN = b"token-in-a-hidden-place"


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_honest_zips_are_clean(method: int) -> None:
    seen = read(honest_zip(FILES, method))
    assert seen.entries == FILES
    assert seen.kinds[-1] is Kind.DIR
    assert seen.clean


def test_crafted_zips_are_clean() -> None:
    assert read(zipped(*PLAIN)).clean
    assert read(zipped()).entries == []
    streamed = [Zipped(b"a", b"alpha", flags=8), Zipped(b"b", b"beta", flags=8)]
    assert read(zipped(*streamed)).clean


def test_zstd_and_xz_members() -> None:
    import lzma

    data = b"token" * 1000
    seen = read(
        zipped(
            Zipped(b"z", data, method=93, packed=zstandard.compress(data)),
            Zipped(b"x", data, method=95, packed=lzma.compress(data)),
        )
    )
    assert seen.entries == [("z", data), ("x", data)]
    assert seen.clean


def test_symlinks_and_specials() -> None:
    seen = read(
        zipped(
            Zipped(b"l", b"../../etc/passwd", attributes=0o120777 << 16),
            Zipped(b"f", b"", attributes=0o010644 << 16),
            Zipped(b"x", b"1", attributes=0o104755 << 16),
        )
    )
    assert seen.kinds == [Kind.SYMLINK, Kind.OTHER, Kind.FILE]
    assert "link-escape" in seen.odd
    entries = [item for item in seen.items if isinstance(item, Entry)]
    assert entries[0].link == "../../etc/passwd"
    assert entries[2].mode == 0o4755


# -- readers disagree ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "odd"),
    [
        (zipped(*PLAIN, Zipped(b"hidden", TOKEN, central=False)), "hidden-member"),
        (zipped(Zipped(b"hidden", TOKEN, central=False), *PLAIN), "hidden-member"),
        (zipped(*PLAIN, Zipped(b"hidden", TOKEN, central=False, flags=8)), "hidden-member"),
        (
            zipped(*PLAIN, Zipped(b"hidden", TOKEN, central=False, flags=8, method=0)),
            "hidden-member",
        ),
        (zipped(Zipped(b"a", TOKEN), Zipped(b"a", b"2")), "duplicate-entry"),
        (zipped(Zipped(b"a", b"1"), Zipped(b"a", TOKEN)), "duplicate-entry"),
        (zipped(*PLAIN, prefix=TOKEN), "leading-data"),
        (zipped(*PLAIN, prefix=TOKEN, shifted=False), "leading-data"),
        (zipped(*PLAIN, trailing=TOKEN), "trailing-data"),
        (zipped(*PLAIN, gap=TOKEN), "trailing-data"),
        (zipped(Zipped(b"a", b"1", after=TOKEN), *PLAIN[1:]), "trailing-data"),
        (zipped(Zipped(b"a", packed=deflated(b"1") + TOKEN, data=b"1")), "trailing-data"),
        (zipped(*PLAIN, trailing=zipped(Zipped(b"x", TOKEN))), None),
        (zipped(*PLAIN, prefix=zipped(Zipped(b"x", TOKEN))), "hidden-member"),
    ],
)
def test_whatever_some_reader_sees_is_given(data: bytes, odd: str | None) -> None:
    seen = read(data)
    assert TOKEN in seen.bytes
    assert odd is None or odd in seen.odd
    assert seen.odd
    assert {"a"} <= set(seen.paths) or {"x"} <= set(seen.paths)


@pytest.mark.parametrize("shifted", [True, False])
def test_a_zip_behind_the_first_lines_of_a_script_is_in_order(shifted: bool) -> None:
    """As zipapp, escript and executable jars have it; those lines are looked at, too."""
    script = b"#!/usr/bin/env escript\n%%! " + TOKEN + b"\n"
    seen = read(zipped(*PLAIN, prefix=script, shifted=shifted))
    assert TOKEN in seen.bytes
    assert seen.odd == []
    assert "a" in seen.paths


def test_a_module_of_java_is_in_order() -> None:
    seen = read(zipped(*PLAIN, prefix=b"JM\x01\0", shifted=False))
    assert seen.odd == []
    assert "a" in seen.paths


def test_a_local_name_that_differs() -> None:
    seen = read(zipped(Zipped(b"a", b"1", local_name=b".npmrc")))
    assert seen.entries == [("a", b"1"), (".npmrc", b"1")]
    assert seen.odd == ["header-mismatch", "hidden-member"]


def test_local_sizes_that_differ() -> None:
    body = b"visible" + TOKEN
    seen = read(zipped(Zipped(b"a", b"visible", method=0, packed=b"visible", local_packed=len(body),
                              local_size=len(body), after=TOKEN)))  # fmt: skip
    assert ("a", b"visible") in seen.entries
    assert any(TOKEN in data for _, data in seen.entries)
    assert "header-mismatch" in seen.odd


def test_a_local_method_that_differs() -> None:
    packed = deflated(TOKEN)
    one = Zipped(b"a", packed, method=0, packed=packed, local_method=8, local_size=len(TOKEN))
    seen = read(zipped(one))
    assert ("a", packed) in seen.entries
    assert ("a", TOKEN) in seen.entries


def test_a_unicode_extra_field_that_names_another() -> None:
    field = b"\x01" + struct.pack("<L", zlib.crc32(b"a")) + b".npmrc"
    more = struct.pack("<2H", 0x7075, len(field)) + field + bytes(40)
    seen = read(zipped(Zipped(b"a", b"1", extra=more)))
    assert "header-mismatch" in seen.odd


def _end(start: int, size: int, comment: bytes = b"") -> bytes:
    return struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, size, start, len(comment)) + comment


def _twice() -> Iterator[tuple[str, bytes]]:
    """Zips of one member, stored and of another name in all but one central directory."""
    text = b"the secret of the other reading " * 9
    honest = zipped(Zipped(b"hidden.js", text))
    at = honest.index(b"PK\1\2")
    body, told = deflated(text), honest[at:-22]
    plain = zipped(Zipped(b"a.bin", body, method=0))
    local, stored = plain[: plain.index(b"PK\1\2")], plain[plain.index(b"PK\1\2") : -22]
    one, two, three = len(local), len(stored), len(told)
    yield "first", local + told + _end(one, three) + stored + _end(one + three + 22, two)
    yield "last", local + stored + _end(one, two) + told + _end(one + two + 22, three)
    yield "absolute", local + told + stored + _end(one, two)
    comment = _end(one, three) + b"junk"
    yield "comment", local + told + stored + _end(one + three, two, comment)
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, three, one)
    other = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, two, one + three)
    for name, first, second in (("near", other, end64), ("told", end64, other)):
        locator = struct.pack("<4sLQL", b"PK\6\7", 0, one + two + three, 1)
        yield name, local + told + stored + first + second + locator + _end(0xFFFFFFFF, 0xFFFFFFFF)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, one + two + three, 1)
    yield "plain", local + told + stored + other + locator + _end(one, three)


@pytest.mark.parametrize(("name", "data"), list(_twice()))
def test_each_central_directory_is_followed(name: str, data: bytes) -> None:
    seen = read(data, "zip")
    assert b"the secret of the other reading" in seen["hidden.js"], name
    assert "a.bin" in seen.paths
    assert {"header-mismatch", "hidden-member"} & set(seen.odd)


@pytest.mark.parametrize("front", [b"", b"text before it "])
def test_a_directory_whose_comment_is_cut_off_is_followed(front: bytes) -> None:
    text = b"the secret of the other reading " * 9
    one = Zipped(b"a.js", text, local_method=0, local_packed=9, local_size=9)
    data = zipped(Zipped(b"b.js", b"1")) + front
    whole = bytearray(data + zipped(one, shifted=True))
    for sign, place in ((b"PK\1\2", 42), (b"PK\5\6", 16)):
        at = whole.rindex(sign) + place
        whole[at : at + 4] = struct.pack("<L", struct.unpack_from("<L", whole, at)[0] + len(data))
    whole[-2:] = b"\xff\x7f"
    seen = read(bytes(whole), "zip")
    assert text in seen.bytes
    assert not seen.clean


def test_a_stored_zip_at_the_end_is_no_other_directory() -> None:
    inner = honest_zip([("b.js", b"1" * 99)])
    seen = read(zipped(Zipped(b"a.js", b"1"), Zipped(b"inner.zip", inner, method=0)))
    assert seen.paths == ["a.js", "inner.zip"]


def test_the_last_part_of_a_large_split_zip_ends_as_a_zip() -> None:
    plain = zipped(Zipped(b"a.js", b"1"))
    size, start = struct.unpack("<LL", plain[-10:-2])
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 2, 2, 1, 1, size, start)
    locator = struct.pack("<4sLQL", b"PK\6\7", 2, len(plain) - 22, 3)
    assert ends_as_zip(b"of the part before" + plain[3:-22] + end + locator + plain[-22:])
    assert not ends_as_zip(b"text that speaks of zips " * 9 + plain[-22:])


def test_bytes_behind_the_zip64_end_record_are_looked_at() -> None:
    plain = zipped(Zipped(b"a.js", b"1"))
    size, start = struct.unpack("<LL", plain[-10:-2])
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 49, 45, 45, 0, 0, 1, 1, size, start) + b"token"
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(plain) - 22, 1)
    seen = read(plain[:-22] + end + locator + plain[-22:])
    assert b"token" in seen.bytes
    assert seen.odd == ["trailing-data"]


@pytest.mark.parametrize("extra", ["extra", "local_extra"])
@pytest.mark.parametrize("name", [b".npmrc", b"a/hidden.js"])
def test_each_name_of_a_member_is_given(extra: str, name: bytes) -> None:
    field = struct.pack("<HHBL", 0x7075, 5 + len(name), 1, zlib.crc32(b"a.txt")) + name
    seen = read(zipped(Zipped(b"a.txt", b"token", **{extra: field})))
    assert seen.entries == [("a.txt", b"token"), (name.decode(), b"token")]
    assert seen.odd == ["header-mismatch", "hidden-member"]


def test_a_name_is_cut_at_its_nul_by_some() -> None:
    seen = read(zipped(Zipped(b".npmrc\0.txt", b"token")))
    assert seen[".npmrc"] == b"token"
    assert not seen.clean


def test_backslashes_lead_into_folders() -> None:
    seen = read(zipped(Zipped(b"app\\.git\\config", b"1")))
    assert seen.paths == ["app/.git/config"]
    assert isinstance(seen.items[1], Entry)
    assert seen.items[1].raw_path == b"app\\.git\\config"
    assert seen.odd == ["path-escape"]


def test_a_hidden_member_that_needs_any_version() -> None:
    hidden = bytearray(zipped(Zipped(b"hidden.js", b"token" * 9)))
    hidden[4] = 200
    seen = read(zipped(Zipped(b"a.js", b"1", after=bytes(hidden[: hidden.index(b"PK\1\2")]))))
    assert seen["hidden.js"] == b"token" * 9


def test_several_end_records() -> None:
    inner = zipped(Zipped(b"x", TOKEN))
    seen = read(zipped(*PLAIN, comment=inner))
    assert TOKEN in seen.bytes or b"PK" in seen.bytes
    assert seen.odd


def test_comments_are_looked_at() -> None:
    seen = read(zipped(Zipped(b"a", b"1", comment=TOKEN), comment=b"and " + TOKEN))
    assert seen.paths == ["(zip header of a)", "a", "(zip comment)"]
    assert seen.bytes.count(TOKEN) == 2


def test_long_extra_fields_are_looked_at() -> None:
    more = struct.pack("<2H", 0x9999, 100) + TOKEN.ljust(100)
    assert TOKEN in read(zipped(Zipped(b"a", b"1", extra=more))).bytes
    assert TOKEN in read(zipped(Zipped(b"a", b"1", local_extra=more))).bytes


def test_overlapping_members() -> None:
    one = zipped(
        Zipped(b"a", TOKEN, method=0), Zipped(b"b", TOKEN, method=0, local=False, offset=0)
    )
    seen = read(one)
    assert "overlapping-members" in seen.odd
    assert seen.paths.count("b") == 1


def test_a_bomb_of_overlaps_ends(tmp_path: Path) -> None:
    kernel = Zipped(b"0", bytes(20 << 20))
    names = [Zipped(b"%d" % number, bytes(20 << 20), local=False, offset=0, packed=b"")
             for number in range(1, 90)]  # fmt: skip
    data = bytearray(zipped(kernel, *names))
    packed = len(deflated(kernel.data))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 20 : at + 24] = struct.pack("<L", packed)
        at = data.find(b"PK\x01\x02", at + 4)
    with pytest.raises(LimitError, match=r"overlapping|bomb"):
        read(bytes(data))


# -- damage ---------------------------------------------------------------------------


def test_every_truncation_is_told() -> None:
    whole = honest_zip(FILES)
    for cut in range(4, len(whole)):
        seen = read(whole[:cut], "zip")
        assert seen.flaws, cut


def test_a_wrong_crc_is_told_and_the_content_given() -> None:
    seen = read(zipped(Zipped(b"a", TOKEN, crc=1), *PLAIN[1:]))
    assert seen["a"] == TOKEN
    assert seen["b"] == b"beta"
    assert seen.flaws == ["the CRC of the content does not match"]


def test_damaged_content_is_given_as_far_as_it_goes() -> None:
    import random

    text = bytes(random.Random(1).choices(b"abcdefgh \n", k=200_000))
    packed = bytearray(deflated(text))
    packed[len(packed) // 2 :] = b"\xff" * (len(packed) // 2)
    seen = read(zipped(Zipped(b"a", text, packed=bytes(packed)), *PLAIN[1:]))
    assert len(seen["a"]) > 90_000
    assert text.startswith(seen["a"][:90_000])
    assert seen["b"] == b"beta"
    assert seen.flaws


@pytest.mark.parametrize(("size", "given"), [(3, b"token"), (9, b"token"), (5 << 30, b"token")])
def test_sizes_that_lie(size: int, given: bytes) -> None:
    seen = read(zipped(Zipped(b"a", given, size=min(size, 0xFFFFFFFE))))
    assert seen["a"] == given
    assert seen.flaws


@pytest.mark.parametrize("flags", [1, 64 | 1, 8192])
def test_encrypted_members_are_told(flags: int) -> None:
    seen = read(zipped(Zipped(b"a", TOKEN, flags=flags), *PLAIN[1:]))
    assert seen["b"] == b"beta"
    assert seen.flaws == [
        (
            "encrypted: the content could not be looked at; who has the key can check it, "
            "then accept it by its path, with a reason ([[ignore]] with problem)"
        )
    ]


@pytest.mark.parametrize("method", [1, 6, 10, 19, 97, 98, 255, 65535])
def test_methods_that_cannot_be_read_are_told(method: int) -> None:
    seen = read(zipped(Zipped(b"a", TOKEN, method=method, packed=b"12345"), *PLAIN[1:]))
    assert seen["b"] == b"beta"
    assert f"compression method {method}" in seen.flaws[0]


@pytest.mark.parametrize("method", [8, 12, 14, 93, 95])
def test_garbage_in_every_method(method: int) -> None:
    for junk in (b"", b"\0", b"\xff" * 40, bytes(range(200))):
        seen = read(zipped(Zipped(b"a", TOKEN, method=method, packed=junk), *PLAIN[1:]))
        assert seen["b"] == b"beta"
        assert seen.flaws


def test_wrong_counts_and_offsets() -> None:
    assert read(zipped(*PLAIN, count=5)).flaws
    assert read(zipped(*PLAIN, count=1)).flaws
    seen = read(zipped(Zipped(b"a", b"1", offset=9999), *PLAIN[1:]))
    assert seen.flaws
    assert b"1" in seen.bytes


def test_the_end_record_alone_lies() -> None:
    whole = bytearray(zipped(*PLAIN))
    at = whole.rfind(b"PK\x05\x06")
    for value in (0, 1, 0xFFFFFFFF, 0x7FFFFFFF):
        for where in (12, 16):
            data = bytearray(whole)
            data[at + where : at + where + 4] = struct.pack("<L", value)
            seen = read(bytes(data), "zip")
            assert not seen.clean
            assert b"alpha" in seen.bytes
            assert b"beta" in seen.bytes


# -- sizes and sources ---------------------------------------------------------------------------


BIG = bytes(range(251)) * 40_000  # 10 MB


def test_large_members_stream_and_reopen(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(zipped(Zipped(b"s", BIG, method=0), Zipped(b"d", BIG), Zipped(b"e", b"1")))
    entries = [
        item for item in open_archive(FileSource(path), "zip", Budget()) if isinstance(item, Entry)
    ]
    assert [entry.read() for entry in entries] == [BIG, BIG, b"1"]
    assert [entry.read() for entry in entries] == [BIG, BIG, b"1"]
    stored = entries[0].source
    assert stored is not None
    assert stored.slice_of is not None
    name, offset = stored.slice_of
    assert Path(name).read_bytes()[offset : offset + 100] == BIG[:100]
    assert entries[1].source is not None
    assert entries[1].source.slice_of is None


def test_large_members_are_checked() -> None:
    seen: Seen = read(zipped(Zipped(b"d", BIG, crc=5)))
    assert seen["d"] == BIG
    assert seen.flaws == ["the CRC of the content does not match"]


def test_a_zip_from_a_pipe() -> None:
    source = StreamSource(io.BytesIO(honest_zip(FILES)))
    assert read(b"", "zip", source=source).entries == FILES


def test_zip64() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("a", "w", force_zip64=True) as stream:
            stream.write(b"alpha")
        archive.writestr("b", b"beta")
    seen = read(out.getvalue())
    assert seen.entries == [("a", b"alpha"), ("b", b"beta")]
    assert seen.clean


def test_many_members() -> None:
    data = zipped(*[Zipped(b"%d" % number, b"", method=0) for number in range(70_000)])
    assert len(read(data).entries) == 70_000
    with pytest.raises(LimitError, match="max_entries"):
        read(data, limits=Limits(max_entries=1000))


def test_a_digest() -> None:
    import hashlib

    data = honest_zip(FILES)
    assert read(data, digests=True).digest == "sha256:" + hashlib.sha256(data).hexdigest()


def test_names_in_other_encodings() -> None:
    seen = read(zipped(Zipped("ä".encode("cp437"), b"1"), Zipped("ö".encode(), b"2", flags=2048)))
    assert seen.paths == ["ä", "ö"]
    assert seen.odd == ["name-encoding"]


def test_extra_fields_that_are_there_twice() -> None:
    twice = struct.pack("<2HQ", 1, 8, 1) * 2
    assert read(zipped(Zipped(b"a", b"1", extra=twice))).odd == ["header-mismatch"]
    assert read(zipped(Zipped(b"a", b"1", extra=twice[:12]))).clean


def test_room_that_androids_tools_fill() -> None:
    """A header that names nothing and packs nothing, over zeros (zipflinger's virtual entries)."""
    honest = honest_zip(FILES)
    header = b"PK\3\4" + bytes(22) + struct.pack("<2H", 0, 102)
    at = honest.index(b"PK\1\2")
    end = honest.index(b"PK\5\6")
    directory = bytearray(honest[at:end])
    place = directory.find(b"PK\1\2")
    while place >= 0:  # each member lies 132 bytes later
        told = struct.unpack_from("<L", directory, place + 42)[0]
        struct.pack_into("<L", directory, place + 42, told + 132)
        place = directory.find(b"PK\1\2", place + 4)
    tail = bytearray(honest[end:])
    struct.pack_into("<L", tail, 16, at + 132)
    seen = read(header + bytes(102) + honest[:at] + bytes(directory) + bytes(tail))
    assert (seen.odd, seen.flaws) == ([], [])
    assert dict(seen.entries) == dict(FILES)
    filled = read(header + b"secret" * 17 + honest[:at] + bytes(directory) + bytes(tail))
    assert filled["(bytes before the archive)"] == b"secret" * 17
    assert filled.odd == ["leading-data"]


def test_a_member_without_a_name_is_looked_at() -> None:
    text = b"a secret" * 20
    packed = deflated(text)
    lead = b"PK\3\4\x14\0\0\0\x08\0\0\0\0\0" + struct.pack("<3L2H", zlib.crc32(text), len(packed),
                                                         len(text), 0, 0) + packed  # fmt: skip
    seen = read(lead + honest_zip(FILES))
    assert seen["(no name)"] == text
    assert "hidden-member" in seen.odd


@pytest.mark.parametrize("between", [b"x" * 40, b"x" * 5000])
def test_members_lie_where_they_are_told_though_the_directory_does_not(between: bytes) -> None:
    data = honest_zip([("a.txt", b"one"), ("b.txt", b"two")])
    at = data.index(b"PK\x01\x02")
    seen = read(data[:at] + between + data[at:])
    assert (seen["a.txt"], seen["b.txt"]) == (b"one", b"two")
    assert seen.flaws == []
    assert "header-mismatch" in seen.odd
    assert between in [data for _, data in seen.entries]


@pytest.mark.parametrize("sign", [b"", DESCRIBED])
@pytest.mark.parametrize("width", [4, 8])
def test_data_descriptors_are_told_by_what_they_say(sign: bytes, width: int) -> None:
    crc, packed, size = 0x12345678, 70_000, 5 << 30
    most = (1 << 8 * width) - 1
    sizes = b"".join((each & most).to_bytes(width, "little") for each in (packed, size))
    data = sign + crc.to_bytes(4, "little") + sizes
    assert descriptor(data + b"PK\x01\x02", crc, packed, size) == len(data)
    for wrong in ((crc + 1, packed, size), (crc, packed + 1, size), (crc, packed, size + 1)):
        assert descriptor(data, *wrong) == 0
    assert descriptor(data[:-1], crc, packed, size) == 0


@pytest.mark.parametrize("packed", [300, 0xFFFFFFFF])
def test_a_hidden_member_that_claims_more_than_it_packs(packed: int) -> None:
    first = Zipped(b"a", b"first " * 20, local_packed=packed, central=False)
    second = Zipped(b"b", b"second " * 200, central=False)
    data = zipped(first, second, Zipped(b"c", b"seen"))
    assert set(read(data).entries) >= {("a", first.data), ("b", second.data), ("c", b"seen")}
