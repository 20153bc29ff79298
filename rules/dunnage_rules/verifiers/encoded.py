"""base64 as tokens use it: either alphabet, with and without padding."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from dunnage import lazy_regex

_TEXT = lazy_regex(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")


def decoded(data: bytes) -> bytes | None:
    """What ``data`` decodes to; None when it is not base64 (or base64url) to its last character."""
    text = data.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    if len(text) % 4 == 1:
        return None
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return None


def encoded(data: bytes, *, url: bool = True) -> str:
    """``data`` in base64url without padding, or in base64 with it."""
    if url:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")
    return base64.b64encode(data).decode()


def text_of(data: bytes) -> str | None:
    """The printable text that ``data`` decodes to; None when it is none."""
    raw = decoded(data)
    if not raw:
        return None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    return text if _TEXT.fullmatch(text) else None


def object_of(data: bytes) -> dict[str, Any] | None:
    """The JSON object that ``data`` decodes to; None when it is none."""
    raw = decoded(data)
    if raw is None or not raw.lstrip().startswith(b"{"):
        return None
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
