"""The database's URL: which forms are taken, how it is shown, which part of it is secret.

SQLAlchemy's forms and libpq's: several hosts, a socket's folder as a host (%2Frun%2Fpostgresql), options of
the connection. No message repeats any part of the URL but an option's name: a password that was not encoded
ends up in host, path or query.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, quote_plus, unquote

from sqlalchemy import URL

FORMS = (
    "postgresql://user:password@host/name, postgres://…, postgresql+psycopg://…, "
    "sqlite:///path or sqlite+aiosqlite:///path"
)
ENCODE = "special characters of a password are written as %40 (@), %2F (/), %3A (:)"
_OPTIONS = (
    "service user password passfile channel_binding connect_timeout dbname host hostaddr port client_encoding"
    " options application_name fallback_application_name keepalives keepalives_idle keepalives_interval"
    " keepalives_count tcp_user_timeout sslmode sslnegotiation sslcompression sslcert sslkey sslcertmode"
    " sslpassword sslrootcert sslcrl sslcrldir sslsni requirepeer require_auth min_protocol_version"
    " max_protocol_version ssl_min_protocol_version ssl_max_protocol_version gssencmode krbsrvname gsslib"
    " gssdelegation target_session_attrs load_balance_hosts scram_client_key scram_server_key oauth_issuer"
    " oauth_client_id oauth_client_secret oauth_scope sslkeylogfile"
)
OPTIONS: Final = frozenset(_OPTIONS.split())
"""What libpq 18 takes, without `replication`: such a connection runs no statements."""
_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
}
_SECRET_OPTIONS = frozenset(
    {"password", "sslpassword", "scram_client_key", "scram_server_key", "oauth_client_secret"}
)
_MASK = "***"
_PORT = "5432"
_PORTS = range(1, 65536)
_SHAPE = re.compile(
    r"(?P<driver>[\w+]+)://"
    r"(?:(?P<user>[^:/]*)(?::(?P<password>[^@]*))?@)?"
    r"(?P<hosts>[^/?]*)"
    r"(?:/(?P<database>[^?]*))?"
    r"(?:\?(?P<query>.*))?"
)
_HOST = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+(?:%\w+)?)\]|(?P<name>[^:\[\]]*))(?::(?P<port>\d{0,5}))?")
_HOST_NAME = re.compile(r"[\w.-]+")
_WRITERS = ("read-write", "primary")


def parse_database_url(text: str) -> URL:
    """`text` as a URL of SQLAlchemy's asynchronous drivers.

    One host stands in the URL's host; a socket's folder and several hosts in the query's `host` and `port`.

    Raises:
        ValueError: with a sentence that does not repeat any part of the URL but the names of options.
    """
    shape = _SHAPE.fullmatch(text.strip())
    if shape is None:
        raise ValueError(f"not a database URL; allowed: {FORMS}; {ENCODE}")
    driver = _DRIVERS.get(shape["driver"])
    if driver is None:
        raise ValueError(f"this database or driver is not supported; allowed: {FORMS}")
    if driver.startswith("sqlite"):
        return _of_a_file(driver, shape)
    database, query = shape["database"] or "", shape["query"] or ""
    if any("@" in part for part in (shape["hosts"], database, query)) or "/" in database:
        raise ValueError(ENCODE)
    options = _options(query)
    named = _hosts_of_options(options) or list(_hosts(shape["hosts"]))
    user = options.pop("user", None) or (unquote(shape["user"]) if shape["user"] else None)
    password = options.pop("password", None) or (unquote(shape["password"]) if shape["password"] else None)
    name = options.pop("dbname", None) or unquote(database) or None
    is_one = len(named) == 1 and not named[0][0].startswith("/")
    if named and not is_one:
        options["host"] = ",".join(host for host, _ in named)
        if any(port for _, port in named):
            options["port"] = ",".join(port or _PORT for _, port in named)
    host, port = named[0] if is_one else (None, "")
    return URL.create(
        driver,
        username=user,
        password=password,
        host=host or None,
        port=int(port) if port else None,
        database=name,
        query=options,
    )


def shown(url: URL) -> str:
    """`url` as text, without its password."""
    options = {key: _MASK if key in _SECRET_OPTIONS else value for key, value in url.query.items()}
    return url.set(query=options).render_as_string(hide_password=True)


def hosts_of(url: URL) -> str:
    """The hosts of a PostgreSQL URL with their ports, as people write them."""
    if url.host or "host" not in url.query:
        host = f"[{url.host}]" if ":" in (url.host or "") else url.host or "localhost"
        return f"{host}:{url.port or url.query.get('port', _PORT)}"
    hosts = str(url.query["host"]).split(",")
    ports = str(url.query.get("port", _PORT)).split(",")
    return ",".join(
        f"{host}:{port}" for host, port in zip(hosts, ports * (len(hosts) // len(ports)), strict=True)
    )


def location(url: URL) -> str:
    """Where the database is, the same for everybody who connects to it: no user, no password, no options."""
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{Path(url.database or '').absolute()}"
    return f"postgresql://{hosts_of(url)}/{url.database or url.username or ''}"


def secrets_of(url: URL) -> tuple[str, ...]:
    """The passwords in `url`, plain and in the encodings that a log could meet them in."""
    found = [str(url.query[key]) for key in _SECRET_OPTIONS if key in url.query]
    if url.password:
        found.append(str(url.password))
    return tuple(
        dict.fromkeys(form for secret in found for form in (secret, quote(secret, ""), quote_plus(secret)))
    )


def _of_a_file(driver: str, shape: "re.Match[str]") -> URL:
    path = unquote(shape["database"] or "")
    if not path or path == ":memory:" or shape["hosts"] or shape["user"] is not None:
        raise ValueError("SQLite needs the path of a file: sqlite:///shop.db or sqlite:////var/lib/shop.db")
    if shape["query"]:
        names = [name for name, _ in parse_qsl(shape["query"], keep_blank_values=True)]
        raise ValueError(f"SQLite's URL takes no options: {_listed(names)}")
    return URL.create(driver, database=path)


def _options(query: str) -> dict[str, str]:
    """libpq's options, each once; of several `host`s one list.

    Raises:
        ValueError: an option is unknown, has no value, or is given twice.
    """
    given = parse_qsl(query, keep_blank_values=True)
    holds_a_secret = any(name in _SECRET_OPTIONS for name, _ in given)
    options: dict[str, str] = {}
    unknown = []
    for name, value in given:
        if name == "ssl" and value == "true":
            options["sslmode"] = "require"
        elif name not in OPTIONS:
            unknown.append(name)
        elif name == "host" and name in options:
            options[name] += f",{value}"
        elif name in options or not value:
            raise ValueError(f"the option {name} is given twice, or has no value")
        else:
            options[name] = value
    if unknown:
        # What follows an & of a password that was not encoded looks like a name.
        what = "an option of it" if holds_a_secret else _listed(unknown)
        raise ValueError(
            f"unknown option: {what}; PostgreSQL's own are allowed, such as sslmode{_hint(unknown)}"
        )
    if options.get("target_session_attrs", _WRITERS[0]) not in _WRITERS:
        raise ValueError(f"target_session_attrs: {' or '.join(_WRITERS)}, because the tool writes")
    return options


def _hosts_of_options(options: dict[str, str]) -> list[tuple[str, str]]:
    """The hosts that options name, with their ports, taken out of `options`; `host=a:1&host=b:2` too."""
    ports = options.pop("port", "").split(",")
    hosts = options.pop("host", "").split(",")
    if hosts == [""]:
        if ports != [""]:
            options["port"] = ",".join(ports)
        return []
    named = [next(_hosts(host)) if not host.startswith("/") else (host, "") for host in hosts]
    if ports == [""]:
        return named
    if len(ports) not in (1, len(hosts)) or not all(port.isdecimal() for port in ports):
        raise ValueError("port: one number, or one for each host")
    return [(host, port) for (host, _), port in zip(named, ports * (len(hosts) // len(ports)), strict=True)]


def _hosts(written: str) -> Iterator[tuple[str, str]]:
    """Hosts with their ports, as libpq writes them: `a:1,b:2`, `[::1]:5432`, `%2Frun%2Fpostgresql`.

    Raises:
        ValueError: one of them cannot be a host.
    """
    for each in written.split(",") if written else ():
        found = _HOST.fullmatch(each)
        host = unquote(found["v6"] or found["name"] or "") if found else ""
        is_host = found is not None and (found["v6"] or host.startswith("/") or _HOST_NAME.fullmatch(host))
        if found is None or not is_host or int(found["port"] or _PORT) not in _PORTS:
            raise ValueError(f"not a database URL: a host or a port cannot be one; {ENCODE}")
        yield host, found["port"] or ""


def _listed(names: Sequence[str]) -> str:
    """Names as they may be repeated: short, and printable."""
    return ", ".join(
        "".join(c if c.isprintable() else "?" for c in name)[:40] for name in dict.fromkeys(names)
    )


def _hint(unknown: Sequence[str]) -> str:
    """Where the setting is that another program's option stands for."""
    if "schema" in unknown or "search_path" in unknown:
        return "; the tool's schema is RECONCILE_SCHEMA, the shop's is [mapping] orders.schema"
    if "pgbouncer" in unknown or "prepare_threshold" in unknown:
        return "; for a connection pooler there is RECONCILE_DATABASE_POOLER"
    return ""
