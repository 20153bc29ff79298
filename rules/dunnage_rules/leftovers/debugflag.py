"""Flags that switch debugging on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dunnage import Artifact, Entry, Hit, Match, Rule, Severity, rule

_FIX = "Set it to off in what ships, and read it from the environment where developers need it."


@rule(
    "leftover/debug-flag",
    severity=Severity.WARNING,
    pattern=r"(?:DEBUG[ \t]{0,4}=[ \t]{0,4}True\b|APP_DEBUG=true\b|FLASK_DEBUG=(?:1|true)\b|"
    r"NODE_ENV=development\b|DJANGO_DEBUG=(?:1|[Tt]rue)\b)",
    paths=(
        "settings.py",
        "**/settings/*.py",
        ".env",
        ".env.production",
        ".env.prod",
        "production.env",
        "Dockerfile",
        "Procfile",
        "production.py",
        "prod.py",
    ),
    once=True,
    lower=True,
    fix=_FIX,
    source="https://docs.djangoproject.com/en/5.2/ref/settings/#debug",
)
def debug_flag(entry: Entry, match: Match) -> Iterator[Hit]:
    """Debugging is switched on in configuration that ships.

    `DEBUG = True` of Django and Flask shows settings, source and an interpreter to whoever causes
    an error; `NODE_ENV=development` makes servers show stack traces.

    Switch it off. Only configuration files are looked at, and lines that set nothing else.
    """
    before = match.window[: match.start].rpartition(b"\n")[2]
    if before.strip().replace(b"export", b"").replace(b"ENV", b"").strip():
        return
    yield Hit(f"debugging is switched on: {match.text.decode('ascii', 'replace')}", span=match.span)


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
