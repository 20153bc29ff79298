"""The user's own words: code names that must not leave."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from dunnage.model import Artifact, Entry, Hit, Match, Severity, Subject
from dunnage.rules import Example, Rule

_FIX = "Take the word out, or rename what bears it."
_WHY = (
    "Code names of products and customers stand in comments, flags, file names and maps long "
    "before they are announced.\n\n"
    "Every spelling counts: `Capybara`, `capybara_mode`, `isCapybaraEnabled`, and file names. "
    "There is one finding for an artifact and word."
)


def own_words(words: Sequence[str], name: str = "own") -> list[Rule]:
    """The rules that look for ``words``, in contents and in paths; none for no words. Their ids are
    ``words/NAME`` and ``words/NAME-path``."""
    words = [word for word in words if word.strip()]
    if not words:
        return []
    pattern = code_pattern(words)
    return [
        Rule(
            id=f"words/{name}",
            on=Subject.ENTRY,
            severity=Severity.ERROR,
            summary="A word that you named as internal",
            why=_WHY,
            fix=_FIX,
            pattern=pattern,
            keywords=tuple(words),
            fold="artifact",
            check=in_content(words),
            match=[Example(literal(word)) for word in words],
        ),
        Rule(
            id=f"words/{name}-path",
            on=Subject.ARTIFACT,
            severity=Severity.ERROR,
            summary="A path with a word that you named as internal",
            why=_WHY,
            fix=_FIX,
            fold="artifact",
            check=_in_paths(words, re.compile(pattern)),
        ),
    ]


def literal(text: str) -> str:
    """The template of an example that renders as ``text``.

    >>> literal("{a}")
    '{{a}}'
    """
    return text.replace("{", "{{").replace("}", "}}")


def code_pattern(words: Sequence[str]) -> str:
    """The pattern of ``words`` in any case."""
    return f"(?i:{'|'.join(re.escape(word) for word in words)})"


def in_content(
    words: Sequence[str], message: str = "the internal word"
) -> Callable[[Entry, Match], Iterator[Hit]]:
    """The check of a rule on ``words``: a hit for each place, whose message names the word."""
    known = {word.lower(): word for word in words}

    def check(entry: Entry, match: Match) -> Iterator[Hit]:
        window = match.window
        before, after = (
            window[max(0, match.start - 1) : match.start],
            window[match.end : match.end + 1],
        )
        text = match.text
        if _stands_alone(before.decode("latin-1"), text.decode("latin-1"), after.decode("latin-1")):
            word = known.get(
                text.decode("utf-8", "replace").lower(), text.decode("utf-8", "replace")
            )
            yield Hit(f"{message} {word!r}", span=match.span)

    return check


def _in_paths(
    words: Sequence[str], pattern: re.Pattern[str]
) -> Callable[[Artifact], Iterator[Hit]]:
    known = {word.lower(): word for word in words}

    def check(artifact: Artifact) -> Iterator[Hit]:
        for path in artifact.index:
            for found in pattern.finditer(path):
                if _stands_alone(
                    path[max(0, found.start() - 1) : found.start()],
                    found[0],
                    path[found.end() : found.end() + 1],
                ):
                    yield Hit(
                        f"a path with the internal word {known[found[0].lower()]!r}", entry=path
                    )

    return check


def _stands_alone(before: str, word: str, after: str) -> bool:
    """Whether a word ends where a reader would end it: at what is no letter, or where the case
    changes."""
    begins = not before.isalpha() or (before.islower() and word[0].isupper())
    ends = (
        not after.isalpha()
        or (after.isupper() and not word[-1].isupper())
        or (word.isupper() and len(word) > 3)
    )
    return begins and ends
