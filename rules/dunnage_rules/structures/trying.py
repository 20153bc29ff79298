"""Places where keys are made for trying something out: tests, examples, documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from dunnage import Entry, Hit, Match, Rule, Severity, is_trial, lazy_regex, replace

_TRYING = lazy_regex(
    r"""(?:\A|/)(?:
        unit|integration|documentation|tutorials?
      | [a-z]{2,12}(?<!la)(?<!at)(?<!de)(?<!con)(?<!pro)(?<!fas)(?<!grea)tests?
      | tests?(?:keys?|certs?|certificates?|pki|ca|ssl|tls)
      | (?:dummy|fake|mock)[_-]?\w{0,12}
      | [a-z0-9_]{1,24}_testing(?:_[a-z]{1,12})?
    )/ | (?:\A|[/._-])(?:examples?|samples?|dummy|fixtures?|mock|snakeoil)[._-][^/]*\Z
    | (?:\A|(?<!\.github/workflows)/)[^/]*_test\.\w+\Z | _TemporaryKey\.pfx\Z
    | (?:\A|/)(?:[^/]+\.dist-info/METADATA|PKG-INFO|README(?:\.\w{2,12})?)(?:\.gz)?\Z
    | \.(?:md|mdx|markdown|rst|adoc|asciidoc)(?:\.gz)?\Z""",
    re.IGNORECASE | re.VERBOSE,
)
"""Where keys are tried out, besides where everything is."""


_MANUAL = lazy_regex(
    r"(?:\A|/)(?:docs?|documentation|man(?:\d\w{0,4})?)/(?:.*/)?[^/]+"
    r"\.(?:mdx?|markdown|rst|adoc|asciidoc|ronn|pod|texi|txt|html?|\d\w{0,4})(?:\.gz)?\Z",
    re.IGNORECASE,
)
"""Pages of a manual."""


def noted_where_tried(rule: Rule) -> Rule:
    """The same rule, whose hits are notes where keys are tried out."""
    check = rule.check

    def judged(entry: Entry, match: Match) -> Iterator[Hit]:
        tried = is_trying(entry.path)
        for hit in check(entry, match):
            yield replace(hit, severity=Severity.NOTE) if tried and not hit.certain else hit

    return replace(rule, check=judged, tried=Severity.NOTE)


@lru_cache(maxsize=64)
def is_manual(path: str) -> bool:
    """Whether a file is a page of a manual, which shows what a URL looks like.

    >>> is_manual("package/docs/concepts/ORM.md"), is_manual("usr/share/man/man1/a.1.gz")
    (True, True)
    >>> is_manual("README.md"), is_manual("docs/conf.py"), is_manual("tests/urls.txt")
    (False, False, False)
    """
    return _MANUAL.search(path) is not None


def is_tried(entry: Entry, match: Match) -> bool:
    """Whether a key was most likely made for a test or a document, by the path of its file or, in a
    patch, of the file that is patched."""
    if is_trying(entry.path):
        return True
    if not entry.name.endswith((".patch", ".diff")) or entry.data is None:
        return False
    low = entry.data.rfind(b"\n+++ ", 0, match.offset + match.start)
    line = entry.data[low + 1 : low + 1000].partition(b"\n")[0] if low >= 0 else b""
    return is_trying(line[4:].partition(b"\t")[0].strip().decode("utf-8", "replace"))


@lru_cache(maxsize=64)
def is_trying(path: str) -> bool:
    """Whether a key at ``path`` was most likely made for a test or a document. Visual Studio calls
    the key with which it signs while one develops ``NAME_TemporaryKey.pfx``.

    >>> is_trying("pkg/tests/keys/server.key"), is_trying("pkg/server.key")
    (True, False)
    >>> is_trying("src/rsa/example_private_key.der"), is_trying("src/example/key.der")
    (True, True)
    >>> is_trying("pkg/tests.py"), is_trying("pkg/test-key.pem"), is_trying("pkg/latest.pem")
    (True, True, False)
    >>> is_trying("e2e_tests/host_key"), is_trying("test-data/host_key"), is_trying("contest/key")
    (True, True, False)
    >>> is_trying("dummyserver/certs/server.key"), is_trying(".github/workflows/tests.yml")
    (True, False)
    >>> is_trying("lib/slapdtest/client.key"), is_trying("roles/a/molecule/default/prepare.yml")
    (True, True)
    >>> is_trying("com/acme/dev/testkey/private"), is_trying("com/acme/latestkey/private")
    (True, False)
    >>> is_trying("acme-1.0.dist-info/METADATA"), is_trying("acme-1.0/PKG-INFO")
    (True, True)
    >>> is_trying("data/contest/server.key"), is_trying("v/latest/server.key")
    (False, False)
    """
    return is_trial(path) or _TRYING.search(path) is not None
