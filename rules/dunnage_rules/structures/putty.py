"""PuTTY's private keys."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Entry, Example, Hit, Match, Rule, Severity, lazy_regex, rule

_LINES = lazy_regex(rb"Private-Lines: *([0-9]+)(?:\r?\n|\\r?\\n|\\n|\s)+([A-Za-z0-9+/]{16,})")


@rule(
    "secret/putty-private-key",
    severity=Severity.ERROR,
    pattern=(
        r"(?P<secret>PuTTY-User-Key-File-[123]: [a-z0-9-]{3,40}(?:\\r|\\n|\s){1,4}"
        r"Encryption: (?P<cipher>[a-z0-9-]{2,20})(?:[A-Za-z0-9+/=:_.@, \t\r\n\\-])*)"
    ),
    rank=20,
    lower=True,
    tried=Severity.NOTE,
    provider="PuTTY",
    fix="Make a new key pair, replace the public key on the servers, and leave the .ppk out.",
    source="https://the.earth.li/~sgtatham/putty/0.83/htmldoc/AppendixC.html",
    tags=("key",),
    match=(
        Example(
            "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: rsa-key\nPublic-Lines: 1\n"
            "{base64:64}\nPrivate-Lines: 1\n{base64:64}\nPrivate-MAC: {hex:40}\n",
            "id.ppk",
        ),
        Example(
            "PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: aes256-cbc\r\nComment: x\r\n"
            "Public-Lines: 1\r\n{base64:64}\r\nPrivate-Lines: 1\r\n{base64:64}\r\n",
            "id.ppk",
        ),
    ),
    miss=(
        Example("PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\n...", None, "no body"),
        Example('if (!strncmp(header, "PuTTY-User-Key-File-3", 21))', None, "a parser"),
    ),
)
def putty_key(entry: Entry, match: Match) -> Iterator[Hit]:
    """PuTTY private key.

    It logs in wherever its public half is authorised. An encrypted one is a note: its passphrase
    can be guessed without limit."""
    if not _LINES.search(match.secret):
        return
    plain = match.groups.get("cipher") == b"none"
    message = "PuTTY private key" if plain else "PuTTY private key, encrypted"
    severity = None if plain else Severity.NOTE
    yield Hit(message, span=match.span, secret=match.secret, severity=severity)


def rules() -> list[Rule]:
    """All of this noun."""
    return [putty_key]
