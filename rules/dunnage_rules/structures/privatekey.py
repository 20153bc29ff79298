"""Private keys in PEM: plain, escaped, quoted, commented; told by parsing what they are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from dunnage import (
    DunnageError,
    Entry,
    Example,
    Hit,
    Match,
    Rule,
    Severity,
    is_code,
    lazy_regex,
    rule,
)
from dunnage_rules.keys import pem
from dunnage_rules.keys.known import KNOWN
from dunnage_rules.structures.trying import is_tried

_BLOCK = (
    r"(?P<secret>-----BEGIN (?:[A-Z0-9/]+ ){0,5}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:-{0,4}[^-])*(?:-----END [A-Z0-9 /]{1,60}-----)?)"
)
# How the base64 of a key begins: PKCS#1, PKCS#8, SEC 1 and OpenSSH's, by RFC 8017, 5958, 5915.
_BARE = (
    r"(?P<secret>(?:MII[A-Za-z0-9+/]{2}[AQgw]IBA(?:AK[BC]|DAN)|MIG[A-Za-z0-9+/]AgEAMB[AM]GByqGSM49"
    r"|MHcCAQEEI|MIGkAgEBBDA|MC4CAQAwBQYDK2VwBCIEI|b3BlbnNzaC1rZXktdjEA)[A-Za-z0-9+/]{40,}"
    r"(?:(?:\\r)?(?:\\n|\r?\n)[ \t]*[\"'+ ]{0,6}[A-Za-z0-9+/]{40,76})*"
    r"(?:(?:\\r)?(?:\\n|\r?\n)[ \t]*[\"'+ ]{0,6}[A-Za-z0-9+/]{1,76})?={0,2})"
)
_SERVICE_ACCOUNT = lazy_regex(rb"service_account|private_key_id|gserviceaccount\.com")
_NAMED = lazy_regex(rb"private_key\\*[\"']\s*:\s*\\*[\"']\Z")
_SELF_TEST = lazy_regex(
    rb"(?i)self[-_ ]?test|known[-_ ]answer|fips|gnutls_|mbedtls_|wolfssl|boringssl|nettle_|botan"
)
_BODY = lazy_regex(rb"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}")
_SIGNED = lazy_regex(
    rb"\bsign\((?:[^()]{0,80}\W)?([\w$]{1,40})\)[;,\s]{0,40}[\w$. =]{0,40}"
    rb"\bverify\((?:[^()]{0,80}\W)?\1(?![\w$])"
)
"""What is signed with a key and verified with it in the next breath: whether the platform can."""
_BEHIND = 400
_LEAST_BITS = 1024
_FIX = (
    "Make a new key pair, put the new public key wherever the old one is trusted, and leave the "
    "private key out of what is built."
)


@rule(
    "secret/private-key",
    severity=Severity.ERROR,
    pattern=_BLOCK,
    rank=20,
    lower=True,
    tried=Severity.NOTE,
    fix=_FIX,
    source="https://www.rfc-editor.org/rfc/rfc7468",
    tags=("key",),
    match=(
        Example("{pem-body:rsa}", "id_rsa"),
        Example("{pem-body:pkcs8}", "server.pem"),
        Example("{pem-body:ec}", "ec.key"),
        Example("{pem-body:openssh}", "id_ed25519"),
        Example("{pem-body:pgp}", "signing.asc"),
        Example('TLS_KEY="{pem-body:pkcs8:\\n}"', ".env"),
        Example('{{"key": "{pem-body:rsa:\\n}"}}', "config.json"),
        Example('key = "{pem-body:ec:\\n" +\n  "}";', "Key.java"),
        Example("{pem-body:encrypted}", "encrypted.pem"),
    ),
    miss=(
        Example('if "-----BEGIN RSA PRIVATE KEY-----" in text:\n    load(text)', None, "a parser"),
        Example("-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----", None, "cut"),
        Example("-----BEGIN PUBLIC KEY-----\n{base64:64}", None, "a public key"),
        Example("-----BEGIN CERTIFICATE-----\n{base64:64}", None, "a certificate"),
    ),
)
def private_key(entry: Entry, match: Match) -> Iterator[Hit]:
    """Private key.

    Whoever has it is, to everyone who trusts its public half, its owner: logs in, signs, decrypts,
    poses as the server. A key counts when its body parses; the line that begins one, in a parser
    or a document, does not. An encrypted key is a note, because its passphrase can be guessed
    without limit. So are keys in tests, examples and
    documents, which were made to be published, and keys with which a library tests itself or what
    the platform can."""
    if not _is_service_account(match):
        yield from _judge(entry, match, match.secret)


@rule(
    "secret/gcp-service-account-key",
    severity=Severity.ERROR,
    pattern=_BLOCK,
    keywords=("service_account", "private_key_id", "gserviceaccount.com"),
    rank=30,
    lower=True,
    tried=Severity.NOTE,
    provider="Google Cloud",
    fix="Delete the key (`gcloud iam service-accounts keys delete`) and read the audit log.",
    source="https://cloud.google.com/iam/docs/keys-create-delete",
    tags=("key", "cloud"),
    match=(
        Example(
            '{{"type": "service_account", "private_key_id": "{hex:40}", '
            '"private_key": "{pem-body:pkcs8:\\n}\\n", "client_id": "1"}}',
            "key.json",
        ),
    ),
    miss=(
        Example(
            '{{"type": "service_account", "private_key_id": "x", '
            '"private_key": "-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----\\n"}}',
            "key.json",
            "no body",
        ),
    ),
)
def service_account(entry: Entry, match: Match) -> Iterator[Hit]:
    """Key of a Google Cloud service account.

    It acts as the service account, from anywhere, until somebody deletes the key."""
    if _is_service_account(match):
        yield from _judge(entry, match, match.secret)


@rule(
    "secret/bare-private-key",
    severity=Severity.ERROR,
    pattern=_BARE,
    boundary="base64",
    rank=20,
    lower=True,
    tried=Severity.NOTE,
    fix=_FIX,
    source="https://www.rfc-editor.org/rfc/rfc5958",
    tags=("key",),
    match=(
        Example("private_key: {der-key:rsa}\n", "application.yml"),
        Example('key = "{der-key:pkcs8}"', "Key.java"),
        Example("<privateKey>{der-key:ec}</privateKey>", "app.xml"),
        Example('"deployKey": "{der-key:openssh}"', "config.json"),
    ),
    miss=(
        Example(
            "publicKey: MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA{base64:300}", None, "public"
        ),
        Example("key: MIIEpAIBAAKCAQEA{base64:20}", None, "cut"),
        Example("-----BEGIN RSA TESTING KEY-----\n{der-key:rsa}\n", None, "says so"),
    ),
)
def bare_key(entry: Entry, match: Match) -> Iterator[Hit]:
    """Private key in base64 without the lines around it.

    Java, .NET and many services take a key so. It counts when it parses, as one in PEM does."""
    before = match.window[max(0, match.start - 400) : match.start]
    if before.endswith((b"TESTING KEY-----\n", b"TESTING KEY-----\r\n")):
        return  # as Go's own tests call theirs, lest anyone mistake them
    if before.rfind(b"PRIVATE KEY") <= before.rfind(b"-----END"):
        block = b"-----BEGIN PRIVATE KEY-----\n" + match.secret
        yield from _judge(entry, match, block)


def _is_service_account(match: Match) -> bool:
    window, (start, end) = match.window, match.secret_span
    named = _NAMED.search(window[max(0, start - 40) : start]) is not None
    around = window[max(0, start - 400) : start] + window[end : end + 400]
    return named and _SERVICE_ACCOUNT.search(around) is not None


def _judge(entry: Entry, match: Match, block: bytes) -> Iterator[Hit]:
    key = pem.parse(block)
    if key is None or key.stub:
        return
    name = KNOWN.get(key.fingerprint[:16])
    severity = Severity.NOTE
    if name:
        message = f"{key.kind}: a published test key ({name})"
    elif key.encrypted:
        message = f"{key.kind}, encrypted"
    elif not key.whole:
        message = f"{key.kind}, cut off"
    elif 0 < key.bits < _LEAST_BITS:
        message = f"{key.kind} of {key.bits} bits, too short to protect anything"
    elif is_tried(entry, match):
        message = f"{key.kind}, where keys are tried out"
    elif _is_probe(match):
        message = f"{key.kind}, with which the code tries out what the platform can"
    elif _in_crypto_library(entry):
        message = f"{key.kind}: a self-test key compiled into a cryptographic library"
    else:
        message, severity = key.kind, Severity.ERROR
    yield Hit(
        message,
        span=match.span,
        secret=_canonical(block, key),
        severity=None if severity is Severity.ERROR else severity,
    )


def _is_probe(match: Match) -> bool:
    """Whether the code signs with the key that it holds only to verify that at once."""
    start, end = match.secret_span
    found = _SIGNED.search(match.window, end, end + _BEHIND)
    if found is None:
        return False
    before = match.window[max(0, start - 100) : start].replace(b" ", b"")
    return found[1] + b"=" in before


def _canonical(block: bytes, key: pem.Key) -> bytes:
    """The same bytes for the same key, however it is written: one key is one finding."""
    header = block[: block.index(b"-----", 10) + 5]
    return header + key.fingerprint.encode() if key.fingerprint else block


def _in_crypto_library(entry: Entry) -> bool:
    """Whether the key stands among the vectors with which a library tests itself when it starts:
    machine code that speaks of self-tests and holds several keys."""
    if "self-tests" not in entry.memo:
        entry.memo["self-tests"] = _tests_itself(entry)
    return bool(entry.memo["self-tests"])


def _tests_itself(entry: Entry) -> bool:
    try:
        with entry.open() as stream:
            head = stream.read(8)
        if not is_code(head):
            return False
        data = entry.read()
    except (DunnageError, OSError):
        return False
    if sum(1 for _ in islice(_BODY.finditer(data), 2)) < 2:
        return False
    first = _SELF_TEST.search(data)
    return first is not None and any(
        found[0] != first[0] for found in _SELF_TEST.finditer(data, first.end())
    )


def rules() -> list[Rule]:
    """All of this noun."""
    return [private_key, service_account, bare_key]
