"""OpenSSH's own private key format.

Source: https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key."""

from __future__ import annotations

from msgspec import Struct

MAGIC = b"openssh-key-v1\0"


class OpenSSHKey(Struct, frozen=True):
    """``kind`` is the algorithm (``ssh-ed25519``), ``public_part`` the public key's blob."""

    kind: str
    encrypted: bool
    whole: bool
    public_part: bytes


def private_key(data: bytes) -> OpenSSHKey | None:
    """The key in ``data``; None when it is not one."""
    if not data.startswith(MAGIC):
        return None
    cipher, at = _string(data, len(MAGIC))
    _, at = _string(data, at)
    _, at = _string(data, at)
    blob, after = _string(data, at + 4)
    kind, _ = _string(blob, 0)
    rest, end = _string(data, after)
    if not cipher:
        return None
    whole = bool(rest) and end <= len(data)
    return OpenSSHKey(kind.decode("latin-1") or "OpenSSH", cipher != b"none", whole, blob)


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    if at + 4 > len(data):
        return b"", len(data) + 1
    end = at + 4 + int.from_bytes(data[at : at + 4], "big")
    return data[at + 4 : end], end
