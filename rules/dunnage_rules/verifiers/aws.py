"""Amazon's keys.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids;
key ids issued since about 2019 hold the account's number."""

from __future__ import annotations

import base64
import random
import re

from dunnage import Match, Verdict, Verifier, lazy_regex
from dunnage_rules.verifiers.alphabets import BASE64, pick
from dunnage_rules.verifiers.encoded import decoded

_ACCOUNTS = 10**12
_HEX = lazy_regex(rb"[0-9a-f]+|[0-9A-F]+")


def account_of(key_id: bytes) -> int | None:
    """The account number in a key id; None when it was not issued by AWS."""
    try:
        raw = base64.b32decode(key_id[4:])
    except ValueError:
        return None
    number = (int.from_bytes(raw[:6], "big") & 0x7FFFFFFFFF80) >> 7
    return number if number < _ACCOUNTS else None


def _check_id(match: Match) -> Verdict:
    if match.secret.endswith(b"EXAMPLE"):
        return Verdict.NO
    return Verdict.DOUBTFUL if account_of(match.secret) is None else Verdict.LIKELY


def _make_id(rng: random.Random, prefix: str = "AKIA") -> str:
    number = rng.randrange(10**10, _ACCOUNTS) << 7 | rng.randrange(128)
    return prefix + base64.b32encode(number.to_bytes(6, "big") + rng.randbytes(4)).decode()


def _check_secret(match: Match) -> Verdict:
    """A random value of this alphabet has both cases, a digit, and few slashes."""
    value = match.secret
    mixed = re.search(rb"[0-9]", value) and re.search(rb"[a-z]", value) and value.lower() != value
    if _HEX.fullmatch(value) or not mixed or value.count(b"/") > 5 or b"EXAMPLE" in value:
        return Verdict.NO
    return Verdict.LIKELY


def _make_secret(rng: random.Random) -> str:
    return pick(rng, BASE64[:62], 20) + "/" + pick(rng, BASE64, 19)


def _check_bedrock(match: Match) -> Verdict:
    token = match.secret
    if token.startswith(b"ABSK"):
        raw = decoded(token[4:]) or b""
        return Verdict.LIKELY if raw.startswith(b"BedrockAPIKey-") else Verdict.DOUBTFUL
    raw = decoded(token.rpartition(b"-")[2]) or b""
    return Verdict.LIKELY if raw.startswith(b"bedrock.") else Verdict.DOUBTFUL


def _make_bedrock(rng: random.Random) -> str:
    text = f"BedrockAPIKey-{pick(rng, 'abcdefghij0123456789', 4)}-at-{rng.randrange(10**12)}:"
    return "ABSK" + base64.b64encode(text.encode() + rng.randbytes(48)).decode()


def verifiers() -> list[Verifier]:
    """All of this kind."""
    return [
        Verifier("aws-key-id", _check_id, _make_id),
        Verifier("aws-secret", _check_secret, _make_secret),
        Verifier("aws-bedrock-key", _check_bedrock, _make_bedrock),
    ]
