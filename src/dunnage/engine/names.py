"""Secrets in names: those of files and folders, targets of links, fields of headers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, AnyStr

from msgspec.structs import replace

from dunnage.engine.index import Index
from dunnage.engine.look import BATCH, Look
from dunnage.engine.owner import Owner, Placed
from dunnage.engine.plan import Asked, Plan
from dunnage.engine.redact import redact
from dunnage.model import Archive, Entry, Kind

KNOWN = 20
"""The least rank of a rule that is asked about names: what has a form of its own. A key and a
value, or a text that only looks random, means nothing in a name."""

HEADERS = "(header fields)"

_NAME, _LINK, _HEADER = "in the file name", "in the target of the link", "in a header"
_NONE: tuple[bytes, ...] = ()


class Names:
    """The names of one archive, gathered and looked at together, one a line. ``secrets`` are those
    that were found, which must not be shown with the names either."""

    def __init__(self, plan: Plan, look: Look, archive: Archive, placed: list[Placed]) -> None:
        self._plan = plan
        self._look = look
        self._labels = getattr(archive, "labels", None)
        self._placed = placed
        self._lines: list[tuple[bytes, str, str]] = []
        self._size = 0
        self._waiting: list[tuple[list[tuple[bytes, str, str]], list[Placed]]] = []
        self.secrets: set[bytes] = set()

    def add(self, entry: Entry) -> None:
        """Note the names of an entry."""
        raw = entry.raw_path
        self._lines.append((raw, entry.path, _NAME))
        self._size += len(raw)
        if entry.link:
            link = entry.link.encode("utf-8", "surrogateescape")
            self._lines.append((link, entry.path, _LINK))
            self._size += len(link)
        if self._size > BATCH or (self._labels is not None and self._labels.size > BATCH):
            self.flush()
            self._look.finish()
            self.judge()

    def flush(self) -> None:
        """Give what was gathered to be looked at with the next batch of contents."""
        lines, self._lines, self._size = self._lines, [], 0
        labels = self._labels.taken() if self._labels is not None else _NONE
        lines += [(label, HEADERS, _HEADER) for label in labels]
        if not lines:
            return
        data = b"\n".join([line[0] for line in lines])
        if data.count(b"\n") >= len(lines):
            data = b"\n".join([line[0].replace(b"\n", b" ") for line in lines])
        found: list[Placed] = []
        entry = Entry("(names)", b"(names)", Kind.TEXT, len(data), data=data)
        self._waiting.append((lines, found))
        self._look.small(Owner(entry, Asked(), found, _unsaid), data)

    def judge(self) -> None:
        """Place what was found; everything that was flushed has been looked at."""
        for lines, found in self._waiting:
            known: dict[int, list[bytes]] = {}
            rules = self._plan.rules
            found.sort(key=lambda placed: -rules[placed.rule].rank)
            for placed in found:
                hit, line = placed.hit, placed.line
                if hit.secret is None or line is None or rules[placed.rule].rank < KNOWN:
                    continue
                here = known.setdefault(line, [])
                if any(hit.secret in other or other in hit.secret for other in here):
                    continue
                here.append(hit.secret)
                self.secrets.add(hit.secret)
                _, path, where = lines[line - 1]
                said = replace(hit, message=f"{hit.message}, {where}", span=None)
                self._placed.append(replace(placed, hit=said, path=path, line=None, column=None))
        self._waiting.clear()


class Veil:
    """Takes secrets out of names and of what is said of them, in time that does not depend on how
    many they are."""

    def __init__(self, secrets: Collection[bytes]) -> None:
        self._texts = {
            secret.decode("utf-8", "backslashreplace"): _veiled(secret) for secret in secrets
        }
        self._bytes = {secret: _veiled(secret).encode() for secret in secrets}
        self._least = min(map(len, (*self._texts, *self._bytes)), default=0)
        self._text_lengths = _lengths(self._texts, self._least)
        self._byte_lengths = _lengths(self._bytes, self._least)

    def text(self, text: str) -> str:
        """``text`` without them."""
        return "".join(_without(text, self._texts, self._text_lengths, self._least))

    def name(self, text: str | None) -> str | None:
        """The same where there may be none."""
        return text and self.text(text)

    def placed(self, placed: Placed) -> Placed:
        """A hit whose place and message are without them."""
        raw = placed.raw_path
        if raw:
            raw = b"".join(_without(raw, self._bytes, self._byte_lengths, self._least))
        hit = placed.hit
        hit = replace(hit, message=self.text(hit.message), entry=self.name(hit.entry))
        return replace(placed, hit=hit, path=self.name(placed.path), raw_path=raw)

    def index(self, index: Index) -> Index:
        """The same entries under names without them."""
        veiled = Index()
        for path, facts in index.items():
            veiled.add(self.text(path), replace(facts, link=self.name(facts.link)))
        return veiled

    def keys(self, mapping: dict[str, Any]) -> dict[str, Any]:
        """The same values under keys without them."""
        return {self.text(key): value for key, value in mapping.items()}


def _lengths(secrets: Iterable[AnyStr], least: int) -> dict[AnyStr, list[int]]:
    """How long those are that begin with the same ``least`` characters, the longest first."""
    found: dict[AnyStr, set[int]] = {}
    for secret in secrets:
        found.setdefault(secret[:least], set()).add(len(secret))
    return {start: sorted(lengths, reverse=True) for start, lengths in found.items()}


def _without(
    text: AnyStr, known: Mapping[AnyStr, AnyStr], lengths: Mapping[AnyStr, list[int]], least: int
) -> Iterator[AnyStr]:
    """The parts of a text, with the longest known one replaced wherever one stands."""
    done = at = 0
    while at + least <= len(text):
        for length in lengths.get(text[at : at + least], ()):
            if (to := known.get(text[at : at + length])) is not None:
                yield text[done:at]
                yield to
                done = at + length
                at = done - 1
                break
        at += 1
    yield text[done:]


def _veiled(secret: bytes) -> str:
    head, cut, _ = redact(secret).partition("…")
    return head + cut


def _unsaid(message: str) -> None:
    """A rule that fails on names says so where it is asked about contents."""
