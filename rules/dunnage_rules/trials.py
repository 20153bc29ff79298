"""Files that try something out: tests, examples, documentation."""

from __future__ import annotations

import re

from dunnage import lazy_regex

_TRIAL = lazy_regex(
    r"""(?:\A|/)(?:(?:[a-z0-9]+[_-])?tests?(?:[_-]?data)?|__tests__|testing|specs?|fixtures?|demos?
        |examples?|samples?|docs?|mocks?|e2e|bench(?:marks?)?)/
    | (?:\A|/)(?:tests?(?:[_-][^/]*)?|conftest)\.py\Z | [._-](?:test|spec)s?\.[a-z]+\Z""",
    re.IGNORECASE | re.VERBOSE,
)


def is_trial(path: str) -> bool:
    """Whether a path is that of a test, an example or documentation, whose addresses and names are
    made up."""
    return _TRIAL.search(path) is not None
