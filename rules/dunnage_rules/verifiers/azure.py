"""Azure's keys and signatures.

Source: https://learn.microsoft.com/azure/storage/common/storage-sas-overview,
https://learn.microsoft.com/azure/storage/common/storage-account-keys-manage."""

from __future__ import annotations

import base64
import calendar
import random
import re
import time
from urllib.parse import parse_qs

from dunnage import Match, Verdict, Verifier
from dunnage_rules.verifiers.encoded import decoded

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?")
_EMULATORS = (b"Eby8vdM02x" + b"NOcqFlqUwJ", b"C2y6yDjf5/" + b"R+ob0N8A7C")


def _check_sas(match: Match) -> Verdict:
    query = match.text.decode("latin-1").replace("&amp;", "&").partition("?")
    fields = parse_qs(query[2] or query[0])
    if not fields.keys() & {"se", "si"}:
        return Verdict.NO  # somebody else's `sig`: ours names its end, or a policy that has one
    expiry = _DATE.match(fields.get("se", [""])[0])
    if expiry is None:
        return Verdict.LIKELY
    year, month, day, hour, minute = (int(part or 0) for part in expiry.groups())
    if not (1 <= month <= 12 and 1 <= day <= 31 and year >= 1970):
        return Verdict.DOUBTFUL
    end = calendar.timegm((year, month, day, hour, minute, 0))
    return Verdict.DOUBTFUL if end < time.time() else Verdict.LIKELY


def _make_sas(rng: random.Random, expiry: str = "2099-12-31") -> str:
    signature = base64.b64encode(rng.randbytes(32)).decode()
    for char, code in (("+", "%2B"), ("/", "%2F"), ("=", "%3D")):
        signature = signature.replace(char, code)
    return f"sv=2022-11-02&ss=b&srt=sco&sp=rl&se={expiry}T00%3A00%3A00Z&spr=https&sig={signature}"


def _check_storage(match: Match) -> Verdict:
    if match.secret.startswith(_EMULATORS):
        return Verdict.NO
    raw = decoded(match.secret)
    return Verdict.LIKELY if raw is not None and len(raw) == 64 else Verdict.DOUBTFUL


def _make_storage(rng: random.Random) -> str:
    return base64.b64encode(rng.randbytes(64)).decode()


def verifiers() -> list[Verifier]:
    """All of this kind."""
    return [
        Verifier("azure-sas", _check_sas, _make_sas),
        Verifier("azure-storage-key", _check_storage, _make_storage),
    ]
