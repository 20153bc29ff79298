"""Options that several commands have, as annotated types."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

Plugin = Annotated[
    list[Path] | None,
    typer.Option(
        "--plugin", metavar="FILE", help="Load a plugin from a Python file. May be repeated."
    ),
]
RuleFile = Annotated[
    list[Path] | None,
    typer.Option(
        "--rules",
        metavar="FILE",
        help="Add the rules of a TOML file (dunnage's or gitleaks' format). May be repeated.",
    ),
]
NoPlugin = Annotated[
    list[str] | None,
    typer.Option("--no-plugin", metavar="NAME", help="Leave out a plugin. May be repeated."),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Read this configuration, not the one of the working folder (dunnage.toml, or the "
        "dunnage table of pyproject.toml, package.json or Cargo.toml).",
    ),
]
InsecureRegistry = Annotated[
    list[str] | None,
    typer.Option(
        "--insecure-registry",
        metavar="HOST[:PORT]",
        help="Speak plain HTTP to this registry. May be repeated.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def split(given: Iterable[str] | None) -> list[str]:
    """The values of an option that may be repeated, and hold several with commas between."""
    return [part.strip() for text in given or () for part in text.split(",") if part.strip()]
