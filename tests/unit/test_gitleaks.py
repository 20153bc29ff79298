from __future__ import annotations

import pytest
import tomli

from dunnage import load_rules
from dunnage.errors import UsageError
from dunnage.gitleaks import carry, left_out, named_group
from dunnage.testing import lint, tar_archive

WHOLE = r"""
title = "our rules"
minVersion = "v8.25.0"

[extend]
useDefault = true
disabledRules = ["generic-api-key"]

[[allowlists]]
description = "global"
paths = ['''(?:^|/)vendor/''']
stopwords = ["sample"]

[[allowlists]]
targetRules = ["acme-key"]
regexes = ['''^acme_dead''']
commits = ["abc"]

[[rules]]
id = "acme-key"
description = "An Acme key"
regex = '''(?i)\b(acme)[\w.-]{0,20}[\s'"]{0,3}[=:][\x60'"\s=]{0,5}(acme_\w{20})(?:[\x60'"\s;]|$)'''
secretGroup = 2
entropy = 3.0
keywords = ["acme"]
tags = ["key", "acme"]

[[rules]]
id = "Acme URL"
regex = '''https://hooks\.acme\.dev/in/[0-9a-f]{16}'''
path = '''\.(?:ya?ml|js)$'''
[[rules.allowlists]]
condition = "AND"
regexTarget = "line"
regexes = ['''#\s*nocheck''']
paths = ['''\.js$''']

[[rules]]
id = "keystore"
description = "A key store"
path = '''(?i)\.(?:jks|keystore)$'''
[rules.allowlist]
paths = ['''^test/''']

[[rules]]
id = "backreference"
regex = '''(a)\1'''

[[rules]]
id = "helper"
regex = '''x'''
skipReport = true
[[rules.required]]
id = "acme-key"
"""

KEY = "acme_" + "q1w2e3r4t5y6u7i8o9p0"
HOOK = "https://hooks.acme.dev/in/" + "0f1e2d3c4b5a6978"


@pytest.fixture
def found():
    rules = load_rules(WHOLE, "g.toml")

    def look(path: str, text: str) -> list[str]:
        run = lint(tar_archive({path: text}), rules)
        assert not run.problems
        return [finding.rule for finding in run.findings]

    return look


@pytest.mark.parametrize(
    ("path", "text", "rules"),
    [
        ("a.txt", f'acme_token = "{KEY}"\n', ["gitleaks/acme-key"]),
        ("vendor/a.txt", f'acme_token = "{KEY}"\n', []),
        ("a.txt", 'acme_token = "acme_aaaaaaaaaaaaaaaaaaaa"\n', []),
        ("a.txt", f'acme_token = "acme_sample{KEY[11:]}"\n', []),
        ("a.txt", f'acme_token = "acme_dead{KEY[9:]}"\n', []),
        ("a.js", f"call('{HOOK}')", ["gitleaks/acme-url"]),
        ("a.py", f"call('{HOOK}')", []),
        ("a.js", f"call('{HOOK}') # nocheck", []),
        ("a.yml", f"call: {HOOK} # nocheck", ["gitleaks/acme-url"]),
        ("etc/prod.jks", "x", ["gitleaks/keystore"]),
        ("test/prod.jks", "x", []),
    ],
)
def test_a_rule_finds_what_it_found(found, path, text, rules):
    assert found(path, text) == rules


def test_only_the_named_group_is_the_secret():
    run = lint(tar_archive({"a": f'acme_token = "{KEY}"\n'}), load_rules(WHOLE, "g.toml"))
    assert run.findings[0].excerpt == 'acme_token = "acme_q… (25 bytes)"'
    assert run.findings[0].column == 15
    assert run.findings[0].message == "An Acme key"


def test_what_could_not_be_carried_over_is_named():
    lines = left_out(WHOLE, "g.toml")
    assert [line for line in lines if "backreference" not in line] == [
        "g.toml: extend.useDefault: only the file's own rules are taken",
        "g.toml: extend.disabledRules: only the file's own rules are taken",
        "g.toml: allowlist.commits: an artifact has no commits",
        "g.toml: rule helper: required is not carried over",
        "g.toml: rule helper: left out, since it reports nothing of its own",
    ]
    assert any(
        line.startswith("g.toml: rule backreference: ") and line.endswith(": left out")
        for line in lines
    )
    assert len(carry(tomli.loads(WHOLE), "g.toml").rules) == 3


def test_our_own_format_leaves_nothing_out():
    assert left_out('[[rule]]\nid = "a/b"\nsummary = "x"\npaths = ["*.x"]\n', "a.toml") == ()


@pytest.mark.parametrize(
    ("regex", "wanted", "named"),
    [
        ("key", 0, "key"),
        ("key=(x)", 0, "key=(?P<secret>x)"),
        ("(a)(?:b)(c)", 2, "(a)(?:b)(?P<secret>c)"),
        (r"\((a[()\]]b)", 1, r"\((?P<secret>a[()\]]b)"),
        ("[](](a)", 0, "[](](?P<secret>a)"),
        ("[^](](a)", 0, "[^](](?P<secret>a)"),
        ("(?P<key>a)(?<val>b)", 2, "(a)(?P<secret>b)"),
        (r"\Q(\E(a)", 0, r"\Q(\E(?P<secret>a)"),
        ("(?i)(?:a|(b))", 1, "(?i)(?:a|(?P<secret>b))"),
    ],
)
def test_the_group_that_is_the_secret(regex, wanted, named):
    assert named_group(regex, wanted, "") == named


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("rules = 3", "g.toml: rules: is not a list of tables"),
        ('[[rules]]\nregex = "x"', "g.toml: rule ?: id is missing"),
        ("extend = 3\n", "g.toml: extend: is of the wrong type"),
        (
            '[[rules]]\nid="a"\nregex="x"\n[[rules]]\nid="A"\nregex="x"',
            "g.toml: rule A: is there twice",
        ),
        ('[allowlist]\npaths = "x"', "takes a list of texts"),
    ],
)
def test_a_file_that_gitleaks_would_not_read(text, error):
    with pytest.raises(UsageError) as caught:
        load_rules(text, "g.toml")
    assert error in str(caught.value)


@pytest.mark.parametrize(
    "rule",
    ['regex = "("', "regex = 3", 'regex = "x"\nsecretGroup = 2', 'regex = "x"\nentropy = "a"', ""],
)
def test_a_rule_that_is_wrong_does_not_stop_the_others(rule):
    text = f'[[rules]]\nid = "bad"\n{rule}\n[[rules]]\nid = "good"\nregex = "good"\n'
    assert [one.id for one in load_rules(text, "g.toml")] == ["gitleaks/good"]
    assert left_out(text, "g.toml")[0].startswith("g.toml: rule bad: ")
