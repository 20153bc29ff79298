"""Source maps and what refers to them: the context decides how much they weigh."""

from __future__ import annotations

import base64
import gzip
import json
import urllib.parse
from collections.abc import Mapping

import binaries as b
import pytest
from packed import asar

from dunnage import Finding, Severity
from dunnage.testing import (
    crate,
    docker_archive,
    layer,
    lint,
    npm_tarball,
    sdist,
    tar_archive,
    wheel,
    zip_archive,
)
from dunnage_rules.debug import compiled, reference, sourcemap

NOTE, WARNING, ERROR = Severity.NOTE, Severity.WARNING, Severity.ERROR
SOURCE = "export const a = 1; // about the launch\n"
MAP = b.source_map({"../src/a.ts": SOURCE})
BARE = b.source_map({"../src/a.ts": None})
SHIPPED = {"src/a.ts": SOURCE}
PUBLIC = {"repository": {"type": "git", "url": "git+https://github.com/demo/demo.git"}}
SEE = {"license": "SEE LICENSE IN LICENSE.md", **PUBLIC}
GRANTED = """Copyright (c) Demo. All rights reserved.

Licensed under a dual-license model, under:

* the [GNU General Public License Version 2 or later](https://www.gnu.org/licenses/gpl.html),
* or commercial terms.
"""
RESERVED = """Copyright (c) Demo. All rights reserved.

It is licensed under the Terms of Demo, for use with Demo. They end when the account does, and
with them this licence. It must not be changed, nor passed on to anybody else, in whole or in part.

Parts are licensed under the MIT License.
"""
OPEN_CORE = """Copyright (c) Demo

Portions of Demo are licensed as follows:

* All software that resides under an "ee/" directory is licensed under the license defined below.
* All software outside of that directory is available under the "MIT Expat" license.
"""
INTERNAL = {"repository": "https://git.demo.corp/demo.git"}


def maps(data: bytes) -> list[Finding]:
    run = lint(data, sourcemap.rules())
    assert not run.problems
    return list(run.findings)


def npm(
    package: Mapping[str, object], shipped: Mapping[str, str] = {}, text: str = MAP
) -> list[Finding]:
    return maps(npm_tarball({"dist/a.js.map": text, **shipped}, package))


@pytest.mark.parametrize(
    ("package", "shipped", "severity", "words"),
    [
        ({"license": "UNLICENSED"}, {}, ERROR, "of a package that is not open source"),
        ({"license": "SEE LICENSE IN LICENSE.md"}, {}, ERROR, "not open source"),
        ({"license": "mitre-proprietary", **PUBLIC}, {}, ERROR, "not open source"),
        ({"license": "apache-2.0", **PUBLIC}, {}, WARNING, "licence is open (apache-2.0)"),
        ({"license": "MIT", "private": True}, SHIPPED, ERROR, "not open source (private)"),
        ({"license": None}, {}, ERROR, "not open source (no licence named)"),
        ({}, {}, ERROR, "does not ship otherwise (licence MIT; it names no public repository)"),
        (INTERNAL, {}, ERROR, "it names no public repository"),
        (PUBLIC, {}, WARNING, "its licence is open (MIT) and its repository public"),
        ({}, SHIPPED, NOTE, "which the package ships as well"),
        (PUBLIC, SHIPPED, NOTE, "which the package ships as well"),
        ({"homepage": "https://github.com/demo/demo#readme"}, {}, WARNING, "repository public"),
        ({"bugs": {"url": "https://github.com/demo/demo/issues"}}, {}, WARNING, "repository pub"),
        ({"homepage": "https://demo.example"}, {}, ERROR, "it names no public repository"),
        (SEE, {}, ERROR, "(licence SEE LICENSE IN LICENSE.md)"),
        (SEE, {"LICENSE.md": GRANTED}, WARNING, "its licence is open (GNU General Public License"),
        (SEE, {"LICENSE.md": "MIT License\n\nCopyright"}, WARNING, "open (MIT License"),
        (SEE, {"LICENSE.md": OPEN_CORE}, WARNING, "its licence is open (MIT (LICENSE.md)"),
        (SEE, {"LICENSE.md": RESERVED}, ERROR, "not open source"),
    ],
)
def test_embedded_sources(
    package: Mapping[str, object], shipped: Mapping[str, str], severity: Severity, words: str
) -> None:
    (finding,) = npm(package, shipped)
    assert finding.severity is severity
    assert words in finding.message


CLOSED = "of a package that is not open source"
ALSO, LICENCE = "which the package ships as well", "it names no licence"
NOWHERE, OPENLY = "it names no public repository", "its repository public"

# Who owns the sources: as npm, PyPI and crates say it. Then what is said of maps whose sources the
# package ships or not, with a public repository and without.
Said = tuple[Severity, str]
CELLS: list[tuple[dict[str, object] | None, str | None, str | None, Said, Said, Said, Said]] = [
    # private
    (
        {"license": "MIT", "private": True},
        "License-Expression: MIT\nClassifier: Private :: Do Not Upload\n",
        'license = "MIT"\npublish = false\n',
        *[(ERROR, CLOSED)] * 4,
    ),
    # UNLICENSED
    ({"license": "UNLICENSED"}, None, None, *[(ERROR, CLOSED)] * 4),
    # proprietary
    (
        {"license": "Proprietary"},
        "License: Proprietary\n",
        'license = "LicenseRef-Proprietary"\n',
        *[(ERROR, CLOSED)] * 4,
    ),
    # no licence: npm's rule is that nobody may use it then
    ({"license": None}, None, None, *[(ERROR, CLOSED)] * 4),
    (None, "\n", "\n", (NOTE, ALSO), (NOTE, ALSO), (ERROR, LICENCE), (ERROR, LICENCE)),
    # an open licence
    (
        {"license": "MIT"},
        "License-Expression: MIT\n",
        'license = "MIT"\n',
        (NOTE, ALSO),
        (NOTE, ALSO),
        (WARNING, OPENLY),
        (ERROR, NOWHERE),
    ),
]


@pytest.mark.parametrize(("npm", "pypi", "crates", "both", "sources", "address", "neither"), CELLS)
def test_every_cell_of_the_table(
    npm: dict[str, object] | None,
    pypi: str | None,
    crates: str | None,
    both: Said,
    sources: Said,
    address: Said,
    neither: Said,
) -> None:
    repository = "https://github.com/demo/demo"
    for (severity, words), shipped, public in (
        (both, True, True),
        (sources, True, False),
        (address, False, True),
        (neither, False, False),
    ):
        files = {"dist/a.js.map": MAP, **(SHIPPED if shipped else {})}
        made = []
        if npm is not None:
            made.append(npm_tarball(files, {**npm, **(PUBLIC if public else {})}))
        if pypi is not None:
            url = f"Project-URL: Source, {repository}\n" if public else ""
            made += [
                wheel(files, metadata=(pypi + url).lstrip()),
                sdist(files, metadata=(pypi + url).lstrip()),
            ]
        if crates is not None:
            url = f'repository = "{repository}"\n' if public else ""
            table = f'[package]\nname = "demo"\nversion = "1.0.0"\n{crates}{url}'
            made.append(crate({**files, "Cargo.toml": table}))
        for data in made:
            (finding,) = maps(data)
            assert (finding.severity, words in finding.message) == (severity, True), finding


@pytest.mark.parametrize(
    ("package", "shipped", "severity", "words"),
    [
        ({"license": "UNLICENSED"}, {}, WARNING, "none is embedded"),
        ({}, {}, NOTE, "it leads nowhere"),
        ({}, SHIPPED, NOTE, "which the package ships"),
    ],
)
def test_sources_that_are_only_named(
    package: Mapping[str, object], shipped: Mapping[str, str], severity: Severity, words: str
) -> None:
    (finding,) = npm(package, shipped, BARE)
    assert finding.severity is severity
    assert words in finding.message


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("libs/pdfmake/pdfmake.min.js.map", WARNING),
        ("vendor/a.js.map", WARNING),
        ("libs/pdfmake/a.js.map", ERROR),
        ("dist/vendor.js.map", ERROR),
    ],
)
def test_maps_of_libraries_that_a_closed_package_brings_along(
    path: str, severity: Severity
) -> None:
    (finding,) = maps(npm_tarball({path: MAP}, {"license": "UNLICENSED"}))
    assert finding.severity is severity


def test_the_message_says_how_much_and_from_where() -> None:
    text = b.source_map({f"webpack://acme/./src/{n}.ts": "x" * 1000 for n in range(1906)})
    (finding,) = npm({"license": "UNLICENSED"}, text=text)
    assert finding.message.startswith(
        "source map with 1,906 source files embedded (1.9 MB, under webpack://acme/), of a package"
    )
    (finding,) = npm({"license": "UNLICENSED"}, text=b.source_map({"/home/alice/acme/a.ts": "x"}))
    assert "1 source file embedded (1 B, under /home/alice/acme/…)" in finding.message
    (finding,) = npm(
        {"license": "UNLICENSED"}, text=b.source_map({"a.ts": "x"}, sourceRoot="../src")
    )
    assert "under ../src)," in finding.message


def test_a_thousand_maps_of_an_open_package_are_one_note() -> None:
    files = {f"dist/{n}.js.map": b.source_map({f"../src/{n}.ts": "x"}) for n in range(300)}
    files |= {f"src/{n}.ts": "x" for n in range(300)}
    (finding,) = maps(npm_tarball(files))
    assert (finding.severity, finding.places) == (NOTE, 300)


def test_the_output_is_not_taken_for_the_source() -> None:
    text = b.source_map({"../src/a.js": SOURCE})
    (finding,) = maps(npm_tarball({"lib/a.js.map": text, "lib/a.js": "x"}))
    assert finding.severity is ERROR


def test_sources_of_a_bundler_do_not_count_as_missing() -> None:
    names = (
        "webpack://d/webpack/bootstrap",
        "webpack://d/./node_modules/x/a.js",
        "webpack://d/./src/a.ts",
    )
    (finding,) = npm({}, SHIPPED, b.source_map(dict.fromkeys(names, SOURCE)))
    assert finding.severity is NOTE


def test_other_ecosystems() -> None:
    files = {"static/a.js.map": MAP}
    assert [f.severity for f in maps(wheel(files))] == [ERROR]
    public = "License-Expression: MIT\nProject-URL: Source, https://github.com/demo/demo\n"
    assert [f.severity for f in maps(wheel(files, metadata=public))] == [WARNING]
    assert [f.severity for f in maps(sdist(files, metadata=public))] == [WARNING]
    linked = "License-Expression: MIT\n\n# Demo\n\nSee [it](https://github.com/some/{}).\n"
    for name, severity in (("Demo", WARNING), ("demos", ERROR)):
        text = linked.format(name)
        assert [f.severity for f in maps(wheel(files, metadata=text))] == [severity]
    assert [f.severity for f in maps(crate(files))] == [ERROR]
    closed = "License-Expression: LicenseRef-Proprietary\n" + public.partition("\n")[2]
    for text in (closed, closed.replace("-Expression: LicenseRef-", ": ")):
        assert [f.severity for f in maps(wheel(files, metadata=text))] == [ERROR]
    assert [f.severity for f in maps(zip_archive(files))] == [WARNING]
    assert [f.severity for f in maps(tar_archive({"a.map": BARE}))] == [NOTE]


@pytest.mark.parametrize(
    ("package", "shipped", "severity", "words"),
    [
        ({"license": "UNLICENSED"}, {}, ERROR, "not open source (licence UNLICENSED)"),
        (PUBLIC, {}, WARNING, "its repository public"),
        ({}, SHIPPED, NOTE, "which the package ships as well"),
    ],
)
def test_a_packed_map_is_judged_by_what_holds_it(
    package: Mapping[str, object], shipped: Mapping[str, str], severity: Severity, words: str
) -> None:
    for files in (
        {"dist/a.js.map.gz": gzip.compress(MAP.encode()), **shipped},
        {"web.zip": zip_archive({"dist/a.js.map": MAP, **shipped})},
        {"web.tgz": gzip.compress(tar_archive({"dist/a.js.map": MAP, **shipped}))},
    ):
        (finding,) = maps(npm_tarball(files, package))
        assert finding.severity is severity
        assert words in finding.message
    (finding,) = maps(zip_archive({"a.js.map.gz": gzip.compress(MAP.encode())}))
    assert finding.severity is WARNING
    assert finding.message == "source map with 1 source file embedded (41 B, under ../src)"


def test_index_maps_and_prefixed_maps() -> None:
    index = {
        "version": 3,
        "sections": [{"offset": {"line": 0, "column": 0}, "map": json.loads(MAP)}],
    }
    for text in (json.dumps(index), ")]}'\n" + MAP, json.dumps(json.loads(MAP), indent=2)):
        (finding,) = npm({"license": "UNLICENSED"}, text=text)
        assert "1 source file embedded" in finding.message


def test_inline_maps_are_judged_together() -> None:
    (finding,) = maps(npm_tarball({"a.js": b.inline(MAP) * 3}, {"license": "UNLICENSED"}))
    assert finding.rule == "debug/inline-source-map"
    assert finding.severity is ERROR
    assert "3 inline source maps with 3 source files embedded" in finding.message
    percent = f"//# sourceMappingURL=data:application/json,{urllib.parse.quote(MAP)}"
    (finding,) = maps(npm_tarball({"a.js": percent}, {"license": "UNLICENSED"}))
    assert finding.severity is ERROR


@pytest.mark.parametrize("more", ["", "x", "xx"])
def test_an_inline_map_in_css_may_end_at_the_comment(more: str) -> None:
    encoded = base64.b64encode(b.source_map({"../src/a.scss": SOURCE + more}).encode()).decode()
    text = f"a{{}}/*# sourceMappingURL=data:application/json;base64,{encoded}*/"
    (finding,) = maps(npm_tarball({"a.css": text}, {"license": "UNLICENSED"}))
    assert finding.severity is ERROR


def test_an_inline_map_need_not_be_in_base64() -> None:
    text = b.source_map({"../src/it's.scss": SOURCE})
    for safe in ("", ":,/'", "~()*!.'"):
        quoted = urllib.parse.quote(text, safe=safe)
        for end in (" */", "*/", ""):
            css = f"/*# sourceMappingURL=data:application/json;charset=utf-8,{quoted}{end}\n"
            (finding,) = maps(npm_tarball({"a.css": css}, {"license": "UNLICENSED"}))
            assert finding.severity is ERROR


def references(
    text: str | bytes, path: str = "dist/a.js", more: Mapping[str, str] = {}
) -> list[Finding]:
    run = lint(npm_tarball({path: text, **more}), reference.rules())
    assert not run.problems
    return list(run.findings)


@pytest.mark.parametrize(
    ("address", "severity", "words"),
    [
        ("https://acme-maps.s3.eu-west-1.amazonaws.com/a.js.map", ERROR, "storage bucket"),
        ("https://storage.googleapis.com/acme/a.js.map", ERROR, "storage bucket"),
        ("https://acme.blob.core.windows.net/maps/a.js.map", ERROR, "storage bucket"),
        ("https://jenkins.acme.com/job/1/a.js.map", ERROR, "build server"),
        ("https://maps.acme.corp/a.js.map", ERROR, "internal host"),
        ("http://10.1.2.3:8080/a.js.map", ERROR, "internal host"),
        ("http://localhost:8080/a.js.map", WARNING, "internal host"),
        ("//cdn.acme.com/a.js.map", WARNING, "remote address: cdn.acme.com"),
        ("file:///home/alice/a.js.map", WARNING, "a path of the machine"),
        ("/home/alice/acme/a.js.map", WARNING, "a path of the machine"),
        (r"C:\Users\alice\acme\a.js.map", WARNING, "a path of the machine"),
        ("https://git.acme.com/-/jobs/12/artifacts/a.js.map", ERROR, "build server"),
        ("a.js.map", NOTE, "not shipped"),
        ("/static/a.js.map", NOTE, "not shipped"),
    ],
)
def test_where_a_reference_leads(address: str, severity: Severity, words: str) -> None:
    (finding,) = references(f"let a = 1;\n//# sourceMappingURL={address}\n")
    assert finding.severity is severity
    assert words in finding.message
    assert finding.line == 2


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.js", "//@ sourceMappingURL=x.map"),
        ("a.js", "//#sourceMappingURL=x.map"),
        ("a.css", "a{b:c}/*# sourceMappingURL=x.map */"),
        ("a.js", "/*# sourceMappingURL=x.map*/ f()"),
        ("a.js", "f();\n//# sourceMappingURL=x.map\n" + "g();\n" * 500_000),
        ("a.mjs", "let a;//# sourceMappingURL=x.map?v=1"),
    ],
)
def test_every_form_anywhere(path: str, text: str) -> None:
    assert [finding.severity for finding in references(text, path)] == [NOTE]


@pytest.mark.parametrize(
    "text",
    [
        "'//# sourceMappingURL=' + url",
        '"//# sourceMappingURL=" + url',
        "`//# sourceMappingURL=${url}`",
        "/\\/\\/[#@] sourceMappingURL=([^\\s]+)/",
        "the sourceMappingURL=x.map comment",
        "//# sourceMappingURL=[url]",
        "//# sourceMappingURL=%s",
        "//# sourceMappingURL=uidgidgid is requiredJS values not allowed",
        "//# sourceMappingURL=data:application/json;base64,e30=",
    ],
)
def test_code_about_references(text: str) -> None:
    assert references(text) == []


def test_a_reference_to_what_is_shipped() -> None:
    assert references("//# sourceMappingURL=maps/a.js.map", more={"dist/maps/a.js.map": MAP}) == []
    assert references("//# sourceMappingURL=/static/a.js.map", more={"static/a.js.map": MAP}) == []


def test_webassembly() -> None:
    url = b"https://acme.s3.amazonaws.com/a.wasm.map"
    text = b.wasm({"sourceMappingURL": b.leb(len(url)) + url})
    (finding,) = references(text, "a.wasm")
    assert finding.severity is ERROR
    local = b.wasm({"sourceMappingURL": b.leb(10) + b"a.wasm.map"})
    assert [f.severity for f in references(local, "a.wasm")] == [NOTE]


def test_references_inside_embedded_sources_are_history() -> None:
    text = b.source_map({"../src/a.js": "f()\n//# sourceMappingURL=gone.map\n"})
    assert references(text, "a.js.map") == []


IN_CODE = json.dumps(
    {
        "version": 3,
        "sources": ["webpack://./src/a.scss"],
        "names": [],
        "mappings": "AAAA",
        "sourcesContent": ['$a: "x";\n.b { color: $a }'],
        "sourceRoot": "",
    }
)
UNQUOTED = (
    "{version:3,sources:[`webpack://./src/a.scss`],names:[],mappings:'AAAA',"
    'sourcesContent:[\'$a: "x";\\n.b { color: $a }\'],sourceRoot:""}'
)
QUOTED = "'" + IN_CODE.replace("\\", "\\\\") + "'"


@pytest.mark.parametrize("text", [IN_CODE, UNQUOTED, json.dumps(IN_CODE), QUOTED])
def test_a_map_in_code_as_an_object_or_a_string(text: str) -> None:
    code = f'___CSS.push([e.id, ".b{{color:red}}", "", {text}]);\n'
    (finding,) = npm({"license": "UNLICENSED"}, text="", shipped={"dist/a.js": code})
    assert (finding.rule, finding.severity) == ("debug/inline-source-map", ERROR)
    assert "1 source file embedded (2" in finding.message
    (finding,) = npm(PUBLIC, text="", shipped={"dist/a.js": "// a\n" + code * 3})
    assert finding.severity is WARNING
    assert (finding.line, finding.column) == (2, code.index(text) + 1 + text.startswith(("'", '"')))
    assert "3 inline source maps with 3 source files embedded" in finding.message


@pytest.mark.parametrize(
    "code",
    [
        '{version:3,sources:[],names:[],mappings:""}',
        '{version:3,sources:["a.js"],names:[],mappings:"AAAA"}',
        "map = {version:3,sources:[a],names:[],mappings:'',sourcesContent:[b]}",
        "{version:3,sources:['a.js'],mappings:'AAAA',sourcesContent:['x'",
        "css = " + IN_CODE.replace("./src/", "./node_modules/fonts/"),
        "map = {version: 3, mappings: '', sources: list(x)}",
    ],
)
def test_code_that_makes_maps_is_none(code: str) -> None:
    assert npm({"license": "UNLICENSED"}, text="", shipped={"dist/a.js": code}) == []


def test_what_folds_says_how_much_it_is_in_all() -> None:
    text = b.source_map({"../src/a.ts": "x" * 400, "../src/b.ts": "y" * 200})
    folded = {f"dist/{n}.js.map": text for n in range(20)}
    (finding,) = npm({"license": "UNLICENSED"}, folded, text)
    assert finding.message.startswith("source map with 2 source files embedded (600 B,")
    assert finding.message.endswith("; 42 source files and 12.6 kB in all")
    (finding,) = npm(PUBLIC, folded, text)
    assert finding.message.endswith("its repository public; 42 source files and 12.6 kB in all")
    bare = b.source_map({"../src/a.ts": None})
    (finding,) = npm({}, {"dist/b.js.map": bare}, bare)
    assert finding.message.endswith("it leads nowhere; 2 source files in all")


@pytest.mark.parametrize(
    ("package", "path", "line"),
    [
        ({"files": ["dist", "bin/*.js"]}, "dist/a.js.map", '["dist", "bin/*.js", "!**/*.map"]'),
        ({"files": ["lib", "lib/a.js.map"]}, "lib/a.js.map", '["lib", "!**/*.map"]'),
        ({}, "lib/a.js.map", '["lib", "!**/*.map"]'),
        ({"files": ["dist"]}, "dist/data.bin", '["dist", "!dist/data.bin"]'),
    ],
)
def test_the_fix_is_the_line_of_this_package(
    package: Mapping[str, object], path: str, line: str
) -> None:
    (finding,) = maps(npm_tarball({path: MAP}, {"license": "UNLICENSED", **package}))
    assert f'"files": {line} in package.json' in (finding.fix or "")


def test_the_fix_names_a_map_that_no_glob_would_meet() -> None:
    (finding,) = maps(wheel({"demo/data.bin": MAP}))
    assert '`exclude = ["demo/data.bin"]`' in (finding.fix or "")
    (finding,) = maps(npm_tarball({"dist/a.js.map": MAP}, {"files": ["dist`; rm -rf ~"]}))
    assert "rm -rf" not in (finding.fix or "")


def test_the_fix_keeps_all_that_a_package_without_a_list_ships() -> None:
    files = {"fesm/a.js": "", "types/a.d.ts": "", "index.js": "", ".npmrc": "", "LICENSE": ""}
    (finding,) = maps(npm_tarball({"fesm/[root].js.map": MAP, **files}, {"license": "UNLICENSED"}))
    assert '"files": ["fesm", "index.js", "types", "!**/*.map"]' in (finding.fix or "")
    many = {f"d{n}/a.js": "" for n in range(20)}
    (finding,) = maps(npm_tarball({"a.js.map": MAP, **many}, {"license": "UNLICENSED"}))
    assert '"files": ["dist", "!**/*.map"]' in (finding.fix or "")


def test_the_fix_for_style_sheets_is_theirs() -> None:
    packed = base64.b64encode(MAP.encode()).decode()
    sheet = f".a{{}}/*# sourceMappingURL=data:application/json;base64,{packed} */"
    (finding,) = npm({"license": "UNLICENSED"}, {"dist/a.css": sheet}, text="")
    assert "`--no-map` (postcss)" in (finding.fix or "")


def test_what_a_classifier_calls_open_is_open() -> None:
    said = "License: BSD\nClassifier: License :: OSI Approved :: BSD License\n"
    for metadata, severity in ((said, WARNING), ("License: BSD\n", ERROR)):
        packed = wheel({"demo/static/a.js.map": MAP}, metadata=metadata)
        found = maps(packed)
        assert [(f.severity, f.path) for f in found] == [(severity, "demo/static/a.js.map")]


def test_the_place_of_an_inline_map_far_from_the_first_word_of_one() -> None:
    code = f'// mappings: "AAAA"\n{"f();" * (3 << 18)}\n{b.inline(MAP)}'
    (found,) = maps(npm_tarball({"a.js": code}, PUBLIC))
    assert (found.rule, found.line, found.excerpt) == ("debug/inline-source-map", None, None)
    (found,) = maps(npm_tarball({"a.js": code.replace("f();", "f")}, PUBLIC))
    assert found.line == 4
    assert "sourceMappingURL=data:" in (found.excerpt or "")


def test_a_map_inside_the_sources_of_a_map_is_history() -> None:
    inner = b.inline(b.source_map({"ng:///a.ts": SOURCE * 9}))
    files = {"dist/a.js.map": b.source_map({"../src/a.ts": f"f();{inner}"})}
    levels = {(f.rule, f.severity) for f in maps(npm_tarball(files, PUBLIC))}
    assert levels == {("debug/source-map", WARNING), ("debug/inline-source-map", NOTE)}


def test_a_reference_is_one_finding() -> None:
    from dunnage_rules.debug import buildpath
    from dunnage_rules.words import hosts

    for address in (
        "https://maps.acme.corp/a.js.map",
        "http://10.33.4.5:8080/a.js.map",
        "/home/alice/work/app/dist/a.js.map",
        "file:///Users/alice/work/app/dist/a.js.map",
    ):
        code = f"f();\n//# sourceMappingURL={address}\n"
        every = [*reference.rules(), *hosts.rules(), *buildpath.rules()]
        findings = lint(npm_tarball({"dist/a.js": code}), every).findings
        assert [f.rule for f in findings] == ["debug/source-map-reference"]


def test_a_reference_to_a_map_that_ships_packed() -> None:
    code = "f();\n//# sourceMappingURL=a.js.map\n"
    files = {"dist/a.js": code, "dist/a.js.map.gz": gzip.compress(BARE.encode())}
    assert not lint(npm_tarball(files), reference.rules()).findings


def test_of_an_image_the_fix_is_the_image_s() -> None:
    files = {
        "app/package.json": json.dumps({"name": "app", "version": "1", "private": True}),
        "app/dist/a.js.map": MAP,
    }
    (finding,) = lint(tar_archive(docker_archive([layer(files)])), sourcemap.rules()).findings
    assert finding.severity is ERROR
    assert "**/*.map` to .dockerignore" in (finding.fix or "")


LONG = "// about the launch\n" + "f();\n" * 80


@pytest.mark.parametrize(("record", "offsets"), [(52, 32), (36, 32), (36, 24), (28, 24)])
@pytest.mark.parametrize("program", [b.elf({".text": b"x"}), b"MZ" + bytes(90), b.macho()])
def test_a_program_that_bun_compiled(program: bytes, record: int, offsets: int) -> None:
    literal = b"unparsed\n---- Bun! ----\nB:/~BUN/"
    graph = b.bun({"src/a.ts": SOURCE, "src/b.ts": LONG}, record=record, offsets=offsets)
    data = program + literal + graph + bytes(40)
    for package, severity, words in (
        ({"license": "UNLICENSED"}, ERROR, "not open source (licence UNLICENSED)"),
        (PUBLIC, WARNING, "its repository public"),
    ):
        (finding,) = lint(npm_tarball({"bin/acme": data}, package), compiled.rules()).findings
        assert (finding.rule, finding.severity) == ("debug/program-source-map", severity)
        assert "program of Bun with 2 source files embedded (460 B, under src)" in finding.message
        assert words in finding.message
        assert "--sourcemap" in (finding.fix or "")


def test_a_program_of_bun_without_a_map() -> None:
    literal = b"\x7fELF" + bytes(80) + b"unparsed\n---- Bun! ----\nB:/~BUN/"
    graph = b.bun({"src/a.ts": SOURCE})
    for data in (
        literal,
        literal + b.bun({}),
        literal + graph[-60:],
        literal + graph.replace(b"\x01\x00\x00\x00\x03", b"\xff\xff\xff\xff\x03"),
        literal * 9 + bytes(4096) + b"\n---- Bun! ----\n",
    ):
        run = lint(npm_tarball({"bin/acme": data}, {"license": "UNLICENSED"}), compiled.rules())
        assert not run.findings
        assert not run.problems


@pytest.mark.parametrize(
    ("manifest", "severity"),
    [({"private": True}, ERROR), ({"license": "UNLICENSED"}, ERROR), ({"license": "MIT"}, WARNING)],
)
def test_of_an_application_of_electron_its_own_manifest_counts(
    manifest: Mapping[str, object], severity: Severity
) -> None:
    files = {"package.json": json.dumps({"name": "desk", "version": "1.0.0", **manifest})}
    tree: dict[str, object] = {}
    data = ""
    for name, text in {**files, "main.js.map": MAP}.items():
        tree[name] = {"size": len(text), "offset": str(len(data))}
        data += text
    folder = {"resources/app.asar": asar(tree, data.encode())}
    for target in (zip_archive(folder), tar_archive(docker_archive([layer(folder)]))):
        (finding,) = maps(target)
        assert finding.severity is severity
        assert ("of desk 1.0.0, which is not open source" in finding.message) is (severity is ERROR)
