"""The registry client behind a proxy on loopback."""

from __future__ import annotations

import base64
import gc
import hashlib
import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dunnage import TargetError
from dunnage_oci import web
from dunnage_oci.proxy import proxy_for
from dunnage_oci.reference import parse
from dunnage_oci.registry import Registry

# http.client before Python 3.12 leaves the answer of a proxy that says no to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

HOST = "registry.acme.test"
BLOB = b"layer" * 100_000
DIGEST = "sha256:" + hashlib.sha256(BLOB).hexdigest()
MANIFEST = json.dumps({"schemaVersion": 2}).encode()
LOGIN = "Basic " + base64.b64encode(b"joe:st@wage").decode()


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """What a test leaves is collected here, not while another test runs."""
    yield
    gc.collect()


class Upstream(BaseHTTPRequestHandler):
    """A registry with one manifest and one blob, which wants no login."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        bodies = {"/v2/team/app/manifests/1": MANIFEST, f"/v2/team/app/blobs/{DIGEST}": BLOB}
        body = bodies.get(path, b"{}")
        self.send_response(200 if path in bodies else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Proxy:
    """A proxy that leads every name to ``upstream``. ``seen`` holds the method, the address and the
    login of each request; ``wanted`` is the login that it wants."""

    def __init__(self, upstream: int, wanted: str | None = None) -> None:
        self.seen: list[tuple[str, str, str | None]] = []
        self.leaked: list[str] = []
        outer = self

        class Handler(Upstream):
            def do_CONNECT(self) -> None:
                if not self._noted():
                    return
                self.send_response(200)
                self.end_headers()
                with socket.create_connection(("127.0.0.1", upstream), 10) as there:
                    back = threading.Thread(target=_pump, args=(there, self.connection))
                    back.start()
                    _pump(self.connection, there)
                    back.join()
                self.close_connection = True

            def do_GET(self) -> None:
                if self._noted():
                    super().do_GET()

            def _noted(self) -> bool:
                login = self.headers.get("Proxy-Authorization")
                outer.seen.append((self.command, self.path, login))
                if self.command == "CONNECT" and "Authorization" in self.headers:
                    outer.leaked.append(self.path)
                if wanted is not None and login != wanted:
                    self.send_error(407)
                    return False
                return True

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.http.server_port
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(1 << 16):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made = Proxy(0)
    yield made
    made.close()


def client(name: str, env: dict[str, str], *insecure: str) -> Registry:
    settings = web.Web("test", frozenset(insecure), env, sleep=lambda seconds: None)
    return Registry(parse(f"{name}/team/app:1"), settings, None)


def test_plain_http_by_the_users_word(proxy: Proxy) -> None:
    name = f"{HOST}:5000"
    env = {"http_proxy": f"http://joe:st%40wage@127.0.0.1:{proxy.port}"}
    asked = client(name, {**env, "https_proxy": "http://127.0.0.1:1"}, name)
    assert asked.manifest("1")[0] == MANIFEST
    with asked.blob(DIGEST, len(BLOB)) as stream:
        assert stream.read() == BLOB
    assert proxy.seen[0] == ("GET", f"http://{name}/v2/team/app/manifests/1", LOGIN)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    words = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={HOST}"
    done = subprocess.run(
        ["openssl", *words.split(), "-addext", f"subjectAltName=DNS:{HOST}",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def tunnel(certificate: Path) -> Iterator[Proxy]:
    """A proxy in front of a registry with TLS."""
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    upstream.socket = context.wrap_socket(upstream.socket, server_side=True)
    thread = threading.Thread(target=upstream.serve_forever, args=(0.01,))
    thread.start()
    made = Proxy(upstream.server_port, LOGIN)
    yield made
    made.close()
    upstream.shutdown()
    thread.join()
    upstream.server_close()


def test_tls_goes_through_a_tunnel_and_is_checked_at_its_end(
    tunnel: Proxy, certificate: Path
) -> None:
    env = {
        "HTTPS_PROXY": f"joe:st%40wage@127.0.0.1:{tunnel.port}",
        "SSL_CERT_FILE": str(certificate / "cert.pem"),
    }
    asked = client(HOST, env)
    assert asked.manifest("1")[0] == MANIFEST
    with asked.blob(DIGEST, len(BLOB)) as stream:
        assert stream.read() == BLOB
    assert set(tunnel.seen) == {("CONNECT", f"{HOST}:443", LOGIN)}
    assert tunnel.leaked == []
    with pytest.raises(TargetError, match="certificate is not trusted"):
        client("other.acme.test", env).manifest("1")
    del env["SSL_CERT_FILE"]
    with pytest.raises(TargetError, match="certificate is not trusted"):
        client(HOST, env).manifest("1")


def test_a_proxy_that_refuses_is_told_without_its_password(tunnel: Proxy) -> None:
    env = {"https_proxy": f"http://joe:wr0ngpass@127.0.0.1:{tunnel.port}"}
    with pytest.raises(TargetError, match=f"the proxy 127.0.0.1:{tunnel.port} refuses: 407") as e:
        client(HOST, env).manifest("1")
    assert "wr0ngpass" not in str(e.value)
    assert len(tunnel.seen) == 1


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "0.0.0.0", "2852039166", "0xa9fea9fe"],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_addresses_where_no_registry_is_are_refused_behind_a_proxy_too(
    proxy: Proxy, address: str, scheme: str
) -> None:
    env = {"all_proxy": f"http://127.0.0.1:{proxy.port}"}
    settings = web.Web("test", frozenset({address, address.strip("[]")}), env)
    with pytest.raises(TargetError, match="refused"):
        settings.get(f"{scheme}://{address}/latest", {})
    assert proxy.seen == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_this_machine_is_never_asked_through_a_proxy(proxy: Proxy, host: str) -> None:
    env = {"all_proxy": f"http://127.0.0.1:{proxy.port}"}
    with pytest.raises(TargetError):
        web.Web("test", env=env, sleep=lambda seconds: None).get(f"http://{host}:1/v2/", {})
    assert proxy.seen == []


@pytest.mark.parametrize(
    ("url", "env", "found"),
    [
        ("https://a.test/", {}, None),
        ("https://a.test/", {"HTTPS_PROXY": "http://p.test:3128"}, ("p.test", 3128)),
        ("https://a.test/", {"https_proxy": "p.test"}, ("p.test", 80)),
        ("https://a.test/", {"https_proxy": "", "HTTPS_PROXY": "http://p.test"}, None),
        ("https://a.test/", {"http_proxy": "http://p.test"}, None),
        ("https://a.test/", {"ALL_PROXY": "http://p.test"}, ("p.test", 80)),
        ("https://a.test/", {"all_proxy": "http://p.test", "NO_PROXY": "a.test"}, None),
        ("https://x.a.test/", {"all_proxy": "http://p.test", "no_proxy": ".a.test"}, None),
        ("https://a.test:1/", {"all_proxy": "http://p.test", "no_proxy": "a.test:1"}, None),
        ("https://a.test/", {"all_proxy": "http://p.test", "no_proxy": "*"}, None),
        ("https://ba.test/", {"all_proxy": "http://p.test", "no_proxy": "a.test"}, ("p.test", 80)),
        ("http://a.test/", {"HTTP_PROXY": "http://p.test", "REQUEST_METHOD": "GET"}, None),
    ],
)
def test_which_proxy(url: str, env: dict[str, str], found: Any) -> None:
    proxy = proxy_for(urlsplit(url), env)
    assert (proxy and (proxy.host, proxy.port)) == found


@pytest.mark.parametrize("address", ["socks5://u:pw@p.test:1080", "https://p.test", "http://p:x"])
def test_proxies_that_cannot_be_used(address: str) -> None:
    with pytest.raises(TargetError, match="cannot be used") as raised:
        proxy_for(urlsplit("https://a.test/"), {"https_proxy": address})
    assert "pw" not in str(raised.value)
