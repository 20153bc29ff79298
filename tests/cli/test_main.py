from __future__ import annotations

import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from dunnage.cli.main import main
from dunnage.engine.settings import Settings
from dunnage.engine.targets import resolve
from dunnage.errors import ArchiveError
from dunnage.version import __version__


def test_version_and_help(dunnage_):
    assert dunnage_("--version").out == f"dunnage {__version__}\n"
    result = dunnage_("--help")
    assert result.code == 0
    for word in ("check", "ls", "rules", "explain", "plugins", "Examples:", "Exit codes"):
        assert word in result.out
    for command in ("check", "ls", "rules", "explain", "plugins"):
        shown = dunnage_(command, "-h")
        assert shown.code == 0
        assert "Examples:" in shown.out
    assert "  dunnage check dist/\n" in dunnage_("check", "--help").out


def test_no_command_shows_the_help(dunnage_):
    result = dunnage_()
    assert result.code == 2
    assert "Usage: dunnage" in result.out + result.err


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (
            ValueError("what\x1b[2J\nmore"),
            70,
            "this is a bug in dunnage: ValueError: what\\x1b[2J (",
        ),
        (RecursionError(), 70, "this is a bug in dunnage: RecursionError: "),
        (MemoryError(), 70, "this is a bug in dunnage: MemoryError: "),
        (KeyboardInterrupt(), 130, "interrupted"),
        (ArchiveError("damaged"), 3, "damaged"),
    ],
)
def test_whatever_happens_is_a_line_and_a_code(dunnage_, engine, error, code, line):
    engine.raises = error
    result = dunnage_("check", "x")
    assert result.code == code
    assert result.err.startswith(f"dunnage: {line}")
    assert result.err.count("\n") == 1


def test_a_bug_tells_all_on_request(dunnage_, engine, monkeypatch):
    engine.raises = ValueError("what")
    assert "Traceback" in dunnage_("check", "x", "-v").err
    assert "Traceback" in dunnage_("check", "x", "-qv").err
    assert "Traceback" not in dunnage_("check", "x").err
    monkeypatch.setenv("DUNNAGE_DEBUG", "1")
    assert "Traceback" in dunnage_("check", "x").err


def test_a_full_disk_is_an_error(dunnage_, tmp_path):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    result = dunnage_("check", "x", "--output", "/dev/full")
    assert result.code == 2
    assert result.err == "dunnage: cannot write /dev/full: No space left on device\n"
    result = dunnage_(
        *["check", "x", "--format", "text", "--output", "/dev/full"],
        *["--format", "json", "--output", "a.json"],
    )
    assert result.code == 2
    assert (tmp_path / "a.json").read_text().startswith("{")


def command(*words: str, **options: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "dunnage.cli.main", *words],
        stderr=subprocess.PIPE,
        **options,  # type: ignore[call-overload]
    )


def test_a_full_standard_output_is_an_error():
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    with open("/dev/full", "wb") as full:
        process = command("plugins", "--no-plugin", "rules", stdout=full)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert err == b"dunnage: cannot write to standard output: No space left on device\n"


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["check", "--help"]])
def test_help_on_a_full_disk_is_no_bug(words):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    with open("/dev/full", "wb") as full:
        process = command(*words, stdout=full)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert err == b"dunnage: cannot write to standard output: No space left on device\n"


def test_a_closed_pipe_is_an_error():
    reader, writer = os.pipe()
    os.close(reader)
    process = command("plugins", "--no-plugin", "rules", stdout=writer)
    os.close(writer)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert err == b"dunnage: standard output was closed before the report was written\n"


@pytest.mark.parametrize("stream", [1, 2])
def test_a_stream_that_was_closed_beforehand(stream):
    if os.name != "posix":
        pytest.skip("closing a stream before the start needs a POSIX shell")
    shell = f'exec "$0" -m dunnage.cli.main plugins --no-plugin rules {stream}>&-'
    done = subprocess.run(
        ["sh", "-c", shell, sys.executable], capture_output=True, timeout=30, check=False
    )
    assert done.returncode == (2 if stream == 1 else 0)
    assert b"Traceback" not in done.stderr + done.stdout


def test_the_end_calls_what_others_registered():
    code = (
        "import atexit, sys\n"
        "from dunnage.cli import main\n"
        "sys.argv[1:] = ['check', '/nowhere/at-all.tgz']\n"
        "code = main.main()\n"
        "atexit.register(print, 'the end')\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=30, check=False, text=True
    )
    assert (done.returncode, done.stdout) == (2, "the end\n")


def test_a_deleted_working_folder_is_no_trouble(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    script = (
        "import os, sys; os.rmdir(os.getcwd()); from dunnage.cli.main import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, "check", "nope.tgz", "--no-plugin", "rules"],
        cwd=gone,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == b"dunnage: nope.tgz: there is no such file or folder\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once_and_quietly(number):
    process = command(
        "check", "-", "--no-plugin", "rules", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    info = tarfile.TarInfo("a.txt")
    info.size = 1 << 30
    process.stdin.write(info.tobuf() + bytes(1 << 20))  # more than a pipe holds: it is being read
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert b"Traceback" not in out + err


def test_what_is_slow_to_import_is_not_imported():
    script = (
        "import sys; from dunnage.cli.main import main; main(['--version']); "
        "print([name for name in ('rich', 'pydantic', 'hyperscan', 'lief', 'pathspec', 'elftools', "
        "'hypothesis', 'http.client', 'asyncio') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, timeout=30
    )
    assert done.stdout.splitlines()[1] == b"[]"


def test_main_gives_codes_to_whoever_calls_it(capsys):
    assert main(["explain", "nope/nope"]) == 2
    assert "there is no rule 'nope/nope'" in capsys.readouterr().err


@pytest.mark.parametrize("target", ["https://acme.test/x.tgz", "pkg:npm/a@1.0.0"])
def test_an_address_is_told_to_be_none_of_ours(target: str) -> None:
    [unit] = resolve([target], Settings(), [], [])
    assert unit.failure.endswith("fetches nothing else; download it first")


def test_a_link_to_nothing_says_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "latest.tgz").symlink_to("gone.tgz")
    [unit] = resolve([str(tmp_path / "latest.tgz")], Settings(), [], [])
    assert unit.failure.endswith("a link to gone.tgz, which is not there")
