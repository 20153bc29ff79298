"""Instructions as reports may show them: without what looks like a secret, whichever rules run.
(The engine takes out what the rules found in them.)"""

from __future__ import annotations

import re

from dunnage import lazy_regex
from dunnage_oci import keyed
from dunnage_oci.history import Step

_MASK = "****"
_LONGEST = 64 << 10
_DENSE = lazy_regex(r"[A-Za-z0-9_+=-]{24,}")


def masked(step: Step) -> str:
    """The step as one line: the instruction, its build arguments, its command. The engine cuts
    it."""
    args = [f"{name}={_hide(value, keyed.by_name(name, value))}" for name, value in step.args]
    command = mask_text(step.command[:_LONGEST], step.words[:_LONGEST])
    line = " ".join([step.instruction, *args, command]).strip()
    return " ".join(line.split())


def mask_text(text: str, words: str = "") -> str:
    """``text`` with what looks like a secret, by name or by form, taken out; ``words`` is the same
    as a shell would have it."""
    found = [*keyed.in_text(text), *(keyed.in_text(words) if words not in ("", text) else ())]
    for named in sorted(found, key=lambda each: -len(each.value)):
        text = text.replace(named.value, _MASK)
    return _DENSE.sub(lambda found: _dense(found[0]), text)


def _hide(value: str, named: keyed.Named | None) -> str:
    return _MASK if named else mask_text(value[:_LONGEST])


def _dense(run: str) -> str:
    """A run of lower and upper case and digits mixed is no word, path or checksum."""
    mixed = all(re.search(kind, run) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    return run[:4] + _MASK if mixed else run
