"""Where reports go: each ``--format`` with the ``--output`` that follows it."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from msgspec import Struct
from msgspec.structs import replace

from dunnage.cli.terminal import coloured, is_terminal, width
from dunnage.errors import DunnageError, UsageError
from dunnage.model import Reporter, Run
from dunnage.plugins import Plugins
from dunnage.report.sarif import SarifReporter
from dunnage.report.text import TextReporter

STDOUT = "-"


class Undelivered(DunnageError):
    """A report that could not be written where it should go."""


class Output(Struct, frozen=True):
    """One report: its format, and the file it goes to (``-`` is standard output)."""

    format: str
    file: str = STDOUT


def pair(order: Iterable[tuple[str, str]]) -> list[Output]:
    """The outputs that ``--format`` and ``--output`` ask for, given as (``format`` or ``output``,
    value) in the order of the command line. Raises UsageError where they do not pair."""
    given = list(order)
    if sorted(name for name, _ in given) == ["format", "output"]:
        values = dict(given)  # one of each: either order says the same
        return [Output(values["format"], values["output"])]
    if [name for name, _ in given] == ["output"]:
        return [Output("text", given[0][1])]
    outputs: list[Output] = []
    taken = True
    for name, value in given:
        if name == "format":
            outputs.append(Output(value))
            taken = False
        elif taken:
            raise UsageError(f"--output {value}: write the --format it belongs to in front of it")
        else:
            outputs[-1] = Output(outputs[-1].format, value)
            taken = True
    return outputs or [Output("text")]


def require_room(outputs: Sequence[Output]) -> None:
    """Raise UsageError for what will surely fail, before anything is looked at."""
    seen: dict[str, str] = {}
    for output in outputs:
        if output.file in seen:
            where = "standard output" if output.file == STDOUT else output.file
            raise UsageError(
                f"--format {seen[output.file]} and --format {output.format} both go to {where}; "
                "give one of them an --output of its own"
            )
        seen[output.file] = output.format
        if output.file != STDOUT:
            require_place("--output", output.file)


def require_place(option: str, file: str | Path) -> None:
    """Raise UsageError where no file can be written. ``option`` names it."""
    folder = Path(file).parent
    if not os.path.isdir(folder):
        raise UsageError(f"{option} {file}: there is no folder {folder}")
    if os.path.isdir(file):
        raise UsageError(f"{option} {file}: is a folder")
    if not os.access(file if os.path.exists(file) else folder, os.W_OK):
        raise UsageError(f"{option} {file}: you may not write there")


def deliver(
    run: Run,
    outputs: Sequence[Output],
    plugins: Plugins,
    colour: str,
    verbosity: int,
    whole: bool = False,
) -> None:
    """Write all reports; ``whole`` keeps excerpts that are wider than the text. Raises Undelivered,
    when the others are written, if one could not be."""
    errors: list[Undelivered] = []
    for output in outputs:
        try:
            with _opened(output) as out:
                reporter = plugins.reporter(output.format)
                _dressed(reporter, output, colour, verbosity, whole).report(run, out)
        except Undelivered as error:
            errors.append(error)
    if errors:
        raise errors[0]


@contextmanager
def _opened(output: Output) -> Iterator[BinaryIO]:
    if output.file == STDOUT:
        with standard_output() as out:
            yield out
        return
    try:
        with open(output.file, "wb") as file:
            yield file
    except OSError as error:
        raise Undelivered(f"cannot write {output.file}: {error.strerror or error}") from error


@contextmanager
def standard_output() -> Iterator[BinaryIO]:
    """Standard output, in bytes, flushed at the end. Raises Undelivered when it is closed or
    full."""
    try:
        if sys.stdout is None:
            raise Undelivered("cannot write the report: standard output is closed")
        yield getattr(sys.stdout, "buffer", None) or cast("BinaryIO", _Encoded())
        sys.stdout.flush()
    except BrokenPipeError as error:
        silence()
        raise Undelivered("standard output was closed before the report was written") from error
    except OSError as error:
        silence()
        raise Undelivered(f"cannot write to standard output: {error.strerror or error}") from error


def silence() -> None:
    """Send what is still buffered nowhere, so that Python does not fail again when it ends."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):
        return


class _Encoded(io.RawIOBase):
    """Bytes for a standard output that takes text alone (a test's)."""

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # only bytes are written to it
        sys.stdout.write(data.decode())
        return len(data)


def _dressed(
    reporter: Reporter, output: Output, colour: str, verbosity: int, whole: bool
) -> Reporter:
    """The reporter, told of the terminal and the working folder it cannot know of."""
    if isinstance(reporter, TextReporter):
        stream = sys.stdout if output.file == STDOUT else None
        encoding = (stream.encoding or "utf-8") if stream and is_terminal(stream) else "utf-8"
        return replace(
            reporter,
            colour=coloured(colour, stream),
            width=width(stream),
            verbosity=verbosity,
            encoding=encoding,
            whole=whole,
        )
    if isinstance(reporter, SarifReporter):
        try:
            return replace(reporter, base=str(Path.cwd()))
        except OSError:  # the working folder is gone
            return reporter
    return reporter
