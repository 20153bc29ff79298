"""A container engine over its socket: Docker's Engine API, which podman speaks too.

Sources: the Engine API reference, v1.24 to v1.48 (``GET /images/{name}/get`` is the same in all);
docker-context documentation for where contexts are kept; podman-system-service(1).
"""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlsplit

from msgspec import Struct, field

from dunnage import TargetError
from dunnage_oci import ssh
from dunnage_oci.document import load, mapping, text, texts
from dunnage_oci.registry import agent
from dunnage_oci.web import TIMEOUT, is_loopback, reason

_MOST_ANSWER = 4 << 20
# An engine packs an image before it sends the first byte; a large one takes minutes.
_PACKING = 600.0


class Engine(Struct, frozen=True):
    """An engine and where it listens: ``unix:///…``, ``tcp://…`` or ``ssh://…``. ``tls`` is the
    folder with ca.pem, cert.pem and key.pem, None for none; ``named`` tells that the user's
    settings name it; ``env`` is what ssh gets."""

    url: str
    named: bool = True
    tls: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)


def engines(env: Mapping[str, str]) -> list[Engine]:
    """The engines to ask, in order: ``DOCKER_HOST``, the chosen context, then the usual sockets of
    Docker and podman, those of the user (rootless) first. Raises TargetError for a context that
    is chosen and not there."""
    if env.get("DOCKER_HOST"):
        tls = (
            env.get("DOCKER_CERT_PATH") or _dot_docker(env)
            if env.get("DOCKER_TLS_VERIFY")
            else None
        )
        return [Engine(env["DOCKER_HOST"], tls=tls, env=env)]
    chosen = _context(env)
    if chosen is not None:
        return [chosen]
    return [Engine(f"unix://{path}", named=False) for path in _sockets(env) if os.path.exists(path)]


def _sockets(env: Mapping[str, str]) -> Iterator[str]:
    runtime = env.get("XDG_RUNTIME_DIR")
    home = env.get("HOME")
    yield "/var/run/docker.sock"
    if runtime:
        yield f"{runtime}/docker.sock"
    if home:
        yield f"{home}/.docker/run/docker.sock"
        yield f"{home}/.docker/desktop/docker.sock"
    if runtime:
        yield f"{runtime}/podman/podman.sock"
    yield "/run/podman/podman.sock"


def _dot_docker(env: Mapping[str, str]) -> str:
    return env.get("DOCKER_CONFIG") or os.path.join(env.get("HOME") or "", ".docker")


def _context(env: Mapping[str, str]) -> Engine | None:
    """The engine of ``DOCKER_CONTEXT``, or of ``currentContext`` in config.json."""
    folder = _dot_docker(env)
    name = env.get("DOCKER_CONTEXT")
    if not name:
        name = text(mapping(_json(os.path.join(folder, "config.json"))).get("currentContext"))
    if not name or name == "default":
        return None
    known = hashlib.sha256(name.encode()).hexdigest()
    meta = mapping(_json(os.path.join(folder, "contexts", "meta", known, "meta.json")))
    endpoint = mapping(mapping(meta.get("Endpoints")).get("docker"))
    url = text(endpoint.get("Host"))
    if not url:
        if not meta:
            by = "DOCKER_CONTEXT" if env.get("DOCKER_CONTEXT") else "config.json"
            raise TargetError(
                f"the Docker context {name!r}, which {by} chooses, is not in {folder} "
                "(`docker context ls` lists those there are)"
            )
        raise TargetError(f"the Docker context {name!r} is chosen but names no engine")
    tls = os.path.join(folder, "contexts", "tls", known, "docker")
    return Engine(url, tls=tls if os.path.isdir(tls) else None, env=env)


def _json(path: str) -> object:
    try:
        with open(path, "rb") as file:
            return load(file.read(_MOST_ANSWER))
    except OSError:
        return None


def save(engine: Engine, reference: str) -> http.client.HTTPResponse:
    """The image as ``docker save`` writes it, as a stream. Raises TargetError, in one line."""
    response = _get(engine, f"/images/{quote(reference, safe=':@')}/get", _PACKING)
    if response.status == 200:
        return response
    if response.status == 404:
        response.close()
        raise TargetError(f"{engine.url}: the engine has no such image: {reference}")
    raise TargetError(f"{engine.url}: {_said(response) or f'status {response.status}'}")


def layers(engine: Engine, reference: str) -> list[str] | None:
    """The diff_ids of an image, bottom first; None when the engine does not have it."""
    response = _get(engine, f"/images/{quote(reference, safe=':@')}/json", TIMEOUT)
    if response.status != 200:
        response.close()
        return None
    answer = mapping(load(response.read(_MOST_ANSWER)))
    return texts(mapping(answer.get("RootFS")).get("Layers"))


def has(engine: Engine, reference: str) -> bool:
    """Whether the engine has an image of this name. Raises TargetError when it cannot be asked."""
    return layers(engine, reference) is not None


def _get(engine: Engine, path: str, timeout: float) -> http.client.HTTPResponse:
    connection = _connection(engine, timeout)
    try:
        connection.request(
            "GET", path, headers={"User-Agent": agent(), "Host": "docker", "Connection": "close"}
        )
        response = connection.getresponse()
        if connection.sock is not None:
            connection.sock.close()  # nothing else is asked; the response holds what it needs
            connection.sock = None
        return response
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        why = connection.complaint if isinstance(connection, ssh.Connection) else ""
        raise TargetError(f"{engine.url}: {why or _why(error)}") from None


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "no engine listens there"
    if isinstance(error, ConnectionRefusedError):
        return "no engine listens there (the connection is refused)"
    if isinstance(error, PermissionError):
        return "permission denied (are you in the group docker?)"
    return reason(error)


def _said(response: http.client.HTTPResponse) -> str:
    with response:
        answer = mapping(load(response.read(_MOST_ANSWER)))
    return " ".join((text(answer.get("message")) or text(answer.get("cause"))).split())[:300]


def _connection(engine: Engine, timeout: float) -> http.client.HTTPConnection:
    parts = urlsplit(engine.url)
    if parts.scheme == "unix":
        return _Unix(parts.path, timeout)
    if parts.scheme in ("tcp", "http", "https") and parts.hostname:
        try:
            port = parts.port
        except ValueError:
            raise TargetError(f"{engine.url}: not a host and port") from None
        if engine.tls is not None or parts.scheme == "https":
            return http.client.HTTPSConnection(
                parts.hostname, port or 2376, timeout=timeout, context=_tls(engine)
            )
        if not is_loopback(parts.hostname):
            raise TargetError(
                f"{engine.url}: an engine over plain TCP is asked on this machine only "
                "(set DOCKER_TLS_VERIFY)"
            )
        return http.client.HTTPConnection(parts.hostname, port or 2375, timeout=timeout)
    if parts.scheme == "ssh":
        return ssh.Connection(parts, engine.env, timeout)
    raise TargetError(
        f"{engine.url}: engines are reached over unix://, tcp:// and ssh:// only; "
        "`docker save IMAGE | dunnage check -` works with any"
    )


def _tls(engine: Engine) -> ssl.SSLContext:
    folder = engine.tls or ""
    try:
        authority = os.path.join(folder, "ca.pem")
        context = ssl.create_default_context(
            cafile=authority if os.path.exists(authority) else None
        )
        certificate = os.path.join(folder, "cert.pem")
        if os.path.exists(certificate):
            context.load_cert_chain(certificate, os.path.join(folder, "key.pem"))
    except (OSError, ssl.SSLError) as error:
        raise TargetError(f"{folder}: the engine's certificates cannot be read: {error}") from None
    return context


class _Unix(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        if not hasattr(socket, "AF_UNIX"):
            raise OSError("this system has no Unix sockets")
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
