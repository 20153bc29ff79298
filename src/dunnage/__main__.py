"""``python -m dunnage`` is the command ``dunnage``."""

from __future__ import annotations

import sys

from dunnage.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
