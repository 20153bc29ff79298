"""What belongs to a source tree and its authors: CI services, editors, merges."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Artifact, Entry, Hit, Rule, Severity, lazy_regex, replace, rule
from dunnage_rules.leftovers.place import weigh_own

_SAVED = lazy_regex(r"_\d{14}(?:\.[^.]+)?\Z")


def _weigh_ci(hit: Hit, artifact: Artifact) -> Hit | None:
    """A source distribution is the source tree; a wheel is what lands in ``site-packages``."""
    if artifact.kind in ("sdist", "folder") and artifact.ecosystem == "pypi":
        return None
    if artifact.kind == "wheel" and (hit.facts.startswith(".") or "/" not in hit.facts):
        why = f"{hit.message}, which pip installs beside all other packages"
        return replace(hit, message=why, severity=Severity.WARNING)
    return weigh_own(hit, artifact)


@rule(
    "leftover/ci-config",
    severity=Severity.NOTE,
    paths=(
        "**/.github/workflows/**",
        "**/.circleci/**",
        "**/.buildkite/**",
        "**/.gitea/workflows/**",
        "**/.forgejo/workflows/**",
        "**/.woodpecker/**",
        "**/.teamcity/**",
        "**/.semaphore/**",
        "**/.tekton/**",
        ".gitlab-ci.yml",
        ".travis.yml",
        "appveyor.yml",
        ".appveyor.yml",
        "azure-pipelines.yml",
        "Jenkinsfile",
        ".drone.yml",
        ".woodpecker.yml",
        ".woodpecker.yaml",
        "bitbucket-pipelines.yml",
        "cloudbuild.yaml",
        "cloudbuild.yml",
        ".cirrus.yml",
        "buildspec.yml",
        ".semaphore.yml",
        "wercker.yml",
        ".gitlab-ci.yaml",
    ),
    ecosystems=("npm", "pypi", "oci"),
    fold="artifact",
    fix={
        "npm": 'List what ships under "files" in package.json.',
        "pypi": 'hatch: `exclude = [".github"]` under [tool.hatch.build.targets.wheel]; '
        "setuptools: name the packages under [tool.setuptools.packages.find].",
        "oci": "Add `.github`, `.gitlab-ci.yml` and the like to .dockerignore.",
    },
    source="https://docs.npmjs.com/cli/v11/using-npm/developers#keeping-files-out-of-your-package",
    weigh=_weigh_ci,
)
def ci_config(entry: Entry) -> Iterator[Hit]:
    """Configuration of a CI service.

    It names internal runners, registries, deploy steps and the secrets that are to be had.

    Leave it out. At the top of a wheel it is a warning, since it is installed into
    `site-packages`. Source distributions and crates hold the source tree and are not meant; nor
    are packages installed in an image.
    """
    yield Hit("configuration of a CI service", facts=entry.path)


_TOLD = (
    ".idea/dataSources",
    ".idea/dataSources.local",
    ".idea/webServers",
    ".idea/deployment",
    ".idea/sshConfigs",
    ".vscode/sftp",
    ".vscode/mcp",
)


@rule(
    "leftover/editor-file",
    severity=Severity.NOTE,
    paths=(
        "**/.idea/**",
        "**/.vscode/**",
        "**/.vs/**",
        "**/.fleet/**",
        "**/.zed/**",
        "**/.settings/org.eclipse.jdt.core.prefs",
        "**/nbproject/private/**",
        "*.sublime-workspace",
        "*.sublime-project",
        "*.iml",
        "*.ipr",
        "*.iws",
        "*.code-workspace",
        "*.suo",
        "*.csproj.user",
        "*.vcxproj.user",
        "*.DotSettings.user",
        "**/xcuserdata/**",
        "cscope.out",
        "GTAGS",
        "GRTAGS",
        ".classpath",
        "*.komodoproject",
        ".spyderproject",
        ".ropeproject",
        ".tm_properties",
    ),
    ecosystems=("npm", "pypi", "crates", "oci"),
    fold="artifact",
    fix={
        "npm": 'List what ships under "files" in package.json.',
        "pypi": "setuptools: `prune .idea` and `prune .vscode` in MANIFEST.in; hatch: `exclude` "
        "under [tool.hatch.build].",
        "crates": '`exclude = [".idea/", ".vscode/"]` in Cargo.toml.',
        "oci": "Add `.idea`, `.vscode` and the like to .dockerignore.",
        "any": "Leave it out when you pack.",
    },
    weigh=weigh_own,
)
def editor_file(entry: Entry) -> Iterator[Hit]:
    """Settings of an editor or IDE.

    They name folders of the machine, other projects, database connections and run configurations.

    Leave them out. Harmless most of the time; those of packages installed in an image are not
    meant.
    """
    if entry.path.rpartition(".")[0].endswith(_TOLD):
        return  # leftover/ide-connections and leftover/ai-history say it
    yield Hit("settings of an editor or IDE", facts=entry.path)


@rule(
    "leftover/local-history",
    severity=Severity.WARNING,
    paths=("**/.history/**",),
    fold="artifact",
    fix={
        "npm": 'List what ships under "files" in package.json.',
        "pypi": "setuptools: `prune .history` in MANIFEST.in; hatch: "
        '`exclude = [".history"]` under [tool.hatch.build].',
        "crates": '`exclude = [".history/"]` in Cargo.toml.',
        "oci": "Add `**/.history` to .dockerignore.",
        "any": "Leave it out when you pack, and change the secrets that older versions held.",
    },
    source="https://marketplace.visualstudio.com/items?itemName=xyz.local-history",
)
def local_history(entry: Entry) -> Iterator[Hit]:
    """Older versions of files, which an editor's extension keeps under `.history/`.

    Every time a file is saved a copy with the time in its name is put there: a history of the
    source, with the secrets that were taken out since.

    Leave the folder out.
    """
    if _SAVED.search(entry.name):
        yield Hit("older versions of files, as an editor saved them")


@rule(
    "leftover/patch-remnant",
    severity=Severity.NOTE,
    paths=("*.orig", "*.rej"),
    ecosystems=("npm", "pypi", "crates", "oci"),
    fold="artifact",
    fix={
        "npm": "Delete it; npm leaves *.orig out by itself.",
        "pypi": "Delete it; setuptools: `global-exclude *.orig *.rej` in MANIFEST.in; hatch: "
        '`exclude = ["*.orig", "*.rej"]` under [tool.hatch.build].',
        "crates": 'Delete it, or `exclude = ["*.orig", "*.rej"]` in Cargo.toml.',
        "oci": "Delete it, and add `**/*.orig` and `**/*.rej` to .dockerignore.",
        "any": "Delete it.",
    },
    source="https://man7.org/linux/man-pages/man1/patch.1.html",
    weigh=weigh_own,
)
def patch_remnant(entry: Entry) -> Iterator[Hit]:
    """What patch and merge tools leave.

    `.orig` and `.rej` hold the version before a merge, which may be the one with the secret in it.

    Delete them. The `Cargo.toml.orig` that Cargo itself puts into a crate is not meant.
    """
    if entry.name != "Cargo.toml.orig":
        what = "a remnant of a merge or patch: an older version of the file beside it"
        yield Hit(what, facts=entry.path)


def rules() -> list[Rule]:
    """The rules of this module."""
    return [ci_config, editor_file, local_history, patch_remnant]
