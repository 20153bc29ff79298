"""The contents of an archive's files: in memory or as a stream, looked at once, opened as what they
are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, BinaryIO, cast

from msgspec.structs import replace

from dunnage.archives import sniff, sniff_named
from dunnage.archives.hidden import (
    BESIDE,
    Opener,
    carried_of,
    carried_opener,
    disk_image,
    opener_of,
)
from dunnage.archives.limits import room_of
from dunnage.archives.magics import DISK_HEAD, is_code, is_disk_image, may_be_disk
from dunnage.engine.deeper import Deeper, is_fresh, is_json, reason_of
from dunnage.engine.index import Index
from dunnage.engine.installed import Manifests
from dunnage.engine.look import Look
from dunnage.engine.owner import Owner, Placed, odd_name, said
from dunnage.engine.plan import CARRIED
from dunnage.engine.position import start_of
from dunnage.engine.redact import shown
from dunnage.engine.streams import HEAD, WINDOW, Blanked, Counted, Peeked, chained, full
from dunnage.engine.walked import Walked
from dunnage.errors import ArchiveError, NotRereadable
from dunnage.model import Facts, Hit, MemorySource, Severity, Source
from dunnage.rules import Rule

if TYPE_CHECKING:
    from dunnage.engine.walk import Walker

HOLD = 16 << 20
"""Contents of up to this many bytes are held in memory where a rule or a format has to go back."""

HOLD_ONCE = 128 << 20
"""The same for contents of a stream, which cannot be read again."""

DOCUMENT = 20 << 20
"""The largest manifest that an adapter is given."""

MANIFESTS = 128 << 20
"""So much memory those of the packages installed in one archive may take."""


_MOST_ALIKE = 100
"""So many notes that say the same, of a rule that folds them, are kept apart in one archive."""


class Contents(Deeper):
    """The part of a walk that looks at contents. ``index``, ``documents`` and ``manifests`` are
    what becomes known of the archive, ``taken`` the memory that the first may take once they are
    read, ``room`` what is left for the last; ``bytes`` counts what was looked at. ``elsewhere`` are
    the archives inside that another process has: the number of the child, its owner, and the rules
    that are still to read it if it cannot be unpacked whole. ``alike`` is how many notes of a rule
    that folds say the same, and the number of the last."""

    def __init__(self, walker: Walker, depth: int) -> None:
        super().__init__(walker, depth)
        self.index = Index()
        self.documents: dict[str, bytes] = {}
        self.manifests = Manifests()
        self.room = MANIFESTS
        self.taken = 0
        self.bytes = 0
        self.elsewhere: list[tuple[int, Owner, list[Rule]]] = []
        self.alike: dict[tuple[str, str], tuple[int, int]] = {}
        self.look = Look(walker.plan, walker.matcher, walker.budget, walker.bare, self.decoded)

    def breaker(self, path: str) -> Callable[[str], None]:
        return lambda message: self.problems.append((path, message))

    def say(self, rule: Rule, owner: Owner) -> None:
        entry = owner.entry
        for hit in said(rule, owner.broken, owner.entry):
            line, column, words = None, None, None
            if hit.span is not None and entry.data is not None:
                low, high = hit.span.start, hit.span.end
                line, column = start_of(entry.data).at(entry.data, 0, low)
                secret, show = hit.secret is not None, self.plan.show_secrets
                words = shown(entry.data, low, high, secret=secret, show=show)
            if self.counted(rule, hit):
                continue
            name = odd_name(entry)
            self.placed.append(Placed(rule.id, hit, entry.path, name, line, column, words))

    def counted(self, rule: Rule, hit: Hit) -> bool:
        """Whether a note has been added to the last of those alike, beyond a hundred of which they
        are counted: the classes of a program in Java all have the names of their variables."""
        plain = hit.span is None and hit.facts is None and not hit.sums
        note = (hit.severity or rule.severity) is Severity.NOTE
        if not (plain and note and rule.fold == "artifact"):
            return False
        key = rule.id, hit.message
        known, last = self.alike.get(key, (0, 0))
        if known < _MOST_ALIKE:
            self.alike[key] = known + 1, len(self.placed)
            return False
        one = self.placed[last]
        self.placed[last] = replace(one, hit=replace(one.hit, count=one.hit.count + hit.count))
        return True

    def small(self, owner: Owner, data: bytes, reading: list[Rule]) -> None:
        entry, plan = owner.entry, self.plan
        path = entry.path
        self.bytes += len(data)
        digest = None
        if owner.asked.digest:
            import hashlib

            digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self.index.add(
            path, Facts(entry.kind, len(data), entry.mode, entry.link, digest, entry.uid)
        )
        if plan.document(owner.asked, data):
            self.document(path, data)
        if path.endswith(plan.manifests) and (room := room_of(data)) <= self.room:
            self.room -= room
            self.manifests[path] = data
        if not data:
            for rule in reading:
                self.say(rule, owner)
            return
        head = data[:HEAD]
        for rule in plan.by_magic(entry, owner.asked, head):
            if rule not in reading:
                reading.append(rule)
        for rule in reading:
            self.say(rule, owner)
        format_ = sniff(head) or sniff_named(path, head, data)
        if format_ and self.nested(owner, MemorySource(data), format_):
            return
        owner.after, owner.tried = self.after, format_ or ""
        opener = opener_of(head, data, len(data)) if self.again(owner) else None
        if opener:
            self.hidden(entry.path, MemorySource(data), opener)
            if opener in BESIDE and (more := carried_of(data)):
                self.hidden(entry.path, MemorySource(data), more)
        self.look.small(owner, data, self.embedded(owner, data))

    def document(self, path: str, data: bytes) -> None:
        if len(data) > DOCUMENT:
            self.problems.append((path, f"the manifest is larger than {DOCUMENT >> 20} MiB"))
        elif (room := self.walker.budget.parse(data)) is None:
            self.problems.append(
                (path, "the manifests take too much memory: this one was not read")
            )
        else:
            self.documents[path] = data
            self.taken += room

    def large(self, owner: Owner, reading: list[Rule]) -> None:
        entry, plan = owner.entry, self.plan
        assert entry.source is not None
        path, source = entry.path, entry.source
        try:
            stream = source.open()
            head = full(stream, HEAD)
            if may_be_disk(head):
                head += full(stream, DISK_HEAD - HEAD)
        except (ArchiveError, OSError) as error:
            self.problems.append((path, reason_of(error)))
            self.index.add(path, Facts(entry.kind, entry.size, entry.mode))
            return
        reading += [rule for rule in plan.by_magic(entry, owner.asked, head) if rule not in reading]
        wanted = bool(owner.asked.documents)
        format_ = sniff(head) or sniff_named(path, head)
        size = entry.size
        opener = opener_of(head, size=size)
        most = HOLD_ONCE if self.walker.once else HOLD
        held = reading or wanted or opener or is_json(head)
        # Rules go back to code, and what passes is there once.
        held = held or (is_code(head) and not is_fresh(source))
        if held and size <= most and not format_:
            parts, left = [head], most + 1 - len(head)
            try:
                while left > 0 and (part := stream.read(left)):
                    parts.append(part)
                    left -= len(part)
            except (ArchiveError, OSError) as error:
                # What came before the damage is looked at all the same.
                self.problems.append((path, reason_of(error)))
            data = b"".join(parts)
            if len(data) <= most:
                entry.data, entry.size = data, len(data)
                self.small(owner, data, reading)
                if is_fresh(source) or len(data) > 2 * WINDOW:
                    entry.data = None  # else it waits with the next batch, and may be asked for
                return
            stream, head = chained(data, stream), b""
        self.index.add(path, Facts(entry.kind, size, entry.mode, entry.link, None, entry.uid))
        if format_:
            given: Source = Peeked(source, head, stream)
            if source.slice_of is not None:
                stream.close()
                given = source  # seekable, which a chain of head and rest is not
            owner.tried = format_
            if self.nested(owner, given, format_):
                if not isinstance(self.children[-1][1], Walked):
                    self.elsewhere.append((len(self.children) - 1, owner, reading))
                return
            try:
                stream, head = given.open(), b""
            except NotRereadable:
                return  # its bytes have passed; what could be read of them was looked at
        self.lying(owner, reading, head, stream, None if format_ else opener)
        if CARRIED in owner.signs and not format_ and (opener is None or opener in BESIDE):
            self.hidden(path, source, carried_opener(owner.ended))

    def lying(
        self,
        owner: Owner,
        reading: list[Rule],
        head: bytes = b"",
        stream: BinaryIO | None = None,
        opener: Opener | None = None,
    ) -> None:
        """Look at a large content as it lies: at ``head`` and the rest in ``stream``, or at all of
        it, opened anew; then at the parts that ``opener`` opens."""
        entry, tail = owner.entry, b""
        assert entry.source is not None
        source = entry.source
        try:
            stream = source.open() if stream is None else stream
            spans: Sequence[int] = ()
            if b'"version"' in head and is_json(head) and is_fresh(source):
                spans = self.surveyed(owner, source, chained(head, stream))
                stream, head = source.open(), b""
            counted = Counted(stream)
            rest = Blanked(counted, spans) if spans else counted
            owner.after = self.after
            try:
                self.look.large(owner, head, cast("BinaryIO", rest))
            finally:
                self.bytes += counted.count + len(head)
                tail = counted.tail
        except (ArchiveError, OSError) as error:
            self.problems.append((entry.path, reason_of(error)))
        for rule in reading:
            self.say(rule, owner)
        if opener:
            self.hidden(entry.path, source, opener)
        elif is_disk_image(tail):
            self.hidden(entry.path, source, disk_image)
