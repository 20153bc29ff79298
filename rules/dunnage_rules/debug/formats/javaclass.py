"""Java class files: whether the constant pool names local variable tables.

Source: The Java Virtual Machine Specification, chapter 4, "The class File Format".
"""

from __future__ import annotations

MAGIC = b"\xca\xfe\xba\xbe"
_SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4}


def names(data: bytes, wanted: bytes) -> bool:
    """Whether the constant pool of a class file holds ``wanted`` as a string: attributes are named
    by such strings."""
    if data[:4] != MAGIC or len(data) < 10 or int.from_bytes(data[6:8], "big") < 45:
        return False
    count, at, number = int.from_bytes(data[8:10], "big"), 10, 1
    while number < count and at + 3 <= len(data):
        tag = data[at]
        if tag == 1:
            length = int.from_bytes(data[at + 1 : at + 3], "big")
            if data[at + 3 : at + 3 + length] == wanted:
                return True
            at += 3 + length
        elif tag in _SIZES:
            at += 1 + _SIZES[tag]
            number += tag in (5, 6)
        else:
            return False
        number += 1
    return False
