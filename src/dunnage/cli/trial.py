"""Trying the rules of a file: their own examples, and what they cost."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from dunnage import templates
from dunnage.engine.match.pattern import compile_pattern
from dunnage.errors import DunnageError
from dunnage.gitleaks import TAG
from dunnage.plugins import Plugins
from dunnage.rules import Example, Rule
from dunnage.testing import lint, tar_archive

SLOW = 40.0
"""Milliseconds that one rule may take for a megabyte. All of ours together take less than 10."""

_MEGABYTES = 2
_SPARSE = 10  # lines between keywords: about one in a kilobyte
_WORDS = (
    *("const", "return", "function", "value", "key", "token", "secret", "password", "config"),
    *("import", "export", "default", "true", "false", "null", "this.state", "props", "index"),
    *("length", "string", "number", "data", "user", "name", "type", "path", "module", "require"),
)


class Trial(Struct, frozen=True):
    """What came of trying a rule. ``milliseconds`` are for a megabyte of what looks like code and
    holds the rule's keywords; ``wrong`` says what is not as it should be, a line
    each."""

    rule: str
    examples: int
    milliseconds: float
    wrong: Sequence[str]

    @property
    def cost(self) -> str:
        """The cost in words."""
        return f"{self.milliseconds:.1f} ms/MB"

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong


def try_rules(rules: Sequence[Rule], plugins: Plugins) -> list[Trial]:
    """Try each rule by the real engine. A rule that cannot run at all is wrong, not an error."""
    plain = _seconds(None, _sample(None), plugins)
    trials = []
    for rule in rules:
        wrong = [
            *_tried(rule, "match", rule.match, plugins),
            *_tried(rule, "miss", rule.miss, plugins),
        ]
        if rule.pattern is not None and not rule.match and TAG not in rule.tags:
            wrong.append(f"{rule.id}: has no example that it must match")
        seconds = _seconds(rule, _sample(rule), plugins) - plain
        milliseconds = max(seconds, 0.0) * 1000 / _MEGABYTES
        if milliseconds > SLOW:
            wrong.append(
                f"{rule.id}: takes {milliseconds:.0f} ms for a megabyte, more than {SLOW:.0f}: "
                "begin the pattern with three fixed characters, or give it keywords"
            )
        trials.append(Trial(rule.id, len(rule.match) + len(rule.miss), milliseconds, wrong))
    return trials


def _tried(rule: Rule, kind: str, examples: Sequence[Example], plugins: Plugins) -> list[str]:
    makers = {name: each.make for name, each in plugins.verifiers.items() if each.make}
    wrong = []
    for number, example in enumerate(examples, 1):
        where = f"{rule.id}: {kind} {number}"
        try:
            text = templates.render(example.template, f"{rule.id} {kind} {number - 1}", makers)
            run = lint(tar_archive({example.path or "example.txt": text}), [rule], plugins=plugins)
        except DunnageError as error:
            wrong.append(f"{where}: {error}")
            continue
        wrong += [f"{where}: {problem.message}" for problem in run.problems]
        if bool(run.findings) is not (kind == "match"):
            said = "matched, and must not" if run.findings else "did not match"
            hint = ""
            if rule.pattern is None and example.path is None:
                hint = '; a rule on paths has examples such as { path = "a.pdb", text = "" }'
            wrong.append(f"{where}: {said}: {example.template!r}{hint}")
    return wrong


def _seconds(rule: Rule | None, sample: bytes, plugins: Plugins) -> float:
    rules = [] if rule is None else [replace(rule, paths=())]
    artifact = tar_archive({"sample.js": sample})
    times = []
    for _ in range(3):
        started = time.process_time()  # not the clock: the machine may be busy with other things
        lint(artifact, rules, plugins=plugins)
        times.append(time.process_time() - started)
    return min(times)


def _around(rule: Rule) -> list[str]:
    """The keywords that stand beside what the rule matches. What matches by itself would measure
    the making of findings."""
    if rule.pattern is None:
        return []
    pattern = compile_pattern(rule.pattern)
    return [word for word in rule.keywords if pattern.search(word.encode()) is None]


def _sample(rule: Rule | None) -> bytes:
    """Lines that look like code, the same for the same rule. A keyword stands in each tenth
    line."""
    source = random.Random("dunnage")  # noqa: S311 - a sample, no secret
    keywords = _around(rule) if rule is not None else []
    lines: list[str] = []
    size = 0
    while size < _MEGABYTES * 1_000_000:
        words = source.choices(_WORDS, k=8)
        if keywords and len(lines) % _SPARSE == 0:
            words[4] = source.choice(keywords)
        number = source.randrange(1 << 64)
        lines.append(f'{words[0]} {words[1]}_{words[4]} = "{number:x}"; // {" ".join(words)}\n')
        size += len(lines[-1])
    return "".join(lines).encode("utf-8", "replace")
