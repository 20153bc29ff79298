"""Patterns: RE2 over bytes, which takes linear time whatever the pattern and the input."""

from __future__ import annotations

from typing import Any

import re2

from dunnage.errors import UsageError

MEMORY = (256 << 10, 1 << 20)
"""Bytes that a pattern may take with the states that RE2 keeps of it: a thousand patterns add up.
Few need the second."""


def compile_pattern(pattern: str) -> Any:
    """An RE2 pattern over bytes. Raises UsageError where RE2 refuses it."""
    try:
        try:
            return _compiled(pattern, MEMORY[0])
        except re2.error:
            return _compiled(pattern, MEMORY[1])
    except re2.error as error:
        reason = error.args[0] if error.args else error
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise UsageError(f"pattern {pattern!r}: {text}") from None


def _compiled(pattern: str, memory: int) -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.max_mem = memory
    return re2.compile(pattern.encode("utf-8"), options)
