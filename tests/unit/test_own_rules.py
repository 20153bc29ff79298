"""What people get wrong in rules of their own is told when they are read, in one line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dunnage import Artifact, DunnageError, Entry, Hit, PluginError, UsageError, load_rules, rule
from dunnage.testing import lint, tar_archive, with_plugins

HEAD = '[[rule]]\nid = "acme/x"\nsummary = "s"\n'


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("paths = [3]", "rule acme/x: paths: takes texts"),
        ("paths = []", "paths is empty"),
        ("words = []", "words is empty"),
        ('words = [""]', "words: takes texts, none of them empty"),
        ('pattern = ""', "pattern: takes texts"),
        ('pattern = "x*"', "matches nothing at all, so everywhere"),
        ('pattern = "(abc"', "missing )"),
        ('pattern = "(?<=x)abc"', "no lookaround"),
        ('path = "x"', "unknown key 'path'; did you mean paths?"),
        ('pattern = "abcd"\nentropy = "x"', "entropy takes a number"),
        ('pattern = "abcd"\nonce = 1', "once takes true or false"),
        ('pattern = "abcd"\nfix = { npm = 3 }', "fix: takes texts"),
        ('pattern = "abcd"\nfold = "all"', "fold takes"),
        ('pattern = "abcd"\nkinds = ["fil"]', "there are file, dir"),
        ('pattern = "abcd"\nallow = [{ pattern = "(", reason = "r" }]', "allow: pattern"),
        ('pattern = "abcd"\nallow = [{ value = 3, reason = "r" }]', "allow: value"),
        ("keyed = { words = 3, value = 4 }", "keyed: words"),
        ('keyed = { words = "acme", value = "x" }', "keyed: words takes a list of texts"),
    ],
)
def test_a_file_that_cannot_work(lines: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_rules(HEAD + lines, "acme.toml")
    assert str(caught.value).startswith("acme.toml: rule acme/x")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bad_id_names_the_file() -> None:
    with pytest.raises(UsageError, match=r"acme\.toml: rule id 'Big X' is not of the form"):
        load_rules(HEAD.replace("acme/x", "Big X") + 'pattern = "abcd"', "acme.toml")


def test_words_are_examples_of_themselves() -> None:
    [own] = load_rules(HEAD + 'words = ["Capy{bara"]', "acme.toml")
    assert [example.template for example in own.match] == ["Capy{{bara"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "needs paths, magic or a pattern"),
        ({"paths": "*.js"}, "paths takes a list, not '\\*.js' alone"),
        ({"pahts": ["*.js"]}, "no option 'pahts'; did you mean paths"),
        ({"paths": ["*.js"], "severity": "fatal"}, "severity 'fatal' is not one of"),
    ],
)
def test_a_function_that_would_never_do(options: dict[str, Any], said: str) -> None:
    with pytest.raises(PluginError, match=said):
        rule("acme/x", **options)(lambda entry: iter(()))


def test_a_severity_may_be_its_name_and_the_summary_the_rules() -> None:
    made = rule("acme/no-go", severity="error", paths=["*"])(lambda entry: iter(()))
    assert (made.severity.label, made.summary) == ("error", "no go")


@pytest.mark.parametrize("answer", [5, "text", None, SystemExit(4)])
@pytest.mark.parametrize("on", [Entry, Artifact])
def test_a_function_that_gives_no_hits_is_a_problem(answer: Any, on: Any) -> None:
    def check(subject: object) -> Any:
        if isinstance(answer, SystemExit):
            raise answer
        yield answer
        yield Hit("x")

    made = rule("acme/x", on=on, paths=["*"])(check)
    run = lint(tar_archive({"a": "1"}), [made])
    assert [problem.message.partition(":")[0] for problem in run.problems] == ["acme/x failed"]


@pytest.mark.parametrize("answer", [5, "text", SystemExit(4), ValueError("oops")])
def test_a_weigh_that_gives_no_hit_is_a_problem(answer: Any) -> None:
    def check(entry: Entry) -> Iterator[Hit]:
        yield Hit("x")

    def weigh(hit: Hit, artifact: Artifact) -> Any:
        if isinstance(answer, BaseException):
            raise answer
        return answer

    made = rule("acme/x", paths=["*"], weigh=weigh)(check)
    run = lint(tar_archive({"a": "1"}), [made])
    assert [problem.message.partition(":")[0] for problem in run.problems] == ["acme/x failed"]


def test_an_adapter_that_raises_is_a_problem() -> None:
    class Broken:
        name = "broken"
        documents = ()

        def match(self, listing: object) -> int:
            raise ValueError("oops")

        def read(self, listing: object) -> Any:
            raise DunnageError("never")

    from msgspec.structs import replace

    from dunnage.testing import bundled

    plugins = replace(bundled(), adapters=[*bundled().adapters, Broken()])
    run = lint(tar_archive({"a": "1"}), plugins=plugins)
    assert [problem.message for problem in run.problems] == ["broken failed: ValueError: oops"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("def register_adapters(): return [1]", "plugin acme: register_adapters gave 1, which has"),
        ("def register_resolvers(): return [1]", "gave 1, which has no name"),
        ("def register_reporters(): return [1]", "gave 1, which has no name"),
        ("def register_verifiers(): return [1]", "gave 1, which has no name"),
        ("def register_rules(): return 5", "plugin acme cannot be loaded: TypeError"),
        ("def register_rules(): raise SystemExit(3)", "plugin acme cannot be loaded: SystemExit"),
        (
            "def register_rules(): return [rule('acme/x', paths=['*'], ecosystems=['nmp'])(list)]",
            "there is no ecosystem 'nmp'; there are crates, npm, oci, pypi",
        ),
    ],
)
def test_a_plugin_that_registers_what_cannot_work(lines: str, said: str, tmp_path: Any) -> None:
    plugin = tmp_path / "acme.py"
    plugin.write_text(f"from dunnage import hookimpl, rule\n\n\n@hookimpl\n{lines}\n")
    with pytest.raises(UsageError) as caught:
        with_plugins(plugin)
    assert said in str(caught.value)


def test_a_plugin_without_hooks_is_told(tmp_path: Any) -> None:
    plugin = tmp_path / "acme.py"
    plugin.write_text("def register_rules():\n    return []\n")
    with pytest.raises(UsageError, match="plugin acme registers nothing: write @hookimpl before"):
        with_plugins(plugin)


@pytest.mark.parametrize(
    ("name", "said"),
    [("gone.py", "there is no such file"), ("acme.txt", "a plugin is a Python file, named ")],
)
def test_a_plugin_that_is_no_python_file(tmp_path: Any, name: str, said: str) -> None:
    (tmp_path / "acme.txt").touch()
    with pytest.raises(PluginError, match=said):
        with_plugins(tmp_path / name)


@pytest.mark.parametrize(
    ("line", "places"),
    [
        (rb'{"acme_key": "\u00f6szWq7Zk3VtYb1Lp"}', 0),  # a letter, as JSON writes it
        (rb'{"acme_key": "u00f6szWq7Zk3VtYb1Lp"}', 1),
    ],
)
def test_a_value_may_begin_as_an_escape_does(line: bytes, places: int) -> None:
    rules = load_rules(
        '[[rule]]\nid = "acme/key"\nsummary = "a key"\n'
        "keyed = { words = [\"acme\"], value = '[0-9a-zA-Z]{20}' }\n",
        "acme.toml",
    )
    assert len(lint(tar_archive({"a.json": line}), rules).findings) == places
