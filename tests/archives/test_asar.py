"""Archives of Electron's applications."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import pytest
from packed import asar, asar_of

from dunnage import Entry, Flaw, Kind, MemorySource, Oddity
from dunnage.archives import open_archive, sniff
from dunnage.archives.limits import Budget
from dunnage.archives.parts import Passing
from dunnage.errors import LimitError
from dunnage.model import Source
from dunnage.sources import FileSource
from dunnage.testing import bundled, compress, layer, lint, render, tar_archive

REAL = (
    b"c-"
    b"p0uO>f&U42FH^sXs&KAQSaT<<?8F!wv&_9Ew37RN}?4i`W^u75VR@)2>}lK^Fl6D2g`8hc9&1G|ktmruoAAmiLpW"
    b"ZAYV6Jqg-"
    b"9OuuGhY=4tj$%Pnd9cdCPA;m(p{Y2}1`y3Lx^}zOK$Cr1XZ<KW$v5Dh`&!m&g#;AZbLk1IKP1R%!!POL$Q9hCZGR"
    b"}k)w8_x~8v-PcRwcBS|CG8RZ|_cJ7zjp7^Wx(|zg?c-{&-"
    b"x7uI;zWAE(Y|lM5gB`O_}8{p{s{ekk;PH<ZH*pI1<i?@n<!2flH03vuWlV%|~_t7(6r51>m_wJIuWuu);K-"
    b"c=PHDlE!VN#Ih_;G!vLv+__?@xe%AtET82mb2(CPQd8qwGeZMaZSu>=--"
    b";x@ZYMD77}_WF59AbQXt79xQd7bsX$OVdmkvHLmQ&UQbGtu@poQUd0sV_COD~vHS%uyfA#Y3_+J5N_y_@utWle+Q"
    b"pJ`k(G^*%OaQW`5{iP9OwAsgj#Zl?d1@{yLgT7SB=uPW7bm!90Q5-tFvZl-"
    b"v${`mnBS2;?${+Fm+_PKV>`=2z)~)yI9_k4>xSz;>j+H?"
)
"""What @electron/asar 3.4.1 wrote (packed): a folder, a link, an empty file, an unpacked one."""


def place(offset: int, size: int, **more: Any) -> dict[str, Any]:
    return {"size": size, "offset": str(offset), **more}


def read(source: bytes | Source) -> tuple[dict[str, bytes], list[str]]:
    source = MemorySource(source) if isinstance(source, bytes) else source
    contents, said = {}, []
    for item in open_archive(source, "asar", Budget()):
        if isinstance(item, Entry):
            contents[item.path] = item.read()
        elif isinstance(item, Flaw):
            said.append(item.message)
        else:
            assert isinstance(item, Oddity)
            said.append(item.kind)
    contents.pop("(header)", None)
    return contents, said


def token(seed: str) -> bytes:
    return render("{github-token:ghp_}", seed).encode()


def test_what_the_tool_writes() -> None:
    data = zlib.decompress(base64.b85decode(REAL))
    assert sniff(data[:4096]) == "asar"
    entries = list(open_archive(MemorySource(data), "asar", Budget()))
    assert all(isinstance(entry, Entry) for entry in entries)
    found = {entry.path: entry for entry in entries if isinstance(entry, Entry)}
    assert list(found) == ["(header)", "link.js", "empty", "package.json", "src/main.js"]
    assert found["link.js"].link == "src/main.js"
    assert found["link.js"].kind is Kind.HARDLINK
    assert found["src/main.js"].data == b"hello\n"
    assert found["src/main.js"].mode == 0o755
    assert b'"a.node"' in (found["(header)"].data or b"")


def test_only_its_frame_makes_one() -> None:
    whole = asar({}, b"")
    for other in (b"\4\0\0\0", whole[:12], b"\4" + whole[1:16] + b"[]" + bytes(8)):
        assert sniff(other) is None
    assert sniff(asar({}, b"", between=16)) == "asar"
    assert read(asar({"a": place(0, 1)}, b"1", between=16))[0] == {"a": b"1"}


def test_every_byte_is_looked_at() -> None:
    files = {"a": place(3, 2), "b": {"files": {"c": place(7, 1), "d": place(0, 0)}}}
    data = asar({**files, "u": {"size": 9, "unpacked": True}}, b"xyz12 - 3rest")
    contents = {"a": b"12", "b/c": b"3", "b/d": b"", "(bytes after the end)": b"rest"}
    begin = len(data) - 13
    between = {f"(bytes at {begin})": b"xyz", f"(bytes at {begin + 5})": b" -"}
    assert read(data.replace(b" - ", b" -")) != read(data)
    found, said = read(data.replace(b"12 - 3", b"12 -3"))
    assert found == {**contents, **between}
    assert set(said) == {"trailing-data"}
    assert read(asar({"a": place(0, 1)}, b"1" + bytes(3))) == ({"a": b"1"}, [])


def test_a_name_twice_and_others_that_lead_out() -> None:
    text = b'{"files":{"a":%s,"a":%s,"../b":%s,"l":{"link":"../x"}}}'
    one, two = b'{"size":1,"offset":"0"}', b'{"size":1,"offset":"1"}'
    contents, said = read(asar_of(text % (one, two, two), b"12"))
    assert {"duplicate-entry", "path-escape", "link-escape"} <= set(said)
    assert contents["../b"] == b"2"


@pytest.mark.parametrize("near", [True, False])
def test_members_over_one_another(near: bool) -> None:
    files = {"a": place(0, 4), "b": place(2, 4), "c": place(0, 4)}
    data = asar(files, b"123456")
    source: Source = MemorySource(data) if near else Passing(iter([data]), "x", None)
    contents, said = read(source)
    assert contents["a"] == b"1234"
    assert "overlapping-members" in said
    if near:
        assert contents["b"] == b"3456"
        assert contents["c"] == b"1234"
    else:
        assert "lies over another one" in str(said)
        assert b"56" in contents.values()


def test_members_over_one_another_end() -> None:
    most = {str(number): place(0, 1 << 20) for number in range(400)}
    budget = Budget()
    with pytest.raises(LimitError, match="over one another"):
        list(open_archive(MemorySource(asar(most, bytes(1 << 20))), "asar", budget))


def test_truncated_anywhere_is_told() -> None:
    data = asar({"a": place(0, 3), "f": {"files": {"b": place(3, 40)}}}, b"123" + b"4" * 40)
    for end in range(17, len(data)):
        assert read(data[:end])[1], end


@pytest.mark.parametrize(
    "text",
    [
        b'{"files":{"a":{"size":-1,"offset":"0"}}}',
        b'{"files":{"a":{"size":1}}}',
        b'{"files":{"a":{"size":1,"offset":"x"}}}',
        b'{"files":{"a":{"size":1,"offset":"1e3"}}}',
        b'{"files":{"a":{"size":9,"offset":"99999999999999"}}}',
        b'{"files":{"a":1}}',
        b'{"files":' * 300 + b"{}" + b"}" * 300,
        b'{"files":{}} and more',
        b"{",
    ],
)
def test_a_header_that_lies_is_told(text: bytes) -> None:
    contents, said = read(asar_of(text, b"secret"))
    assert said
    assert b"secret" in b"".join(contents.values())


def test_a_header_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dunnage.archives.asar._MOST_HEADER", 40)
    contents, said = read(asar({"a": place(0, 1), "b": place(1, 1)}, b"12"))
    assert "larger than" in str(said)
    assert b"offset" in contents["(all of it)"]


def test_large_members_and_what_holds_them(tmp_path: Any) -> None:
    rules = [rule for rule in bundled().rules if rule.id == "secret/github-token"]
    secrets = [token(str(number)) for number in range(3)]
    large = b"0 " * (1 << 20) + secrets[1] + b" "
    code = b"t = '" + secrets[0] + b"'"
    files = {"a.js": place(0, len(code)), "lib": {"files": {"b": place(len(code), len(large))}}}
    data = asar(files, code + large + secrets[2])
    path = tmp_path / "app.asar"
    path.write_bytes(data)
    assert read(FileSource(str(path)))[0]["lib/b"] == large
    held = tar_archive([("opt/resources/app.asar", data)])
    for target in (data, held, compress(held, "gzip"), layer({"opt/app.asar": data})):
        findings = lint(target, rules).findings
        assert len([one for one in findings if one.rule == "secret/github-token"]) == 3
