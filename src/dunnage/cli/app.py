"""The commands, put together. What only one of them needs, it imports when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from dunnage.cli import check, explain, ls, plugins, rules
from dunnage.cli.command import Command
from dunnage.version import __version__

app = typer.Typer(
    name="dunnage",
    help="""Lint what you ship: the npm tarball, wheel, sdist, crate or container image itself.

    \b
    Examples:
      dunnage check dist/               every artifact in it, before `npm publish`
      dunnage check myapp:latest        an image, before `docker push`
      docker save app | dunnage check -
      dunnage ls dist/x-1.0.tgz         what is in the box
      dunnage explain debug/source-map  why a finding matters, and what to do

    Exit codes: 0 clean, 1 findings, 2 wrong usage, 3 something could not be looked at.
    """,
    no_args_is_help=True,
    rich_markup_mode=None,  # rich takes 60 ms to import
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dunnage {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of every command; the help is the application's."""


app.command("check", cls=check.Ordered)(check.check)
app.command("ls", cls=Command)(ls.ls)
app.add_typer(rules.app, name="rules")
app.command("explain", cls=Command)(explain.explain)
app.command("plugins", cls=Command)(plugins.plugins)
