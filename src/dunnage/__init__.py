"""dunnage lints what you ship. This is the public API: all that a plugin may import."""

from __future__ import annotations

from msgspec.structs import replace

from dunnage.allowance import allowed
from dunnage.amounts import amount, counted
from dunnage.archives import is_source_map, open_source_map, read_members, source_map_of
from dunnage.archives.magics import is_code
from dunnage.declared import load_rules
from dunnage.derived import derived
from dunnage.documents import Documents
from dunnage.engine.match.innocent import classes, entropy, innocent
from dunnage.errors import (
    ArchiveError,
    DunnageError,
    ExitCode,
    LimitError,
    NotRereadable,
    PluginError,
    TargetError,
    UsageError,
)
from dunnage.hookspecs import hookimpl
from dunnage.lazy import lazy_regex
from dunnage.model import (
    Adapter,
    Archive,
    Artifact,
    Change,
    Entry,
    Facts,
    Finding,
    Flaw,
    Hit,
    Kind,
    Layer,
    Listing,
    Match,
    MemorySource,
    Oddity,
    Problem,
    Reporter,
    Resolver,
    Run,
    Severity,
    Source,
    Span,
    Subject,
    Summary,
    Target,
    Text,
)
from dunnage.rules import Example, Rule, rule
from dunnage.sources import FileSource, StreamSource
from dunnage.templates import render
from dunnage.trials import is_trial
from dunnage.verifier import Verdict, Verifier
from dunnage.version import __version__

__all__ = [
    "Adapter",
    "Archive",
    "ArchiveError",
    "Artifact",
    "Change",
    "Documents",
    "DunnageError",
    "Entry",
    "Example",
    "ExitCode",
    "Facts",
    "FileSource",
    "Finding",
    "Flaw",
    "Hit",
    "Kind",
    "Layer",
    "LimitError",
    "Listing",
    "Match",
    "MemorySource",
    "NotRereadable",
    "Oddity",
    "PluginError",
    "Problem",
    "Reporter",
    "Resolver",
    "Rule",
    "Run",
    "Severity",
    "Source",
    "Span",
    "StreamSource",
    "Subject",
    "Summary",
    "Target",
    "TargetError",
    "Text",
    "UsageError",
    "Verdict",
    "Verifier",
    "__version__",
    "allowed",
    "amount",
    "classes",
    "counted",
    "derived",
    "entropy",
    "hookimpl",
    "innocent",
    "is_code",
    "is_source_map",
    "is_trial",
    "lazy_regex",
    "load_rules",
    "open_source_map",
    "read_members",
    "render",
    "replace",
    "rule",
    "source_map_of",
]
