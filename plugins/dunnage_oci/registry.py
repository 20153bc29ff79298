"""A registry over the distribution API (OCI distribution-spec 1.1): manifests and blobs."""

from __future__ import annotations

import hashlib
import http.client
import io
import re
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, cast
from urllib.parse import urlencode, urlsplit

from dunnage import ArchiveError, TargetError, __version__, lazy_regex
from dunnage_oci import auth
from dunnage_oci.document import items, load, mapping, text
from dunnage_oci.reference import DEFAULT_HOST, Reference
from dunnage_oci.web import Web, bounded, is_loopback, reason, waiting

MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
MOST_MANIFEST = 4 << 20
"""Bytes; the distribution specification asks registries for this much."""

_RESUMES = 3
_MOST_TOKEN = 1 << 20
# RFC 9110, 11.6.1: schemes with their parameters, several of them in one header, too.
_CHALLENGE = lazy_regex(
    r'(?P<key>[\w-]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s",]+))|(?P<scheme>[\w-]+)'
)


class Registry:
    """One repository of one registry, asked with one login."""

    def __init__(self, reference: Reference, web: Web, login: auth.Login | None) -> None:
        self.reference = reference
        self.web = web
        self.login = login
        known = login.token if login is not None else ""
        self._authorization: str | None = f"Bearer {known}" if known else None
        host = "registry-1.docker.io" if reference.host == DEFAULT_HOST else reference.host
        self._bases = [f"https://{host}"]
        name = urlsplit(f"//{host}")
        if {host, name.hostname or ""} & web.insecure or is_loopback(name.hostname or ""):
            self._bases.append(f"http://{host}")

    def manifest(self, wanted: str) -> tuple[bytes, str]:
        """The bytes of a manifest or index by tag or digest, and its media type.

        Raises TargetError when there is none, ArchiveError when its digest is another."""
        response = self._get(f"manifests/{wanted}", {"Accept": ", ".join(MANIFESTS)})
        self._must(response, f"{self.reference.host}/{self.reference.repository}", wanted)
        data = bounded(response, MOST_MANIFEST, f"the manifest {wanted}")
        algorithm, _, value = wanted.partition(":")
        if value and hashlib.new(algorithm, data).hexdigest() != value:
            raise ArchiveError(f"the registry gave another manifest than {wanted}")
        return data, (response.headers.get("Content-Type") or "").partition(";")[0].strip()

    def blob(self, digest: str, size: int | None) -> BinaryIO:
        """A blob as a stream. Reading it raises ArchiveError when it ends early, is longer than
        ``size`` bytes or has another digest."""

        def reopen(offset: int) -> http.client.HTTPResponse:
            # RFC 9110, 14.2: what broke off is asked for again from where it broke off.
            headers = {"Range": f"bytes={offset}-"} if offset else {}
            try:
                response = self._get(f"blobs/{digest}", headers)
            except TargetError as error:
                raise ArchiveError(str(error)) from None
            if response.status != (206 if offset else 200):
                response.close()
                raise ArchiveError(
                    f"the registry does not give the blob {digest} (status {response.status})"
                )
            return response

        return cast("BinaryIO", io.BufferedReader(Checked(reopen, digest, size), 1 << 20))

    def _get(self, what: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        path = f"/v2/{self.reference.repository}/{what}"
        logins = 0
        while True:
            base = self._bases[0]
            try:
                response = self.web.get(base + path, headers, self._authorization)
            except TargetError:
                if len(self._bases) == 1:
                    raise
                # Allowed to be plain: the next base is http.
                self._bases.pop(0)
                continue
            del self._bases[1:]
            if response.status != 401 or logins == 2:
                return response
            logins += 1
            challenge = response.headers.get_all("WWW-Authenticate") or []
            response.close()
            authorization = self._authorize(challenge, base)
            if authorization is None or authorization == self._authorization:
                return response
            self._authorization = authorization

    def _authorize(self, challenges: list[str], base: str) -> str | None:
        """What to answer a challenge with (distribution-spec, token authentication; RFC 7617)."""
        for scheme, given in _read(challenges):
            if scheme == "bearer":
                return self._token(given, base)
            if scheme == "basic" and self.login is not None and self.login.user:
                return self.login.basic
        return None

    def _token(self, challenge: Mapping[str, str], base: str) -> str | None:
        realm = challenge.get("realm", "")
        if base.startswith("https:") and not realm.startswith("https:"):
            raise TargetError(f"{self.reference.host}: its token service is not https; refused")
        scope = challenge.get("scope") or f"repository:{self.reference.repository}:pull"
        query = {"service": challenge.get("service", ""), "scope": scope}
        login = self.login
        if login is not None and login.identity:
            form = {
                **query,
                "grant_type": "refresh_token",
                "refresh_token": login.identity,
                "client_id": "dunnage",
            }
            response = self.web.get(
                realm,
                {"Content-Type": "application/x-www-form-urlencoded"},
                None,
                urlencode(form).encode(),
            )
        else:
            joint = "&" if "?" in realm else "?"
            basic = login.basic if login is not None and login.user else None
            response = self.web.get(f"{realm}{joint}{urlencode(query)}", {}, basic)
        status = response.status
        try:
            answer = mapping(load(bounded(response, _MOST_TOKEN, "the token")))
        except ArchiveError as error:
            raise TargetError(f"{self.reference.host}: {error}") from None
        token = text(answer.get("token")) or text(answer.get("access_token"))
        if status != 200 or not token:
            who = f"as {login.user}" if login is not None and login.user else "without a login"
            raise TargetError(
                f"{self.reference.host}: the token service refuses {who} (status {status})"
            )
        return f"Bearer {token}"

    def _must(self, response: http.client.HTTPResponse, where: str, wanted: str) -> None:
        if response.status == 200:
            return
        status = response.status
        body = b"" if response.isclosed() else bounded(response, _MOST_TOKEN, where)
        errors: list[Any] = list(items(mapping(load(body)).get("errors")))
        said = " ".join(text(mapping(errors[0]).get("message")).split())[:200] if errors else ""
        joint = "@" if ":" in wanted else ":"
        if status in (401, 403):
            how = (
                "the login is refused"
                if self.login is not None
                else f"a login is needed (`docker login {self.reference.host}`)"
            )
            raise TargetError(f"{where}{joint}{wanted}: {how}")
        if status == 404:
            raise TargetError(f"{where}{joint}{wanted}: the registry has no such image")
        if status == 429:
            wait = waiting(response.headers.get("Retry-After"))
            when = "later" if wait is None else f"in {wait:.0f} s"
            when += "" if self.login is not None else " (more are allowed after `docker login`)"
            said = f"the registry takes no more requests; try again {when}"
            raise TargetError(f"{where}{joint}{wanted}: {said}")
        raise TargetError(f"{where}{joint}{wanted}: status {status} {said}".rstrip())


def _read(challenges: list[str]) -> list[tuple[str, dict[str, str]]]:
    """Each scheme, in lower case, with its parameters."""
    read: list[tuple[str, dict[str, str]]] = []
    for challenge in challenges:
        for found in _CHALLENGE.finditer(challenge):
            if found["scheme"]:
                read.append((found["scheme"].lower(), {}))
            elif read:
                quoted = found["quoted"]
                value = found["plain"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
                read[-1][1][found["key"].lower()] = value
    return read


class Checked(io.RawIOBase):
    """A body whose length and digest are checked at its end."""

    def __init__(
        self, reopen: Callable[[int], http.client.HTTPResponse], digest: str, size: int | None
    ) -> None:
        super().__init__()
        self._reopen = reopen
        self._response = reopen(0)
        self._tries = 0
        self._name = digest
        self._algorithm, _, self._digest = digest.partition(":")
        self._hash = hashlib.new(self._algorithm)
        self._size = size
        self._count = 0
        self._done = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._done:
            return 0
        count = self._read(buffer)
        self._count += count
        if self._size is not None and self._count > self._size:
            raise ArchiveError(f"{self._name}: longer than the {self._size} bytes of its manifest")
        if count:
            self._hash.update(memoryview(buffer)[:count])
            return count
        self._done = True
        if self._hash.hexdigest() != self._digest:
            raise ArchiveError(f"{self._name}: the bytes have another digest")
        return 0

    def _read(self, buffer: Any) -> int:
        while True:
            try:
                count = self._response.readinto(buffer)
                if count or self._size is None or self._count >= self._size:
                    return count
                why = f"ends after {self._count} of {self._size} bytes"
            except (OSError, http.client.HTTPException) as error:
                why = reason(error)
            self._response.close()
            self._tries += 1
            if self._tries > _RESUMES:
                raise ArchiveError(f"{self._name}: {why}")
            self._response = self._reopen(self._count)

    def close(self) -> None:
        if hasattr(self, "_response"):  # not where the first request failed
            self._response.close()
        super().close()


def agent() -> str:
    """What dunnage calls itself towards servers."""
    return f"dunnage/{__version__}"
