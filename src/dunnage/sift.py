"""What a declarative rule makes of its matches: which of them are secrets, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dunnage.codenames import in_content
from dunnage.engine.match.innocent import SEEMING, classes, entropy, innocent
from dunnage.engine.match.words import mixes_cases, reads_as_name
from dunnage.errors import UsageError
from dunnage.lazy import lazy_regex
from dunnage.model import Entry, Hit, Match, Severity
from dunnage.verifier import Verdict, Verifier

_ESCAPE = lazy_regex(rb"u[0-9a-fA-F]{4}")

_DIGEST = lazy_regex(
    rb"(?i)(?:sha-?(?:1|224|256|384|512)|md5|blake2[bs])[=:-]([0-9A-Za-z+/_-]{0,127})\Z"
)
_IN_DIGEST = lazy_regex(rb"[0-9A-Za-z+/_-]{1,127}")
_LONGEST_DIGEST = 140
_DIGEST_LENGTHS = frozenset({22, 27, 32, 38, 40, 43, 56, 64, 86, 96, 128})
"""In base64 without its padding, and in hex: MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512."""

_CLASSES = frozenset({"digit", "upper", "lower", "symbol", "letter"})
_DIGIT = frozenset({"digit"})


def sift(
    table: Mapping[str, Any],
    message: str,
    where: str,
    family: str,
    verifiers: Mapping[str, Verifier],
) -> Callable[[Entry, Match], Iterator[Hit]]:
    """The check of the rule that ``table`` declares. ``where`` names it in errors. Raises
    UsageError for what is not as documented."""
    if "words" in table:
        said = in_content(table["words"], f"{message}:")
        allowed = tuple(_allowances(table.get("allow", []), where))

        def check(entry: Entry, match: Match) -> Iterator[Hit]:
            line = match.line()
            if not any(allow(match.secret, line) for allow in allowed):
                yield from said(entry, match)

        return check
    return _judge(table, message, where, family, verifiers)


def proof(
    table: Mapping[str, Any], verifiers: Mapping[str, Verifier]
) -> Callable[[Match], bool] | None:
    """Whether a verifier is certain of a match. One that is not there is told by
    :func:`sift`."""
    verifier = verifiers.get(table.get("verify", ""))
    if verifier is None:
        return None
    check = verifier.check
    return lambda match: check(match) is Verdict.CERTAIN


def _judge(
    table: Mapping[str, Any],
    message: str,
    where: str,
    family: str,
    verifiers: Mapping[str, Verifier],
) -> Callable[[Entry, Match], Iterator[Hit]]:
    least = float(table.get("entropy", 0.0))
    wanted = frozenset(table.get("require", ()))
    if unknown := wanted - _CLASSES:
        raise UsageError(f"{where}: require does not know {min(unknown)!r}")
    verify = None
    if name := table.get("verify"):
        if name not in verifiers:
            raise UsageError(f"{where}: there is no verifier {name!r}")
        verify = verifiers[name].check
    filtered = bool(table.get("placeholders", True))
    strict = family in ("keyed", "generic")
    allowed = tuple(_allowances(table.get("allow", []), where))

    def check(entry: Entry, match: Match) -> Iterator[Hit]:
        secret = match.secret
        if least and entropy(secret) < least:
            return
        without = wanted - classes(secret) if wanted else None
        if without and not (without == _DIGIT and mixes_cases(secret)):
            return
        line = match.line()
        if any(allow(secret, line) for allow in allowed):
            return
        verdict = verify(match) if verify is not None else Verdict.LIKELY
        if verdict is Verdict.NO:
            return
        if (strict and _is_escape(match)) or _is_digest(match, verdict):
            return
        if family == "token" and verdict is not Verdict.CERTAIN and reads_as_name(secret):
            return
        if filtered and verdict is not Verdict.CERTAIN:
            reason = innocent(secret, b"" if family == "token" else line, strict)
            if reason and (family not in ("token", "keyed") or reason not in SEEMING):
                return
            verdict = Verdict.DOUBTFUL if reason else verdict
        yield Hit(
            message,
            span=match.span,
            secret=secret,
            severity=Severity.NOTE if verdict is Verdict.DOUBTFUL else None,
            certain=verdict is Verdict.CERTAIN,
        )

    return check


def _is_escape(match: Match) -> bool:
    r"""Whether the value is a letter and what follows it, as JSON writes it: ``\u00f6sszek``."""
    start = match.secret_span[0]
    return match.window[max(0, start - 1) : start] == b"\\" and bool(_ESCAPE.match(match.secret))


def _is_digest(match: Match, verdict: Verdict) -> bool:
    """Whether the secret is a part of a digest that says so, as integrity strings, lock files and
    a wheel's RECORD write it: ``sha256=m0-tAF9…``."""
    if verdict is Verdict.CERTAIN:
        return False
    start, end = match.secret_span
    before = _DIGEST.search(match.window[max(0, start - _LONGEST_DIGEST) : start])
    if before is None:
        return False
    behind = _IN_DIGEST.match(match.window, end)
    return len(before[1]) + end - start + (len(behind[0]) if behind else 0) in _DIGEST_LENGTHS


def _allowances(given: Sequence[Any], where: str) -> Iterator[Callable[[bytes, bytes], bool]]:
    for item in given:
        if not isinstance(item, dict) or not item.get("reason"):
            raise UsageError(f"{where}: an allow has value or pattern, and a reason")
        if unknown := set(item) - {"value", "pattern", "reason", "line"}:
            raise UsageError(f"{where}: unknown key {unknown.pop()!r} in allow")
        of_line = bool(item.get("line"))
        if "value" in item:
            yield _equal(item["value"].encode())
        elif "pattern" in item:
            yield _search(item["pattern"], of_line, where)
        else:
            raise UsageError(f"{where}: an allow has value or pattern, and a reason")


def _equal(value: bytes) -> Callable[[bytes, bytes], bool]:
    return lambda secret, _line: secret == value


def _search(pattern: str, of_line: bool, where: str) -> Callable[[bytes, bytes], bool]:
    from dunnage.engine.match.pattern import compile_pattern

    compiled: list[Any] = []

    def allow(secret: bytes, line: bytes) -> bool:
        if not compiled:
            compiled.append(compile_pattern(pattern))
        return compiled[0].search(line if of_line else secret) is not None

    return allow
