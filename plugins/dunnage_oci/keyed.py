"""Secrets that are known by the name they go by: ``NPM_TOKEN=…``, ``--password …``, a URL's
userinfo.

The shared rules know tokens by their form. An image's configuration is short and written by hand,
so here a name that ends in *token* or *password* is enough, if the value can be a secret at all.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from dunnage import lazy_regex

_WORDS = lazy_regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SURE = frozenset(
    {
        "token",
        "password",
        "passwd",
        "passwort",
        "pwd",
        "secret",
        "secrets",
        "apikey",
        "passphrase",
        "authtoken",
        "credential",
        "credentials",
        "pat",
    }
)
_KEYS = frozenset(
    {
        "api",
        "access",
        "secret",
        "private",
        "signing",
        "encryption",
        "master",
        "account",
        "auth",
        "jwt",
        "session",
        "deploy",
        "license",
        "licence",
        "service",
        "storage",
        "aes",
        "hmac",
        "cipher",
    }
)
_PUBLIC = frozenset(
    {"gpg", "pgp", "public", "publishable", "pub", "fingerprint", "hash", "sha", "md"}
)
_SWITCHES = frozenset({"allow", "random", "require", "disable", "enable", "use", "has", "skip"})
_NO_SECRET = lazy_regex(
    r"(?i)(?:true|false|yes|no|on|off|none|null|nil|undefined|empty|todo|tbd|[0-9]{1,5}|"
    r".{0,3}|(.)\1*|<.*>|\[.*\]|\{.*\}|.*(?:change_?-?me|example|placeholder|dummy|redacted|"
    r"your[-_ ]|x{4,}|\*{3,}|not[-_ ]?(?:a[-_ ])?(?:real|secret)|insert[-_ ]|replace[-_ ]|fake).*)",
    re.DOTALL,
)
_REFERENCE = lazy_regex(
    r"(?:[$%@`~&|]|(?:id|src|type)=|/|\./|\.\./|[A-Za-z]:\\|arn:|vault:|file:|env:|op://|ssm:|https?://[^@]*$)"
    r"|.*(?:\$\{|\$\(|\{\{|\$[A-Z_]{2,})"
)
_PUBLIC_VALUE = lazy_regex(
    r"(?:ssh-(?:rsa|ed25519)|ecdsa-)|-----BEGIN (?:PGP )?PUBLIC|"
    r"(?:0x)?(?:[0-9A-F]{4} ?){4,10}$"
)
_DEFAULTS = frozenset(
    {
        "password",
        "passw0rd",
        "pass",
        "secret",
        "root",
        "admin",
        "administrator",
        "postgres",
        "mysql",
        "test",
        "testing",
        "guest",
        "user",
        "demo",
        "default",
        "redis",
        "rabbitmq",
        "mongo",
        "minio",
        "minioadmin",
        "toor",
        "letmein",
        "qwerty",
        "123456",
        "1234",
        "12345678",
        "welcome",
        "foobar",
        "hunter2",
        "local",
        "dev",
    }
)

_ASSIGNMENT = lazy_regex(
    r"""(?<![A-Za-z0-9_.])(?P<name>[A-Za-z_][A-Za-z0-9_.-]{0,100})(?:["']\s*:\s*(?=["'])|["']?\s?=\s?)(?P<value>"[^"\n]*"|'[^'\n]*'|[^\s"';&|)]+)"""
)
_OPTION = lazy_regex(
    r"--(?P<name>[A-Za-z][A-Za-z0-9-]{0,100})(?:=|\s+)(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\s;&|\"'-][^\s;&|\"']*)"
)
_BEARER = lazy_regex(
    r"(?i)\bauthorization:\s*(?P<name>bearer|basic|token)\s+(?P<value>[^\s\"']{8,})"
)
_USERPASS = lazy_regex(
    r"\bcurl\b[^|;&]{0,200}?\s(?:-u|--user)[\s=]*[\"']?(?P<name>[^\s:\"']+):(?P<value>[^\s\"']+)"
)
_LOGIN = lazy_regex(r"\blogin\b[^|;&]{0,200}?\s-p[\s=]*[\"']?(?P<value>[^\s\"']+)")
_URL = lazy_regex(
    r"(?P<scheme>[a-z][a-z0-9+.-]{1,20})://(?P<user>[^\s/:@\"'<>]{0,200})(?::(?P<value>[^\s/@\"'<>]{1,400}))?@"
    r"(?P<host>[A-Za-z0-9.\[\]_-]+)"
)


class Named(Struct, frozen=True):
    """A secret and the name that gives it away. ``weak`` tells that the value is a well-known
    default."""

    name: str
    value: str
    weak: bool = False


def by_name(name: str, value: str) -> Named | None:
    """The secret in ``name=value``, or None: the name speaks of none, or the value is
    empty, a switch, a reference, a path, a placeholder or public.

    >>> by_name("GPG_KEY", "A035C8C19219BA821ECEA86B64E628F8D684696D") is None
    True
    """
    value = value.strip().strip("\"'")
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words or set(words) & _PUBLIC or words[0] in _SWITCHES or set(words[:-1]) & _SWITCHES:
        return None
    if _NO_SECRET.fullmatch(value) or _REFERENCE.match(value) or _PUBLIC_VALUE.match(value):
        return None
    last, before = words[-1], set(words[:-1])
    sure = last in _SURE or (last == "pass" and len(value) >= 4) or words[-2:] == ["api", "key"]
    if sure or (last in ("key", "auth") and before & _KEYS and len(value) >= 12):
        return Named(name, value, value.lower() in _DEFAULTS)
    if last in ("key", "auth") and _random(value):
        return Named(name, value)
    return None


def in_setting(name: str, value: str) -> Iterator[Named]:
    """The secret that ``value`` is by its name, else those that stand inside it."""
    named = by_name(name, value)
    if named:
        yield named
    else:
        yield from in_text(value)


def in_text(text: str) -> Iterator[Named]:
    """The secrets in a command line, a label or any other text, by name or in a URL; each once."""
    seen: set[str] = set()
    for named in (*in_urls(text), *_in_pairs(text)):
        if named.value not in seen:
            seen.add(named.value)
            yield named


def in_urls(text: str) -> Iterator[Named]:
    """The passwords, and tokens in the place of a user, of the URLs in ``text``."""
    for found in _URL.finditer(text):
        user, value = found["user"], found["value"]
        where = f"{found['scheme']}://{user + ':' if value else ''}…@{found['host']}"
        if value is None:
            if _random(user):
                yield Named(where, user)
        elif not _NO_SECRET.fullmatch(value) and not _REFERENCE.match(value):
            yield Named(where, value, value.lower() in _DEFAULTS)


def _in_pairs(text: str) -> Iterator[Named]:
    for pattern in (_OPTION, _ASSIGNMENT):
        for found in pattern.finditer(text):
            named = by_name(found["name"], found["value"])
            if named:
                yield named
    for found in _BEARER.finditer(text):
        if not _REFERENCE.match(found["value"]) and not _NO_SECRET.fullmatch(found["value"]):
            yield Named(f"Authorization: {found['name']}", found["value"])
    for pattern, name in ((_USERPASS, "curl --user"), (_LOGIN, "login -p")):
        for found in pattern.finditer(text):
            value = found["value"]
            if not _REFERENCE.match(value) and not _NO_SECRET.fullmatch(value):
                yield Named(name, value, value.lower() in _DEFAULTS)


def _random(value: str) -> bool:
    """Whether ``value`` may be made by a machine: 20 characters or more of letters and digits
    with at least 3.3 bits each; a word or a sentence has less."""
    if len(value) < 20 or " " in value or not re.search(r"[0-9]", value):
        return False
    if not re.search(r"[A-Za-z]", value):
        return False
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts) >= 3.3
