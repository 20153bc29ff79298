"""What a run is asked to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from dunnage.archives import Limits
from dunnage.model import Severity


class Settings(Struct, frozen=True):
    """``jobs`` is the number of processes, 0 for one a core. ``select`` and ``ignore`` are rule
    ids, groups or globs of them. ``severities`` overrides by id or group. ``words`` are the user's
    own code names. ``options`` go to resolvers and adapters as they are (platform, base,
    insecure_registry, env, seconds). ``own_layers`` leaves out what the base image brought.
    ``cache`` is the folder for the prepared matcher, None for no cache."""

    jobs: int = 0
    limits: Limits = field(default_factory=Limits)
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    words: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    own_layers: bool = False
    show_secrets: bool = False
    cache: str | None = None
