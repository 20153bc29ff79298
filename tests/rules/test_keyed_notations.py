"""Where the value of a key known by its neighbour stands: beside it, on the next line of a log, in
a later parameter of an address."""

from __future__ import annotations

import pytest

from dunnage.testing import bundled, lint, render, tar_archive

TEXTS = (
    'datadog_api_key = "{value}"\n',
    "[INFO] Sending request to the datadog API\n[DEBUG] Using Key={value}\n[INFO] 200 OK\n",
    "https://api.datadoghq.com/api/v1/validate?api_key={value}\n",
    "https://api.datadoghq.com/api/v1/validate?q=x&mail=a@b.example&api_key={value}\n",
)


@pytest.mark.parametrize("text", TEXTS)
def test_the_value_is_found(text: str) -> None:
    value = render("{hex:32}", "datadog")
    content = text.replace("{value}", value)
    run = lint(tar_archive({"a.txt": content}), bundled().rules)
    assert "secret/datadog-api-key" in [found.rule for found in run.findings]


SECTIONS = (
    '{{"%(name)s": {{"%(camel)s": "%(value)s"}}}}',
    '{{"%(name)s":{{"timeout":30,"%(camel)s":"%(value)s"}}}}',
    "%(name)s: {{ %(camel)s: '%(value)s' }}",
    '{{\n  "%(name)s": {{\n    "region": "eu",\n    "%(camel)s": "%(value)s"\n  }}\n}}',
    '[%(name)s]\ntimeout = 30\n%(snake)s = "%(value)s"\n',
    "services:\n  %(name)s:\n    %(snake)s: %(value)s\n",
    'services:\n  %(name)s:\n    region: eu\n    %(snake)s: "%(value)s"\n',
)


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize(
    ("rule", "name", "snake", "camel", "value"),
    [
        ("exa-api-key", "exa", "api_key", "apiKey", "{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}"),
        ("box-secret", "box", "client_secret", "clientSecret", "{base62:32}"),
        ("hasura-admin-secret", "hasura", "admin_secret", "adminSecret", "{base62:40}"),
        ("dropbox-app-secret", "dropbox", "app_secret", "appSecret", "{base36:15}"),
    ],
)
def test_a_section_named_after_the_provider(
    rule: str, name: str, snake: str, camel: str, value: str, section: str
) -> None:
    text = section % {"name": name, "snake": snake, "camel": camel, "value": value}
    run = lint(tar_archive({"a.txt": render(text, name)}), bundled().rules)
    assert f"secret/{rule}-in-section" in [found.rule for found in run.findings]
