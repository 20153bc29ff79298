"""The formats that come with dunnage; a plugin like any other."""

from __future__ import annotations

from collections.abc import Sequence

from dunnage.hookspecs import hookimpl
from dunnage.model import Reporter


@hookimpl
def register_reporters() -> Sequence[Reporter]:
    """Text, JSON and SARIF."""
    from dunnage.report.json import JsonReporter
    from dunnage.report.sarif import SarifReporter
    from dunnage.report.text import TextReporter

    return [TextReporter(), JsonReporter(), SarifReporter()]
