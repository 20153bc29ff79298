from __future__ import annotations

import pytest

from dunnage.cli.cachefolder import cache_folder


@pytest.mark.parametrize(
    ("environment", "platform", "folder"),
    [
        ({"HOME": "/home/a"}, "linux", "/home/a/.cache/dunnage"),
        ({"HOME": "/home/a", "XDG_CACHE_HOME": "/c"}, "linux", "/c/dunnage"),
        ({"HOME": "/home/a", "XDG_CACHE_HOME": "c"}, "linux", None),
        ({"HOME": "/Users/a"}, "darwin", "/Users/a/Library/Caches/dunnage"),
        ({"HOME": "/home/a", "DUNNAGE_CACHE_DIR": "/d"}, "linux", "/d"),
        ({"HOME": "/home/a", "DUNNAGE_CACHE_DIR": ""}, "linux", None),
        ({}, "linux", None),
        ({"HOME": "home"}, "linux", None),
        ({}, "win32", None),
    ],
)
def test_where_the_cache_is(environment, platform, folder):
    assert cache_folder(environment, platform) == folder
