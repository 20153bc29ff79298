"""Where package managers and build tools keep what they may fetch again."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from dunnage import lazy_regex


class Cache(Struct, frozen=True):
    """A cache: its places as a regular expression over clean paths, and how to keep it out."""

    what: str
    places: str
    fix: str


_HOME = r"(?:root|home/[^/]+)"


def _emptied(command: str, target: str) -> str:
    return f"End the RUN with `{command}`, or mount it: `RUN --mount=type=cache,target={target} …`."


CACHES: Mapping[str, Cache] = MappingProxyType(
    {
        # apt: apt.conf(5) Dir::State::lists and Dir::Cache
        "apt-lists": Cache(
            "apt's package lists",
            r"var/lib/apt/lists/",
            _emptied("rm -rf /var/lib/apt/lists/*", "/var/lib/apt/lists"),
        ),
        "apt": Cache(
            "apt's cache",
            r"var/cache/apt/",
            _emptied("apt-get clean", "/var/cache/apt"),
        ),
        "apk": Cache(
            "apk's cache",
            r"(?:var/cache|etc)/apk/(?:cache/|APKINDEX|.*\.apk$)",
            "Use `apk add --no-cache`.",
        ),
        "dnf": Cache(
            "dnf's cache",
            r"var/cache/(?:dnf|yum|libdnf5|zypp)/",
            _emptied("dnf clean all", "/var/cache/dnf"),
        ),
        "pacman": Cache(
            "pacman's cache", r"var/cache/pacman/pkg/", _emptied("pacman -Scc", "/var/cache/pacman")
        ),
        "pip": Cache(
            "pip's cache",
            rf"{_HOME}/\.cache/pip/",
            "Use `pip install --no-cache-dir`, "
            "or `RUN --mount=type=cache,target=/root/.cache/pip …`.",
        ),
        "uv": Cache(
            "uv's cache",
            rf"{_HOME}/\.cache/uv/",
            "Use `uv sync --no-cache`, or `RUN --mount=type=cache,target=/root/.cache/uv …`.",
        ),
        "poetry": Cache(
            "Poetry's cache",
            rf"{_HOME}/\.cache/pypoetry/",
            _emptied("rm -rf ~/.cache/pypoetry", "/root/.cache/pypoetry"),
        ),
        "conda": Cache(
            "conda's packages",
            r"(?:opt/(?:mini)?conda3?|opt/miniforge3?|root/miniconda3)/pkgs/",
            _emptied("conda clean -afy", "/opt/conda/pkgs"),
        ),
        "npm": Cache(
            "npm's cache",
            rf"{_HOME}/\.npm/_(?:cacache|logs)/",
            _emptied("npm cache clean --force", "/root/.npm"),
        ),
        "yarn": Cache(
            "Yarn's cache",
            rf"(?:{_HOME}/\.cache/yarn/|usr/local/share/\.cache/yarn/|{_HOME}/\.yarn/berry/cache/)",
            _emptied("yarn cache clean", "/usr/local/share/.cache/yarn"),
        ),
        "pnpm": Cache(
            "pnpm's store",
            rf"{_HOME}/\.local/share/pnpm/store/",
            _emptied("pnpm store prune", "/root/.local/share/pnpm/store"),
        ),
        "go-build": Cache(
            "Go's build cache",
            rf"{_HOME}/\.cache/go-build/",
            _emptied("go clean -cache", "/root/.cache/go-build"),
        ),
        "go-mod": Cache(
            "Go's module cache",
            rf"(?:{_HOME}/go|go)/pkg/mod/(?:cache/)",
            _emptied("go clean -modcache", "/go/pkg/mod"),
        ),
        "cargo": Cache(
            "Cargo's registry",
            rf"(?:{_HOME}/\.cargo|usr/local/cargo)/(?:registry/(?:cache|src|index)|git/db)/",
            _emptied("rm -rf $CARGO_HOME/registry", "/usr/local/cargo/registry"),
        ),
        "maven": Cache(
            "Maven's repository",
            rf"{_HOME}/\.m2/repository/",
            "Build in a stage of its own, or with `RUN --mount=type=cache,target=/root/.m2 …`.",
        ),
        "gradle": Cache(
            "Gradle's cache",
            rf"{_HOME}/\.gradle/(?:caches|wrapper/dists)/",
            "Build in a stage of its own, or with `RUN --mount=type=cache,target=/root/.gradle …`.",
        ),
        "nuget": Cache(
            "NuGet's packages",
            rf"{_HOME}/\.nuget/packages/",
            "Build in a stage of its own and copy what `dotnet publish` made.",
        ),
        "composer": Cache(
            "Composer's cache",
            rf"{_HOME}/\.(?:composer/cache|cache/composer)/",
            _emptied("composer clear-cache", "/root/.composer/cache"),
        ),
        "gem": Cache(
            "RubyGems' cache",
            r"(?:usr/local/bundle|usr/local/lib/ruby/gems/[^/]+|var/lib/gems/[^/]+)/cache/",
            _emptied('rm -rf "$GEM_HOME/cache"', "/usr/local/bundle/cache"),
        ),
        "ccache": Cache(
            "ccache's cache",
            rf"{_HOME}/\.(?:cache/)?s?ccache/",
            _emptied("ccache -C", "/root/.cache/ccache"),
        ),
        "bazel": Cache("Bazel's cache", rf"{_HOME}/\.cache/bazel/", "Build in a stage of its own."),
    }
)

# One look at a path for all of them: the name of the group is that of the cache.
_ALL = lazy_regex(
    "(?:\\./|/)?(?:"
    + "|".join(f"(?P<{name.replace('-', '_')}>{cache.places})" for name, cache in CACHES.items())
    + ")"
)
_FIRST = ("var/", "etc/", "root/", "home/", "opt/", "usr/local/", "go/", "./", "/")


def cache_of(path: str) -> str | None:
    """The name of the cache that ``path`` is in, or None."""
    if not path.startswith(_FIRST):
        return None
    found = _ALL.match(path)
    return found.lastgroup.replace("_", "-") if found and found.lastgroup else None
