"""Debug information in binaries, whatever their format."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Entry, Hit, Match, Rule, Severity, amount, rule

_FIX = {
    "npm": "Strip native add-ons before `npm pack`: `strip --strip-debug build/Release/*.node` "
    '(macOS: `strip -S`; Go: build with `-ldflags="-s -w"`).',
    "pypi": "Build stripped: `LDFLAGS=-Wl,--strip-debug` for setuptools, `strip = true` under "
    '[tool.maturin], `cmake.build-type = "Release"` under [tool.scikit-build]; or '
    "`auditwheel repair --strip`.",
    "crates": 'Keep built binaries out: `exclude = ["*.so", "*.a"]` in Cargo.toml.',
    "oci": 'Build in one stage, `RUN strip --strip-debug FILE` (Go: `-ldflags="-s -w"`), and copy '
    "the result into the last stage.",
    "any": "`strip --strip-debug FILE`; keep the symbols with `objcopy --only-keep-debug FILE "
    "FILE.debug`.",
}

_SEPARATE = (
    'Keep it on your symbol server and out of the release: "!**/*.debug" and "!**/*.dwo" under '
    '"files" in package.json, `global-exclude *.debug *.dwo` in MANIFEST.in, '
    '`exclude = ["*.debug"]` in Cargo.toml, `**/*.debug` in .dockerignore.'
)
_TYPES = "`objcopy --remove-section=.ctf --remove-section=.BTF FILE`, or build without `-gctf`."
_DSYM = (
    'Keep it on your symbol server and out of the release: "!**/*.dSYM/**" under "files" in '
    'package.json, `exclude = ["*.dSYM"]` in Cargo.toml and under [tool.hatch.build], '
    "`**/*.dSYM` in .dockerignore."
)


def _total(sums: tuple[int, ...]) -> str:
    return f"{amount(sums[0])} in all"


@rule(
    "debug/dwarf",
    severity=Severity.WARNING,
    # A section that every DWARF has: .debug_info, .zdebug_info, .debug_info.dwo, __debug_info;
    # and those of CodeView; and of types alone.
    pattern=r"debug(?:_info|_line|\$[ST])|\.(?:ctf|BTF)\x00",
    once=True,
    fold="artifact",
    lower=True,
    total=_total,
    fix=_FIX,
    source="https://dwarfstd.org/doc/DWARF5.pdf",
    tags=("binary",),
)
def dwarf(entry: Entry, match: Match) -> Iterator[Hit]:
    """A binary with debug information (DWARF).

    Debug information names every function, type, variable and source file, and often is larger
    than the code: wheels have grown from 3 to 50 MB by it. Told by the section headers of ELF,
    Mach-O, PE and WebAssembly, compressed sections too, and by the members of static libraries and
    Rust's `.rlib`. CTF and BTF, which describe types alone, are a note.

    Strip it before you pack, and keep it on your symbol server. Fine for a package whose purpose
    is to be debugged, such as a `-dbg` package.
    """
    head = entry.read(8)
    if head[:4] == b"\x7fELF":
        yield from _elf(entry)
    elif head == b"!<arch>\n":
        yield from _library(entry)
    elif head[:4] == b"\0asm":
        yield from _wasm(entry)
    elif head[:2] == b"MZ":
        yield from _pe(entry)
    elif head[:4] in _MACHO:
        yield from _macho(entry)
    else:
        yield from _coff(entry)


_LITTLE = 256
"""Debug information of less than one part in so many of the file is that of a few routines that
came with the compiler: it tells nothing of the program."""

_MACHO = (
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xca\xfe\xba\xbe",
    b"\xca\xfe\xba\xbf",
)


def _elf(entry: Entry) -> Iterator[Hit]:
    from dunnage_rules.debug.formats.elf import read_elf

    elf = read_elf(entry.open)
    if elf is None:
        return
    if not elf.described:
        if elf.types and elf.kind != "object file":
            form, size = elf.types.name.lstrip("."), elf.types.stored
            what = f"ELF {elf.kind} with the types of its source ({form.upper()}, {amount(size)})"
            yield Hit(what, severity=Severity.NOTE, fix=_TYPES, sums=(size,))
        return
    if elf.separate:
        what = f"a separate file of debug information (DWARF, {amount(elf.debug)})"
        yield Hit(what, fix=_SEPARATE, sums=(elf.debug,))
        return
    total = elf.debug + (elf.tables if elf.kind != "object file" else 0)
    little = elf.debug * _LITTLE < entry.size
    severity = Severity.NOTE if little else None
    yield Hit(_message(f"ELF {elf.kind}", elf.debug, total), severity=severity, sums=(total,))


def _library(entry: Entry) -> Iterator[Hit]:
    from dunnage_rules.debug.formats import ar

    described = count = total = 0
    for member in ar.members(entry.open):
        count += 1
        found = _member(entry, member)
        described += found > 0
        total += found
    if described:
        objects = f"{described} of its {count} members" if count > 1 else "its member"
        yield Hit(_message(f"static library, in {objects},", total, total), sums=(total,))


def _member(entry: Entry, member: object) -> int:
    from io import BytesIO

    from dunnage_rules.debug.formats import ar
    from dunnage_rules.debug.formats.elf import read_elf
    from dunnage_rules.debug.formats.macho import read_macho
    from dunnage_rules.debug.formats.pe import read_coff

    assert isinstance(member, ar.Member)
    data = member.data
    if len(data) < member.size:
        return 0  # what makes an object so large is debug information: its siblings have it, too

    def opener() -> BytesIO:
        return BytesIO(data)

    if data[:4] == b"\x7fELF":
        elf = read_elf(opener)
        return elf.debug if elf is not None and elf.described else 0
    if data[:4] in _MACHO:
        return sum(one.debug for one in read_macho(opener))
    coff = read_coff(opener)
    return coff.debug if coff is not None and coff.described else 0


def _wasm(entry: Entry) -> Iterator[Hit]:
    from dunnage_rules.debug.formats.wasm import read_custom

    customs = read_custom(entry.open) or []
    total = sum(custom.size for custom in customs if custom.name.startswith(".debug_"))
    if total:
        names = sum(custom.size for custom in customs if custom.name == "name")
        fix = (
            "Link with `-s` (wasm-ld --strip-all), or run `wasm-opt --strip-debug` or "
            "`wasm-strip` on it."
        )
        total += names
        yield Hit(_message("WebAssembly module", total - names, total), fix=fix, sums=(total,))


def _pe(entry: Entry) -> Iterator[Hit]:
    from dunnage_rules.debug.formats.pe import read_pe

    pe = read_pe(entry.open)
    if pe is not None and pe.described:
        total = pe.debug + pe.symbols
        yield Hit(_message(pe.kind, pe.debug, total, pe.format), sums=(total,))


def _coff(entry: Entry) -> Iterator[Hit]:
    from dunnage_rules.debug.formats.pe import read_coff

    if entry.name.lower().endswith((".obj", ".o")):
        coff = read_coff(entry.open)
        if coff is not None and coff.described:
            what = _message("COFF object file", coff.debug, coff.debug, coff.format)
            yield Hit(what, sums=(coff.debug,))


def _macho(entry: Entry) -> Iterator[Hit]:
    from dunnage_rules.debug.formats.macho import read_macho

    slices = [one for one in read_macho(entry.open) if one.debug]
    if not slices:
        return
    debug = sum(one.debug for one in slices)
    if slices[0].kind == "dSYM":
        what = f"a dSYM file of debug information (DWARF, {amount(debug)})"
        yield Hit(what, fix=_DSYM, sums=(debug,))
    else:
        total = debug + sum(one.symbols for one in slices)
        yield Hit(_message(f"Mach-O {slices[0].kind}", debug, total), sums=(total,))


def _message(what: str, debug: int, saved: int, form: str = "DWARF") -> str:
    told = f"{what} with debug information ({form}, {amount(debug)})"
    return f"{told}; stripping would save {amount(saved)}"


_MOST_BITCODE = 32 << 20
"""The name of the flag stands among the module's first strings."""


@rule(
    "debug/bitcode",
    severity=Severity.WARNING,
    magic=(b"BC\xc0\xde", b"\xde\xc0\x17\x0b"),
    content=True,
    fold="artifact",
    fix="Keep *.bc out of what is packed; compile what ships without `-emit-llvm` and `-flto`, or "
    "`opt --strip-debug FILE -o FILE`.",
    source="https://llvm.org/docs/BitCodeFormat.html",
    tags=("binary",),
)
def bitcode(entry: Entry) -> Iterator[Hit]:
    """LLVM bitcode with debug information: `clang -emit-llvm -g`, or an object made with `-flto`.

    Bitcode is the program before code was made of it, and its debug information names every
    function, type, variable and source file with the folder it was compiled in.

    Leave it out, or strip it. Bitcode without debug information is not reported.
    """
    if b"Debug Info Version" in entry.read(_MOST_BITCODE):
        yield Hit("LLVM bitcode with debug information")


def rules() -> list[Rule]:
    """The rules of this module."""
    return [dwarf, bitcode]
