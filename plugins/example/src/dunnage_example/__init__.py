"""Acme's rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import resources

from dunnage import Entry, Hit, Rule, Severity, Verifier, hookimpl, load_rules, rule


@rule(
    "acme/symbol-file",
    on=Entry,
    severity=Severity.ERROR,
    paths=["*.pdb", "*.dSYM/**", "*.sym"],
    fix={
        "npm": 'Leave it out of "files" in package.json.',
        "any": "Leave it out of the package and upload it to symbols.acme.example.",
    },
)
def symbol_file(entry: Entry) -> Iterator[Hit]:
    """Symbol files belong on the symbol server.

    With one in hand, anyone can read our binaries almost like source. The release job uploads
    them; a package never needs them.
    """
    yield Hit(f"a symbol file of {entry.size:,} bytes")


@hookimpl
def register_rules(verifiers: Mapping[str, Verifier]) -> Sequence[Rule]:
    """The rule above and those in rules.toml."""
    text = resources.files(__name__).joinpath("rules.toml").read_text(encoding="utf-8")
    return [symbol_file, *load_rules(text, "dunnage_example/rules.toml", verifiers)]
