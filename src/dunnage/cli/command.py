"""What all commands have in common."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand


class Command(TyperCommand):
    """A command whose usage line shows its arguments as they are written."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """``[OPTIONS] TARGET...``, whatever the version of typer: newer ones put braces around."""
        arguments = [one for one in self.params if one.param_type_name == "argument"]
        return [
            *([self.options_metavar] if self.options_metavar else []),
            *(f"{one.metavar}{'...' if one.nargs == -1 else ''}" for one in arguments),
        ]
