"""Key stores and keys in binary forms, told by parsing them."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Entry, Hit, Rule, Severity, lazy_regex, rule
from dunnage_rules.keys import der, openpgp, stores
from dunnage_rules.structures.trying import is_trying

_MOST = 8 << 20
_KEPT = lazy_regex(
    rb"(?:[A-Z][A-Za-z-]+: [^\n]{0,200}\n){0,20}(?:Key: )?\((?:[0-9]{2}:)?(protected-)?private-key"
)
"""How GnuPG keeps a key: as an S-expression, behind lines that describe it."""
_FIX = "Make a new key and certificate, and give the store to the process when it runs."


@rule(
    "secret/key-store",
    severity=Severity.WARNING,
    magic=(
        stores.JKS,
        stores.JCEKS,
        b"\0\0\0\1\0\0\0\x14",
        b"\0\0\0\2\0\0\0\x14",
        b"\x30\x82",
        b"\x30\x83",
    ),
    content=True,
    rank=20,
    lower=True,
    tried=Severity.NOTE,
    fix=_FIX,
    source="https://www.rfc-editor.org/rfc/rfc7292",
    tags=("key",),
)
def key_store(entry: Entry) -> Iterator[Hit]:
    """Key store with a private key.

    PKCS#12 (.p12, .pfx), JKS, JCEKS and BKS protect their keys with a password. When that is one
    everyone knows (none, changeit, android), the key is as good as plain, and this an error. A
    store that holds certificates alone, like a JDK's cacerts, is nothing; Android's debug.keystore
    is a note (https://developer.android.com/studio/publish/app-signing#debug-mode)."""
    data = entry.read(_MOST)
    if data[:1] == b"\x30" and not _is_pkcs12(data):
        return
    store = stores.parse(data)
    if store is None or not (store.keys or (store.hidden and not store.certificates)):
        return
    if not store.keys:
        yield Hit(f"{store.kind} key store whose content is encrypted", severity=Severity.NOTE)
        return
    lowered = Severity.NOTE if is_trying(entry.path) else None
    keys = "a private key" if store.keys == 1 else f"{store.keys} private keys"
    if store.password is None:
        yield Hit(f"{store.kind} key store with {keys}", severity=lowered)
    else:
        known = repr(store.password) if store.password else "no password"
        message = f"{store.kind} key store with {keys}, opened by {known}"
        if store.password == "android" and entry.name.lower().startswith("debug"):
            # Android's tools make one on each machine; no shop takes what it signs.
            lowered, message = Severity.NOTE, f"{message}: Android's debug key"
        yield Hit(message, severity=lowered or Severity.ERROR)


def _is_pkcs12(data: bytes) -> bool:
    outer = der.read(data[:16])
    return outer is not None and data[outer.start + 4 : outer.start + 16].find(b"\x02\x01\x03") >= 0


@rule(
    "secret/der-private-key",
    severity=Severity.ERROR,
    magic=(
        b"\x30\x82",
        b"\x30\x81",
        b"\x30\x77",
        b"\x30\x74",
        b"\x30\x2e",
        b"\x30\x53",
        b"\x30\x3e",
    ),
    content=True,
    rank=20,
    lower=True,
    tried=Severity.NOTE,
    fix="Make a new key pair, replace the public key, and leave the key out of what is built.",
    source="https://www.rfc-editor.org/rfc/rfc5958",
    tags=("key",),
)
def der_key(entry: Entry) -> Iterator[Hit]:
    """Private key in DER.

    PKCS#1, PKCS#8, EC and DSA keys without PEM's text around them (.der, .key, .pk8, .p8): as good
    as a PEM file. An encrypted one is a note."""
    if entry.size > 1 << 20:
        return
    data = entry.read(1 << 20)
    key = der.private_key(data)
    if key is None or not key.whole:
        return
    if key.encrypted:
        yield Hit(f"{key.kind} private key in DER, encrypted", severity=Severity.NOTE)
    else:
        severity = Severity.NOTE if is_trying(entry.path) else None
        secret = b"DER private key " + data
        yield Hit(f"{key.kind} private key in DER", secret=secret, severity=severity)


@rule(
    "secret/kerberos-keytab",
    severity=Severity.ERROR,
    magic=(b"\x05\x02\0\0",),
    paths=("*.keytab", "*.ktab", "keytab", "*.kt"),
    content=True,
    rank=20,
    lower=True,
    tried=Severity.NOTE,
    provider="Kerberos",
    fix="Make new keys (`kadmin ktadd`), and mount the keytab when the service runs.",
    source="https://web.mit.edu/kerberos/krb5-latest/doc/formats/keytab_file_format.html",
    tags=("key",),
)
def keytab(entry: Entry) -> Iterator[Hit]:
    """Kerberos keytab.

    It holds the long-term keys of the principals it names: whoever has it is that service."""
    data = entry.read(_MOST)
    at, count = 2, 0
    while at + 4 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big", signed=True)
        at += 4 + abs(size)
        count += size > 0
        if size == 0:
            break
    if count and at <= len(data) + 4:
        noun = "entry" if count == 1 else "entries"
        yield Hit(f"Kerberos keytab with {count} {noun}")


@rule(
    "secret/openpgp-private-key",
    severity=Severity.ERROR,
    magic=(
        b"\x94",
        *(bytes((0x95, size)) for size in range(16)),
        b"\xc5",
        b"(11:private-key",
        b"(21:protected-private-key",
        b"Created: 20",
        b"Key: (pr",
    ),
    content=True,
    rank=20,
    lower=True,
    tried=Severity.NOTE,
    fix="Make a new key pair, put the new public key wherever the old one is trusted, and leave "
    "the private key out of what is built.",
    source="https://www.rfc-editor.org/rfc/rfc9580",
    tags=("key",),
)
def openpgp_key(entry: Entry) -> Iterator[Hit]:
    """OpenPGP private key without armour.

    What `gpg --export-secret-keys` writes (secring.gpg), and the files that GnuPG keeps keys in
    (private-keys-v1.d): as good as one in armour. An encrypted one is a note."""
    if entry.size > 1 << 20:
        return
    data = entry.read(1 << 20)
    if found := _KEPT.match(data):
        encrypted = bool(found[1])
    else:
        key = openpgp.private_key(data)
        if key is None or key.stub or not openpgp.is_whole(data):
            return
        encrypted = key.encrypted
    if encrypted:
        yield Hit("OpenPGP private key, encrypted", severity=Severity.NOTE)
    else:
        severity = Severity.NOTE if is_trying(entry.path) else None
        yield Hit("OpenPGP private key", secret=b"OpenPGP private key " + data, severity=severity)


def rules() -> list[Rule]:
    """All of this noun."""
    return [key_store, der_key, keytab, openpgp_key]
