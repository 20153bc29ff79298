"""Symbol tables: what is left when debug information is gone."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Entry, Hit, Match, Rule, Severity, rule
from dunnage_rules.debug.formats.heads import is_object, starts

_PACKAGES = ("npm", "pypi", "crates")


@rule(
    "debug/symbol-table",
    severity=Severity.NOTE,
    # The names that GNU ld, gold, mold and lld write one after the other.
    pattern=r"\.symtab\x00(?:\.strtab\x00|\.symtab_shndx\x00|\.shstrtab\x00)",
    once=True,
    fold="artifact",
    ecosystems=_PACKAGES,
    fix={
        "pypi": "`strip --strip-unneeded` on the libraries, `LDFLAGS=-Wl,-s`, or `strip = "
        "true` under [profile.release] for maturin.",
        "any": "`strip --strip-unneeded FILE` if the size matters.",
    },
    source="https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.symtab.html",
    tags=("binary",),
)
def symbol_table(entry: Entry, match: Match) -> Iterator[Hit]:
    """A binary with a symbol table that nothing needs at run time.

    The table names functions and variables that are not exported. It is no debug information, and
    costs some per cent of the size; profilers and crash reports are better for it.

    Strip it if names or size matter. Most projects ship it, which is fine: hence a note. Object
    files and static libraries need theirs and are left out, as are images, whose distributions
    decide for themselves.
    """
    if entry.path.startswith("(xz at "):
        return  # MiniDebugInfo (.gnu_debugdata): what distributions leave in stripped libraries
    # (Go's linker writes the names of these sections first.)
    if b"debug_info\0" in match.window[max(0, match.start - 512) : match.start + 512]:
        return  # debug/dwarf has it
    if starts(entry, b"\x7fELF") and not is_object(entry):
        yield Hit("binaries with a symbol table that is not needed at run time")


@rule(
    "debug/wasm-names",
    severity=Severity.NOTE,
    magic=(b"\0asm",),
    content=True,
    fold="artifact",
    fix="`wasm-opt --strip-debug` or `wasm-strip` takes the names off.",
    source="https://webassembly.github.io/spec/core/appendix/custom.html#name-section",
    tags=("binary",),
)
def wasm_names(entry: Entry) -> Iterator[Hit]:
    """A WebAssembly module with a name section.

    It names the functions and variables of the source. Useful in stack traces; it tells what the
    code is made of.

    Strip it if names or size matter; fine otherwise.
    """
    from dunnage_rules.debug.formats.wasm import read_custom

    customs = read_custom(entry.open) or []
    if any(custom.name.startswith(".debug_") for custom in customs):
        return  # debug/dwarf has it
    if any(custom.name == "name" and custom.size > 16 for custom in customs):
        yield Hit("WebAssembly with the names of its functions (a name section)")


@rule(
    "debug/external-wasm",
    severity=Severity.NOTE,
    magic=(b"\0asm",),
    content=True,
    fix="`wasm-opt --strip-debug FILE -o FILE` takes the address off, or link without "
    "`-gseparate-dwarf`.",
    source="https://yurydelendik.github.io/webassembly-dwarf/#external-DWARF",
    tags=("binary",),
)
def external_wasm(entry: Entry) -> Iterator[Hit]:
    """A WebAssembly module that says where its debug information lies.

    The section `external_debug_info` holds a file name or an address, at times one on the machine
    that built it.

    Strip it with `wasm-opt --strip-debug`. Fine when the address is public on purpose.
    """
    from dunnage_rules.debug.formats.wasm import read_custom, text

    for custom in read_custom(entry.open) or ():
        if custom.name == "external_debug_info":
            yield Hit(f"debug information is said to lie at {text(custom.content)!r}")


@rule(
    "debug/debug-link",
    severity=Severity.NOTE,
    pattern=r"\.gnu_debuglink\x00",
    fold="artifact",
    ecosystems=_PACKAGES,
    fix="Nothing to do, unless the debug file is shipped too: keep that one out.",
    source="https://sourceware.org/gdb/current/onlinedocs/gdb.html/Separate-Debug-Files.html",
    tags=("binary",),
)
def debug_link(entry: Entry, match: Match) -> Iterator[Hit]:
    """A binary that names a separate debug file.

    `.gnu_debuglink` says which file holds its debug information. That is how it should be, as long
    as the file itself stays on your symbol server.

    Worth a look where the debug file ships, too: `debug/dwarf` names that one. Images are left
    out: distributions link every binary.
    """
    around = match.window[max(0, match.start - 512) : match.end + 512]
    # Among the names of sections, and not a string of a program that reads them.
    if b".shstrtab\0" in around and starts(entry, b"\x7fELF"):
        yield Hit("binaries that name a separate debug file (.gnu_debuglink)")


@rule(
    "debug/java-locals",
    severity=Severity.NOTE,
    magic=(b"\xca\xfe\xba\xbe",),
    content=True,
    fold="artifact",
    fix="Compile with `javac -g:source,lines`, or `-g:none`; in Maven "
    "`<debuglevel>source,lines</debuglevel>`.",
    source="https://docs.oracle.com/javase/specs/jvms/se21/html/jvms-4.html#jvms-4.7.13",
    tags=("binary",),
)
def java_locals(entry: Entry) -> Iterator[Hit]:
    """Java classes with tables of local variables.

    They are there when classes were compiled with `-g`, which Maven and Gradle do by default: a
    decompiler gives back the code with its variables' names.

    Usual for open source; a note, so that owners of closed code see it.
    """
    from dunnage_rules.debug.formats.javaclass import names

    if names(entry.read(1 << 20), b"LocalVariableTable"):
        yield Hit("Java classes with the names of local variables (LocalVariableTable)")


def rules() -> list[Rule]:
    """The rules of this module."""
    return [symbol_table, wasm_names, external_wasm, debug_link, java_locals]
