"""Left-overs: what development leaves beside the code."""

from __future__ import annotations

from dunnage import Rule


def rules() -> list[Rule]:
    """The rules of this group that need code."""
    from dunnage_rules.leftovers import (
        backups,
        cachetag,
        database,
        debugflag,
        dumps,
        environment,
        gitfolder,
        history,
        installed,
        logfile,
        notebook,
        passworddatabase,
        sourcetree,
        stores,
        terraform,
        traffic,
    )

    modules = (
        backups,
        cachetag,
        database,
        debugflag,
        dumps,
        environment,
        gitfolder,
        history,
        installed,
        passworddatabase,
        logfile,
        notebook,
        sourcetree,
        stores,
        terraform,
        traffic,
    )
    return [found for module in modules for found in module.rules()]
