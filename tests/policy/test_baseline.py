from __future__ import annotations

import pytest

from dunnage.errors import UsageError
from dunnage.model import Severity
from dunnage.policy.baseline import apply, read, write


def test_what_was_known_is_hidden_and_what_is_new_is_not(tmp_path, finding):
    file = tmp_path / "known.json"
    assert write([finding(), finding("secret/x", "b", suppressed="f: ignored")], file) == 1
    marked, notes = apply([finding(), finding(path="new.log")], read(file), "known.json")
    assert [found.suppressed for found in marked] == ["baseline: known.json", None]
    assert notes == []


def test_what_has_become_worse_is_shown_again(tmp_path, finding):
    file = tmp_path / "known.json"
    write([finding()], file)
    marked, _ = apply([finding(severity=Severity.ERROR)], read(file), "known.json")
    assert marked[0].suppressed is None


def test_what_is_gone_is_told(tmp_path, finding):
    file = tmp_path / "known.json"
    write([finding(path=f"{number}.log") for number in range(9)], file)
    _, notes = apply([], read(file), "known.json")
    assert notes[0] == "known.json: no longer found: debug/log-file in dist/x-1.0.tgz!0.log"
    assert notes[-1] == "known.json: 4 more are no longer found"
    assert len(notes) == 6


def test_the_file_is_for_review_one_finding_a_line_sorted(tmp_path, finding):
    file = tmp_path / "known.json"
    one, two = finding(path="a\x1b\n.log"), finding("archive/z", "b")
    write([one, two], file)
    before = file.read_text()
    write([two, one], file)
    assert file.read_text() == before
    lines = before.splitlines()
    assert len(lines) == 4
    assert lines[1].startswith('  {"rule": "archive/z", "place": "dist/x-1.0.tgz!b"')
    assert all(line.isprintable() for line in lines)


def test_writing_again_keeps_what_the_baseline_hid(tmp_path, finding):
    file = tmp_path / "known.json"
    write([finding()], file)
    marked, _ = apply([finding(), finding(path="new.log")], read(file), "known.json")
    assert write(marked, file) == 2


def entry(rest):
    return f'{{"schema": "dunnage-baseline/1", "findings": [{{"fingerprint": {rest}}}]}}'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"schema": "dunnage-baseline/2", "findings": []}',
        '{"schema": "dunnage-baseline/1"}',
        '{"schema": "dunnage-baseline/1", "findings": {}, "x": 1}',
        '{"schema": "dunnage-baseline/1", "findings": [3]}',
        '{"schema": "dunnage-baseline/1", "findings": [{"fingerprint": "a"}]}',
        entry('"a", "rule": 1, "place": "p", "severity": "note"'),
        entry('"a", "rule": "r", "place": "p", "severity": "bad"'),
    ],
)
def test_a_file_that_is_no_baseline_is_one_line(tmp_path, text):
    file = tmp_path / "known.json"
    file.write_text(text)
    if '"findings": {}' in text:
        assert read(file) == []
        return
    with pytest.raises(UsageError) as caught:
        read(file)
    assert str(caught.value).startswith(f"baseline {file}: ")
    assert "\n" not in str(caught.value)


def test_a_baseline_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        read(tmp_path / "gone.json")
