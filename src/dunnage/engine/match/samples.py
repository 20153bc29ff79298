"""Sample values that vendors, standards and emulators print in their documentation.

They are written in pieces: what scans this file shall not take them for live ones.
"""

from __future__ import annotations

_AZURITE = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq",
    "/K1SZFPTOtr/KBHBeksoGMGw==",
)
_COSMOS = (
    "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2n",
    "Q9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==",
)
_JWT = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
    "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.",
    "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
)

_PIECES: tuple[tuple[str, ...], ...] = (
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
    ("AKIA", "IOSFODNN7", "EXAMPLE"),
    ("AKIA", "I44QH8DHB", "EXAMPLE"),
    ("ASIA", "IOSFODNN7", "EXAMPLE"),
    ("wJalrXUtnFEMI/", "K7MDENG/", "bPxRfiCYEXAMPLEKEY"),
    ("je7MtGbClwBF/", "2Zp9Utk/", "h3yCo8nvbEXAMPLEKEY"),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html, older editions
    ("0PN5J17", "HBGZHT7", "JJ3X82"),
    ("uV3F3YluFJax1", "cknvbcGwgjvx4QpvB", "+leU8dUj2o"),
    # https://min.io/docs/minio/linux/developers/go/minio-go.html: the public server to play with
    ("Q3AM3UQ867", "SPQQA43P2F"),
    ("zuf+tfteSlswRu7BJ86", "wekitnifILbZam1KYY3TG"),
    # https://learn.microsoft.com/azure/storage/common/storage-use-azurite
    _AZURITE,
    # https://learn.microsoft.com/azure/cosmos-db/emulator
    _COSMOS,
    # https://docs.stripe.com/keys and older client libraries
    ("sk_test_", "4eC39HqLyjWDarjtT1zdp7dc"),
    ("sk_test_", "BQokikJOvBiI2HlWgH4olfQ2"),
    ("rk_test_", "4eC39HqLyjWDarjtT1zdp7dc"),
    ("pk_test_", "TYooMQauvdEDq54NiTphI7jx"),
    # https://jwt.io
    _JWT,
    # https://github.com/google/google-authenticator/wiki/Key-Uri-Format
    ("JBSWY3DPEHPK3PXP",),
    ("HXDMVJECJJWSRB3HWIZR4IFUGFTMXBOZ",),
    # https://www.rfc-editor.org/rfc/rfc6455 (WebSocket handshake), rfc7617 (Aladdin, open sesame)
    ("dGhlIHNhbXBsZSBub25jZQ==",),
    ("QWxhZGRpbjpvcGVuIHNlc2FtZQ==",),
    ("QWxhZGRpbjpPcGVuU2VzYW1l",),
    ("dXNlcm5hbWU6cGFzc3dvcmQ=",),
    ("dXNlcjpwYXNzd29yZA==",),
    ("dXNlcjpwYXNz",),
    # https://core.telegram.org/bots/api
    ("123456:", "ABC-DEF1234ghIkl-zyx57W2v1u123ew11"),
    ("110201543:", "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"),
    # https://api.slack.com/messaging/webhooks
    ("https://hooks.slack.com/services/", "T00000000/B00000000/", "X" * 24),
    ("T00000000/B00000000/", "X" * 24),
    # https://developers.google.com/recaptcha/docs/faq (keys for automated tests)
    ("6LeIxAcTAAAAAJcZVRqyHh71", "UMIEGNQ_MXjiZKhI"),
    ("6LeIxAcTAAAAAGG-vFI1TnRW", "xMZNFuojJ4WifJWe"),
    # https://developers.cloudflare.com/turnstile/troubleshooting/testing/
    ("1x0000000000000000000000000000000AA",),
    # WireGuard's own manual page
    ("yAnz5TF+lXXJte14tji3zlMNq+hd2rYU", "IgJBgB3fBmk="),
    # https://www.rfc-editor.org/rfc/rfc6238 test seed
    ("GEZDGNBVGY3TQOJQ", "GEZDGNBVGY3TQOJQ"),
    # https://www.rfc-editor.org/rfc/rfc6749 and rfc6750
    ("czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3",),
    ("2YotnFZFEjr1zCsicMWpAA",),
    ("tGzv3JOkF0XG5Qx2TlKWIA",),
    ("mF_9.B5f-4.1JqM",),
    # The empty string's digests
    ("d41d8cd98f00b204", "e9800998ecf8427e"),
    ("da39a3ee5e6b4b0d3255", "bfef95601890afd80709"),
    ("e3b0c44298fc1c149afbf4c8996fb924", "27ae41e4649b934ca495991b7852b855"),
    # RFC 4231, RFC 2104 keys and hashcat's well-known Ethereum development accounts
    # (https://hardhat.org/hardhat-network/docs/overview, account #0 and #1)
    ("ac0974bec39a17e36ba4a6b4d238ff94", "4bacb478cbed5efcae784d7bf4f2ff80"),
    ("59c6995e998f97a5a0044966f0945389", "dc9e86dae88c7a8412f4603b6b78690d"),
    ("4c0883a69102937d6231471b5dbb6204", "fe512961708279feb1be6ae5538da033"),
    # https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki, test vector 1
    (
        "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPP",
        "qjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi",
    ),
)

SAMPLES: frozenset[bytes] = frozenset("".join(pieces).encode() for pieces in _PIECES)
"""The exact values."""
