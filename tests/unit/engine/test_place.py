"""Hits become findings: one for a secret, placed, weighed, in a fixed order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pytest

from dunnage.archives import Limits
from dunnage.model import Artifact, Entry, Finding, Hit, Match, Severity
from dunnage.rules import Rule, rule
from dunnage.testing import (
    crate,
    docker_archive,
    layer,
    lint,
    npm_tarball,
    tar_archive,
    wheel,
    zip_archive,
)
from dunnage_rules import archive, leftovers

KEY = "acmekey_" + "123456"


def a_rule(name: str, rank: int, group: str = "acme", **options: object) -> Rule:
    def check(entry: Entry, match: Match) -> Iterator[Hit]:
        """A key."""
        yield Hit(f"seen by {name}", span=match.span, secret=match.secret)

    options = {"pattern": r"acmekey_[0-9]{6}", "severity": Severity.ERROR, "rank": rank, **options}
    return rule(f"{group}/{name}", **options)(check)  # type: ignore[arg-type]  # any of Rule's fields


PLAIN = a_rule("plain", 0)
KNOWING = a_rule("knowing", 30)


def only(findings: Iterable[Finding]) -> Finding:
    (found,) = findings
    return found


def test_one_secret_is_one_finding_by_the_rule_that_knows_best() -> None:
    files = {"a.txt": KEY, "b.txt": f"x\n  {KEY}\n", "c/d.txt": KEY}
    found = only(lint(tar_archive(files), [PLAIN, KNOWING]).findings)
    assert found.rule == "acme/knowing"
    assert (found.path, found.line, found.column, found.places) == ("a.txt", 1, 1, 3)


def test_the_same_secret_cut_differently_is_one() -> None:
    wide = a_rule("wide", 10, pattern=r"key=acmekey_[0-9]{6}")
    found = only(lint(tar_archive({"a": f"key={KEY}"}), [wide, KNOWING]).findings)
    assert found.rule == "acme/knowing"


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("src/a.py", Severity.ERROR),
        ("tests/a.py", Severity.WARNING),
        ("pkg/test_a.py", Severity.WARNING),
        ("pkg/tests.py", Severity.WARNING),
        ("e2e_tests/a.py", Severity.WARNING),
        ("test-data/a.py", Severity.WARNING),
        ("contest/a.py", Severity.ERROR),
        ("pkg/tests-cookbook.js", Severity.WARNING),
        ("bench/a.py", Severity.WARNING),
        ("pkg/tester.py", Severity.ERROR),
        ("docs/a.md", Severity.WARNING),
        ("latest/a.py", Severity.ERROR),
        ("contest.py", Severity.ERROR),
        (".github/workflows/tests.yml", Severity.ERROR),
        ("usr/share/man/man1/a.1", Severity.WARNING),
        ("lib/manual/a.py", Severity.ERROR),
    ],
)
def test_tests_and_documents_weigh_less(path: str, severity: Severity) -> None:
    lowering = a_rule("lowering", 0, lower=True)
    assert only(lint(tar_archive({path: KEY}), [lowering]).findings).severity is severity


@pytest.mark.parametrize(("rank", "severity"), [(30, Severity.WARNING), (20, Severity.NOTE)])
def test_documentation_in_code_weighs_less(rank: int, severity: Severity) -> None:
    lowering = a_rule("lowering", rank, lower=True)
    files = {"a.py": f'def f():\n    """Such as {KEY}."""\n'}
    assert only(lint(tar_archive(files), [lowering]).findings).severity is severity


@pytest.mark.parametrize(
    ("path", "secret", "odd"),
    [
        ("lib/a.tar", Severity.ERROR, Severity.ERROR),
        ("tests/data/a.tar", Severity.WARNING, Severity.NOTE),
    ],
)
def test_an_archive_among_tests_weighs_less(path: str, secret: Severity, odd: Severity) -> None:
    lowering = a_rule("lowering", 0, lower=True)
    escape = [one for one in archive.rules() if one.id == "archive/path-escape"]
    inner = tar_archive({"../evil.py": KEY})
    run = lint(tar_archive({path: inner}), [lowering, *escape])
    assert {found.rule: found.severity for found in run.findings} == {
        "acme/lowering": secret,
        "archive/path-escape": odd,
    }


def test_a_package_among_tests_is_nobodys_to_install() -> None:
    rules = [one for one in leftovers.rules() if one.id == "wheel/top-level-tests"]
    inner = wheel({"demo/a.py": "", "tests/__init__.py": "", "tests/test_a.py": ""})
    assert only(lint(inner, rules).findings).severity is Severity.WARNING
    run = lint(tar_archive({"tests/data/a.whl": inner}), rules)
    assert only(run.findings).severity is Severity.NOTE


def test_the_user_has_the_last_word_on_severity() -> None:
    for name in ("acme/plain", "acme", "acme/p*"):
        run = lint(tar_archive({"a": KEY}), [PLAIN], severities={name: Severity.NOTE})
        assert only(run.findings).severity is Severity.NOTE


@rule("acme/folder", paths=["*.tmp"], fold="artifact")
def folder(entry: Entry) -> Iterator[Hit]:
    """Temporary."""
    yield Hit("temporary files")


def test_a_rule_may_fold() -> None:
    files = {f"{number}.tmp": "" for number in range(9)}
    found = only(lint(tar_archive(files), [folder]).findings)
    assert (found.path, found.places) == ("0.tmp", 9)


def test_notes_that_fold_are_counted_and_meet_no_limit() -> None:
    @rule("acme/class", paths=["*.class"], fold="artifact", severity=Severity.NOTE)
    def classes(entry: Entry) -> Iterator[Hit]:
        """A class."""
        yield Hit("classes")

    files = {f"a/{number}.class": "" for number in range(300)}
    run = lint(tar_archive(files), [classes], limits=Limits(max_findings=150))
    assert not run.problems
    assert (only(run.findings).path, only(run.findings).places) == ("a/0.class", 300)


def test_guesses_among_tests_are_one_finding() -> None:
    guess = a_rule("guess", 0, "secret", lower=True, severity=Severity.NOTE)
    files = {f"tests/{n}.py": f"acmekey_{n}" for n in range(123456, 123460)}
    found = only(lint(tar_archive(files), [guess]).findings)
    assert (found.path, found.places) == ("tests/123456.py", 4)
    elsewhere = {name.replace("tests", "lib"): text for name, text in files.items()}
    assert len(lint(tar_archive(elsewhere), [guess]).findings) == 4
    sure = a_rule("sure", 20, "secret", lower=True, severity=Severity.NOTE)
    assert len(lint(tar_archive(files), [sure]).findings) == 4
    many = {f"tests/{n}.py": f"acmekey_{n}" for n in range(123400, 123460)}
    assert only(lint(tar_archive(many), [sure]).findings).places == 60
    for kept in (
        a_rule("token", 30, "secret", lower=True, severity=Severity.NOTE),
        a_rule("loud", 20, "secret", lower=True, severity=Severity.ERROR),
    ):
        assert len(lint(tar_archive(many), [kept]).findings) == 60
    other = a_rule("switch", 0, "leftover", lower=True, severity=Severity.NOTE)
    assert len(lint(tar_archive(files), [other]).findings) == 4


def test_messages_that_differ_in_amounts_fold() -> None:
    @rule("acme/size", fold="artifact", paths=["*.bin"])
    def sizes(entry: Entry) -> Iterator[Hit]:
        """A size."""
        kind = "tables" if entry.name.startswith("t") else "files"
        size = "1.2 kB" if entry.size > 1000 else "2 bytes"
        yield Hit(
            f"{kind} of {entry.size} line{'s' * (entry.size != 1)} (3 kB, {entry.name}); {size}"
        )

    files = {"a.bin": "x", "b.bin": "xx", "c.bin": "x" * 1200, "t.bin": "x"}
    run = lint(tar_archive(files), [sizes])
    assert [(found.path, found.places) for found in run.findings] == [("a.bin", 3), ("t.bin", 1)]


def test_the_names_of_a_map_s_sources_are_no_files() -> None:
    sources = {"../node_modules/a.tmp": KEY}
    text = {"version": 3, "sources": list(sources), "sourcesContent": [KEY], "mappings": "AAAA"}
    found = only(lint(tar_archive({"a.js.map": json.dumps(text)}), [folder, KNOWING]).findings)
    assert (found.rule, found.path) == ("acme/knowing", "../node_modules/a.tmp")


def test_the_trail_names_each_container() -> None:
    inner = zip_archive({"deep/x.txt": KEY})
    middle = npm_tarball({"vendor/inner.zip": inner})
    found = only(lint(tar_archive({"m.tgz": middle}), [PLAIN], name="out.tar").findings)
    assert found.trail == ("out.tar", "m.tgz", "package/vendor/inner.zip")
    assert found.path == "deep/x.txt"


def test_fingerprints_outlive_versions_and_tell_places_apart() -> None:
    def prints(version: str) -> list[str]:
        artifact = crate({"src/lib.rs": f"// {KEY}\n// acmekey_654321\n"}, version=version)
        return [found.fingerprint for found in lint(artifact, [PLAIN]).findings]

    assert prints("1.0.0") == prints("2.0.0")
    assert len(set(prints("1.0.0"))) == 2


def test_the_fix_is_in_the_words_of_the_ecosystem() -> None:
    fixed = a_rule("fixed", 0, fix={"pypi": "for wheels", "any": "for all"})
    assert only(lint(wheel({"a.py": KEY}), [fixed]).findings).fix == "for wheels"
    assert only(lint(tar_archive({"a.py": KEY}), [fixed]).findings).fix == "for all"


def test_a_rule_of_one_ecosystem_is_silent_elsewhere() -> None:
    npm_only = a_rule("npm-only", 0, ecosystems=("npm",))
    assert lint(wheel({"a.py": KEY}), [npm_only]).findings == []
    assert only(lint(npm_tarball({"a.js": KEY}), [npm_only]).findings).path == "package/a.js"


def _weigh(hit: Hit, artifact: Artifact) -> Hit | None:
    assert hit.facts == "learned"
    return hit if artifact.private else None


@rule("acme/weighed", paths=["*.map"], weigh=_weigh)
def weighed(entry: Entry) -> Iterator[Hit]:
    """Weighed."""
    yield Hit("a map", facts="learned")


def test_a_hit_is_weighed_when_the_artifact_is_known() -> None:
    open_ = npm_tarball({"a.map": "{}"}, package={"license": "MIT"})
    closed = npm_tarball({"a.map": "{}"}, package={"license": "UNLICENSED"})
    assert lint(open_, [weighed]).findings == []
    assert len(lint(closed, [weighed]).findings) == 1


@rule("acme/broken", paths=["*.txt"])
def broken(entry: Entry) -> Iterator[Hit]:
    """Broken."""
    raise RuntimeError("of no use")
    yield Hit("never")


def test_a_rule_that_raises_is_a_problem_and_the_run_goes_on() -> None:
    run = lint(tar_archive({"a.txt": KEY}), [broken, PLAIN])
    assert len(run.findings) == 1
    assert [(p.path, p.message) for p in run.problems] == [
        ("a.txt", "acme/broken failed: RuntimeError: of no use")
    ]
    assert not run.artifacts[0].complete


def test_findings_of_layers_come_in_the_order_of_the_layers() -> None:
    # Their names are digests: in another order, and another one in each form of the image.
    layers = [layer({f"{9 - number}.txt": f"acmekey_{number:06d}"}) for number in range(6)]
    run = lint(tar_archive(docker_archive(layers)), [PLAIN])
    found = [each.layer.index for each in run.findings if each.layer is not None]
    assert found == list(range(6))
