"""A hit and a miss for each rule of the group ``image/``, by the real engine on built images."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from dunnage import Finding, Rule
from dunnage.testing import Member, bundled, docker_archive, layer, lint, render, tar_archive
from dunnage_oci import config_rules, credentials, layer_rules
from dunnage_oci.caches import CACHES, cache_of

SECRET = render("{base62:32}", "image-rules")
BASE = {"etc/os-release": "ID=demo\n", "bin/": b"", "usr/bin/su": Member(b"x", mode=0o4755)}
RULES = (*config_rules.RULES, *layer_rules.RULES, *credentials.RULES)


@cache
def chosen() -> list[Rule]:
    return [each for each in bundled().rules if each.group == "image"]


def found(rule: str, *layers: Any, **configuration: Any) -> list[Finding]:
    built = [layer(each) for each in layers or (BASE,)]
    run = lint(tar_archive(docker_archive(built, **configuration)), chosen())
    assert run.problems == []
    assert SECRET not in repr(run)
    return [each for each in run.findings if each.rule == rule]


def test_every_rule_is_registered() -> None:
    assert sorted(each.id for each in RULES) == sorted(each.id for each in chosen())


@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.id)
def test_every_rule_explains_itself(rule: Rule) -> None:
    assert rule.summary
    assert rule.why
    assert rule.fix_for("oci")
    assert rule.source.startswith("https://")
    assert rule.ecosystems == ("oci",)


@pytest.mark.parametrize(
    ("rule", "config"),
    [
        ("secret-in-env", {"Env": [f"NPM_TOKEN={SECRET}"]}),
        ("secret-in-env", {"Env": [f"DATABASE=postgres://app:{SECRET}@db/app"]}),
        ("secret-in-env", {"Env": [f"JAVA_OPTS=-Xmx1g -Ddb.password={SECRET}"]}),
        ("secret-in-label", {"Labels": {"vcs": f"https://ci:{SECRET}@git.acme.test/a"}}),
        ("secret-in-label", {"Labels": {"deploy-token": SECRET}}),
        ("secret-in-command", {"Cmd": ["app", "--password", SECRET]}),
        ("secret-in-command", {"Entrypoint": ["app", f"--api-key={SECRET}"]}),
        ("secret-in-command", {"Healthcheck": {"Test": ["CMD-SHELL", f"curl -u joe:{SECRET} x"]}}),
        ("secret-in-command", {"OnBuild": [f"ENV DB_PASSWORD={SECRET}"]}),
    ],
)
def test_secrets_of_the_configuration(rule: str, config: Any) -> None:
    [hit] = found(f"image/{rule}", config=config)
    assert hit.severity.label == "error"
    assert hit.fix
    assert hit.excerpt is not None
    assert "(32 bytes)" in hit.excerpt


@pytest.mark.parametrize(
    "config",
    [
        {"Env": ["PATH=/bin", "GPG_KEY=" + "A035C8C19219BA821ECE" * 2, "NPM_TOKEN="]},
        {"Env": ["DB_PASSWORD_FILE=/run/secrets/db", "DB_PASSWORD=${DB_PASSWORD}"]},
        {"Labels": {"url": "https://acme.test", "maintainer": "joe@acme.test"}},
        {"Cmd": ["app", "--password-file", "/run/secrets/x"], "Healthcheck": {"Test": ["NONE"]}},
        {"Env": None, "Labels": None, "Cmd": None},
        {"Env": "x", "Labels": ["x"], "Cmd": 7, "Healthcheck": []},
    ],
)
def test_configurations_without_one(config: Any) -> None:
    for rule in ("env", "label", "command", "history"):
        assert found(f"image/secret-in-{rule}", config=config) == []


def test_a_default_password_is_a_warning() -> None:
    [hit] = found("image/secret-in-env", config={"Env": ["POSTGRES_PASSWORD=postgres"]})
    assert hit.severity.label == "warning"


@pytest.mark.parametrize(
    "created_by",
    [
        f"|1 NPM_TOKEN={SECRET} /bin/sh -c npm ci",
        f"RUN |1 NPM_TOKEN={SECRET} /bin/sh -c npm ci # buildkit",
        f"/bin/sh -c curl https://joe:{SECRET}@acme.test/x | sh",
        f"/bin/sh -c #(nop)  ENV NPM_TOKEN={SECRET}",
        f'ENTRYPOINT ["/app","--token={SECRET}"]',
        f'CMD ["/app","--password","{SECRET}"]',
    ],
)
def test_secrets_of_the_history(created_by: str) -> None:
    [hit] = found("image/secret-in-history", history=[{"created_by": created_by}])
    assert hit.layer is not None
    assert hit.layer.index == 0
    assert hit.path is not None
    assert hit.path.startswith("history: ")


def test_one_secret_is_one_finding() -> None:
    history = [{"created_by": f"ENV NPM_TOKEN={SECRET}"}]
    run = lint(
        tar_archive(
            docker_archive([layer(BASE)], config={"Env": [f"NPM_TOKEN={SECRET}"]}, history=history)
        ),
        chosen(),
    )
    assert [each.rule for each in run.findings if "secret" in each.rule] == ["image/secret-in-env"]


@pytest.mark.parametrize(
    ("user", "count"), [(None, 1), ("", 1), ("root", 1), ("0:0", 1), ("app", 0), ("1000", 0)]
)
def test_root_user(user: str | None, count: int) -> None:
    assert len(found("image/root-user", config={"User": user})) == count


# -- layers ---------------------------------------------------------------------------------------


def test_a_cache_is_told_with_its_bytes_and_layer() -> None:
    lists = {"var/lib/apt/lists/a_Packages": b"p" * 200_000, "var/lib/apt/lists/lock": b""}
    [hit] = found("image/package-cache", BASE, lists)
    assert "200 kB" in hit.message
    assert hit.layer is not None
    assert hit.layer.index == 1


def test_a_cache_that_is_deleted_later_still_counts() -> None:
    lists = {"var/lib/apt/lists/a_Packages": b"p" * 200_000}
    [hit] = found("image/package-cache", BASE, lists, {"var/lib/apt/.wh.lists": b""})
    assert "deletes 200 kB of it" in hit.message
    assert hit.hidden_by == 2


def test_an_empty_cache_is_none() -> None:
    assert found("image/package-cache", {"root/.npm/_cacache/x": b"1", "var/cache/apt/": b""}) == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("var/lib/apt/lists/x", "apt-lists"),
        ("var/cache/apt/archives/x.deb", "apt"),
        ("var/cache/apk/APKINDEX.a.tar.gz", "apk"),
        ("root/.cache/pip/http/a", "pip"),
        ("home/joe/.npm/_cacache/a", "npm"),
        ("./root/.cache/go-build/00/a", "go-build"),
        ("usr/local/cargo/registry/cache/a", "cargo"),
        ("root/.m2/repository/a", "maven"),
        ("opt/conda/pkgs/a", "conda"),
    ],
)
def test_caches_are_known_by_their_place(path: str, name: str) -> None:
    assert cache_of(path) == name
    assert CACHES[name].fix


@pytest.mark.parametrize(
    "path", ["app/var/lib/apt/lists/x", "var/lib/apt/extended_states", "root/.cache/x", "pip/x"]
)
def test_what_is_no_cache(path: str) -> None:
    assert cache_of(path) is None


def test_wasted_space() -> None:
    big = {"data/a.bin": bytes(1_500_000), "data/b.txt": "1"}
    [hit] = found("image/wasted-space", BASE, big, {"data/.wh.a.bin": b""})
    assert "1 file, 1.5 MB" in hit.message
    assert "layer 2" in hit.message
    assert found("image/wasted-space", BASE, {"a": b"1"}, {".wh.a": b""}) == []


def test_setuid_files_of_ones_own_layers() -> None:
    own = {"app/run": Member(b"x", mode=0o4755), "usr/bin/passwd": Member(b"x", mode=0o4755)}
    hits = {each.path: each.severity.label for each in found("image/setuid-file", BASE, own)}
    assert hits == {"app/run": "warning", "usr/bin/passwd": "note"}
    again = {"usr/bin/su": Member(b"y", mode=0o4755), "app/plain": Member(b"x", mode=0o755)}
    assert found("image/setuid-file", BASE, again) == []


def test_world_writable() -> None:
    open_to_all = {"app/": Member(kind=_dir(), mode=0o777), "app/x": Member(b"1", mode=0o666)}
    [hit] = found("image/world-writable", BASE, open_to_all)
    assert "one of 2" in hit.message
    fine = {"tmp/": Member(kind=_dir(), mode=0o1777), "a": Member(b"1", mode=0o664)}
    assert found("image/world-writable", BASE, fine) == []


def _dir() -> Any:
    from dunnage import Kind

    return Kind.DIR


def test_odd_whiteouts() -> None:
    [hit] = found("image/odd-whiteout", BASE, {"app/.wh.hidden": b"payload"})
    assert hit.path == "app/.wh.hidden"
    assert "7 bytes" in hit.message
    assert found("image/odd-whiteout", BASE, {"app/.wh.gone": b"", "a/.wh..wh..opq": b""}) == []


def test_empty_passwords() -> None:
    shadow = "root::19000:0:99999:7:::\nbin:*:19000::::::\njoe:!:1::::::\n"
    [hit] = found("image/empty-password", {"etc/shadow": shadow})
    assert "root" in hit.message
    assert hit.severity.label == "error"
    locked = "root:*:19000:0:99999:7:::\n"
    assert (
        found("image/empty-password", {"etc/shadow": locked, "etc/passwd": "root:x:0:0::/:\n"})
        == []
    )


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("root/.docker/config.json", '{"auths": {"acme.test": {"auth": "SECRET"}}}'),
        ("root/.aws/credentials", "[default]\naws_secret_access_key = SECRET\n"),
        ("home/joe/.netrc", "machine acme.test login joe password SECRET\n"),
        ("root/.git-credentials", "https://joe:SECRET@acme.test\n"),
        ("app/.npmrc", "//acme.test/:_authToken=SECRET\n"),
        ("root/.pypirc", "[pypi]\npassword = SECRET\n"),
        ("root/.kube/config", "users:\n- user:\n    token: SECRET\n"),
        ("root/.config/gh/hosts.yml", "github.com:\n    oauth_token: SECRET\n"),
        ("root/.pgpass", "db:5432:app:joe:SECRET\n"),
        ("root/.m2/settings.xml", "<server><password>SECRET</password></server>"),
        ("root/.vault-token", "SECRET"),
    ],
)
def test_credential_files(path: str, text: str) -> None:
    [hit] = found("image/credential-file", BASE, {path: text.replace("SECRET", SECRET)})
    assert hit.severity.label == "error"
    assert hit.layer is not None
    for empty in ("", "\n", text.replace("SECRET", ""), text.replace("SECRET", "${TOKEN}")):
        assert found("image/credential-file", BASE, {path: empty}) == []


def test_a_credential_file_outside_of_an_image_is_none_of_these_rules() -> None:
    run = lint(tar_archive({"a/.netrc": f"machine a login b password {SECRET}\n"}), chosen())
    assert list(run.findings) == []


def test_a_single_layer_is_judged_too() -> None:
    run = lint(tar_archive({**BASE, "etc/shadow": "root::1:0:9:7:::\n"}), chosen())
    assert [each.rule for each in run.findings] == ["image/empty-password"]
