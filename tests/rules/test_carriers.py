"""The carrier matrix: canonical secrets in every carrier, in every kind of artifact. It is full."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache

import pytest
from carriers import CARRIERS

from dunnage.testing import (
    bundled,
    crate,
    docker_archive,
    layer,
    lint,
    npm_tarball,
    render,
    sdist,
    tar_archive,
    wheel,
)

SECRETS = {
    "secret/github-token": "{github-token:ghp_}",
    "secret/npm-token": "{npm-token}",
    "secret/pypi-token": "{pypi-token:pypi.org}",
    "secret/aws-access-key-id": "{aws-key-id:AKIA}",
    "secret/gitlab-token": "glpat-{base62:20}",
    "secret/slack-bot-token": "xoxb-{digits:12}-{digits:12}-{base62:24}",
    "secret/stripe-live-key": "sk_live_{base62:24}",
    "secret/anthropic-api-key": "sk-ant-api03-{base62:93}AA",
    "secret/sendgrid-api-key": "SG.{base62:22}.{base62:43}",
    "secret/jwt": "{jwt}",
    "secret/database-url": "postgres://app:{url-credentials}@db.acme.io:5432/app",
    "secret/private-key": "{pem-body:ec}",
}
"""A secret of its own for each place: the same one twice would be one finding."""

ARTIFACTS: Mapping[str, Callable[[dict[str, bytes]], bytes]] = {
    "tarball": npm_tarball,
    "wheel": wheel,
    "sdist": sdist,
    "crate": crate,
    "layer": lambda files: tar_archive(docker_archive([layer(files)])),
}


def _folder(carrier: int, secret: int) -> str:
    return f"at-{carrier}-{secret}-end"


_FOLDER = re.compile(r"at-\d+-\d+-end(?=/)")


@cache
def _found(artifact: str) -> Mapping[str, set[str]]:
    """The rules that found something, by the folder it lies in."""
    files = {}
    for number, (path, build) in enumerate(CARRIERS.values()):
        for which, (rule, template) in enumerate(SECRETS.items()):
            secret = render(template, f"{artifact} {number} {rule}")
            files[f"{_folder(number, which)}/{path}"] = build(secret)
    rules = [rule for rule in bundled().rules if rule.group == "secret"]
    found: dict[str, set[str]] = defaultdict(set)
    for finding in lint(ARTIFACTS[artifact](files), rules).findings:
        for part in (*finding.trail, finding.path or ""):
            for folder in _FOLDER.findall(part):
                found[folder].add(finding.rule)
    return found


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("artifact", ARTIFACTS)
def test_found_in(artifact: str, carrier: str) -> None:
    found = _found(artifact)
    number = list(CARRIERS).index(carrier)
    missed = []
    for which, rule in enumerate(SECRETS):
        rules = found.get(_folder(number, which), set())
        if rule not in rules:
            missed.append((rule, sorted(rules)))
    assert missed == []


def _rules_of(content: bytes) -> set[str]:
    rules = [rule for rule in bundled().rules if rule.group == "secret"]
    return {finding.rule for finding in lint(npm_tarball({"a.bin": content}), rules).findings}


@pytest.mark.parametrize("rule", ["secret/github-token", "secret/npm-token"])
def test_a_right_checksum_needs_no_end(rule: str) -> None:
    # Compilers of Rust and Go lay strings side by side
    secret = render(SECRETS[rule], "packed").encode()
    assert rule in _rules_of(b"\x7fELF\0src/main.rs" + secret + b"called `Option::unwrap()`\0")
    wrong = secret[:-1] + (b"A" if secret[-1:] != b"A" else b"B")
    assert not _rules_of(b"\x7fELF\0src/main.rs" + wrong + b"called `Option::unwrap()`\0")


@pytest.mark.parametrize("rule", ["secret/slack-bot-token", "secret/sendgrid-api-key"])
@pytest.mark.parametrize("more", [0, 1, 2])
def test_a_length_tells_the_end(rule: str, more: int) -> None:
    secret = render(SECRETS[rule], "counted").encode()
    packed = bytes([4, len(secret) + more]) + secret
    assert rule in _rules_of(b"\x1bLua" + packed + b"\0")
    if not more:  # the constant behind it in Python's marshal
        assert rule in _rules_of(b"\xa7\r\r\n)\x02z" + packed[1:] + b"N)\x01")


def test_strings_in_old_pickles() -> None:
    secret = render(SECRETS["secret/npm-token"], "pickle").encode()
    assert "secret/npm-token" in _rules_of(b"(dp0\nVkey\np1\nV" + secret + b"\np2\ns.")
