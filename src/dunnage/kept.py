"""Files in the cache folder: what only saves time."""

from __future__ import annotations

import contextlib
import os


def write(path: str, data: bytes) -> None:
    """Put ``data`` at ``path``, whole or not at all, for its owner alone. Raises OSError."""
    import tempfile  # here: most runs have nothing to keep, and it takes 3 ms

    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder)
    try:
        with open(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.remove(name)
        raise
