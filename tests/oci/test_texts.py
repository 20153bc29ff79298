"""What an image says outside of its files, by the real engine: tokens that no name gives away."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from dunnage import Finding, Rule
from dunnage.engine.listing import contents
from dunnage.engine.settings import Settings
from dunnage.testing import (
    bundled,
    docker_archive,
    image_config,
    layer,
    lint,
    oci_layout,
    render,
    tar_archive,
)
from dunnage_oci import testing as layouts

TOKEN = render("{github-token:ghp_}", "texts")
OTHER = render("{github-token:ghp_}", "other")
RULE = "secret/github-token"
LAYERS = [layer({"app/a": "1"}), layer({"app/b": "2"})]


@cache
def chosen() -> list[Rule]:
    return [each for each in bundled().rules if each.group == "image" or each.id == RULE]


def found(config: Any = None, history: Any = (), **settings: Any) -> list[Finding]:
    data = tar_archive(docker_archive(LAYERS, config=config or {}, history=list(history)))
    run = lint(data, chosen(), **settings)
    assert run.problems == []
    if not settings:
        assert TOKEN not in repr(run)
        assert OTHER not in repr(run)
    return [each for each in run.findings if each.rule == RULE]


@pytest.mark.parametrize(
    ("place", "config"),
    [
        ("ENV FOO", {"Env": ["PATH=/bin", f"FOO={TOKEN}"]}),
        ("LABEL com.acme/dir.map", {"Labels": {"com.acme/dir.map": TOKEN}}),
        ("CMD", {"Cmd": ["app", f"--x={TOKEN}"]}),
        ("ENTRYPOINT", {"Entrypoint": ["app", TOKEN]}),
        ("HEALTHCHECK", {"Healthcheck": {"Test": ["CMD", "curl", f"x?{TOKEN}"]}}),
        ("ONBUILD", {"OnBuild": [f"RUN x {TOKEN}"]}),
        ("WORKDIR", {"WorkingDir": f"/{TOKEN}"}),
        ("SHELL", {"Shell": ["/bin/sh", f"--x={TOKEN}"]}),
        ("STOPSIGNAL", {"StopSignal": TOKEN}),
        ("EXPOSE", {"ExposedPorts": {f"80/{TOKEN}": {}}}),
        ("VOLUME", {"Volumes": {f"/data/{TOKEN}": {}, "/other": {}}}),
        ("configuration: config.Deep.0.er", {"Deep": [{"er": TOKEN}, 1, None]}),
        ("configuration: config.List", {"List": [["x"], TOKEN]}),
    ],
)
def test_a_token_is_found_at_its_instruction(place: str, config: Any) -> None:
    [hit] = found(config)
    assert (hit.path, hit.line, hit.places) == (place, None, 1)
    assert hit.excerpt is not None
    assert "(40 bytes)" in hit.excerpt


def test_a_token_elsewhere_in_the_configuration_is_found_there() -> None:
    [hit] = found({"Domainname": TOKEN})
    assert hit.path == "configuration: config.Domainname"


def test_what_stands_beside_the_settings_is_found_by_its_name() -> None:
    configuration = json.loads(image_config(LAYERS))
    configuration |= {
        "author": f"me {TOKEN}",
        "comment": OTHER,
        "container_config": {"Env": [f"FOO={render('{github-token:ghp_}', 'third')}"]},
    }
    places = {each.path for each in _of(configuration)}
    assert places == {"author", "comment", "ENV FOO"}


def test_what_the_history_says_beside_the_steps_bears_their_layers() -> None:
    configuration = json.loads(image_config(LAYERS))
    configuration["history"] = [
        {"created_by": "COPY a /", "comment": TOKEN},
        {"created_by": "COPY b /", "author": OTHER},
    ]
    told = [(each.path, each.layer and each.layer.index) for each in _of(configuration)]
    assert told == [("history: comment", 0), ("history: author", 1)]


def _of(configuration: dict[str, Any]) -> list[Finding]:
    files = docker_archive(LAYERS)
    saved = json.loads(files["manifest.json"])
    saved[0]["Config"] = "own.json"
    files |= {"own.json": json.dumps(configuration).encode()}
    files["manifest.json"] = json.dumps(saved).encode()
    run = lint(tar_archive(files), chosen())
    assert run.problems == []
    return [each for each in run.findings if each.rule == RULE]


def test_what_both_builders_keep_is_told_once() -> None:
    configuration = json.loads(image_config(LAYERS, config={"Env": [f"FOO={TOKEN}"]}))
    configuration["container_config"] = configuration["config"]
    [hit] = _of(configuration)
    assert (hit.path, hit.places) == ("ENV FOO", 1)


def test_a_token_in_an_annotation() -> None:
    layout = oci_layout(LAYERS, annotations={"acme": TOKEN})
    [hit] = [each for each in lint(tar_archive(layout), chosen()).findings if each.rule == RULE]
    assert hit.path == "annotation acme"


def test_a_step_of_the_history_bears_its_layer_and_shows_no_secret() -> None:
    history = [
        {"created_by": "COPY a /app"},
        {"created_by": f"RUN |1 FOO={TOKEN} /bin/sh -c x {OTHER} # buildkit"},
        {"created_by": f"ENV FOO={TOKEN}", "empty_layer": True},
    ]
    hits = found(history=history)
    assert [hit.path for hit in hits] == ["history: RUN", "history: RUN"]
    for hit in hits:
        assert hit.layer is not None
        assert hit.layer.index == 1
        assert hit.layer.created_by is not None
        assert hit.layer.created_by.startswith("RUN FOO=")


def test_one_token_in_all_of_them_is_one_finding() -> None:
    history = [{"created_by": f"RUN |1 FOO={TOKEN} /bin/sh -c x"} for _ in LAYERS]
    [hit] = found({"Env": [f"FOO={TOKEN}"], "Cmd": [TOKEN]}, history)
    assert (hit.path, hit.places) == ("ENV FOO", 4)


def test_its_name_goes_before_its_form() -> None:
    data = tar_archive(docker_archive(LAYERS, config={"Env": [f"API_TOKEN={TOKEN}"]}))
    [hit] = [each for each in lint(data, chosen()).findings if "secret" in each.rule]
    assert (hit.rule, hit.path) == ("image/secret-in-env", "ENV API_TOKEN")


def test_several_images_are_told_apart() -> None:
    layout = layouts.multi_platform(
        {"linux/amd64": LAYERS[:1], "linux/arm64": LAYERS[1:]}, config={"Env": [f"FOO={TOKEN}"]}
    )
    [hit] = [each for each in lint(tar_archive(layout), chosen()).findings if each.rule == RULE]
    assert hit.path is not None
    assert hit.path.startswith("ENV FOO of ")
    assert hit.places == 2


def test_a_slash_in_a_name_keeps_no_rule_away() -> None:
    config = {
        "Env": ["DB_PASSWORD=S3cr3tOfMine"],
        "Labels": {"com.acme/npm_token": render("{base62:24}", "slash")},
        "Cmd": ["app", "--api-key=" + render("{base62:40}", "slash")],
    }
    known = {"image/secret-in-env", "image/secret-in-label", "image/secret-in-command"}
    one = docker_archive(LAYERS, config=config)
    several = layouts.multi_platform(
        {"linux/amd64": LAYERS[:1], "linux/arm64": LAYERS[1:]}, config=config
    )
    for layout in (one, several):
        assert known <= {each.rule for each in lint(tar_archive(layout), chosen()).findings}


def test_more_settings_than_an_honest_image_has_are_looked_at_together() -> None:
    many = [f"A{i}=1" for i in range(6000)]
    [hit] = found({"Env": [*many, f"FOO={TOKEN}"]})
    assert hit.path == "history: 1001 more settings and steps"
    data = tar_archive(docker_archive(LAYERS, config={"Env": [*many, "DB_PASSWORD=S3cr3tOfMine"]}))
    assert "image/secret-in-history" in {each.rule for each in lint(data, chosen()).findings}


def test_secrets_may_be_shown_by_ones_own_wish() -> None:
    history = [{"created_by": "COPY a /"}, {"created_by": f"RUN x {TOKEN}"}]
    [hit] = found(history=history, show_secrets=True)
    assert hit.excerpt is not None
    assert TOKEN in hit.excerpt


def test_a_listing_shows_no_secret(tmp_path: Path) -> None:
    # Lower case and digits alone: nothing but the rule knows that this is one.
    secret = render("sk_live_{lower:6}{base36:18}", "texts")
    place = tmp_path / "app.tar"
    history = [{"created_by": "COPY a /"}, {"created_by": f"RUN x {secret} " + "y" * 3000}]
    place.write_bytes(tar_archive(docker_archive(LAYERS, history=history)))
    rules = [each for each in bundled().rules if each.id.startswith("secret/stripe")]
    [found] = contents([str(place)], Settings(), replace(bundled(), rules=rules))
    line = found.artifact.layers[1].created_by or ""
    assert line.startswith("RUN x *****")
    assert secret not in line
    assert len(line) <= 1000


def test_a_configuration_that_images_share_is_told_once() -> None:
    config = json.loads(image_config(LAYERS))
    config["config"] = {"Labels": {"a": TOKEN}}
    entries = [
        {"Config": "c.json", "RepoTags": [f"a:{n}"], "Layers": ["0.tar", "1.tar", *["0.tar"] * n]}
        for n in range(20)
    ]
    files = {"0.tar": LAYERS[0], "1.tar": LAYERS[1], "c.json": json.dumps(config)}
    data = tar_archive({**files, "manifest.json": json.dumps(entries)})
    [hit] = [each for each in lint(data, chosen()).findings if each.rule == RULE]
    assert (hit.path, hit.places) == ("LABEL a of a:0 (linux/amd64)", 1)
