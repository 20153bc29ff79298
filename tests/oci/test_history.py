from __future__ import annotations

import pytest

from dunnage_oci import keyed
from dunnage_oci.history import makers, step
from dunnage_oci.mask import masked


@pytest.mark.parametrize(
    ("created_by", "instruction", "command"),
    [
        ("/bin/sh -c #(nop)  ENV A=b", "ENV", "A=b"),
        ('/bin/sh -c #(nop)  CMD ["bash"]', "CMD", '["bash"]'),
        ("/bin/sh -c #(nop) COPY dir:0a in /app ", "COPY", "dir:0a in /app"),
        ("/bin/sh -c apt-get update", "RUN", "apt-get update"),
        ("RUN /bin/sh -c npm ci # buildkit", "RUN", "npm ci"),
        ("RUN /bin/bash -o pipefail -c make # buildkit", "RUN", "make"),
        ("COPY . /app # buildkit", "COPY", ". /app"),
        ("RUN |1 A=b /bin/sh -c make # buildkit", "RUN", "make"),
        ("|2 A=b C=d e /bin/sh -c make", "RUN", "make"),
        ("cmd /S /C #(nop) WORKDIR C:\\app", "WORKDIR", "C:\\app"),
        ("# debian.sh --arch 'amd64' out/", "", "# debian.sh --arch 'amd64' out/"),
        ("bazel build ...", "", "bazel build ..."),
    ],
)
def test_a_step_is_read_whoever_wrote_it(created_by: str, instruction: str, command: str) -> None:
    found = step({"created_by": created_by})
    assert (found.instruction, found.command) == (instruction, command)


def test_build_arguments_may_hold_blanks() -> None:
    found = step({"created_by": "|3 A=one two B= C=x=y /bin/sh -c make all"})
    assert list(found.args) == [("A", "one two"), ("B", ""), ("C", "x=y")]
    assert found.command == "make all"


def test_the_program_of_the_exec_form_ends_the_build_arguments() -> None:
    found = step({"created_by": "RUN |2 A=one two B=x/y /bin/tool --version # buildkit"})
    assert list(found.args) == [("A", "one two"), ("B", "x/y")]
    assert found.line == "RUN /bin/tool --version"


@pytest.mark.parametrize("value", [None, 7, [], {"created_by": 7}])
def test_odd_entries_are_empty_steps(value: object) -> None:
    from dunnage_oci.history import steps

    assert [each.raw for each in steps({"history": [value]})] == [""]


def lines(*pairs: tuple[str, bool]) -> list[object]:
    return [{"created_by": line, "empty_layer": empty} for line, empty in pairs]


def test_each_layer_has_the_step_that_made_it() -> None:
    history = [
        step({"created_by": c, "empty_layer": e})
        for c, e in [("RUN a", False), ("ENV X=y", True), ("COPY . .", False), ("CMD x", True)]
    ]
    assert [[s.line for s in made] for made in makers(3, history)] == [["RUN a"], ["COPY . ."], []]


def test_one_layer_of_a_whole_containerfile_has_all_steps_that_write() -> None:
    history = [
        step({"created_by": c, "empty_layer": e})
        for c, e in [("COPY a /a", True), ("ENV X=y", True), ("RUN b", True), ("CMD x", False)]
    ]
    assert [s.line for s in makers(1, history)[0]] == ["COPY a /a", "RUN b"]


def test_a_layer_of_nothing_but_settings_keeps_its_step() -> None:
    [made] = makers(1, [step({"created_by": "CMD x"})])
    assert [s.line for s in made] == ["CMD x"]


def test_secrets_are_masked() -> None:
    token = "npm_" + "aB3" * 12
    found = step({"created_by": f"|2 NPM_TOKEN={token} CI=1 /bin/sh -c echo {token} && npm ci"})
    assert masked(found) == "RUN NPM_TOKEN=**** CI=1 echo npm_**** && npm ci"


@pytest.mark.parametrize(
    "line",
    [
        '/bin/sh -c #(nop)  CMD ["/app" "--password" "stowage"]',
        'CMD ["/app","--password","stowage"]',
        'HEALTHCHECK CMD ["/app","--password","stowage"]',
    ],
)
def test_the_exec_form_is_read_as_words(line: str) -> None:
    found = step({"created_by": line})
    assert found.words == "/app --password stowage"
    assert "stowage" not in masked(found)


def test_a_password_in_a_url_is_masked_and_a_checksum_is_not() -> None:
    line = f"RUN curl https://joe:stowage@acme.test/x && echo {'0a' * 32} | sha256sum -c"
    shown = masked(step({"created_by": line}))
    assert "stowage" not in shown
    assert "0a" * 32 in shown


@pytest.mark.parametrize(
    "part", ["/x ", " ", " -a", "A=", "--a ", "a://", 'A="', " /x -o a", "curl "]
)
@pytest.mark.usefixtures("ends")
def test_what_a_stranger_writes_is_read_in_linear_time(part: str) -> None:
    raw = "|1 A=b /x" + part * (300_000 // len(part))
    assert step({"created_by": raw}).raw == raw
    list(keyed.in_text(raw))
