"""What was typed rather than drawn: rows of the alphabet and of the keyboard, halves twice."""

from __future__ import annotations

from dunnage.lazy import lazy_regex

_ORDER = b"".join(
    (
        b"0123456789012345\0",
        b"abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz\0",
        b"0123456789abcdef0123456789abcdef\0",
        b"987654321098765\0zyxwvutsrqponmlkjihgfedcba\0fedcba9876543210fedcba\0",
        b"qwertyuiop\0asdfghjkl\0zxcvbnm\0qwertyuiopasdfghjklzxcvbnm\0qazwsxedcrfvtgbyhnujmikolp\0",
        b"a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s9t0u1v2w3x4y5z6a7b8\0a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0\0",
        b"1a2b3c4d5e6f7g8h9i0j1k2l3m4n5o6p7q8r9s0t1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d\0",
        b"aabbccddeeffgghhiijjkkllmmnnooppqqrrssttuuvvwwxxyyzz00112233445566778899aabbccddeeff\0",
        b"0011223344556677889900aabbccddeeff\0",
    )
)

_STEP = 5
_STEPS = frozenset(
    part[at : at + _STEP] for part in _ORDER.split(b"\0") for at in range(len(part) - _STEP + 1)
)

SEPARATOR = lazy_regex(rb"[^0-9A-Za-z]+")
_LEAST_TYPED = 16  # of shorter ones, chance makes one in a million


def _places(*rows: bytes) -> bytes:
    """A table for `bytes.translate` to a character's place, rows apart from each other."""
    table = bytearray(range(256))
    for number, row in enumerate(rows):
        for place, letter in enumerate(row):
            table[letter] = 128 + number * 16 + place if len(rows) > 1 else 128 + place
    return bytes(table)


_ALPHABET = _places(b"0123456789abcdefghijklmnopqrstuvwxyz")
_KEYBOARD = _places(b"1234567890", b"qwertyuiop", b"asdfghjkl", b"zxcvbnm")


def typed(value: bytes) -> bool:
    """Whether the value, or the greater part of it between two separators, was typed rather than
    drawn: ``aaaabbbbcccc1111``, ``abcd1234efgh5678``, ``q1w2e3r4t5y6``, one half twice."""
    body = max(SEPARATOR.split(value), key=len)
    whole = SEPARATOR.sub(b"", value)
    bodies = {whole, body} if len(body) * 2 >= len(whole) else {whole}
    return any(_laid_out(part.lower()) for part in bodies if len(part) >= _LEAST_TYPED)


def _laid_out(body: bytes) -> bool:
    """Whether five of six characters continue a run or a row of the alphabet or the keyboard, each
    or every other one; or the second half is the first again."""
    half, odd = divmod(len(body), 2)
    if not odd and body[:half] == body[half:]:
        return True
    return any(
        _in_rows(body.translate(places), stride) * 6 >= len(body) * 5
        for places in (_ALPHABET, _KEYBOARD)
        for stride in (1, 2)
    )


def _in_rows(places: bytes, stride: int) -> int:
    """How many stand in rows of three and more whose steps, ``stride`` apart, are all up, all down
    or all none."""
    covered = bytearray(len(places))
    for at in range(len(places) - 2 * stride):
        first, second, third = places[at : at + 2 * stride + 1 : stride]
        if second - first == third - second and -1 <= second - first <= 1:
            covered[at] = covered[at + stride] = covered[at + 2 * stride] = 1
    return sum(covered)


def sequences(value: bytes) -> tuple[int, int]:
    """How many characters lie in alphabetical, numerical or keyboard sequences of 5 and more, and
    the length of the longest."""
    covered = longest = at = 0
    last = len(value) - _STEP
    while at <= last:
        if value[at : at + _STEP] not in _STEPS:
            at += 1
            continue
        end = at + 1
        while end <= last and value[end : end + _STEP] in _STEPS:
            end += 1
        length = end - at + _STEP - 1
        covered += length
        longest = max(longest, length)
        at += length
    return covered, longest
