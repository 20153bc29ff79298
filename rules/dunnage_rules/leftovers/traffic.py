"""What was recorded on a network or at a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Entry, Hit, Rule, Severity, rule

_FIX = {
    "npm": 'Delete it, and list what ships under "files" in package.json.',
    "pypi": "Delete it; setuptools: `global-exclude *.har *.pcap` in MANIFEST.in; hatch: "
    '`exclude = ["*.har", "*.pcap"]` under [tool.hatch.build].',
    "crates": 'Delete it; `exclude = ["*.har", "*.pcap"]` in Cargo.toml.',
    "any": "Delete it, and change the tokens and passwords that were sent.",
}


@rule(
    "leftover/har-file",
    severity=Severity.WARNING,
    paths=("*.har",),
    content=True,
    fold="artifact",
    lower=True,
    fix=_FIX,
    source="https://w3c.github.io/web-performance/specs/HAR/Overview.html",
)
def har_file(entry: Entry) -> Iterator[Hit]:
    """A browser's recording of its requests (HAR).

    It holds each request and answer with headers, cookies and bodies: whoever reads it is logged
    in, as long as the session lives.

    Delete it and end the sessions. One level lower in test folders.
    """
    head = entry.read(64 << 10)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and b'"log"' in head:
        yield Hit("a browser's recording of its requests, with cookies and bodies")


@rule(
    "leftover/network-capture",
    severity=Severity.WARNING,
    magic=(
        b"\xd4\xc3\xb2\xa1\2\0\4\0",
        b"\xa1\xb2\xc3\xd4\0\2\0\4",
        b"\x4d\x3c\xb2\xa1\2\0\4\0",
        b"\xa1\xb2\x3c\x4d\0\2\0\4",
        b"\x0a\x0d\x0d\x0a",
    ),
    fold="artifact",
    lower=True,
    fix=_FIX,
    source="https://ietf-opsawg-wg.github.io/draft-ietf-opsawg-pcap/draft-ietf-opsawg-pcapng.html",
    tags=("binary",),
)
def network_capture(entry: Entry) -> Iterator[Hit]:
    """A capture of network traffic (pcap, pcapng), as tcpdump and Wireshark write it.

    It holds every packet: addresses, names that were looked up, and whatever was sent in the
    clear. Told by content, whatever the name.

    Delete it. Fine in test data of a tool that reads such files: one level lower there.
    """
    head = entry.read(24)
    order = {b"\x4d\x3c\x2b\x1a": "little", b"\x1a\x2b\x3c\x4d": "big"}.get(head[8:12])
    if not head.startswith(b"\n\r\r\n") or order:
        yield Hit("a capture of network traffic: every packet that was sent")


@rule(
    "leftover/terminal-recording",
    severity=Severity.WARNING,
    magic=(b"Script started on ", b"Script started, "),
    fold="artifact",
    lower=True,
    fix="Delete it, and change the passwords that were typed or shown.",
    source="https://man7.org/linux/man-pages/man1/script.1.html",
)
def terminal_recording(entry: Entry) -> Iterator[Hit]:
    """A session of a terminal, as `script` records it.

    It holds every command and what it printed: files, addresses, passwords on command lines.

    Delete it.
    """
    yield Hit("a recorded session of a terminal: commands, and what they printed")


def rules() -> list[Rule]:
    """The rules of this module."""
    return [har_file, network_capture, terminal_recording]
