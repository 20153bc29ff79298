from __future__ import annotations

import datetime
import json

import pytest

from dunnage.errors import UsageError
from dunnage.policy.config import KEYS, find, load
from dunnage.policy.ignores import Ignore

WHOLE = """
select = ["debug", "secret/*"]
ignore = [
  "debug/log-file",
  { rule = "secret/npm-token", path = "docs/**", reason = "a sample", until = 2027-01-31 },
]
severity = { "debug/source-map" = "error" }
fail-on = "warning"
format = "json"
output = "report.json"
color = "never"
rules = ["acme.toml"]
plugin = ["acme.py"]
no-plugin = "oci"
limit = { seconds = 60, depth = "4" }
baseline = "known.json"
word = ["Capybara"]
platform = "linux/amd64"
base = "debian:13"
own-layers = true
insecure-registry = ["registry.test:5000"]
jobs = 2
max-depth = 3
"""


def test_every_key_is_read(tmp_path):
    (tmp_path / "dunnage.toml").write_text(WHOLE)
    config = find(tmp_path)
    assert config.origin == "dunnage.toml"
    assert config.folder == tmp_path
    assert set(config.values) == set(KEYS)
    assert config.values["ignore"] == ["debug/log-file"]
    assert config.values["no-plugin"] == ["oci"]
    assert config.values["limit"] == {"seconds": "60", "depth": "4"}
    assert config.ignores == (
        Ignore(
            reason="a sample",
            rule="secret/npm-token",
            path="docs/**",
            until=datetime.date(2027, 1, 31),
            file="dunnage.toml",
            origin="ignore 2",
        ),
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dunnage.toml", 'fail_on = "note"'),
        ("pyproject.toml", '[tool.dunnage]\nfail-on = "note"'),
        ("package.json", json.dumps({"name": "x", "dunnage": {"fail-on": "note"}})),
        ("Cargo.toml", '[package.metadata.dunnage]\nfail-on = "note"'),
        ("Cargo.toml", '[workspace.metadata.dunnage]\nfail-on = "note"'),
    ],
)
def test_a_config_stands_in_the_file_the_ecosystem_has(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    for config in (find(tmp_path), load(tmp_path / name)):
        assert config.values == {"fail-on": "note"}


def test_files_without_our_table_are_passed_over(tmp_path):
    assert find(tmp_path).origin is None
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"')
    assert find(tmp_path).origin is None
    (tmp_path / "package.json").write_text('{"dunnage": {}}')
    assert find(tmp_path).origin == "package.json"


def test_an_array_of_tables_is_an_ignore_too(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[[tool.dunnage.ignore]]\nrule = "debug"\nreason = "internal"\nuntil = "2030-01-01"\n'
        '[[tool.dunnage.ignore]]\nfingerprint = "ab"\nreason = "seen"\n'
    )
    first, second = find(tmp_path).ignores
    assert first.until == datetime.date(2030, 1, 1)
    assert str(second) == "pyproject.toml: ignore 2 (with fingerprint ab)"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("selct = []", "dunnage.toml: selct: there is no such key; did you mean select?"),
        ("show-secrets = true", "dunnage.toml: show-secrets: there is no such key"),
        ("select = 3", "dunnage.toml: select: takes a string or a list of strings"),
        ("own-layers = 1", "dunnage.toml: own-layers: takes true or false"),
        ("jobs = true", "dunnage.toml: jobs: takes a whole number"),
        ("limit = 3", "dunnage.toml: limit: takes a table, such as { NAME = VALUE }"),
        ("base = []", "dunnage.toml: base: takes a string"),
        ("ignore = 3", "dunnage.toml: ignore: takes a list"),
        ("ignore = [3]", "dunnage.toml: ignore 1: is neither a rule nor a table"),
        ('ignore = [{rule = "x"}]', "dunnage.toml: ignore 1: reason is missing"),
        ('ignore = [{reason = "x"}]', "dunnage.toml: ignore 1: needs a rule, a fingerprint or a"),
        (
            'ignore = [{problem = "*", reason = "x"}]',
            "dunnage.toml: ignore 1: problem: needs a path: say where in the artifact",
        ),
        (
            'ignore = [{problem = "*", path = "x", rule = "y", reason = "z"}]',
            "dunnage.toml: ignore 1: problem: a problem has no rule and no fingerprint",
        ),
        ('ignore = [{rule = "x", reason = " "}]', "dunnage.toml: ignore 1: reason: takes a string"),
        ('ignore = [{rul = "x"}]', "ignore 1: rul: there is no such key; did you mean rule?"),
        (
            'ignore = [{rule = "x", reason = "y", until = "soon"}]',
            "dunnage.toml: ignore 1: until: 'soon' is not a date (YYYY-MM-DD)",
        ),
        ('ignore = [{rule = "x", reason = "y", until = 3}]', "until: is not a date"),
        ("a = [", "dunnage.toml: not TOML: "),
        ("a = " + "[" * 50_000, "dunnage.toml: not TOML: "),
    ],
)
def test_an_error_is_one_line_with_file_and_key(tmp_path, text, error):
    (tmp_path / "dunnage.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        find(tmp_path)
    assert error in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{", b"[" * 100_000])
def test_a_package_json_that_is_none(tmp_path, content):
    (tmp_path / "package.json").write_bytes(content)
    with pytest.raises(UsageError, match=r"package\.json: not JSON"):
        find(tmp_path)


def test_a_named_file_must_be_there_and_hold_it(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        load(tmp_path / "gone.toml")
    (tmp_path / "pyproject.toml").write_text("")
    with pytest.raises(UsageError, match=r"there is no \[tool\.dunnage\] in it"):
        load(tmp_path / "pyproject.toml")
    (tmp_path / "own.toml").write_text('word = "x"')
    assert load(tmp_path / "own.toml").values == {"word": ["x"]}
