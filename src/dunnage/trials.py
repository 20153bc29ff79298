"""Files that try something out: tests, examples, documentation."""

from __future__ import annotations

import re
from functools import lru_cache

from dunnage.lazy import lazy_regex

_TRIAL = lazy_regex(
    r"""(?:\A|/)(?:t|(?:[a-z0-9]+[_-]){0,3}tests?(?:data|files|suite|(?:[_-][a-z0-9]+){1,3})?|__tests__|testing|specs?
        |fixtures?|__fixtures__|examples?|samples?|docs?|demos?|mocks?|__mocks__|e2e|molecule|regress
        |test-?vectors|[a-z0-9]+[_-](?:[a-z0-9]+[_-])?vectors|bench(?:marks?)?|man(?:\d\w{0,4})?)/
    | (?:\A|(?<!\.github/workflows)/)(?:test(?:s|ing)?(?:[_-][^/]*)?|conftest)\.\w+\Z
    | [._-](?:test|spec)s?\.[a-z]+\Z
    | (?-i:[a-z0-9](?:Test(?:s|Case|Utils?|Data)?|Spec|IT)\.(?:java|kt|scala|groovy|cs
        |vb|fs|swift|php|mm?|cc|cpp|cxx|hs|dart|class)\Z)""",
    re.IGNORECASE | re.VERBOSE,
)


@lru_cache(maxsize=64)  # asked for each match, and a path may have 64 KiB
def is_trial(path: str) -> bool:
    """Whether a path, with ``/`` between its components, is that of a test, an example or
    documentation, whose keys, addresses and names are mostly made up.

    >>> is_trial("pkg/tests/keys.py"), is_trial("pkg/test_keys.py"), is_trial("pkg/keys.spec.ts")
    (True, True, True)
    >>> is_trial("src/SessionTest.java"), is_trial("src/Latest.java"), is_trial("src/SPLIT.java")
    (True, False, False)
    >>> is_trial("hash_vectors/rsa/ca.der"), is_trial("testvectors/a"), is_trial("vectors/logo.svg")
    (True, True, False)
    >>> is_trial("test-ca/rsa/ca.key"), is_trial("latest-ca/ca.key"), is_trial("testimony/ca.key")
    (True, False, False)
    >>> is_trial("pkg/contest/keys.py"), is_trial(".github/workflows/tests.yml")
    (False, False)
    >>> is_trial("pkg/testing.cfg"), is_trial("pkg/attesting.cfg")
    (True, False)
    """
    return _TRIAL.search(path) is not None
