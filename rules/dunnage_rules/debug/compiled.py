"""What compilers of JavaScript put into the programs that they make: the sources."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Entry, Hit, Match, Rule, Severity, rule
from dunnage_rules.debug.formats import bun
from dunnage_rules.debug.sourcemap import Carried, told_of, total, weigh_map


@rule(
    "debug/program-source-map",
    severity=Severity.WARNING,
    pattern=r"\n---- Bun! ----\n",
    once=True,
    content=True,
    fold="artifact",
    fix="Compile without it: `bun build --compile --minify`, and no `--sourcemap`.",
    source="https://bun.com/docs/bundler/executables",
    weigh=weigh_map,
    total=total,
    reweigh=True,
    tags=("source-map", "binary"),
)
def program_source_map(entry: Entry, match: Match) -> Iterator[Hit]:
    """A source map inside a program that `bun build --compile` made.

    With `--sourcemap`, Bun puts the map into the program, compressed, and the sources with it:
    word for word, with their comments, whatever `--minify` does to the code. Bun's documentation
    advises this for production.

    Compile without `--sourcemap`: traces of errors then name places in the bundle. Judged as
    `debug/source-map` is.
    """
    graph = bun.read_graph(entry.open)
    if graph is None:
        return
    yield told_of(
        Carried(
            "source map inside a program of Bun",
            entry.path,
            graph.sources,
            graph.size,
            graph.texts,
            graph.sample,
            (),
        )
    )


def rules() -> list[Rule]:
    """The rules of this module."""
    return [program_source_map]
