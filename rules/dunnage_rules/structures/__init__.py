"""Secrets told by their structure, where that takes code: each module is one noun."""

from __future__ import annotations

from dunnage import Rule
from dunnage_rules.structures import (
    assignment,
    keystore,
    kubernetes,
    logins,
    privatekey,
    putty,
    terraform,
    urls,
    webkey,
    webtoken,
)

_NOUNS = (
    assignment,
    keystore,
    kubernetes,
    logins,
    privatekey,
    putty,
    terraform,
    urls,
    webkey,
    webtoken,
)


def rules() -> list[Rule]:
    """All of them."""
    return [rule for noun in _NOUNS for rule in noun.rules()]
