"""The registry client against a server on loopback that misbehaves on request."""

from __future__ import annotations

import base64
import email.utils
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dunnage import ArchiveError, Entry, Oddity, TargetError
from dunnage_oci import auth, web
from dunnage_oci.reference import parse
from dunnage_oci.registry import Registry
from dunnage_oci.remote import Registered, RemoteImage

BLOB = bytes(range(256)) * 20_000
DIGEST = "sha256:" + hashlib.sha256(BLOB).hexdigest()
Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Answers each path with a function; notes each request's path and Authorization."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.seen: list[tuple[str, str | None]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.seen.append((self.path, self.headers.get("Authorization")))
                answer = outer.answers.get(urlsplit(self.path).path)
                if answer is None:
                    send(self, 404, b'{"errors": [{"message": "unknown"}]}')
                else:
                    answer(self)

            do_POST = do_GET  # noqa: N815 - the library's names

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    if "Content_Length" not in headers:
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def give(body: bytes, status: int = 200, **headers: str) -> Answer:
    return lambda handler: send(handler, status, body, **headers)


def in_turn(*answers: Answer) -> Answer:
    left = list(answers)
    return lambda handler: (left.pop(0) if len(left) > 1 else left[0])(handler)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def client(server: Server, login: auth.Login | None = None, **options: Any) -> Registry:
    settings = web.Web("test", sleep=lambda seconds: None, **options)
    return Registry(parse(f"{server.host}/team/app:1"), settings, login)


MANIFEST = "/v2/team/app/manifests/1"
PLACE = f"/v2/team/app/blobs/{DIGEST}"


def test_a_manifest_by_tag(server: Server) -> None:
    server.answers[MANIFEST] = give(b"{}", Content_Type="application/x; charset=utf-8")
    assert client(server).manifest("1") == (b"{}", "application/x")


def test_a_manifest_by_digest_is_checked(server: Server) -> None:
    wanted = "sha256:" + "0" * 64
    server.answers[f"/v2/team/app/manifests/{wanted}"] = give(b"{}")
    with pytest.raises(ArchiveError, match="another manifest"):
        client(server).manifest(wanted)


@pytest.mark.parametrize(
    ("status", "text"),
    [(404, "no such image"), (403, "a login is needed"), (418, "status 418"), (500, "status 500")],
)
def test_failures_are_told_in_one_line(server: Server, status: int, text: str) -> None:
    server.answers[MANIFEST] = give(b'{"errors": [{"message": "no\\nway"}]}', status)
    with pytest.raises(TargetError, match=text) as raised:
        client(server).manifest("1")
    assert "\n" not in str(raised.value)


def test_what_passes_is_tried_again(server: Server) -> None:
    server.answers[MANIFEST] = in_turn(give(b"", 503), give(b"", 429, Retry_After="1"), give(b"{}"))
    assert client(server).manifest("1")[0] == b"{}"
    assert len(server.seen) == 3


def test_a_server_that_says_when_is_waited_for(server: Server) -> None:
    waited: list[float] = []
    settings = web.Web("test", sleep=waited.append)
    asked = Registry(parse(f"{server.host}/team/app:1"), settings, None)
    soon = email.utils.format_datetime(datetime.now(timezone.utc) + timedelta(seconds=9))
    server.answers[MANIFEST] = in_turn(
        give(b"", 429, Retry_After="7"), give(b"", 503, Retry_After=soon), give(b"{}")
    )
    assert asked.manifest("1")[0] == b"{}"
    assert waited[0] == 7
    assert 5 < waited[1] < 10


def test_a_server_that_wants_hours_is_not_waited_for(server: Server) -> None:
    server.answers[MANIFEST] = give(b"", 429, Retry_After="3600")
    with pytest.raises(TargetError, match=r"no more requests; try again in 3600 s \(more are"):
        client(server).manifest("1")
    assert len(server.seen) == 1


def test_a_redirect_to_a_path_stays_on_the_host(server: Server) -> None:
    server.answers[PLACE] = give(b"", 307, Location="../far/blob?x=1")
    server.answers["/v2/team/app/far/blob"] = give(BLOB)
    login = auth.Login("joe", "stowage")
    asked = client(server, login)
    asked._authorization = login.basic
    with asked.blob(DIGEST, len(BLOB)) as stream:
        assert stream.read() == BLOB
    assert server.seen[-1] == ("/v2/team/app/far/blob?x=1", login.basic)


@pytest.mark.parametrize(
    "challenge",
    [
        'Basic realm="x", Bearer realm="{realm}",service="s, Basic y=1"',
        'bearer realm="{realm}" , service=s, Basic realm="https://other.acme.test/"',
        'Negotiate, Bearer service="s",realm="{realm}",scope="repository:team/app:pull,push"',
    ],
)
def test_challenges_of_several_schemes(server: Server, challenge: str) -> None:
    realm = f"http://{server.host}/token"
    server.answers["/token"] = give(b'{"token": "t"}')
    ask = give(b"", 401, WWW_Authenticate=challenge.format(realm=realm))
    server.answers[MANIFEST] = in_turn(ask, give(b"{}"))
    assert client(server).manifest("1")[0] == b"{}"
    assert server.seen[-1][1] == "Bearer t"


def test_a_token_for_the_registry_itself(server: Server) -> None:
    server.answers[MANIFEST] = give(b"{}")
    client(server, auth.Login(token="t")).manifest("1")
    assert server.seen == [(MANIFEST, "Bearer t")]


def test_a_manifest_is_bounded(server: Server) -> None:
    server.answers[MANIFEST] = give(b" " * (5 << 20))
    with pytest.raises(ArchiveError, match="longer than 4 MiB"):
        client(server).manifest("1")


def test_a_blob_is_streamed_and_checked(server: Server) -> None:
    server.answers[PLACE] = give(BLOB)
    with client(server).blob(DIGEST, len(BLOB)) as stream:
        assert stream.read() == BLOB


@pytest.mark.parametrize(
    ("body", "size", "text"),
    [
        (BLOB[:-1] + b"?", len(BLOB), "another digest"),
        (BLOB + b"?", len(BLOB), "longer than"),
        (BLOB[:-9], None, "another digest"),
    ],
)
def test_a_blob_that_is_another(server: Server, body: bytes, size: int | None, text: str) -> None:
    server.answers[PLACE] = give(body)
    with client(server).blob(DIGEST, size) as stream, pytest.raises(ArchiveError, match=text):
        stream.read()


def test_a_blob_that_breaks_off_is_asked_for_from_there(server: Server) -> None:
    half = len(BLOB) // 2
    server.answers[PLACE] = in_turn(
        give(BLOB[:half], Content_Length=str(len(BLOB))), give(BLOB[half:], 206)
    )
    with client(server).blob(DIGEST, len(BLOB)) as stream:
        assert stream.read() == BLOB


def test_a_blob_that_always_breaks_off_ends(server: Server) -> None:
    server.answers[PLACE] = in_turn(
        give(BLOB[:9], Content_Length=str(len(BLOB))), give(b"", 206, Content_Length="9")
    )
    with (
        client(server).blob(DIGEST, len(BLOB)) as stream,
        pytest.raises(ArchiveError, match="ends"),
    ):
        stream.read()


def test_basic_authentication(server: Server) -> None:
    login = auth.Login("joe", "stowage")

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("Authorization") == login.basic:
            send(handler, 200, b"{}")
        else:
            send(handler, 401, WWW_Authenticate='Basic realm="x"')

    server.answers[MANIFEST] = answer
    assert client(server, login).manifest("1")[0] == b"{}"
    with pytest.raises(TargetError, match="the login is refused"):
        client(server, auth.Login("joe", "wrong")).manifest("1")
    with pytest.raises(TargetError, match="docker login"):
        client(server).manifest("1")


def token_server(server: Server, wanted: str) -> None:
    challenge = (
        f'Bearer realm="http://{server.host}/token",service="s",scope="repository:team/app:pull"'
    )

    def manifest(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("Authorization") == "Bearer abc":
            send(handler, 200, b"{}")
        else:
            send(handler, 401, WWW_Authenticate=challenge)

    def token(handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        given = parse_qs(handler.rfile.read(length).decode()) if length else {}
        known = handler.headers.get("Authorization") or "".join(
            given.get("refresh_token", ["none"])
        )
        send(handler, 200 if known == wanted else 401, json.dumps({"token": "abc"}).encode())

    server.answers[MANIFEST] = manifest
    server.answers["/token"] = token


@pytest.mark.parametrize(
    ("login", "known"),
    [
        (None, "none"),
        (auth.Login("joe", "stowage"), auth.Login("joe", "stowage").basic),
        (auth.Login(identity="long"), "long"),
    ],
)
def test_token_authentication(server: Server, login: auth.Login | None, known: str) -> None:
    token_server(server, known)
    assert client(server, login).manifest("1")[0] == b"{}"


def test_a_token_service_that_refuses(server: Server) -> None:
    token_server(server, "somebody else")
    with pytest.raises(TargetError, match="refuses without a login"):
        client(server).manifest("1")


def test_a_registry_that_always_wants_another_token_ends(server: Server) -> None:
    token_server(server, "none")
    server.answers[MANIFEST] = give(
        b"", 401, WWW_Authenticate=f'Bearer realm="http://{server.host}/token"'
    )
    with pytest.raises(TargetError):
        client(server).manifest("1")
    assert len(server.seen) < 9


# -- where a request may go -----------------------------------------------------------------------


def test_a_redirect_to_another_host_gets_no_credentials(server: Server) -> None:
    other = Server()
    try:
        other.answers["/far"] = give(BLOB)
        login = auth.Login("joe", "stowage")
        server.answers[PLACE] = in_turn(
            give(b"", 401, WWW_Authenticate='Basic realm="x"'),
            give(b"", 307, Location=f"http://{other.host}/far"),
        )
        with client(server, login).blob(DIGEST, len(BLOB)) as stream:
            assert stream.read() == BLOB
        assert server.seen[-1][1] == login.basic
        assert other.seen == [("/far", None)]
    finally:
        other.close()


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ("file:///etc/passwd", "not"),
        ("ftp://acme.test/x", "not HTTP"),
        ("http://169.254.169.254/latest/meta-data", "refused"),
        ("http://registry.acme.test/x", "plain HTTP is refused"),
        ("http://joe:stowage@127.0.0.1/x", "not an address"),
        ("http://127.0.0.1:99999/x", "not a host and port"),
        ("", "without a location"),
    ],
)
def test_redirects_that_are_refused(server: Server, location: str, text: str) -> None:
    server.answers[MANIFEST] = give(b"", 302, Location=location)
    with pytest.raises(TargetError, match=text):
        client(server).manifest("1")


def test_redirects_end(server: Server) -> None:
    server.answers[MANIFEST] = give(b"", 302, Location=MANIFEST)
    with pytest.raises(TargetError, match="redirects"):
        client(server).manifest("1")


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "fe80::1",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "224.0.0.1",
        "0.0.0.0",
    ],
)
def test_addresses_where_no_registry_is(address: str) -> None:
    with pytest.raises(TargetError, match="refused"):
        web.refuse("registry.acme.test", address)


def test_addresses_where_one_may_be() -> None:
    for address in ("127.0.0.1", "10.0.0.7", "192.168.1.1", "::1", "203.0.113.9"):
        web.refuse("registry.acme.test", address)


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("http://localhost:5000/", True),
        ("http://127.9.9.9/", True),
        ("http://[::1]:5000/", True),
        ("http://registry.acme.test/", False),
        ("http://registry.acme.test:5000/", True),
        ("http://localhost.acme.test/", False),
    ],
)
def test_plain_http_is_for_this_machine_or_by_the_users_word(url: str, fine: bool) -> None:
    known = web.Web("test", frozenset({"registry.acme.test:5000"}))
    assert known.is_insecure(urlsplit(url)) is fine


def test_nobody_listens() -> None:
    settings = web.Web("test", sleep=lambda seconds: None)
    registry = Registry(parse("127.0.0.1:9/a:1"), settings, None)
    with pytest.raises(TargetError, match="connection refused"):
        registry.manifest("1")


# -- an image as an archive -----------------------------------------------------------------------


def test_a_damaged_blob_is_a_flaw_and_the_rest_goes_on(server: Server) -> None:
    config, good = b'{"rootfs": {}}', b"good"
    gone = "sha256:" + "1" * 64
    named = {name: "sha256:" + hashlib.sha256(name).hexdigest() for name in (config, good)}
    manifest = json.dumps(
        {
            "config": {
                "mediaType": "application/json",
                "digest": named[config],
                "size": len(config),
            },
            "layers": [
                {"digest": gone, "size": 4},
                {"digest": "md5:00", "size": 4},
                {"digest": named[good], "size": 4},
                {"digest": named[good], "size": 4},
            ],
        }
    ).encode()
    server.answers[MANIFEST] = give(manifest)
    for body, name in named.items():
        server.answers[f"/v2/team/app/blobs/{name}"] = give(body)
    items = list(RemoteImage(Registered(client(server)), "1", "app:1"))
    paths = [getattr(item, "path", None) for item in items]
    assert paths[:2] == ["oci-layout", "index.json"]
    messages = [item.message for item in items if hasattr(item, "message")]
    assert len(messages) == 2
    assert "does not give the blob" in messages[0]
    assert "md5:00" in messages[1]
    assert paths.count("blobs/" + named[good].replace(":", "/")) == 1


def test_the_files_of_an_artifact_lie_where_their_titles_say(server: Server) -> None:
    """image-spec 1.1, annotations.md; `oras pull` writes them so."""
    titles = [".npmrc", "/etc/a", "../b", "index.json", "dir/c.map", "dir/c.map", ""]
    files = {name: f"{n}".encode() for n, name in enumerate(map(repr, enumerate(titles)))}
    layers = []
    for title, body in zip(titles, files.values(), strict=True):
        name = "sha256:" + hashlib.sha256(body).hexdigest()
        server.answers[f"/v2/team/app/blobs/{name}"] = give(body)
        told = {"digest": name, "size": len(body), "mediaType": "text/plain"}
        layers.append(told | {"annotations": {"org.opencontainers.image.title": title}})
    document = {"schemaVersion": 2, "config": {}, "layers": layers}
    server.answers[MANIFEST] = give(json.dumps(document).encode())
    items = list(RemoteImage(Registered(client(server)), "1", "app:1"))
    odd = [item for item in items if isinstance(item, Oddity)]
    assert [(each.kind, each.path) for each in odd] == [
        ("path-escape", "etc/a"),
        ("path-escape", "b"),
    ]
    paths = [item.path for item in items if isinstance(item, Entry)][3:]
    assert [path for path in paths if not path.startswith("blobs/")] == [
        ".npmrc",
        "etc/a",
        "b",
        "dir/c.map",
    ]
    assert len(paths) == len(titles)


# -- who to be ------------------------------------------------------------------------------------


def pair(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("settings", "reference", "expected"),
    [
        (
            {"auths": {"acme.test": {"auth": pair("a", "b:c")}}},
            "acme.test/x",
            auth.Login("a", "b:c"),
        ),
        (
            {"auths": {"https://acme.test/v1/": {"auth": pair("a", "b")}}},
            "acme.test/x",
            auth.Login("a", "b"),
        ),
        ({"auths": {auth.HUB_KEY: {"auth": pair("a", "b")}}}, "nginx", auth.Login("a", "b")),
        ({"auths": {"docker.io": {"auth": pair("a", "b")}}}, "nginx", auth.Login("a", "b")),
        (
            {"auths": {"https://index.docker.io/v2/": {"auth": pair("a", "b")}}},
            "docker.io/library/nginx",
            auth.Login("a", "b"),
        ),
        (
            {"auths": {"https://acme.test:5000/registry/x/": {"auth": pair("a", "b") + "\n"}}},
            "acme.test:5000/x",
            auth.Login("a", "b"),
        ),
        ({"auths": {"https://acme.test/v2/": {"auth": pair("a", "b")}}}, "acme.test:1/x", None),
        (
            {"auths": {"acme.test": {"registrytoken": "t"}}},
            "acme.test/x",
            auth.Login(token="t"),
        ),
        (
            {
                "auths": {
                    "acme.test/team": {"auth": pair("t", "t")},
                    "acme.test": {"auth": pair("a", "b")},
                }
            },
            "acme.test/team/x",
            auth.Login("t", "t"),
        ),
        (
            {"auths": {"acme.test": {"identitytoken": "id"}}},
            "acme.test/x",
            auth.Login(identity="id"),
        ),
        (
            {"auths": {"acme.test": {"username": "a", "password": "b"}}},
            "acme.test/x",
            auth.Login("a", "b"),
        ),
        ({"auths": {"acme.test": {}}}, "acme.test/x", None),
        ({"auths": {"acme.test": {"auth": "!!"}}}, "acme.test/x", None),
        ({"auths": {"other.test": {"auth": pair("a", "b")}}}, "acme.test/x", None),
        ({"auths": []}, "acme.test/x", None),
        ([], "acme.test/x", None),
    ],
)
def test_logins_of_dockers_file(
    tmp_path: Any, settings: Any, reference: str, expected: Any
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(settings))
    assert auth.find(parse(reference), {"DOCKER_CONFIG": str(tmp_path)}) == expected


def test_helpers(tmp_path: Any) -> None:
    helper = tmp_path / "docker-credential-demo"
    helper.write_text("#!/bin/sh\n")
    helper.chmod(0o755)
    asked: list[tuple[list[str], bytes]] = []

    def run(command: list[str], given: bytes) -> tuple[int, bytes]:
        asked.append((command, given))
        return 0, json.dumps({"Username": "<token>", "Secret": "id"}).encode()

    env = {"DOCKER_CONFIG": str(tmp_path), "PATH": str(tmp_path)}
    for settings in ({"credHelpers": {"acme.test": "demo"}}, {"credsStore": "demo"}):
        (tmp_path / "config.json").write_text(json.dumps(settings))
        assert auth.find(parse("acme.test/x"), env, run) == auth.Login(identity="id")
        assert asked.pop() == ([str(helper), "get"], b"acme.test")


@pytest.mark.parametrize(
    ("helper", "status", "out", "text"),
    [
        ("demo", 1, b"boom\ntrace", "failed for acme.test: boom$"),
        ("../../bin/sh", 0, b"", "no name that can be run"),
        ("missing", 0, b"", "not on the PATH"),
    ],
)
def test_helpers_that_fail(tmp_path: Any, helper: str, status: int, out: bytes, text: str) -> None:
    program = tmp_path / "docker-credential-demo"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "config.json").write_text(json.dumps({"credHelpers": {"acme.test": helper}}))
    env = {"DOCKER_CONFIG": str(tmp_path), "PATH": str(tmp_path)}
    with pytest.raises(TargetError, match=text):
        auth.find(parse("acme.test/x"), env, lambda command, given: (status, out))


def test_a_helper_that_knows_nothing(tmp_path: Any) -> None:
    (tmp_path / "docker-credential-demo").write_text("#!/bin/sh\n")
    (tmp_path / "docker-credential-demo").chmod(0o755)
    (tmp_path / "config.json").write_text(json.dumps({"credsStore": "demo"}))
    env = {"DOCKER_CONFIG": str(tmp_path), "PATH": str(tmp_path)}
    unknown = b"credentials not found in native keychain\n"
    assert auth.find(parse("acme.test/x"), env, lambda command, given: (1, unknown)) is None


def test_the_login_that_ci_hands_over_goes_first(tmp_path: Any) -> None:
    def logins(user: str) -> str:
        return json.dumps({"auths": {"acme.test": {"auth": pair(user, "b")}}})

    (tmp_path / "config.json").write_text(logins("file"))
    env = {"DOCKER_CONFIG": str(tmp_path), "DOCKER_AUTH_CONFIG": logins("ci")}
    assert auth.find(parse("acme.test/x"), env) == auth.Login("ci", "b")
    env["DOCKER_AUTH_CONFIG"] = "no JSON"
    assert auth.find(parse("acme.test/x"), env) == auth.Login("file", "b")
