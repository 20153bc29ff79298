"""What the readers of JSON share: its grammar, and strings with their escapes undone.

Source: RFC 8259.
"""

from __future__ import annotations

from json.decoder import scanstring  # type: ignore[attr-defined] # not in typeshed

from dunnage.lazy import lazy_regex

DEPTH = 10_000
"""The deepest nesting that is passed."""

SPACE = lazy_regex(rb"[ \t\r\n]*")
STRUCTURE = lazy_regex(rb'["{}\[\]]')
SCALAR = lazy_regex(rb"[-+0-9.eEa-z]*")


def unescape(raw: bytes) -> str:
    """A JSON string's text. What is no valid escape stays as it is written, and bytes that are no
    UTF-8 become lone surrogates."""
    text = raw.decode("utf-8", "surrogateescape")
    if "\\" not in text:
        return text
    try:
        found: str = scanstring(text + '"', 0, False)[0]
    except ValueError:
        return text
    return found


def encoded(raw: bytes) -> bytes:
    """A JSON string's text in UTF-8; bytes that were none stay as they are."""
    if b"\\" not in raw:
        return raw
    text = unescape(raw)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
