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
    # github.com/netty/netty, handler/src/main/java/io/netty/handler/ssl/OpenSsl.java: with it Netty
    # tries out what OpenSSL can do; the class lies in all that shades Netty
    "8cf5d9a98162f06b": "the key with which Netty tries OpenSSL out",
    # github.com/grpc/grpc-java, testing/src/main/resources/certs: gRPC's in every language, "the
    # test credentials" of its README
    "77c745f908adcbf9": "gRPC's own tests, their authority",
    "60919f9ff194e4c0": "gRPC's own tests, server0",
    "d90617be017e1256": "gRPC's own tests, server1",
    "218b0e9ac2d89874": "gRPC's own tests, client",
    "73a9828406243613": "gRPC's own tests, badclient",
    "1d54c040b02963ee": "gRPC's own tests, badserver",
    "b1d8ecb700b9cef1": "gRPC's own tests, ecdsa",
    "5a4bea8e7c8f01e0": "Vagrant's insecure Ed25519 key",
}
