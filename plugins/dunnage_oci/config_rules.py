"""Rules on an image's own configuration: what leaks without a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dunnage import Artifact, Hit, Rule, Severity, rule
from dunnage_oci import keyed
from dunnage_oci.document import items, mapping, pairs, text, texts
from dunnage_oci.history import align, steps
from dunnage_oci.mask import masked

RANK = 40
"""Above the shared secret rules: they see the same secret as a line of JSON, these name the
instruction."""

_BUILD_SECRET = (
    "Give it to the build with `RUN --mount=type=secret,id=NAME` (docker build --secret), build "
    "again without it and revoke what was in there."
)
_RUN_SECRET = (
    "Take it out of the Containerfile and give it to the container when it starts "
    "(docker run --env-file, a secret of the orchestrator); revoke what was in there."
)


def images(artifact: Artifact) -> list[Mapping[str, Any]]:
    """The images of an artifact, as the adapter describes them."""
    return [mapping(each) for each in items(artifact.manifest.get("images"))]


def _settings(image: Mapping[str, Any]) -> Mapping[str, Any]:
    """``config`` inside the configuration: Env, Labels, Cmd …"""
    return mapping(mapping(image.get("config")).get("config"))


def _of(artifact: Artifact, image: Mapping[str, Any]) -> str:
    """Which image, where an archive holds several."""
    if len(images(artifact)) < 2:
        return ""
    return f" of {text(image.get('name'))} ({text(image.get('platform'))})"


def _hit(place: str, named: keyed.Named, own_name: bool, fix: str) -> Hit:
    what = "a secret" if own_name else f"a secret ({named.name})"
    weak = "; it is a well-known default, but still a password" if named.weak else ""
    return Hit(
        f"{place} holds {what} that everyone who pulls the image can read{weak}",
        secret=named.value.encode("utf-8", "surrogateescape"),
        severity=Severity.WARNING if named.weak else None,
        fix=fix,
    )


def _valued(place: str, name: str, value: str, fix: str) -> Iterator[Hit]:
    """Hits for ``name=value``: the whole value by its name, or what stands inside the value."""
    named = keyed.by_name(name, value)
    if named:
        yield _hit(place, named, own_name=True, fix=fix)
        return
    for inner in keyed.in_text(value):
        yield _hit(place, inner, own_name=False, fix=fix)


@rule(
    "image/secret-in-env",
    on=Artifact,
    severity=Severity.ERROR,
    ecosystems=("oci",),
    rank=RANK,
    fix=_RUN_SECRET,
    source="https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/",
)
def secret_in_env(artifact: Artifact) -> Iterator[Hit]:
    """A variable of the image's environment holds a secret.

    What ``ENV`` sets stands in the image's configuration, in plain text, for everyone who may pull
    it; ``docker inspect`` shows it. A variable counts by its name (``NPM_TOKEN``,
    ``DB_PASSWORD``) or by a URL with a password in its value. References, paths, placeholders
    and public keys do not. A well-known default password is a warning.
    """
    for image in images(artifact):
        for entry in texts(_settings(image).get("Env")):
            name, _, value = entry.partition("=")
            yield from _valued(f"ENV {name}{_of(artifact, image)}", name, value, _RUN_SECRET)


@rule(
    "image/secret-in-label",
    on=Artifact,
    severity=Severity.ERROR,
    ecosystems=("oci",),
    rank=RANK,
    fix="Take the label or annotation out, and revoke what was in there.",
    source="https://github.com/opencontainers/image-spec/blob/v1.1.0/annotations.md",
)
def secret_in_label(artifact: Artifact) -> Iterator[Hit]:
    """A label or an annotation of the image holds a secret.

    Build tools like to write where the source came from; a clone URL with a token in it is the
    usual case. Registries show labels and annotations to everyone who can see the image.
    """
    fix = secret_in_label.fix_for("oci")
    for image in images(artifact):
        for kind, found in (
            ("LABEL", _settings(image).get("Labels")),
            ("the annotation", image.get("annotations")),
        ):
            for name, value in pairs(found):
                yield from _valued(f"{kind} {name}{_of(artifact, image)}", name, value, fix)


@rule(
    "image/secret-in-command",
    on=Artifact,
    severity=Severity.ERROR,
    ecosystems=("oci",),
    rank=RANK,
    fix=_RUN_SECRET,
    source="https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md",
)
def secret_in_command(artifact: Artifact) -> Iterator[Hit]:
    """The command that the image starts, or its health check, holds a secret.

    ``CMD``, ``ENTRYPOINT``, ``HEALTHCHECK`` and ``ONBUILD`` are part of the configuration, and the
    command line of a running container is seen by every process beside it.
    """
    for image in images(artifact):
        settings = _settings(image)
        health = mapping(settings.get("Healthcheck")).get("Test")
        for name, words in (
            ("ENTRYPOINT", settings.get("Entrypoint")),
            ("CMD", settings.get("Cmd")),
            ("HEALTHCHECK", health),
            ("SHELL", settings.get("Shell")),
            ("ONBUILD", settings.get("OnBuild")),
        ):
            for named in keyed.in_text(" ".join(texts(words))):
                yield _hit(f"{name}{_of(artifact, image)}", named, own_name=False, fix=_RUN_SECRET)


@rule(
    "image/secret-in-history",
    on=Artifact,
    severity=Severity.ERROR,
    ecosystems=("oci",),
    rank=RANK - 1,
    fix=_BUILD_SECRET,
    source="https://docs.docker.com/build/building/secrets/",
)
def secret_in_history(artifact: Artifact) -> Iterator[Hit]:
    """A line of the image's history holds a secret: a build argument or a part of a command.

    Docker records each instruction with the values of its build arguments; ``docker history
    --no-trunc`` shows them to everyone who can pull the image. This holds for a value that a
    later instruction takes away again, too.
    """
    for image in images(artifact):
        history = steps(mapping(image.get("config")))
        layers = align(len(items(image.get("layers"))), history)
        for step in history:
            where = next((f" (layer {i})" for i, each in enumerate(layers) if each is step), "")
            line = masked(step)
            shown = line if len(line) <= 100 else line[:99] + "…"
            place = f"the history{_of(artifact, image)}{where}, `{shown}`,"
            for name, value in step.args:
                yield from _valued(
                    f"the build argument {name} in {place}", name, value, _BUILD_SECRET
                )
            for named in keyed.in_text(step.command):
                yield _hit(place, named, own_name=False, fix=_BUILD_SECRET)


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
    for image in images(artifact):
        config = mapping(image.get("config"))
        if not config or text(config.get("os")).lower() == "windows":
            continue
        user = text(_settings(image).get("User")).strip()
        if user.partition(":")[0] in ("", "root", "0"):
            said = f"USER is {user}" if user else "no USER is set"
            yield Hit(f"{said}{_of(artifact, image)}: the image runs as root")


RULES: Sequence[Rule] = (
    secret_in_env,
    secret_in_label,
    secret_in_command,
    secret_in_history,
    root_user,
)
