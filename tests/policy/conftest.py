from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dunnage.model import Finding, Severity


@pytest.fixture
def finding() -> Callable[..., Finding]:
    """A maker of findings."""

    def make(
        rule: str = "debug/log-file", path: str | None = "package/a.log", **given: Any
    ) -> Finding:
        given.setdefault("artifact", "dist/x-1.0.tgz")
        given.setdefault("trail", (given["artifact"],))
        given.setdefault("severity", Severity.WARNING)
        given.setdefault("fingerprint", f"{rule}:{path}")
        return Finding(rule=rule, path=path, message="a log file", **given)

    return make
