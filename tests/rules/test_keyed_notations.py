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
