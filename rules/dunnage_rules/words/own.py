"""The user's own words: code names that must not leave."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from dunnage import Artifact, Entry, Hit, Match, Rule, Severity, Subject

_FIX = "Take the word out, or rename what bears it."
_WHY = (
    "Code names of products and customers stand in comments, flags, file names and maps long "
    "before they are announced.\n\n"
    "Every spelling counts: `Capybara`, `capybara_mode`, `isCapybaraEnabled`, and file names. "
    "There is one finding for an artifact and word."
)


def own_words(words: Sequence[str]) -> list[Rule]:
    """The rules that look for ``words``, in contents and in paths; none for no words."""
    known = {word.lower(): word for word in words if word.strip()}
    if not known:
        return []
    either = "|".join(re.escape(word) for word in known.values())
    return [
        Rule(
            id="words/own-word",
            on=Subject.ENTRY,
            severity=Severity.ERROR,
            summary="A word that you named as internal",
            why=_WHY,
            fix=_FIX,
            pattern=f"(?i:{either})",
            keywords=tuple(known.values()),
            fold="artifact",
            check=_content(known),
        ),
        Rule(
            id="words/own-path",
            on=Subject.ARTIFACT,
            severity=Severity.ERROR,
            summary="A path with a word that you named as internal",
            why=_WHY,
            fix=_FIX,
            fold="artifact",
            check=_paths(known, re.compile(f"(?i:{either})")),
        ),
    ]


def _content(known: dict[str, str]) -> Callable[[Entry, Match], Iterator[Hit]]:
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
            yield Hit(f"the internal word {word!r}", span=match.span)

    return check


def _paths(known: dict[str, str], pattern: re.Pattern[str]) -> Callable[[Artifact], Iterator[Hit]]:
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
        or (word.isupper() and after.islower() and len(word) > 3)
    )
    return begins and ends
