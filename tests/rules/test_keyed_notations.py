"""Where the value of a key known by its neighbour stands: beside it as any language writes it,
later on the line, within the next lines, in a later parameter of an address."""

from __future__ import annotations

import pytest

from dunnage import Run
from dunnage.testing import bundled, lint, render, tar_archive


def linted(text: str) -> tuple[str, Run]:
    """What stands before the value in a text, and what is found in it."""
    value = render("{hex:32}", "datadog")
    content = text.replace("{value}", value)
    run = lint(tar_archive({"a.txt": content}), bundled().rules)
    return content[: content.index(value)], run


TEXTS = (
    "datadog_api_key: !!str {value}\n",
    "printf 'DATADOG_API_KEY=%s' {value} > .env\n",
    'datadog_api_key: &key "{value}"\n',
    'datadog_api_key          = "{value}"\n',
    "ENV['DATADOG_API_KEY'] ||= '{value}'\n",
    'datadog_api_key <- "{value}"\n',
    'datadog_api_key = (\n    "{value}"\n)\n',
    'let datadog_api_key = String::from("{value}");\n',
    'static const char datadog_api_key[] = "{value}";\n',
    'std::string datadogApiKey{"{value}"};\n',
    'public string DatadogApiKey { get; set; } = "{value}";\n',
    "$config['datadog']['api_key'] = '{value}';\n",
    "$datadog{'api_key'} = '{value}';\n",
    'Datadog.builder().apiKey("{value}").build();\n',
    'new DatadogClient("acme", "{value}")\n',
    "new \\Datadog\\Client('{value}')\n",
    'const datadog_api_key: []const u8 = "{value}";\n',
    "datadog_api_key: >-\n  {value}\n",
    "**Datadog Api Key:** {value}\n",
    "- Datadog Api Key - {value}\n",
    'a = "{&quot;datadogApiKey&quot;:&quot;{value}&quot;}"\n',
    'a = "{\\u0022datadogApiKey\\u0022:\\u0022{value}\\u0022}"\n',
    '<meta name="datadog-api-key" content="{value}">\n',
    '<meta-data android:name="com.datadog.sdk.ApiKey" android:value="{value}"/>\n',
    "hey, Datadog Api Key is: {value}\n",
    "datadog_api_key=<{value}>\n",
    "datadog:\n  enabled: true\n  url: https://acme.io\n  api_key: {value}\n",
    "[datadog]\nurl = https://acme.io\nuser = bob\napi_key={value}\n",
    '"datadog": {\n  "enabled": true,\n  "apiKey": "{value}"\n}\n',
    'variable "datadog_api_key" {\n  type    = string\n  default = "{value}"\n}\n',
    "Datadog.configure do |config|\n  config.api_key = '{value}'\nend\n",
    'url := "https://api.datadog.com/v1"\nreq.Header.Set("X-Api-Key", "{value}")\n',
    'curl https://api.datadog.com/v1/me -H "Authorization: Bearer {value}"\n',
    '"name": "Datadog",\n  "type": "x",\n  "token": "{value}"\n',
    '<datadog url="https://acme.io" apiKey="{value}"/>\n',
    'datadog.Session(timeout=3, api_key="{value}")\n',
    '{"Name": "/prod/datadog/datadog-api-key", "Type": "SecureString", "Value": "{value}"}\n',
    "```Set the datadog key:\n\n```\nexport API_KEY={value}\n",
    'datadog_api_key = "{value}"\n',
    "[INFO] Sending request to the datadog API\n[DEBUG] Using Key={value}\n[INFO] 200 OK\n",
    "https://api.datadoghq.com/api/v1/validate?api_key={value}\n",
    "https://api.datadoghq.com/api/v1/validate?q=x&mail=a@b.example&api_key={value}\n",
    'env::var("DATADOG_API_KEY").unwrap_or("{value}".to_string());\n',
    'env::var("DATADOG_API_KEY").unwrap_or_else(|_| "{value}".into());\n',
    "$key = getenv('DATADOG_API_KEY') ?: '{value}';\n",
    "my $key = $ENV{DATADOG_API_KEY} // '{value}';\n",
    'key = os.environ.get("DATADOG_API_KEY") or "{value}"\n',
    'const datadogApiKey = isProduction ? "{value}" : "";\n',
    'var datadogApiKey = $"{value}";\n',
    'String datadogApiKey = """\n    {value}""";\n',
    'var datadogApiKey = []byte("{value}")\n',
    'client, err := datadog.New(ctx, "{value}")\n',
    'String url = "https://api.datadog.com/?key=" + "{value}";\n',
    '<string name="datadog_api_key" translatable="false">{value}</string>\n',
    "<tr><td>Datadog API key</td><td>{value}</td></tr>\n",
    "<dt>Datadog API key</dt>\n<dd>{value}</dd>\n",
    "<p><b>Datadog API key:</b> {value}<br>\n",
    "<param-name>datadog.api-key</param-name>\n<param-value>{value}</param-value>\n",
    "args:\n  - --datadog-api-key\n  - {value}\n",
    "## Datadog API key\n\n    {value}\n",
    "Datadog API key\n{value}\n",
    "Datadog API key – {value}\n",
    "Datadog API key: “{value}”\n",
)


@pytest.mark.parametrize("text", TEXTS)
def test_the_value_is_found(text: str) -> None:
    _, run = linted(text)
    assert "secret/datadog-api-key" in [found.rule for found in run.findings]


BEFORE = (
    'const keys = [\n  "{value}", // Datadog api key\n];\n',
    "api_key: {value}  # datadog\n",
    "API_KEY={value} -- datadog\n",
    'key("{value}"); // datadog\n',
    "auth: {value} /* our datadog key */\n",
    "<key>{value}</key> <!-- datadog -->\n",
    "value,name\n{value},datadog_api_key\n",
    "{value}\tdatadog_key\n",
    "{value} | datadog api key\n",
    '"{value}";"datadog_key"\n',
    '{"value": "{value}", "name": "DATADOG_API_KEY"}\n',
    '{\n  "value": "{value}",\n  "name": "DATADOG_API_KEY"\n}\n',
    '{"token": "{value}", "service": "datadog"}\n',
    "UPDATE options SET value='{value}' WHERE name='datadog_api_key';\n",
    "INSERT INTO settings VALUES ('{value}', 'datadog_api_key');\n",
    'request.setValue("{value}", forHTTPHeaderField: "X-Datadog-Api-Key")\n',
    'curl -H "X-Api-Key: {value}" https://api.datadog.com/v1/x\n',
    'curl -X POST \\\n  -H "Authorization: Bearer {value}" \\\n  https://api.datadog.com/v1\n',
)


@pytest.mark.parametrize("text", BEFORE)
def test_a_value_before_the_name_of_its_service_is_found_once(text: str) -> None:
    before, run = linted(text)
    [found] = [one for one in run.findings if one.rule == "secret/datadog-api-key"]
    assert found.places == 1
    assert found.column == len(before.rpartition("\n")[2]) + 1


@pytest.mark.parametrize(
    "text",
    [
        "uses: acme/ci@{value} # datadog ci key\n",
        "sha256: {value}  # datadog agent key\n",
        'checksum = "{value}"  // datadog auth\n',
        'state.seed="{value}";datadogToken()\n',
        '"{value}", // datadog\n',
        "key = {value}\n# datadog\n",
        "key = {value}  # data dog\n",
    ],
)
def test_what_stands_before_the_name_of_a_service_and_is_no_key_is_not(text: str) -> None:
    _, run = linted(text)
    assert "secret/datadog-api-key" not in [found.rule for found in run.findings]


SECTIONS = (
    '{{"%(name)s": {{"%(camel)s": "%(value)s"}}}}',
    '{{"%(name)s":{{"timeout":30,"%(camel)s":"%(value)s"}}}}',
    "%(name)s: {{ %(camel)s: '%(value)s' }}",
    '{{\n  "%(name)s": {{\n    "region": "eu",\n    "%(camel)s": "%(value)s"\n  }}\n}}',
    '[%(name)s]\ntimeout = 30\n%(snake)s = "%(value)s"\n',
    "services:\n  %(name)s:\n    %(snake)s: %(value)s\n",
    'services:\n  %(name)s:\n    region: eu\n    %(snake)s: "%(value)s"\n',
)


@pytest.mark.parametrize(
    "text",
    [
        "datadog\n\n\n\n\n\napi_key: {value}\n",
        "datadog agent\ncommit {value}\n",
        "datadog sha {value}\n",
    ],
)
def test_what_stands_far_off_or_under_no_key_s_name_is_not(text: str) -> None:
    _, run = linted(text)
    assert "secret/datadog-api-key" not in [found.rule for found in run.findings]


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
    found = {found.rule for found in run.findings}
    assert found & {f"secret/{rule}-in-section", f"secret/{rule}"}


LEADS = ("writer_api_key", "WRITER_KEY", "writerToken", "writer.secret", "writer-token")


@pytest.mark.parametrize("name", LEADS)
def test_a_service_known_with_one_kind_of_key_is_known_with_the_others(name: str) -> None:
    value = render("{base62:32}", name)
    run = lint(tar_archive({"a.py": f'{name} = "{value}"\n'}), bundled().rules)
    assert "secret/inference-api-key" in [found.rule for found in run.findings]


@pytest.mark.parametrize(
    "name", ["vault_secret_id", "VAULT-SECRET-ID", "vault.secret.id", "vaultSecretId"]
)
def test_an_underscore_stands_for_any_separator(name: str) -> None:
    value = render("{hex:8}-{hex:4}-4{hex:3}-a{hex:3}-{hex:12}", name)
    run = lint(tar_archive({"a.py": f'{name} = "{value}"\n'}), bundled().rules)
    assert "secret/vault-approle-secret-id" in [found.rule for found in run.findings]


@pytest.mark.parametrize(
    ("value", "found"),
    [("qZtVbXWmUpYhRjKd", True), ("toggleAccessToken", False), ("qztvbxwmupyhrjkd", False)],
)
def test_letters_that_change_case_as_chance_has_it_need_no_digit(value: str, found: bool) -> None:
    run = lint(tar_archive({"a.py": f'linkedin_client_secret = "{value[:16]}"\n'}), bundled().rules)
    assert ("secret/linkedin-legacy-secret" in [one.rule for one in run.findings]) is found
