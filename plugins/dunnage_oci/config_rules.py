"""Rules on what an image says outside of its files: its environment, labels, commands, history.

The rules for all ecosystems look there, too, and know tokens by their form. These know secrets by
the name they go by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from dunnage import Artifact, Entry, Hit, Kind, Rule, Severity, Span, rule
from dunnage_oci import history, keyed, texts
from dunnage_oci.document import items, mapping, text

RANK = 40
"""Above the rules for all ecosystems, so that a secret in an image's settings is told with what to
do about it there."""

_BUILD_SECRET = (
    "Give it to the build with `RUN --mount=type=secret,id=NAME` (docker build --secret), build "
    "again without it and revoke what was in there."
)
_RUN_SECRET = (
    "Take it out of the Containerfile and give it to the container when it starts "
    "(docker run --env-file, a secret of the orchestrator); revoke what was in there."
)


def _on_texts(
    name: str, *paths: str, fix: str, source: str, rank: int = RANK
) -> Callable[[Callable[..., Any]], Rule]:
    """A rule on what an image says in the places that ``paths`` name: an error."""
    return rule(
        name,
        severity=Severity.ERROR,
        ecosystems=("oci",),
        kinds=(Kind.TEXT,),
        paths=paths,
        rank=rank,
        fix=fix,
        source=source,
    )


def _hits(entry: Entry, what: str, found: Iterable[keyed.Named]) -> Iterator[Hit]:
    for named in found:
        secret = named.value.encode("utf-8", "replace")
        at = (entry.data or b"").find(secret)
        weak = "; it is a well-known default, but still a password" if named.weak else ""
        yield Hit(
            f"{what} ({named.name}) that everyone who pulls the image can read{weak}",
            span=Span(at, at + len(secret)) if at >= 0 else None,
            secret=secret,
            severity=Severity.WARNING if named.weak else None,
        )


def _said(entry: Entry) -> str:
    return (entry.data or b"").decode("utf-8", "replace")


@_on_texts(
    "image/secret-in-env",
    "/ENV *",
    fix=_RUN_SECRET,
    source="https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/",
)
def secret_in_env(entry: Entry) -> Iterator[Hit]:
    """A variable of the image's environment holds a secret.

    What ``ENV`` sets stands in the image's configuration, in plain text, for everyone who may pull
    it; ``docker inspect`` shows it. A variable counts by its name (``NPM_TOKEN``,
    ``DB_PASSWORD``) or by a URL with a password in its value. References, paths, placeholders
    and public keys do not. A well-known default password is a warning.
    """
    name, _, value = _said(entry).partition("=")
    yield from _hits(entry, "a secret in the environment", keyed.in_setting(name, value))


@_on_texts(
    "image/secret-in-label",
    "/LABEL *",
    "/annotation *",
    fix="Take the label or annotation out, and revoke what was in there.",
    source="https://github.com/opencontainers/image-spec/blob/v1.1.0/annotations.md",
)
def secret_in_label(entry: Entry) -> Iterator[Hit]:
    """A label or an annotation of the image holds a secret.

    Build tools like to write where the source came from; a clone URL with a token in it is the
    usual case. Registries show labels and annotations to everyone who can see the image.
    """
    name, _, value = _said(entry).partition("=")
    yield from _hits(entry, "a secret in a label", keyed.in_setting(name, value))


@_on_texts(
    "image/secret-in-command",
    "/ENTRYPOINT*",
    "/CMD*",
    "/HEALTHCHECK*",
    "/SHELL*",
    "/ONBUILD*",
    fix=_RUN_SECRET,
    source="https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md",
)
def secret_in_command(entry: Entry) -> Iterator[Hit]:
    """The command that the image starts, or its health check, holds a secret.

    ``CMD``, ``ENTRYPOINT``, ``HEALTHCHECK`` and ``ONBUILD`` are part of the configuration, and the
    command line of a running container is seen by every process beside it.
    """
    yield from _hits(entry, "a secret in a command", keyed.in_text(_said(entry)))


@_on_texts(
    "image/secret-in-history",
    f"/{texts.HISTORY}*",
    rank=RANK - 1,
    fix=_BUILD_SECRET,
    source="https://docs.docker.com/build/building/secrets/",
)
def secret_in_history(entry: Entry) -> Iterator[Hit]:
    """A line of the image's history holds a secret: a build argument or a part of a command.

    Docker records each instruction with the values of its build arguments; ``docker history
    --no-trunc`` shows them to everyone who can pull the image. This holds for a value that a
    later instruction takes away again, too.
    """
    step = history.step({"created_by": _said(entry)})
    for name, value in step.args:
        yield from _hits(entry, "a build argument", keyed.in_setting(name, value))
    yield from _hits(entry, "a secret in the history", keyed.in_text(step.words))


def images(artifact: Artifact) -> list[Mapping[str, Any]]:
    """The images of an artifact, as the adapter describes them."""
    return [mapping(each) for each in items(artifact.manifest.get("images"))]


def _of(image: Mapping[str, Any], count: int) -> str:
    """Which image, where an archive holds several."""
    if count < 2:
        return ""
    return f" of {text(image.get('name'))} ({text(image.get('platform'))})"


@rule(
    "image/root-user",
    on=Artifact,
    severity=Severity.NOTE,
    ecosystems=("oci",),
    fix="Add `USER name` (or a number, such as `USER 10001`) after the last step that wants root.",
    source="https://docs.docker.com/build/building/best-practices/#user",
)
def root_user(artifact: Artifact) -> Iterator[Hit]:
    """The image names no user, so its process runs as root.

    Who breaks out of the process has all rights inside the container at once. Fine for base
    images and for programs that give up their rights themselves.
    """
    every = images(artifact)
    for image in every:
        config = mapping(image.get("config"))
        if not config or text(config.get("os")).lower() == "windows":
            continue
        user = text(mapping(config.get("config")).get("User")).strip()
        if user.partition(":")[0] in ("", "root", "0"):
            said = f"USER is {user}" if user else "no USER is set"
            yield Hit(f"{said}{_of(image, len(every))}: the image runs as root")


RULES: Sequence[Rule] = (
    secret_in_env,
    secret_in_label,
    secret_in_command,
    secret_in_history,
    root_user,
)
