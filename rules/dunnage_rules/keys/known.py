"""Keys that are published to be used in tests, by the first half of their fingerprint's digits."""

from __future__ import annotations

from collections.abc import Mapping

KNOWN: Mapping[str, str] = {
    # https://github.com/hashicorp/vagrant/tree/main/keys: a box replaces them at its first start
    "4fd9973c9cc206ef": "Vagrant's insecure RSA key",
    # github.com/confluentinc/librdkafka, src/rdkafka_sasl_oauthbearer_oidc.c: its unit tests are
    # compiled into the library
    "cffba9361e2f7edb": "the key of librdkafka's own tests",
    # github.com/dovecot/core, src/lib-ssl-iostream/iostream-ssl-test.c: compiled into libdovecot
    "8b79fe13edcdd45d": "the key of Dovecot's own tests",
    # github.com/briansmith/webpki, third-party/chromium/data/verify_signed_data/ours/priv.pem
    "ac98b2f1319b4308": "the key of webpki's own tests",
    "5a4bea8e7c8f01e0": "Vagrant's insecure Ed25519 key",
}
