"""How people write a value down beside its name, whatever the language: an assignment, a parameter,
an element, a sentence."""

from __future__ import annotations

_CLOSED = r"(?:\\{0,3}[\"'`]|&quot;|[\])*]|\[\]){0,3}"
_TYPED = (
    r"\??:[ \t]?[&A-Za-z\[][\w.<>\[\]&' ]{0,20}[ \t]{0,2}=|[ \t](?i:as )?(?i:string|str)[ \t]{0,2}="
)
_VALUE = (
    r"[ \t]{1,4}(?:[\w:]{1,12}=[\"'][\w-]{0,12}[\"'][ \t])?(?:[\w:]{1,12}:)?"
    r"(?:value|content)[ \t]?="
)
_NEXT = (  # {"name": "password", "value": "…"}, variable "password" { … default = "…"
    r"(?:[ \t]{0,4}\{|:)?,?[ \t]{0,4}"
    r"(?:\r?\n[ \t]{0,40}(?:(?i:type)[ \t]{0,4}[:=][^\n]{1,40}\n[ \t]{0,40})?|[ \t]?)"
    r"\\{0,3}[\"']?(?i:value|default)\\{0,3}[\"']?[ \t]{0,4}[:=]"
)
_OPERATOR = (
    r"(?:[ \t]{0,24}(?::=|=>|<-|->|[:=]{1,3}|\|\|=?|\?\?=?|,|\(|>)|"
    + _TYPED
    + "|"
    + _VALUE
    + "|"
    + _NEXT
    + ")"
)
_CALLED = r"(?:(?:new[ \t])?[A-Za-z_][\w.:]{0,23}\()?"

QUOTED = (
    _CLOSED
    + "(?:"
    + _OPERATOR
    + r"[ \t\r\n]{0,12}"
    + _CALLED
    + r"|[ \t]{1,24})(?:@|[bru])?(?:[\"'`]?\\{0,3}[\"'`]|&quot;)"
)
"""Between a name and a quoted value, with the opening quote."""

SET = r"[\"'\]]{0,2}(?:[ \t]{0,24}(?::=|=>|\?=|[:=])[ \t]{0,8}|(?:" + _NEXT + r")[ \t]{0,8})"
"""Between the name of a setting and its value, without quotes."""

SAID = (
    r"(?:[\"'*]{0,3}(?:[=:]|:\*\*|[ \t]{0,4}[:=][ \t]|(?:[ \t][a-z]+){0,4}[ \t]is:?[ \t]"
    r"|[ \t]{0,4}\|)[ \t]{0,8}(?:\*\*)?"
    r"[`(]?[ \t]?"
    r"|[\"']?>[ \t]{0,2}(?:<!\[CDATA\[)?|</key>\s{0,12}<string>|[\"']?,|%3[dD]|[ \t])"
)
"""Between a name and its value without quotes, in an address, an element, a table, a sentence."""
