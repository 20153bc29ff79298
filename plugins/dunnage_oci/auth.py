"""Who to be towards a registry: Docker's and podman's files of credentials, and their helpers.

Formats: docker-login documentation, "Credential stores" and "Credential helpers";
containers-auth.json(5)."""

from __future__ import annotations

import base64
import binascii
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

from msgspec import Struct

from dunnage import TargetError, lazy_regex
from dunnage_oci.document import load, mapping, text
from dunnage_oci.reference import DEFAULT_HOST, Reference

_MOST = 4 << 20
_HELPER = lazy_regex(r"[A-Za-z0-9._-]+\Z")
_HELPER_SECONDS = 30.0
_TOKEN_USER = "<token>"

HUB_KEY = "https://index.docker.io/v1/"


class Login(Struct, frozen=True):
    """A user with a password, or an identity token (OAuth2 refresh token) in the place of both, or
    the bearer token that the registry itself takes."""

    user: str = ""
    password: str = ""
    identity: str = ""
    token: str = ""

    @property
    def basic(self) -> str:
        """The value of an Authorization header (RFC 7617)."""
        pair = f"{self.user}:{self.password}".encode()
        return "Basic " + base64.b64encode(pair).decode("ascii")


Run = Callable[[list[str], bytes], "tuple[int, bytes]"]


def find(reference: Reference, env: Mapping[str, str], run: Run | None = None) -> Login | None:
    """The login for a registry, from ``DOCKER_AUTH_CONFIG`` (the text of a config.json, as CI
    services hand it over; Docker's command line takes it from 28.3 on) or the first file that knows
    it; None to ask anonymously.

    Raises TargetError when a helper that is set for it fails.
    """
    given = load(env.get("DOCKER_AUTH_CONFIG", "").encode("utf-8", "surrogateescape"))
    for settings in (mapping(given), *(mapping(_read(path)) for path in files(env))):
        login = _from(settings, reference, env, run or _run)
        if login is not None:
            return login
    return None


def files(env: Mapping[str, str]) -> list[str]:
    """Where credentials may be, in the order in which podman and Docker look."""
    home = env.get("HOME") or env.get("USERPROFILE") or ""
    found = []
    if env.get("REGISTRY_AUTH_FILE"):
        found.append(env["REGISTRY_AUTH_FILE"])
    if env.get("DOCKER_CONFIG"):
        found.append(os.path.join(env["DOCKER_CONFIG"], "config.json"))
    elif home:
        found.append(os.path.join(home, ".docker", "config.json"))
    if env.get("XDG_RUNTIME_DIR"):
        found.append(os.path.join(env["XDG_RUNTIME_DIR"], "containers", "auth.json"))
    if home:
        config = env.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
        found.append(os.path.join(config, "containers", "auth.json"))
    return found


def _read(path: str) -> object:
    try:
        with open(path, "rb") as file:
            return load(file.read(_MOST))
    except OSError:
        return None


def _from(
    settings: Mapping[str, object], reference: Reference, env: Mapping[str, str], run: Run
) -> Login | None:
    helpers = mapping(settings.get("credHelpers"))
    stored = mapping(settings.get("auths"))
    for key in _keys(reference):
        if key in helpers:
            return _ask(text(helpers[key]), key, env, run)
    store = text(settings.get("credsStore"))
    for key in _keys(reference):
        if key in stored:
            login = _entry(mapping(stored[key]))
            if login is not None:
                return login
    for key, entry in stored.items():
        # Docker takes any address of the host for the host.
        if key.startswith(("https://", "http://")) and urlsplit(key).netloc in _hosts(reference):
            login = _entry(mapping(entry))
            if login is not None:
                return login
    if store:
        # Docker keeps an empty entry for each host whose login is in the store.
        return _ask(store, HUB_KEY if reference.host == DEFAULT_HOST else reference.host, env, run)
    return None


def _keys(reference: Reference) -> Iterator[str]:
    """The keys under which a login may stand, the nearest first: podman's may name a
    repository; old ones are URLs."""
    parts = reference.repository.split("/")
    for end in range(len(parts), 0, -1):
        yield f"{reference.host}/{'/'.join(parts[:end])}"
    for host in _hosts(reference):
        yield host
        if not host.startswith("https://"):
            yield from (
                f"https://{host}",
                f"https://{host}/",
                f"https://{host}/v1/",
                f"https://{host}/v2/",
                f"http://{host}",
            )


def _hosts(reference: Reference) -> list[str]:
    if reference.host == DEFAULT_HOST:
        return [HUB_KEY, "index.docker.io", DEFAULT_HOST, "registry-1.docker.io"]
    return [reference.host]


def _entry(entry: Mapping[str, object]) -> Login | None:
    identity = text(entry.get("identitytoken"))
    try:
        # Docker reads over the ends of lines in it.
        packed = "".join(text(entry.get("auth")).split())
        pair = base64.b64decode(packed, validate=True).decode()
    except (ValueError, binascii.Error):
        pair = ""
    user, colon, password = pair.partition(":")
    if not colon:
        user, password = text(entry.get("username")), text(entry.get("password"))
    token = text(entry.get("registrytoken"))
    if identity or user or token:
        return Login(user, password.rstrip("\0"), identity, token)
    return None


def _ask(helper: str, key: str, env: Mapping[str, str], run: Run) -> Login | None:
    """Ask ``docker-credential-HELPER get`` (docker/docker-credential-helpers, README)."""
    if not _HELPER.match(helper):
        raise TargetError(f"the credential helper {helper!r} has no name that can be run")
    program = shutil.which(f"docker-credential-{helper}", path=env.get("PATH"))
    if program is None:
        raise TargetError(f"docker-credential-{helper}, which is set for {key}, is not on the PATH")
    status, out = run([program, "get"], key.encode())
    if status:
        if b"credentials not found" in out:
            return None
        line = out.decode("utf-8", "replace").strip().splitlines()[:1]
        raise TargetError(f"docker-credential-{helper} failed for {key}: {' '.join(line)[:200]}")
    given = mapping(load(out))
    user, secret = text(given.get("Username")), text(given.get("Secret"))
    if not secret:
        return None
    return Login(identity=secret) if user == _TOKEN_USER else Login(user, secret)


def _run(command: list[str], given: bytes) -> tuple[int, bytes]:
    try:
        # Docker's own protocol: a program from the PATH whose name was checked above.
        done = subprocess.run(  # noqa: S603 - as said
            command,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_HELPER_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1, b"no answer within 30 s"
    except OSError as error:
        return 1, (error.strerror or str(error)).encode()
    return done.returncode, done.stdout[:_MOST]
