"""What a finding's fix says: the rule's own words, and how to keep a file of secrets out."""

from __future__ import annotations

from dunnage.lazy import lazy_regex
from dunnage.model import Artifact
from dunnage.rules import Rule

# What holds settings of one's own or keys, and has no place in what is built.
_OWN = lazy_regex(
    r"(?i)(?:[^/]*/)*(?:\.env(?:\.[\w-]+)*|\.envrc|\.npmrc|\.pypirc|[._]netrc|\.yarnrc(?:\.yml)?"
    r"|\.git-credentials|\.htpasswd|\.pgpass|\.my\.cnf|id_(?:rsa|dsa|ecdsa|ed25519)"
    r"|[^/]+\.(?:pem|key|p12|pfx|ppk|jks|keystore))"
)
_SANE = lazy_regex(r"[\w@./+-]{1,100}")


def fix_of(rule: Rule, own: str | None, path: str, artifact: Artifact) -> str | None:
    """The fix of a finding in the entry ``path``: the hit's ``own`` or the rule's. Where the file
    holds nothing but secrets and settings, how this ecosystem keeps it out follows."""
    fix = own or rule.fix_for(artifact.ecosystem) or None
    if own or rule.group != "secret" or not artifact.keep_out or not _OWN.fullmatch(path):
        return fix
    path = path.removeprefix(artifact.root)
    if not _SANE.fullmatch(path):
        return fix
    name = path.rpartition("/")[2]
    kept = artifact.keep_out.replace("{path}", path).replace("{name}", name)
    return f"{fix} {kept}" if fix else kept
