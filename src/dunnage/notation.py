"""How a key stands beside its value: the notations of a key known by its neighbour.

After the name of a provider come the rest of the key's name, an assignment as some language or
format writes it, and the value; or they come later on the line or within the next lines, behind
the name of a key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dunnage.lazy import lazy_regex

_KINDS = r"token|secret|key|passw(?:or)?d|pwd|auth"
_CREDENTIAL = rf"(?i:[\w.\-]{{0,20}}(?:{_KINDS}|value|default|bearer|api|credentials?|config))"

# A further name between the word and the value: a child in JSON or YAML, a keyword argument, the
# method of a builder.
_STEP = (
    r"[\s{(\[,\-\"'<).]{0,12}"
    + _CREDENTIAL
    + r"[\"'\]\\]{0,2}[ \t]{0,4}(?:=>|:=|[:=>(])[ \t\r\n]{0,8}"
)
# A quotation mark that is escaped: in HTML, in JSON in JSON, in addresses.
_ESCAPED = r"&(?:quot|apos|#3[49]|#x2[27]);|\\{1,3}u002[27]|\\x2[27]|%2[27]"
# A key of the provider's map: ENV['X']['api_key'], %x{'api_key'}.
_INDEX = rf"(?:[\[{{][\"':]?{_CREDENTIAL}[\"']?[\]}}])"
# A type between a name and its value; a column's.
_TYPED = (
    r"\??:[ \t]{0,2}[&\[A-Za-z][\w.<>\[\]&' |]{0,24}[ \t]{0,2}="
    r"|(?:N?VARCHAR|TEXT|varchar|text)[^\n\"';]{0,32}?(?:DEFAULT|default|=)"
)
# A function, a getter or a block that gives the value back.
_GIVEN = (
    r"[(:{ \t][^\n\"';=]{0,50}\n[ \t]{0,16}(?:(?:#|//)[^\n]{0,60}\n[ \t]{0,16})?return[ \t]"
    r"|\{[ \t]?(?:get[ \t]?\{[ \t]?)?return[ \t]|\(\)[ \t]?\{[ \t]?return[ \t]"
    r"|(?:\(\)[ \t]?)?(?:->|:)[ \t]?[&'\w \t]{1,20}\{"
)
# The attribute of an element that holds the value of another one.
_ATTRIBUTE = (
    r"(?:[\w:\-]{1,12}=[\"'][\w\-]{0,12}[\"'][ \t]){0,2}(?:[\w\-]{1,12}:)?(?:value|content)"
    r"[ \t]{0,2}="
)
# Arguments before the one that is the value.
_ARGUMENTS = r"\((?:[ \t]?(?:[\"'][^\"'\n]{0,60}[\"']|[\w.]{1,24}),[ \t]{0,2}){1,2}"
# What stands where the key has no value: env::var("X").unwrap_or("…"), isLive ? "…", $x // '…'.
_OTHERWISE = (
    r"\.\w{1,20}\((?:\|\w?\|[ \t]?)?|\?:|//[ \t]|or[ \t]"
    r"|=[ \t]{0,2}[\w.!]{1,16}[ \t]\?(?:[ \t]?[\"'][^\"'\n]{0,24}[\"'][ \t]?:)?"
)
# A format string that is filled right behind it: '%s' % "…", "{}".format("…").
_FORMAT = r"[:=][ \t]?(?:%s|\{\w{0,2}\})\\{0,2}[\"'](?:\.format\(|[ \t]?[%,][ \t]|[ \t])"
# Columns, and the row that follows them.
_ROW = r"\)?[ \t](?i:values)[ \t]?\((?:[\w.'\"]{1,40},[ \t]?){0,3}"
# Further attributes of an element, or the end of one and the beginning of the next.
_ELEMENTS = (
    r"[ \t][\w:\-]{1,20}=[^<>\n]{1,40}>"
    r"|:?</[\w\-]{1,12}>\s{0,12}(?:<[\w\-]{1,12}>)?"
)
_ASSIGNED = (
    rf"{_TYPED}|:{{1,3}}=?|=>|->|<<?-|\|{{1,2}}=?|\?\?=?|[?+|!]?={{1,3}}|:-|-[ \t]|>|,|\(|%3[dD]"
    rf"|{_FORMAT}|{_ELEMENTS}|{_OTHERWISE}|\xe2\x80[\x90-\x95][ \t]|{_GIVEN}|{_ROW}"
    r"|%3[aA]|to[ \t]|;[\"']|;s:[0-9]{1,4}:|\}\{|--?[Vv]alue[ \t=]"
    r"|\{[ \t]?get;[^}\n]{0,24}\}[ \t]{0,2}=|\{[ \t]{0,2}[\"']"
    rf"|\\{{1,2}}[\w.:\\]{{1,40}}\(|{_ARGUMENTS}|{_ATTRIBUTE}|is:?[ \t]"
)


def _here(end: str, space: str) -> str:
    """The rest of the name and the assignment. ``end`` follows a run of a name's characters,
    ``space`` what a mere space asks for."""
    name = (
        rf"(?:[\w.\-]{{0,40}}{end}(?:[ \t][\w.\-]{{1,16}}{end}){{0,4}}(?:\?\.\w{{1,20}})?"
        rf"|[\w.\-/]{{1,60}}[?&](?:[\w.\-]{{1,24}}=[\w.\-%+,:@]{{0,32}}&){{0,4}}{_CREDENTIAL})"
    )
    # The name of a key as a line of its own, or as an argument: the value is on the next one.
    above = r"[\w.\- ]{0,16}(?i:key|token|secret|password)[\"'*_`:]{0,3}[ \t]{0,4}"
    return (
        rf"(?:{above}(?:\r?\n[ \t]{{0,16}}){{1,2}}(?:-[ \t]|```\w{{0,12}}\r?\n)?"
        rf"|{name}(?:[\"'`\])}}\\*]|\[\d{{0,6}}\]|{_ESCAPED}){{0,4}}{_INDEX}?[ \t]{{0,32}}"
        rf"(?:{_ASSIGNED}|[ \t]{space})"
        rf"[ \t\r\n]{{0,8}}(?:(?:new[ \t])?(?:\[\])?[\w.:]{{1,24}}\()?(?:{_STEP}){{0,2}})"
    )


# Later on the line, or up to the fourth line behind it: a key's name and an assignment.
_LATER = (
    r"(?:[^\n]*?\n(?:[^\n]*?\n){0,3}?(?:[^\n]{0,60}?[^\w\n])?|[^\n]{0,80}?[^\w\n])"
    rf"(?i:[\w.\-]{{0,20}}(?:{_KINDS}|authorization|value|default))"
    r"(?:[\"'\]\\)]|&quot;){0,2}[ \t]{0,32}(?:=>|:=|[:=>,]|\((?:@?[\"'`]))[ \t]{0,8}"
    rf"|[^\n]{{0,80}}?[^\w\n](?i:{_KINDS})[ \t]{{1,2}}"
)
_MARKS = (  # a YAML tag or anchor stands before the value, too
    r"[\"'`\[\\@]|!!?\w{1,8}[ ]|&\w{1,20}[ ]"
    r"|<(?:\w{1,12}>)?|[\"'][ \t]?[+.,][ \t]?[\"']|\"\r?\n[ \t]{0,16}|\$[\"']"
    r"|\xe2\x80[\x98-\x9f]|[(\[][ \t\r\n]{0,12}|[>|][+-]?[ \t]{0,2}\r?\n[ \t]{0,16}"
    r"|\{[\"'`]|\$\{[\"'`]|\\\r?\n[ \t]{0,16}|-[ ]|\*\*[ \t]?|[Bb]earer(?:[ ]|[\"'],[ \t]?)"
    r"|[Bb]asic[ ]|[Tt]oken[ ]|[bfruLRU][\"']\(?|r#{1,2}\"|br#{1,2}\""
    r"|[qQ][{(\[|]|%[qQwW][{(\[|]|lambda:[ ]|\([ \t]?\w{0,12}\)[ \t]?=>[ \t]"
    r"|<!\[CDATA\["
)
_OPEN = rf"(?:{_ESCAPED}|{_MARKS}){{0,4}}"  # or a backslash would be one, and the rest the value
_AFTER = r"(?:[^0-9A-Za-z_\-+/=.]|[=.](?:[^0-9A-Za-z_]|$)|$)"

_WHOLE = r"(?![\w.\-])"  # Python's re would try each shorter run
_DIGIT = r"(?=\S{0,40}[0-9])"
KEYED_GATE = (
    rf"(?:{_here(_WHOLE, _DIGIT)}(?:{_MARKS}|{_ESCAPED}){{0,4}}"
    r"(?:(?=[^\s\"'`]{0,64}[0-9]|[A-Za-z]{14}|[a-z]{4}-[a-z]{4})"
    r"(?:[\"'`][^\"'`\s]|[^\s\"'`{}<>()]){5}|[a-z]{4} [a-z]{4} [a-z]{4} )"
    r"|(?:[^\n]{0,140}\n(?:[^\n]{0,120}\n){0,3}?)?[^\n]{0,100}?"
    # token, secret, key, passw, pwd, auth, value or default: one set first, which is quick to fail
    r"[tskpavdTSKPAVD](?i:oken|ecret|ey|assw|wd|uth|uthorization|alue|efault)[^\w\n]{0,36}"
    r"(?:[Bb]earer[ \"',]{1,4}|[Tt]oken |[Bb]asic )?[\"'`\\${]{0,4}(?=[^\s\"'`]{0,40}[0-9])"
    r"[0-9A-Za-z+/_.~=$!%:\-]{10})"
)
"""What follows the name of a key before a value that can be one: it has a digit, or is long.
Python's ``re`` tries it first: it is bounded, and ten times faster than a call into RE2."""


def keyed_pattern(leads: Sequence[str], value: str) -> str:
    """The RE2 pattern of a key known by its neighbour: one of ``leads``, the rest of the key's
    name, an assignment in any of the usual notations, and the value."""
    before = f"(?:{_unbounded(_here('', ''))}|{_LATER}){_OPEN}"
    return f"(?:{'|'.join(leads)}){before}(?P<secret>{value}){_AFTER}"


def _unbounded(expression: str) -> str:
    """The same with the long bounds left out, which the gate mostly holds: RE2 writes every
    repetition out, and would take three times as long to compile."""
    return re.sub(r"\{([01]),\d{2,}\}(?!\?)", lambda m: "*" if m[1] == "0" else "+", expression)


def keyed_leads(words: Sequence[str]) -> tuple[str, ...]:
    """How a keyed pattern may begin: the words; a space stands for any separator or none, ``_``
    and ``-`` for ``_``, ``-`` or a point, or none where both words are long. A service's name with
    ``api`` or ``key`` behind it stands for that name with either, ``token`` or ``secret``."""
    return tuple(dict.fromkeys(f"(?i:{_lead(word)})" for word in words))


_LONG = 4
_MANY = 9  # letters, which Hyperscan takes for enough where much may follow
_NO_SECTION = frozenset(("access", "iterable", "lambda", "linear", "writer"))

_OF_KEYS = frozenset(
    """access api app auth client key license oauth password secret signing token
    """.split()  # noqa: SIM905 - readable as text
)
_BETWEEN = lazy_regex(r"(?<=[0-9A-Za-z])[_-](?=[0-9A-Za-z])")
_KINDS_OF_ALL = frozenset(("api", "key"))
# Words of other things as well: what follows them is looked at in every file.
_NO_SERVICE = frozenset(
    """abstract account alloy amplitude authorization autopilot bouncer census central channel close
    commodities consumer controller copper currents dandelion delighted deployer deputy discourse
    elastic encryption fabric fieldguide front fulcrum galaxy graph guardian height humanity
    hyperbolic increase language loops magnetic mailcheck medium mnemonic moderation neutrino
    noticeable nutshell orbit outreach parsers particle passage permit phantom phrase plausible
    polygon primary privacy private rainforest rapid recharge refiner scale scraper secondary secret
    segment semaphore sentiment shared shortcut signer signing snowflake speech split steam stitch
    storage subscription sunrise teamwork teleport temporal together token tower translator vision
    wallet webscraper woodpecker workable""".split()  # noqa: SIM905 - readable as text
)


def _lead(word: str) -> str:
    if word.isalnum():
        return word
    name, _, kind = word.replace("_", " ").rpartition(" ")
    service = kind in _KINDS_OF_ALL and len(name) > _LONG and name.isalnum()
    if service and name not in _NO_SERVICE:
        return rf"{name}{_apart(name)}(?:api|key|token|secret)"
    if "_" not in word and "-" not in word:
        return _spaced(word)
    first, *rest = _BETWEEN.split(word)
    loose = r"[_.\-]?" if rest and min(len(first), len(rest[0])) >= _LONG else r"[_.\-]"
    return loose.join(map(_spaced, (first, *rest)))


def _spaced(word: str) -> str:
    name, _, rest = word.partition(" ")
    if len(name) >= _LONG and name not in _NO_SERVICE and rest.split(" ")[0] in _OF_KEYS:
        return re.escape(name) + _apart(name) + _spaced(rest)
    return re.escape(word).replace(r"\ ", r"[ _.\-]?")


def _apart(name: str) -> str:
    """What stands between the name of a service and that of its key: a separator, or the notation
    of a section, of a nested object, of an argument."""
    if name in _NO_SECTION:
        return r"[ _.\-]?"
    return "[^0-9A-Za-z]{0,4}" if len(name) >= _MANY else "[^0-9A-Za-z]{0,24}"
