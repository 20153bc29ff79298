"""Recordings of profilers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dunnage import Entry, Hit, Rule, Severity, lazy_regex, rule

_CALL = lazy_regex(rb"(?:\d+ +)?(?:[\d:.]+ )?execve\(\"[^\n]{1,400}= ")

_FIX = {
    "npm": 'Delete it, and list what ships under "files" in package.json.',
    "pypi": "Delete it; setuptools: `global-exclude *.prof *.cpuprofile perf.data` in MANIFEST.in; "
    'hatch: `exclude = ["*.prof", "*.cpuprofile", "perf.data"]` under [tool.hatch.build].',
    "crates": 'Delete it; `exclude = ["perf.data*", "*.profraw"]` in Cargo.toml.',
    "any": "Delete it, and add its name to the ignore file of your build.",
}


@rule(
    "debug/profile-data",
    severity=Severity.ERROR,
    magic=(
        b"PERFILE2",
        b"PERFFILE",
        b"FLR\0\0",
        b"gmon\1\0\0\0",
        b"# callgrind format",
        b"version: 1\ncreator: callgrind",
        b"desc: --massif-out-file",
        b"desc: (none)\ncmd: ",
        b"desc: I1 cache:",
        b'{"dhatFileVersion":',
        b"memray\0",
        b"\xfflprofr\x81",
        b"\x81rforpl\xff",
    ),
    fold="artifact",
    fix=_FIX,
    source="https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/tools/perf/Documentation/perf.data-file-format.txt",
)
def profile_data(entry: Entry) -> Iterator[Hit]:
    """A recording of a profiler.

    perf, Java Flight Recorder, gprof, valgrind's tools and memray write command lines, host names,
    paths of the machine and symbol names. Told by content, whatever the name.

    Delete it. Fine in test data of a tool that reads such files.
    """
    head = entry.read(16)
    names = {
        b"PERF": "perf recording, with host name and paths",
        b"FLR\0": "Java Flight Recorder recording, with environment and paths",
        b"gmon": "gprof profile",
        b"# ca": "callgrind profile, with paths",
        b"vers": "callgrind profile, with paths",
        b"desc": "profile of massif or cachegrind, with its command line",
        b'{"dh': "profile of DHAT, with its command line",
        b"memr": "memray recording, with its command line and paths",
    }
    yield Hit(names.get(head[:4], "raw profile of LLVM"))


@rule(
    "debug/pprof",
    severity=Severity.WARNING,
    # A profile's first field: a sample's type and unit, the first two strings of its table.
    magic=(b"\x0a\x04\x08\x01\x10\x02",),
    fold="artifact",
    content=True,
    fix=_FIX,
    source="https://github.com/google/pprof/blob/main/proto/profile.proto",
)
def pprof(entry: Entry) -> Iterator[Hit]:
    """A profile of pprof, as Go and gperftools write it.

    It names functions and the files they stand in, by their full paths on the machine that built
    them, and what was measured when. Told by content, gzipped or not.

    Delete it. Fine where a compiler is to read it (`default.pgo`), and in test data.
    """
    if entry.name.endswith(".pgo"):
        return
    data = entry.read(8 << 20)
    if any(word in data for word in (b"nanoseconds", b"alloc_space", b"contentions", b"samples")):
        yield Hit("profile of pprof, with the paths of its sources")


@rule(
    "debug/cpu-profile",
    severity=Severity.WARNING,
    paths=("*.cpuprofile", "*.heapprofile", "*.heaptimeline", "isolate-*-v8.log"),
    fold="artifact",
    content=True,
    fix=_FIX,
    source="https://nodejs.org/en/learn/getting-started/profiling",
)
def cpu_profile(entry: Entry) -> Iterator[Hit]:
    """A profile of V8: Node.js, Chrome.

    It names functions and the files they stand in, by their full paths on the machine that ran
    them.

    Delete it. Fine in test data of a tool that reads such files.
    """
    head = entry.read(64 << 10).lstrip()
    if head.startswith(b"{") and any(
        key in head for key in (b'"nodes"', b'"head"', b'"callFrame"')
    ):
        yield Hit("profile of V8, with the paths of its scripts")
    elif head.startswith(b"v8-version,"):
        yield Hit("log of V8's profiler")


@rule(
    "debug/python-profile",
    severity=Severity.WARNING,
    paths=("*.prof", "*.pstats", "*.pstat"),
    fold="artifact",
    content=True,
    fix=_FIX,
    source="https://docs.python.org/3/library/profile.html",
)
def python_profile(entry: Entry) -> Iterator[Hit]:
    """A profile of Python's cProfile.

    It names functions and the files they stand in, by their full paths on the machine that ran
    them.

    Delete it. Fine in test data of a tool that reads such files.
    """
    head = entry.read(4096)
    # marshal: a dictionary whose keys are tuples of three: file name, line, function.
    if head[:1] in b"{\xfb" and head[1:3] in (b"\xa9\x03", b")\x03", b"(\x03", b"\xa8\x03"):
        yield Hit("profile of Python code, with the paths of its modules")


_TEMPLATE = lazy_regex(rb"\{%-? *(?:extends|block|if|for|include)\b|<%[=-]? ")


@rule(
    "debug/speedscope",
    severity=Severity.WARNING,
    paths=(
        "*.speedscope.json",
        "trace.json",
        "Trace-*.json",
        "profile.json",
        "Profile-*.json",
        "*.trace",
        "node_trace.*.log",
        "*flame*.svg",
        "*flame*.html",
        "strace*.out",
        "*.strace",
        "strace.out.*",
    ),
    fold="artifact",
    content=True,
    fix=_FIX,
    source="https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU/preview",
)
def speedscope(entry: Entry) -> Iterator[Hit]:
    """A trace: Chrome's trace events, speedscope, a flame graph, what strace writes.

    It names functions, files and often addresses of requests with their parameters; system calls
    show what was read and written.

    Delete it. Fine in test data of a tool that reads such files.
    """
    head = entry.read(8192)
    if b'"traceEvents"' in head or b"speedscope.app/file-format-schema" in head:
        yield Hit("trace of a profiler")
    elif entry.name.endswith((".svg", ".html")):
        if _TEMPLATE.search(head):
            return  # the page of a tool that fills it in
        if re.search(rb"(?i)flame ?graph", head) and re.search(rb"<(?:svg|html)\b", head):
            yield Hit("flame graph of a profiler, with the names of functions and files")
    elif _CALL.match(head):
        yield Hit("recording of strace: every system call, with paths and data")


def rules() -> list[Rule]:
    """The rules of this module."""
    return [profile_data, pprof, cpu_profile, python_profile, speedscope]
