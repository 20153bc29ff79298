"""Where bytes come from: files that are none, folders, names."""

from __future__ import annotations

import os
import pickle
import socket
from pathlib import Path

import pytest
from crafted import honest_tar, honest_zip

from dunnage.archives import Budget, Limits, open_archive, open_directory, sniff, sniff_tail
from dunnage.archives.oddities import Oddities
from dunnage.errors import ArchiveError, LimitError, NotRereadable, TargetError
from dunnage.model import Entry, Flaw, Kind, MemorySource, Oddity
from dunnage.sources import FileSource, SliceSource, StreamSource


def test_files_and_slices(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"0123456789")
    source = FileSource(path)
    assert source.size == 10
    assert source.slice_of == (str(path), 0)
    part = SliceSource(str(path), 3, 4)
    assert pickle.loads(pickle.dumps(part)) == part
    known = pickle.loads(pickle.dumps(source))
    assert (known.path, known.size) == (source.path, source.size)
    with part.open() as stream:
        assert stream.read(2) == b"34"
        assert stream.read() == b"56"
        assert stream.seek(0) == 0
        assert stream.tell() == 0
        buffer = bytearray(3)
        assert stream.readinto(buffer) == 3  # type: ignore[attr-defined] # BinaryIO hides it
        assert bytes(buffer) == b"345"
    path.unlink()
    with pytest.raises(ArchiveError, match="no such file"):
        source.open()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_what_is_no_regular_file_is_told_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "gone").symlink_to("nowhere")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "sock"))
    server.close()
    for name in ("fifo", "loop", "gone", "sock", "missing", "."):
        with pytest.raises(TargetError) as caught:
            FileSource(tmp_path / name)
        assert "\n" not in str(caught.value)
    with pytest.raises(TargetError):
        FileSource("a\0b")
    with pytest.raises(TargetError, match="device"):
        FileSource("/dev/null")


def test_streams_come_once() -> None:
    import io

    source = StreamSource(io.BytesIO(b"1"))
    assert source.open().read() == b"1"
    with pytest.raises(NotRereadable):
        source.open()


def test_a_folder_is_an_archive(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.txt").write_bytes(b"1")
    (tmp_path / "a.txt").write_bytes(b"22")
    (tmp_path / "link").symlink_to("/etc")
    os.mkfifo(tmp_path / "fifo")
    items = list(open_directory(tmp_path, Budget()))
    entries = [item for item in items if isinstance(item, Entry)]
    assert [(entry.path, entry.kind) for entry in entries] == [
        ("a.txt", Kind.FILE),
        ("b", Kind.DIR),
        ("fifo", Kind.OTHER),
        ("link", Kind.SYMLINK),
        ("b/x.txt", Kind.FILE),
    ]
    assert entries[0].read() == b"22"
    assert entries[3].link == "/etc"
    with pytest.raises(TargetError, match="not a folder"):
        open_directory(tmp_path / "a.txt", Budget())
    with pytest.raises(LimitError, match="max_entries"):
        list(open_directory(tmp_path, Budget(Limits(max_entries=2))))


def test_a_folder_with_odd_names(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/bad\xff\x1b[2J"
    with open(raw, "wb") as file:
        file.write(b"1")
    items = list(open_directory(tmp_path, Budget()))
    assert {item.kind for item in items if isinstance(item, Oddity)} == {
        "name-encoding",
        "name-control-characters",
    }
    entry = next(item for item in items if isinstance(item, Entry))
    assert entry.raw_path == b"bad\xff\x1b[2J"
    entry.path.encode()


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"1")
    (tmp_path / "secret").chmod(0)
    assert any(isinstance(item, Flaw) for item in open_directory(tmp_path, Budget()))


@pytest.mark.parametrize(
    "text",
    [b"", b"P", b"PK", b"PK\x01\x02", b"BZh", b"BZh9", b"BZh0xxxxxx", b"(\xb5/", b"]\0\0",
     b"P" * 600, b"1" * 600, b"_" * 600, b"\x1f\x8b\x07" + bytes(600), b"x" * 4096, bytes(4096)],
)  # fmt: skip
def test_what_is_no_archive(text: bytes) -> None:
    assert sniff(text) is None


def test_formats_by_their_first_bytes() -> None:
    assert sniff(honest_tar([("x", b"1")])) == "tar"
    assert sniff(honest_tar([("x", b"1")])[:511]) is None or True
    assert sniff(honest_zip([("x", b"1")])) == "zip"
    assert sniff(honest_zip([])) == "zip"
    assert sniff(b"\x1f\x8b\x08") == "gzip"
    assert sniff(b"\x50\x2a\x4d\x18") == "zstd"
    assert sniff(b"BZh91AY&SY") == "bzip2"
    assert sniff_tail(b"junk" + honest_zip([("x", b"1")]) + b"tail") == "zip"
    assert sniff_tail(b"PK\x05\x06") is None
    damaged = bytearray(honest_tar([("x", b"1")]))
    damaged[3] ^= 1
    assert sniff(bytes(damaged)) == "tar"


def test_unknown_formats_are_errors() -> None:
    with pytest.raises(ArchiveError):
        open_archive(MemorySource(b""), "rar", Budget())


@pytest.mark.parametrize(
    ("raw", "kinds"),
    [
        (b"plain/file.txt", []),
        (b"with space/a b.txt", []),
        (b".hidden/..data/x...y", []),
        ("ünïcode/ファイル".encode(), []),
        (b"./x", []),
        (b"a//b", []),
        (b"../x", ["path-escape"]),
        (b"a/../x", ["path-escape"]),
        (b"a\\..\\x", ["path-escape"]),
        (b"/etc/x", ["path-escape"]),
        (b"C:\\x", ["path-escape"]),
        (b"c:x", ["path-escape"]),
        (b"a\\b", ["path-escape"]),
        (b"system-a\\x2db.slice", ["reserved-name"]),
        (b"a\\x2d\\b", ["path-escape"]),
        (b"aux", ["reserved-name"]),
        (b"a/NUL.txt", ["reserved-name"]),
        (b"con/x", ["reserved-name"]),
        (b"com1.log", ["reserved-name"]),
        (b"console.log", []),
        (b"auxiliary", []),
        (b"x.", ["reserved-name"]),
        (b"x ", ["reserved-name"]),
        (b" ", []),
        (b".", []),
        (b"x./y", ["reserved-name"]),
        (b"x\ny", ["name-control-characters"]),
        (b"x\x7f", ["name-control-characters"]),
        (b"x\0y", ["name-control-characters"]),
        ("x\u202ey".encode(), ["name-bidi"]),
        ("x\u200by".encode(), ["name-bidi"]),
        (b"x\xff", ["name-encoding"]),
    ],
)
def test_names(raw: bytes, kinds: list[str]) -> None:
    odd = Oddities()
    odd.look(raw.decode("utf-8", "backslashreplace"), raw, Kind.FILE)
    assert [one.kind for one in odd.taken()] == kinds


def test_twins() -> None:
    odd = Oddities()
    names = ["a/b", "A/b", "a/b", "x", "\u00e9", "e\u0301", "X/Y", "x/y", "d/"]
    for name in names:
        odd.look(name, name.encode(), Kind.FILE)
    assert [one.kind for one in odd.taken()] == [
        "case-collision",
        "duplicate-entry",
        "case-collision",
        "case-collision",
    ]


def test_folders_may_come_twice() -> None:
    odd = Oddities()
    for _ in range(2):
        odd.look("d/", b"d/", Kind.DIR)
    assert odd.taken() == []


@pytest.mark.parametrize(
    ("path", "link", "escapes"),
    [
        ("a/b/l", "../x", False),
        ("a/b/l", "../../x", False),
        ("a/b/l", "../../../x", True),
        ("l", "x/../..", True),
        ("l", "x/../y", False),
        ("l", "/etc/passwd", True),
        ("l", "C:\\x", True),
        ("l", "..\\x", True),
    ],
)
def test_links(path: str, link: str, escapes: bool) -> None:
    odd = Oddities()
    odd.link(Entry(path, path.encode(), Kind.SYMLINK, link=link))
    assert [one.kind for one in odd.taken()] == ["link-escape"] * escapes


def test_what_is_passed_over_in_a_file_may_be_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "cut.tar"
    path.write_bytes(honest_tar([("a", bytes(3 << 20)), ("b", bytes(3 << 20))])[: 5 << 20])
    items = list(open_archive(FileSource(str(path)), "tar", Budget()))  # no content is read
    assert [item.path for item in items if isinstance(item, Entry)] == ["a", "b"]
    assert any("missing" in item.message for item in items if isinstance(item, Flaw))
