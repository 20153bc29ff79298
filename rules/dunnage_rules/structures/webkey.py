"""Private JSON web keys (RFC 7517)."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Entry, Example, Hit, Match, Rule, Severity, innocent, rule
from dunnage_rules.structures.trying import is_trying
from dunnage_rules.verifiers.plain import is_key_bytes

_SAMPLES = (
    # beginnings of the keys in RFC 7515, 7517, 7518, 7520 and 8037
    b"X4cTteJY_gn4F",
    b"870MB6gfuTJ4H",
    b"jpsQnnGQmL-YB",
    b"Eq5xqQm9Uzqne",
    b"nWGxne_9WmC6h",
    b"GRgbsCBvzPRZZ",
    b"VEmDZpDXXK8p8",
    b"bWUC9B-EFRIo8",
    b"AAhRON2r9cqXX",
    b"AyM1SysPpby",
    b"GawgguFyGrWK",
    b"hJtXIZ2uSN5k",
    b"qC57l_uxcm7N",
    b"XctOhJAkA-pD",
    b"FdFYFzERwC2u",
)
_MEMBER = (
    r"\\?[\"']{name}\\?[\"'][ \t\r\n]{{0,8}}:[ \t\r\n]{{0,8}}\\?[\"']"
    r"(?P<secret>[A-Za-z0-9_-]{{{least},}})\\?[\"']"
)


@rule(
    "secret/jwk-private-key",
    severity=Severity.ERROR,
    pattern=_MEMBER.format(name="d", least=43),
    keywords=('"kty"', "'kty'", 'kty\\"', '"qi"', '"crv"', 'crv\\"'),
    rank=20,
    lower=True,
    tried=Severity.NOTE,
    fix="Publish a new key in this one's place, and keep the private part in a vault.",
    source="https://www.rfc-editor.org/rfc/rfc7517",
    tags=("key",),
    match=(
        Example(
            '{{"kty":"EC","crv":"P-256","x":"{base64url:43}","d":"{base64url:43}"}}',
            "jwks.json",
        ),
        Example('{{"kty": "RSA", "e": "AQAB", "d": "{base64url:342}", "n": "x"}}'),
    ),
    miss=(
        Example('{{"kty":"EC","crv":"P-256","x":"{base64url:43}"}}', None, "a public key"),
        Example('{{"type":"path","crv":"","d":"M 0 0 L 10 10 C 20 20 30 30 Z"}}', None, "a path"),
    ),
)
def private_web_key(entry: Entry, match: Match) -> Iterator[Hit]:
    """Private JSON web key.

    It signs tokens that the service accepts, or decrypts what was sent to it. Where keys are tried
    out, in tests and documents, it is a note; the standards' samples are nothing."""
    yield from _judge(entry, match, "private JSON web key")


@rule(
    "secret/jwk-symmetric-key",
    severity=Severity.ERROR,
    pattern=_MEMBER.format(name="k", least=22),
    keywords=('"oct"', "'oct'", 'oct\\"'),
    rank=20,
    lower=True,
    tried=Severity.NOTE,
    fix="Make a new key, and keep it in a vault.",
    source="https://www.rfc-editor.org/rfc/rfc7518#section-6.4",
    tags=("key",),
    match=(Example('{{"kty":"oct","k":"{base64url:43}","alg":"HS256"}}'),),
    miss=(Example('{{"kty":"oct","k":"..."}}', None, "cut"),),
)
def symmetric_web_key(entry: Entry, match: Match) -> Iterator[Hit]:
    """Symmetric JSON web key.

    It signs and verifies, or encrypts and decrypts: who has it does both."""
    yield from _judge(entry, match, "symmetric JSON web key")


def _judge(entry: Entry, match: Match, message: str) -> Iterator[Hit]:
    value = match.secret
    if value.startswith(_SAMPLES) or not is_key_bytes(value) or innocent(value):
        return
    severity = Severity.NOTE if is_trying(entry.path) else None
    yield Hit(message, span=match.span, secret=value, severity=severity)


def rules() -> list[Rule]:
    """All of this noun."""
    return [private_web_key, symmetric_web_key]
