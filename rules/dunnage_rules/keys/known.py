"""Keys that are published to be used in tests, by the first half of their fingerprint's digits."""

from __future__ import annotations

from collections.abc import Mapping

KNOWN: Mapping[str, str] = {}
