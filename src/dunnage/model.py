"""The nouns of dunnage. Frozen values; nothing here opens, judges or prints."""

from __future__ import annotations

import enum
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Protocol

from msgspec import Struct, field

from dunnage.errors import NotRereadable


class Severity(enum.IntEnum):
    """How much a finding weighs: SARIF's three levels (SARIF 2.1.0, section 3.27.10)."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The word used in reports and settings: ``note``, ``warning`` or ``error``."""
        return self.name.lower()

    @classmethod
    def parse(cls, word: str) -> Severity:
        """Read a label. Raises ValueError for any other word."""
        try:
            return cls[word.strip().upper()]
        except KeyError:
            raise ValueError(f"{word!r} is not one of note, warning, error") from None

    def lowered(self) -> Severity:
        """One level down; a note stays a note."""
        return Severity(max(self.value - 1, Severity.NOTE.value))


class Kind(enum.Enum):
    """What an entry is. WHITEOUT and OPAQUE are the deletion marks of image layers
    (OCI image-spec 1.1, layer.md, "Whiteouts"); OTHER is a device, a FIFO, a socket; TEXT is a
    :class:`Text` and no member."""

    FILE = "file"
    DIR = "dir"
    SYMLINK = "symlink"
    HARDLINK = "hardlink"
    WHITEOUT = "whiteout"
    OPAQUE = "opaque"
    OTHER = "other"
    TEXT = "text"


class Subject(enum.Enum):
    """What a rule looks at."""

    ENTRY = "entry"
    ARTIFACT = "artifact"
    CHANGE = "change"


class Source(Protocol):
    """Untrusted bytes that can be read from front to back. ``size`` is their number, None when it
    is not known before the end; ``slice_of`` is ``(path, offset)`` when they lie as they are in a
    local file, which another process may read."""

    @property
    def size(self) -> int | None: ...

    @property
    def slice_of(self) -> tuple[str, int] | None: ...

    def open(self) -> BinaryIO:
        """A stream from the first byte. Raises NotRereadable when the bytes can be read only
        once and have been, OSError and ArchiveError as the bytes come."""
        ...


class MemorySource(Struct, frozen=True):
    """Bytes held in memory."""

    data: bytes
    slice_of: tuple[str, int] | None = None

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self) -> BinaryIO:
        return io.BytesIO(self.data)


class Entry(Struct):
    """One member of an archive.

    ``path`` is for people and rules: decoded, with ``/`` between components, as stored (it may hold
    ``..``; it is never used to touch the file system). ``raw_path`` is the exact bytes. ``size`` is
    in bytes, as declared; the content may prove it wrong. ``mode`` holds the permission and
    set-id bits (0o7777). ``link`` is the target of a symlink or hardlink.

    An archive gives either ``data`` (the content is in memory) or ``source``. ``memo`` keeps what
    was worked out of the content, so that two who ask do not work twice.
    """

    path: str
    raw_path: bytes
    kind: Kind = Kind.FILE
    size: int = 0
    mode: int = 0o644
    link: str | None = None
    media_type: str | None = None
    data: bytes | None = None
    source: Source | None = None
    uid: int = 0
    gid: int = 0
    memo: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last component of the path."""
        return self.path.rstrip("/").rpartition("/")[2]

    def open(self) -> BinaryIO:
        """The content from its first byte. Raises ArchiveError where the bytes are damaged,
        NotRereadable where they came from a pipe, are too large to hold and have passed."""
        if self.data is not None:
            return io.BytesIO(self.data)
        if self.source is not None:
            return self.source.open()
        if self.size:
            raise NotRereadable(f"{self.path}: the content has passed")
        return io.BytesIO(b"")

    def read(self, limit: int = 32 << 20) -> bytes:
        """The content, at most ``limit`` bytes of it. Raises as :meth:`open`."""
        if self.data is not None:
            return self.data[:limit]
        with self.open() as stream:
            parts = []
            while limit > 0 and (part := stream.read(min(limit, 1 << 20))):
                parts.append(part)
                limit -= len(part)
            return b"".join(parts)


class Oddity(Struct, frozen=True):
    """Something about an archive's structure on which readers disagree or which an honest
    archive does not have. ``kind`` is the name of the ``archive/`` rule it becomes."""

    kind: str
    message: str
    path: str | None = None


class Flaw(Struct, frozen=True):
    """Something that an archive could not give: ``path`` is the entry, or None for the archive."""

    message: str
    path: str | None = None


class Archive(Protocol):
    """Anything that holds files. Iterating yields each member once, lazily, in stored order,
    duplicates kept, and between them what is odd (Oddity) or could not be read (Flaw).
    The content of an entry without ``data`` must be read before the next one is asked for."""

    format: str

    def __iter__(self) -> Iterator[Entry | Oddity | Flaw]: ...


class Facts(Struct, frozen=True):
    """What the index keeps of an entry. ``digest`` is the sha256 in hex of the content, kept
    only where an adapter asks for it."""

    kind: Kind
    size: int
    mode: int
    link: str | None = None
    digest: str | None = None
    uid: int = 0


class Listing(Struct, frozen=True):
    """What is known of an archive when its last byte has been read: all that an adapter sees.

    ``index`` maps each path to its facts (of duplicates, the last). ``documents`` holds the bytes
    of the entries that an adapter asked for. ``children`` holds the listings of the archives
    inside, by path. ``digest`` is ``sha256:…`` of the bytes as they lay; ``inner_digest`` that of
    the bytes with an outer compression taken off (a layer's diff_id). ``depth`` is 1 for the target
    itself."""

    format: str
    index: Mapping[str, Facts]
    documents: Mapping[str, bytes]
    children: Mapping[str, Listing] = field(default_factory=dict)
    digest: str | None = None
    inner_digest: str | None = None
    size: int = 0
    complete: bool = True
    depth: int = 1


class Layer(Struct, frozen=True):
    """A layer of an image. ``path`` is where it lies in the archive; ``created_by`` is the line of
    the history that made it, None if the history is short; ``base`` tells that it belongs to the
    base image. ``images`` names the images that have it, where an archive holds several."""

    index: int
    path: str
    digest: str
    created_by: str | None = None
    base: bool = False
    images: tuple[str, ...] = ()


class Text(Struct, frozen=True):
    """What an artifact says outside of its files, looked at like an entry of kind TEXT: a variable
    of an image. ``name`` is what people call it (``ENV FOO``); ``within`` is the document that it
    stands in, which is looked at as it lies, too; ``trail`` is as in Hit."""

    name: str
    data: bytes
    within: str | None = None
    trail: tuple[str, ...] = ()


class Artifact(Struct, frozen=True):
    """An archive with meaning. ``manifest`` is the parsed manifest (package.json; METADATA as a
    mapping; Cargo.toml; an image's configuration). ``root`` is the first component that the
    ecosystem strips ("package/"), "" if none. ``hidden`` maps (path of a layer in the archive,
    path of an entry in the layer) to the index of the layer that deletes or overwrites it.
    ``texts`` are what it says outside of its files, the most telling first. ``notes`` are told to
    the user. ``private`` tells that the manifest forbids publishing or names no open licence.
    ``keep_out`` says how this ecosystem keeps a file out, with ``{path}`` (below ``root``) and
    ``{name}`` in it."""

    ecosystem: str
    kind: str
    name: str
    version: str
    manifest: Mapping[str, Any]
    listing: Listing
    root: str = ""
    licence: str | None = None
    private: bool = False
    layers: Sequence[Layer] = ()
    texts: Sequence[Text] = ()
    hidden: Mapping[tuple[str, str], int] = field(default_factory=dict)
    problems: Sequence[Flaw] = ()
    notes: Sequence[str] = ()
    keep_out: str = ""

    @property
    def index(self) -> Mapping[str, Facts]:
        """The entries by their path as stored."""
        return self.listing.index


class Change(Struct, frozen=True):
    """Two releases side by side."""

    before: Artifact
    after: Artifact

    @property
    def added(self) -> list[str]:
        """Paths (roots stripped) that only the later release has, in order."""
        return sorted(self._paths(self.after) - self._paths(self.before))

    @property
    def removed(self) -> list[str]:
        """Paths (roots stripped) that only the earlier release has, in order."""
        return sorted(self._paths(self.before) - self._paths(self.after))

    @property
    def grown(self) -> int:
        """By how many bytes the later release is larger, unpacked."""
        return sum(f.size for f in self.after.index.values()) - sum(
            f.size for f in self.before.index.values()
        )

    @staticmethod
    def _paths(artifact: Artifact) -> set[str]:
        return {path.removeprefix(artifact.root) for path in artifact.index}


class Span(Struct, frozen=True):
    """A range of bytes in an entry's content: ``start`` inclusive, ``end`` exclusive."""

    start: int
    end: int


class Hit(Struct, frozen=True):
    """What a rule says.

    ``entry`` is a path in the artifact (artifact rules; an entry rule leaves it out). ``secret``
    is what must not be shown whole. ``severity`` is given where this hit weighs other than its
    rule (a wrong checksum: a note). ``certain`` tells that a checksum or a parse proved it, so
    that a test folder does not lower it. ``facts`` are for the rule's own ``weigh``.
    ``count`` is how many places this one hit stands for. ``trail`` are the containers between the
    artifact and ``entry`` (of an artifact rule: the path of a layer). ``sums`` are amounts that
    are added up when hits fold, for the rule's ``total``."""

    message: str
    entry: str | None = None
    span: Span | None = None
    secret: bytes | None = None
    fix: str | None = None
    severity: Severity | None = None
    certain: bool = False
    count: int = 1
    facts: Any = None
    trail: tuple[str, ...] = ()
    sums: tuple[int, ...] = ()


class Match(Struct, frozen=True):
    """A place where a rule's pattern matched.

    ``window`` is the content around it and ``start``, ``end`` the match inside the window;
    ``offset`` is where the window begins in the entry. ``secret`` is the pattern's group of that
    name, or the whole match; ``groups`` are all named groups that took part.
    """

    window: bytes
    start: int
    end: int
    offset: int
    secret_span: tuple[int, int]
    groups: Mapping[str, bytes]

    @property
    def text(self) -> bytes:
        """The whole match."""
        return self.window[self.start : self.end]

    @property
    def secret(self) -> bytes:
        """The secret part of the match."""
        return self.window[self.secret_span[0] : self.secret_span[1]]

    @property
    def span(self) -> Span:
        """The secret part, as a range of the entry's content."""
        return Span(self.offset + self.secret_span[0], self.offset + self.secret_span[1])

    def line(self, most: int = 400) -> bytes:
        """The line around the secret, cut to ``most`` bytes on either side."""
        start, end = self.secret_span
        low = max(self.window.rfind(b"\n", max(0, start - most), start) + 1, start - most, 0)
        high = self.window.find(b"\n", end, end + most)
        return self.window[low : high if high >= 0 else end + most]


class LayerNote(Struct, frozen=True):
    """A finding's layer, as the report shows it."""

    index: int
    digest: str
    created_by: str | None
    base: bool = False
    images: tuple[str, ...] = ()


class Finding(Struct, frozen=True):
    """A hit that the engine has placed. ``trail`` begins with the target and names each
    container down to the one that holds ``path``. ``line`` and ``column`` count from 1, columns in
    Unicode code points; None where a place has no lines. ``hidden_by`` is the index of the layer
    that deletes or overwrites the file. ``places`` counts all places of the same secret or
    of a folded finding. ``via`` names the encodings that were taken off to reach it, outermost
    first. ``suppressed`` says by what, None when it counts."""

    rule: str
    severity: Severity
    message: str
    artifact: str
    trail: tuple[str, ...]
    path: str | None
    line: int | None = None
    column: int | None = None
    layer: LayerNote | None = None
    hidden_by: int | None = None
    excerpt: str | None = None
    fingerprint: str = ""
    fix: str | None = None
    suppressed: str | None = None
    places: int = 1
    raw_path: bytes | None = None
    own: bool = True
    via: tuple[str, ...] = ()


class Problem(Struct, frozen=True):
    """Something that could not be looked at, and why. ``suppressed`` is as in Finding."""

    artifact: str
    trail: tuple[str, ...]
    path: str | None
    message: str
    suppressed: str | None = None


class Summary(Struct, frozen=True):
    """An artifact as the report names it. ``files`` and ``bytes`` count what was looked at, nested
    archives included; ``size`` is the target's own length in bytes."""

    target: str
    ecosystem: str
    kind: str
    name: str
    version: str
    sha256: str | None
    size: int
    files: int
    bytes: int
    complete: bool


class Run(Struct, frozen=True):
    """What a check came to: what reporters report. ``rules`` maps each rule id that a finding
    names to its Rule. ``elapsed`` is in seconds, for people only: no format for machines holds
    it."""

    artifacts: Sequence[Summary]
    findings: Sequence[Finding]
    problems: Sequence[Problem]
    rules: Mapping[str, Any]
    notes: Sequence[str] = ()
    elapsed: float = 0.0


class Adapter(Protocol):
    """What gives an archive meaning. ``documents`` are the globs (gitwildmatch) of the entries
    whose bytes it wants to see, each at most 20 MiB."""

    @property
    def name(self) -> str: ...

    @property
    def documents(self) -> Sequence[str]: ...

    def match(self, listing: Listing) -> int:
        """How surely this archive is of the adapter's ecosystem: 0 not at all, 100 certain.
        Two adapters with the same best score are an error."""
        ...

    def read(self, listing: Listing) -> Artifact:
        """The artifact. Called only when :meth:`match` scored best. Raises ArchiveError when
        the manifest cannot be read."""
        ...


class Reporter(Protocol):
    """One output format. ``name`` is what ``--format`` takes."""

    @property
    def name(self) -> str: ...

    def report(self, run: Run, out: BinaryIO) -> None:
        """Write the run, in UTF-8."""
        ...


class Target(Struct, frozen=True):
    """A target that was resolved. ``name`` is what reports call it; exactly one of ``source`` and
    ``archive`` is set."""

    name: str
    source: Source | None = None
    archive: Archive | None = None


class Resolver(Protocol):
    """What turns a target that is not a local path into bytes: an image reference, a URL."""

    @property
    def name(self) -> str: ...

    def match(self, target: str) -> int:
        """How surely ``target`` is of this resolver's kind; 0 not at all."""
        ...

    def resolve(self, target: str, options: Mapping[str, Any]) -> Sequence[Target]:
        """The bytes behind it. Raises TargetError with one clear line."""
        ...
