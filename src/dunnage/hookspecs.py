"""What a plugin may implement. Every hook registers at start-up; none is called while dunnage
works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pluggy

from dunnage.documents import Documents
from dunnage.model import Adapter, Reporter, Resolver
from dunnage.rules import Rule
from dunnage.verifier import Verifier

# The bodies of specifications are empty, whatever they return: pluggy never calls them.
hookspec = pluggy.HookspecMarker("dunnage")
hookimpl = pluggy.HookimplMarker("dunnage")


@hookspec
def register_verifiers() -> Sequence[Verifier]:  # type: ignore[empty-body]
    """Named checks that declarative rules may ask for with ``verify``."""


@hookspec
def register_rules(  # type: ignore[empty-body]
    verifiers: Mapping[str, Verifier], documents: Documents
) -> Sequence[Rule]:
    """Rules. ``verifiers`` are all that are registered and ``documents`` what was parsed before,
    both for ``load_rules``; leave out what is not needed."""


@hookspec
def register_adapters(options: Mapping[str, Any]) -> Sequence[Adapter]:  # type: ignore[empty-body]
    """Adapters: what gives archives of an ecosystem their meaning."""


@hookspec
def register_resolvers() -> Sequence[Resolver]:  # type: ignore[empty-body]
    """Resolvers: what turns a target that is no local path into bytes."""


@hookspec
def register_reporters() -> Sequence[Reporter]:  # type: ignore[empty-body]
    """Output formats for ``--format``."""
