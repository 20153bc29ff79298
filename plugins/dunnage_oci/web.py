"""HTTP for untrusted servers, on the standard library: where a request may go, and with what.

A registry names hosts that it likes, in redirects and in its challenge. So every host is checked
when its address is known: no link-local addresses (cloud metadata services live there), plain HTTP
to loopback or by the user's word only, credentials to the host they belong to only. Through a
proxy the user's word counts for the way there: it looks names up itself, so only addresses can be
refused.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urljoin, urlsplit

from msgspec import Struct, field

from dunnage import ArchiveError, TargetError
from dunnage_oci.proxy import Proxy, proxy_for

TIMEOUT = 60.0
"""Seconds without a byte after which a connection counts as dead."""

_MOST_REDIRECTS = 5
_TRIES = 4
_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_TUNNEL = "Tunnel connection failed:"  # http.client's words for a proxy that says no
_LONGEST_WAIT = 20.0
_METADATA = frozenset(
    {
        ipaddress.ip_address("fd00:ec2::254"),
        ipaddress.ip_address("fd20:ce::254"),
        ipaddress.ip_address("100.100.100.200"),
    }
)


class Web(Struct, frozen=True):
    """How to reach servers. ``insecure`` are the ``host[:port]`` that may be asked over plain HTTP
    or with a certificate that nobody signed; ``sleep`` waits for the given number of seconds."""

    agent: str
    insecure: frozenset[str] = frozenset()
    env: Mapping[str, str] = field(default_factory=dict)
    sleep: Callable[[float], None] = time.sleep

    def get(
        self,
        url: str,
        headers: Mapping[str, str],
        authorization: str | None = None,
        body: bytes | None = None,
    ) -> http.client.HTTPResponse:
        """The answer to a GET (with ``body``: a POST of a form), redirects followed, whatever its
        status.

        ``authorization`` goes to the first host only. Failures that pass are tried again. Raises
        TargetError."""
        for attempt in range(_TRIES):
            try:
                response = self._followed(url, headers, authorization, body)
            except (OSError, http.client.HTTPException) as error:
                if attempt + 1 == _TRIES or not _passes(error):
                    raise TargetError(f"{_host(url)}: {reason(error)}") from None
                self.sleep(_pause(attempt, None))
                continue
            asked = waiting(response.headers.get("Retry-After"))
            last = attempt + 1 == _TRIES or (asked or 0.0) > _LONGEST_WAIT
            if response.status not in _RETRIED or last:
                return response
            response.close()
            self.sleep(_pause(attempt, asked))
        raise AssertionError("the last try returns or raises")

    def is_insecure(self, parts: SplitResult) -> bool:
        """Whether plain HTTP is allowed: the user named the host, or it is this machine."""
        named = {parts.netloc, parts.hostname or ""} & self.insecure
        return bool(named) or is_loopback(parts.hostname or "")

    def _followed(
        self, url: str, headers: Mapping[str, str], authorization: str | None, body: bytes | None
    ) -> http.client.HTTPResponse:
        first = urlsplit(url)
        for _ in range(_MOST_REDIRECTS + 1):
            parts = urlsplit(url)
            sent = dict(headers)
            if authorization and _origin(parts) == _origin(first):
                sent["Authorization"] = authorization
            response = self._once(parts, sent, body)
            if response.status not in (301, 302, 303, 307, 308):
                return response
            target = response.headers.get("Location")
            response.close()
            if not target:
                raise TargetError(f"{parts.netloc}: a redirect without a location")
            url = urljoin(url, target)
            if first.scheme == "https" and urlsplit(url).scheme != "https":
                raise TargetError(f"{parts.netloc}: redirects from https to {_shown(url)}; refused")
            body = None
        raise TargetError(f"{first.netloc}: more than {_MOST_REDIRECTS} redirects")

    def _once(
        self, parts: SplitResult, headers: Mapping[str, str], body: bytes | None
    ) -> http.client.HTTPResponse:
        proxy = None if is_loopback(parts.hostname or "") else proxy_for(parts, self.env)
        connection = self._connect(parts, proxy)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {"User-Agent": self.agent, "Accept-Encoding": "identity", "Connection": "close"}
        if proxy is not None and parts.scheme == "http":
            path = f"http://{parts.netloc}{path}"
            sent |= proxy.headers
        try:
            connection.request(
                "POST" if body is not None else "GET", path, body, {**sent, **headers}
            )
            return connection.getresponse()
        except BaseException as error:
            connection.close()
            if proxy is not None and str(error).startswith(_TUNNEL):
                said = str(error)[len(_TUNNEL) :].strip()[:100]
                raise TargetError(
                    f"{parts.netloc}: the proxy {proxy.host}:{proxy.port} refuses: {said}"
                ) from None
            raise

    def _connect(self, parts: SplitResult, proxy: Proxy | None) -> http.client.HTTPConnection:
        try:
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise TargetError(f"{parts.netloc!r} is not a host and port") from None
        if not host or parts.username is not None:
            raise TargetError(f"{_shown(parts.geturl())} is not an address to ask")
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=self.env.get("SSL_CERT_FILE") or None)
            if {parts.netloc, host} & self.insecure:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            if proxy is not None:
                return _tunnel(proxy, host, port or 443, context)
            return _Secure(host, port or 443, context)
        if parts.scheme == "http":
            if not self.is_insecure(parts):
                raise TargetError(
                    f"{parts.netloc}: plain HTTP is refused "
                    f"(--insecure-registry {parts.netloc} allows it)"
                )
            if proxy is not None:
                refuse_literal(host)
                return http.client.HTTPConnection(proxy.host, proxy.port, timeout=TIMEOUT)
            return _Plain(host, port or 80)
        raise TargetError(f"{_shown(parts.geturl())} is not HTTP")


def _tunnel(
    proxy: Proxy, host: str, port: int, context: ssl.SSLContext
) -> http.client.HTTPConnection:
    """A connection to ``host`` with TLS from end to end, through a proxy that sees its name."""
    refuse_literal(host)
    connection = http.client.HTTPSConnection(
        proxy.host, proxy.port, timeout=TIMEOUT, context=context
    )
    connection.set_tunnel(host, port, proxy.headers)
    return connection


class _Plain(http.client.HTTPConnection):
    """A connection to an address that was looked at first."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port, timeout=TIMEOUT)

    def connect(self) -> None:
        self.sock = checked_connection(self.host, self.port)


class _Secure(_Plain):
    """The same with TLS."""

    default_port = http.client.HTTPS_PORT

    def __init__(self, host: str, port: int, context: ssl.SSLContext) -> None:
        super().__init__(host, port)
        self._context = context

    def connect(self) -> None:
        super().connect()
        self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)


def checked_connection(host: str, port: int) -> socket.socket:
    """A connection to ``host``. The address that is checked is the one that is used, so a name that
    resolves otherwise the next time gains nothing. Raises TargetError or OSError."""
    last: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        refuse(host, str(address[0]))
        connection = socket.socket(family, kind, protocol)
        connection.settimeout(TIMEOUT)
        try:
            connection.connect(address)
            return connection
        except OSError as error:
            connection.close()
            last = error
    raise last or OSError("the name has no address")


def refuse_literal(host: str) -> None:
    """As :func:`refuse`, where ``host`` is an address itself. One in a form that only the C library
    takes for an address (``0xa9fea9fe``, ``127.1``) is refused whatever it is."""
    address = host.strip("[]").partition("%")[0]
    try:
        ipaddress.ip_address(address)
    except ValueError:
        try:
            socket.inet_aton(address)
        except (OSError, UnicodeEncodeError):
            return
        raise TargetError(f"{host}: not an address as they are written; refused") from None
    refuse(host, address)


def refuse(host: str, address: str) -> None:
    """Raises TargetError for an address where no registry is: link-local, metadata, multicast."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    if mapped is not None:
        found = mapped
    if found.is_link_local or found.is_multicast or found.is_unspecified or found in _METADATA:
        raise TargetError(f"{host}: {found} is not an address of a registry; refused")


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine by its name alone."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def bounded(response: http.client.HTTPResponse, limit: int, what: str) -> bytes:
    """The body, at most ``limit`` bytes. Raises ArchiveError when it is longer or breaks off."""
    try:
        with response:
            data = response.read(limit + 1)
    except (OSError, http.client.HTTPException) as error:
        raise ArchiveError(f"{what}: {reason(error)}") from None
    if len(data) > limit:
        raise ArchiveError(f"{what}: longer than {limit >> 20} MiB")
    return data


def reason(error: Exception) -> str:
    """What went wrong, in one line."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return f"no answer within {TIMEOUT:.0f} s"
    if isinstance(error, socket.gaierror):
        return "the name cannot be resolved"
    if isinstance(error, http.client.IncompleteRead):
        return "the answer ends early"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:1].lower() + error.strerror[1:]
    return f"{type(error).__name__} {error}".strip()


def _passes(error: Exception) -> bool:
    """Whether a second try may go better: a name, a certificate and a closed port stay as they
    are."""
    return not isinstance(error, (socket.gaierror, ssl.SSLError, ConnectionRefusedError))


def waiting(asked: str | None) -> float | None:
    """The seconds of a Retry-After, which may be a date (RFC 9110, 10.2.3); None for none."""
    if not asked:
        return None
    if asked.isascii() and asked.isdigit():
        return float(asked[:9])
    try:
        until = parsedate_to_datetime(asked)
        return max(0.0, (until - datetime.now(until.tzinfo)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _pause(attempt: int, asked: float | None) -> float:
    """Seconds to wait: what the server asks for, else twice as long each time."""
    return 0.5 * 2.0**attempt if asked is None else asked


def _origin(parts: SplitResult) -> tuple[str, str]:
    return parts.scheme, parts.netloc.lower()


def _host(url: str) -> str:
    return urlsplit(url).netloc or url[:80]


def _shown(url: str) -> str:
    # A signed URL is a secret for as long as it lives: its query is not shown.
    return url.partition("?")[0][:200]
