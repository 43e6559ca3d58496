"""The TOML file: shared values at the top, and a `[context.NAME]` for each shop or stage.

It is looked for at RECONCILE_CONFIG, then as ./reconcile.toml, then in the user's configuration folder.
A key that means nothing is a problem, never skipped: a misspelt limit must not become the default.
"""

import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconcile_tui.settings.model import Settings
from reconcile_tui.settings.names import PSP, did_you_mean, environment_name, toml_key
from reconcile_tui.settings.origins import Origin, OriginKind
from reconcile_tui.settings.problems import Problem, SettingsInvalid, shown_value
from reconcile_tui.settings.values import is_secret

LOCAL_NAME = "reconcile.toml"
USER_NAME = "config.toml"
CONTEXTS = "context"

_KEYS: dict[str, str] = {key: name for name in Settings.model_fields if (key := toml_key(name))}
_BY_ENVIRONMENT = {environment_name(name): key for key, name in _KEYS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The settings of one part of the file, by field, and where each stands."""

    values: Mapping[str, object]
    places: Mapping[str, Origin]


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlFile:
    """A file that was read.

    Attributes:
        shared: what stands at the top, for every context.
        contexts: by name, in the order of the file.
        problems: keys that mean nothing.
    """

    path: Path
    shared: Table
    contexts: Mapping[str, Table] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def secret_keys(self) -> tuple[str, ...]:
        """The keys in it that hold a secret."""
        tables = (self.shared, *self.contexts.values())
        return tuple(
            dict.fromkeys(
                place.name
                for table in tables
                for name, place in table.places.items()
                if is_secret(Settings.model_fields[name])
            )
        )


def find_toml(named: str | None, origin: Origin, *, cwd: Path, user_folder: Path) -> Path | None:
    """The file to read, or None where nobody named one and none is there.

    Raises:
        SettingsInvalid: a file was named and is not there.
    """
    if named is None:
        candidates = (cwd / LOCAL_NAME, user_folder / USER_NAME)
        return next((path for path in candidates if path.is_file()), None)
    path = cwd / Path(named).expanduser()
    if path.is_file():
        return path
    problem = Problem(
        name=origin.name, value=shown_value(named), place=origin.place, message="there is no such file"
    )
    raise SettingsInvalid([problem])


def read_toml(path: Path) -> TomlFile:
    """The file's contexts and shared values.

    Raises:
        SettingsInvalid: it cannot be read, or is no TOML.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"cannot be read: {error.strerror or type(error).__name__}"
    except UnicodeDecodeError:
        message = "is not UTF-8"
    except tomllib.TOMLDecodeError as error:
        message = f"is not TOML: {_without_content(error)}"
    else:
        return _parsed(path, data)
    raise SettingsInvalid([Problem(name=str(path), message=message)])


def is_open_to_others(path: Path) -> bool:
    """Whether somebody else than its owner may read or write the file."""
    return bool(stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO))


def _without_content(error: tomllib.TOMLDecodeError) -> str:
    """The error's words and position. Some of them quote what they found, which may be a secret."""
    words, _, position = str(error).rpartition(" (at ")
    return f"{words.split(':')[0].split(chr(34))[0].split(chr(39))[0].strip()} (at {position}"


def _parsed(path: Path, data: dict[str, object]) -> TomlFile:
    problems: list[Problem] = []
    tables = data.pop(CONTEXTS, {})
    contexts: dict[str, Table] = {}
    if isinstance(tables, dict) and all(isinstance(each, dict) for each in tables.values()):
        contexts = {name: _table(path, values, name, problems) for name, values in tables.items()}
    else:
        problems.append(
            Problem(
                name=CONTEXTS,
                place=str(path),
                message="write each context as a table, [context.NAME]; "
                "--context or RECONCILE_CONTEXT chooses one",
            )
        )
    shared = _table(path, data, None, problems)
    return TomlFile(path=path, shared=shared, contexts=contexts, problems=tuple(problems))


def _table(path: Path, data: dict[str, object], context: str | None, problems: list[Problem]) -> Table:
    kind = OriginKind.TOML_CONTEXT if context else OriginKind.TOML
    values: dict[str, object] = {}
    places: dict[str, Origin] = {}
    for key, value in _dotted(data):
        place = Origin(kind=kind, name=key, file=path, context=context)
        if key in _KEYS:
            values[_KEYS[key]] = value
            places[_KEYS[key]] = place
        else:
            problems.append(Problem(name=key, place=place.place, message=f"unknown key{_meant(key)}"))
    return Table(values=values, places=places)


def _dotted(data: dict[str, object]) -> list[tuple[str, object]]:
    """Keys and values, those of the table `[hyperswitch]` with its name and a dot before them."""
    inner = data.get(PSP)
    nested = [(f"{PSP}.{key}", value) for key, value in inner.items()] if isinstance(inner, dict) else []
    return [
        (key, value) for key, value in data.items() if not (key == PSP and isinstance(value, dict))
    ] + nested


def _meant(key: str) -> str:
    by_environment = _BY_ENVIRONMENT.get(key.upper()) or _BY_ENVIRONMENT.get(key.upper().replace(".", "_"))
    return f" (did you mean {by_environment}?)" if by_environment else did_you_mean(key, _KEYS)
