"""Texts that say of themselves that they must not leave."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dunnage import Entry, Hit, Match, Rule, Severity, lazy_regex, rule

_PATTERN = (
    r"(?:CONFIDENTIAL|INTERNAL (?:USE )?ONLY|Internal (?:Use )?Only|FOR INTERNAL USE|"
    r"TOP SECRET|TRADE SECRET|"
    r"(?i:strictly confidential|company confidential|highly confidential|confidential and "
    r"proprietary|proprietary and confidential|"
    r"do not distribute|do not redistribute|not for distribution|not for public release|not "
    r"for external distribution|"
    r"do not share (?:outside|externally)|must not leave the company|company internal))"
)
_CODE = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".mts", ".cts", ".py", ".pyi", ".rs", ".go",
         ".java", ".c", ".h", ".cc", ".hpp", ".cpp", ".cs", ".rb", ".php", ".map")  # fmt: skip
"""Where "Internal Use Only" and "FOR INTERNAL USE" speak of an argument or a function."""
_FUNCTION = lazy_regex(rb"(?:\A|[ \W])Internal|FOR INTERNAL")
_ARGUMENT = lazy_regex(rb"@[a-z]\w+\s|:param|:type|\$[a-z_]")
"""What the line of a comment on an argument holds."""
_AMONG = frozenset((b"A", b"SOME", b"ANY", b"ALL", b"YOUR", b"NO", b"MY"))
"""What makes the word behind it a part of a sentence: `SOME CONFIDENTIAL DATA`."""
_LEGAL = lazy_regex(rb"(?i)part(?:y|ies)\b|agreement|warrant|hereby|recipient")


@rule(
    "words/confidential",
    severity=Severity.NOTE,
    pattern=_PATTERN,
    fold="artifact",
    fix="Take the text out, or its marking if it is meant for everybody.",
)
def confidential(entry: Entry, match: Match) -> Iterator[Hit]:
    """A text that says of itself that it must not leave.

    `INTERNAL ONLY`, `CONFIDENTIAL`, `do not distribute` and the like, as a marking. There is one
    finding for an artifact and wording, with its places counted.

    Take the text out, or its marking. Licence texts, which speak of confidential information at
    length, are not meant, and neither is "for internal use only" in a comment on an API.
    """
    if entry.name.upper().startswith(
        ("LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT", "EULA", "THIRD", "RECORD")
    ):
        return
    window, start, end = match.window, match.start, match.end
    if entry.name.endswith(_CODE) and _FUNCTION.search(window[max(0, start - 4) : end]):
        return
    around = window[max(0, start - 1) : start] + window[end : end + 1]
    if any(
        byte in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
        for byte in around
    ):
        return  # a part of a name: CONFIDENTIAL_CLIENT, COMPUTE_CONFIDENTIAL
    if any(byte in b"|`" for byte in around):
        return  # words that somebody looks for, or speaks of
    quoted = window[max(0, start - 1) : start] in (b'"', b"'", b"`") and window[end : end + 1] in (
        b'"',
        b"'",
        b"`",
    )
    word = b" ".join(match.text.split()).decode("ascii", "replace")
    if quoted and " " not in word:
        return  # a value of an enumeration
    if not _is_marking(window, start, end, word):
        return
    if _LEGAL.search(window[max(0, start - 200) : end + 200]) and word != word.upper():
        return
    if not _is_text(window[max(0, start - 64) : end + 64]):
        return
    yield Hit(f"a text that says {word.upper()!r} of itself", span=match.span)


def _is_marking(window: bytes, start: int, end: int, word: str) -> bool:
    """Whether the words stand for themselves and are no part of a sentence about something else."""
    low = window.rfind(b"\n", max(0, start - 120), start) + 1
    words = re.findall(rb"[\w'-]+", window[max(low, start - 120) : start])
    after = window[end : end + 2].lstrip(b" ")[:1]
    if words and words[-1] in _AMONG and after.isalpha():
        return False
    if "INTERNAL" in word.upper() and _ARGUMENT.search(window, low, start):
        return False
    if word == word.upper():
        return not (words and words[-1].islower() and words[-1].isalpha()) or not after.isalpha()
    if "confidential" in word.lower():
        sentence = words and words[-1].islower() and after.isalpha()
        return not sentence or b"this" in (word.lower() for word in words)
    return not after.isalpha()


def _is_text(around: bytes) -> bool:
    return not any(byte < 9 or 13 < byte < 32 for byte in around)


def rules() -> list[Rule]:
    """The rules of this module."""
    return [confidential]
