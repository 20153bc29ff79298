"""Histories of shells and clients."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Entry, Hit, Rule, Severity, rule

_FIX = {
    "oci": "Delete it in the same RUN that makes it, or set `HISTFILE=/dev/null`; change the "
    "passwords in it.",
    "any": "Delete it, and change the passwords in it.",
}


@rule(
    "leftover/shell-history",
    severity=Severity.ERROR,
    paths=(
        ".bash_history",
        ".zsh_history",
        ".zhistory",
        ".sh_history",
        ".ash_history",
        ".ksh_history",
        "fish_history",
        ".psql_history",
        ".mysql_history",
        ".mariadb_history",
        ".rediscli_history",
        ".mongo_history",
        ".dbshell",
        ".python_history",
        ".node_repl_history",
        ".irb_history",
        ".pry_history",
        ".sqlite_history",
        ".scala_history",
        "ConsoleHost_history.txt",
    ),
    fix=_FIX,
    source="https://www.gnu.org/software/bash/manual/html_node/Bash-History-Facilities.html",
)
def shell_history(entry: Entry) -> Iterator[Hit]:
    """The history of a shell or of a database client.

    It holds every command that was typed, with the passwords and tokens that stood on the command
    line.

    Delete it and change what stood in it. An empty file is not reported.
    """
    if entry.size or entry.data:
        yield Hit("the history of a shell or client: every command that was typed")


@rule(
    "leftover/tool-history",
    severity=Severity.NOTE,
    paths=(
        ".viminfo",
        ".lesshst",
        ".wget-hsts",
        ".netrwhist",
        ".recently-used",
        ".xsession-errors",
        ".Xauthority",
        ".gdb_history",
        "Session.vim",
        "known_hosts",
    ),
    fold="artifact",
    fix=_FIX,
)
def tool_history(entry: Entry) -> Iterator[Hit]:
    """What tools remember of their user: searches, files, hosts.

    It names hosts that were visited and files that were opened.

    Delete it. Empty files are not reported; `known_hosts` is fine where the program is to trust
    these hosts.
    """
    if entry.size or entry.data:
        yield Hit("what a tool remembers of its user: searches, files, hosts")


def rules() -> list[Rule]:
    """The rules of this module."""
    return [shell_history, tool_history]
