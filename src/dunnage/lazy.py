"""Regular expressions that are compiled when they are first needed.

The rules know some 200 of them, of which a run over one small artifact asks a few dozen: compiling
all would be a tenth of its time."""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class _Lazy:
    """Stands for a compiled expression: has its methods and attributes."""

    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source: Any = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        # Called for what is not there yet; `re` keeps what it compiled.
        value = getattr(re.compile(self._source, self._flags), name)
        setattr(self, name, value)
        return value


def lazy_regex(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """The expression ``source``, in the syntax and with the flags of :mod:`re`. It is compiled, and
    raises ``re.error`` where it is none, when it is first used."""
    return cast("re.Pattern[AnyStr]", _Lazy(source, flags))
