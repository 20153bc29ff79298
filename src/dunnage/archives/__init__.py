"""Archives: anything that holds files, opened lazily and read from untrusted bytes."""

from __future__ import annotations

from dunnage.archives.archive import open_archive
from dunnage.archives.directory import open_directory
from dunnage.archives.limits import Budget, Limits
from dunnage.archives.mapfacts import (
    SourceMapFacts,
    is_source_map,
    large_survey,
    source_map_of,
)
from dunnage.archives.picked import read_members
from dunnage.archives.sniff import ends_as_zip, holds_zip, sniff, sniff_named, sniff_tail
from dunnage.archives.sourcemap import open_source_map, read_source_map

__all__ = [
    "Budget",
    "Limits",
    "SourceMapFacts",
    "ends_as_zip",
    "holds_zip",
    "is_source_map",
    "large_survey",
    "open_archive",
    "open_directory",
    "open_source_map",
    "read_members",
    "read_source_map",
    "sniff",
    "sniff_named",
    "sniff_tail",
    "source_map_of",
]
