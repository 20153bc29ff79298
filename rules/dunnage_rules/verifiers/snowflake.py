"""Discord's bot tokens: the bot's user id in base64 stands first.

Source: https://discord.com/developers/docs/reference#authentication, …#snowflakes."""

from __future__ import annotations

import random

from dunnage import Match, Verdict, Verifier
from dunnage_rules.verifiers.alphabets import BASE64URL, pick
from dunnage_rules.verifiers.encoded import decoded, encoded


def _check(match: Match) -> Verdict:
    head = match.secret.removeprefix(b"mfa.").partition(b".")[0]
    raw = decoded(head) or b""
    return Verdict.LIKELY if raw.isdigit() and 17 <= len(raw) <= 20 else Verdict.DOUBTFUL


def _make(rng: random.Random) -> str:
    head = encoded(str(rng.randrange(10**17, 10**18)).encode())
    return f"{head}.{pick(rng, BASE64URL, 6)}.{pick(rng, BASE64URL, 38)}"


def verifiers() -> list[Verifier]:
    """All of this kind."""
    return [Verifier("discord-token", _check, _make)]
