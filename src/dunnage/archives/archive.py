"""From a source and its format to an archive."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage.archives.flow import Decoded, Flow, open_flow
from dunnage.archives.flowmember import Member
from dunnage.archives.labels import Labels
from dunnage.archives.limits import SMALL, Budget
from dunnage.archives.notes import Item, Notes
from dunnage.archives.parts import Passing, part_of
from dunnage.archives.raw import Raw
from dunnage.archives.sniff import COMPRESSED, sniff, unpacked_name
from dunnage.archives.space import HOLD, TooLarge
from dunnage.archives.tar import TarReader
from dunnage.archives.tarcontent import after_the_end
from dunnage.archives.tarfields import text
from dunnage.archives.tarviews import is_header
from dunnage.errors import ArchiveError
from dunnage.model import Archive, Entry, Flaw, MemorySource, Oddity, Source

_AHEAD = 8 << 20
_LATE = 64 << 10


class StreamArchive:
    """A tar, plain or compressed, or a compressed stream that holds something else."""

    def __init__(
        self, source: Source, form: str, budget: Budget, *, name: str, digests: bool, ahead: bool
    ) -> None:
        self._source = source
        self._budget = budget
        self._form = "plain" if form == "tar" else form
        self._name = name
        large = source.size is None or source.size > _AHEAD
        self._flow, self._raw, self._notes = open_flow(
            source,
            self._form,
            budget,
            digests=digests,
            ahead=ahead and large and self._form != "plain",
        )
        self.digest: str | None = None
        self.inner_digest: str | None = None
        self.labels = Labels()
        self.format = form
        self._tar = form == "tar"
        if form != "tar":
            have = self._flow.need(4096)
            head = self._flow.buf[: max(have, 0)]
            if sniff(head) == "tar" or (head and (self._empty_tar(head) or self._late_tar())):
                self.format = f"tar+{form}"
                self._tar = True

    def _empty_tar(self, head: bytes) -> bool:
        """Whether the content is nothing but an end mark: images have such layers."""
        if head.strip(b"\0"):
            return False
        have = self._flow.need(SMALL + 1)
        whole = self._flow.buf[:have]
        return 1024 <= have <= SMALL and not have % 512 and not whole.strip(b"\0")

    def _late_tar(self) -> bool:
        """Whether members follow what is none: npm and GNU tar pass over damaged headers."""
        have = min(self._flow.need(_LATE), _LATE)
        head = self._flow.buf[:have]
        return any(is_header(head[at : at + 512]) for at in range(0, have - 511, 512))

    def _inner(self) -> Source:
        if self._form == "plain":
            return self._source
        return Decoded(self._source, self._form, self._budget)

    def __iter__(self) -> Iterator[Item]:
        flow, raw = self._flow, self._raw
        try:
            if self._tar:
                strict = self._form == "plain"
                reader = TarReader(flow, self._inner, self._budget, self.labels, strict_end=strict)
                trailing = False
                for item in reader.members():
                    trailing = trailing or (type(item) is Oddity and item.kind == "trailing-data")
                    yield item
                if trailing and strict:
                    yield from self._as_zip()
            else:
                yield from self._single()
            flow.drain()
            if self._tar:
                self.labels.add(self._notes.name)
            yield from self._notes.items
            if self._form != "plain":
                yield from _behind(raw, self._source, self._budget)
            self.inner_digest = flow.digest()
            self.digest = raw.digest()
        finally:
            flow.close()
            raw.close()

    def _as_zip(self) -> Iterator[Item]:
        """The members of the zip that a tar is as well, when its last bytes make it one."""
        from dunnage.archives.zip import ZipArchive

        place = self._source.slice_of
        if place is None and not isinstance(self._source, MemorySource):
            return  # it has passed, and its last bytes were looked at as they lay
        also = ZipArchive(self._source, self._budget)
        if not also.readable:
            return
        yield Oddity(
            "hidden-member", "the tar is a zip as well: what it holds depends on the reader"
        )
        yield from also

    def _single(self) -> Iterator[Item]:
        """The content of a compressed stream that is no tar, under the best name there is."""
        flow = self._flow
        self._budget.count_entry()
        have = flow.need(SMALL + 1)
        raw_path = self._notes.name.replace(b"\\", b"/").rpartition(b"/")[2]
        if raw_path in (b"", b".", b".."):
            name = unpacked_name(self._name)
            raw_path = name.encode("utf-8", "surrogateescape") or b"data"
        path = text(raw_path)
        if have <= SMALL:
            data = flow.take(have)
            if flow.fault is not None:
                yield Flaw(flow.fault, path)
            yield Entry(path, raw_path, size=len(data), data=data)
            return
        member = Member(flow, None, self._inner, path)
        yield Entry(path, raw_path, source=member)
        member.finish()
        if flow.fault is not None:
            yield Flaw(flow.fault, path)


def _behind(raw: Raw, source: Source, budget: Budget) -> Iterator[Item]:
    """What lies behind a compressed stream, if it is not just zeros."""
    offset = raw.offset
    first = raw.take(4096)
    while first and not first.strip(b"\0"):
        budget.tick()
        first = raw.chunk()
    if not first:
        return
    yield Oddity(
        "trailing-data",
        "bytes follow the compressed stream: some tools refuse the file, others ignore them",
    )
    raw.unread(first)
    flow = Flow(iter(lambda: raw.chunk(1 << 20), b""), budget, charge=False)
    yield from after_the_end(flow, lambda: part_of(source, offset, None))
    if flow.fault is not None:
        yield Flaw(flow.fault)


def _zip(source: Source, budget: Budget, digests: bool) -> Archive:
    """A zip, read both ways as far as it can be held."""
    from dunnage.archives.zip import ZipArchive

    in_reach = source.slice_of is not None or isinstance(source, MemorySource)
    if in_reach or (source.size or 0) <= HOLD:
        try:
            return ZipArchive(source, budget, digests=digests)
        except TooLarge as error:
            stream = Passing(error.blocks, "the zip", None).open()
    else:
        stream = source.open()
    from dunnage.archives.zipforward import ForwardZip  # here: hardly a zip is so large

    return ForwardZip(stream, budget, digests=digests)


def open_archive(
    source: Source,
    form: str,
    budget: Budget,
    *,
    name: str = "",
    digests: bool = False,
    read_ahead: bool = False,
) -> Archive:
    """The archive in ``source``, of a format that :func:`sniff` told.

    ``name`` is that of the file: after it the content of a compressed stream is called whose
    header has no name.
    ``digests`` asks for ``digest`` and ``inner_digest`` of the archive, which are set when the
    iteration ends. ``read_ahead`` inflates streams of more than 8 MiB in a thread of their own.
    Iterating raises LimitError where a limit is met; damage comes as Flaw.
    Raises ArchiveError when the format is none, NotRereadable when the source has passed.
    """
    if form == "zip":
        return _zip(source, budget, digests)
    if form == "asar":
        from dunnage.archives.asar import AsarArchive  # here: few artifacts hold one

        return AsarArchive(source, budget, digests=digests)
    if form != "tar" and form not in COMPRESSED:
        raise ArchiveError(f"{form} is no format that can be opened")
    return StreamArchive(source, form, budget, name=name, digests=digests, ahead=read_ahead)


__all__ = ["Notes", "StreamArchive", "open_archive"]
