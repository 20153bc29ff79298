"""Memory dumps: files that hold what a process held."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Entry, Hit, Rule, Severity, rule

_ELF_CORES = tuple(
    b"\x7fELF" + bytes((width, order, 1, system)) + bytes(8) + kind
    for width in (1, 2)
    for order, kind in ((1, b"\4\0"), (2, b"\0\4"))
    for system in (0, 3, 9)
)
"""The first 18 bytes of a core: class, byte order, version, system (none, GNU, FreeBSD), padding,
ET_CORE."""

_FIX = {
    "npm": 'Delete it, and list what ships under "files" in package.json.',
    "pypi": "Delete it; setuptools: `global-exclude core core.* *.dmp *.hprof` in MANIFEST.in; "
    'hatch: `exclude = ["core", "core.*", "*.dmp", "*.hprof"]` under [tool.hatch.build].',
    "crates": 'Delete it; `exclude = ["core*", "*.dmp"]` in Cargo.toml.',
    "any": "Delete it, add its name to the ignore file of your build, and change the secrets "
    "that the process knew.",
}


@rule(
    "debug/core-dump",
    severity=Severity.ERROR,
    magic=(*_ELF_CORES, b"MDMP\x93\xa7", b"PAGEDU64", b"PAGEDUMP"),
    lower=True,
    fix=_FIX,
    source="https://man7.org/linux/man-pages/man5/core.5.html",
    tags=("binary",),
)
def core_dump(entry: Entry) -> Iterator[Hit]:
    """A core dump: the memory of a process that crashed.

    It holds everything the process knew: environment variables, keys, passwords, other people's
    data. Told by content (ELF cores, Windows minidumps and kernel dumps), so that a folder called
    `core/` is not one.

    Delete it and change the secrets that the process had. Never fine in a release, but in test
    data for a debugger: among tests it weighs one level less.
    """
    head = entry.read(4)
    what = "ELF core dump" if head == b"\x7fELF" else "Windows memory dump"
    yield Hit(f"{what}: the memory of a crashed process")


@rule(
    "debug/heap-dump",
    severity=Severity.ERROR,
    magic=(b"JAVA PROFILE 1.0.", b'{"snapshot":{"meta":{"node_fields"'),
    fix=_FIX,
    source="https://developer.chrome.com/docs/devtools/memory-problems/heap-snapshots",
)
def heap_dump(entry: Entry) -> Iterator[Hit]:
    """A heap dump: every object and string that a program held.

    Java's `.hprof` and V8's `.heapsnapshot` list all strings in memory, tokens and customers' data
    among them.

    Delete it and change the secrets that the process had. Fine only in test data of a tool that
    reads such files.
    """
    what = "Java heap dump" if entry.read(4) == b"JAVA" else "V8 heap snapshot"
    yield Hit(f"{what}: every string the process held")


@rule(
    "debug/diagnostic-report",
    severity=Severity.ERROR,
    pattern=r'"reportVersion"\s*:\s*\d',
    once=True,
    paths=("*.json",),
    fix=_FIX,
    source="https://nodejs.org/api/report.html",
)
def diagnostic_report(entry: Entry, match: object) -> Iterator[Hit]:
    """A diagnostic report of Node.js.

    `report.*.json` is written when a process dies or is asked to; it lists all environment
    variables, with their values, the command line, open handles and host names.

    Delete it and change the secrets that stood in the environment.
    """
    head = entry.read(64 << 10)
    if b'"nodejsVersion"' in head and b'"dumpEventTime"' in head:
        yield Hit("diagnostic report of Node.js, with the environment of the process")


@rule(
    "debug/jvm-crash-log",
    severity=Severity.WARNING,
    pattern=r"# A fatal error has been detected by the Java Runtime Environment",
    once=True,
    paths=("*.log", "*.txt"),
    fix=_FIX,
    source="https://docs.oracle.com/en/java/javase/21/troubleshoot/fatal-error-log.html",
)
def jvm_crash_log(entry: Entry, match: object) -> Iterator[Hit]:
    """A crash log of the Java virtual machine (`hs_err_pid*.log`).

    It holds the command line, environment variables, loaded libraries with their paths, and words
    of memory.

    Delete it.
    """
    if entry.read(256).lstrip().startswith(b"#"):
        yield Hit("crash log of the Java virtual machine, with environment and paths")


@rule(
    "debug/crash-report",
    severity=Severity.WARNING,
    magic=(
        b"=erl_crash_dump:",
        b"0SECTION       TITLE ",
        b"\0\x12portable heap dump",
        b'{"app_name":"',
        b"Process:         ",
        b"Incident Identifier: ",
    ),
    fix=_FIX,
    source="https://www.erlang.org/doc/apps/erts/crash_dump.html",
)
def crash_report(entry: Entry) -> Iterator[Hit]:
    """A report that a runtime or the system wrote when a program died.

    Erlang's `erl_crash.dump` holds the state of every process, and tables with their rows; OpenJ9's
    `javacore` lists the environment; reports of macOS name the user's folders and every library.

    Delete it. What stood in the environment or in memory has to be changed.
    """
    head = entry.read(4096)
    if head.startswith(b"=erl"):
        what = "crash dump of Erlang: the state of every process"
        yield Hit(what, severity=Severity.ERROR)
    elif head.startswith(b"\0\x12"):
        yield Hit("heap dump of OpenJ9: every object the process held")
    elif head.startswith(b"0SECTION"):
        yield Hit("javacore of OpenJ9, with environment and paths")
    elif b'"bug_type"' in head or (b"\nIdentifier:" in head and b"\nPath:" in head):
        yield Hit("crash report of macOS, with paths and libraries")


def rules() -> list[Rule]:
    """The rules of this module."""
    return [core_dump, heap_dump, diagnostic_report, jvm_crash_log, crash_report]
