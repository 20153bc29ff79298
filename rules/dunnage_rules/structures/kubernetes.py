"""Kubernetes Secrets: manifests and what `kubectl get -o yaml` prints."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Entry, Example, Hit, Match, Rule, Severity, Span, innocent, lazy_regex, rule
from dunnage_rules.verifiers.credentials import is_sample_password
from dunnage_rules.verifiers.encoded import decoded

_DOCUMENT = (
    r"""(?:apiVersion:[ \t]{0,4}["']?v1["']?|["']?kind["']?:[ \t]{0,4}["']?Secret["']?)"""
    r"""[ \t]{0,4},?[ \t]{0,4}\r?\n(?:[^\n-][^\n]*\n|-[^\n-][^\n]*\n|\r?\n){0,400}[^\n]*"""
)
_KIND = lazy_regex(rb"(?m)^[ \t]*[\"']?kind[\"']?:[ \t]*[\"']?Secret[\"']?[ \t]*,?\r?$")
_SECTION = lazy_regex(rb"(?m)^([ \t]*)[\"']?(data|stringData)[\"']?:[ \t]*\{?[ \t]*\r?$")
_PAIR = lazy_regex(
    rb"[\"']?([A-Za-z0-9_.-]{1,253})[\"']?:[ \t]*[\"']?([^\s\"'#{}|>][^\"'#\r\n]{3,})"
)
_SEALED = lazy_regex(rb"(?m)^[ \t]*sops:|ENC\[AES|kind: SealedSecret|bitnami\.com/sealed")
_PUBLIC = lazy_regex(
    rb"(?i)(?:\.crt|\.pem|\.pub|^ca|cert|user(?:name)?|host|port|url|endpoint|region|name|email|type"
    rb"|namespace|id)$"
)
_USER = lazy_regex(rb"(?mi)^[ \t]*[\w.-]*user(?:[_-]?name)?:[ \t]*(\S{4,})[ \t]*\r?$")
_TEMPLATE = (".ejs", ".erb", ".hbs", ".j2", ".jinja", ".jinja2", ".liquid", ".mustache", ".njk",
             ".tmpl", ".tpl")  # fmt: skip
"""What generators fill in: what stands there ready is their default, which many then have."""
_HOST = lazy_regex(rb"[a-z][\w+.-]{1,12}://[\w.-]+(?::\d{1,5})?/?")  # and no path that is secret


@rule(
    "secret/kubernetes-secret",
    severity=Severity.ERROR,
    pattern=_DOCUMENT,
    keywords=("Secret",),
    rank=15,
    lower=True,
    provider="Kubernetes",
    fix="Change what it holds, and seal the manifest (Sealed Secrets, SOPS) or use a vault.",
    source="https://kubernetes.io/docs/concepts/configuration/secret/",
    match=(
        Example(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ntype: Opaque\ndata:\n"
            "  password: {base64-text}\n",
            "secret.yaml",
        ),
        Example(
            "apiVersion: v1\ndata:\n  db-pass: {base64-text}\nkind: Secret\nmetadata:\n  name: d\n",
            "dump.yaml",
        ),
        Example(
            "kind: Secret\nmetadata:\n  name: api\nstringData:\n  token: {base62:24}\n", "api.yml"
        ),
    ),
    miss=(
        Example(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n"
            "  password: {{{{ .Values.password }}}}\n",
            "templates/secret.yaml",
            "a template",
        ),
        Example(
            "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: {base64-text}\n", "c.yaml", "no Secret"
        ),
        Example(
            "apiVersion: v1\nkind: Secret\ndata:\n  password: cGFzc3dvcmQ=\n",
            "s.yaml",
            "'password'",
        ),
        Example(
            "apiVersion: v1\nkind: Secret\ndata:\n  username: amhpcHN0ZXI=\n"
            "  password: amhpcHN0ZXI=\n",
            "s.yaml",
            "the user's name again",
        ),
        Example(
            "kind: Secret\nstringData:\n  key: ENC[AES256_GCM,data:{base64:20}]\nsops:\n  x: y\n",
            "s.yaml",
            "encrypted by SOPS",
        ),
        Example(
            "kind: Secret\nstringData:\n  S3_ENDPOINT_URL_V3: http://minio.acme.svc.cluster.local:9000\n",
            "s.yaml",
            "an address",
        ),
    ),
)
def kubernetes_secret(entry: Entry, match: Match) -> Iterator[Hit]:
    """Kubernetes Secret with its values.

    base64 is no encryption: whoever reads the manifest reads the values. Templates, placeholders,
    certificates, passwords that are the user's name again and what SOPS or Sealed Secrets encrypted
    are nothing. A value in the template of a generator, which all that it makes have, is a
    warning."""
    severity = Severity.WARNING if entry.name.endswith(_TEMPLATE) else None
    text = match.text
    if not _KIND.search(text) or _SEALED.search(text):
        return
    users = set(_USER.findall(text))
    for section in _SECTION.finditer(text):
        indent = len(section[1])
        at = section.end() + 1
        while at < len(text):
            end = text.find(b"\n", at)
            line = text[at : end if end >= 0 else len(text)]
            bare = line.lstrip(b" \t")
            if bare and len(line) - len(bare) <= indent:
                break
            pair = _PAIR.match(bare)
            if pair and (value := _value(pair[1], pair[2].rstrip(), section[2] == b"data")):
                start = match.offset + match.start + at + (len(line) - len(bare)) + pair.start(2)
                span = Span(start, start + len(pair[2].rstrip()))
                name = pair[1].decode("latin-1")
                if pair[2].rstrip() not in users:
                    said = f"value of {name} in a Kubernetes Secret"
                    yield Hit(said, span=span, secret=value, severity=severity)
            if end < 0:
                break
            at = end + 1


def _value(name: bytes, raw: bytes, encoded: bool) -> bytes | None:
    """The secret that stands there, None when it is none."""
    raw = raw.rstrip(b",")
    value = decoded(raw) if encoded else raw
    if not value or _PUBLIC.search(name) or len(value.strip()) < 4:
        return None
    value = value.strip()
    if innocent(raw) or innocent(value) or is_sample_password(value) or _HOST.fullmatch(value):
        return None
    if (
        value.startswith((b"-----BEGIN CERT", b"-----BEGIN PUB", b"{", b"["))
        or b"PRIVATE KEY-----" in value
    ):
        return None  # public, or told by the rule of what it holds
    return value


def rules() -> list[Rule]:
    """All of this noun."""
    return [kubernetes_secret]
