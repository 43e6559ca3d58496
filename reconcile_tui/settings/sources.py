"""Where values come from, as pydantic-settings sources that can say where each one stood.

The environment is handed in and never read here; a `.env` file is read as pydantic-settings reads it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
)

from reconcile_tui.settings.names import TOML_ONLY, also_heard_as, environment_name
from reconcile_tui.settings.origins import Origin, OriginKind


class Environment(EnvSettingsSource):
    """Environment variables that were handed in. Empty ones count as not set."""

    def __init__(self, settings_cls: type[BaseSettings], environment: Mapping[str, str]) -> None:
        super().__init__(settings_cls)
        heard = {name: _heard(name, environment) for name in _names(settings_cls)}
        self._spelling = {name: other for name, other in heard.items() if other is not None}
        self.env_vars = {name: environment[other] for name, other in self._spelling.items()}

    def origin(self, name: str) -> Origin:
        return Origin(kind=OriginKind.ENVIRONMENT, name=self._spelling.get(name, name))


class Dotenv(DotEnvSettingsSource):
    """A `.env` file. Empty values count as not set; other programs' names are left alone.

    Attributes:
        names: every name the file sets.
    """

    def __init__(self, settings_cls: type[BaseSettings], file: Path) -> None:
        super().__init__(
            settings_cls, env_file=file, env_file_encoding="utf-8", dotenv_filtering="only_existing"
        )
        self.file = file
        self.names = tuple(self.env_vars)
        known = _names(settings_cls)
        self.env_vars = {name: value for name, value in self.env_vars.items() if name in known}

    def origin(self, name: str) -> Origin:
        return Origin(kind=OriginKind.DOTENV, name=name, file=self.file)


class Values(PydanticBaseSettingsSource):
    """Values by field that were found elsewhere: a TOML table, the command line."""

    def __init__(
        self, settings_cls: type[BaseSettings], values: Mapping[str, object], places: Mapping[str, Origin]
    ) -> None:
        super().__init__(settings_cls)
        self._values = values
        self._places = {environment_name(field): place for field, place in places.items()}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self._values.get(field_name), environment_name(field_name), False

    def __call__(self) -> dict[str, Any]:
        found = (self.get_field_value(field, name) for name, field in self.settings_cls.model_fields.items())
        return {name: value for value, name, _ in found if value is not None}

    def origin(self, name: str) -> Origin:
        return self._places[name]


Source = Environment | Dotenv | Values
"""A source whose values are by environment variable, and whose `origin` says where each of them stood."""


def _names(settings_cls: type[BaseSettings]) -> tuple[str, ...]:
    return tuple(environment_name(field) for field in settings_cls.model_fields if field not in TOML_ONLY)


def _heard(name: str, environment: Mapping[str, str]) -> str | None:
    """The spelling under which a variable is set."""
    return next((each for each in (name, also_heard_as(name)) if each and environment.get(each)), None)
