"""What Terraform knows of an infrastructure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dunnage import Entry, Hit, Rule, Severity, counted, rule

_FIX = (
    "Keep state in a remote backend, and plans out of the build: add `*.tfstate*` and `*tfplan*` "
    "to .gitignore, .npmignore and .dockerignore. Change the secrets in it."
)


@rule(
    "leftover/terraform-state",
    severity=Severity.ERROR,
    # A plan that was saved is a zip with the state it was made from.
    paths=("*.tfstate", "*.tfstate.backup", "tfstate", "*plan*.json"),
    content=True,
    lower=True,
    fix=_FIX,
    source="https://developer.hashicorp.com/terraform/language/state/sensitive-data",
)
def terraform_state(entry: Entry) -> Iterator[Hit]:
    """A Terraform state file or plan with resources in it.

    State, and a plan (`terraform plan -out`, `terraform show -json`), hold every attribute of every
    resource in plain text: passwords of databases, private keys, addresses.

    Take it out and change the secrets in it. An empty state is not reported; one level lower in
    test folders.
    """
    try:
        state = json.loads(entry.read(64 << 20))
    except (ValueError, RecursionError):
        return
    if not isinstance(state, dict) or "terraform_version" not in state:
        return
    changes = state.get("resource_changes")
    if changes and "planned_values" in state:
        what = f"the plan of an infrastructure: {counted(len(changes), 'resource')}"
        yield Hit(f"{what}, secrets in plain text")
        return
    resources = state.get("resources") or [
        found
        for module in state.get("modules") or ()
        if isinstance(module, dict)
        for found in module.get("resources") or ()
    ]
    outputs = state.get("outputs") or {}
    if resources or outputs:
        yield Hit(
            f"the state of an infrastructure: {counted(len(resources), 'resource')}, "
            f"{counted(len(outputs), 'output')}, secrets in plain text"
        )


def rules() -> list[Rule]:
    """The rules of this module."""
    return [terraform_state]
