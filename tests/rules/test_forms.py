"""The form matrix: secrets in the notations of many languages, formats and tools. It is full.

``forms.txt`` holds a notation behind each line ``== name path``. In it, ``«v»`` stands for the
value; ``«sn»``, ``«SN»``, ``«kn»``, ``«KN»``, ``«cn»``, ``«PN»``, ``«dn»``, ``«tn»``, ``«ln»`` for
the whole name (snake, SCREAMING_SNAKE, kebab, KEBAB, camel, Pascal, dotted, Titled, lower); the
same behind a ``k`` for the part that is the key's, ``«p»``, ``«Pp»``, ``«PP»`` for the service's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import cycle
from pathlib import Path

import pytest

from dunnage.testing import bundled, lint, render, tar_archive

KEYED = (
    ("secret/datadog-api-key", "datadog", "api key", "{hex:32}"),
    ("secret/media-and-search-key", "imgur", "client secret", "{hex:40}"),
    ("secret/sales-and-support-key", "trustpilot", "api key", "{base62:32}"),
)
SHAPED = (
    ("secret/github-token", "acme", "token", "{github-token:ghp_}"),
    ("secret/stripe-live-key", "acme", "secret key", "sk_live_{base62:24}"),
    ("secret/sendgrid-api-key", "acme", "api key", "SG.{base62:22}.{base62:43}"),
)
_FIELD = re.compile("«(\\w+)»")
_NUMBER = re.compile(r"at-(\d+)")


def _forms() -> Mapping[str, tuple[str, str]]:
    """The path and the text of each notation, by its name."""
    text = Path(__file__).with_name("forms.txt").read_text(encoding="utf-8")
    forms = {}
    for part in text.split("\n== "):
        head, _, body = part.removeprefix("== ").partition("\n")
        name, _, path = head.partition(" ")
        forms[name] = (path, body + "\n")
    return forms


def _fields(service: str, key: str, value: str) -> Mapping[str, str]:
    words, own = [service, *key.split()], key.split()
    half = len(value) // 2
    return {
        "v": value,
        "v1": value[:half],
        "v2": value[half:],
        "p": service,
        "cn0": service,
        "Pp": service.capitalize(),
        "PP": service.upper(),
        **_styles(words, ""),
        **_styles(own, "k"),
    }


def _styles(words: Sequence[str], before: str) -> Mapping[str, str]:
    pascal = "".join(word.capitalize() for word in words)
    styles = {
        "sn": "_".join(words),
        "SN": "_".join(words).upper(),
        "kn": "-".join(words),
        "KN": "-".join(words).upper(),
        "dn": ".".join(words),
        "ln": " ".join(words),
        "tn": " ".join(word.capitalize() for word in words),
        "cn": pascal[0].lower() + pascal[1:],
        "PN": pascal,
    }
    return {before + style: text for style, text in styles.items()}


def _filled(text: str, fields: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda found: fields[found[1]], text)


@cache
def _missed(secrets: Sequence[tuple[str, str, str, str]]) -> Mapping[str, str]:
    """The rules whose secrets only a generic rule found, or none, by the name of the notation."""
    files, wanted = {}, {}
    for number, ((name, (path, text)), secret) in enumerate(
        zip(_forms().items(), cycle(secrets), strict=False)
    ):
        rule, service, key, template = secret
        fields = _fields(service, key, render(template, f"{name} {rule}"))
        files[f"at-{number}/{path}"] = _filled(text, fields)
        wanted[number] = (name, rule)
    rules = [rule for rule in bundled().rules if rule.group == "secret"]
    found = defaultdict(set)
    for finding in lint(tar_archive(files), rules).findings:
        for part in (*finding.trail, finding.path or ""):
            for number in _NUMBER.findall(part):
                if not finding.rule.startswith("secret/generic-"):
                    found[int(number)].add(finding.rule)
    return {name: rule for number, (name, rule) in wanted.items() if number not in found}


@pytest.mark.parametrize("secrets", [KEYED, SHAPED], ids=["keyed", "shaped"])
def test_every_notation_is_read(secrets: Sequence[tuple[str, str, str, str]]) -> None:
    assert _missed(secrets) == {}


SECTIONS = (
    '{"okta": {"client_secret": "{v}"}}',
    "okta:\n  client_secret: {v}\n",
    "[okta]\nclient_secret = {v}\n",
    "config['okta']['client_secret'] = '{v}'",
    "{{'okta', client_secret: '{v}'}}",
    'provider "okta" {\n  client_secret = "{v}"\n}\n',
    "okta(client_secret='{v}')",
)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_key_is_known_in_a_section_named_after_its_service(section: str) -> None:
    text = section.replace("{v}", render("{base62:64}", section))
    run = lint(tar_archive({"a.txt": text}), bundled().rules)
    assert "secret/okta-client-secret" in [found.rule for found in run.findings]


@pytest.mark.parametrize("text", ["falKey: '{v}'", "fal:\n  key: {v}\n", "fal-key={v}"])
def test_a_part_of_a_name_stands_near_in_any_notation(text: str) -> None:
    value = render("{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}:{hex:32}", text)
    run = lint(tar_archive({"a.txt": text.replace("{v}", value)}), bundled().rules)
    assert "secret/fal-api-key" in [found.rule for found in run.findings]


def test_what_a_default_begins_with_is_no_part_of_the_token() -> None:
    text = render('key="${{ACME_KEY:-1//0{base62:60}}}"', "default")
    run = lint(tar_archive({"a.sh": text}), bundled().rules)
    assert [found.rule for found in run.findings] == ["secret/google-oauth-refresh-token"]
