"""JSON web tokens, by decoding them (RFC 7519)."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from dunnage import Match, Verdict, Verifier, lazy_regex
from dunnage_rules.verifiers.alphabets import BASE64URL, pick
from dunnage_rules.verifiers.encoded import encoded, object_of

# RFC 7515 appendix A, RFC 7519 section 3.1 and jwt.io use these in their samples.
_SAMPLE_SUBJECTS = ("1234567890", "John Doe", "joe", "test", "subject")
_MADE_UP = lazy_regex(
    r"(?i)(?:.*[./@:])?example\.(?:com|org|net)(?:[:/].*)?\Z|urn:example\b|foo\Z|john[._-]?doe\b"
)
"""Names that are reserved for documents (RFC 2606, RFC 6963), and whom documents speak of."""
_SAMPLE_CLAIMS = frozenset(
    ("some", "foo", "hello", "a", "b", "data", "payload", "test", "msg", "iat")
)


class Token(Struct, frozen=True):
    """A decoded token. The claims are untrusted."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]

    @property
    def expiry(self) -> float | None:
        """``exp``, in seconds since 1970."""
        value = self.claims.get("exp")
        return float(value) if isinstance(value, (int, float)) and value < 1e12 else None

    @property
    def sample(self) -> bool:
        """Whether it is one of the documentation's, or an unsecured one (RFC 7519, section 6)."""
        claims = self.claims
        return (
            str(self.header.get("alg", "none")).lower() == "none"
            or claims.get("name") == "John Doe"
            or str(claims.get("sub")) in _SAMPLE_SUBJECTS
            or (claims.get("iss") == "joe" and "http://example.com/is_root" in claims)
            or set(claims) <= _SAMPLE_CLAIMS
        )

    @property
    def made_up(self) -> bool:
        """Whether whom it is about, who issued it or for whom is a name that documents make up."""
        named = (self.claims.get(claim) for claim in ("sub", "iss", "aud"))
        return any(isinstance(name, str) and _MADE_UP.match(name) for name in named)

    @property
    def public(self) -> bool:
        """Whether it is meant to be in a client: Supabase's anonymous key."""
        return self.claims.get("role") == "anon"


def parse(token: bytes) -> Token | None:
    """The token, None when either part is no JSON object or the header names no algorithm."""
    parts = token.split(b".")
    if len(parts) < 2:
        return None
    header, claims = object_of(parts[0]), object_of(parts[1])
    if header is None or claims is None or not isinstance(header.get("alg"), str):
        return None
    return Token(header, claims)


def _check(match: Match) -> Verdict:
    token = parse(match.secret)
    if token is None or token.sample or token.public:
        return Verdict.NO
    expired = token.expiry is not None and token.expiry < time.time()
    return Verdict.DOUBTFUL if expired else Verdict.LIKELY


def _make(rng: random.Random, **claims: Any) -> str:
    header = {"alg": "HS256", "typ": "JWT"}
    body = {"sub": f"user-{rng.randrange(10**8)}", "iat": 1700000000, **claims}
    parts = [encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (header, body)]
    return ".".join((*parts, pick(rng, BASE64URL, 43)))


def _make_jwt(rng: random.Random, expiry: str = "") -> str:
    return _make(rng, exp=int(expiry)) if expiry else _make(rng)


def _check_github_app(match: Match) -> Verdict:
    header = object_of(match.secret.split(b"_", 2)[2].split(b".")[0])
    return Verdict.LIKELY if header and "alg" in header else Verdict.DOUBTFUL


def _make_github_app(rng: random.Random) -> str:
    return f"ghs_{rng.randrange(10**5, 10**7)}_{_make(rng)}"


def _check_service_role(match: Match) -> Verdict:
    token = parse(match.secret)
    if token is None:
        return Verdict.NO
    return Verdict.LIKELY if token.claims.get("role") == "service_role" else Verdict.NO


def _make_service_role(rng: random.Random) -> str:
    return _make(rng, iss="supabase", ref=pick(rng, "abcdefghijklmnop", 20), role="service_role")


def verifiers() -> list[Verifier]:
    """All of this kind."""
    return [
        Verifier("jwt", _check, _make_jwt),
        Verifier("github-app-jwt", _check_github_app, _make_github_app),
        Verifier("supabase-service-role", _check_service_role, _make_service_role),
    ]
