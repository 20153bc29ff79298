"""In how many ways a value may stand beside the name that gives it away."""

from __future__ import annotations

import pytest

from dunnage.testing import lint, render, tar_archive
from dunnage_rules.structures.assignment import rules

IN_CODE = (
    'const apiKey: string = "{v}";',
    'const ApiKey string = "{v}"',
    'const API_KEY: &str = "{v}";',
    'Const API_KEY As String = "{v}"',
    'static const char api_key[] = "{v}";',
    '#define API_KEY "{v}"',
    "define('API_KEY', '{v}');",
    'params.put("api_key", "{v}");',
    'client.setApiKey("{v}");',
    'System.setProperty("API_KEY", "{v}");',
    'os.getenv("API_TOKEN", "{v}")',
    'process.env.API_TOKEN || "{v}"',
    'ENV["API_TOKEN"] ||= "{v}"',
    'api_key <- "{v}"',
    'let api_key = String::from("{v}");',
    'api_key          = "{v}"',
    'parser.add_argument("--api-key", default="{v}")',
    '<add key="ApiKey" value="{v}"/>',
    '{"name": "API_KEY", "value": "{v}"}',
    '{"a": "{\\"api_key\\": \\"{v}\\"}"}',
    "{&quot;apiKey&quot;:&quot;{v}&quot;}",
    "INSERT INTO settings VALUES ('api_key', '{v}');",
    "<apiKey>{v}</apiKey>",
    '<string name="api_key">{v}</string>',
    "<key>ApiKey</key>\n<string>{v}</string>",
    "https://api.acme.io/items?api_key={v}&page=1",
    "2026-01-02 INFO using api_key={v} for acme",
    "API key: {v}",
    '{"sessionSecret": "{v}"}',
    "tool --api-key {v} --verbose",
    'buildConfigField "String", "API_KEY", "\\"{v}\\""',
    "**API key:** `{v}`",
    "| API key | {v} |",
    "the api key is {v} for now",
)
IN_SETTINGS = (
    ("deploy.yaml", "- name: DB_PASSWORD\n  value: {v}\n"),
    ("stack.yml", "DbPassword:\n  Type: String\n  Default: {v}\n"),
    ("app.service", 'Environment="API_TOKEN={v}"\n'),
    ("deploy.sh", 'curl -d "client_secret={v}&scope=all" https://acme.io\n'),
    ("Makefile", "API_TOKEN ?= {v}\n"),
    ("main.tfvars", "db_password             = {v}\n"),
)


@pytest.mark.parametrize("text", IN_CODE)
def test_a_value_in_code_is_a_note(text: str) -> None:
    value = render("{base62:32}", text)
    run = lint(tar_archive({"src/app.x": text.replace("{v}", value)}), rules())
    assert [found.severity.label for found in run.findings] == ["note"]


@pytest.mark.parametrize(("path", "text"), IN_SETTINGS)
def test_a_value_in_settings_is_a_warning(path: str, text: str) -> None:
    value = render("{base62:24}", text)
    run = lint(tar_archive({path: text.replace("{v}", value)}), rules())
    assert [found.severity.label for found in run.findings] == ["warning"]


@pytest.mark.parametrize(
    "text",
    [
        "tokenizer = AutoTokenizer.from_pretrained('acme/Model-4B-128K-Instruct-v2')",
        "def f(token: tokens.Token42[int], api_key: models.ApiKey2) -> None:",
        "token = lookup(token_v2, 'a1b2c3d4-0000-4000-8000-a1b2c3d4e5f6')",
        "the token 5f2b8c1d9e3a4b6c7d8e9f0a1b2c3d4e of the build",
        "verdaccio-htpasswd: 13.0.0-next-8.21",
        "secret: see https://acme.io/docs/12/secrets-of-1984",
        "<secretName>acme-prod-2-Credentials1</secretName>",
    ],
)
def test_code_and_prose_are_nothing(text: str) -> None:
    assert lint(tar_archive({"src/app.x": text}), rules()).findings == []
