"""What a report shows of a secret: enough to recognise it, too little to use it.

Of a secret of n bytes at most n/4 are shown: the public beginning of its format
(``ghp_``, ``sk-ant-api03-``) and up to four characters after it. Up to 12 bytes nothing is shown,
not even the length: they may be a password. Of a private key the header line is shown and nothing
of the body.
"""

from __future__ import annotations

import re

from dunnage.escape import decode
from dunnage.lazy import lazy_regex

MASK = "********"

_SHORT = 12
_HEADER = lazy_regex(rb"-----? ?BEGIN [A-Z0-9 ]{1,48}?-----?|PuTTY-User-Key-File-[0-9]")
# Words that end in a mark: sk_live_, xoxb-, github_pat_.
_PREFIX = lazy_regex(rb"[A-Za-z][A-Za-z0-9]{0,9}[_.:-](?:[a-z]{2,8}[0-9]{0,2}[_-]){0,2}")
_URL = lazy_regex(rb"[a-z][a-z0-9+.-]{1,20}://", re.IGNORECASE)

# What stands before a secret and names it: a key with an assignment, a scheme, a command and its
# user, an option.
_NAME = lazy_regex(
    rb"""(?:
        (?<![\w$-]) (?P<quote>\\*["'`])? (?P<name>[A-Za-z_$][\w.$-]{0,39}) (?(quote)(?P=quote))
        \s{0,3} (?: => | := | [:=] ) \s{0,3}
        (?: (?:\\*["'`])? (?:Bearer|Basic|Token|ApiKey) \s )?
      | [A-Za-z][A-Za-z0-9+.-]{1,20}:// (?: (?P<user>[\w.%-]{0,40}) : )?
      | (?<![\w-]) [a-z]{3,12} [ \t]+ (?: -[A-Za-z]{1,8} [ \t]+ ){0,4}
        (?:\\*["'])? (?:[a-z]{2,8}=)? (?P<login>[A-Za-z][\w$\#]{0,15}) /
      | (?<![\w-]) -{1,2}[A-Za-z][\w-]{0,30} [\s=]
      | (?<![\w-]) (?:bearer|basic|token|password|passwd|passphrase|pass|login|user|
               account|secret|key|apikey|api[_-]key) \s{1,3}
    ) (?:\\*["'`])? \Z""",
    re.VERBOSE | re.IGNORECASE,
)
_QUOTES = (b'"', b"'", b"`")
_LEFT = 96


def redact(secret: bytes) -> str:
    """How ``secret`` is named in reports; escaped, on one line, never more than a quarter of it.

    >>> redact(b"ghp_" + b"x" * 36)
    'ghp_xxxx… (40 bytes)'
    >>> redact(b"hunter2")
    '********'
    """
    if header := _HEADER.search(secret):
        return f"{decode(header[0])}… ({len(secret)} bytes)"
    if len(secret) <= _SHORT:
        return MASK
    if scheme := _URL.match(secret):  # what follows may be a user and a password
        shown = scheme.end()
    elif prefix := _PREFIX.match(secret):
        shown = prefix.end() + 4
    else:
        shown = 4
    head = secret[: min(shown, len(secret) // 4)]
    # A character of several bytes is not cut in two, nor a backslash from what it escapes.
    whole = decode(head.decode("utf-8", "ignore").encode()).rstrip("\\")
    return f"{whole}… ({len(secret)} bytes)"


def shown(window: bytes, low: int, high: int, *, secret: bool, show: bool = False) -> str:
    """The place ``window[low:high]`` in its line, as :func:`excerpt` has it for a secret and
    :func:`snippet` for anything else: a secret of another rule may stand beside it."""
    begin = window.rfind(b"\n", 0, low) + 1
    end = window.find(b"\n", high)
    line = window[begin : end if end >= 0 else len(window)]
    if secret:
        return excerpt(line, low - begin, high - begin, show=show)
    return snippet(line, low - begin, high - begin)


def excerpt(line: bytes, start: int, end: int, width: int = 100, *, show: bool = False) -> str:
    """The place of a secret, ``line[start:end]``, as reports show it: the name it is assigned to,
    the secret redacted (``show`` leaves it whole), its closing quote; at most ``width`` characters.

    Nothing else of the line is shown: other secrets may stand beside this one.

    >>> excerpt(b'{"user": "me", "token": "' + b"k" * 40 + b'", "x": 1}', 25, 65)
    '… "token": "kkkk… (40 bytes)" …'
    """
    secret = line[start:end]
    found = _NAME.search(line[max(0, start - _LEFT) : start])
    named = found and (found["name"] or found["user"] or found["login"])
    left = found[0] if found and not _opaque(named or b"") else b""
    left = left or (line[start - 1 : start] if line[:start].endswith(_QUOTES) else b"")
    right = line[end : end + 1] if line.startswith(_QUOTES, end) else b""
    before = "… " if line[: start - len(left)].strip() else ""
    after = " …" if line[end + len(right) :].strip() else ""
    if show:
        return before + decode(left).lstrip() + decode(secret) + decode(right) + after
    return before + _cut(decode(left).lstrip() + redact(secret) + decode(right), width - 4) + after


def snippet(line: bytes, start: int, end: int, width: int = 100) -> str:
    """A place that holds no secret, ``line[start:end]``, and nothing beside it: escaped, at most
    ``width`` characters."""
    before = "… " if line[:start].strip() else ""
    after = " …" if line[end:].strip() else ""
    inner = line[start : min(end, start + 8 * width)].strip()
    return before + _cut(decode(inner), width - 4) + after


def _opaque(name: bytes) -> bool:
    """Whether what stands before the mark may be the other half of a key pair, and no word."""
    digits = sum(48 <= byte < 58 for byte in name)
    return digits >= 3 and len(name) >= 12


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
