"""Tokens that are a JSON object or a short text in base64."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable

from dunnage import Match, Verdict, Verifier, lazy_regex
from dunnage_rules.verifiers.alphabets import BASE62, BASE64URL, pick
from dunnage_rules.verifiers.encoded import decoded, encoded, object_of

_PREFIX = lazy_regex(rb"(?:[A-Za-z][A-Za-z0-9]{1,15}_)?")


def _body(token: bytes) -> bytes:
    """The base64 part: a prefix that ends in ``_`` and a tail that begins with one taken off.

    base64url may hold ``_`` itself, so that the longest part that decodes is wanted."""
    prefix = _PREFIX.match(token)
    return token[prefix.end() if prefix else 0 :]


def payload_of(token: bytes) -> dict[str, object] | None:
    """The JSON object inside ``token``, None when there is none."""
    body = _body(token)
    while body:
        if (found := object_of(body)) is not None:
            return found
        body = body.rpartition(b"_")[0]
    return None


def _check_json(match: Match) -> Verdict:
    return Verdict.LIKELY if payload_of(match.secret) else Verdict.DOUBTFUL


def _make_json(rng: random.Random, prefix: str = "", *keys: str) -> str:
    value = {key: pick(rng, BASE62, 12) for key in keys or ("k", "n")}
    return prefix + encoded(json.dumps(value, separators=(",", ":")).encode())


def _keys(*wanted: str) -> Callable[[Match], Verdict]:
    def check(match: Match) -> Verdict:
        found = payload_of(match.secret)
        return Verdict.LIKELY if found and all(key in found for key in wanted) else Verdict.DOUBTFUL

    return check


def _make_mapbox(rng: random.Random) -> str:
    value = json.dumps({"u": pick(rng, BASE62, 8), "a": pick(rng, BASE62, 25)})
    return f"sk.{encoded(value.encode())}.{pick(rng, BASE64URL, 22)}"


def _check_mapbox(match: Match) -> Verdict:
    parts = match.secret.split(b".")
    found = object_of(parts[1]) if len(parts) == 3 else None
    return Verdict.LIKELY if found and "u" in found else Verdict.DOUBTFUL


def _make_sentry(rng: random.Random) -> str:
    value = {
        "iat": 1700000000.5,
        "url": "https://sentry.io",
        "region_url": "https://us.sentry.io",
        "org": pick(rng, BASE62, 8),
    }
    return f"sntrys_{encoded(json.dumps(value).encode())}_{pick(rng, BASE64URL, 43)}"


def _starts(pattern: bytes) -> Callable[[Match], Verdict]:
    compiled = re.compile(pattern, re.DOTALL)

    def check(match: Match) -> Verdict:
        token = match.secret
        raw = decoded(token[token.find(b"-") + 1 :] if token.startswith(b"BBDC-") else token)
        return Verdict.LIKELY if raw and compiled.match(raw) else Verdict.DOUBTFUL

    return check


def _make_bitbucket(rng: random.Random) -> str:
    number = str(rng.randrange(10**11, 10**12))
    return "BBDC-" + encoded(number.encode() + b":" + rng.randbytes(20), url=False).rstrip("=")


def _make_artifactory(rng: random.Random) -> str:
    text = f"reftkn:01:{rng.randrange(10**9, 10**10)}:{pick(rng, BASE62, 27)}"
    return encoded(text.encode(), url=False).rstrip("=")


def verifiers() -> list[Verifier]:
    """All of this kind."""
    return [
        Verifier("base64-json", _check_json, _make_json),
        Verifier("onepassword-token", _keys("signInAddress"), _make_onepassword),
        Verifier("sentry-token", _keys("iat", "org"), _make_sentry),
        Verifier("mapbox-token", _check_mapbox, _make_mapbox),
        Verifier("bitbucket-dc-token", _starts(rb"\d{6,20}:."), _make_bitbucket),
        Verifier("artifactory-reference", _starts(rb"reftkn:\d{2}:\d+:"), _make_artifactory),
    ]


def _make_onepassword(rng: random.Random) -> str:
    value = {
        "signInAddress": "my.1password.com",
        "userAuth": {"method": "SRPg-4096", "alg": "PBES2g-HS256", "iterations": 650000},
        "email": f"{pick(rng, BASE62, 13).lower()}@1passwordserviceaccounts.com",
        "srpX": "".join(rng.choice("0123456789abcdef") for _ in range(64)),
        "secretKey": f"A3-{pick(rng, BASE62, 6).upper()}",
    }
    return "ops_" + encoded(json.dumps(value, separators=(",", ":")).encode())
