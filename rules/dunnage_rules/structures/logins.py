"""A user and a password beside one another: told by what stands before what tells them."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import (
    Entry,
    Example,
    Hit,
    Match,
    Rule,
    Severity,
    Span,
    Verdict,
    classes,
    lazy_regex,
    replace,
    rule,
)
from dunnage_rules.verifiers import credentials

_USER = lazy_regex(
    rb"""(?i)(?:user(?:_?name)?|login|email)\\?["']?\s{0,4}(?:=>|[:=])\s{0,4}\\?["']([^"'\s\\]{1,80})"""
    rb"""\\?["'],?\s{0,40}(?:["']?\w{1,16}["']?\s{0,2}[:=][^\n]{0,60},\s{0,40}){0,2}[\\"':]{0,2}\Z"""
)
_PARTS = lazy_regex(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_NAMED = lazy_regex(rb"""([A-Za-z0-9_.-]{1,40}):([^\s:@"'`/<>{}$%()]{4,128})\Z""")


@rule(
    "secret/login-pair",
    severity=Severity.WARNING,
    pattern=(
        r"""pass\\?["']?[ \t]{0,4}(?:=>|[:=])[ \t]{0,4}\\?["']"""
        r"""(?P<secret>[^"'\s<>{}$%\\]{6,128})\\?["']"""
    ),
    rank=15,
    lower=True,
    fix="Change the password, and read it from the environment or a vault.",
    source="https://cwe.mitre.org/data/definitions/798.html",
    match=(
        Example("auth: {{ user: 'ci@acme.io', pass: '{base62:14}' }}", "mail.js"),
        Example('{{"host": "ftp.acme.io", "user": "web", "pass": "{base62:14}"}}', ".ftpconfig"),
    ),
    miss=(
        Example("{{ user: 'user1', pass: 'password1' }}", "mail.js", "samples"),
        Example("{{ user: 'ada', pass: 'theUsersOwnPassword' }}", "mail.js", "words"),
        Example("{{ color: 'red', pass: 'q7Zr19wLpK2m' }}", "render.js", "no user before it"),
    ),
)
def pair(entry: Entry, match: Match) -> Iterator[Hit]:
    """User and password side by side.

    Both halves of a login stand there. Samples, references and words are nothing."""
    found = _USER.search(match.window[max(0, match.start - 200) : match.start])
    if found is None or not (_has_digits(match.secret) or _mixes_cases(match.secret)):
        return
    yield from _judged(match, {"user": found[1]}, match.secret, match.span)


@rule(
    "secret/go-mysql-dsn",
    severity=Severity.ERROR,
    pattern=r"@(?:tcp|unix|cloudsql)\((?P<host>[^()\s]{1,120})\)/",
    rank=20,
    lower=True,
    provider="MySQL",
    fix="Change the password, and read the data source name from the environment.",
    source="https://pkg.go.dev/github.com/go-sql-driver/mysql#section-readme",
    tags=("url",),
    match=(
        Example('sql.Open("mysql", "app:{url-credentials}@tcp(db.acme.io:3306)/shop")', "main.go"),
    ),
    miss=(Example('"user:password@tcp(127.0.0.1:3306)/hello"', "main.go", "documentation"),),
)
def data_source_name(entry: Entry, match: Match) -> Iterator[Hit]:
    """Password in a data source name of Go's MySQL driver.

    It opens the database wherever that can be reached. Samples and references are nothing."""
    found = _NAMED.search(match.window[max(0, match.start - 200) : match.start])
    if found is None:
        return
    end = match.offset + match.start
    span = Span(end - len(found[2]), end)
    yield from _judged(match, {"user": found[1], **match.groups}, found[2], span)


def _has_digits(secret: bytes) -> bool:
    return {"digit", "letter"} <= classes(secret)


def _mixes_cases(secret: bytes) -> bool:
    """Whether the case changes as chance has it: one in twelve generated passwords of 14 letters
    and digits has no digit, and names in code begin a word every four or five letters."""
    return 12 <= len(secret) <= 3 * len(_PARTS.findall(secret)) and secret.isalpha()


def _judged(match: Match, groups: dict[str, bytes], secret: bytes, span: Span) -> Iterator[Hit]:
    window = match.window
    at = window.rfind(secret, 0, match.end)
    verdict = credentials.judge_url(
        replace(match, groups=groups, secret_span=(at, at + len(secret)))
    )
    if verdict is not Verdict.NO:
        severity = Severity.NOTE if verdict is Verdict.DOUBTFUL else None
        message = "user and password side by side"
        yield Hit(message, span=span, secret=secret, severity=severity)


def rules() -> list[Rule]:
    """All of this noun."""
    return [pair, data_source_name]
