"""The database's URL: which forms are taken, how it is shown, which part of it is secret.

No message repeats any part of the URL: a password that was not encoded ends up in host or path.
"""

from pathlib import Path
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

FORMS = (
    "postgresql://user:password@host/name, postgres://…, postgresql+psycopg://…, "
    "sqlite:///path or sqlite+aiosqlite:///path"
)
ENCODE = "special characters of a password are written as %40 (@), %2F (/), %3A (:)"
_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
}
_SECRET_OPTIONS = frozenset({"password", "sslpassword"})
_MASK = "***"


def parse_database_url(text: str) -> URL:
    """`text` as a URL of SQLAlchemy's asynchronous drivers.

    Raises:
        ValueError: with a sentence that does not repeat any part of the URL.
    """
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        url = None
    if url is None:
        raise ValueError(f"not a database URL; allowed: {FORMS}; {ENCODE}")
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise ValueError(f"this database or driver is not supported; allowed: {FORMS}")
    if driver.startswith("sqlite"):
        if not url.database or url.database == ":memory:" or url.host:
            raise ValueError(
                "SQLite needs the path of a file: sqlite:///shop.db or sqlite:////var/lib/shop.db"
            )
    elif any(mark in part for part in (url.host or "", url.database or "") for mark in "@/"):
        raise ValueError(ENCODE)
    return url.set(drivername=driver)


def shown(url: URL) -> str:
    """`url` as text, without its password."""
    options = {key: _MASK if key in _SECRET_OPTIONS else value for key, value in url.query.items()}
    return url.set(query=options).render_as_string(hide_password=True)


def location(url: URL) -> str:
    """Where the database is, the same for everybody who connects to it: no user, no password, no options."""
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{Path(url.database or '').absolute()}"
    host = url.host or url.query.get("host", "localhost")
    named = host if isinstance(host, str) else ",".join(host)
    return f"postgresql://{named}:{url.port or 5432}/{url.database or url.username or ''}"


def secrets_of(url: URL) -> tuple[str, ...]:
    """The passwords in `url`, plain and in the encodings that a log could meet them in."""
    found = [str(url.query[key]) for key in _SECRET_OPTIONS if key in url.query]
    if url.password:
        found.append(str(url.password))
    return tuple(
        dict.fromkeys(form for secret in found for form in (secret, quote(secret, ""), quote_plus(secret)))
    )
