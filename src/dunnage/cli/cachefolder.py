"""Where what only saves time is kept."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

SETTING = "DUNNAGE_CACHE_DIR"


def cache_folder(environment: Mapping[str, str], platform: str = sys.platform) -> str | None:
    """The folder for dunnage's cache: DUNNAGE_CACHE_DIR, or the one of the user's for such things
    (XDG base directory specification; Library/Caches; LOCALAPPDATA). None when there is none or
    DUNNAGE_CACHE_DIR is empty. It may not exist."""
    if SETTING in environment:
        return environment[SETTING] or None
    if platform == "win32":
        base = environment.get("LOCALAPPDATA", "")
    elif platform == "darwin":
        base = _of_home(environment, "Library/Caches")
    else:
        base = environment.get("XDG_CACHE_HOME", "") or _of_home(environment, ".cache")
    # A relative one would be a folder of the project, or of a stranger.
    return os.path.join(base, "dunnage") if os.path.isabs(base) else None


def _of_home(environment: Mapping[str, str], name: str) -> str:
    home = environment.get("HOME", "")
    return os.path.join(home, name) if home else ""
