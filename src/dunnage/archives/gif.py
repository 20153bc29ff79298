"""The comments of a GIF that are longer than a block of 255 bytes: a length stands within them.

Source: GRAPHICS INTERCHANGE FORMAT, version 89a, 15 ("Data Sub-blocks") and 24 ("Comment
Extension").
"""

from __future__ import annotations

from collections.abc import Iterator

from dunnage.archives.limits import KIB, MIB
from dunnage.archives.notes import Item, Whole, extra

MAGICS = (b"GIF87a", b"GIF89a")
LONG = b"\x21\xfe\xff"
"""How a comment begins that has more than one block."""

_MOST_COMMENTS = 1000
_LONGEST = 64 * KIB


class Gif(Whole):
    """A GIF and its long comments; the others are seen as they lie."""

    format = "gif"
    noun = "the GIF"
    parts = "comments"
    most = 16 * MIB

    def _parts(self, data: bytearray) -> Iterator[Item]:
        at = data.find(LONG)
        for _ in range(_MOST_COMMENTS):
            if at < 0:
                return
            begin, text = at, bytearray()
            at += 2
            while at < len(data) and (size := data[at]) and len(text) < _LONGEST:
                text += data[at + 1 : at + 1 + size]
                at += 1 + size
            self._budget.count_entry()
            yield extra(f"comment at {begin}", bytes(text))
            at = data.find(LONG, max(at, begin + 3))
