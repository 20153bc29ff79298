"""A value that stands before the name of its service: ``key = "…"  # datadog``, ``…,acme_key``."""

from __future__ import annotations

from collections.abc import Sequence

from dunnage.lazy import lazy_regex

REACH = 400
"""How far before the name a value begins, in bytes."""

# Text is read backwards from the name's end, so that each expression begins where the name does
# and fails at once where there is nothing: names of services stand everywhere.
_NAME = rb"[\w.\-]{0,40}(?![\w.\-])(?:/[\w/]{1,24})?"
_WORDS = rb"(?:[ \t:,'&(]{1,2}\w[\w.\-]{0,20}(?![\w.\-])){0,5}"
_COMMENT = (
    rb"(?:[ \t]{0,4}(?://|\*{1,2}/|#{1,3}|--!<|--)(?:[ \t]{1,24}|(?=[;,)\]}\"'`]))"
    rb"|[ \t]{1,4}(?:;{1,3}|%{1,2})[ \t]{1,24})[;,)\]}]{0,4}"
    rb"|[ \t]\|[ \t]"  # echo … | vault write
)
_COLUMN = rb"(?:[\"'`]?[ \t]{0,4}[,|\t]|[\"'`];|;(?![\"'`]))[ \t]{0,4}"
_LABEL = (  # {"value": "…", "name": "…"}, <meta content="…" name="…">
    rb"[\"'`]?@?[ \t]{0,2}[:=][ \t]{0,2}[\"']?"
    rb"(?i:eman|yek|di|lebal|ecivres|redivorp|epyt|eltit|noitpircsed|elbairav|dleifredaehptthrof)"
    rb"[\"']?(?:\s{0,40},|[ \t-]{0,40}\r?\n|[ \t])"
)
_WHERE = rb"[\"'`][ \t]{0,2}=[ \t]{0,2}[\"'`]?\w{1,20}[\"'`]?[ \t](?i:erehw)[ \t]"
_VALUE = rb"(?:>[\w.\-]{1,24}/<)?[\"'`]?([^\s\"'`,;<>(){}\[\]]{10,300})(?=[\"'`\s=:,;|<>(]|\Z)"
_BACKWARDS = lazy_regex(
    _NAME
    + rb"(?:(?:"
    + _COLUMN
    + rb"|"
    + _WHERE
    + rb")"
    + _VALUE
    + rb"|"
    + _WORDS
    + rb"(?:"
    + _COMMENT
    + rb"|"
    + _LABEL
    + rb")"
    + _VALUE
    + rb")"
)
_ADDRESS = lazy_regex(rb"[\w.\-]{0,40}//:s?ptth")
_SENT = lazy_regex(
    rb"(?i)(?:key|token|secret|passw(?:or)?d|auth\w{0,10})[\"'\])]{0,3}[ \t]{0,4}(?:=>|:=|[:=,>])"
    rb"[ \t]{0,4}[\"'`]{0,2}(?:bearer[ ]|token[ ]|basic[ ])?[\"'`]?([^\s\"'`,;<>(){}\[\]&]{10,300})"
)
_KIND = lazy_regex(rb"(?i)key|token|secret|passw|pwd|auth|cred|api")
_PART = lazy_regex(rb"[=:]")
_NEXT = 24


def values_before(data: bytes, low: int, high: int, to: int) -> Sequence[tuple[int, int]]:
    """Where a value may stand that the name of a service ending at ``to`` is written behind: in a
    comment, in the next column, as a name that follows its value, or as the host that is sent it.
    The longest first."""
    begin = max(low, to - REACH)
    backwards = data[begin:to][::-1]
    if found := _BACKWARDS.match(backwards):
        group = found.lastindex or 1
        start, end = to - found.end(group), to - found.start(group)
        line = max(begin, data.rfind(b"\n", begin, start) + 1)
        behind = data[end : min(high, to + _NEXT)]
        if _KIND.search(behind) or (group == 2 and _KIND.search(data[line : end - 10])):
            parts = _PART.finditer(data, start, end - 10)
            return [(start, end), *((part.end(), end) for part in parts)]
    elif b"//:" in backwards[:60] and _ADDRESS.match(backwards):
        line = data.rfind(b"\n", begin, to) + 1
        while line > begin + 1 and data[line - 2 : line] == b"\\\n":
            line = data.rfind(b"\n", begin, line - 1) + 1
        return [sent.span(1) for sent in _SENT.finditer(data, max(line, begin), to)]
    return ()
