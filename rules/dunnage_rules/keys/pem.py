"""PEM blocks as they are found in the wild: whole, on one line, escaped, in quotes and pieces.

Source: RFC 7468; RFC 1421 for the headers of encrypted keys; RFC 9580 for OpenPGP's armour."""

from __future__ import annotations

import hashlib
import re

from msgspec import Struct

from dunnage import lazy_regex
from dunnage_rules.keys import der, openpgp, openssh
from dunnage_rules.verifiers.encoded import decoded

_BEGIN = lazy_regex(rb"-----BEGIN ((?:[A-Z0-9/]+ ){0,5})PRIVATE KEY( BLOCK)?-----")
_END = lazy_regex(rb"-----\s?END ")
_HEADER = lazy_regex(rb"(?:^|\n)[ \t]*([A-Z][A-Za-z-]{2,20}): ?([^\n]*)(?:\n[ \t]+[^\n]*)?")
_NEWLINE = lazy_regex(
    rb"\\+r\\+n|\\+[nr]|\\+\n|\r\n?|%0[AaDd]|&#(?:10|13|x[aAdD]);|<br\s?/?>|\\u000[ad]"
)
_COMMENT = lazy_regex(rb"(?m)^[ \t]*(?://+|#+|\*|;+|--|>+|\|)[ \t]?")
_JOIN = lazy_regex(rb"[\"'`]\s*(?:[+,.&]|<<|\\)?\s*(?:[bfru]?[\"'`])?|[ \t\v\f\n\\,]+")
_PLUS = lazy_regex(rb"%2[Bb]|\\u002[bB]|\\x2[bB]")
_RUN = lazy_regex(rb"[A-Za-z0-9+/]*={0,2}")
_LEAD = 200
_LEAST = 56  # characters of base64: an Ed25519 key has 64


class Key(Struct, frozen=True):
    """A private key that was parsed. ``kind`` is for people. ``fingerprint`` is sha256 over the
    public part, in hex, the same however the key is written; "" when there is none."""

    kind: str
    encrypted: bool
    whole: bool
    fingerprint: str
    bits: int = 0
    stub: bool = False


def parse(block: bytes) -> Key | None:
    """The key of a block that begins with its BEGIN line; None when no key follows it.

    The END line may be missing, the body be escaped, quoted, indented or commented out."""
    begin = _BEGIN.search(block)
    if begin is None:
        return None
    label = begin[1].decode().strip()
    text = _NEWLINE.sub(b"\n", block[begin.end() :])
    if end := _END.search(text):
        text = text[: end.start()]
    if begin[2]:
        return _armoured(text)
    encrypted = b"4,ENCRYPTED" in text[:200]
    if encrypted or b": " in text[:100]:
        text = _HEADER.sub(b"\n", text)
    raw = _body(text)
    if raw is None:
        return None
    if encrypted:
        return Key(f"{label} private key".strip(), True, True, _sha(raw))
    if label.startswith("ENCRYPTED") and ("SIGSTORE" in label or "COSIGN" in label):
        return Key("cosign private key", True, True, _sha(raw)) if raw[:1] == b"{" else None
    if found := openssh.private_key(raw):
        return Key(
            f"OpenSSH private key ({found.kind})",
            found.encrypted,
            found.whole,
            _sha(found.public_part),
        )
    if label.startswith("SSH2"):
        ssh2 = raw[:4] == b"\x3f\x6f\xf9\xeb"
        return Key("SSH2 private key", True, True, _sha(raw)) if ssh2 else None
    if (key := der.private_key(raw)) is None:
        return None
    return Key(f"{key.kind} private key", key.encrypted, key.whole, _sha(key.public_part), key.bits)


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest() if data else ""


def _body(text: bytes) -> bytes | None:
    """The decoded base64 at the beginning of ``text``, quotes and joints between lines left out."""
    commented = text.lstrip()[:1] in (b"#", b"*", b";", b">", b"|") or b"//" in text[:16]
    plain = _COMMENT.sub(b"", text) if commented else _unpatched(text)
    if b"%" in plain or b"\\" in plain:
        plain = _PLUS.sub(b"+", plain).replace(b"\\/", b"/")
        plain = plain.replace(b"%2F", b"/").replace(b"%3D", b"=")
    joined = _JOIN.sub(b"", plain)
    found = _RUN.match(joined)
    run = found[0].rstrip(b"=") if found else b""
    if len(run) < _LEAST:
        run = _written(text)
    if len(run) < _LEAST:
        return None
    if len(run) % 4 == 1:
        run = run[:-1]
    return decoded(run)


def _written(text: bytes) -> bytes:
    """The base64 of a key that is written line by line (``echo … >> FILE``, ``f.write(…)``,
    a list): what stands before its END line stands before each of them."""
    before, _, lead = text.rpartition(b"\n")
    if not lead.strip() or len(lead) > _LEAD:
        return b""
    lines = re.findall(re.escape(lead) + rb"([A-Za-z0-9+/]+)", before)
    return b"".join(lines)


def _unpatched(text: bytes) -> bytes:
    """``text`` without the signs of a patch, which stand at the beginning of all its lines."""
    lines = text.strip(b"\n").split(b"\n")
    sign = lines[0][:1]
    if sign not in (b"+", b"-") or len(lines) < 2 or any(line[:1] != sign for line in lines):
        return text
    return b"\n".join([line[1:] for line in lines])


def _armoured(text: bytes) -> Key | None:
    text = _HEADER.sub(b"\n", text)
    body, _, tail = text.strip().rpartition(b"\n=")
    raw = _body(body or text)
    if raw is None:
        return None
    key = openpgp.private_key(raw)
    if key is None:
        return None
    whole = decoded(tail.strip()[:4]) == openpgp.crc24(raw).to_bytes(3, "big")
    return Key("OpenPGP private key", key.encrypted, whole, _sha(key.public_part), 0, key.stub)
