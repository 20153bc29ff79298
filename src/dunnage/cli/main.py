"""The one boundary between dunnage and the world: whatever happens, an exit code and a line."""

from __future__ import annotations

import atexit
import errno
import gc
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from dunnage.cli.terminal import tell
from dunnage.errors import ArchiveError, DunnageError, ExitCode

SELDOM = 100_000
"""New objects between two looks for cycles. What a start makes is kept to the end: looking through
it time and again would take a fifth of a short run."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit code. Never raises, but SystemExit for help and
    completion. Without ``arguments`` the process is the command's own, which ends as soon as
    everything has been said."""
    if arguments is not None:
        return _main(list(arguments))
    gc.set_threshold(SELDOM, 20, 20)
    codes: list[int] = []
    atexit.register(_leave, codes)  # registered first, it is called last
    codes.append(_main(sys.argv[1:]))
    return codes[0]


def _leave(codes: Sequence[int]) -> None:
    """End here: Python would go on to free every object, a sixth of a short run."""
    if codes:
        try:
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:  # it was closed before the start
                    stream.flush()
        except (OSError, ValueError):  # Python says so in its own way
            return
        os._exit(codes[0])


def _main(words: Sequence[str]) -> int:
    try:
        return _run(words)
    except KeyboardInterrupt:
        tell("interrupted")
        return ExitCode.INTERRUPTED


def _run(words: Sequence[str]) -> int:
    _obey_sigterm()

    import typer  # here, so that the collector waits while they are imported

    from dunnage.cli.app import app
    from dunnage.cli.outputs import Undelivered

    try:
        code = typer.main.get_command(app).main(words, prog_name="dunnage", standalone_mode=False)
    except Undelivered as error:
        tell(str(error))
        return ExitCode.USAGE
    except ArchiveError as error:
        tell(str(error))
        return ExitCode.INCOMPLETE
    except DunnageError as error:
        tell(str(error))
        return ExitCode.USAGE
    except typer.Abort:
        raise KeyboardInterrupt from None
    except OSError as error:
        return _full(error) or _bug(error, words)
    except Exception as error:  # noqa: BLE001 - the boundary: what arrives here is a bug or bad usage
        return _usage(error) or _bug(error, words)
    if code == ExitCode.INTERRUPTED:
        tell("interrupted")
    return code if isinstance(code, int) else ExitCode.CLEAN


def _usage(error: Exception) -> int:
    """Show what is wrong with the command line; 0 if that is not what the error says."""
    # Typer brings its own copy of click or needs the other one, by version: both show themselves.
    show = getattr(error, "show", None)
    if show is None or not hasattr(error, "format_message"):
        return 0
    show(file=sys.stderr)
    return ExitCode.USAGE


def _full(error: OSError) -> int:
    """Say that nothing more can be written (what shows help writes by itself); 0 if that is not
    what the error says."""
    if error.errno != errno.ENOSPC:
        return 0
    from dunnage.cli.outputs import silence

    silence()
    tell(f"cannot write to {error.filename or 'standard output'}: {error.strerror}")
    return ExitCode.USAGE


def _bug(error: Exception, words: Sequence[str]) -> int:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = ""
    if trace is not None:
        name = os.path.basename(trace.tb_frame.f_code.co_filename)
        place = f" ({name}:{trace.tb_lineno})"
    first = (str(error).splitlines() or [""])[0][:300]
    tell(
        f"this is a bug in dunnage: {type(error).__name__}: {first}{place}; please report it, "
        "with what -v or DUNNAGE_DEBUG=1 adds"
    )
    if os.environ.get("DUNNAGE_DEBUG") or any(
        word == "--verbose" or (word[:1] == "-" and word[1:2] != "-" and "v" in word)
        for word in words
    ):
        import traceback

        traceback.print_exception(type(error), error, error.__traceback__)
    return ExitCode.BUG


def _obey_sigterm() -> None:
    """Let a request to end be one to stop and report, as Ctrl-C is; only in this process, not in
    its workers."""
    own = os.getpid()

    def stop(number: int, frame: FrameType | None) -> None:
        if os.getpid() != own:
            os._exit(128 + number)
        raise KeyboardInterrupt

    try:
        signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread: a program that calls us minds its own signals
        return


if __name__ == "__main__":
    sys.exit(main())
