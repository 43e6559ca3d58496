"""What is in force, setting by setting, for people: the value as text, masked, and where it came from."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from pydantic import SecretStr

from reconcile_tui.core.duration import format_duration
from reconcile_tui.settings.database_url import parse_database_url, shown
from reconcile_tui.settings.model import Settings
from reconcile_tui.settings.names import TOML_ONLY, environment_name, toml_key
from reconcile_tui.settings.origins import Origin
from reconcile_tui.settings.problems import MASK
from reconcile_tui.settings.values import allowed

NOT_SET = "not set"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingInForce:
    """One setting.

    Attributes:
        name: its environment variable; the TOML key where it has none.
        key: its TOML key; None where it has none.
        value: as it would be written, secrets masked; `not set` where there is none.
        allowed: what may be written, in words.
        description: what it does.
    """

    name: str
    key: str | None
    value: str
    origin: Origin
    allowed: str
    description: str


def explain(settings: Settings) -> tuple[SettingInForce, ...]:
    """Every setting, in the order of their documentation."""
    return tuple(
        SettingInForce(
            name=TOML_ONLY.get(field) or environment_name(field),
            key=toml_key(field),
            value=value_text(getattr(settings, field)),
            origin=settings.where(field),
            allowed=allowed(info),
            description=" ".join((info.description or "").split()),
        )
        for field, info in Settings.model_fields.items()
    )


def value_text(value: object) -> str:
    """A setting's value as text; a secret masked, a database's URL without its password."""
    match value:
        case None:
            return NOT_SET
        case bool():
            return str(value).lower()
        case timedelta():
            return format_duration(value)
        case StrEnum():
            return value.value
        case SecretStr():
            return _secret_text(value)
        case float():
            return f"{value:g}"
        case dict():
            return f"a table: {', '.join(map(str, value)) or 'empty'}"
        case _:
            return str(value)


def _secret_text(secret: SecretStr) -> str:
    try:
        return shown(parse_database_url(secret.get_secret_value()))
    except ValueError:
        return MASK
