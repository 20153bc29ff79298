"""Image references: what people type after ``docker pull`` or ``skopeo copy``.

The grammar is that of the distribution project's ``reference`` package; the transports are those of
containers-transports(5).
"""

from __future__ import annotations

from msgspec import Struct

from dunnage import TargetError, lazy_regex

DEFAULT_HOST = "docker.io"

_DOMAIN = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?"
_PATH = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_REFERENCE = lazy_regex(
    rf"(?P<name>(?:{_DOMAIN}/)?{_PATH}(?:/{_PATH})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,128}))?"
)
_LONGEST_NAME = 255

DIGEST = lazy_regex(r"(?P<algorithm>sha256|sha384|sha512):(?P<hex>[0-9a-f]{64,128})\Z")
_HEX_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}


def is_digest(text: object) -> bool:
    """Whether ``text`` is a digest of a registered algorithm (OCI image-spec 1.1,
    descriptor.md)."""
    found = DIGEST.match(text) if isinstance(text, str) else None
    return found is not None and len(found["hex"]) == _HEX_LENGTHS[found["algorithm"]]


class Reference(Struct, frozen=True):
    """An image by name. ``host`` is the registry, ``repository`` the path on it; at least one
    of ``tag`` and ``digest`` is set after :func:`parse`."""

    host: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @property
    def wanted(self) -> str:
        """What to ask a registry for: the digest if there is one, else the tag."""
        return self.digest or self.tag or "latest"

    @property
    def familiar(self) -> str:
        """The short form that ``docker images`` shows: no ``docker.io/library/``."""
        name = f"{self.host}/{self.repository}"
        name = name.removeprefix(f"{DEFAULT_HOST}/").removeprefix("library/")
        return self._with_suffix(name)

    def __str__(self) -> str:
        return self._with_suffix(f"{self.host}/{self.repository}")

    def _with_suffix(self, name: str) -> str:
        tag = f":{self.tag}" if self.tag and not (self.digest and self.tag == "latest") else ""
        return name + tag + (f"@{self.digest}" if self.digest else "")


def parse(text: str) -> Reference:
    """Read a reference. What is left out is filled in as Docker does: host ``docker.io``,
    namespace ``library``, tag ``latest``.

    Raises TargetError, which says what is wrong with it.

    >>> parse("nginx").familiar
    'nginx:latest'
    >>> str(parse("localhost:5000/a/b:1"))
    'localhost:5000/a/b:1'
    """
    found = _REFERENCE.fullmatch(text)
    if not found:
        hint = " (names are in lower case)" if _REFERENCE.fullmatch(text.lower()) else ""
        raise TargetError(f"{text!r} is not an image reference{hint}")
    host, repository = _split(found["name"])
    if len(found["name"]) > _LONGEST_NAME:
        raise TargetError(f"image reference of {len(found['name'])} characters; 255 are allowed")
    if found["digest"] and not is_digest(found["digest"]):
        raise TargetError(f"{text!r}: the digest is not one of sha256, sha384 or sha512")
    tag = found["tag"] or (None if found["digest"] else "latest")
    return Reference(host, repository, tag, found["digest"])


def is_explicit(text: str) -> bool:
    """Whether ``text`` is a reference with a tag or digest of its own, so that it can hardly be
    a misspelt path."""
    found = _REFERENCE.fullmatch(text)
    return bool(found and (found["tag"] or found["digest"]))


_ID = lazy_regex(r"[0-9a-f]{12,64}")
# What a file would be called, so that a misspelt one is not asked of an engine.
_FILE = lazy_regex(
    r".*\.(?:tar|tgz|gz|bz2|xz|zst|zip|whl|crate|jar|war|vsix|nupkg|gem|deb|rpm|apk|img|iso|toml|json)"
)


def is_possible(text: str) -> bool:
    """Whether ``text`` could be an image by its name alone (``app``, ``acme/app``) or by its id,
    as it could be a path."""
    return _REFERENCE.fullmatch(text) is not None and not _FILE.fullmatch(text)


def is_id(text: str) -> bool:
    """Whether ``text`` may be an image's id, as ``docker images`` shows it."""
    return _ID.fullmatch(text) is not None


def _split(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    # Docker's own test: a first component is a host if it could not be a user's name there.
    is_host = bool(slash) and (
        "." in first or ":" in first or first == "localhost" or first.lower() != first
    )
    if not is_host:
        return DEFAULT_HOST, name if slash else f"library/{name}"
    if first in ("index.docker.io", "registry-1.docker.io"):
        first = DEFAULT_HOST
    if first == DEFAULT_HOST and "/" not in rest:
        rest = f"library/{rest}"
    return first, rest
