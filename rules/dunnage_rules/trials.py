"""Files that try something out: tests, examples, documentation."""

from __future__ import annotations

import re

_TRIAL = re.compile(
    r"(?i)(?:\A|/)(?:tests?|__tests__|testing|specs?|fixtures?|testdata|examples?|samples?|docs?|demos?|"
    r"mocks?|e2e|bench(?:marks?)?)/|(?:\A|/)(?:tests?(?:[_-][^/]*)?|conftest)\.py\Z|[._-](?:test|spec)s?\.[a-z]+\Z"
)


def is_trial(path: str) -> bool:
    """Whether a path is that of a test, an example or documentation, whose addresses and names are
    made up."""
    return _TRIAL.search(path) is not None
