"""Which files are configuration, whose values are what a program gets, and which show a sample."""

from __future__ import annotations

from functools import lru_cache

from dunnage import lazy_regex

CONFIGURATION_PATHS = (
    ".env*",
    "*.env",
    ".envrc",
    "*secret*",
    "*credential*",
    "*.ini",
    "*.cfg",
    "*.conf",
    "*.config",
    "*.cnf",
    "*.properties",
    "*.yml",
    "*.yaml",
    "*.toml",
    "*.tfvars",
    "*.reg",
    "*.service",
    ".*rc",
    "*Dockerfile*",
    "*Containerfile*",
    "Vagrantfile",
    "Jenkinsfile*",
    "Procfile",
    "Makefile",
    "*.sh",
    "*.bash",
    "*.zsh",
    "*.fish",
    "*.ksh",
    "*.ps1",
    "*.psm1",
    "*.bat",
    "*.cmd",
    ".bash*",
    ".zsh*",
    ".profile",
)

_CONFIGURATION = lazy_regex(
    r"""(?ix) (?:^|/)(?:
        \.env(?:\.[\w-]+)* | [\w.-]*\.env | \.envrc | \.?secrets?(?:\.\w+)?
      | \.?credentials?(?:\.\w+)?
      | [\w.-]*\.(?:ini|cfg|conf|config|cnf|properties|ya?ml|toml|tfvars|plist|reg|service)
      | (?:app)?settings[\w.-]*\.json | [\w.-]*config(?:uration)?[\w.-]*\.json
      | [\w.-]*(?:secrets?|credentials)[\w.-]*\.json
      | (?:default|local|production|prod|development|dev|staging|\.?mcp)\.json
      | [\w. -]*\.postman_(?:environment|globals)\.json
      | \.\w+rc | [\w.-]*\.auto\.tfvars\.json
      | (?:Docker|Container|Vagrant|Jenkins|Proc)file[\w.-]* | [\w.-]*\.dockerfile
      | [\w.-]*\.(?:sh|bash|zsh|fish|ksh|ps1|psm1|bat|cmd) | \.(?:bash|zsh)\w* | \.profile
      | Makefile
    )$"""
)
_SAMPLE_FILE = lazy_regex(
    r"""(?ix) (?:^|[/._-])(?:
        example|sample|template|tmpl|dist(?!/)|defaults?|schema|mock|fixtures?|openapi|swagger
      | locales?|lang|i18n|translations?|messages
    )(?:[/._-]|$) | (?:^|/)(?:package(?:-lock)?|tsconfig|composer|bower)\.json$ | lock\.ya?ml$"""
)
"""A sample says so by its name or its folder's; the folder ``dist/`` holds what was built."""

_SAMPLES = lazy_regex(r"(?i)(?:^|[/._-])(?:example|sample|template|mock|fixture)s?(?:[/._-]|$)")
"""The same of an .env's folder: one called ``lang`` or ``messages`` may be a program's."""

_DOCUMENT = lazy_regex(r"(?<!\.env)\.(?:[1-8]|md|mdx|rst|adoc|html?)(?:\.gz)?\Z")
"""Of these only the name could say that they are configuration; see the rule on mentions."""
_DOTENV = lazy_regex(r"(?i)(?:^|/)\.env(?:\.[\w-]+)*(?:~| copy)?$")


@lru_cache(maxsize=64)  # asked for each match, and a path may have 64 KiB
def is_sample(path: str) -> bool:
    """Whether a file shows what to write rather than holds it."""
    if not is_dotenv(path):
        return _SAMPLE_FILE.search(path) is not None
    folder, _, name = path.rpartition("/")
    return bool(_SAMPLE_FILE.search(name) or _SAMPLES.search(folder))


@lru_cache(maxsize=64)
def is_dotenv(path: str) -> bool:
    """Whether a file is an .env, from which a process reads its own secrets."""
    return _DOTENV.search(path) is not None


@lru_cache(maxsize=64)
def is_configuration(path: str) -> bool:
    """Whether a file is configuration, by its name."""
    return _CONFIGURATION.search(path) is not None


@lru_cache(maxsize=64)
def is_document(path: str) -> bool:
    """Whether a file is a page of text, whatever else its name says."""
    return _DOCUMENT.search(path) is not None
