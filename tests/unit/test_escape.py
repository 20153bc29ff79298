from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunnage.escape import decode, disarm, escape, is_clean


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("src/index.js", "src/index.js"),
        ("naïve/日本.txt", "naïve/日本.txt"),
        ("a\nb\tc", "a\\x0ab\\x09c"),
        ("\x1b[2J\x7f\x9b31m", "\\x1b[2J\\x7f\\x9b31m"),
        ("invoice\u202excod.exe", "invoice\\u202excod.exe"),
        ("pay\u200bload\ufeff", "pay\\u200bload\\ufeff"),
        ("a\u2028b\u2029c\u00a0d", "a\\u2028b\\u2029c\\xa0d"),
        ("\U000e0041\ufe0f\u3164", "\\U000e0041\\ufe0f\\u3164"),
        ("\udcff\ud800", "\\xff\\ud800"),
        ("back\\slash", "back\\slash"),
    ],
)
def test_what_cannot_be_seen_is_spelt_out(text: str, shown: str) -> None:
    assert escape(text) == shown
    assert is_clean(text) == (text == shown)


def test_bytes_that_are_not_utf8_are_spelt_out() -> None:
    assert decode(b"caf\xe9/\xc3\xa9") == "caf\\xe9/é"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("::error file=x::gone", "\\x3a:error file=x::gone"),
        ("   ::stop-commands::x", "   \\x3a:stop-commands::x"),
        ("a ##[error]x ##vso[task.complete]", "a #\\x23[error]x #\\x23vso[task.complete]"),
        ("std::vector ## heading", "std::vector ## heading"),
    ],
)
def test_a_runner_finds_no_command(line: str, shown: str) -> None:
    assert disarm(line) == shown


@given(st.text(alphabet=st.characters()))
def test_escaping_is_total_and_done_once(text: str) -> None:
    shown = escape(text)
    assert shown.isprintable()
    assert is_clean(shown)
    assert escape(shown) == shown
    shown.encode()
