"""What a rule is, and how one is written in Python."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from dunnage.errors import PluginError
from dunnage.lazy import lazy_regex
from dunnage.model import Artifact, Change, Entry, Hit, Kind, Match, Severity, Subject

_ID = lazy_regex(r"[a-z][a-z0-9]*(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*\Z")
_SUBJECTS: Mapping[Any, Subject] = {
    Entry: Subject.ENTRY,
    Artifact: Subject.ARTIFACT,
    Change: Subject.CHANGE,
    **{subject: subject for subject in Subject},
}

BOUNDARIES: Mapping[str, bytes] = {
    "none": b"",
    "word": b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_",
    "base64url": b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_+-",
    "base64": b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_+/=-",
}
"""What a rule's ``boundary`` may be, and the bytes that may not touch its secret then."""

_LISTS = frozenset(
    {"paths", "ecosystems", "not_in", "kinds", "magic", "keywords", "match", "miss", "tags"}
)


class Example(Struct, frozen=True):
    """A seeded template (``ghp_{base62:36}``) that a rule must, or must not, match.

    ``path`` is the entry it stands in, None for any."""

    template: str
    path: str | None = None
    reason: str | None = None


class Rule(Struct, frozen=True):
    """A named function from a subject to hits.

    ``paths`` are gitwildmatch globs; an entry rule without ``pattern`` and ``magic`` sees each
    entry that matches one of them. ``magic`` are byte strings that content begins with (``(offset,
    bytes)`` for elsewhere in the first 4 KiB). ``pattern`` is a regular expression in RE2 syntax
    over bytes; the rule is called with each match; ``once`` calls it with the first match of an
    entry alone. ``keywords`` are literals of which one must stand near the match. ``content`` says
    that the check opens the entry. ``rank`` decides which rule names a secret that several find:
    the highest. ``ecosystems`` are those that the rule is for, all if empty; ``not_in`` those in
    which, however far out one of them is around the entry, what it says is nothing odd.

    ``boundary`` says which bytes may not touch the secret (a key of ``BOUNDARIES``);
    ``proof(match)`` whether a secret that is touched is one all the same, by its checksum.
    ``leads`` are what the pattern begins with, when it is one of a few words. Two cheap tests come
    before such a pattern: ``gate`` (for Python's ``re``, over bytes) must match behind a lead, and
    ``value`` (RE2 syntax) begin within 560 bytes of it. ``reach`` is how many bytes away a keyword
    may stand.

    ``lower`` takes a hit in tests, examples and documents one level down unless it is certain;
    ``tried`` is what it weighs there at most, where a level less would still be too much.
    ``fold="artifact"`` makes one finding of all hits of an artifact whose messages differ in
    amounts alone; ``total(sums)`` words what the ``sums`` of several add up to (``"3 source files
    and 544 B in all"``). ``weigh(hit, artifact)`` sees each hit again when the artifact is known,
    and returns it, changed or not, or None to drop it. With ``reweigh`` it sees a hit in an archive
    without a meaning of its own (``a.js.map.gz``) again, with what holds that archive.
    """

    id: str
    on: Subject
    severity: Severity
    summary: str
    check: Callable[..., Any]
    why: str = ""
    fix: str | Mapping[str, str] = ""
    source: str = ""
    paths: Sequence[str] = ()
    ecosystems: Sequence[str] = ()
    not_in: Sequence[str] = ()
    kinds: Sequence[Kind] = (Kind.FILE,)
    magic: Sequence[bytes | tuple[int, bytes]] = ()
    pattern: str | None = None
    keywords: Sequence[str] = ()
    content: bool = False
    once: bool = False
    rank: int = 0
    weigh: Callable[[Hit, Artifact], Hit | None] | None = None
    reweigh: bool = False
    match: Sequence[Example] = ()
    miss: Sequence[Example] = ()
    tags: Sequence[str] = field(default=())
    provider: str = ""
    boundary: str = "none"
    proof: Callable[[Match], bool] | None = None
    gate: str = ""
    value: str = ""
    leads: Sequence[str] = ()
    lower: bool = False
    tried: Severity | None = None
    fold: str = ""
    total: Callable[[tuple[int, ...]], str] | None = None
    reach: int = 512
    plugin: str = ""

    def __post_init__(self) -> None:
        if not _ID.match(self.id):
            raise PluginError(f"rule id {self.id!r} is not of the form group/kebab-name")

    @property
    def group(self) -> str:
        """The part of the id before the slash."""
        return self.id.partition("/")[0]

    def fix_for(self, ecosystem: str) -> str:
        """The fix in the words of ``ecosystem``; the one named ``any`` if it has none of its
        own."""
        if isinstance(self.fix, str):
            return self.fix
        return self.fix.get(ecosystem) or self.fix.get("any", "")


def rule(
    id: str,  # noqa: A002 - the field's name in every linter
    *,
    on: Any = Entry,
    severity: Severity | str = Severity.WARNING,
    **options: Any,
) -> Callable[[Callable[..., Any]], Rule]:
    """Make a rule of a generator function.

    The first paragraph of the docstring is the summary, the rest is why it matters, what to do and
    when it is fine. ``on`` is Entry or Artifact; the other options are those of
    :class:`Rule`. The function takes the subject; an entry rule with a pattern takes ``(entry,
    match)``. Raises PluginError for what cannot work: an id or a subject that is none, an option
    that there is not, an entry rule that would see no entry.

    >>> @rule("acme/symbol-file", severity=Severity.ERROR, paths=["*.pdb"])
    ... def symbol_file(entry):
    ...     '''Symbol files belong on the symbol server.'''
    ...     yield Hit("a symbol file")
    >>> symbol_file.group
    'acme'
    """

    def make(check: Callable[..., Any]) -> Rule:
        summary, _, rest = inspect.cleandoc(check.__doc__ or "").partition("\n\n")
        options.setdefault("summary", " ".join(summary.split()) or _spoken(id))
        options.setdefault("why", rest.strip())
        if on not in _SUBJECTS:
            raise PluginError(f"rule {id}: on={on!r} is not Entry or Artifact")
        _require_sound(id, _SUBJECTS[on], options)
        try:
            level = Severity.parse(severity) if isinstance(severity, str) else severity
        except ValueError as error:
            raise PluginError(f"rule {id}: severity {error}") from None
        return Rule(id=id, on=_SUBJECTS[on], severity=level, check=check, **options)

    return make


def _spoken(name: str) -> str:
    return name.rpartition("/")[2].replace("-", " ")


def _require_sound(name: str, on: Subject, options: Mapping[str, Any]) -> None:
    for option, value in options.items():
        if option not in Rule.__struct_fields__:
            import difflib

            close = difflib.get_close_matches(option, Rule.__struct_fields__, 1)
            meant = f"; did you mean {close[0]}?" if close else ""
            raise PluginError(f"rule {name}: there is no option {option!r}{meant}")
        if option in _LISTS and isinstance(value, (str, bytes)):
            # Its letters would be taken one by one: "*.js" begins with a glob of everything.
            raise PluginError(f"rule {name}: {option} takes a list, not {value!r} alone")
    if on is Subject.CHANGE:
        raise PluginError(f"rule {name}: no command puts two releases side by side yet")
    seen = any(options.get(option) for option in ("paths", "magic", "pattern"))
    if on is Subject.ENTRY and not seen:
        raise PluginError(f"rule {name}: needs paths, magic or a pattern to see an entry")
