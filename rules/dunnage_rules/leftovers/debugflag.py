"""Flags that switch debugging on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from dunnage import Artifact, Entry, Hit, Rule, Severity, Span, lazy_regex, rule

_FIX = "Set it to off in what ships, and read it from the environment where developers need it."
_MOST = 1 << 20


class _Kind(Struct, frozen=True):
    """Configuration files of one kind: their globs, and the line that switches debugging on."""

    paths: tuple[str, ...]
    flag: re.Pattern[bytes]


_KINDS = (
    _Kind(
        ("settings.py", "**/settings/*.py", "local_settings.py", "production.py", "prod.py"),
        lazy_regex(rb"(?m)^[ \t]*(DEBUG[ \t]*=[ \t]*True)\b"),
    ),
    # A class of its own for development is the usual way: at the margin, it holds for all.
    _Kind(("config.py",), lazy_regex(rb"(?m)^(DEBUG[ \t]*=[ \t]*True)\b")),
    _Kind(
        (".env", ".env.production", ".env.prod", ".env.staging", "production.env", "prod.env"),
        lazy_regex(
            rb"(?m)^[ \t]*(?:export[ \t]+)?("
            rb"(?:NODE_ENV|FLASK_ENV|APP_ENV|RAILS_ENV)=[\"']?development|"
            rb"(?:DEBUG|APP_DEBUG|FLASK_DEBUG|DJANGO_DEBUG|WP_DEBUG)=[\"']?(?:1|[Tt]rue))\b"
        ),
    ),
    _Kind(
        ("Dockerfile", "Containerfile", "*.Dockerfile"),
        lazy_regex(
            rb"(?m)^[ \t]*ENV[ \t]+((?:NODE_ENV|FLASK_ENV|RAILS_ENV)[= \t]development|"
            rb"(?:APP_DEBUG|FLASK_DEBUG|DJANGO_DEBUG)[= \t](?:1|[Tt]rue))\b"
        ),
    ),
    _Kind(
        ("Procfile",),
        lazy_regex(rb"\b(NODE_ENV=development|(?:APP|FLASK|DJANGO)_DEBUG=(?:1|[Tt]rue))\b"),
    ),
    _Kind(
        ("Web.config", "web.config"),
        lazy_regex(rb"<compilation\b[^>]*\b(debug=\"true\")", re.IGNORECASE),
    ),
    _Kind(
        (
            "application.properties",
            "application-prod.properties",
            "application-production.properties",
        ),
        lazy_regex(rb"(?m)^[ \t]*((?:debug|trace)[ \t]*[=:][ \t]*true)\b"),
    ),
    _Kind(
        ("wp-config.php",),
        lazy_regex(rb"(?m)^[ \t]*(define\([ \t]*['\"]WP_DEBUG['\"][ \t]*,[ \t]*true)\b"),
    ),
    _Kind(("php.ini",), lazy_regex(rb"(?m)^[ \t]*(display_errors[ \t]*=[ \t]*(?:On|1))\b")),
    _Kind(
        ("**/environments/production.rb",),
        lazy_regex(rb"(?m)^[ \t]*config\.(consider_all_requests_local[ \t]*=[ \t]*true)\b"),
    ),
)


@rule(
    "leftover/debug-flag",
    severity=Severity.WARNING,
    paths=tuple(glob for kind in _KINDS for glob in kind.paths),
    content=True,
    lower=True,
    fix=_FIX,
    source="https://docs.djangoproject.com/en/5.2/ref/settings/#debug",
)
def debug_flag(entry: Entry) -> Iterator[Hit]:
    """Debugging is switched on in configuration that ships.

    `DEBUG = True` of Django and Flask shows settings, source and an interpreter to whoever causes
    an error; `NODE_ENV=development`, `debug="true"` of ASP.NET, `WP_DEBUG`, `display_errors` of PHP
    and `debug=true` of Spring make servers show stack traces or more.

    Switch it off. Only configuration files are looked at, and lines that set nothing else. One
    level lower in test folders and in settings that are for developers by their name.
    """
    data = entry.read(_MOST)
    for kind in _KINDS:
        if any(_is(entry.path, glob) for glob in kind.paths) and (found := kind.flag.search(data)):
            yield Hit(
                f"debugging is switched on: {found[1].decode('ascii', 'replace')}",
                span=Span(*found.span(1)),
                severity=Severity.NOTE if entry.name in _DEVELOPERS else None,
            )
            return


_DEVELOPERS = frozenset(("dev.py", "development.py", "local.py", "local_settings.py", "debug.py"))


def _is(path: str, glob: str) -> bool:
    """Whether a glob of ours matches: a name, ``*.ending``, or a name or ``*.py`` in a folder."""
    parts, wanted = path.split("/"), glob.removeprefix("**/").split("/")
    if len(parts) < len(wanted) or parts[-len(wanted) : -1] != wanted[:-1]:
        return False
    last = wanted[-1]
    return parts[-1].endswith(last[1:]) if last.startswith("*") else parts[-1] == last


_FLAGS: Mapping[str, tuple[str, ...]] = {
    "NODE_ENV": ("development",),
    "FLASK_DEBUG": ("1", "true"),
    "FLASK_ENV": ("development",),
    "APP_DEBUG": ("1", "true"),
    "DJANGO_DEBUG": ("1", "true"),
    "RAILS_ENV": ("development",),
    "ASPNETCORE_ENVIRONMENT": ("development",),
    "PYTHONDEVMODE": ("1",),
}


@rule(
    "leftover/development-image",
    on=Artifact,
    severity=Severity.WARNING,
    ecosystems=("oci",),
    fix="Set it to production in the Dockerfile: `ENV NODE_ENV=production`.",
    source="https://github.com/opencontainers/image-spec/blob/main/config.md",
)
def development_image(artifact: Artifact) -> Iterator[Hit]:
    """An image whose environment switches debugging on.

    `NODE_ENV=development`, `FLASK_DEBUG=1` and the like make servers show stack traces, source or
    an interpreter.

    Set the production value. Fine in an image for developers.
    """
    said = set()
    for image in artifact.manifest.get("images") or ():
        configuration = image.get("config") if isinstance(image, Mapping) else None
        config = configuration.get("config") if isinstance(configuration, Mapping) else None
        lines = config.get("Env") if isinstance(config, Mapping) else None
        for line in lines if isinstance(lines, list) else ():
            name, _, value = str(line).partition("=")
            if value.lower() in _FLAGS.get(name, ()) and line not in said:
                said.add(line)
                yield Hit(f"the image's environment sets {name}={value}")


def rules() -> list[Rule]:
    """The rules of this module."""
    return [debug_flag, development_image]
