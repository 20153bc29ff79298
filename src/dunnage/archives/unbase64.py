"""Base64 as it is met: in either alphabet of RFC 4648, cut off anywhere."""

from __future__ import annotations

import base64

_TO_STANDARD = bytes.maketrans(b"-_", b"+/")


def unbase64(text: bytes) -> bytes:
    """What base64 without its padding decodes to, as far as it stands for whole bytes.

    >>> unbase64(b"aGk_"), unbase64(b"aGk"), unbase64(b"aGk_a")
    (b'hi?', b'hi', b'hi?')
    """
    part = text.translate(_TO_STANDARD)
    part = part[: len(part) - (len(part) % 4 == 1)]
    return base64.b64decode(part + b"=" * (-len(part) % 4))
