"""How a string from an artifact is shown: on one line, visibly, harmless to what reads the output.

Names and texts in an artifact are chosen by strangers. Shown raw they can move a terminal's cursor,
reverse a line's reading order, forge lines of a log, or give a CI runner commands.
"""

from __future__ import annotations

from dunnage.lazy import lazy_regex

# Characters that Python calls printable and that no font shows: fillers, joiners, variation
# selectors (Unicode 15, Default_Ignorable_Code_Point, less what str.isprintable() refuses).
_UNSEEN = lazy_regex(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)

# CI runners act on these where they stand at a line's start, spaces aside: GitHub's ``::error::``.
# GitHub's older ``##[…]``, Azure's ``##vso[…]`` and TeamCity's ``##teamcity[…]`` act anywhere.
_COMMAND = lazy_regex(r"##(?=\[|vso\[|teamcity\[)")


def escape(text: str) -> str:
    """``text`` with each character that is not plainly visible written as ``\\xNN``, ``\\uNNNN`` or
    ``\\UNNNNNNNN``. Bytes that were not UTF-8 (surrogates of ``surrogateescape``) become ``\\xNN``.

    A backslash stays as it is, so that escaping twice changes nothing; exact bytes are in the
    JSON report's ``raw_path``.

    >>> escape("a\\x1b[31m\\u202eb")
    'a\\\\x1b[31m\\\\u202eb'
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub(
        lambda found: _code(found[0]),
        "".join(char if char.isprintable() else _code(char) for char in text),
    )


def is_clean(text: str) -> bool:
    """Whether :func:`escape` would leave ``text`` as it is."""
    return text.isprintable() and (text.isascii() or not _UNSEEN.search(text))


def decode(raw: bytes) -> str:
    """``raw`` as UTF-8, escaped; what is not UTF-8 is shown as ``\\xNN``."""
    return escape(raw.decode("utf-8", "surrogateescape"))


def disarm(line: str) -> str:
    """One line of a report for people, in which no CI runner finds a command.

    >>> disarm("  ::error::gone")
    '  \\\\x3a:error::gone'
    """
    bare = line.lstrip()
    if bare.startswith("::"):
        line = line[: len(line) - len(bare)] + "\\x3a" + bare[1:]
    return _COMMAND.sub(r"#\\x23", line) if "##" in line else line


def _code(char: str) -> str:
    number = ord(char)
    if 0xDC80 <= number <= 0xDCFF:
        return f"\\x{number - 0xDC00:02x}"
    if number <= 0xFF:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
