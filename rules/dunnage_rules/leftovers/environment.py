"""Settings of one machine or one deployment."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Entry, Hit, Rule, Severity, is_trial, lazy_regex, rule
from dunnage_rules.leftovers.place import weigh_own

_SET = lazy_regex(
    rb"(?m)^[ \t]*(?:export[ \t]+)?[\"']?([A-Za-z_][\w.-]*)[\"']?[ \t]*[=:]"
    rb"[ \t]*[\"']?([^\s\"'#{\[][^\s\"']*)"
)
_SECRET = lazy_regex(rb"(?i)key|token|secret|passw|pwd|credential")
_LEAST = 8
"""A shorter value of such a name is no secret."""
_MOST = 64 << 10


@rule(
    "leftover/environment-file",
    severity=Severity.NOTE,
    paths=(
        ".env",
        ".env.local",
        ".env.*.local",
        ".env.development",
        ".env.production",
        ".env.staging",
        ".envrc",
        ".dev.vars",
        "terraform.tfvars",
        "*.auto.tfvars",
        "http-client.private.env.json",
    ),
    ecosystems=("npm", "pypi", "crates", "oci"),
    content=True,
    fold="artifact",
    fix={
        "npm": 'List what ships under "files" in package.json; npm does not leave .env out.',
        "pypi": "setuptools: `global-exclude .env .env.*` in MANIFEST.in; hatch: "
        '`exclude = [".env*"]` under [tool.hatch.build].',
        "crates": '`exclude = [".env*"]` in Cargo.toml, or git-ignore it.',
        "oci": "Add `**/.env*` to .dockerignore, and set the variables when the container runs.",
    },
    source="https://docs.npmjs.com/cli/v11/using-npm/developers#keeping-files-out-of-your-package",
    weigh=weigh_own,
)
def environment_file(entry: Entry) -> Iterator[Hit]:
    """The settings of one machine or deployment (`.env`, `.envrc`, `.dev.vars`, `.tfvars`).

    They name hosts, databases and accounts, and the next secret that somebody adds to them ships,
    too. Where a secret stands in one already, the rules on secrets say so, and this one does not.

    Leave it out, and ship an `.env.example`. Fine where it holds public defaults, as front-end
    frameworks want them; those of tests and examples are not reported.
    """
    if is_trial(entry.path):
        return
    values = [(found[1], found[2]) for found in _SET.finditer(entry.read(_MOST))]
    if values and not any(len(v) >= _LEAST and _SECRET.search(name) for name, v in values):
        yield Hit("the settings of one machine or deployment", facts=entry.path)


def rules() -> list[Rule]:
    """The rules of this module."""
    return [environment_file]
