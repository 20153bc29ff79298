"""Documentation inside code: docstrings, doc comments, doctests, what an empty field shows. What is
there is an example."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator

from dunnage.lazy import lazy_regex
from dunnage.model import Entry, Match

_STAR = lazy_regex(rb"[ \t]*(?:/\*\*|\*(?![/*]))(?:[ \t]|\r?\Z)")
_SLASHES = lazy_regex(rb"[ \t]*//[/!](?!/)")
_FOR_EXAMPLE = lazy_regex(
    rb"(?i)(?:(?<![a-z])e\.g\.[:,]?|for example[:,]?"
    rb"|(?:placeholder|\bexamples?)[\"']?[ \t]{0,2}[:=])"
    rb"[ \t]{0,4}[\"'`]{0,2}\Z"
)
_PROMPT = lazy_regex(rb"[ \t]*(?:\*|//[/!])?[ \t]*>>> ")
_GOING_ON = lazy_regex(rb"[ \t]*(?:\*|//[/!])?[ \t]*\.\.\. ")
_BLOCKS = frozenset(
    {"js", "mjs", "cjs", "jsx", "ts", "tsx", "mts", "cts", "java", "kt", "php", "scala"}
)
_OPENING = lazy_regex(rb"^[ \t]*/\*\*(?=\s)", re.MULTILINE)
_LONGEST_COMMENT = 16 << 10
"""Languages with comments between ``/**`` and ``*/``, which need no star on each line."""

_LUA = frozenset({"lua", "nse"})
_DASHES = lazy_regex(rb"[ \t]*--(?!\[)")
_LONGEST_HEADER = 200
"""Comments of LDoc and NSEdoc: lines that begin with two dashes, the first with three."""

_SET_OFF = lazy_regex(rb"[ \t]*(?:#|//)(?:[ \t]{2,}|\t)\S")
_EMPTY = lazy_regex(rb"[ \t]*(?:#|//)[ \t]*\r?\Z")
_FENCE = lazy_regex(rb"[ \t]*(?:#|//)[ \t]*(?:```|~~~)")
_LINE_COMMENT = lazy_regex(rb"[ \t]*(?:#|//)")
_COMMENTED = _BLOCKS | {
    "py",
    "pyi",
    "pyx",
    "rb",
    "go",
    "rs",
    "c",
    "h",
    "cc",
    "cpp",
    "hpp",
    "cs",
    "swift",
}
"""Languages in whose comments a line that is set off, behind an empty one, shows how it looks; in
a configuration it may be one that was switched off."""
_SLASHED = frozenset({"rs", "cs", "fs", "swift", "dart"})
"""Languages in which three slashes begin documentation: Rust, C#, F#, Swift, Dart."""

_PYTHON = frozenset({"py", "pyi", "pyx"})
_TOKEN = lazy_regex(
    rb"(?P<comment>#[^\n]*)|(?P<text>\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*(?:\"\"\"|\Z)"
    rb"|'''(?:[^'\\]|\\.|'(?!''))*(?:'''|\Z))"
    rb"|\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?|(?P<code>[^\s#\"']+)",
    re.DOTALL,
)
_GOES_ON = frozenset(b"([{,=\\+%\"'|&<>*/-~@.")
"""What a statement does not end with: a text behind it is a value, and no docstring."""

# OpenAPI's and other schemas' samples, a list or a mapping of them: the key alone on its line.
_EXAMPLES = lazy_regex(rb"[ \t-]*[\"']?examples?[\"']?[ \t]*:[ \t\[{|>-]*\r?\Z")
_MOST_EXAMPLES = 24
_SCHEMAS = frozenset({"yaml", "yml", "json"})

_PERL = frozenset({"pm", "pl", "pod", "t"})
_POD = lazy_regex(rb"^=([a-z]\w*)", re.MULTILINE)
"""A command of Perl's documentation (perlpod), which goes on until ``=cut``."""

_PREFIXES = frozenset({b"r", b"R", b"u", b"U"})
_MEMO = "docstrings"
_PODS = "commands of perlpod"

# Ansible's modules and plugins document themselves in these, in Python or in a YAML file beside it
# (https://docs.ansible.com/ansible/latest/dev_guide/developing_modules_documenting.html).
_DOCUMENT = lazy_regex(rb"(?:DOCUMENTATION|EXAMPLES|RETURN|__doc__)[ \t]*=[ \t]*[rRuU]?\Z")
_LONGEST = 64  # what stands before a text that documents, with room for blanks
_SIDECAR = frozenset({"yml", "yaml"})
_TOP = lazy_regex(rb"^([A-Za-z_][\w-]*):", re.MULTILINE)
_SECTIONS = frozenset({b"DOCUMENTATION", b"EXAMPLES", b"RETURN"})


def is_documentation(entry: Entry, match: Match, decoded: bool = False) -> bool:
    """Whether a match stands in documentation that is a part of code: a docstring of Python, a
    comment of the kind that JSDoc, Javadoc, rustdoc and LDoc read, a line that is set off in a
    comment, beside the prompt of a doctest, in Perl's or an Ansible module's documentation, under a
    schema's ``example:``, or behind a word that says that an example follows (``placeholder:``,
    ``e.g.``). ``decoded`` tells that the match is in text that was decoded, not in the entry's
    own."""
    start = match.secret_span[0]
    before = match.window[:start].rsplit(b"\n", _MOST_EXAMPLES + 2)
    line, above = before[-1], b""
    if len(before) > 2 or (len(before) == 2 and not match.offset):
        above = before[-2]  # else it is cut
    if _STAR.match(line) and (line.lstrip().startswith(b"/") or _STAR.match(above)):
        return True
    if _PROMPT.match(line) or _FOR_EXAMPLE.search(line[-40:]) or _is_shown(above, before[:-2]):
        return True
    if _EXAMPLES.match(above) or (
        line.lstrip()[:2] == b"- " and _is_listed(before[max(1, len(before) - _MOST_EXAMPLES) : -1])
    ):
        return True
    suffix = entry.name.rpartition(".")[2].lower()
    if suffix in _SCHEMAS and _is_within(before[1:-1], line):
        return True
    if suffix in _COMMENTED and _SET_OFF.match(line) and _EMPTY.match(above):
        return True
    if suffix in _COMMENTED and _LINE_COMMENT.match(line):
        cut = match.offset or len(before) > _MOST_EXAMPLES + 2
        if _is_fenced(before[1:-1] if cut else before[:-1]):
            return True
    if suffix in _SLASHED:
        return _SLASHES.match(line) is not None
    if decoded or entry.data is None:
        return False
    if suffix in _LUA:
        return _in_dashes(entry.data, match.offset + start)
    if suffix in _BLOCKS:
        return _in_comment(entry.data, match.offset + start)
    if suffix in _PERL:
        return _in_pod(entry, entry.data, match.offset + start)
    if suffix in _PYTHON:
        return _in_docstring(entry, entry.data, match.offset + start)
    if suffix in _SIDECAR and b"\nEXAMPLES:" in entry.data:
        return _in_sidecar(entry.data, match.offset + start)
    return False


def _is_shown(above: bytes, lines: list[bytes]) -> bool:
    """Whether what a doctest gives back stands behind the line ``above``, which those go before."""
    while lines and _GOING_ON.match(above):
        above = lines.pop()
    return _PROMPT.match(above) is not None


def _is_listed(lines: list[bytes]) -> bool:
    """Whether a list of examples goes on behind these lines, of which the first may be cut."""
    for line in reversed(lines):
        if line.lstrip()[:2] != b"- ":
            return _EXAMPLES.match(line) is not None
    return False


def _is_fenced(lines: list[bytes]) -> bool:
    """Whether a block of code in a comment goes on behind these lines."""
    fences = 0
    for line in reversed(lines):
        if not _LINE_COMMENT.match(line):
            break
        fences += _FENCE.match(line) is not None
    return fences % 2 == 1


def _is_within(lines: list[bytes], line: bytes) -> bool:
    """Whether a mapping of an example goes on behind these lines: one of those that hold ``line``,
    by their indent, is its key."""
    indent = _indent(line)
    for above in reversed(lines):
        if above.strip() and _indent(above) < indent:
            if _EXAMPLES.match(above):
                return True
            indent = _indent(above)
    return False


def _indent(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" \t"))


def _in_comment(data: bytes, at: int) -> bool:
    """Whether that place is between ``/**``, at the beginning of a line, and ``*/``."""
    low = max(data.rfind(b"*/", 0, at), at - _LONGEST_COMMENT, 0)
    return _OPENING.search(data, low, at) is not None


def _in_dashes(data: bytes, at: int) -> bool:
    """Whether that place is in lines that begin with two dashes, of which one begins with three."""
    for _ in range(_LONGEST_HEADER):
        low = data.rfind(b"\n", 0, at) + 1
        if not _DASHES.match(data, low):
            return False
        if data[low:at].lstrip().startswith(b"---") or not low:
            return low > 0 or data[:3] == b"---"
        at = low - 1
    return False


def _in_docstring(entry: Entry, data: bytes, at: int) -> bool:
    spans = entry.memo.get(_MEMO)
    if spans is None:
        spans = entry.memo[_MEMO] = list(_docstrings(data))
    number = bisect.bisect_right(spans, (at, len(data))) - 1
    return number >= 0 and at < spans[number][1]


def _in_pod(entry: Entry, data: bytes, at: int) -> bool:
    commands = entry.memo.get(_PODS)
    if commands is None:
        found = [(each.start(), each[1] != b"cut") for each in _POD.finditer(data)]
        commands = entry.memo[_PODS] = found
    number = bisect.bisect_left(commands, (at, False)) - 1
    return number >= 0 and commands[number][1]


def _in_sidecar(data: bytes, at: int) -> bool:
    """Whether nothing but sections of documentation begins before that place."""
    keys = {found[1] for found in _TOP.finditer(data, 0, at)}
    return bool(keys) and keys <= _SECTIONS


def _docstrings(data: bytes) -> Iterator[tuple[int, int]]:
    """The places of texts that are statements of their own, or the value of a name that says that
    they document."""
    last = b""
    for token in _TOKEN.finditer(data):
        if token.lastgroup == "comment" or token[0] in _PREFIXES:
            continue
        if token.lastgroup == "text" and _documents(data, token.start(), last):
            yield token.span()
            last = b""
        else:
            last = token[0][-1:]


def _documents(data: bytes, start: int, last: bytes) -> bool:
    """Whether the text at ``start``, with the character ``last`` of code before it, documents."""
    before = data[data.rfind(b"\n", 0, start) + 1 : start]
    if not before.strip(b" \trRuU"):
        return not (last and last[0] in _GOES_ON)
    return len(before) <= _LONGEST and _DOCUMENT.match(before) is not None
