"""The history of an image: which instruction made which layer (OCI image-spec 1.1, config.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from dunnage import lazy_regex
from dunnage_oci.document import items, load, mapping, text, texts

# Docker's classic builder writes `/bin/sh -c #(nop)  ENV A=b`, with two spaces after the bracket.
_NOP = lazy_regex(r"^(?:/bin/sh -c |cmd /S /C )?#\(nop\)\s*")
_BUILDKIT = "# buildkit"
_ARGS = lazy_regex(r"^(?:RUN\s+)?\|(?P<count>[0-9]{1,3})\s+(?P<rest>.*)$", re.DOTALL)
_ARG = lazy_regex(r"(?:^|\s)(?P<name>[A-Za-z_][A-Za-z0-9_]*)=")
_SHELL = lazy_regex(
    r"(?:^|\s)(?:/\S+|cmd|powershell)(?:\s+-o\s+\w+|\s+[-/]\S+){0,16}?\s+(?:-\w*c|/[CcSs]|-Command)\s"
)


class Step(Struct, frozen=True):
    """One line of the history. ``raw`` is ``created_by`` as written; ``instruction`` is its first
    word (``RUN``, ``COPY`` …), "" if it has none; ``command`` what follows; ``args`` the build
    arguments that Docker records with a RUN."""

    raw: str
    instruction: str
    command: str
    args: Sequence[tuple[str, str]] = ()
    comment: str = ""
    empty: bool = False

    @property
    def line(self) -> str:
        """The step as it stood in the Containerfile, without build arguments."""
        return f"{self.instruction} {self.command}".strip()

    @property
    def words(self) -> str:
        """The command as a shell would have it: of the exec form (``CMD ["a", "b"]``) the words."""
        before, bracket, listed = self.command.partition("[")
        if not bracket or before.strip() not in ("", "CMD"):
            return self.command
        found = texts(load((bracket + listed).encode("utf-8", "replace")))
        # Docker's classic builder writes it without commas.
        return " ".join(found or _QUOTED.findall(listed)) or self.command


_QUOTED = lazy_regex(r'"([^"\n]*)"')
_WRITES = frozenset({"ADD", "COPY", "RUN", "WORKDIR"})
_PROGRAM = lazy_regex(r"\s/[\w.+-]+(?:/[\w.+-]+)*(?=\s|$)")
_INSTRUCTION = lazy_regex(
    r"^(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL"
    r"|STOPSIGNAL|USER|VOLUME|WORKDIR)(?:\s+(.*))?$",
    re.DOTALL,
)


def steps(config: Mapping[str, Any]) -> list[Step]:
    """The history of an image's configuration, oldest first."""
    return [step(mapping(each)) for each in items(config.get("history"))]


def step(entry: Mapping[str, Any]) -> Step:
    """One entry of the history, whichever builder wrote it.

    >>> step({"created_by": "|1 A=b /bin/sh -c make # buildkit"}).args
    [('A', 'b')]
    """
    raw = text(entry.get("created_by"))
    rest = raw.rstrip().removesuffix(_BUILDKIT).strip()
    comment, empty = text(entry.get("comment")), entry.get("empty_layer") is True
    if _NOP.match(rest):
        rest = _NOP.sub("", rest).strip()
        return Step(raw, *_split(rest), comment=comment, empty=empty)
    args: list[tuple[str, str]] = []
    with_args = _ARGS.match(rest)
    if with_args:
        args, rest = _args(with_args["rest"], int(with_args["count"]))
        rest = f"RUN {rest}"
    instruction, command = _split(rest)
    if instruction in ("", "RUN"):
        shell = _SHELL.match(command)
        if shell:
            instruction, command = "RUN", command[shell.end() :]
    return Step(raw, instruction, command.strip(), args, comment, empty)


def makers(layers: int, history: Sequence[Step]) -> list[tuple[Step, ...]]:
    """The steps that made the files of each layer, bottom first; none where the history is too
    short.

    Buildah without ``--layers`` makes one layer of a whole Containerfile and counts all its steps
    but the last as empty: then those before it that write files made the layer.
    """
    made: list[tuple[Step, ...]] = []
    writing: list[Step] = []
    for each in history:
        if each.empty:
            if each.instruction in _WRITES:
                writing.append(each)
            continue
        own = each.instruction in _WRITES or not each.instruction
        files = (*writing, each) if own else tuple(writing)
        made.append(files or (each,))
        writing = []
    return [made[i] if i < len(made) else () for i in range(layers)]


def _split(line: str) -> tuple[str, str]:
    found = _INSTRUCTION.match(line)
    return (found[1], found[2] or "") if found else ("", line)


def _args(rest: str, count: int) -> tuple[list[tuple[str, str]], str]:
    """The build arguments before the command. Values are not quoted and may hold blanks, so the
    next name, or the shell, ends a value."""
    # Of the exec form nothing but an absolute path tells where the program begins.
    begin = _SHELL.search(rest) or _PROGRAM.search(rest)
    head, tail = (rest[: begin.start()], rest[begin.start() :]) if begin else (rest, "")
    found = list(_ARG.finditer(head))[:count]
    ends = [each.start() for each in found[1:]] + [len(head)]
    args = [
        (each["name"], head[each.end() : end].strip())
        for each, end in zip(found, ends, strict=True)
    ]
    return args, tail.strip()
