"""Terraform's state and variables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from dunnage import Entry, Example, Hit, Match, Rule, Severity, innocent, lazy_regex, rule
from dunnage_rules.verifiers.credentials import is_sample_password

_NAME = lazy_regex(
    r"(?i)(?:^|_)(?:password|passwd|secret|private_key(?:_pem|_openssh)?|token|access_key|secret_key"
    r"|api_key|connection_string|client_secret|sas_token|kube_config_raw|auth_token|master_password"
    r"|shared_access_key|primary_key|secondary_key|encrypted_password|result)$"
)
_MOST = 64 << 20
_SHOWN = 100


@rule(
    "secret/terraform-state",
    severity=Severity.ERROR,
    pattern=r'"terraform_version"[ \t]{0,4}:[ \t]{0,4}"',
    once=True,
    rank=15,
    lower=True,
    provider="Terraform",
    fix="Rotate what the state holds, and keep it in a remote backend with encryption.",
    source="https://developer.hashicorp.com/terraform/language/state/sensitive-data",
    match=(
        Example(
            '{{"version": 4, "terraform_version": "1.9.0", "resources": [{{"type": "aws_db", '
            '"name": "db", '
            '"instances": [{{"attributes": {{"password": "{base62:20}", "id": "db-1"}}}}]}}]}}',
            "terraform.tfstate",
        ),
    ),
    miss=(
        Example(
            '{{"version": 4, "terraform_version": "1.9.0", "resources": []}}',
            "terraform.tfstate",
            "no resources",
        ),
    ),
)
def terraform_state(entry: Entry, match: Match) -> Iterator[Hit]:
    """Secrets in a Terraform state.

    The state holds every attribute of every resource in clear text: passwords, keys, tokens."""
    try:
        document = json.loads(entry.read(_MOST))
    except (ValueError, RecursionError):
        return
    if not isinstance(document, dict):
        return
    for where, name, value in islice(_attributes(document), _SHOWN):
        yield Hit(f"{name} of {where} in a Terraform state", secret=value.encode())


def _attributes(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The attributes that are secrets: by their name, or because Terraform marked them."""
    for output, value in _mapping(document.get("outputs")).items():
        given = _mapping(value)
        text = given.get("value")
        if given.get("sensitive") is True and isinstance(text, str) and _is_secret(text):
            yield f"the outputs ({output})", "a sensitive value", text
    for resource in _list(document.get("resources")):
        kind = f"{_mapping(resource).get('type')}.{_mapping(resource).get('name')}"
        for instance in _list(_mapping(resource).get("instances")):
            attributes = _mapping(_mapping(instance).get("attributes"))
            marked = json.dumps(_mapping(instance).get("sensitive_attributes") or [])
            for name, text in attributes.items():
                named = _NAME.search(name) is not None or f'"{name}"' in marked
                if named and isinstance(text, str) and _is_secret(text):
                    yield kind, name, text


def _is_secret(text: str) -> bool:
    value = text.encode()
    return len(value) >= 6 and not innocent(value) and not is_sample_password(value)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def rules() -> list[Rule]:
    """All of this noun."""
    return [terraform_state]
