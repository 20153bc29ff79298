"""What archives yield, and what their decoders find beside the content."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from dunnage.archives.limits import Budget
from dunnage.archives.raw import Raw
from dunnage.errors import ArchiveError, LimitError
from dunnage.model import Entry, Flaw, Oddity, Source

BLOCK = 1 << 20
"""The most that a decoder gives at once, in bytes."""

Item = Entry | Oddity | Flaw
"""What iterating an archive yields."""


_ACCEPT = "then accept it by its path, with a reason ([[ignore]] with problem)"


def encrypted(what: str) -> str:
    """What is said of content that needs a key, and what can be done about it."""
    return f"encrypted: {what} could not be looked at; who has the key can check it, {_ACCEPT}"


def unopened(what: str) -> str:
    """The same of a format that cannot be unpacked: an archive, a file system, an installer."""
    return f"what this {what} holds could not be looked at; unpack it and check that, {_ACCEPT}"


class Notes(Struct):
    """What a decoder finds beside the content. ``name`` is the one that a gzip header gives."""

    items: list[Item] = field(default_factory=list)
    name: bytes = b""


def extra(path: str, data: bytes) -> Entry:
    """An entry for bytes that are no member, so that they are looked at."""
    return Entry(path, path.encode(), size=len(data), data=data)


class Inside:
    """What a file holds besides what is seen, as an archive. ``noun`` is what the file is,
    ``parts`` what it is opened for; :meth:`_opened` gives them. Damage comes as Flaw."""

    format = ""
    noun = ""
    parts = ""
    digest: str | None = None
    inner_digest: str | None = None

    def __init__(self, source: Source, budget: Budget) -> None:
        self._source = source
        self._budget = budget

    def __iter__(self) -> Iterator[Item]:
        try:
            with self._source.open() as stream:
                yield from self._opened(Raw(stream))
        except LimitError:
            raise
        except (ArchiveError, OSError) as error:
            yield self._damaged(error)

    def _opened(self, raw: Raw) -> Iterator[Item]:
        raise NotImplementedError

    def _damaged(self, error: Exception) -> Flaw:
        return Flaw(f"{self.noun} could not be read whole for its {self.parts}: {error}")


class Whole(Inside):
    """One that is read whole before it is opened, ``most`` bytes of it; what comes before damage is
    opened all the same."""

    most = 0

    def _opened(self, raw: Raw) -> Iterator[Item]:
        data = bytearray()  # grows in place: pieces and their sum would take twice the room
        more = False
        try:
            while len(data) < self.most and (piece := raw.chunk(BLOCK)):
                data += piece
            more = len(data) >= self.most and bool(raw.chunk(1))
        except LimitError:
            raise
        except ArchiveError as error:
            yield self._damaged(error)
        if more:
            most = f"{self.most >> 20} MiB"
            yield Flaw(f"{self.noun} is larger than {most}: {self.parts} beyond were not read")
        yield from self._parts(data)

    def _parts(self, data: bytearray) -> Iterator[Item]:
        raise NotImplementedError
