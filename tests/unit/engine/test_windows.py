"""Large contents are looked at in windows: nothing is lost or doubled at their edges."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dunnage.engine import look, matched, streams
from dunnage.model import Entry, Hit, Match, Run, Severity
from dunnage.rules import rule
from dunnage.testing import lint, tar_archive

WINDOW = 4096


@rule("acme/key", severity=Severity.ERROR, pattern=r"acmekey_[0-9]{6}", boundary="word")
def acme_key(entry: Entry, match: Match) -> Iterator[Hit]:
    """A key of ours."""
    yield Hit("a key", span=match.span, secret=match.secret)


@pytest.fixture(autouse=True)
def _small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "WINDOW", WINDOW)
    monkeypatch.setattr(streams, "WINDOW", WINDOW)
    monkeypatch.setattr(look, "LONGEST", 256)
    monkeypatch.setattr(look, "CONTEXT", 64)


def places(run: Run) -> list[tuple[int | None, int | None]]:
    return [(found.line, found.column) for found in run.findings]


@pytest.mark.parametrize("edge", [WINDOW, 2 * WINDOW, 3 * WINDOW])
def test_where_windows_meet_each_is_told_once(edge: int) -> None:
    asked: list[int] = []

    @rule("acme/note", pattern=r"acmenote", severity=Severity.NOTE)
    def acme_note(entry: Entry, match: Match) -> Iterator[Hit]:
        """A note of ours."""
        asked.append(match.offset + match.start)
        yield from ()

    filler = b"abc def\n" * (5 * WINDOW // 8)
    for at in range(edge - 260, edge - 250):
        asked.clear()
        lint(tar_archive({"a.txt": filler[:at] + b" acmenote " + filler[at:]}), [acme_note])
        assert asked == [at + 1]


@pytest.mark.parametrize("edge", [WINDOW, 2 * WINDOW, 3 * WINDOW])
def test_at_every_offset_around_an_edge(edge: int) -> None:
    filler = b"abc def\n" * (5 * WINDOW // 8)
    # Every seventh, and those where one window hands over to the next.
    for shift in sorted({*range(-300, 40, 7), *range(-260, -252), *range(-4, 4)}):
        at = edge + shift
        content = filler[:at] + b" acmekey_123456 " + filler[at:]
        run = lint(tar_archive({"a.txt": content}), [acme_key])
        line = content.count(b"\n", 0, at + 1) + 1
        column = at + 1 - (content.rfind(b"\n", 0, at + 1) + 1) + 1
        assert places(run) == [(line, column)], shift


def test_in_one_line() -> None:
    content = b"x" * (9 * WINDOW) + b"=acmekey_123456"
    assert places(lint(tar_archive({"a.js": content}), [acme_key])) == [(1, 9 * WINDOW + 2)]


def test_columns_count_characters() -> None:
    text = "ÿ€𝄞" * 3000 + " acmekey_123456"
    assert places(lint(tar_archive({"a.js": text}), [acme_key])) == [(1, 9002)]


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-16-le", True),
        ("utf-16-be", True),
        ("utf-16-le", False),
        ("utf-16-be", False),
        ("utf-32-le", True),
        ("utf-8-sig", False),
    ],
)
@pytest.mark.parametrize("lines", [3, 3000], ids=["small", "large"])
def test_text_in_other_encodings(encoding: str, mark: bool, lines: int) -> None:
    text = "first line\n" * lines + "k = acmekey_123456\n"
    content = ("\ufeff" * mark + text).encode(encoding)
    found = lint(tar_archive({"a.txt": content}), [acme_key]).findings
    assert (lines + 1, 5) in [(one.line, one.column) for one in found]
    assert len(found) == 1


def test_a_boundary_at_the_edge_is_seen() -> None:
    # Where the file's windows meet, and where the next one begins to be accepted.
    for at in (WINDOW - 8, *range(WINDOW - 260, WINDOW - 250)):
        content = b"x" * at + b"yacmekey_123456" + b" " * 9000
        assert places(lint(tar_archive({"a.txt": content}), [acme_key])) == []


def test_the_last_bytes() -> None:
    for size in (1, WINDOW - 14, WINDOW - 15, 3 * WINDOW):
        run = lint(tar_archive({"a.txt": b" " * size + b"acmekey_123456"}), [acme_key])
        assert places(run) == [(1, size + 1)]


def test_more_places_than_are_told_apart_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matched, "MOST_PLACES", 10)
    content = b"".join(b"acmekey_%06d\n" % number for number in range(50))
    run = lint(tar_archive({"a.txt": content}), [acme_key])
    assert len(run.findings) == 11
    assert sum(found.places for found in run.findings) == 50
    assert [one.places for one in run.findings if "not told apart" in one.message] == [40]


def test_what_is_not_told_apart_weighs_as_the_worst_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matched, "MOST_PLACES", 10)
    lines = [b"acmekey_%06d\n" % number for number in range(50)]
    lines[30] = b"acmekey_999999\n"

    @rule("acme/doubted", severity=Severity.ERROR, pattern=r"acmekey_(?P<secret>[0-9]{6})")
    def doubted(entry: Entry, match: Match) -> Iterator[Hit]:
        """A key of Acme's: one that begins with a nine is certain."""
        sure = match.secret.startswith(b"9")
        yield Hit("key", secret=match.secret, severity=None if sure else Severity.NOTE)

    run = lint(tar_archive({"a.txt": b"".join(lines)}), [doubted])
    errors = [one for one in run.findings if one.severity is Severity.ERROR]
    assert [(one.line, one.places) for one in errors] == [(31, 1)]
    notes = [one for one in run.findings if one.severity is Severity.NOTE]
    rest = next(one for one in notes if "not told apart" in one.message)
    assert (rest.line, rest.places, rest.severity) == (11, 39, Severity.NOTE)


def test_what_is_not_judged_weighs_as_the_worst_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matched, "MOST_PLACES", 10)
    monkeypatch.setattr(matched, "MOST_JUDGED", 20)
    judged = 0

    @rule("acme/doubted", severity=Severity.WARNING, pattern=r"acmekey_[0-9]{6}")
    def doubted(entry: Entry, match: Match) -> Iterator[Hit]:
        """A key of Acme's."""
        nonlocal judged
        judged += 1
        yield Hit("key", severity=Severity.NOTE)

    content = b"acmekey_123456\n" * 100
    run = lint(tar_archive({"a.txt": content}), [doubted])
    assert judged == 20
    worst = [one for one in run.findings if one.severity is Severity.WARNING]
    assert [(one.line, one.places) for one in worst] == [(21, 80)]
    assert sum(one.places for one in run.findings) == 100


@pytest.mark.parametrize("byte", [b"\0", b" ", b"\n"])
def test_windows_of_one_byte_are_passed_and_their_edges_are_not(
    byte: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    scan = look.Look._scan

    def counted(self: look.Look, buffer: bytes, regions: object) -> None:
        seen.append(len(buffer))
        scan(self, buffer, regions)  # type: ignore[arg-type] # as it was given

    monkeypatch.setattr(look.Look, "_scan", counted)
    empty = byte * (40 * WINDOW)
    content = b"acmekey_123456" + empty + b"acmekey_234567" + empty + b"acmekey_345678"
    run = lint(tar_archive({"a.bin": content}), [acme_key])
    assert len(run.findings) == 3
    assert sum(seen) < len(content) // 4
