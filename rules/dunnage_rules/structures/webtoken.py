"""JSON web tokens."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timezone

from dunnage import Entry, Example, Hit, Match, Rule, Severity, lazy_regex, rule
from dunnage_rules.verifiers import jwt

_NAME = lazy_regex(r"[A-Za-z0-9_.:/-]{1,40}")
_MOST_NAMES = 8
_BINDING = lazy_regex(
    r"""(?i)(?:iss|sub|aud|exp|nbf|jti|sid|azp|e?mail|login|name|session|device|project|type|tid
    |oid|kid|uid|id|scp|scopes?|roles?|perm(?:ission)?s|groups|(?:is)?admin|tenant|team
    |(?:user|client|account|org|project|key|app)[_-]?(?:id|name)?|organization)\Z|.*://""",
    re.VERBOSE,
)
"""Claims that say whose a token is or what it is for (RFC 7519, and what issuers add)."""


@rule(
    "secret/jwt",
    severity=Severity.WARNING,
    pattern=r"(?P<secret>eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{16,})",
    boundary="word",
    rank=20,
    lower=True,
    fix="End the session, or revoke the token where it was issued, and leave it out.",
    source="https://www.rfc-editor.org/rfc/rfc7519",
    match=(
        Example("token={jwt}"),
        Example('{{"access_token": "{jwt:4102444800}"}}', "session.json"),
    ),
    miss=(
        Example("eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UifQ.{base62:20}", None, "unsecured"),
        Example("eyJhbGciOi.eyJIUzI1NiJ9.{base64url:43}", None, "does not decode"),
    ),
)
def web_token(entry: Entry, match: Match) -> Iterator[Hit]:
    """JSON web token.

    The service that issued it takes whoever shows it for its subject, until it expires. An expired
    one is a note, and so is one that says neither whose it is nor what for, or that is John Doe's
    or example.com's. Samples of the
    standards, unsecured tokens and Supabase's anonymous keys, which are made for browsers, are
    nothing."""
    token = jwt.parse(match.secret)
    if token is None or token.sample or token.public or "x5c" in token.header:
        return
    names = [name for name in token.claims if _NAME.fullmatch(name)][:_MOST_NAMES]
    said = f"{token.header['alg'][:12]}, claims {', '.join(names)}"
    expiry = token.expiry
    if not any(_BINDING.match(name) for name in token.claims):
        message, severity = f"JSON web token of nobody ({said})", Severity.NOTE
    elif token.made_up:
        message, severity = f"JSON web token for names that are made up ({said})", Severity.NOTE
    elif expiry is None:
        message, severity = f"JSON web token that never expires ({said})", None
    else:
        day = _day(expiry)
        expired = expiry < time.time()
        verb = "expired" if expired else "expires"
        message, severity = (
            f"JSON web token, {verb} {day} ({said})",
            Severity.NOTE if expired else None,
        )
    yield Hit(message, span=match.span, secret=match.secret, severity=severity)


def _day(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d")
    except (OverflowError, ValueError, OSError):
        return "at an impossible date"


def rules() -> list[Rule]:
    """All of this noun."""
    return [web_token]
