"""Tar: each odd file with the listing that some unpacker makes of it."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest
from crafted import (
    END,
    Seen,
    form_of,
    header,
    honest_tar,
    long_name,
    member,
    octal,
    pad,
    pax,
    read,
)

from dunnage.archives import Budget, Limits, open_archive, sniff
from dunnage.errors import LimitError, NotRereadable
from dunnage.model import Entry, Flaw, Kind
from dunnage.sources import FileSource, StreamSource

FILES = [("a.txt", b"alpha"), ("dir/b.bin", bytes(range(256)) * 9), ("empty", b"")]
HIDDEN = member(b"hidden.js", b"token")


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_honest_tars_are_clean(form: int) -> None:
    names = [(name * 30, data) for name, data in FILES] if form != tarfile.USTAR_FORMAT else FILES
    seen = read(honest_tar(names, form))
    assert seen.entries == names
    assert seen.clean


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (member(b"x", b"1", magic=b"") + END, [("x", b"1")]),
        (member(b"x", b"1", magic=b"ustar  \0") + END, [("x", b"1")]),
        (member(b"b", b"1", prefix=b"some/where") + END, [("some/where/b", b"1")]),
        (member(b"b", b"1", prefix=b"atime", magic=b"ustar  \0") + END, [("b", b"1")]),
        (member(b"x", b"1", flag=b"\0") + END, [("x", b"1")]),
        (member(b"x", b"1", flag=b"7") + END, [("x", b"1")]),
        (member(b"x", b"1", flag=b"Z") + END, [("x", b"1")]),
        (long_name(b"n" * 300) + member(b"n" * 100, b"1") + END, [("n" * 300, b"1")]),
        (pax((b"path", b"p" * 300)) + member(b"x", b"1") + END, [("p" * 300, b"1")]),
        (pax((b"comment", b"hi"), flag=b"g") + member(b"x", b"1") + END, [("x", b"1")]),
        (header(b"x", size_field=b"\x80" + bytes(10) + b"\x01") + pad(b"1") + END, [("x", b"1")]),
        (header(b"x", size_field=b"         1 \0") + pad(b"1") + END, [("x", b"1")]),
        (member(b"old/", flag=b"\0") + END, [("old/", b"")]),
        (header(b"x", 1, checksum=b" 7777 \0 "[:8]) + pad(b"1") + END, None),
    ],
)
def test_dialects(data: bytes, expected: list[tuple[str, bytes]] | None) -> None:
    seen = read(data, "tar")
    if expected is None:
        assert seen.flaws
        return
    assert seen.entries == expected
    assert seen.clean


def test_code_that_names_the_magic_is_no_tar() -> None:
    code = b"const MAGIC = '".rjust(257, b"/") + b"ustar\\x00'\n" + b"// of a header\n" * 99
    assert sniff(code) is None
    damaged = bytearray(member(b"a.txt", b"alpha"))
    damaged[0:1] = b"b"
    assert sniff(bytes(damaged)) == "tar"


def test_signed_checksums_are_valid() -> None:
    head = bytearray(header(b"\xe9t\xe9", 1))
    head[148:156] = b" " * 8
    total = sum(byte - 256 if byte > 127 else byte for byte in head)
    head[148:156] = b"%06o\0 " % total
    seen = read(bytes(head) + pad(b"1") + END, "tar")
    assert seen.bytes == b"1"
    assert seen.odd == ["name-encoding"]


def test_kinds_links_and_modes() -> None:
    data = b"".join(
        [
            header(b"d/", flag=b"5", mode=0o1777),
            header(b"s", flag=b"2", link=b"d/x"),
            header(b"h", flag=b"1", link=b"d/x"),
            header(b"f", flag=b"6"),
            header(b"c", flag=b"3"),
            END,
        ]
    )
    seen = read(data)
    kinds = [Kind.DIR, Kind.SYMLINK, Kind.HARDLINK, Kind.OTHER, Kind.OTHER]
    assert seen.kinds == kinds
    entries = [item for item in seen.items if isinstance(item, Entry)]
    assert [entry.link for entry in entries] == [None, "d/x", "d/x", None, None]
    assert entries[0].mode == 0o1777
    assert seen.odd == ["special-file", "special-file"]


# -- readers disagree ---------------------------------------------------------------------------


def pax_size(told: int, size: int, body: bytes) -> bytes:
    return pax((b"size", b"%d" % size)) + header(b"a", told) + body + member(b"last", b"end") + END


def test_pax_size_larger_than_the_headers() -> None:
    body = pad(b"visible") + HIDDEN
    seen = read(pax_size(7, len(body), body))
    assert seen.paths == ["a", "hidden.js", "last"]
    assert seen["hidden.js"] == b"token"
    assert seen["a"] == body
    assert seen.odd == ["header-mismatch", "hidden-member"]


def test_pax_size_smaller_than_the_headers() -> None:
    seen = read(pax_size(len(HIDDEN), 0, HIDDEN))
    assert seen.paths == ["a", "hidden.js", "last"]
    assert "header-mismatch" in seen.odd


def test_pax_size_hides_in_a_large_member(tmp_path: Path) -> None:
    body = pad(b"visible") + HIDDEN + bytes(20 << 20)
    whole = pax_size(7, len(body), body)
    assert "hidden.js" in read(whole).paths
    assert "hidden.js" in read(gzip.compress(whole, 1)).paths
    path = tmp_path / "x.tar"
    path.write_bytes(whole)
    assert "hidden.js" in read(whole, source=FileSource(path)).paths


def test_pax_size_chain_runs_over_members() -> None:
    # the other reader's first member ends inside a later member of this one
    inner = member(b"one.js", b"1" * 600) + member(b"two.js", b"2")
    first = pax((b"size", b"%d" % (512 + len(inner)))) + header(b"a", 1)
    seen = read(first + pad(b"v") + inner + END)
    assert {"one.js", "two.js"} <= set(seen.paths)


def test_a_folder_with_a_size() -> None:
    seen = read(header(b"d/", len(HIDDEN), b"5") + HIDDEN + member(b"last", b"end") + END)
    assert seen.paths == ["d/", "hidden.js", "last"]
    assert seen.odd == ["header-mismatch"]
    seen = read(header(b"d/", 9, b"5") + pad(b"no header") + member(b"last", b"end") + END)
    assert seen.entries == [("d/", b""), ("d/", b"no header"), ("last", b"end")]


def test_links_that_carry_data() -> None:
    data = header(b"l", 5, b"1", link=b"x") + pad(b"token") + member(b"last", b"end") + END
    seen = read(data)
    assert seen.entries == [("l", b""), ("l", b"token"), ("last", b"end")]
    assert seen.odd == ["header-mismatch"]


@pytest.mark.parametrize(
    "data",
    [
        header(b"a", size_field=b"\0" + octal(1024, 11)) + HIDDEN,
        header(b"a/", 1024, b"\0") + HIDDEN,
        header(b"a/", 1024) + HIDDEN,
        pax((b"path", b"a/")) + header(b"a", 1024) + HIDDEN,
        long_name(b"a/") + header(b"a", 1024) + HIDDEN,
        header(b"label", 1024, b"V") + HIDDEN,
        pax((b"size", b"0"), (b"size", b"1024")) + header(b"a", 1024) + HIDDEN,
        pax((b"size", b"1024"), (b"size", b"0")) + header(b"a") + HIDDEN,
        pax((b"size", b"0")) + pax((b"size", b"1024")) + header(b"a", 1024) + HIDDEN,
        pax((b"size", b"512"))
        + member(b"L", b"name\0".ljust(512, b"\0") + HIDDEN, flag=b"L")
        + member(b"a", bytes(512)),
    ],
)
def test_members_that_only_another_reader_sees(data: bytes) -> None:
    seen = read(data + END, "tar")
    assert seen["hidden.js"] == b"token"
    assert "header-mismatch" in seen.odd


@pytest.mark.parametrize(
    "before",
    [
        pax((b"path", b"hidden.js")) + long_name(b"x"),
        long_name(b"hidden.js") + pax((b"path", b"x")),
        long_name(b"hidden.js") + long_name(b"x"),
        pax((b"path", b"hidden.js"), (b"path", b"x")),
        pax((b"path", b"x"), (b"path", b"hidden.js")),
        pax((b"path", b"hidden.js\0.txt")),
        pax((b"path", b"hidden.js"), (b"GNU.sparse.name", b"x")),
    ],
)
def test_each_name_of_a_member_is_given(before: bytes) -> None:
    seen = read(before + member(b"a", b"token") + END, "tar")
    assert seen["hidden.js"] == b"token"
    assert not seen.clean


def test_stand_ins_of_sparse_members_are_no_names() -> None:
    name = (b"GNU.sparse.name", b"d/x"), (b"GNU.sparse.map", b"0,5"), (b"GNU.sparse.size", b"5")
    seen = read(pax(*name) + member(b"d/GNUSparseFile.7/x", b"token") + END, "tar")
    assert seen.paths == ["d/x"]
    assert seen.odd == ["sparse-member"]


def test_two_names_for_one_member() -> None:
    seen = read(long_name(b"one") + pax((b"path", b"two")) + member(b"x", b"1") + END)
    assert seen.odd == ["header-mismatch"]
    assert seen.entries == [("one", b"1"), ("two", b"1")]


def test_a_long_name_that_goes_on_behind_its_size() -> None:
    data = member(b"././@LongLink", b"x" * 20, flag=b"L")[:512] + pad(b"x" * 20 + b"y" * 200)
    seen = read(header(b"l", 20, b"L") + data[512:] + member(b"x", b"1") + END)
    assert seen.odd == ["header-mismatch", "trailing-data"]


def test_bytes_that_no_reader_shows_are_given() -> None:
    name = bytearray(header(b"a", link=b"token 1"))
    name[2:9] = b"token 2"
    name[148:156] = b" " * 8
    name[148:156] = b"%06o\0 " % sum(name)
    padded = header(b"p", 12, b"x") + pad(b"12 path=abc\n" + bytes(8) + b"token 3")
    seen = read(bytes(name) + padded + long_name(b"b\0token 4") + member(b"b", b"2") + END)
    for number in range(1, 5):
        assert b"token %d" % number in seen.bytes, number
    assert read(pax((b"comment", b"0" * 40)) + member(b"b", b"2") + END).paths == ["b"]
    comment = pax((b"comment", b"it is the token 5 of them"))
    assert b"token 5" in read(comment + header(b"b") + END).bytes


def test_a_size_of_twelve_digits() -> None:
    head = header(b"a", size_field=b"000000000012")
    assert read(head + pad(b"0123456789") + END).entries == [("a", b"0123456789")]


def test_a_global_name() -> None:
    seen = read(pax((b"path", b"g"), flag=b"g") + member(b"x", b"1") + END)
    assert seen.odd == ["header-mismatch"]


def test_members_behind_one_zero_block_and_behind_the_end() -> None:
    one = read(member(b"a", b"1") + bytes(512) + HIDDEN + END)
    assert one.paths == ["a", "hidden.js"]
    assert one.odd == ["hidden-member"]
    two = read(member(b"a", b"1") + END + HIDDEN + END)
    assert two.paths == ["a", "hidden.js"]
    assert two.odd == ["trailing-data"]
    junk = read(member(b"a", b"1") + END + b"token")
    assert junk.entries[-1] == ("(bytes after the end)", b"token")
    assert junk.odd == ["trailing-data"]


def test_a_reader_that_takes_the_sparse_size_reads_into_the_padding() -> None:
    body = b"a token in two parts".ljust(512, b"\1")
    seen = read(pax((b"GNU.sparse.realsize", b"20")) + header(b"a", 7) + body + END, "tar")
    assert any(b"a token in two parts" in data for _, data in seen.entries)
    assert seen.odd == ["sparse-member", "trailing-data"]


def test_padding_that_is_not_empty() -> None:
    seen = read(header(b"a", 5) + b"12345" + b"token".ljust(507, b"\0") + END)
    assert b"token" in seen.bytes
    assert seen.odd == ["trailing-data"]


@pytest.mark.parametrize(
    "sparse",
    [
        pax(
            (b"GNU.sparse.major", b"1"),
            (b"GNU.sparse.name", b"s"),
            (b"GNU.sparse.realsize", b"9" * 18),
        )
        + member(b"GNUSparseFile.0/s", b"1\n0\n5\n".ljust(512, b"\0") + b"token"),
        pax((b"GNU.sparse.map", b"0,5"), (b"GNU.sparse.size", b"9" * 18)) + member(b"s", b"token"),
        header(b"s", 5, b"S", magic=b"ustar  \0") + pad(b"token"),
    ],
)
def test_sparse_members_are_not_blown_up(sparse: bytes) -> None:
    seen = read(sparse + member(b"last", b"end") + END)
    assert seen.paths == ["s", "last"]
    assert b"token" in seen["s"]
    assert seen.odd == ["sparse-member"]


def test_old_sparse_map_that_goes_on() -> None:
    head = bytearray(header(b"s", 5, b"S", magic=b"ustar  \0"))
    head[482] = 1
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    more = bytearray(512)
    more[504] = 1
    data = bytes(head) + bytes(more) + bytes(512) + pad(b"token") + member(b"last", b"end") + END
    assert read(data).entries == [("s", b"token"), ("last", b"end")]


# -- damage ---------------------------------------------------------------------------


def broken(index: int) -> bytes:
    return HIDDEN[:index] + bytes([HIDDEN[index] ^ 1]) + HIDDEN[index + 1 :]


@pytest.mark.parametrize("index", [0, 50, 125, 150, 156, 257, 300, 400, 511])
def test_a_damaged_header_does_not_end_it(index: int) -> None:
    seen = read(member(b"a", b"1") + broken(index) + member(b"last", b"end") + END)
    assert seen.paths[0] == "a"
    assert seen.paths[-1] == "last"
    assert b"token" in seen.bytes
    assert seen.flaws


def test_a_damaged_first_header() -> None:
    seen = read(broken(3) + member(b"last", b"end") + END)
    assert seen.paths == ["(damaged header at 0)", "(bytes between members at 512)", "last"]
    assert len(seen.flaws) == 1


def test_a_damaged_header_is_not_taken_for_an_archive_inside_the_archive() -> None:
    whole = honest_tar([("inner.txt", b"content")])
    packed = gzip.compress(whole, mtime=0)
    damaged = broken(3)[:512] + pad(packed) + END
    seen = read(member(b"a", b"1") + damaged)
    assert [form_of(data) for _, data in seen.entries] == [None, None, "gzip"]


def test_long_damage_comes_in_pieces_that_overlap() -> None:
    junk = bytearray(b"\x01" * (3 << 20))
    at = (1 << 20) - 3
    junk[at : at + 6] = b"secret"
    seen = read(member(b"a", b"1") + bytes(junk) + member(b"last", b"end") + END)
    assert any(b"secret" in data for _, data in seen.entries)
    assert seen.paths[-1] == "last"
    assert len(seen.flaws) == 1


def test_every_truncation_is_told() -> None:
    whole = honest_tar(FILES)
    end = len(whole.rstrip(b"\0"))
    for cut in range(1, end):
        if whole[cut:end].strip(b"\0") or cut < end:
            seen = read(whole[:cut], "tar")
            assert seen.flaws, cut
    assert read(whole, "tar").clean


def test_truncated_content_is_given_as_far_as_it_goes() -> None:
    seen = read(header(b"a", 5000) + b"token" * 500, "tar")
    assert seen.entries == [("a", b"token" * 500)]
    assert "truncated: 2500 bytes" in seen.flaws[0]


def test_sizes_that_lie() -> None:
    for field in (b"77777777777\0", b"\x80" + b"\0\0\0\x7f" + b"\xff" * 7, b"\x80" + b"\xff" * 11):
        seen = read(header(b"a", size_field=field) + pad(b"token") + HIDDEN + END, "tar")
        assert b"token" in seen.bytes
        assert seen.flaws
    for field in (
        b"\xff" * 12,
        b"-0000000001\0",
        b"0x000000001\0",
        b"00000_00001\0",
        b"99999999999\0",
    ):
        seen = read(header(b"a", size_field=field) + HIDDEN + END, "tar")
        assert "hidden.js" in seen.paths
        assert seen.flaws


@pytest.mark.parametrize(
    "records",
    [
        b"99999999999999999999999 path=x\n",
        b"-5 path=x\n",
        b"1_0 path=x\n",
        b"10 path=x",
        b"9 pathx\n",
        b"0 \n",
        b"\xff\xfe",
    ],
)
def test_damaged_pax_records(records: bytes) -> None:
    seen = read(member(b"p", records, flag=b"x") + HIDDEN + END)
    assert seen["hidden.js"] == b"token"
    assert seen.flaws


def test_a_pax_size_that_is_no_number() -> None:
    for value in (b"-1", b"1e3", b"9" * 5000, b" 5", b"+5", "５".encode()):
        seen = read(pax((b"size", value)) + HIDDEN + END)
        assert seen["hidden.js"] == b"token"
        assert seen.flaws


def test_extension_headers_at_the_end() -> None:
    assert read(pax((b"path", b"x")) + END).flaws
    assert read(pax((b"path", b"x")), "tar").flaws
    assert read(header(b"p", 900, b"x") + b"short", "tar").flaws


def test_hidden_text_in_pax_records() -> None:
    seen = read(pax((b"vendor.note", b"a token that is long")) + member(b"x", b"1") + END)
    assert seen.paths == ["(PAX records of x)", "x"]
    assert b"a token that is long" in seen.bytes


# -- limits ---------------------------------------------------------------------------


def test_a_huge_extension_header_is_looked_at_and_told() -> None:
    data = member(b"p", b"token" + b"x" * (2 << 20), flag=b"x") + HIDDEN + END
    seen = read(data)
    assert "max_header" in seen.flaws[0]
    assert seen["hidden.js"] == b"token"
    assert len(seen.bytes) > 2 << 20


def test_too_many_members() -> None:
    data = header(b"x") * 50 + END
    with pytest.raises(LimitError, match=r"max_entries = 49, set with --limit entries=N"):
        read(data, limits=Limits(max_entries=49))
    assert len(read(data, limits=Limits(max_entries=50)).entries) == 50
    with pytest.raises(LimitError, match="max_entries"):
        read(pax() * 50 + END, limits=Limits(max_entries=40))


def test_a_name_that_is_too_long() -> None:
    data = pax((b"path", b"x" * 70_000)) + header(b"x") + END
    with pytest.raises(LimitError, match="max_path"):
        read(data)


def test_long_names_are_bounded_together() -> None:
    one = pax((b"path", b"x" * 60_000)) + header(b"x")
    assert len(read(one * 50 + END).entries) == 50
    with pytest.raises(LimitError, match="64 MiB"):
        read(one * 1200 + END)


def test_a_short_limit_on_names() -> None:
    with pytest.raises(LimitError, match="max_path = 100"):
        read(pax((b"path", b"x" * 101)) + header(b"x") + END, limits=Limits(max_path=100))


def test_oddities_stay_bounded() -> None:
    seen = read(header(b"../x") * 500 + END)
    assert seen.odd.count("path-escape") == 21
    assert seen.odd.count("duplicate-entry") == 21
    messages = [item.message for item in seen.items if not isinstance(item, Entry)]
    assert "and 480 more of the same kind in this archive" in messages


# -- large contents ---------------------------------------------------------------------------


BIG = bytes(range(251)) * 9000  # 2.2 MB


def big_tar() -> bytes:
    return honest_tar([("big", BIG), ("small", b"1"), ("big2", BIG[::-1])])


def opened(data: bytes, path: Path, form: str) -> list[Entry]:
    path.write_bytes(data)
    return [
        item for item in open_archive(FileSource(path), form, Budget()) if isinstance(item, Entry)
    ]


@pytest.mark.parametrize("compress", [False, True])
def test_large_contents_can_be_read_again_later(tmp_path: Path, compress: bool) -> None:
    data = gzip.compress(big_tar(), 1) if compress else big_tar()
    entries = opened(data, tmp_path / "x", "gzip" if compress else "tar")
    assert [entry.read() for entry in entries] == [BIG, b"1", BIG[::-1]]
    assert entries[0].data is None
    assert entries[1].data == b"1"


def test_large_contents_of_a_plain_tar_lie_in_the_file(tmp_path: Path) -> None:
    data = big_tar()
    entries = opened(data, tmp_path / "x", "tar")
    source = entries[2].source
    assert source is not None
    assert source.slice_of is not None
    path, offset = source.slice_of
    assert Path(path).read_bytes()[offset : offset + len(BIG)] == BIG[::-1]


def test_a_stream_can_be_read_once_and_twice_while_it_is_current() -> None:
    source = StreamSource(io.BytesIO(gzip.compress(big_tar(), 1)))
    kept = []
    for item in open_archive(source, "gzip", Budget()):
        assert isinstance(item, Entry)
        kept.append(item)
        if item.path == "big":
            with item.open() as stream:
                assert stream.read(1000) == BIG[:1000]
            with item.open() as again:
                assert again.read(-1) == BIG
            assert item.read() == BIG
    with pytest.raises(NotRereadable):
        kept[0].read()
    with pytest.raises(NotRereadable):
        kept[2].read()


def test_contents_that_nobody_reads_are_passed() -> None:
    found = list(open_archive(StreamSource(io.BytesIO(big_tar())), "tar", Budget()))
    assert [item.path for item in found] == ["big", "small", "big2"]


def test_a_large_content_that_is_cut_short() -> None:
    whole = big_tar()
    seen: Seen = read(whole[: len(BIG)], "tar")
    assert seen["big"] == BIG[: len(BIG) - 512]
    assert any("truncated" in flaw for flaw in seen.flaws)
    unread = [
        item
        for item in open_archive(StreamSource(io.BytesIO(whole[: len(BIG)])), "tar", Budget())
        if isinstance(item, Flaw)
    ]
    assert unread


def test_reading_ahead_gives_the_same() -> None:
    import os

    noise = os.urandom(9 << 20)
    data = gzip.compress(honest_tar([("noise", noise), ("z", b"1")]), 1)
    assert read(data, read_ahead=True).entries == [("noise", noise), ("z", b"1")]
    archive = iter(open_archive(StreamSource(io.BytesIO(data)), "gzip", Budget(), read_ahead=True))
    next(archive)
    archive.close()  # type: ignore[attr-defined] # a generator: left before its end
    assert "read-ahead" not in " ".join(
        thread.name for thread in __import__("threading").enumerate()
    )


def test_octal_widths() -> None:
    assert octal(8, 4) == b"010\0"


def _sparse(form: str, regions: list[tuple[int, int]], data: bytes) -> bytes:
    """A sparse member in each of the four forms (GNU tar manual, "Storing Sparse Files")."""
    size = b"%d" % sum(regions[-1])
    if form == "old":
        head = bytearray(header(b"s", len(data), b"S", magic=b"ustar  \0"))
        fields = b"".join(b"%011o\0%011o\0" % region for region in regions)
        head[386 : 386 + len(fields[:96])] = fields[:96]
        head[482] = len(fields) > 96
        head[148:156] = b" " * 8
        head[148:156] = b"%06o\0 " % sum(head)
        more = fields[96:].ljust(512, b"\0") if len(fields) > 96 else b""
        return bytes(head) + more + pad(data) + END
    records = [(b"GNU.sparse.size", size)]
    if form == "0.0":
        for offset, length in regions:
            records.append((b"GNU.sparse.offset", b"%d" % offset))
            records.append((b"GNU.sparse.numbytes", b"%d" % length))
    elif form == "0.1":
        numbers = b",".join(b"%d,%d" % region for region in regions)
        records += [(b"GNU.sparse.map", numbers), (b"GNU.sparse.name", b"s")]
    else:
        numbers = b"".join(b"%d\n%d\n" % region for region in regions)
        data = (b"%d\n" % len(regions) + numbers).ljust(512, b"\0") + data
        records = [(b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0")]
        records += [(b"GNU.sparse.name", b"s"), (b"GNU.sparse.realsize", size)]
    return pax(*records) + member(b"GNUSparseFile.1/s", data) + END


@pytest.mark.parametrize("form", ["old", "0.0", "0.1", "1.0"])
def test_sparse_regions_out_of_order_are_told(form: str) -> None:
    regions = [(offset * 1000, 5) for offset in range(7)]
    data = b"12345" * 7
    assert read(_sparse(form, regions, data)).flaws == []
    told = read(_sparse(form, regions[::-1], data)).flaws
    assert len(told) == 1
    assert "another order" in told[0]
