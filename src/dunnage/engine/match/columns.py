"""Tables of text (RFC 4180, and with semicolons or tabs), whose first line names what stands below:
each row is looked at with the names of its columns."""

from __future__ import annotations

import csv
from collections.abc import Generator, Sequence

from dunnage.engine.match.carrier import FAR, Carrier, Run, each_sign
from dunnage.lazy import lazy_regex

_SECRET = rb"(?i:secret|token|passw(?:or)?d|(?:api|access|private|auth)[ _.\-]?key)"
_CELL = rb"[,;\t]\"?[A-Za-z][0-9A-Za-z _.\-]{0,32}"
_SIGN = _SECRET + rb"\"?(?:" + _CELL + rb"\"?){1,8}\r?\n|" + _CELL + _SECRET + rb"\"?\r?\n"
_KEY = lazy_regex(_SECRET.decode() + r"\Z|(?i:[ _.\-]key)\Z")
_NAME = lazy_regex(r"[A-Za-z][\w .\-]{0,60}")
_VALUE = lazy_regex(r"[!-~]{8,1000}")
_MOST_COLUMNS, _MOST_ROWS = 32, 1000
_LONGEST = 4096
"""Bytes of a row; longer ones are looked at as they lie, and so are those behind the last."""


def _columns(data: bytes, low: int, high: int, done: int, end: int) -> Generator[Run, None, int]:
    start = max(data.rfind(b"\n", max(done, end - FAR), end - 1) + 1, done, low)
    line = data[start:end].decode("utf-8", "replace").strip()
    mark = max(",;\t", key=line.count)
    names = _cells(line, mark)
    if not 2 <= len(names) <= _MOST_COLUMNS or not all(map(_NAME.fullmatch, names)):
        return end
    wanted = [number for number, name in enumerate(names) if _KEY.search(name)]
    at = end
    for _ in range(_MOST_ROWS):
        stop = data.find(b"\n", at, min(high, at + _LONGEST))
        stop = high if stop < 0 else stop
        row = _cells(data[at : min(stop, at + _LONGEST)].decode("utf-8", "replace").strip(), mark)
        if len(row) != len(names):
            break
        said = "\n".join(
            _said(names, row, number) for number in wanted if _VALUE.fullmatch(row[number])
        )
        if said:
            yield at, stop, said.encode()
        at = stop + 1
        if at >= high:
            break
    return min(at, high)


def _cells(line: str, mark: str) -> Sequence[str]:
    try:
        return next(csv.reader([line], delimiter=mark, strict=True), [])
    except csv.Error:
        return ()


def _said(names: Sequence[str], row: Sequence[str], number: int) -> str:
    """A cell as an assignment, behind what its row begins with."""
    first = row[0] if number and _NAME.fullmatch(row[0]) else ""
    return f'{first} {names[number]} = "{row[number]}"'


CARRIERS = (Carrier("columns", _SIGN, each_sign(_columns)),)
