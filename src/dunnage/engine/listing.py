"""Listing: what targets hold, without judging any of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from dunnage.engine import place
from dunnage.engine.run import Engine, nothing
from dunnage.engine.settings import Settings
from dunnage.engine.targets import resolve
from dunnage.engine.walked import Walked, unread
from dunnage.errors import TargetError
from dunnage.model import Artifact, Facts, LayerNote, Problem
from dunnage.plugins import Plugins


class Member(Struct, frozen=True):
    """One entry. ``trail`` names the containers between the target and it; ``layer`` is the image
    layer that it lies in."""

    trail: tuple[str, ...]
    path: str
    facts: Facts
    layer: LayerNote | None = None


class Contents(Struct, frozen=True):
    """What one target holds. ``files`` and ``bytes`` count what was looked at, nested archives
    included."""

    target: str
    artifact: Artifact
    members: Sequence[Member]
    problems: Sequence[Problem]
    files: int
    bytes: int


def contents(targets: Sequence[str], settings: Settings, plugins: Plugins) -> Iterator[Contents]:
    """What each target holds, one after the other: entries in stored order, those of a nested
    archive after its own. One that is not there or is nothing dunnage knows is a problem beside
    others. Raises TargetError when all are such."""
    engine = Engine(settings, replace(plugins, rules=[]))
    judge: Engine | None = None
    failures: list[tuple[str, str]] = []
    units = list(resolve(targets, settings, plugins.adapters, plugins.resolvers))
    for unit in units:
        try:
            walked, _, _ = engine.walk(unit)
        except TargetError as error:
            failures.append((unit.name, str(error)))
            continue
        if walked.artifact.texts:
            # The lines of layers hold what the rules know for secrets: the one thing to judge.
            judge = judge or Engine(settings, plugins)
            walked.artifact = judge.walker().texts(walked.artifact)
        yield Contents(
            unit.name,
            walked.artifact,
            list(_members(walked, (), None)),
            place.problems(unit.name, walked),
            walked.files,
            walked.bytes,
        )
    if failures and len(failures) == len(units):
        raise nothing(failures)
    for name, said in failures:
        problem = Problem(name, (), None, said.removeprefix(f"{name}: "))
        yield Contents(name, unread().artifact, [], [problem], 0, 0)


def _members(walked: Walked, trail: tuple[str, ...], layer: LayerNote | None) -> Iterator[Member]:
    layers: Mapping[str, LayerNote] = {
        each.path: LayerNote(each.index, each.digest, each.created_by, each.base, each.images)
        for each in walked.artifact.layers
    }
    children: dict[str, list[Walked]] = {}
    for path, child in walked.children:
        children.setdefault(path, []).append(child)
    for path, facts in walked.listing.index.items():
        yield Member(trail, path, facts, layer)
        for child in children.pop(path, ()):
            yield from _members(child, (*trail, path), layers.get(path, layer))
    for path, rest in children.items():  # what is no entry of its own: a part behind the end
        for child in rest:
            yield from _members(child, (*trail, path), layers.get(path, layer))
