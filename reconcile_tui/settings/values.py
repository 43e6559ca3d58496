"""The types that settings are made of: each validates one value and says what is allowed.

A message never repeats the value: who renders it knows whether it is a secret.
"""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from string import Formatter
from typing import Annotated, get_args, get_origin
from urllib.parse import urlsplit

from annotated_types import Ge, Le
from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic.fields import FieldInfo

from reconcile_tui.core.duration import HOW, format_duration, parse_duration
from reconcile_tui.core.proxies import Proxy
from reconcile_tui.core.trust import check_ca_file
from reconcile_tui.core.zones import zone_named
from reconcile_tui.settings.database_url import FORMS, parse_database_url


class Dispatch(StrEnum):
    """How an event reaches the handler that owns the state machine."""

    DATABASE = "database"
    HTTP = "http"


class LogFormat(StrEnum):
    """How a log line looks."""

    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """The least level that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


_LONGEST_NAME = 100


def _not_a_boolean(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("true and false are no numbers")  # noqa: TRY004 pydantic renders ValueError alone
    return value


def _is_a_database_url(value: SecretStr) -> SecretStr:
    parse_database_url(value.get_secret_value())
    return value


def _is_a_header_value(value: SecretStr) -> SecretStr:
    text = value.get_secret_value().strip()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("a key is one word of printable ASCII characters")
    return SecretStr(text)


def _is_a_secret_key(value: SecretStr) -> SecretStr:
    if value.get_secret_value().startswith("pk_"):
        raise ValueError(
            "a publishable key (pk_…) is made for browsers and cannot read payments; "
            "use the secret API key (snd_… in the sandbox)"
        )
    return value


def _is_a_base_url(value: str) -> str:
    try:
        parts = urlsplit(value.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("write https://host, with a path prefix where the server has one") from None
    if parts.scheme not in ("https", "http") or not host or port == 0:
        raise ValueError("write https://host, with a path prefix where the server has one")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("a base URL holds no user name, no password, no query and no fragment")
    if not value.isascii() or not value.strip().isprintable() or " " in value.strip():
        raise ValueError("a URL is printable ASCII without blanks")
    return value.strip().rstrip("/")


def _is_a_name(value: str) -> str:
    text = value.strip()
    if not text or not text.isprintable() or len(text) > _LONGEST_NAME:
        raise ValueError(f"a name is 1 to {_LONGEST_NAME} printable characters")
    return text


def _is_a_web_address(value: SecretStr) -> SecretStr:
    """A URL with everything that a receiver may ask for in it; the message repeats no part of it."""
    text = value.get_secret_value().strip()
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not text.isascii() or not text.isprintable() or " " in text or "#" in text:
        raise ValueError("write the whole address: https://host/path")
    return SecretStr(text)


def _is_a_page(value: str) -> str:
    text = value.strip()
    names = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    if urlsplit(text).scheme not in ("https", "http") or not text.isascii() or " " in text:
        raise ValueError("write https://host/…/{payment_id}")
    if "payment_id" not in names or not set(names) <= {"payment_id", "refund_id"}:
        raise ValueError("it names {payment_id}, and {refund_id} where the page has one, and nothing else")
    return text


def _is_a_ca_file(value: str) -> str:
    check_ca_file(value)
    return value


def _is_a_proxy(value: SecretStr) -> SecretStr:
    Proxy.parsed(value.get_secret_value())
    return value


def _is_a_zone(value: str) -> str:
    return zone_named(value.strip()).key


def _is_an_address(value: str) -> str:
    host, _, port = value.strip().rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65536 or (not host and ":" in host):
        raise ValueError("write a port (9464), or an address and a port (0.0.0.0:9464, [::]:9464)")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if host != "localhost":
            raise ValueError("write an IP address before the port, or the port alone for loopback") from None
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be written, where type and bounds do not say it; stands among a type's annotations."""

    text: str


_Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
_Number = BeforeValidator(_not_a_boolean)
_Key = Annotated[SecretStr, AfterValidator(_is_a_header_value), Allowed("one word")]

SweepInterval = Annotated[_Duration, Ge(timedelta(seconds=1)), Le(timedelta(days=7))]
StuckAfter = Annotated[_Duration, Ge(timedelta(minutes=1)), Le(timedelta(days=30))]
LongDuration = Annotated[_Duration, Ge(timedelta(hours=1)), Le(timedelta(days=365))]
PlanAge = Annotated[_Duration, Ge(timedelta(minutes=1)), Le(timedelta(days=1))]
ShortDuration = Annotated[_Duration, Ge(timedelta(seconds=1)), Le(timedelta(minutes=10))]
TimeOut = Annotated[_Duration, Ge(timedelta(milliseconds=100)), Le(timedelta(minutes=10))]
BatchLimit = Annotated[int, _Number, Ge(1), Le(10_000)]
AlertAt = Annotated[int, _Number, Ge(1), Le(1_000_000)]
OrphanLimit = Annotated[int, _Number, Ge(0), Le(10_000)]
Minimum = Annotated[int, _Number, Ge(1), Le(1_000)]
Simultaneous = Annotated[int, _Number, Ge(1), Le(256)]
Rate = Annotated[float, _Number, Ge(0.1), Le(1_000)]
Share = Annotated[float, _Number, Ge(0.05), Le(1)]
Name = Annotated[str, AfterValidator(_is_a_name), Allowed(f"1 to {_LONGEST_NAME} printable characters")]
FilePath = Annotated[str, Allowed("the path of a file")]
CaFile = Annotated[str, AfterValidator(_is_a_ca_file), Allowed("the path of a PEM file with certificates")]
ProxyAddress = Annotated[
    SecretStr, AfterValidator(_is_a_proxy), Allowed("http://host:port, with user:password@ before the host")
]
Exemptions = Annotated[str, Allowed("hosts, addresses, networks, separated by commas; * for all")]
BaseUrl = Annotated[
    str, AfterValidator(_is_a_base_url), Allowed("https://host, with a path prefix where it has one")
]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_is_a_database_url), Allowed(FORMS)]
HeaderSecret = Annotated[_Key, Allowed("one word of printable ASCII characters")]
ApiKey = Annotated[_Key, AfterValidator(_is_a_secret_key), Allowed("the secret API key, not a pk_… one")]
WebAddress = Annotated[SecretStr, AfterValidator(_is_a_web_address), Allowed("https://host/path")]
PageTemplate = Annotated[
    str, AfterValidator(_is_a_page), Allowed("https://host/…/{payment_id}, with {refund_id} where it has one")
]
ZoneName = Annotated[
    str, AfterValidator(_is_a_zone), Allowed("an IANA time zone, such as UTC or America/New_York")
]
Keymap = Annotated[dict[str, str], Allowed("a table: the action's name, and its key")]
ListenAddress = Annotated[
    str, AfterValidator(_is_an_address), Allowed("a port (9464: loopback), or an address and a port")
]


def name(value: str) -> str:
    """`value` without blanks around it, as a name that the journal can hold.

    Raises:
        ValueError: it is empty, too long, or not printable.
    """
    return _is_a_name(value)


def allowed(field: FieldInfo) -> str:
    """What may be written for a field, in words."""
    kind, annotations = _unwrapped(field)
    texts = [each.text for each in annotations if isinstance(each, Allowed)]
    if texts:
        return texts[-1]
    if kind is bool:
        return "true or false"
    if issubclass(kind, StrEnum):
        return " or ".join(kind)
    least = next((each.ge for each in annotations if isinstance(each, Ge)), None)
    most = next((each.le for each in annotations if isinstance(each, Le)), None)
    if isinstance(least, timedelta) and isinstance(most, timedelta):
        return f"{HOW}, from {format_duration(least)} to {format_duration(most)}"
    if kind in (int, float):
        return f"{'a whole number' if kind is int else 'a number'} from {least} to {most}"
    return "text" if kind is str else "a table"


def is_secret(field: FieldInfo) -> bool:
    """Whether a field's value must never be shown."""
    return _unwrapped(field)[0] is SecretStr


def _unwrapped(field: FieldInfo) -> tuple[type, tuple[object, ...]]:
    """The type behind a field's annotation, `| None` aside, and everything that annotates it."""
    kind: object = field.annotation
    annotations = tuple(field.metadata)
    while not isinstance(kind, type) or get_args(kind):
        if get_origin(kind) is dict:
            return dict, annotations
        inner = [each for each in get_args(kind) if each is not type(None)]
        annotations += tuple(inner[1:])
        kind = inner[0]
    return kind, annotations
