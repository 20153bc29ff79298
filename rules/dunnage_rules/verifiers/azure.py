"""Azure's keys and signatures.

Source: https://learn.microsoft.com/azure/storage/common/storage-sas-overview; of the checksums,
https://github.com/microsoft/security-utilities (IdentifiableMetadata, IdentifiableSecrets) and, of
NuGet's, https://github.com/NuGet/NuGetGallery (ApiKeyV5)."""

from __future__ import annotations

import base64
import calendar
import random
import string
import time
import zlib
from urllib.parse import parse_qs

from dunnage import Match, Verdict, Verifier, lazy_regex
from dunnage_rules.verifiers.alphabets import BASE62, numeral, pick
from dunnage_rules.verifiers.encoded import decoded
from dunnage_rules.verifiers.marvin import marvin32

_DATE = lazy_regex(r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?")


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


# The kinds of key that a service issues, each the name of a seed; by the signature in the key.
_KINDS = {
    b"+ASt": ("Default0",),
    b"+ABa": ("AbAcct00",),
    b"+AMC": ("Classic0",),
    b"+ACR": ("ACRDflt0",),
    b"ACDb": (
        *("MastRW00", "MastRO00", "SystRW00", "SystRO00"),
        *("SysAll00", "Resour00", "Encryp00"),
    ),
    b"AzSe": ("PAdmin00", "Query000"),
    b"AzFu": ("Functi00", "Master00", "System00"),
    b"AIoT": ("IoTHub00", "DpsKey00", "Device00"),
    b"APIM": ("Tenant00", "IoTHub00", "Gatewy00", "GitKey00"),
    **dict.fromkeys(
        (b"+ASb", b"+AEh", b"+ARm"),
        ("Send0000", "Listen00", "Manage00", "System00", "Unknown0"),
    ),
}
_ANNOTATED = "Default0"
_TAIL = 10  # the signature and the checksum, in characters of base64

_CLIENT_SECRET = "AadPwd00"
_CLIENT_ALPHABET = f"{string.ascii_lowercase}{string.ascii_uppercase}1234567890.-_~"

_DEVOPS = (0xE0B9692D, 0x1019F92E)  # of a user's token, of an application's


def _summed(data: bytes, kind: str) -> bytes:
    return marvin32(data, int.from_bytes(kind.encode(), "big"))


def _check_key(match: Match) -> Verdict:
    """A key of 32 to 64 bytes: random, the signature, Marvin32 of all before it."""
    value = match.secret.replace(b"%3D", b"=").replace(b"%3d", b"=").rstrip(b"=")
    kinds = _KINDS.get(value[-_TAIL:-6])
    raw = decoded(value)
    if kinds is None or raw is None:
        return Verdict.LIKELY  # an older key, or of a service that publishes no seed
    right = any(_summed(raw[:-4], kind) == raw[-4:] for kind in kinds)
    return Verdict.CERTAIN if right else Verdict.DOUBTFUL


def _make_key(rng: random.Random, signature: str = "+ASt", size: str = "64") -> str:
    length = int(size)
    text = base64.b64encode(rng.randbytes(length)).rstrip(b"=")
    raw = decoded(text[:-_TAIL] + signature.encode() + b"AAAAAA")
    assert raw is not None
    kind = _KINDS[signature.encode()][0]
    return base64.b64encode(raw[: length - 4] + _summed(raw[: length - 4], kind)).decode()


def _make_functions_key(rng: random.Random) -> str:
    return _make_key(rng, "AzFu", "40").translate(str.maketrans("+/", "-_"))


def _make_search_key(rng: random.Random) -> str:
    """These are made anew until they have neither of the two signs of base64."""
    while not (value := _make_key(rng, "AzSe", "39")).isalnum():
        pass
    return value


def _annotations(value: bytes) -> tuple[str, str]:
    """The checksum of a common annotated key, in the two ways that services write its beginning."""
    total = _summed(base64.b64decode(value[:80]), _ANNOTATED)
    in_base62 = numeral(int.from_bytes(total, "big"), BASE62, 6).lstrip("0")
    return base64.b64encode(total).decode()[:4], in_base62[:4]


def _check_annotated(match: Match) -> Verdict:
    right = match.secret[80:84].decode() in _annotations(match.secret)
    return Verdict.CERTAIN if right else Verdict.DOUBTFUL


def _check_annotated_azure(match: Match) -> Verdict:
    """As before, for every service but NuGet, which has a rule of its own."""
    return Verdict.NO if match.secret[76:80] == b"NUGT" else _check_annotated(match)


def _make_annotated(
    rng: random.Random, middle: str = "BCACYeBjFXJ3w3AAAB", signature: str = "ACOG"
) -> str:
    while True:
        value = f"{pick(rng, BASE62, 52)}JQQJ99{middle}{signature}"
        total = _annotations(value.encode())[1 if signature == "NUGT" else 0]
        if total.isalnum():
            return value + total


def _make_nuget(rng: random.Random) -> str:
    return _make_annotated(rng, f"BCN5P{pick(rng, BASE62, 9)}L003", "NUGT")


def _client_sum(before: bytes) -> str:
    number = int.from_bytes(_summed(before, _CLIENT_SECRET), "little")
    return numeral(number, _CLIENT_ALPHABET, 1)[:3]


def _check_client_secret(match: Match) -> Verdict:
    """Those with ``8Q~`` end in three of the digits of a checksum."""
    value = match.secret
    if len(value) != 40 or value[3:6] != b"8Q~":
        return Verdict.LIKELY
    right = value[37:].decode() == _client_sum(value[:37])
    return Verdict.CERTAIN if right else Verdict.DOUBTFUL


def _make_client_secret(rng: random.Random) -> str:
    value = f"{pick(rng, BASE62, 3)}8Q~{pick(rng, BASE62, 31)}"
    return value + _client_sum(value.encode())


def _devops_parts(raw: bytes) -> tuple[bytes, int]:
    """The 28 random bytes, and the checksum whose four stand between them."""
    random_part = raw[:2] + raw[3:7] + raw[9:22] + raw[23:32]
    return random_part, int.from_bytes(bytes((raw[2], raw[7], raw[8], raw[22])), "big")


def _check_devops(match: Match) -> Verdict:
    value = match.secret.upper()
    random_part, given = _devops_parts(base64.b32decode(value.ljust(56, b"A")))
    right = any(zlib.crc32(random_part) ^ magic == given for magic in _DEVOPS)
    return Verdict.CERTAIN if right else Verdict.DOUBTFUL


def _make_devops(rng: random.Random) -> str:
    raw = bytearray(rng.randbytes(35))
    total = zlib.crc32(_devops_parts(bytes(raw))[0]) ^ _DEVOPS[0]
    for at, byte in zip((2, 7, 8, 22), total.to_bytes(4, "big"), strict=True):
        raw[at] = byte
    return base64.b32encode(raw).decode()[:52].lower()


def verifiers() -> list[Verifier]:
    """All of this kind."""
    return [
        Verifier("azure-sas", _check_sas, _make_sas),
        Verifier("azure-key", _check_key, _make_key),
        Verifier("azure-functions-key", _check_key, _make_functions_key),
        Verifier("azure-search-key", _check_key, _make_search_key),
        Verifier("azure-annotated-key", _check_annotated_azure, _make_annotated),
        Verifier("nuget-annotated-key", _check_annotated, _make_nuget),
        Verifier("azure-client-secret", _check_client_secret, _make_client_secret),
        Verifier("azure-devops-token", _check_devops, _make_devops),
    ]
