"""The verifiers that rule files name: what a checksum or a parse says of a candidate."""

from __future__ import annotations

from dunnage import Verifier
from dunnage_rules.verifiers import (
    aws,
    azure,
    base58,
    bech32,
    checksums,
    credentials,
    ed25519,
    jwt,
    macaroon,
    mnemonic,
    objects,
    pem,
    plain,
    snowflake,
    stellar,
    yandex,
)

_KINDS = (
    checksums,
    bech32,
    base58,
    stellar,
    ed25519,
    mnemonic,
    macaroon,
    objects,
    jwt,
    aws,
    azure,
    snowflake,
    yandex,
    credentials,
    plain,
    pem,
)


def verifiers() -> list[Verifier]:
    """All of them; names are unique."""
    return [verifier for kind in _KINDS for verifier in kind.verifiers()]
