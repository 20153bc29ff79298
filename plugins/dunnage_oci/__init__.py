"""The plugin for container images: the adapter, the resolvers and the rules of the group
``image/``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dunnage import Adapter, Resolver, Rule, hookimpl
from dunnage_oci import config_rules, credentials, layer_rules
from dunnage_oci.adapter import OciAdapter
from dunnage_oci.resolvers import all_resolvers


@hookimpl
def register_adapters(options: Mapping[str, Any]) -> Sequence[Adapter]:
    """Images and single layers."""
    return [OciAdapter(options)]


@hookimpl
def register_rules() -> Sequence[Rule]:
    """The rules of the group ``image/``."""
    return [*config_rules.RULES, *layer_rules.RULES, *credentials.RULES]


@hookimpl
def register_resolvers() -> Sequence[Resolver]:
    """Image references, in the syntax of containers-transports(5)."""
    return all_resolvers()
