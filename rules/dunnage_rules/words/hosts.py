"""Internal host names and addresses."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Entry, Hit, Match, Rule, Severity, Span, is_trial, lazy_regex, rule

_FIX = "Read the address from configuration, and take it out of what ships."
_BEFORE = lazy_regex(
    rb"[A-Za-z][A-Za-z0-9+.-]{1,12}://(?:[^/\s@\"'<>]{0,200}@)?((?:[A-Za-z0-9_-]{1,63}\.){0,8}[A-Za-z0-9_-]{1,63})\Z"
)
_GENERIC = lazy_regex(
    r"(?i)^(?:host|gateway|kubernetes)\.(?:docker|containers|lima)\.internal$|^metadata\.google\.internal$|(?:^|"
    r"[.-])(?:example|your|my|some|foo|bar|mycompany|yourcompany|contoso|test|"
    r"sample|localhost|address|server|domain|compute|ec2|vm|cluster|svc)[\w-]*(?:[.-]|$)"
)
_BARE = lazy_regex(
    rb"(?:[=:@]|\n[ \t]*-)[ \t]*[\"']?((?:[a-z0-9_-]{1,63}\.){1,8}[a-z0-9_-]{1,63})\Z"
)
_SETTINGS = (
    ".yml", ".yaml", ".toml", ".ini", ".cfg", ".conf", ".cnf", ".properties", ".env", ".tfvars",
    ".tf", ".npmrc", ".pypirc", ".netrc",
)  # fmt: skip
"""Files in which a name with dots is a host's, and no expression of a program."""
_REFERENCE = b"sourceMappingURL="
_SUCH_AS = lazy_regex(rb"(?i)(?:\be\.g\.|\bexamples?|\bsuch as)[^\n]{0,24}\Z")
"""What stands before a made-up address."""
_PROSE = ("METADATA", "PKG-INFO", "README.md", "README.rst", "CHANGELOG.md")


@rule(
    "words/internal-host",
    severity=Severity.NOTE,
    pattern=r"\.(?:internal|corp|intranet|lan|localdomain)[:/\"'`\s<>)\\]",
    fold="artifact",
    fix=_FIX,
    source="https://www.icann.org/en/board-activities-and-meetings/materials/approved-resolutions-special-meeting-of-the-icann-board-29-07-2024-en",
)
def internal_host(entry: Entry, match: Match) -> Iterator[Hit]:
    """An internal host (`https://build.example.corp/`).

    It tells how the inside of a network is named, and does not work for anybody else. Meant are
    addresses with a scheme, and in settings (YAML, INI, TOML and the like) names as values, too.

    Read it from configuration. Examples (`example.internal`) and names that clouds and Docker give
    are not meant. There is one finding for an artifact and host.
    """
    window, start = match.window, match.start
    near = window[max(0, start - 300) : start]
    before = _BEFORE.search(near)
    if before is None and entry.name.endswith(_SETTINGS):
        before = _BARE.search(near)
    if before is None or entry.name in _PROSE or is_trial(entry.path):
        return
    said = near[: before.start()]
    if said.endswith(_REFERENCE) or _SUCH_AS.search(said[-40:]):
        return  # debug/source-map-reference says it, or it is made up
    host = (before[1] + match.text[:-1]).decode("ascii", "replace")
    if not _GENERIC.search(host):
        begin = match.span.start - len(near) + before.start(1)
        span = Span(begin, match.span.end - 1)
        yield Hit(f"an address on the internal host {host}", span=span)


_USUAL = lazy_regex(
    rb"192\.168\.(?:0|1|2|10|56|99|100|122|178)\.\d|10\.0\.(?:0|1|2|3)\.\d|10\.10\.10\.|"
    rb"10\.1\.1\.|10\.1\.2\.|10\.11\.12\.|10\.100\.100\.100|172\.1[67]\.0\.\d|"
    rb"192\.168\.\d+\.0\b|10\.\d+\.\d+\.0/"
)


@rule(
    "words/private-address",
    severity=Severity.NOTE,
    pattern=r"://(?:10\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}|192\.168\.[0-9]{1,3}\.[0-9]{1,3}|"
    r"172\.(?:1[6-9]|2[0-9]|3[01])\.[0-9]{1,3}\.[0-9]{1,3})",
    fold="artifact",
    lower=False,
    fix=_FIX,
    source="https://datatracker.ietf.org/doc/html/rfc1918",
)
def private_address(entry: Entry, match: Match) -> Iterator[Hit]:
    """An address in a private network (`10.42.7.13`).

    It tells how the inside of a network is laid out, and does not work for anybody else.

    Read it from configuration. Addresses that every router and every tutorial uses (`192.168.1.1`)
    are not meant, nor is documentation. There is one finding for an artifact and address.
    """
    address = match.text[3:]
    if (
        _USUAL.match(address)
        or is_trial(entry.path)
        or entry.name in _PROSE
        or entry.name.endswith((".md", ".rst", ".adoc"))
    ):
        return
    if any(int(part) > 255 for part in address.split(b".")):
        return
    scheme = match.window[max(0, match.start - 48) : match.start]
    if scheme.rstrip(b"htps").endswith(_REFERENCE) or _SUCH_AS.search(scheme):
        return  # debug/source-map-reference says it, or it is made up
    yield Hit(f"an address in a private network, {address.decode()}", span=match.span)


def rules() -> list[Rule]:
    """The rules of this module."""
    return [internal_host, private_address]
