"""A user and a password: in base64 as HTTP's Basic scheme (RFC 7617), or in a URL (RFC 3986)."""

from __future__ import annotations

import random
import re
from urllib.parse import unquote_to_bytes

from dunnage import Match, Verdict, Verifier, innocent, lazy_regex
from dunnage_rules.verifiers.alphabets import BASE62, pick
from dunnage_rules.verifiers.encoded import encoded, text_of

# What documentation and development set-ups use for a password, in lower case.
_COMMON = frozenset(
    b"""pass password passwd passw0rd passwort p4ssw0rd pwd pw secret mysecret token mytoken key xxx
    abc abc123 123 1234 12345 123456 12345678 admin administrator root toor user username
    guest postgres postgresql mysql mariadb mongo mongodb redis rabbitmq rabbit test testing
    tester tiger foo bar baz foobar foobarbaz qux changeme change_me letmein qwerty demo
    example sample default none null empty undefined string value docker dev develop
    development prod local localhost db dbpass dbpassword db_password dbuser mypass
    mypassword my_password my-password somepassword somepass somesecret yourpassword
    your_password your-password userpass user_pass rootpass rootpassword adminpass
    adminpassword testpass testpassword pass123 pass1 password1 password123 secretpassword
    secret123 supersecret topsecret sekret sekrit s3cr3t s3cret hunter2 swordfish app web
    api service server client minioadmin airflow keycloak airbyte odoo hasura vagrant oracle
    sa neo4j cassandra elastic kibana grafana prefect dagster metabase wordpress joomla
    drupal superset strapi pgpass pgpassword pg_password login passwd123 the_password
    thepassword theuser opensesame open-sesame spam eggs p pswd pword credentials basic auth
    x y a b c d me you kx@jj5/g he//o 7fjfp0zbr1ktdrbnfvdmiw gx1fbat3bv secret_access_key
    aws_secret_access_key secretkey secret_key user_password dummy fake bob alice joe john
    jane apikey api_key access_token personal_access_token pat pa@ss p@ss sqlpass blarg
    masterkey hello world helloworld hello123
    contrasenya contrasena senha palavra-passe motdepasse mot_de_passe parola haslo wachtwoord
    kennwort geheim losenord lozinka heslo jelszo sifre parool salasana adgangskode passord kodeord
    """.split()
) | frozenset(
    word.encode()
    for word in (
        "contraseña",
        "şifre",
        "hasło",
        "lösenord",
        "пароль",
        "密码",
        "密碼",
        "パスワード",
        "비밀번호",
        "mật_khẩu",
    )
)
_PLACEHOLDER = lazy_regex(
    rb"""(?<!\d)0?1234\d{0,6}$ | [a-z][_-](?:5678|7890|9876)$
    | ^(?i:abc(?:de?)?\d{1,6}(?:\W.{0,6}|def\d*|xyz\d*)?|super[-_]?secret\d*
      |[a-z]{2,16}_(?:access_|secret_|api_)?(?:key|token)|not[-_]?re[a@4]l|n[o0]ts[e3][ck]{1,2}r[e3]t|s[e3][ck]{1,2}r[e3]t\d{0,3})$
    | ^[A-Z]{2,16}(?:_[A-Z]{2,16}){1,4}$ | ^contrase | ^pa.ss?word
    | [<>{}$\[\]()*%`|^\\"' ] | \.\.\. | ^: | ^\W+$ | ^(?i:x+|y+)$
    | (?i:^p\W?[a@4][s5$]{2}|^p.{1,2}ssw[o0]r[dt]|^with_?p(?:wd|ass)
        |^[a-z]{2,12}[_-]?pass(?:w(?:or)?d)?\d{0,4}$
        |^(?:secret|token|pwd|user|test|foo|hunter)\d{1,4}$|example|placeholder|changeme|change_me|redacted|password|passwd
        |your[-_]|^your
        |^my[-_]?pass|insert|dummy|todo|secret$
        |credentials|[-_]creds?\d{0,4}$|^(?:mock|fake|stub)[-_]
        |^(?:bogus|broken|wrong|invalid|incorrect|fake|bad)[-_]?(?:pass\w*|pwd?|secret)?\d{0,4}$
        |^(?:my|the|some)[-_](?:pa|pw|secret|token|key))
    """,
    re.VERBOSE,
)
_PHRASE = lazy_regex(
    rb"[a-z]+(?:[-_][a-z]+)*[-_](?:a|at|be|for|in|is|no|not|of|on|the|this|to|with)(?:[-_][a-z]+)+$"
)
"""Words with one among them that passwords made of random words do not have."""
_SAMPLE_HOST = lazy_regex(
    rb"""^(?:
      (?:[\w.-]+\.)?(?:example|invalid|test|localhost)(?:\.(?:com|org|net|edu|io|dev))? | local
    | (?:[\w-]+\.)*(?:foo|bar|baz|domain|yourdomain|mydomain|somehost|your-?\w+|server)
        \.(?:com|org|net|tld|io|local)
    | 127\.\d+\.\d+\.\d+ | 0\.0\.0\.0 | \[?::1\]? | host\w{0,4} | hostname | server\w? | domain
    | address | ip | url | mirror | proxy\w{0,8} | some\w{0,12} | my\w{0,12} | your\w{0,12}
    | db\w? | foo | bar | x | a | h
    )\.?$""",
    re.VERBOSE | re.IGNORECASE,
)


def is_sample_password(password: bytes, user: bytes = b"") -> bool:
    """Whether ``password`` is a sample, a reference or the user again."""
    plain = unquote_to_bytes(password) if b"%" in password else password
    lowered = plain.strip().lower()
    if not lowered.isascii():
        lowered = lowered.decode("utf-8", "replace").lower().encode()
    return (
        not lowered
        or lowered in _COMMON
        or lowered == user.lower()
        or lowered.endswith((b"anonymous", b"anoncvs"))
        or len(set(lowered)) == 1
        or _PLACEHOLDER.search(password if b"%" not in password else plain) is not None
    )


def is_sample_host(host: bytes) -> bool:
    """Whether ``host`` is reserved for documentation (RFC 2606, 6761), local, or a stand-in."""
    return _SAMPLE_HOST.match(host) is not None


def basic_of(value: bytes) -> tuple[bytes, bytes] | None:
    """The user and password that ``value`` encodes; None when it decodes to no such text."""
    text = text_of(value)
    if text is None or ":" not in text:
        return None
    user, _, password = text.partition(":")
    return user.encode(), password.rstrip("\n").encode()


def _check_basic(match: Match) -> Verdict:
    pair = basic_of(match.secret)
    if pair is None or not pair[1] or is_sample_password(pair[1], pair[0]):
        return Verdict.NO
    return Verdict.LIKELY


def _make_basic(rng: random.Random, user: str = "deploy") -> str:
    return encoded(f"{user}:{pick(rng, BASE62, 16)}".encode(), url=False)


def judge_url(match: Match) -> Verdict:
    """Judge a password in a URL, ``match.secret``, by it and the groups ``user`` and ``host``."""
    password = match.secret
    user, host = match.groups.get("user", b""), match.groups.get("host", b"")
    if is_sample_password(password, user) or user.lower() in (b"anonymous", b"ftp", b"username"):
        return Verdict.NO
    if password.isdigit() and len(password) <= 5 and (user == b"localhost" or user[:4] == b"127."):
        return Verdict.NO  # a port, and what some tool writes behind an @
    if user[:4].lower() == b"www.":
        return Verdict.NO  # an address that pretends to be another
    if host and is_sample_host(host):
        # A password that was generated is somebody's, even on localhost.
        return Verdict.DOUBTFUL if _generated(password) else Verdict.NO
    return Verdict.DOUBTFUL if _is_word(password) else Verdict.LIKELY


def _is_word(password: bytes) -> bool:
    """Whether it is as often a stand-in as a password: a word, or a phrase (`too-late-in-file`)."""
    word = password.isalpha() and password.islower() and len(password) < 12
    return word or _PHRASE.match(password) is not None


def _generated(password: bytes) -> bool:
    kinds = (rb"[0-9]", rb"[a-z]", rb"[A-Z]", rb"[^0-9A-Za-z]")
    return len(password) >= 10 and sum(bool(re.search(kind, password)) for kind in kinds) >= 3


def _make_password(rng: random.Random, length: str = "16") -> str:
    return pick(rng, BASE62, int(length) - 4) + "9Zq7"


def _check_password(match: Match) -> Verdict:
    """In a file whose grammar says that this is the password."""
    if is_sample_password(match.secret, match.groups.get("user", b"")):
        return Verdict.NO
    return Verdict.LIKELY


def _check_connection(match: Match) -> Verdict:
    """Connection strings are taught with ``myPassword`` and the like."""
    plain = match.secret.lower()
    if plain.startswith((b"my", b"your", b"the", b"some")) or plain.endswith((b"here", b"pwd")):
        return Verdict.NO
    verdict = _check_password(match)
    if verdict is Verdict.LIKELY and _is_word(match.secret):
        return Verdict.DOUBTFUL
    return verdict


def _check_framework(match: Match) -> Verdict:
    """A key that signs is random; Django's for development say that they are insecure."""
    value = match.secret
    if value.startswith(b"django-insecure-") or b" " in value:
        return Verdict.NO
    worded = re.fullmatch(rb"[\w.-]+", value) is not None
    return Verdict.NO if innocent(value, match.line(), worded) else Verdict.LIKELY


def _check_text(match: Match) -> Verdict:
    """A password in base64."""
    text = text_of(match.secret)
    if text is None or is_sample_password(text.strip().encode()):
        return Verdict.NO
    return Verdict.LIKELY


def _make_text(rng: random.Random) -> str:
    return encoded(pick(rng, BASE62, 18).encode(), url=False)


_TYPE_7 = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"
"""What Cisco's IOS adds to a password of type 7, from the place that its first two digits name
(http://www.binaria.co.uk/conclusivecreations/ciscot7.html)."""


def _type_7(text: bytes, place: int) -> bytes:
    return bytes(byte ^ _TYPE_7[(place + n) % len(_TYPE_7)] for n, byte in enumerate(text))


def _check_type_7(match: Match) -> Verdict:
    try:
        place, mixed = int(match.secret[:2]), bytes.fromhex(match.secret[2:].decode())
    except ValueError:
        return Verdict.NO
    plain = _type_7(mixed, place)
    if place >= len(_TYPE_7) or re.fullmatch(rb"[ -~]+", plain) is None:
        return Verdict.NO
    documented = plain.lower().startswith(b"cisco")
    return Verdict.NO if documented or is_sample_password(plain) else Verdict.LIKELY


def _make_type_7(rng: random.Random) -> str:
    place = rng.randrange(16)
    return f"{place:02}{_type_7(_make_password(rng).encode(), place).hex().upper()}"


def verifiers() -> list[Verifier]:
    """All of this kind."""
    return [
        Verifier("password", _check_password, _make_password),
        Verifier("connection-password", _check_connection, _make_password),
        Verifier("framework-key", _check_framework, _make_password),
        Verifier("cisco-type-7", _check_type_7, _make_type_7),
        Verifier("base64-text", _check_text, _make_text),
        Verifier("basic-auth", _check_basic, _make_basic),
        Verifier("url-credentials", judge_url, _make_password),
    ]
