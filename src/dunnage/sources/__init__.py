"""Where untrusted bytes come from."""

from __future__ import annotations

from dunnage.sources.file import FileSource, SliceSource
from dunnage.sources.stream import StreamSource

__all__ = ["FileSource", "SliceSource", "StreamSource"]
