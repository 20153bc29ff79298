"""The user's own words, in contents and in paths."""

from __future__ import annotations

import pytest

from dunnage import Severity, UsageError, load_rules
from dunnage.codenames import own_words
from dunnage.testing import lint, npm_tarball

WORDS = ["Capybara", "KAIROS"]


def places(text: str, path: str = "a.js") -> dict[str, int]:
    run = lint(npm_tarball({path: text}), own_words(WORDS))
    assert not run.problems
    assert all(finding.severity is Severity.ERROR for finding in run.findings)
    return {finding.message: finding.places for finding in run.findings}


@pytest.mark.parametrize(
    "text",
    [
        "Capybara",
        "capybara",
        "isCapybaraOn()",
        "CAPYBARA_MODE",
        "capybara-1",
        "x.capybaraMode",
        "isCAPYBARA",
    ],
)
def test_every_spelling(text: str) -> None:
    assert places(f"let a = 1; {text} ;") == {"the internal word 'Capybara'": 1}


@pytest.mark.parametrize("text", ["acapybara", "capybaras", "nekairos", "XKAIROS"])
def test_a_part_of_another_word_is_none(text: str) -> None:
    assert places(f"let a = 1; {text} ;") == {}


def test_one_finding_a_word_with_its_places() -> None:
    assert places("capybara(kairos, Capybara) // KAIROS\n" * 2) == {
        "the internal word 'Capybara'": 4,
        "the internal word 'KAIROS'": 4,
    }


def test_paths() -> None:
    assert places("x", "lib/capybara/kairos-mode.js") == {
        "a path with the internal word 'Capybara'": 1,
        "a path with the internal word 'KAIROS'": 1,
    }


def test_no_words() -> None:
    assert own_words([" "]) == []


def test_words_of_a_rule_file() -> None:
    rules = load_rules('words = ["Project X"]', "Acme Words.toml")
    assert [rule.id for rule in rules] == ["words/acme-words", "words/acme-words-path"]
    (finding,) = lint(npm_tarball({"a.js": "// for project x"}), rules).findings
    assert finding.message == "the internal word 'Project X'"


def test_words_of_a_rule() -> None:
    text = """
    [[rule]]
    id = "acme/code-name"
    summary = "a code name"
    words = ["Capybara"]
    allow = [{ pattern = "Capybara Street", line = true, reason = "our address" }]
    """
    rules = load_rules(text, "acme.toml")
    run = lint(npm_tarball({"a.js": "capybara_a\nCapybara Street 3\nCAPYBARA"}), rules)
    assert [(f.message, f.places, f.severity) for f in run.findings] == [
        ("a code name: 'Capybara'", 2, Severity.ERROR)
    ]


@pytest.mark.parametrize("words", ["3", "[3]", '[""]', '"Capybara"'])
def test_words_that_are_none(words: str) -> None:
    with pytest.raises(UsageError, match=r"acme\.toml: words takes a list of texts"):
        load_rules(f"words = {words}", "acme.toml")


def test_a_word_is_no_expression() -> None:
    run = lint(npm_tarball({"a.js": "acmeXio acme.io", "b.js": "acme/io"}), own_words(["acme.io"]))
    assert [(found.path, found.places) for found in run.findings] == [("package/a.js", 1)]
