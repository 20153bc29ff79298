"""Placing: hits become findings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace

from dunnage.engine.advice import fix_of
from dunnage.engine.judge import again
from dunnage.engine.owner import PLAIN, Placed
from dunnage.engine.settings import Settings
from dunnage.engine.walked import Walked
from dunnage.lazy import lazy_regex
from dunnage.model import Artifact, Finding, LayerNote, Problem, Severity
from dunnage.rules import Rule
from dunnage.trials import is_trial

_AMOUNT = lazy_regex(
    r"\(\d[^()]*\)|(?<![\w.])\d[\d,]*(?:\.\d+)? (?:[kMG]?B\b|bytes?\b|(?=[A-Za-z]))|s\b"
)
"""What may differ in messages that fold: an amount with its unit or noun, a plural's ending, and
what stands in brackets behind an amount."""

_MANY = 20
"""So many notes of one kind among tests stay apart."""


class _Seat(Struct, frozen=True):
    """A hit with everything that places it. ``text`` is the number of the artifact's text that it
    stands in, None for a file."""

    rule: Rule
    placed: Placed
    trail: tuple[str, ...]
    layer: LayerNote | None
    hidden_by: int | None
    artifact: Artifact
    severity: Severity
    anchor: tuple[str, ...] = ()
    text: int | None = None

    @property
    def position(self) -> tuple[object, ...]:
        placed = self.placed
        # A layer's name is a digest that differs from one form of an image to the other.
        layer = self.layer.index if self.layer else -1
        return (layer, self.trail, placed.path or "", placed.line or 0, placed.column or 0)


def findings(
    name: str, walked: Walked, rules: Mapping[str, Rule], settings: Settings
) -> list[Finding]:
    """The findings of one target, in their fixed order."""
    seats = list(_seats(walked, (name,), None, None, walked.artifact, rules, settings))
    if settings.own_layers:
        seats = [seat for seat in seats if seat.layer is None or not seat.layer.base]
    groups = list(_folded(_one_each(seats)))
    groups.sort(key=lambda pair: _order(pair[0]))
    ordinals: dict[str, int] = {}
    return [_finding(name, seat, places, ordinals) for seat, places in groups]


def problems(name: str, walked: Walked) -> list[Problem]:
    """The problems of one target, in the order in which they were met."""
    return list(dict.fromkeys(_problems(name, walked, (name,))))


def _problems(name: str, walked: Walked, trail: tuple[str, ...]) -> Iterator[Problem]:
    for path, message in walked.problems:
        yield Problem(name, trail, path, message)
    for path, child in walked.children:
        yield from _problems(name, child, (*trail, path))


def _seats(
    walked: Walked,
    trail: tuple[str, ...],
    layer: LayerNote | None,
    hidden: Mapping[str, int] | None,
    package: Artifact,
    rules: Mapping[str, Rule],
    settings: Settings,
    anchor: tuple[str, ...] = (),
    around: frozenset[str] = frozenset(),
    tried: bool = False,
) -> Iterator[_Seat]:
    own = artifact = walked.artifact
    around |= {own.ecosystem}
    if artifact.ecosystem == "archive":
        # An archive without a meaning of its own is a part of what holds it.
        artifact = replace(package, root="") if package is not artifact else artifact
    notes = {
        found.path: LayerNote(found.index, found.digest, found.created_by, found.base, found.images)
        for found in own.layers
    }
    texts = {(text.trail, text.name): i for i, text in reversed(list(enumerate(own.texts)))}
    for placed in _weighed(walked, package, rules):
        rule = rules[placed.rule]
        if rule.ecosystems and not around & set(rule.ecosystems):
            continue
        if rule.not_in and around & set(rule.not_in):
            continue
        if own.kind == "source-map" and not (rule.pattern or rule.content or rule.magic):
            continue  # the sources in it are no files that ship: their names alone say nothing
        severity = _severity(rule, placed, settings, tried)
        inner = placed.hit.trail
        if inner:
            note, by = notes.get(inner[0], layer), own.hidden.get((inner[0], placed.path or ""))
        else:
            note, by = layer, hidden.get(placed.path or "") if hidden else None
        steps = tuple("layer" if step in notes else step for step in inner)
        text = texts.get((inner, placed.path or "")) if texts else None
        place = (*trail, *inner), note, by, artifact, severity, (*anchor, *steps), text
        yield _Seat(rule, placed, *place)
    veils: dict[str, dict[str, int]] = {}
    for (layer_path, path), by in own.hidden.items():
        veils.setdefault(layer_path, {})[path] = by
    for path, child in walked.children:
        inner_hidden = veils.get(path)
        if path not in notes and hidden and path in hidden:
            inner_hidden = dict.fromkeys(child.listing.index, hidden[path])
        yield from _seats(
            child,
            (*trail, path),
            notes.get(path, layer),
            inner_hidden,
            artifact,
            rules,
            settings,
            # A layer's path is its digest, which each build changes: a baseline would not know it.
            (*anchor, "layer" if path in notes else path),
            around,
            tried or is_trial(path),
        )


def _weighed(walked: Walked, package: Artifact, rules: Mapping[str, Rule]) -> Iterator[Placed]:
    """The hits of an archive; those that waited for what holds it, weighed again."""
    for placed in walked.placed:
        if placed.hit.facts is None:
            yield placed
            continue
        hit = again(rules[placed.rule], placed.hit, walked.artifact, package)
        if hit is not None:
            yield replace(placed, hit=hit)


def _severity(rule: Rule, placed: Placed, settings: Settings, tried: bool) -> Severity:
    """How much a hit weighs. ``tried`` tells that it is in an archive that lies among tests: no
    installation opens that, so that its form is nobody's business but the tests'."""
    for name in (rule.id, rule.group):
        if name in settings.severities:
            return settings.severities[name]
    for pattern, level in settings.severities.items():
        if fnmatchcase(rule.id, pattern):
            return level
    severity = placed.hit.severity or rule.severity
    if tried and rule.group == "archive":
        return Severity.NOTE
    if tried and rule.group in ("leftover", "debug", "wheel"):
        return severity.lowered()
    if rule.lower and not placed.hit.certain:
        if placed.documented and rule.rank < PLAIN:
            return Severity.NOTE
        if placed.documented or tried or is_trial(placed.path or ""):
            return severity.lowered() if rule.tried is None else min(severity, rule.tried)
    return severity


def _one_each(seats: Sequence[_Seat]) -> Iterator[tuple[_Seat, int]]:
    """One seat for each secret and layer: that of the rule which knows it best."""
    groups: dict[object, list[_Seat]] = {}
    for seat in _uncovered(seats):
        secret = seat.placed.hit.secret
        # A build argument stands in the line of each layer, and is one secret.
        layer = seat.layer.index if seat.layer and seat.text is None else None
        key: object = id(seat) if secret is None else (hashlib.sha256(secret).digest(), layer)
        groups.setdefault(key, []).append(seat)
    for group in groups.values():
        best = min(group, key=_preference)
        places = len({seat.position for seat in group})
        yield best, max(places, best.placed.hit.count)


def _preference(seat: _Seat) -> tuple[object, ...]:
    """The better known, the heavier, the more telling, the nearer, the more open."""
    placed = seat.placed
    return (
        -seat.rule.rank,
        -seat.severity,
        seat.text is None,
        seat.text or 0,
        len(placed.via),
        seat.hidden_by is not None,
        -len(seat.trail),
        seat.position,
        seat.rule.id,
    )


def _uncovered(seats: Sequence[_Seat]) -> Iterator[_Seat]:
    """Leave out what another rule of a higher rank sees at the same line as a part of its own
    secret, or the other way round: they are the same secret, cut differently."""
    lines: dict[object, list[_Seat]] = {}
    for seat in seats:
        if seat.placed.hit.secret is None or seat.placed.line is None:
            yield seat
        else:
            lines.setdefault((seat.trail, seat.placed.path, seat.placed.line), []).append(seat)
    for group in lines.values():
        if len(group) > 400:
            yield from group
            continue
        group.sort(key=_preference)
        kept: list[_Seat] = []
        for seat in group:
            secret = seat.placed.hit.secret or b""
            for other in kept:
                known = other.placed.hit.secret or b""
                if other.rule is not seat.rule and known != secret and _overlap(known, secret):
                    break
            else:
                kept.append(seat)
        yield from kept


def _overlap(one: bytes, other: bytes) -> bool:
    return one in other or other in one


def _folded(groups: Iterator[tuple[_Seat, int]]) -> Iterator[tuple[_Seat, int]]:
    """One seat an artifact and message, but for its amounts, for the rules that fold and for what
    tests are full of."""
    folds: dict[tuple[str, str, int | None, int], list[tuple[_Seat, int]]] = {}
    for seat, places in groups:
        most = _apart(seat)
        if most is None:
            yield seat, places
            continue
        layer = seat.layer.index if seat.layer else None
        key = (seat.rule.id, _AMOUNT.sub("", seat.placed.hit.message), layer, most)
        folds.setdefault(key, []).append((seat, places))
    for (*_, most), alike in folds.items():
        if len(alike) <= most:
            yield from alike
        else:
            better = min((seat for seat, _ in alike), key=lambda s: (-s.severity, s.position))
            yield _totalled(better, [seat for seat, _ in alike]), sum(p for _, p in alike)


def _totalled(seat: _Seat, alike: Sequence[_Seat]) -> _Seat:
    """A seat that stands for several, saying what they add up to."""
    total, hit = seat.rule.total, seat.placed.hit
    sums = [each.placed.hit.sums for each in alike if each.placed.hit.sums]
    if total is None or len(sums) <= 1:
        return seat
    try:
        words = total(tuple(map(sum, zip(*sums, strict=False))))
    except Exception:  # noqa: BLE001 - a rule is foreign code; the finding stands without
        return seat
    message = f"{hit.message}; {words}" if words else hit.message
    return replace(seat, placed=replace(seat.placed, hit=replace(hit, message=message)))


def _apart(seat: _Seat) -> int | None:
    """How many findings with this one's message stay apart, None if all do. Tests are full of
    values that are taken for secrets by their name alone, and some of hundreds of keys and of
    cookies that were recorded, which are notes there."""
    rule = seat.rule
    if rule.fold == "artifact":
        return 0
    if rule.group != "secret" or rule.rank >= PLAIN or seat.severity is not Severity.NOTE:
        return None
    if not rule.lower or not is_trial(seat.placed.path or ""):
        return None
    return _MANY if rule.rank else 0


def _order(seat: _Seat) -> tuple[object, ...]:
    return (-seat.severity, seat.rule.id, *seat.position, seat.placed.hit.message)


def _finding(name: str, seat: _Seat, places: int, ordinals: dict[str, int]) -> Finding:
    placed, artifact = seat.placed, seat.artifact
    path = placed.path or ""
    stable = [
        seat.rule.id,
        artifact.ecosystem,
        artifact.name,
        *seat.anchor,
        path.removeprefix(artifact.root),
    ]
    known = "\0".join(stable)
    ordinal = ordinals[known] = ordinals.get(known, -1) + 1
    fingerprint = hashlib.sha256(f"{known}\0{ordinal}".encode("utf-8", "surrogateescape"))
    return Finding(
        rule=seat.rule.id,
        severity=seat.severity,
        message=placed.hit.message,
        artifact=name,
        trail=seat.trail,
        path=placed.path,
        line=placed.line if seat.text is None else None,
        column=placed.column if seat.text is None else None,
        layer=seat.layer,
        hidden_by=seat.hidden_by,
        excerpt=placed.excerpt,
        fingerprint=fingerprint.hexdigest()[:32],
        fix=fix_of(seat.rule, placed.hit.fix, path, artifact),
        places=places,
        raw_path=placed.raw_path,
        own=not (seat.layer and seat.layer.base),
        via=placed.via,
    )
