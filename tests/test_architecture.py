"""The house: which part may import which, where libraries live, who may print."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import tomli

from dunnage.plugins import BUNDLED

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "dunnage"
ADAPTERS = sorted(path for path in (ROOT / "plugins").glob("dunnage_*") if path.is_dir())
RULES = ROOT / "rules" / "dunnage_rules"
PACKAGES = [SRC, *ADAPTERS, RULES]

# What each part of the core may import of the core, besides itself. The nouns are below everything.
NOUNS = {"amounts", "model", "errors", "lazy", "rules", "version"}
MAY_IMPORT = {
    "model": {"errors"},
    "errors": set(),
    "lazy": set(),
    "version": set(),
    "rules": {"model", "errors", "lazy"},
    "sources": {"model", "errors", "escape"},
    "archives": {"model", "errors", "escape", "lazy", "sources"},
    "policy": NOUNS | {"escape", "engine"},
    "report": NOUNS | {"escape", "hookspecs"},
}
NEVER = {"cli", "report", "testing"}  # what only the command line may know, for all not named above

# Where alone a library may be imported.
LIVES_IN = {
    "hyperscan": ("src/dunnage/engine/match/", "src/dunnage/archives/carried.py"),
    "re2": ("src/dunnage/engine/match/",),
    "isal": ("src/dunnage/archives/",),
    "brotli": ("src/dunnage/archives/named.py",),
    "zstandard": ("src/dunnage/archives/", "src/dunnage/testing/"),
    "gzip": ("src/dunnage/testing/",),
    "zlib": ("src/dunnage/archives/", "rules/dunnage_rules/verifiers/"),  # crc32, of tokens
    "bz2": ("src/dunnage/archives/", "src/dunnage/testing/"),
    "lzma": ("src/dunnage/archives/", "src/dunnage/testing/"),
    "tarfile": ("src/dunnage/testing/",),
    "zipfile": ("src/dunnage/testing/",),
    "typer": ("src/dunnage/cli/",),
    "rich": ("src/dunnage/cli/",),
    "pluggy": ("src/dunnage/plugins.py", "src/dunnage/hookspecs.py"),
    "urllib.request": ("plugins/dunnage_oci/",),
    "http": ("plugins/dunnage_oci/",),
    "pickle": (),
    "marshal": (),
    # credential helpers, the tools that read podman's storage, and ssh are programs by design
    "subprocess": tuple(f"plugins/dunnage_oci/{each}.py" for each in ("auth", "ssh", "storage")),
    "requests": (),
}

# How a distribution is imported, where its name does not say.
IMPORT_NAMES = {"google-re2": "re2"}

LONG = 400  # lines: a file beyond it is usually two nouns
LONG_FOR_A_REASON = {
    "src/dunnage/model.py": "all nouns in one place: what a plugin's author reads first",
}
LONGEST = 500  # even for a reason


def sources(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """The dotted modules a file imports, also inside functions and under TYPE_CHECKING."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}:{node.lineno}: a relative import"
            module = node.module or ""
            yield module, node.lineno
            if module == "dunnage":
                yield from ((f"dunnage.{alias.name}", node.lineno) for alias in node.names)


def part(path: Path) -> str:
    """The part of the core that a file belongs to: its folder or its own name."""
    return path.relative_to(SRC).parts[0].removesuffix(".py")


PARTS = {path.name.removesuffix(".py") for path in SRC.iterdir() if path.name != "__pycache__"}


@pytest.mark.parametrize("path", sources(SRC), ids=name)
def test_the_core_imports_in_one_direction(path: Path) -> None:
    own = part(path)
    if own in ("__init__", "__main__", "cli", "testing"):
        return
    allowed = MAY_IMPORT.get(own, PARTS - NEVER) | {own}
    for module, line in imports(path):
        pieces = module.split(".")
        if pieces[0] == "dunnage" and len(pieces) > 1 and pieces[1] in PARTS:
            assert pieces[1] in allowed, f"{name(path)}:{line}: {own} imports {module}"


@pytest.mark.parametrize("path", sources(SRC), ids=name)
def test_the_core_knows_no_ecosystem(path: Path) -> None:
    for module, line in imports(path):
        assert not module.startswith("dunnage_"), f"{name(path)}:{line}: imports {module}"


@pytest.mark.parametrize("path", sources(*ADAPTERS, RULES), ids=name)
def test_plugins_use_the_public_api_alone(path: Path) -> None:
    own = next(folder.name for folder in PACKAGES if folder in path.parents)
    public = public_names()
    if path.name == "testing.py":  # builders for tests are made of the builders for tests
        public |= {"testing"}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "dunnage":
            where = f"{name(path)}:{node.lineno}"
            if node.module == "dunnage.testing" and "testing" in public:
                continue
            assert node.module == "dunnage", f"{where}: imports {node.module}, which is not public"
            private = {alias.name for alias in node.names} - public
            assert not private, f"{where}: {private} are not public names of dunnage"
    for module, line in imports(path):
        first = module.partition(".")[0]
        bad = module.startswith("dunnage.") and module.split(".")[1] not in public
        assert not bad, f"{name(path)}:{line}: {module} is not public"
        other = first.startswith("dunnage_") and first != own
        assert not other, f"{name(path)}:{line}: a plugin imports another one, {module}"


def public_names() -> set[str]:
    import dunnage

    return set(dunnage.__all__)


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=name)
def test_each_library_has_one_home(path: Path) -> None:
    for module, line in imports(path):
        for library, homes in LIVES_IN.items():
            if module == library or module.startswith(library + "."):
                at_home = name(path).startswith(homes) if homes else False
                assert at_home, f"{name(path)}:{line}: {library} belongs to {homes or 'nobody'}"


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=name)
def test_only_the_command_line_prints_and_reads_the_environment(path: Path) -> None:
    if name(path).startswith("src/dunnage/cli/"):
        return
    for node in ast.walk(tree(path)):
        where = f"{name(path)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("print", "eval", "exec"), f"{where}: {node.func.id}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            full = f"{node.value.id}.{node.attr}"
            assert full not in ("os.environ", "os.getenv", "sys.stdout"), f"{where}: {full}"


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=name)
def test_files_are_short(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    most = LONGEST if name(path) in LONG_FOR_A_REASON else LONG
    assert lines <= most, f"{name(path)} has {lines} lines: two nouns?"


def test_no_file_is_called_utils() -> None:
    vague = re.compile(r"utils?|helpers?|misc|common|manager|processor")
    assert [name(path) for path in sources(*PACKAGES) if vague.fullmatch(path.stem)] == []


def test_every_dependency_is_imported_and_every_import_is_a_dependency() -> None:
    project = tomli.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {re.split(r"[<>=!~ ;\[]", line)[0] for line in project["dependencies"]}
    wanted = {IMPORT_NAMES.get(each, each.replace("-", "_")) for each in declared}
    used = {module.partition(".")[0] for path in sources(*PACKAGES) for module, _ in imports(path)}
    ours = {folder.name for folder in PACKAGES}
    foreign = used - ours - set(sys.stdlib_module_names) - {"__future__", "rich"}  # typer's own
    assert foreign == wanted


def test_every_dependency_has_a_lower_bound_and_a_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    block = text.split("\ndependencies = [\n", 1)[1].split("\n]", 1)[0]
    for line in block.splitlines():
        assert re.fullmatch(r'  "[\w.-]+>=[\w.]+(,<[\w.]+)?",\s+# \S.{10,}', line), line


def test_unit_tests_mirror_the_source() -> None:
    folders = {
        path.relative_to(ROOT / "tests" / "unit").parts[0]
        for path in (ROOT / "tests" / "unit").rglob("test_*.py")
    }
    unknown = {
        folder for folder in folders
        if not folder.endswith(".py") and folder not in PARTS
    }  # fmt: skip
    assert unknown == set()


def test_the_bundled_plugins_are_those_of_the_distribution() -> None:
    project = tomli.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert sorted(BUNDLED) == sorted(project["entry-points"]["dunnage_v1"].values())
