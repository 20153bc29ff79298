"""Proxies as the environment names them (``HTTPS_PROXY``, ``NO_PROXY``), by the rules of Python's
urllib, but for this machine, which is never asked through one (as Docker does it)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined] # typeshed lacks it

from msgspec import Struct

from dunnage import TargetError


class Proxy(Struct, frozen=True):
    """A proxy and what to log in with: the value of ``Proxy-Authorization``, None for none."""

    host: str
    port: int
    authorization: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What the proxy, and nobody else, is sent."""
        return {"Proxy-Authorization": self.authorization} if self.authorization else {}


def proxy_for(parts: SplitResult, env: Mapping[str, str]) -> Proxy | None:
    """The proxy through which to ask for an address, None for none. Raises TargetError for one
    that is not plain HTTP."""
    named = _named(env)
    address = named.get(parts.scheme) or named.get("all")
    if not address or proxy_bypass_environment(parts.netloc.rpartition("@")[2], named):
        return None
    found = urlsplit(address if "://" in address else f"http://{address}")
    try:
        host, port = found.hostname, found.port
    except ValueError:
        host, port = None, None
    if found.scheme != "http" or not host:
        shown = f"{found.scheme}://{found.netloc.rpartition('@')[2]}"
        raise TargetError(f"the proxy {shown} cannot be used: dunnage speaks to http:// proxies")
    login = None
    if found.username is not None:
        pair = f"{unquote(found.username)}:{unquote(found.password or '')}"
        login = "Basic " + base64.b64encode(pair.encode()).decode()
    return Proxy(host, port or 80, login)


def _named(env: Mapping[str, str]) -> dict[str, str]:
    """As ``urllib.request.getproxies_environment`` has it, of ``env``: the name in lower case goes
    first, and a server's HTTP_PROXY may come from a header that somebody sent."""
    found: dict[str, str] = {}
    for scheme in ("http", "https", "all", "no"):
        name = f"{scheme}_proxy"
        upper = "" if scheme == "http" and "REQUEST_METHOD" in env else env.get(name.upper(), "")
        value = env.get(name, upper)
        if value:
            found[scheme] = value
    return found
