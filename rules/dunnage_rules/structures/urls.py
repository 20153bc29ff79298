"""A user and a password inside a URL (RFC 3986, section 3.2.1)."""

from __future__ import annotations

from collections.abc import Iterator

from dunnage import Entry, Example, Hit, Match, Rule, Severity, Verdict, lazy_regex, rule
from dunnage_rules.structures.trying import is_manual
from dunnage_rules.verifiers import credentials

_NOT_IN_NAME = r"""[^\s\x00-\x1f:/@"'`<>?#\\,;(){}|^$*&=]"""
_PATTERN = (
    rf"(?:://|:\\/\\/)(?P<user>{_NOT_IN_NAME}{{0,60}}):(?P<secret>[^\s\x00-\x1f@/\"'`<>\\]{{4,250}})"
    r"@(?P<host>\[[0-9A-Fa-f:.]{2,40}\]|[A-Za-z0-9_.-]{1,200})"
)
_SCHEME = lazy_regex(rb"([A-Za-z][A-Za-z0-9+.-]{0,30})\Z")
_DATABASES = lazy_regex(
    rb"(?i)[a-z0-9]*(?:postgres(?:ql)?|postgis|mysqlx?|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver"
    rb"|clickhouse|cassandra|cockroach(?:db)?|couchdb|couchbases?|neo4j|bolt|influxdb|oracle|db2"
    rb"|vertica|redshift|snowflake|trino|presto|hive|impala|memcached|nats|kafka|pulsar|mqtts?"
    rb"|stomp|ldaps?|arangodb|surrealdb|libsql|elasticsearch|opensearch|druid|timescale(?:db)?"
    rb"|teradata|sybase|firebird|databricks)[a-z0-9]*(?:\+[a-z0-9_+]+)?\Z"
)


@rule(
    "secret/database-url",
    severity=Severity.ERROR,
    pattern=_PATTERN,
    rank=21,
    lower=True,
    fix="Change the password, and read the URL from the environment or a vault.",
    source="https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS",
    tags=("url",),
    match=(
        Example("DATABASE_URL=postgres://app:{url-credentials}@db.acme.io:5432/app", ".env"),
        Example('"mongodb+srv://app:{url-credentials}@cluster0.ab1cd.mongodb.net/app"'),
        Example("redis://default:{url-credentials:24}@10.0.0.5:6379/0"),
        Example("redis://:{url-credentials:24}@cache.acme.io:6379"),
        Example("amqps://svc:{url-credentials}@mq.acme.io/vhost"),
        Example('{{"url":"mysql:\\/\\/app:{url-credentials}@db.acme.io\\/shop"}}', "env.json"),
    ),
    miss=(
        Example("postgresql://scott:tiger@localhost/test", None, "SQLAlchemy's documentation"),
        Example("postgres://postgres:postgres@db:5432/postgres", None, "a development password"),
        Example("mysql://user:${{DB_PASS}}@db.acme.io/app", None, "a reference"),
        Example("mongodb://<user>:<password>@cluster0.mongodb.net", None, "placeholders"),
        Example("redis://:password@redis:6379/0", None, "a placeholder"),
        Example("postgresql://usuario:contrase\u00f1a@tu_base/datos", None, "a placeholder"),
        Example("snowflake://testuser1:0123456@abc123/testdb/public", None, "digits in a row"),
        Example("mysql+pymysql://nova:abcd0123:AB@controller/nova", None, "letters in a row"),
        Example("mysql+pymysql://keystone:KEYSTONE_DBPASS@controller/keystone", None, "a name"),
    ),
)
def database_url(entry: Entry, match: Match) -> Iterator[Hit]:
    """Password in the URL of a database or message broker.

    It opens the database or the queue wherever that can be reached. Passwords that documentation
    and development set-ups use (postgres:postgres, scott:tiger), references and placeholders are
    nothing."""
    scheme = _scheme_of(match)
    if scheme is not None and _DATABASES.match(scheme):
        yield from _judge(entry, match, f"password in a {scheme.decode()} URL")


@rule(
    "secret/url-credentials",
    severity=Severity.ERROR,
    pattern=_PATTERN,
    rank=20,
    lower=True,
    fix="Change the password or revoke the token, and take it out of the URL.",
    source="https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1",
    tags=("url",),
    match=(
        Example("https://deploy:{url-credentials}@git.acme.io/app.git", ".git/config"),
        Example("--extra-index-url https://ci:{url-credentials}@pypi.acme.io/simple", "pip.conf"),
        Example("ftp://web:{url-credentials}@ftp.acme.io/htdocs"),
    ),
    miss=(
        Example("http://user:pass@example.com/", None, "documentation"),
        Example("https://user:password@host/path", None, "documentation"),
        Example("http://{{user}}:{{password}}@proxy.acme.io:3128", None, "a template"),
        Example("https://acme.io:8443/path@2x.png", None, "a port, not a password"),
        Example("dotenv://:key_7890@acme.io/vault/.env.vault", None, "digits in a row"),
        Example("https://user:mock_creds@pkgs.acme.io/simple", None, "a stand-in"),
        Example("ssh://git@github.com:22/acme/app.git", None, "no password"),
        Example("http://%s:%s@acme.io", None, "a format"),
        Example("http://localhost:1337@8675309", None, "a port, and the number of a block"),
        Example(
            "https://api.acme.io\x94h\x01j:\x97\x00h\xcf@https",
            None,
            "what lies around a URL in a pickle",
        ),
        Example("conn://my-login:my-pa%2Fssword@my-host:5432/x", None, "stand-ins"),
    ),
)
def url_credentials(entry: Entry, match: Match) -> Iterator[Hit]:
    """User and password in a URL.

    Whoever reads the URL logs in with it; it is copied into logs, lock files and histories.
    Placeholders, references and hosts that are reserved for documentation are nothing."""
    scheme = _scheme_of(match)
    if scheme is not None and not _DATABASES.match(scheme):
        yield from _judge(entry, match, f"URL with a user and password ({scheme.decode().lower()})")


def _scheme_of(match: Match) -> bytes | None:
    before = match.window[max(0, match.start - 32) : match.start]
    found = _SCHEME.search(before)
    return found[1] if found else None


def _judge(entry: Entry, match: Match, message: str) -> Iterator[Hit]:
    verdict = credentials.judge_url(match)
    if verdict is Verdict.NO:
        return
    doubtful = verdict is Verdict.DOUBTFUL or is_manual(entry.path)
    severity = Severity.NOTE if doubtful else None
    yield Hit(message, span=match.span, secret=match.secret, severity=severity)


def rules() -> list[Rule]:
    """All of this noun."""
    return [database_url, url_credentials]
