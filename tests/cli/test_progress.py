from __future__ import annotations

import io
import os

import pytest

from dunnage.cli import progress, terminal
from dunnage.cli.progress import Progress, shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_line():
    bar = Progress()
    bar("dist/\x1b[2Jx.whl", 3, 12)
    assert bar.line(2.4, 80) == "[#####...............] 3/12  2 s  \\x1b[2Jx.whl"
    bar("app.tar", 0, 1)
    assert bar.line(61.0, 80) == "61 s  app.tar"
    assert len(bar.line(61.0, 10)) < 10


def test_nothing_is_shown_where_nobody_sees_it(monkeypatch):
    with shown(wanted=True) as bar:
        assert bar is None
    monkeypatch.setattr("sys.stderr", Terminal())
    with shown(wanted=False) as bar:
        assert bar is None
    with shown(wanted=True) as bar:
        assert bar is not None


def test_it_appears_after_a_second_and_leaves_nothing(monkeypatch):
    written = []
    monkeypatch.setattr(progress, "_write", written.append)
    monkeypatch.setattr(progress, "_AFTER", 0.0)
    bar = Progress()
    bar("x", 0, 2)
    bar.draw()
    bar.clear()
    assert written == [f"\r\x1b[K{bar.line(0, 80)}", "\r\x1b[K"]


def test_a_quick_run_draws_nothing(monkeypatch):
    written = []
    monkeypatch.setattr(progress, "_write", written.append)
    bar = Progress()
    bar("x", 0, 2)
    bar.draw()
    bar.clear()
    assert written == []


@pytest.mark.parametrize(("columns", "width"), [(20, 40), (72, 72), (93, 93), (300, 120)])
def test_the_width_of_text(monkeypatch, columns, width):
    monkeypatch.setattr(
        "shutil.get_terminal_size", lambda fallback: os.terminal_size((columns, 24))
    )
    assert terminal.width(Terminal()) == width
    assert terminal.width(io.StringIO()) == 100


def test_a_dumb_terminal_gets_no_colour(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    assert terminal.coloured("auto", Terminal())
    monkeypatch.setenv("TERM", "dumb")
    assert not terminal.coloured("auto", Terminal())
    assert not terminal.coloured("auto", None)
